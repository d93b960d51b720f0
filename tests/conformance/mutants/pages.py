"""Faults of pages: rows that are lost or repeated, counts, limits, cursors, order."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from polyai_data.emulator.http import request as requests
from polyai_data.emulator.http.response import VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations import search
from polyai_data.emulator.operations.call import Call
from tests.conformance.mutants.mutant import REFUSED, Fault, mutant

LIST, SEARCH = "listConversations", "searchConversations"


@mutant(LIST, "paging.v1-count")
def count_of_page(fault: Fault) -> None:
    """The count is that of the page."""
    fault.value(lambda value: value.update(count=len(value["conversations"])))


@mutant(LIST, "paging.v1-pages")
def offset_off_by_one(fault: Fault) -> None:
    """Every page but the first begins one row too late."""

    def handle(original: Any, call: Call) -> Any:
        offset = call.query["offset"]
        if not offset:
            return original(call)
        shown = original(replace(call, query={**call.query, "offset": offset + 1}))
        return {**shown, "offset": offset}

    fault.handler(handle)


@mutant(LIST, "paging.v1-pages")
def limit_off_by_one(fault: Fault) -> None:
    """A page has one row more than its limit, which the next page repeats."""

    def handle(original: Any, call: Call) -> Any:
        limit = call.query["limit"]
        return {**original(replace(call, query={**call.query, "limit": limit + 1})), "limit": limit}

    fault.handler(handle)


@mutant(LIST, "paging.v1-order")
def oldest_first(fault: Fault) -> None:
    """The listing begins with the oldest conversation."""

    def handle(original: Any, call: Call) -> Any:
        whole = original(replace(call, query={**call.query, "limit": 100, "offset": 0}))["conversations"][::-1]
        begin, limit = call.query["offset"], call.query["limit"]
        return {"conversations": whole[begin : begin + limit], "count": len(whole), "limit": limit, "offset": begin}

    fault.handler(handle)


@mutant(LIST, "paging.v1-echo")
def other_default_limit(fault: Fault) -> None:
    """Without a limit a page has 20 rows."""
    fault.query(lambda query, request: "limit" not in request.query_values and query.update(limit=20))


@mutant(LIST, "paging.v1-echo")
def offset_not_told(fault: Fault) -> None:
    """The offset is told as 0 on every page."""
    fault.value(lambda value: value.update(offset=0))


@mutant(LIST, "paging.v1-count paging.v1-pages listings.agree")
def oldest_row_lost(fault: Fault) -> None:
    """The oldest conversation is counted, but on no page."""

    def cut(value: Any) -> None:
        end = value["count"] - 1 - value["offset"]
        del value["conversations"][max(0, end) :]

    fault.value(cut)


@mutant(LIST, "paging.v1-count paging.v1-pages")
def limit_capped_in_silence(fault: Fault) -> None:
    """No page has more than 25 rows, though the limit that was asked for is told."""
    fault.value(lambda value: value["conversations"].__delitem__(slice(25, None)))


@mutant(LIST, "paging.added-first")
def count_from_cache(fault: Fault) -> None:
    """The count does not grow when conversations are added."""
    first: dict[str, int] = {}

    def changed(exchange: Any, answer: Any) -> Any:
        if answer.status != 200:
            return None
        value = json.loads(answer.body)
        value["count"] = first.setdefault(exchange.request.path, value["count"])
        return replace(answer, body=json.dumps(value).encode(), shape=None)

    fault.answer(changed)


@mutant(LIST, "paging.v1-order")
def listing_begins_anew(fault: Fault) -> None:
    """Behind the end of the listing its first page comes again."""

    def handle(original: Any, call: Call) -> Any:
        shown = original(call)
        if shown["conversations"] or not call.query["offset"]:
            return shown
        return {**original(replace(call, query={**call.query, "offset": 0})), "offset": call.query["offset"]}

    fault.handler(handle)


@mutant(LIST, "paging.limit-bounds document.rejects-invalid")
def limit_zero(fault: Fault) -> None:
    """A limit of 0 is accepted."""

    fault.parameter(lambda name, texts: 0 if name == "limit" and texts == ["0"] else REFUSED)


@mutant(SEARCH, "paging.limit-bounds")
def limit_thousand_refused(fault: Fault) -> None:
    """The largest limit that is allowed is refused."""

    def change(_query: dict[str, Any], request: requests.Request) -> None:
        if request.query_values.get("limit") == ["1000"]:
            fault.calls += 1
            raise Refusal(400, VALIDATION_FAILED, "the limit is too large")

    fault.query(change)


def _page(fault: Fault, change: Any) -> None:
    """Change pages of a search: `change` gets the original page, what was found, the query and the agent."""

    def page(original: Any, found: Any, agent: Any, query: Any, rng: Any) -> Any:
        return change(original(found, agent, query, rng), found, query, agent)

    fault.function(search, "page", page)


def _moved(by: int) -> Any:
    """What moves the cursor of a page so many rows on."""

    def moved(page: search.Page, found: Any, _query: Any, agent: Any) -> search.Page:
        if page.cursor is None:
            return page
        place = min(page.places[-1] + by, len(found) - 1)
        return replace(page, cursor=search._cursor(found.position(place), agent.id))

    return moved


@mutant(SEARCH, "paging.no-repeat paging.cursor-repeats")
def row_repeated(fault: Fault) -> None:
    """A cursor leads to the last row of its page, which comes twice."""

    def moved(page: search.Page, found: Any, query: Any, agent: Any) -> search.Page:
        # With a page of one row the same would come forever.
        return page if query["limit"] == 1 else _moved(-1)(page, found, query, agent)

    _page(fault, moved)


@mutant(SEARCH, "paging.no-loss paging.cursor-repeats")
def row_lost(fault: Fault) -> None:
    """A cursor leads past the next row, which is on no page."""
    _page(fault, _moved(1))


@mutant(SEARCH, "paging.cursor-stable")
def cursor_drifts(fault: Fault) -> None:
    """A cursor is nothing but an offset, which shifts when conversations are added."""

    def page(original: Any, found: Any, agent: Any, query: Any, rng: Any) -> Any:
        if query["cursor"] is not None:
            query = {**query, "cursor": None, "offset": search._read_cursor(query["cursor"], agent.id)[1]}
        shown = original(found, agent, query, rng)
        if shown.cursor is None:
            return shown
        return replace(shown, cursor=search._cursor((0, shown.next_offset, ""), agent.id))

    fault.function(search, "page", page)


@mutant(SEARCH, "paging.end paging.exact-end")
def cursor_without_end(fault: Fault) -> None:
    """The last page has a cursor too, which leads to an empty page without one."""

    def last(page: search.Page, found: Any, query: Any, agent: Any) -> search.Page:
        if page.cursor is not None or not page.places or query["sample"]:
            return page
        return replace(page, cursor=search._cursor(found.position(page.places[-1]), agent.id))

    _page(fault, last)


@mutant(SEARCH, "paging.end paging.exact-end")
def next_offset_at_the_end(fault: Fault) -> None:
    """The last page tells a next_offset."""
    _page(
        fault,
        lambda page, found, query, _: page if query["sample"] or page.cursor else replace(page, next_offset=len(found)),
    )


@mutant(SEARCH, "paging.end")
def next_offset_of_this_page(fault: Fault) -> None:
    """next_offset is where the page itself begins."""
    _page(fault, lambda page, _found, _query, _: replace(page, next_offset=page.places[0]) if page.cursor else page)


@mutant(SEARCH, "paging.cursor-wins")
def offset_wins(fault: Fault) -> None:
    """An offset wins over a cursor."""
    fault.query(lambda query, _: query["offset"] and query["cursor"] and query.update(cursor=None))


@mutant(SEARCH, "paging.malformed-cursor")
def bad_cursor_begins_anew(fault: Fault) -> None:
    """A malformed cursor leads to the first page."""

    def page(original: Any, found: Any, agent: Any, query: Any, rng: Any) -> Any:
        try:
            return original(found, agent, query, rng)
        except Refusal:
            return original(found, agent, {**query, "cursor": None}, rng)

    fault.function(search, "page", page)


@mutant(SEARCH, "paging.limit")
def page_one_short(fault: Fault) -> None:
    """A page has one row fewer than its limit; the next one begins with it."""
    fault.query(lambda query, _: query["limit"] > 1 and query.update(limit=query["limit"] - 1))


@mutant(SEARCH, "paging.offset")
def offset_counts_pages(fault: Fault) -> None:
    """An offset is taken for the number of a page."""
    fault.query(lambda query, _: query.update(offset=query["offset"] * query["limit"]))


@mutant(SEARCH, "paging.order")
def pages_sorted_alone(fault: Fault) -> None:
    """Each page is sorted by itself, oldest first."""
    fault.value(lambda value: value["conversations"].reverse())


@mutant(SEARCH, "paging.added-first")
def search_lags(fault: Fault) -> None:
    """Conversations that are added are not found by the platform host's listing."""
    fault.function(search, "_suitable", lambda *_: iter(()))
