"""What holds requests and responses against the documents reports what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.facade import document_clients as clients
from tests.facade.document_clients import KEYS, OpenCaller, Setting
from tests.facade.document_values import canonical
from tests.facade.document_wire import expected, problems
from tests.facade.scripted import example_response, json_response
from tests.support.document import operations
from tests.support.scripted_server import Received

player, open_caller = clients.player, clients.open_caller
SEARCH, NOTE = "searchConversations", "upsertNote"
GIVEN: Mapping[str, dict[str, Any]] = {
    SEARCH: {"agent_id": "CAé", "start_time": "2026-06-01T00:00:00Z", "channel": ["a", "b c"], "limit": 9},
    NOTE: {"agent_id": "CAé", "conversation_id": "C1", "note": "noted"},
}
KEY, OTHER = KEYS["conversations_api_key"], KEYS["api_key"]


def spoilt(request: Received, old: str, new: str) -> Received:
    """A request with one text replaced by another, in its line, headers or body."""
    headers = "".join(f"{name}: {value}\n" for name, value in request.lines)
    text = f"{request.method} {request.target}\n{headers}\n{request.body.decode()}"
    assert old in text
    head, _, body = text.replace(old, new, 1).partition("\n\n")
    first, *rest = head.split("\n")
    method, _, target = first.partition(" ")
    lines = [(name, value) for name, _, value in (line.partition(": ") for line in rest)]
    return Received(0, 1, method, target, dict(lines), body.encode(), lines)


@pytest.mark.parametrize(
    ("operation_id", "old", "new", "topic"),
    [
        (SEARCH, "host: api.us-1", "host: api.euw-1", "headers"),
        (SEARCH, "GET", "get", "method"),
        (SEARCH, "/conversations?", "/conversations/?", "path"),
        (SEARCH, "CA%C3", "CA%25C3", "path"),
        (SEARCH, "limit=9", "limit=9&verbose=1", "query"),
        (SEARCH, "channel=a&channel=b", "channel=b&channel=a", "query"),
        (SEARCH, "start_time=2026-06-01T00", "start_time=2026-06-01T01", "query"),
        (SEARCH, "start_time=2026-06-01T00", "start_time=2026-06-01 00", "query"),
        (SEARCH, "accept: application/json", "accept: */*", "headers"),
        (SEARCH, "accept: ", "cookie: a=1\naccept: ", "headers"),
        (SEARCH, "x-api-key: ", "x-api-key: Bearer ", "key"),
        (SEARCH, "accept-encoding: ", f"accept-encoding: {OTHER}", "key"),
        (SEARCH, "limit=9", f"limit=9&key={KEY}", "key"),
        (NOTE, '"noted"', '"other"', "body"),
        (NOTE, '"noted"', "NaN", "body"),
        (NOTE, '"noted"', '"noted", "agentId": "a"', "body"),
        (NOTE, "{", "", "body"),
        (NOTE, "content-type: application/json", "content-type: text/plain", "body"),
    ],
)
def test_what_is_wrong_with_a_request_is_reported(
    open_caller: OpenCaller, operation_id: str, old: str, new: str, topic: str
) -> None:
    caller = open_caller()
    last = json_response({"conversations": []}) if operation_id == SEARCH else example_response(NOTE)
    caller.player.play(last)
    caller(operation_id, GIVEN[operation_id])
    request, wanted = caller.player.requests[0], expected(Setting(), operation_id, GIVEN[operation_id])[0]
    assert problems(request, wanted) == []
    assert any(each.startswith(f"{topic}:") for each in problems(spoilt(request, old, new), wanted))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"note": None}, {}, True),
        ({"x_more": None}, {}, False),
        (
            {"turns": [{"user_input_datetime": "2026-06-01T10:00:00Z"}]},
            {"turns": [{"user_input_datetime": "2026-06-01T12:00:00.000+02:00"}]},
            True,
        ),
        (
            {"turns": [{"user_input_datetime": "2016-12-31T23:59:60Z"}]},
            {"turns": [{"user_input_datetime": "2017-01-01T00:00:00Z"}]},
            True,
        ),
        (
            {"turns": [{"user_input_datetime": "2026-06-01T10:00:00Z"}]},
            {"turns": [{"user_input_datetime": "2026-06-01T10:00:00+00:01"}]},
            False,
        ),
        (
            {"turns": [{"user_input_datetime": "2026-06-01T10:00:00.0000001Z"}]},
            {"turns": [{"user_input_datetime": "2026-06-01T10:00:00Z"}]},
            False,
        ),
        ({"note": "2026-06-01T10:00:00Z"}, {"note": "2026-06-01T10:00:00+00:00"}, False),
        ({"duration": 1}, {"duration": True}, False),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, False),
    ],
)
def test_what_a_response_loses_is_seen(one: Any, other: Any, equal: bool) -> None:
    operation = operations()["getConversation"]
    same = canonical(operation, operation.response, one) == canonical(operation, operation.response, other)
    assert same is equal
