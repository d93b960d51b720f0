"""Listings over a socket whose pages say what is not so: nothing is dropped in silence, and none goes on for ever."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from polyai_data.errors import DecodeError
from tests.facade.calls import Connect
from tests.facade.scripted import json_response
from tests.support.scripted_server import Received, ScriptedServer

ROWS = 200
SIZE = 50
Change = Callable[[int, int, dict[str, Any]], dict[str, Any]]
"""What a server changes in a page: of the page's number from 0, its offset, and the page."""


def serves(change: Change, rows: int = ROWS) -> Callable[[Any, Received], bytes]:
    """Pages of `rows` conversations, each with its changes."""
    count = itertools.count()

    def step(_connection: Any, request: Received) -> bytes:
        offset = int(parse_qs(urlsplit(request.target).query).get("offset", ["0"])[0])
        page = {"conversations": listed(offset, rows), "count": rows, "limit": SIZE, "offset": offset}
        return json_response({**page, **change(next(count), offset, page)})

    return step


def listed(offset: int, rows: int = ROWS) -> list[dict[str, str]]:
    return [
        {"conversationId": f"CA{number}", "accountId": "ws", "projectId": "P"}
        for number in range(offset, min(offset + SIZE, rows))
    ]


def ids(server: ScriptedServer, connect: Connect, operation: str = "list") -> list[str]:
    client = connect.polyai(connect_to=server.url, max_retries=0)
    return [each.id for each in getattr(client.conversations, operation)()]


EVERY = [f"CA{number}" for number in range(ROWS)]
EMPTY: dict[str, Any] = {"conversations": []}
WRONG: dict[str, Change] = {
    "count of the page": lambda _, __, page: {"count": len(page["conversations"])},
    "count 0": lambda *_: {"count": 0},
    "shrinking count": lambda number, *_: {"count": ROWS - 60 * number},
    "count reached": lambda _, offset, page: {"count": offset + len(page["conversations"])},
    "no count": lambda *_: {"count": None, "limit": None},
    "offset 0": lambda *_: {"offset": 0},
    "offset beyond": lambda _, offset, __: {"offset": offset + 60},
    "offset of pages": lambda number, *_: {"offset": number},
    "one empty page": lambda number, *_: EMPTY if number == 1 else {},
    "one empty page, count 0": lambda number, *_: {**EMPTY, "count": 0} if number == 2 else {},
    "rows from an earlier offset": lambda _, offset, __: {"conversations": listed(max(offset - 10, 0))},
    "short pages, then whole ones": lambda number, _, page: (
        {"conversations": page["conversations"][:30]} if number == 0 else {}
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_listing_is_complete_whatever_its_pages_say(connect: Connect, name: str) -> None:
    with ScriptedServer(serves(WRONG[name])) as server:
        assert ids(server, connect) == EVERY


INCOMPLETE: dict[str, tuple[Change, str]] = {
    "empty midway": (lambda _, offset, __: EMPTY if offset == 100 else {}, "offset 100 is empty twice, of 200"),
    "empty and nothing left": (
        lambda _, offset, __: {**EMPTY, "count": 0} if offset >= 100 else {},
        "offset 100 is empty twice, of 200",
    ),
    "rows from a later offset": (
        lambda _, offset, __: {"conversations": listed(offset + 10) if offset else listed(0)},
        "is empty twice, of 200",
    ),
    "one page for ever": (lambda *_: {"conversations": listed(0), "count": None}, "20 pages in a row had no new item"),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_an_incomplete_listing_is_an_error(connect: Connect, name: str) -> None:
    change, message = INCOMPLETE[name]
    with ScriptedServer(serves(change)) as server, pytest.raises(DecodeError, match=message):
        ids(server, connect)


def test_conversations_that_are_deleted_meanwhile_are_no_error(connect: Connect) -> None:
    def deleted(_: int, offset: int, __: dict[str, Any]) -> dict[str, Any]:
        return {**EMPTY, "count": 100} if offset == 100 else {"count": 101}

    with ScriptedServer(serves(deleted)) as server:
        assert ids(server, connect) == EVERY[:100]
        assert len(server.requests) == 3


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (49, 1), (50, 2), (120, 3)])
def test_a_listing_takes_no_more_requests_than_it_must(connect: Connect, rows: int, requests: int) -> None:
    with ScriptedServer(serves(lambda *_: {}, rows)) as server:
        assert ids(server, connect) == EVERY[:rows]
        assert len(server.requests) == requests


def found(*ids: str, **rest: Any) -> bytes:
    return json_response({"conversations": [{"id": each} for each in ids], "cursor": None, **rest})


ENDLESS = {
    "a circle": ([found("CA1", cursor="a"), found("CA2", cursor="b"), found("CA3", cursor="a")], "in a circle", 3),
    "itself": ([found("CA1", cursor="a"), found("CA2", cursor="a")], "in a circle", 2),
    "an earlier offset": ([found("CA1", next_offset=9), found("CA2", next_offset=9)], "in a circle", 2),
    "a number": ([found("CA1", cursor=7)], "cursor is a number, documented as a string", 1),
    "text": ([found("CA1", next_offset="10")], "next_offset is a string, documented as an integer", 1),
    "a negative offset": ([found("CA1", next_offset=-5)], "next_offset is -5", 1),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_search_that_does_not_lead_to_its_end_is_an_error(connect: Connect, name: str) -> None:
    steps, message, requests = ENDLESS[name]
    with ScriptedServer(*steps) as server:
        client = connect.polyai(connect_to=server.url)
        items = iter(client.conversations.search())
        assert [next(items).id for _ in steps] == [f"CA{number + 1}" for number in range(len(steps))]
        with pytest.raises(DecodeError, match=message):
            next(items)
        assert len(server.requests) == requests


def test_empty_pages_without_end_are_an_error(connect: Connect) -> None:
    cursors = itertools.count()
    with ScriptedServer(lambda *_: found(cursor=f"c{next(cursors)}")) as server:
        with pytest.raises(DecodeError, match="20 pages in a row had no new item"):
            ids(server, connect, "search")
        assert len(server.requests) == 20


@pytest.mark.parametrize("empty", [found(cursor="b"), found(next_offset=2)])
def test_an_empty_page_of_a_search_that_says_what_follows_is_not_its_end(connect: Connect, empty: bytes) -> None:
    with ScriptedServer(found("CA1", cursor="a"), empty, found("CA2")) as server:
        assert ids(server, connect, "search") == ["CA1", "CA2"]


def test_a_conversation_of_a_search_without_an_id_is_none(connect: Connect) -> None:
    with ScriptedServer(found("CA1", "", " ", "CA2")) as server:
        listing = connect.polyai(connect_to=server.url).conversations.search()
        for _ in range(2):
            assert [each.id for each in listing] == ["CA1", "CA2"]
            assert listing.invalid == 2
