"""Pages: nothing lost, nothing twice, in a stable order, by offset and by cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import found, listing, moment, search

_PAGE = 7
_MOST_PAGES = 40


@rule("paging.no-loss")
def no_loss(probe: Probe) -> None:
    """Following the cursor from page to page gives every conversation.

    Source: patched document, `cursor`: follow it until it is null.
    """
    whole, (ids, exchanges) = found(probe), _walk(probe)
    lost = set(whole.ids) - set(ids)
    probe.expect(not lost, exchanges, "every conversation is on a page", f"{len(lost)} on none")
    others = set(ids) - set(whole.ids)
    probe.expect(not others, exchanges, "the same conversations as on one page", f"{len(others)} others")


@rule("paging.no-repeat")
def no_repeat(probe: Probe) -> None:
    """Following the cursor gives no conversation twice, and neither does one page.

    Source: patched document, `cursor`: where the next page begins.
    """
    ids, exchanges = _walk(probe)
    probe.expect(len(ids) == len(set(ids)), exchanges, "a conversation is on one page", "one is twice there")
    whole = found(probe)
    same = len(whole.ids) == len(set(whole.ids))
    probe.expect(same, whole.exchange, "a conversation is once on a page", "one is twice there")


@rule("paging.order")
def order(probe: Probe) -> None:
    """Pages of any size have the same order: newest first.

    Source: patched document, `listConversations`: newest first; the cursor tells a place in an order.
    """
    whole, (ids, exchanges) = found(probe), _walk(probe)
    probe.expect(ids == whole.ids, exchanges, "the order of one large page", "another order")
    times = [moment(each["started_at"]) for each in whole.items]
    probe.expect(times == sorted(times, reverse=True), whole.exchange, "newest first", "another order")


@rule("paging.limit")
def limit(probe: Probe) -> None:
    """A page has as many conversations as `limit` asks for, and fewer only when it is the last one.

    Source: patched document, `limit`: page size.
    """
    whole = found(probe)
    for size in (1, 3, len(whole.ids)):
        exchange = search(probe, limit=size)
        shown = len(exchange.value()["conversations"])
        wanted = min(size, len(whole.ids))
        probe.expect(shown == wanted, exchange, "as many conversations as limit", _more_or_less(shown, wanted))


@rule("paging.limit-bounds")
def limit_bounds(probe: Probe) -> None:
    """A limit or an offset that the document does not allow is refused with 400.

    Source: patched document: `limit` from 1 (to 1000 on the platform host), `offset` from 0.
    """
    for name, value in (("limit", 0), ("limit", -1), ("limit", "many"), ("offset", -1), ("offset", "x")):
        for operation in ("listConversations", "searchConversations"):
            if probe.allowed(probe.target.operation(operation)):
                probe.status(probe.call(operation, query={name: value}), 400, when=f"{name} is not allowed")
    probe.status(search(probe, limit=1001), 400, when="limit is more than 1000")
    probe.status(search(probe, limit=1000), 200, when="limit is 1000")


@rule("paging.end")
def end(probe: Probe) -> None:
    """The last page has a null cursor and no next_offset; every other page has both.

    Source: patched document: `cursor` is null when no more follow, `next_offset` is there only while more follow.
    """
    pages = _pages(probe)
    for number, exchange in enumerate(pages):
        value, last = exchange.value(), number == len(pages) - 1
        if last:
            probe.expect(not value.get("cursor"), exchange, "a null cursor on the last page", "a cursor")
            probe.expect("next_offset" not in value, exchange, "no next_offset on the last page", "next_offset")
        else:
            told = value.get("next_offset") == (number + 1) * _PAGE
            probe.expect(told, exchange, "next_offset is where the next page begins", "another number, or none")
            probe.expect(bool(value["conversations"]), exchange, "conversations on a page before the last", "none")


@rule("paging.exact-end")
def exact_end(probe: Probe) -> None:
    """A page that ends with the last conversation is the last page.

    Source: patched document: `cursor` is null when no more conversations follow.
    """
    exchange = search(probe, limit=len(found(probe).ids))
    value = exchange.value()
    done = not value.get("cursor") and "next_offset" not in value
    probe.expect(done, exchange, "no cursor and no next_offset when nothing follows", "there is more told")


@rule("paging.offset")
def offset(probe: Probe) -> None:
    """Paging by offset gives the same pages as by cursor.

    Source: patched document, `offset`: how many conversations to skip.
    """
    whole = found(probe)
    ids: list[str] = []
    exchange = whole.exchange
    for start in range(0, len(whole.ids), _PAGE):
        exchange = search(probe, limit=_PAGE, offset=start)
        ids += [each["id"] for each in exchange.value()["conversations"]]
    probe.expect(ids == whole.ids, exchange, "the conversations of one large page", "others, or another order")
    beyond = search(probe, offset=len(whole.ids))
    nothing = not beyond.value()["conversations"] and not beyond.value().get("cursor")
    probe.expect(nothing, beyond, "an empty last page behind the end", "something")


@rule("paging.cursor-wins")
def cursor_wins(probe: Probe) -> None:
    """A cursor wins over an offset.

    Source: patched document, `offset`: `cursor` wins over it.
    """
    cursor = _cursor(probe)
    plain, both = search(probe, limit=3, cursor=cursor), search(probe, limit=3, cursor=cursor, offset=11)
    probe.expect(_ids(plain) == _ids(both), (plain, both), "the cursor's page", "another one")


@rule("paging.cursor-repeats")
def cursor_repeats(probe: Probe) -> None:
    """The same cursor gives the same page again, and begins right behind the page that gave it.

    Source: patched document, `cursor`: where the next page begins.
    """
    cursor, whole = _cursor(probe), found(probe)
    exchanges = [search(probe, limit=3, cursor=cursor) for _ in range(3)]
    pages = [_ids(each) for each in exchanges]
    probe.expect(pages[0] == pages[1] == pages[2], exchanges, "the same page each time", "another one")
    probe.expect(pages[0] == whole.ids[3:6], exchanges[0], "the page right behind", "another one")


@rule("paging.malformed-cursor")
def malformed_cursor(probe: Probe) -> None:
    """A cursor that no page gave is refused with 400.

    Source: patched document, `cursor`: a malformed one is answered with 400; code
    GET_CONVERSATIONS_FILTER_PARSE_ERROR.
    """
    good = _cursor(probe)
    for wrong in ("not-a-cursor", "", "é", "🙂", good[:-3], f"{good}x!", "AAAA" * 8):
        exchange = search(probe, cursor=wrong)
        probe.status(exchange, 400, when="the cursor is malformed")


@rule("paging.cursor-stable", last=True)
def cursor_stable(probe: Probe) -> None:
    """While conversations are added, following the cursor loses none of the old ones and gives none twice.

    Source: the vendors' documentation: the cursor is what the vendor advises, since offsets shift.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("no conversation can be added")
    before = probe.call("searchConversations", query={}).value()["conversations"]
    ids: list[str] = []
    exchanges: list[Exchange] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        exchanges.append(probe.call("searchConversations", query={"limit": _PAGE, "cursor": cursor}))
        value = exchanges[-1].value()
        ids += [each["id"] for each in value["conversations"]]
        cursor = value.get("cursor")
        if cursor is None:
            break
        powers.add_conversation(probe.agent())
    lost = {each["id"] for each in before} - set(ids)
    probe.expect(not lost, exchanges, "all that were there at first", f"{len(lost)} of them lost")
    probe.expect(len(ids) == len(set(ids)), exchanges, "a conversation is on one page", "one is twice there")


