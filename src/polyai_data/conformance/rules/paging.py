"""Pages: no conversation lost, none repeated, in a stable order, by offset and by cursor."""

from __future__ import annotations

import itertools
from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import last
from polyai_data.conformance.sample import (
    bounds,
    expect_ids,
    expect_once,
    expect_only,
    listing,
    matches,
    moment,
    repeated,
    search,
)

_PAGE = 7
_MOST_PAGES = 40


def test_no_loss(probe: Probe) -> None:
    """Following the cursor from page to page gives every conversation, and no other.

    Source: patched document, `cursor`: follow it until it is null.
    """
    whole, (ids, pages) = matches(probe).ids, _walk(probe)
    lost = [each for each in whole if each not in ids]
    extra = [each for each in ids if each not in whole]
    probe.expect(not lost, pages, "every conversation is on a page", f"on none: {brief(lost)}")
    probe.expect(not extra, pages, "only conversations that one page has too", f"also: {brief(extra)}")


def test_no_repeat(probe: Probe) -> None:
    """Following the cursor gives no conversation twice, and neither does one page.

    Source: patched document, `cursor`: where the next page begins.
    """
    ids, pages = _walk(probe)
    twice = [f"{each} is on pages {_pages_with(each, pages)}" for each in repeated(ids)]
    probe.expect(not twice, pages, "a conversation is on one page, once", brief(twice))
    whole = matches(probe)
    expect_once(probe, whole.exchange, whole.ids, "a conversation is on a page once")


def test_order(probe: Probe) -> None:
    """Pages of any size have the same order: newest first.

    Source: patched document, `listConversations`: newest first; the cursor marks a position in an order.
    """
    whole, (ids, pages) = matches(probe), _walk(probe)
    probe.equal(ids, whole.ids, pages, "the order of one large page:")
    _newest_first(probe, whole.exchange, [each["started_at"] for each in whole.items])


def test_limit(probe: Probe) -> None:
    """A page has as many conversations as `limit`, and fewer only when it is the last one.

    Source: patched document, `limit`: page size.
    """
    whole = matches(probe)
    for size in (1, 3, len(whole.ids)):
        exchange = search(probe, limit=size)
        _sized(probe, exchange, size, min(size, len(whole.ids)))


def test_limit_bounds(probe: Probe) -> None:
    """A limit or an offset that the document does not allow is refused with 400, and its bounds are allowed.

    Source: patched document, `minimum` and `maximum` of `limit` and `offset`.
    """
    for operation in map(probe.target.operation, filter(probe.allowed, ("listConversations", "searchConversations"))):
        times = bounds(probe) if operation.id == "searchConversations" else {}
        for name in ("limit", "offset"):
            least, most = operation.parameter(name).minimum, operation.parameter(name).maximum
            cases: dict[Any, int] = {-1: 400, "many": 400}
            cases |= {} if least is None else {least - 1: 400, least: 200}
            cases |= {} if most is None else {most: 200, most + 1: 400}
            for value, status in cases.items():
                exchange = probe.call(operation.id, query={**times, "limit": 1, name: value})
                probe.status(exchange, status, when=f"{name} is {value}")


def test_end(probe: Probe) -> None:
    """The last page has a null cursor and no next_offset; every other page has both.

    Source: patched document: `cursor` is null when no more follow, `next_offset` is there only while more follow.
    """
    pages = _pages(probe)
    for number, exchange in enumerate(pages[:-1], 1):
        value = exchange.value()
        offset = value.get("next_offset")
        probe.expect(offset == number * _PAGE, exchange, "next_offset is where the next page begins",
                     f"{offset} on page {number}")  # fmt: skip
        probe.expect(bool(value["conversations"]), exchange, "conversations on a page before the last", "none")
    _last(probe, pages[-1], "on the last page")


def test_exact_end(probe: Probe) -> None:
    """A page that ends with the last conversation is the last page.

    Source: patched document: `cursor` is null when no more conversations follow.
    """
    _last(probe, search(probe, limit=len(matches(probe).ids)), "when nothing follows")


