"""Mutants of pages, filters and searches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.conformance.mutants.mutant import Call, Query, Request, Response, mutant

LIST, SEARCH = "listConversations", "searchConversations"


# The agents listing, by offset.


@mutant(LIST, "paging.v1-pages")
def offset_off_by_one(call: Call) -> Response:
    """Every page but the first begins one row too late."""
    offset = call.request.value("offset") or "0"
    if not offset.strip("0").isdigit():
        return call.send()
    response = call.send(call.request.with_query(offset=int(offset) + 1))
    return response.with_json({**response.success(), "offset": int(offset)})


@mutant(LIST, "paging.v1-count")
def count_of_page(value: Any) -> None:
    """The count is that of the page."""
    value["count"] = len(value["conversations"])


# The platform host's listing, by cursor.


@mutant(SEARCH, "paging.limit-bounds")
def largest_limit_refused(query: Query) -> None:
    """The largest limit that is allowed is refused."""
    query |= {"limit": ["1001"]} if query.get("limit") == ["1000"] else {}


@mutant(SEARCH, "paging.cursor-pages paging.cursor-repeats")
def row_repeated(call: Call) -> Response:
    """A page begins with the last row of the page before it."""
    response = call.send()
    if (value := response.success()) is None:
        return response
    before = call.memory.get("rows", []) if call.request.value("cursor") else []
    call.memory["rows"] = value["conversations"][-1:]
    return response.with_json({**value, "conversations": before + value["conversations"]}) if before else response


@mutant(SEARCH, "paging.cursor-pages paging.cursor-repeats")
def row_lost(call: Call) -> Response:
    """A cursor leads past the next row, which is on no page."""
    response = call.send()
    if (value := response.success()) is None or not call.request.value("cursor"):
        return response
    return response.with_json({**value, "conversations": value["conversations"][1:]})


@mutant(SEARCH, "paging.cursor-stable")
def cursor_is_an_offset(call: Call) -> Response:
    """A cursor is nothing but an offset, which shifts when conversations are added."""
    kind, _, offset = (call.request.value("cursor") or "").partition("-")
    response = call.send(call.request.with_query(cursor=None, offset=offset) if kind == "row" else None)
    value = response.success()
    if not value or not value["cursor"]:
        return response
    return response.with_json({**value, "cursor": f"row-{value['next_offset']}"})


@mutant(SEARCH, "paging.end")
def cursor_without_end(call: Call) -> Response:
    """The last page has a cursor too, which leads to an empty page without one."""
    if call.request.value("cursor") == "end":
        return call.send(call.request.with_query(cursor=None, offset=100_000))
    response = call.send()
    value = response.success()
    last = value and value["conversations"] and not value["cursor"]
    return response.with_json({**value, "cursor": "end"}) if last else response


@mutant(SEARCH, "paging.malformed-cursor")
def malformed_cursor_begins_anew(call: Call) -> Response:
    """A malformed cursor leads to the first page."""
    response = call.send()
    retry = response.status == 400 and "cursor" in call.request.values
    return call.send(call.request.with_query(cursor=None)) if retry else response


@mutant(SEARCH, "paging.cursor-pages")
def oldest_first_on_a_page(value: Any) -> None:
    """Each page is sorted by itself, oldest first."""
    value["conversations"].reverse()


# Filters.


@mutant(SEARCH, "filters.fields")
def last_channel_only(query: Query) -> None:
    """Of several channels only the last one counts."""
    query |= {"channel": query["channel"][-1:]} if "channel" in query else {}


@mutant(SEARCH, "filters.fields")
def false_is_absent(query: Query) -> None:
    """in_progress=false lists all conversations, as if it were absent."""
    if query.get("in_progress") == ["false"]:
        del query["in_progress"]


@mutant(SEARCH, "filters.times filters.time-range")
def start_is_excluded(query: Query) -> None:
    """start_time leaves out what started at that very moment."""
    _later(query, "start_time")


@mutant(SEARCH, "filters.times filters.time-range")
def end_is_included(query: Query) -> None:
    """end_time lists what started at that very moment."""
    _later(query, "end_time")


@mutant(SEARCH, "filters.times")
def zone_ignored(query: Query) -> None:
    """Times are read as if their clocks showed UTC."""
    for name in {"start_time", "end_time"} & query.keys():
        query[name] = [time.replace("+05:30", "Z") for time in query[name]]


@mutant(SEARCH, "filters.paged")
def filter_lost_behind_cursor(query: Query) -> None:
    """From the second page on the channel is forgotten."""
    if "cursor" in query:
        query.pop("channel", None)


@mutant(SEARCH, "filters.rules")
def both_variants(query: Query) -> None:
    """variant_id and variant_name are accepted together."""
    if "variant_id" in query:
        query.pop("variant_name", None)


@mutant(SEARCH, "filters.sample-random")
def sample_is_the_beginning(call: Call) -> Response:
    """A sample is the beginning of the listing."""
    sampled = "sample" in call.request.values
    response = call.send(call.request.with_query(sample=None) if sampled else None)
    value = response.success() if sampled else None
    return response.with_json({"conversations": value["conversations"], "cursor": None}) if value else response


# Searches.


@mutant(SEARCH, "search.transcript")
def words_of_users_unsearched(query: Query) -> None:
    """A search of transcripts looks at the agent's words only."""
    if query.get("query_type") == ["transcript"]:
        query.setdefault("turn_type", ["agent"])


@mutant(SEARCH, "search.semantic")
def everything_means_the_same(call: Call) -> Request:
    """A search by meaning matches every conversation."""
    semantic = call.request.value("query_type") == "semantic"
    return call.request.with_query(query=None, query_type=None) if semantic else call.request


@mutant(SEARCH, "search.filtered")
def search_of_live_only(query: Query) -> None:
    """A search does not observe client_env."""
    if "query" in query:
        query.pop("client_env", None)


@mutant(SEARCH, "search.filtered")
def meaning_in_all_channels(query: Query) -> None:
    """A search by meaning does not observe the channel."""
    if query.get("query_type") == ["semantic"]:
        query.pop("channel", None)


@mutant(SEARCH, "paging.cursor-pages")
def order_of_the_moment(call: Call) -> Response:
    """Every second listing of everything is in another order."""
    response = call.send()
    value = response.success()
    if value is None or {"limit", "cursor", "query", "sample"} & call.request.values.keys():
        return response
    call.memory["turn"] = not call.memory.get("turn", True)
    return response.with_json({**value, "conversations": value["conversations"][:: -1 if call.memory["turn"] else 1]})


def _later(query: Query, name: str) -> None:
    try:
        at = datetime.fromisoformat(query[name][-1].upper()) + timedelta(milliseconds=1)
    except (KeyError, ValueError):
        return
    query[name] = [at.isoformat()]
