"""Pages: no conversation lost, none repeated, in a stable order, by offset and by cursor."""

from __future__ import annotations

from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import LAST, rule
from polyai_data.conformance.sample import (
    MOST_PAGES,
    bounds,
    expect_ids,
    expect_once,
    expect_only,
    follow,
    ids_on,
    listing,
    order,
    search,
    whole,
)

_PAGE = 7


@rule("patched document, `cursor`: follow it until it is null. No document says in which order.")
def test_cursor_pages(probe: Probe) -> None:
    """Following the cursor gives the conversations of one large page, each once, in the same order each time."""
    every, pages = whole(probe), _pages(probe)
    expect_ids(probe, pages, ids_on(*pages), every.ids, "conversations of one large page")
    expect_once(probe, every.exchange, every.ids, "each conversation once")
    again = search(probe)
    expect_ids(probe, (every.exchange, again), ids_on(again), every.ids, "conversations of the same page before")
    probe.observe("order of searchConversations", order([each["started_at"] for each in every.items]))


@rule("patched document, `limit`: page size.")
def test_limit(probe: Probe) -> None:
    """A page has as many conversations as `limit`, and fewer only when it is the last one, in the same order."""
    every = whole(probe)
    for size in (1, 3, len(every.ids)):
        exchange = search(probe, limit=size)
        _sized(probe, exchange, size, min(size, len(every.ids)))
        expect_ids(probe, exchange, ids_on(exchange)[:size], every.ids[:size], "first conversations of a larger page")


@rule("patched document, `minimum` and `maximum` of `limit` and `offset`.")
def test_limit_bounds(probe: Probe) -> None:
    """A limit or an offset that the document does not allow is refused with 400, and its bounds are allowed."""
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


@rule("patched document: `cursor` is null when no more follow, `next_offset` is there only while more follow.")
def test_end(probe: Probe) -> None:
    """A page that has the last conversation has a null cursor and no next_offset; every other page has both."""
    pages = _pages(probe)
    for number, exchange in enumerate(pages[:-1], 1):
        value = exchange.value()
        seen = f"{value.get('next_offset')} on page {number}"
        right = value.get("next_offset") == number * _PAGE
        probe.expect(right, exchange, "next_offset is where the next page begins", seen)
        probe.expect(bool(value["conversations"]), exchange, "conversations on a page before the last", "none")
    for exchange in (pages[-1], search(probe, limit=len(whole(probe).ids))):
        value = exchange.value()
        more = {name: value.get(name) for name in ("cursor", "next_offset")}
        right = not more["cursor"] and "next_offset" not in value
        probe.expect(right, exchange, "a null cursor and no next_offset on the last page", more)


@rule("patched document, `offset`: how many conversations to skip.")
def test_offset(probe: Probe) -> None:
    """Paging by offset gives the same pages as by cursor, and an empty one after the end."""
    every = whole(probe)
    pages = [search(probe, limit=_PAGE, offset=start) for start in range(0, len(every.ids), _PAGE)]
    expect_ids(probe, pages, ids_on(*pages), every.ids, "conversations of one large page")
    beyond = search(probe, offset=len(every.ids))
    value = beyond.value()
    seen = f"{len(value['conversations'])} conversations, cursor {value.get('cursor')}"
    probe.expect(not value["conversations"] and not value.get("cursor"), beyond, "an empty page after the end", seen)


@rule("patched document, `cursor`: where the next page begins; `offset`: `cursor` wins over it.")
def test_cursor_repeats(probe: Probe) -> None:
    """A cursor gives the page right after the one that returned it, each time, and whatever the offset."""
    cursor, every = _cursor(probe), whole(probe)
    for offset in (None, None, 11):
        exchange = search(probe, limit=3, cursor=cursor, offset=offset)
        probe.equal(ids_on(exchange), every.ids[3:6], exchange, "the page right after, each time:")


@rule("patched document, `cursor`: 400 for a malformed one; code GET_CONVERSATIONS_FILTER_PARSE_ERROR.")
def test_malformed_cursor(probe: Probe) -> None:
    """A cursor that no page returned is refused with 400."""
    good = _cursor(probe)
    for wrong in ("not-a-cursor", "", "é", "🙂", good[:-3], f"{good}x!", "AAAA" * 8):
        probe.status(search(probe, cursor=wrong), 400, when="the cursor is malformed")