def test_offset(probe: Probe) -> None:
    """Paging by offset gives the same pages as by cursor, and an empty one after the end.

    Source: patched document, `offset`: how many conversations to skip.
    """
    whole = matches(probe)
    pages = [search(probe, limit=_PAGE, offset=start) for start in range(0, len(whole.ids), _PAGE)]
    expect_ids(
        probe, pages, [each for page in pages for each in _ids(page)], whole.ids, "conversations of one large page"
    )
    beyond = search(probe, offset=len(whole.ids))
    value = beyond.value()
    seen = f"{len(value['conversations'])} conversations, cursor {value.get('cursor')}"
    probe.expect(not value["conversations"] and not value.get("cursor"), beyond, "an empty page after the end", seen)


def test_cursor_wins(probe: Probe) -> None:
    """A cursor wins over an offset.

    Source: patched document, `offset`: `cursor` wins over it.
    """
    cursor = _cursor(probe)
    plain, both = search(probe, limit=3, cursor=cursor), search(probe, limit=3, cursor=cursor, offset=11)
    probe.equal(_ids(both), _ids(plain), (plain, both), "the page of the cursor:")


def test_cursor_repeats(probe: Probe) -> None:
    """The same cursor gives the same page again, which begins right after the page that returned it.

    Source: patched document, `cursor`: where the next page begins.
    """
    cursor, whole = _cursor(probe), matches(probe)
    for exchange in [search(probe, limit=3, cursor=cursor) for _ in range(3)]:
        probe.equal(_ids(exchange), whole.ids[3:6], exchange, "the page right after, each time:")


def test_malformed_cursor(probe: Probe) -> None:
    """A cursor that no page returned is refused with 400.

    Source: patched document, `cursor`: 400 for a malformed one; code GET_CONVERSATIONS_FILTER_PARSE_ERROR.
    """
    good = _cursor(probe)
    for wrong in ("not-a-cursor", "", "é", "🙂", good[:-3], f"{good}x!", "AAAA" * 8):
        probe.status(search(probe, cursor=wrong), 400, when="the cursor is malformed")


@last
def test_cursor_stable(probe: Probe) -> None:
    """While conversations are added, following the cursor loses none of the old ones and repeats none.

    Source: the vendors' docs: the vendor recommends the cursor, since offsets shift.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("no conversation can be added")
    before = _ids(probe.call("searchConversations", query={}))
    pages: list[Exchange] = []
    cursor: str | None = None
    while len(pages) < _MOST_PAGES:
        pages.append(probe.call("searchConversations", query={"limit": _PAGE, "cursor": cursor}))
        cursor = pages[-1].value().get("cursor")
        if cursor is None:
            break
        powers.add_conversation(probe.agent())
    ids = [each for page in pages for each in _ids(page)]
    expect_only(probe, pages, before, ids, "all conversations from before", label="lost")
    twice = [f"{each} is on pages {_pages_with(each, pages)}" for each in repeated(ids)]
    probe.expect(not twice, pages, "a conversation is on one page", brief(twice))


@last
def test_added_first(probe: Probe) -> None:
    """A conversation that is added comes first in both listings, and the count grows.

    Source: patched document, `listConversations`: newest first; `count`: how many there are in all.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("no conversation can be added")
    before = probe.call("listConversations", query={"limit": 1}).value()["count"]
    added = powers.add_conversation(probe.agent()).id
    exchange = probe.call("listConversations", query={"limit": 1})
    probe.equal(exchange.value()["count"], before + 1, exchange, "the count after one more:")
    for name in ("listConversations", "searchConversations"):
        exchange = probe.call(name, query={"limit": 1})
        probe.equal(_ids(exchange), [added], exchange, "the new conversation first:")


def test_v1_pages(probe: Probe) -> None:
    """Paging through the agents listing gives what one large page gives, in its order.

    Source: the vendors' docs on the agents listing: `limit` and `offset`.
    """
    whole = listing(probe)
    ids: list[str] = []
    pages = []
    for start in range(0, len(whole.ids), _PAGE):
        pages.append(probe.call("listConversations", query={"limit": _PAGE, "offset": start}))
        ids += _ids(pages[-1])
        _sized(probe, pages[-1], _PAGE, min(_PAGE, pages[-1].value()["count"] - start))
    expect_ids(probe, pages, ids[: len(whole.ids)], whole.ids, "conversations of one large page")


