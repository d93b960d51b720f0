"""Large worlds: rows are made when they are looked at, and long pages are streamed."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.clock import START
from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.data.script import Draft
from polyai_data.emulator.data.world import World
from polyai_data.emulator.http.response import CHUNK_ROWS, Rows, Written, to_json
from polyai_data.emulator.operations import payloads
from tests.emulator.conftest import Callers
from tests.emulator.support import EVER, Caller, check, items
from tests.support.document import operations

MILLION = 1_000_000
LONG = CHUNK_ROWS + 1


@pytest.fixture
def large(caller: Callers) -> Caller:
    return caller(conversations=MILLION)


def listed(call: Caller, **params: int) -> list[dict[str, Any]]:
    response = call("listConversations", params=params).json()
    assert response["count"] == MILLION
    conversations: list[dict[str, Any]] = response["conversations"]
    return conversations


def test_the_last_page_is_there(large: Caller) -> None:
    assert len(listed(large, limit=50, offset=MILLION - 3)) == 3
    assert listed(large, offset=MILLION) == []
    oldest = datetime.fromisoformat(listed(large, limit=1, offset=MILLION - 1)[0]["startedAt"])
    assert START - timedelta(days=5 * 365) < oldest < START - timedelta(days=365)


def test_any_conversation_can_be_read_by_its_id(large: Caller) -> None:
    for offset in (0, 2, 777_777, MILLION - 1):
        row = listed(large, limit=1, offset=offset)[0]
        detail = large("getConversation", conversationId=row["conversationId"]).json()
        assert {name: detail[name] for name in row} == row
    identifier = row["conversationId"]
    other = large.emulator.accounts["us"].agents[1].id
    assert large("getConversation", conversationId=identifier, agentId=other).status_code == 404
    forged = identifier[:4] + ("0" if identifier[4] != "0" else "1") + identifier[5:]
    assert large("getConversation", conversationId=forged).status_code == 404


def test_a_cursor_leads_on_from_the_middle(large: Caller) -> None:
    first = large("searchConversations", params={"limit": 5, "offset": 500_000}).json()
    added = large.emulator.add_conversation()
    by_cursor = large("searchConversations", params={"limit": 5, "cursor": first["cursor"]}).json()
    assert by_cursor["conversations"] == items(large, limit=5, offset=500_006)
    assert by_cursor["next_offset"] == 500_011
    assert items(large, limit=1)[0]["id"] == added.id


def test_a_sample_comes_from_everywhere(large: Caller) -> None:
    sample = items(large, **EVER, sample="random", limit=60)
    assert len({item["id"] for item in sample}) == 60
    moments = sorted(datetime.fromisoformat(item["started_at"]) for item in sample)
    assert moments[-1] - moments[0] > timedelta(days=2 * 365)


def test_few_rows_are_kept(large: Caller) -> None:
    conversations = large.emulator.conversations()
    once = conversations[10]
    assert conversations[10] is once
    for _ in itertools.islice(conversations, 100, 3000):
        pass
    assert conversations[10] is not once
    assert conversations[10] == once
    assert repr(conversations) == f"<{MILLION} conversations of {once.agent_id}>"


@pytest.mark.parametrize("operation_id", ["listConversations", "searchConversations"])
def test_a_large_page_is_sent_in_chunks_and_has_the_same_bytes(large: Caller, operation_id: str) -> None:
    small = large(operation_id, params={"limit": CHUNK_ROWS})
    assert "content-length" in small.headers
    response = large(operation_id, params={"limit": 3 * CHUNK_ROWS + 7})
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    assert response.content == to_json(response.json())
    assert len(response.json()["conversations"]) == 3 * CHUNK_ROWS + 7
    assert response.json()["conversations"][:CHUNK_ROWS] == small.json()["conversations"]


@pytest.mark.parametrize("fault", ["slow=0.01", "chunked", "unknown", "truncate"])
def test_a_large_page_takes_faults(large: Caller, fault: str) -> None:
    right = large("listConversations", params={"limit": LONG})
    headers = {"X-Emulator-Fault": fault}
    if fault == "truncate":
        with pytest.raises(httpx.RemoteProtocolError):
            large("listConversations", params={"limit": LONG}, headers=headers)
        return
    response = large("listConversations", params={"limit": LONG}, headers=headers, faulty=True)
    check(operations()["listConversations"], response)
    assert (response.content == right.content) == (fault != "unknown")


def test_rows_are_made_while_they_are_sent() -> None:
    made: list[int] = []

    def rows() -> Iterator[Written]:
        for number in range(5 * CHUNK_ROWS):
            made.append(number)
            yield Written(to_json({"number": number}))

    pieces = Rows("rows", rows, {"more": None}).pieces()
    first = next(pieces)
    assert len(made) == CHUNK_ROWS
    whole = {"rows": [{"number": number} for number in range(5 * CHUNK_ROWS)], "more": None}
    assert json.loads(first + b"".join(pieces)) == whole
    assert b"".join(Rows("rows", lambda: iter(()), {}).pieces()) == b'{"rows":[]}'


def test_a_row_that_breaks_the_document_is_logged_and_not_sent(
    large: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(payloads, "summary_v1", lambda *_, **__: {"conversationId": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        large("listConversations", params={"limit": LONG})
    assert "listConversations does not document 200" in caplog.text


@pytest.mark.parametrize("size", [0, 3, 5, 900])
def test_filters_select_what_looking_at_every_row_selects(caller: Callers, size: int) -> None:
    call = caller(seed=4, conversations=size)
    for _ in range(3):
        call.emulator.add_conversation()
        call.emulator.add_conversation(started_at=START - timedelta(days=40), environment="sandbox")
    rows = sorted(call.emulator.conversations(), key=lambda each: each.started_at, reverse=True)
    live = [each for each in rows if each.environment == "live"]
    begin, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 31, 15, tzinfo=UTC)
    filters: list[tuple[dict[str, Any], list[Conversation]]] = [
        ({}, live),
        ({"client_env": "sandbox"}, [each for each in rows if each.environment == "sandbox"]),
        (
            {"channel": ["WEBCHAT"], "in_progress": "false"},
            [each for each in live if each.channel == "WEBCHAT" and not each.in_progress],
        ),
        ({"in_progress": "true"}, [each for each in live if each.in_progress]),
        ({"variant_name": "größere Stimme"}, [each for each in live if each.variant_id == "VAR-3"]),
        (
            {"start_time": begin.isoformat(), "end_time": "2026-04-01T00:00:00+09:00"},
            [each for each in live if begin <= each.started_at < end],
        ),
    ]
    for params, expected in filters:
        selected = [item["id"] for item in items(call, **params, limit=1000)]
        assert sorted(selected) == sorted(each.id for each in expected), params


@pytest.mark.parametrize("query", ["łukasz", "monday table", "rain", "refund", "my name is ada", "予約", "50", "zzz"])
@pytest.mark.parametrize("side", [None, "user", "agent"])
def test_words_select_what_reading_every_row_selects(caller: Callers, query: str, side: str | None) -> None:
    call = caller(seed=4, conversations=500)
    params = {**EVER, "query_type": "transcript", "query": query} | ({} if side is None else {"turn_type": side})
    words = set(re.findall(r"\w+", query))
    expected = []
    for each in call.emulator.conversations():
        lines = [line for turn in each.turns for line in (turn.user, turn.user_english) if side != "agent"]
        lines += [line for turn in each.turns for line in (turn.agent, turn.agent_english) if side != "user"]
        if each.environment == "live" and any(words <= set(re.findall(r"\w+", line.casefold())) for line in lines):
            expected.append(each.id)
    assert [item["id"] for item in items(call, **params, limit=1000)] == expected


def test_a_search_stops_with_the_emulator_and_holds_nothing_up(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching, draft = threading.Event(), World.draft

    def watched(self: World, *arguments: Any, **options: Any) -> Draft:
        searching.set()
        return draft(self, *arguments, **options)

    def search(call: Caller) -> None:
        with contextlib.suppress(httpx.TransportError):
            params = {**EVER, "query_type": "transcript", "query": "refund"}
            assert call("searchConversations", params=params).status_code == 503

    with Emulator(conversations=10**9) as emulator:
        call = Caller(emulator, http)
        call("getConversation")
        monkeypatch.setattr(World, "draft", watched)
        searcher = threading.Thread(target=search, args=(call,))
        searcher.start()
        assert searching.wait(30)
        assert http.get(emulator.url).status_code == 200
    searcher.join(30)
    assert not searcher.is_alive()


@pytest.mark.parametrize("size", [3, 40, 10_000, MILLION, 10**9])
def test_the_larger_the_number_the_longer_ago(size: int) -> None:
    world = World(1, size)
    agent = next(iter(world.agents))
    numbers = sorted({number for number in (*range(60), *range(size - 60, size)) if 0 <= number < size})
    moments = [world.started(agent, number) for number in numbers]
    assert all(newer > older for newer, older in itertools.pairwise(moments))
    assert moments[0] < START
    assert moments == [world.conversation(agent, number).started_at for number in numbers]


@pytest.mark.parametrize("size", [-1, 10**9 + 1])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 1000000000 conversations, not {size}"):
        Emulator(conversations=size)
