"""A million conversations, of which none is made before somebody looks at it."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.clock import START
from polyai_data.emulator.data.ids import LARGEST, Ids
from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.data.script import Draft
from polyai_data.emulator.data.world import World
from polyai_data.emulator.http.response import AT_ONCE, Rows, to_json
from polyai_data.emulator.state.places import Joined, Periodic
from tests.emulator.support import Caller, check, operations

MILLION = 1_000_000
EVER = {"start_time": "2000-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=MILLION) as emulator:
        yield emulator


@pytest.fixture
def large(emulator: Emulator, http: httpx.Client) -> Caller:
    emulator.reset()
    return Caller(emulator, http)


def items(call: Caller, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("searchConversations", params=params).json()["conversations"]
    return found


def test_pages_are_there_at_both_ends(large: Caller) -> None:
    first = large("listConversations", params={"limit": 3}).json()
    last = large("listConversations", params={"limit": 50, "offset": MILLION - 3}).json()
    assert first["count"] == last["count"] == MILLION
    assert len(last["conversations"]) == 3
    assert large("listConversations", params={"offset": MILLION}).json()["conversations"] == []
    oldest = datetime.fromisoformat(last["conversations"][-1]["startedAt"])
    assert START - timedelta(days=5 * 365) < oldest < START - timedelta(days=365)


def test_a_conversation_is_found_by_its_id_wherever_it_is(large: Caller) -> None:
    for offset in (0, 2, 4_321, 777_777, MILLION - 1):
        listed = large("listConversations", params={"limit": 1, "offset": offset}).json()["conversations"][0]
        found = large("getConversation", conversationId=listed["conversationId"]).json()
        assert {name: found[name] for name in listed} == listed
    other = large.emulator.accounts["us"].agents[1].id
    assert large("getConversation", conversationId=listed["conversationId"], agentId=other).status_code == 404
    forged = listed["conversationId"][:4] + ("0" if listed["conversationId"][4] != "0" else "1")
    assert large("getConversation", conversationId=forged + listed["conversationId"][5:]).status_code == 404


def test_a_cursor_leads_on_from_the_middle(large: Caller) -> None:
    first = large("searchConversations", params={"limit": 5, "offset": 500_000}).json()
    added = large.emulator.add_conversation()
    by_cursor = large("searchConversations", params={"limit": 5, "cursor": first["cursor"]}).json()
    by_offset = large("searchConversations", params={"limit": 5, "offset": 500_006}).json()
    assert by_cursor["conversations"] == by_offset["conversations"]
    assert by_cursor["next_offset"] == 500_011
    assert items(large, limit=1)[0]["id"] == added.id


def test_a_window_of_time_is_found_at_once(large: Caller) -> None:
    around = items(large, limit=200, offset=400_000)
    bounds = {"start_time": around[150]["started_at"], "end_time": around[49]["started_at"]}
    assert items(large, **bounds) == around[50:151]


def test_a_search_by_meaning_goes_through_all_of_them(large: Caller) -> None:
    params = {**EVER, "query_type": "semantic", "query": "I want my money back", "limit": 2}
    first = large("searchConversations", params=params).json()
    deep = large("searchConversations", params={**params, "offset": 80_000}).json()
    for item in first["conversations"] + deep["conversations"]:
        assert item["metrics"]["CALL_REASON"] == "refund"
    assert deep["next_offset"] == 80_002
    assert first["conversations"][0]["started_at"] > deep["conversations"][0]["started_at"]


def test_a_sample_comes_from_everywhere(large: Caller) -> None:
    drawn = items(large, **EVER, sample="random", limit=60)
    assert len({item["id"] for item in drawn}) == 60
    moments = sorted(datetime.fromisoformat(item["started_at"]) for item in drawn)
    assert moments[-1] - moments[0] > timedelta(days=2 * 365)


def test_what_is_looked_at_is_forgotten_again(emulator: Emulator) -> None:
    conversations = emulator.conversations()
    assert len(conversations) == MILLION
    once = conversations[10]
    assert conversations[10] is once
    for _ in itertools.islice(conversations, 100, 3000):
        pass
    again = conversations[10]
    assert again is not once
    assert again == once
    assert repr(conversations) == f"<1000000 conversations of {once.agent_id}>"


def test_a_large_page_is_sent_in_chunks_and_has_the_same_bytes(large: Caller) -> None:
    for operation_id in ("listConversations", "searchConversations"):
        small = large(operation_id, params={"limit": AT_ONCE})
        assert "content-length" in small.headers
        response = large(operation_id, params={"limit": 3 * AT_ONCE + 7})
        assert response.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in response.headers
        assert response.content == to_json(response.json())
        assert len(response.json()["conversations"]) == 3 * AT_ONCE + 7
        assert response.json()["conversations"][:AT_ONCE] == small.json()["conversations"]


@pytest.mark.parametrize("fault", ["slow=0.01", "chunked", "unknown", "delay=0"])
def test_a_large_page_goes_wrong_as_any_other(large: Caller, fault: str) -> None:
    params = {"limit": AT_ONCE + 1}
    right = large("listConversations", params=params)
    wrong = large("listConversations", params=params, headers={"X-Emulator-Fault": fault}, faulty=True)
    check(operations()["listConversations"], wrong)
    assert len(wrong.json()["conversations"]) == AT_ONCE + 1
    assert (wrong.content == right.content) == (fault != "unknown")


def test_a_large_page_is_truncated_when_that_is_asked_for(large: Caller) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        large("listConversations", params={"limit": 500}, headers={"X-Emulator-Fault": "truncate"})


def test_the_head_of_a_large_page_has_no_body(large: Caller) -> None:
    operation = operations()["listConversations"]
    headers = {operation.key_header: large.emulator.keys["us"].value}
    path = f"{large.path(operation)}?limit={MILLION}"
    response = large.send("HEAD", operation.host("us"), path, headers=headers)
    assert (response.status_code, response.content) == (200, b"")


def test_rows_are_made_while_they_are_sent() -> None:
    made: list[int] = []
    checked: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(5 * AT_ONCE):
            made.append(number)
            yield {"number": number}

    body = Rows("rows", rows, {"more": None}, lambda shown: checked.append(len(shown["rows"])))
    pieces = body.pieces()
    first = next(pieces)
    assert len(made) == AT_ONCE
    assert json.loads(first + b"".join(pieces)) == {"rows": [{"number": n} for n in range(5 * AT_ONCE)], "more": None}
    assert checked == [AT_ONCE] * 5
    assert b"".join(Rows("rows", lambda: iter(()), {}).pieces()) == b'{"rows":[]}'


def test_a_bug_in_a_row_is_told_and_not_sent(
    large: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from polyai_data.emulator.operations import payloads  # noqa: PLC0415

    monkeypatch.setattr(payloads, "summary_v1", lambda *_: {"conversationId": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        large("listConversations", params={"limit": 200})
    assert "listConversations may not answer 200" in caplog.text


FILTERS: list[dict[str, Any]] = [
    {},
    {"client_env": "sandbox"},
    {"channel": ["WEBCHAT"], "in_progress": "false"},
    {"variant_id": "VAR-2", "client_env": "pre-release"},
    {"in_progress": "true"},
    {"variant_name": "größere Stimme", "channel": ["VOICE-SIP", "WEBCHAT"]},
    {"start_time": "2025-11-01T00:00:00Z", "end_time": "2026-02-01T00:00:00+09:00"},
]


def expected(conversations: list[Conversation], params: dict[str, Any]) -> list[str]:
    """What the filters leave, found by looking at every conversation."""
    start, end = (datetime.fromisoformat(params.get(name, EVER[name])) for name in ("start_time", "end_time"))
    return [
        each.id
        for each in conversations
        if each.environment == params.get("client_env", "live")
        and each.channel in params.get("channel", [each.channel])
        and each.variant_id == params.get("variant_id", each.variant_id)
        and each.variant_name == params.get("variant_name", each.variant_name)
        and each.in_progress == {"true": True, "false": False}.get(params.get("in_progress", ""), each.in_progress)
        and start <= each.started_at < end
    ]


@pytest.mark.parametrize("size", [0, 3, 5, 900])
def test_filters_find_what_looking_at_everything_finds(http: httpx.Client, size: int) -> None:
    with Emulator(seed=4, conversations=size) as emulator:
        call = Caller(emulator, http)
        for _ in range(3):
            emulator.add_conversation()
            emulator.add_conversation(started_at=START - timedelta(days=40), environment="sandbox")
        conversations = sorted(emulator.conversations(), key=lambda each: each.started_at, reverse=True)
        for params in FILTERS:
            found = [item["id"] for item in items(call, **params)]
            assert sorted(found) == sorted(expected(conversations, params))


@pytest.mark.parametrize("query", ["łukasz", "monday table", "rain", "refund", "my name is ada", "予約", "50", "zzz"])
@pytest.mark.parametrize("side", [None, "user", "agent"])
def test_words_find_what_looking_at_everything_finds(http: httpx.Client, query: str, side: str | None) -> None:
    wanted = set(re.findall(r"\w+", query))
    with Emulator(seed=4, conversations=500) as emulator:
        found = items(
            Caller(emulator, http),
            **EVER,
            query_type="transcript",
            query=query,
            **({} if side is None else {"turn_type": side}),
        )
        naive = []
        for each in emulator.conversations():
            texts = [text for turn in each.turns for text in (turn.user, turn.user_english) if side != "agent"]
            texts += [text for turn in each.turns for text in (turn.agent, turn.agent_english) if side != "user"]
            if each.environment == "live" and any(wanted <= set(re.findall(r"\w+", t.casefold())) for t in texts):
                naive.append(each.id)
        assert [item["id"] for item in found] == naive


def test_an_id_tells_its_number_and_nothing_else_does() -> None:
    ids = Ids("a secret")
    for voice in (True, False):
        for number in (0, 1, 999_999, LARGEST):
            assert ids.number(ids.make(number, 12345, voice=voice)) == number
    assert Ids("another").number(ids.make(7, 0, voice=True)) != 7
    made = {ids.make(number, 0, voice=True)[-16:] for number in range(1000)}
    assert len(made) == 1000
    for text in ("", "CA", "CAxyz", "CA" + "g" * 32, "٣" * 32, "CA" + "0" * 33):
        assert ids.number(text) is None


def test_numbers_that_are_worked_out_are_those_that_are_counted_up() -> None:
    for begin, end in ((0, 0), (0, 50), (7, 7), (3, 41), (9, 5)):
        found = Periodic(begin, end, 10, [1, 4, 9])
        counted = [number for number in range(begin, end) if number % 10 in {1, 4, 9}]
        assert list(found) == counted == found[:]
        assert found[1:-1] == counted[1:-1]
        joined = Joined((found, (), range(3)))
        assert list(joined) == [*counted, 0, 1, 2]
    assert list(Periodic(0, 100, 10, [])) == list(Joined(())) == []
    with pytest.raises(IndexError):
        Periodic(0, 50, 10, [1])[5]


def test_it_stops_while_it_searches(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    searching, draft = threading.Event(), World.draft

    def watched(self: World, *arguments: Any, **options: Any) -> Draft:
        searching.set()
        return draft(self, *arguments, **options)

    def ask(call: Caller) -> None:
        with contextlib.suppress(httpx.TransportError):
            # Who says that name is known only by looking at all of them.
            params = {**EVER, "query_type": "transcript", "query": "łukasz"}
            assert call("searchConversations", params=params).status_code == 503

    with Emulator(conversations=10**9) as emulator:
        name = f"polyai-emulator-{emulator.port}"
        call = Caller(emulator, http)
        call("getConversation")
        monkeypatch.setattr(World, "draft", watched)
        asking = threading.Thread(target=ask, args=(call,))
        asking.start()
        assert searching.wait(30)
        assert http.get(emulator.url).status_code == 200
    assert name not in {thread.name for thread in threading.enumerate()}
    asking.join(30)
    assert not asking.is_alive()


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
def test_a_size_that_cannot_be_is_told(size: int) -> None:
    with pytest.raises(ValueError, match="from 0 to"):
        Emulator(conversations=size)