@rule("the vendors' docs: the vendor recommends the cursor, since offsets shift.", LAST)
def test_cursor_stable(probe: Probe) -> None:
    """While conversations are added, following the cursor loses none of the old ones and repeats none."""
    powers = probe.target.powers
    if powers is None:
        probe.skip("no conversation can be added")
    before = ids_on(probe.call("searchConversations", query={}))
    pages: list[Exchange] = []
    cursor: str | None = None
    while len(pages) < MOST_PAGES:
        pages.append(probe.call("searchConversations", query={"limit": _PAGE, "cursor": cursor}))
        cursor = pages[-1].value().get("cursor")
        if cursor is None:
            break
        powers.add_conversation(probe.agent())
    expect_only(probe, pages, before, ids_on(*pages), "all conversations from before", label="lost")
    expect_once(probe, pages, ids_on(*pages), "each conversation once")


@rule("patched document, `count`: how many there are in all; `start_time`: at or after this time.", LAST)
def test_added(probe: Probe) -> None:
    """A conversation that is added is in both listings, all others stay in their order, and the count grows."""
    powers, depth = probe.target.powers, probe.target.depth
    if powers is None:
        probe.skip("no conversation can be added")
    before = probe.call("listConversations", query={"limit": depth})
    count = before.value()["count"]
    added = powers.add_conversation(probe.agent())
    first = probe.call("listConversations", query={"limit": depth})
    probe.equal(first.value()["count"], count + 1, first, "the count after one more:")
    last = probe.call("listConversations", query={"limit": depth, "offset": max(0, count + 1 - depth)})
    probe.expect(added in ids_on(first, last), (first, last), "the new conversation in the listing", "it is missing")
    others = [each for each in ids_on(first) if each != added]
    same = ids_on(before)[: len(others)]
    expect_ids(probe, (before, first), others, same, "conversations from before")
    start = probe.call("getConversation", added).value()["startedAt"]
    shown = probe.call("searchConversations", query={"start_time": start})
    probe.expect(added in ids_on(shown), shown, "the new conversation in a search from its start on", "it is missing")


@rule("the vendors' docs on `limit` and `offset` of `listConversations`. No document says in which order.")
def test_v1_pages(probe: Probe) -> None:
    """Paging through the agents listing gives what one large page gives, in its order, and none after the end."""
    every, pages = listing(probe), []
    times = [each["startedAt"] for each in every.items if each.get("startedAt")]
    probe.observe("order of listConversations", order(times))
    for start in range(0, len(every.ids), _PAGE):
        pages.append(probe.call("listConversations", query={"limit": _PAGE, "offset": start}))
        _sized(probe, pages[-1], _PAGE, min(_PAGE, pages[-1].value()["count"] - start))
    expect_ids(probe, pages, ids_on(*pages)[: len(every.ids)], every.ids, "conversations of one large page")
    expect_once(probe, every.exchange, every.ids, "each conversation once")
    again = probe.call("listConversations", query={"limit": probe.target.depth})
    expect_ids(probe, (every.exchange, again), ids_on(again), every.ids, "conversations of the same page before")
    beyond = probe.call("listConversations", query={"offset": every.total + 10})
    probe.equal(ids_on(beyond), [], beyond, "on the page after the end:")


@rule("patched document, `GetConversations` and the defaults of `limit` and `offset`.")
def test_v1_echo(probe: Probe) -> None:
    """The agents listing returns the limit and the offset that it used: those of the request, else their defaults."""
    operation = probe.target.operation("listConversations")
    defaults = {name: operation.parameter(name).default for name in ("limit", "offset")}
    queries: tuple[dict[str, int], ...] = ({}, {"limit": 3}, {"limit": 2, "offset": 4})
    for query in queries:
        exchange = probe.call("listConversations", query=query)
        value, wanted = exchange.value(), {**defaults, **query}
        probe.equal([value["limit"], value["offset"]], list(wanted.values()), exchange, "limit and offset are")


@rule("patched document, `GetConversations.count`: how many conversations there are in all.")
def test_v1_count(probe: Probe) -> None:
    """The count of the agents listing is that of all conversations, whatever the page."""
    every = listing(probe)
    if every.total <= probe.target.depth:
        probe.equal(every.total, len(every.ids), every.exchange, "count is the number of conversations,")
    for query in ({"limit": 1}, {"limit": 2, "offset": 1}, {"offset": every.total + 5}):
        exchange = probe.call("listConversations", query=query)
        probe.equal(exchange.value()["count"], every.total, exchange, "the same count on every page,")


def _pages(probe: Probe) -> list[Exchange]:
    return probe.once("pages", lambda: follow(probe, limit=_PAGE))


def _cursor(probe: Probe) -> str:
    """The cursor after the first three conversations; skips the rule where there are no more."""
    cursor = search(probe, limit=3).value().get("cursor")
    if not isinstance(cursor, str):
        probe.skip("there is one page only")
    return cursor


def _sized(probe: Probe, exchange: Exchange, limit: int, wanted: int) -> None:
    shown = len(exchange.value()["conversations"])
    right = shown == wanted
    probe.expect(right, exchange, "as many conversations as limit", f"limit {limit} gave {shown}, not {wanted}")
