"""Rows that tests add, and the clock that they turn."""

from __future__ import annotations

import wave
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest

from polyai_data.emulator import Clock
from polyai_data.emulator.data.clock import START
from tests.emulator.support import Caller
from tests.emulator.test_search import BOUNDS, items

SAID = [("Do you sell {marmalade}?", "Yes, three kinds."), ("", "Are you there?")]


def test_what_was_said_is_found(call: Caller) -> None:
    added = call.emulator.add_conversation(said=SAID)
    assert [(turn.user, turn.agent) for turn in added.turns] == SAID
    shown = call("getConversation", conversationId=added.id).json()
    assert [(turn["user_input"], turn["agent_response"]) for turn in shown["turns"]] == SAID
    for query_type, query in (("transcript", "MARMALADE sell"), ("semantic", "selling marmalade")):
        found = items(call, **BOUNDS, query_type=query_type, query=query)
        assert [item["id"] for item in found] == [added.id]
    assert items(call, **BOUNDS, query_type="transcript", query="marmalade", turn_type="agent") == []
    with wave.open(BytesIO(call("getConversationRecording", conversationId=added.id).content)) as recording:
        assert recording.getnframes() > 8000


def test_it_stands_where_it_belongs(call: Caller) -> None:
    between = items(call)[5]["started_at"]
    moment = datetime.fromisoformat(between)
    older = call.emulator.add_conversation(started_at=moment - timedelta(seconds=1))
    newer = call.emulator.add_conversation(
        started_at=moment.astimezone(timezone(timedelta(hours=9))) + timedelta(seconds=1)
    )
    assert [item["id"] for item in items(call)][5:8:2] == [newer.id, older.id]
    listed = [
        each["conversationId"] for each in call("listConversations", params={"limit": 100}).json()["conversations"]
    ]
    assert listed == [each.id for each in call.emulator.conversations()]
    assert listed.index(newer.id) + 2 == listed.index(older.id)
    assert [item["id"] for item in items(call, start_time=between, end_time=BOUNDS["end_time"])][-2:][0] == newer.id


@pytest.mark.parametrize(
    ("told", "query", "recording"),
    [
        ({"channel": "WEBCHAT"}, {"channel": "WEBCHAT"}, 404),
        ({"environment": "pre-release"}, {"client_env": "pre-release"}, 200),
        ({"in_progress": True}, {"in_progress": "true"}, 404),
        ({"channel": "SMS"}, {"channel": "SMS"}, 404),
    ],
)
def test_it_is_what_was_told(call: Caller, told: dict[str, Any], query: dict[str, str], recording: int) -> None:
    added = call.emulator.add_conversation(**told)
    assert {name: getattr(added, name) for name in told} == told
    assert items(call, **query)[0]["id"] == added.id
    assert call("getConversationRecording", conversationId=added.id).status_code == recording
    assert call("getConversation", conversationId=added.id).json()["inProgress"] == added.in_progress


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"environment": "production"}, "none of live, pre-release, sandbox"),
        ({"channel": ""}, "channel"),
        ({"said": []}, "said"),
        ({"said": [("half", "\ud83d")]}, "said"),
        ({"started_at": datetime(2026, 1, 1)}, "no time zone"),
    ],
)
def test_what_cannot_be_is_refused(call: Caller, told: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        call.emulator.add_conversation(**told)
    assert len(call.emulator.conversations()) == 40


def test_hidden_transcripts_stay_hidden(call: Caller) -> None:
    hiding = call.emulator.accounts["us"].agents[1]
    added = call.emulator.add_conversation(hiding, said=SAID)
    shown = call("searchConversations", project_id=hiding.id, params={"limit": 1}).json()["conversations"][0]
    assert (shown["id"], shown["turns"], shown["num_turns"]) == (added.id, [], 2)
    search = {**BOUNDS, "query_type": "transcript", "query": "marmalade"}
    assert call("searchConversations", project_id=hiding.id, params=search).json()["conversations"] == []


def test_some_numbers_are_masked(call: Caller) -> None:
    numbers = [each.from_number for each in call.emulator.conversations() if each.from_number]
    masked = [number for number in numbers if number.endswith("**")]
    assert 0 < len(masked) < len(numbers) / 4
    assert all(number[1:].isdigit() for number in numbers if number not in masked)


def test_the_clock_is_set_and_turned() -> None:
    turned: list[datetime] = []
    clock = Clock(turned=turned.append)
    assert clock.now() == START
    clock.advance(-60)
    clock.set(datetime(2027, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert turned == [START - timedelta(seconds=60), datetime(2027, 1, 1, tzinfo=UTC)]
    assert clock.now() == turned[-1]
    with pytest.raises(ValueError, match="no time zone"):
        clock.set(datetime(2027, 1, 1))
    with pytest.raises(OverflowError):
        clock.advance(1e300)
    assert clock.now() == turned[-1]


def test_what_is_added_takes_place_at_the_clocks_time(call: Caller) -> None:
    call.emulator.clock.set(datetime(2026, 7, 1, tzinfo=UTC))
    assert call.emulator.add_conversation().started_at == datetime(2026, 7, 1, tzinfo=UTC)