def test_v1_echo(probe: Probe) -> None:
    """The agents listing returns the limit and the offset that it used: those of the request, else their defaults.

    Source: patched document, `GetConversations` and the defaults of `limit` and `offset`.
    """
    operation = probe.target.operation("listConversations")
    defaults = {name: operation.parameter(name).default for name in ("limit", "offset")}
    queries: tuple[dict[str, int], ...] = ({}, {"limit": 3}, {"limit": 2, "offset": 4})
    for query in queries:
        exchange = probe.call("listConversations", query=query)
        value, wanted = exchange.value(), {**defaults, **query}
        probe.equal([value["limit"], value["offset"]], list(wanted.values()), exchange, "limit and offset are")


def test_v1_count(probe: Probe) -> None:
    """The count of the agents listing is that of all conversations, whatever the page.

    Source: patched document, `GetConversations.count`: how many conversations there are in all.
    """
    whole = listing(probe)
    if whole.total <= probe.target.depth:
        probe.equal(whole.total, len(whole.ids), whole.exchange, "count is the number of conversations,")
    for query in ({"limit": 1}, {"limit": 2, "offset": 1}, {"offset": whole.total + 5}):
        exchange = probe.call("listConversations", query=query)
        probe.equal(exchange.value()["count"], whole.total, exchange, "the same count on every page,")


def test_v1_order(probe: Probe) -> None:
    """The agents listing has the newest conversations first, each once, and none after its end.

    Source: patched document, `listConversations`: newest first.
    """
    whole = listing(probe)
    _newest_first(probe, whole.exchange, [each["startedAt"] for each in whole.items if each.get("startedAt")])
    expect_once(probe, whole.exchange, whole.ids, "each conversation once")
    beyond = probe.call("listConversations", query={"offset": whole.total + 10})
    probe.equal(_ids(beyond), [], beyond, "on the page after the end:")


def _walk(probe: Probe) -> tuple[list[str], list[Exchange]]:
    """The ids on all pages, and the pages."""
    pages = _pages(probe)
    return [each for page in pages for each in _ids(page)], pages


def _pages(probe: Probe) -> list[Exchange]:
    def follow() -> list[Exchange]:
        pages: list[Exchange] = []
        cursor: Any = None
        while not pages or (cursor and len(pages) < _MOST_PAGES):
            pages.append(search(probe, limit=_PAGE, cursor=cursor))
            cursor = pages[-1].value().get("cursor")
        return pages

    return probe.once("pages", follow)


def _pages_with(identifier: str, pages: list[Exchange]) -> str:
    return " and ".join(
        str(number) for number, page in enumerate(pages, 1) for each in _ids(page) if each == identifier
    )


def _cursor(probe: Probe) -> str:
    """The cursor after the first three conversations; skips the rule where there are no more."""
    cursor = search(probe, limit=3).value().get("cursor")
    if not isinstance(cursor, str):
        probe.skip("there is one page only")
    return cursor


def _ids(exchange: Exchange) -> list[str]:
    return [str(each.get("conversationId") or each.get("id")) for each in exchange.value()["conversations"]]


def _sized(probe: Probe, exchange: Exchange, limit: int, wanted: int) -> None:
    shown = len(exchange.value()["conversations"])
    right = shown == wanted
    probe.expect(right, exchange, "as many conversations as limit", f"limit {limit} gave {shown}, not {wanted}")


def _last(probe: Probe, exchange: Exchange, when: str) -> None:
    value = exchange.value()
    cursor = value.get("cursor")
    probe.expect(not cursor, exchange, f"a null cursor {when}", f"cursor {cursor}")
    seen = f"next_offset {value.get('next_offset')}"
    probe.expect("next_offset" not in value, exchange, f"no next_offset {when}", seen)


def _newest_first(probe: Probe, exchange: Exchange, times: list[str]) -> None:
    wrong = [f"{two} after {one}" for one, two in itertools.pairwise(times) if moment(two) > moment(one)]
    probe.expect(not wrong, exchange, "newest first", brief(wrong))