@rule("paging.added-first", last=True)
def added_first(probe: Probe) -> None:
    """A conversation that is added comes first in both listings, and the count grows.

    Source: patched document, `listConversations`: newest first; `count`: how many there are in all.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("no conversation can be added")
    before = probe.call("listConversations", query={"limit": 1}).value()["count"]
    added = powers.add_conversation(probe.agent())
    exchange = probe.call("listConversations", query={"limit": 1})
    value = exchange.value()
    probe.expect(value["count"] == before + 1, exchange, "the count grows by one", "another count")
    probe.expect(_listed(value) == [added], exchange, "the new conversation first", "another one")
    other = probe.call("searchConversations", query={"limit": 1})
    probe.expect(_ids(other) == [added], other, "the new conversation first", "another one")


@rule("paging.v1-pages")
def v1_pages(probe: Probe) -> None:
    """Paging through the agents listing gives what one large page gives: nothing lost, nothing twice.

    Source: the vendors' documentation on the agents listing: `limit` and `offset`.
    """
    whole = listing(probe)
    ids: list[str] = []
    exchanges = []
    for start in range(0, len(whole.ids), _PAGE):
        exchanges.append(probe.call("listConversations", query={"limit": _PAGE, "offset": start}))
        value = exchanges[-1].value()
        ids += _listed(value)
        size = min(_PAGE, value["count"] - start)
        shown = len(value["conversations"])
        probe.expect(shown == size, exchanges[-1], "as many conversations as limit", _more_or_less(shown, size))
    ids = ids[: len(whole.ids)]
    probe.expect(not set(whole.ids) - set(ids), exchanges, "every conversation is on a page", "some are lost")
    probe.expect(len(set(ids)) == len(ids), exchanges, "a conversation is on one page", "one is twice there")
    probe.expect(ids == whole.ids, exchanges, "the order of one large page", "another order")


@rule("paging.v1-echo")
def v1_echo(probe: Probe) -> None:
    """The agents listing tells the limit and the offset that it used: those that were sent, else 50 and 0.

    Source: patched document, `GetConversations` and the defaults of `limit` and `offset`.
    """
    for query, wanted in (({}, (50, 0)), ({"limit": 3}, (3, 0)), ({"limit": 2, "offset": 4}, (2, 4))):
        exchange = probe.call("listConversations", query=query)
        value = exchange.value()
        told = (value["limit"], value["offset"])
        probe.expect(told == wanted, exchange, f"limit and offset are told as {wanted}", f"{told}")


@rule("paging.v1-count")
def v1_count(probe: Probe) -> None:
    """The count of the agents listing is that of all conversations, whatever the page.

    Source: patched document, `GetConversations.count`: how many conversations there are in all.
    """
    whole = listing(probe)
    if whole.total <= probe.target.depth:
        right = whole.total == len(whole.ids)
        probe.expect(right, whole.exchange, "count is the number of conversations", "another number")
    for query in ({"limit": 1}, {"limit": 2, "offset": 1}, {"offset": whole.total + 5}):
        exchange = probe.call("listConversations", query=query)
        count = exchange.value()["count"]
        probe.expect(count == whole.total, exchange, "the same count on every page", "another one")


@rule("paging.v1-order")
def v1_order(probe: Probe) -> None:
    """The agents listing has the newest conversations first, each once, and nothing behind its end.

    Source: patched document, `listConversations`: newest first.
    """
    whole = listing(probe)
    times = [moment(each["startedAt"]) for each in whole.items if each.get("startedAt")]
    probe.expect(times == sorted(times, reverse=True), whole.exchange, "newest first", "another order")
    probe.expect(len(set(whole.ids)) == len(whole.ids), whole.exchange, "each once", "one is twice there")
    beyond = probe.call("listConversations", query={"offset": whole.total + 10})
    probe.expect(not beyond.value()["conversations"], beyond, "an empty page behind the end", "something")


def _walk(probe: Probe) -> tuple[list[str], list[Exchange]]:
    """The ids on all pages, and the pages."""
    pages = _pages(probe)
    return [identifier for each in pages for identifier in _ids(each)], pages


def _pages(probe: Probe) -> list[Exchange]:
    if "pages" not in probe.kept:
        probe.kept["pages"] = list(_fresh_pages(probe))
    pages: list[Exchange] = probe.kept["pages"]
    return pages


def _fresh_pages(probe: Probe) -> Iterator[Exchange]:
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        exchange = search(probe, limit=_PAGE, cursor=cursor)
        yield exchange
        cursor = exchange.value().get("cursor")
        if not cursor:
            return


def _cursor(probe: Probe) -> str:
    """The cursor behind the first three conversations; skips the rule where there are no more."""
    cursor = search(probe, limit=3).value().get("cursor")
    if not isinstance(cursor, str):
        probe.skip("there is one page only")
    return cursor


def _ids(exchange: Exchange) -> list[str]:
    return [each["id"] for each in exchange.value()["conversations"]]


def _listed(value: dict[str, Any]) -> list[str]:
    return [each["conversationId"] for each in value["conversations"]]


def _more_or_less(shown: int, wanted: int) -> str:
    return "more" if shown > wanted else "fewer" if shown < wanted else "as many"
