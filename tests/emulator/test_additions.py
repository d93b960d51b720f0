"""Conversations that tests add, and the clock that they set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from polyai_data.emulator import Clock
from polyai_data.emulator.data.clock import START
from tests.emulator.support import EVER, Caller, items

SAID = [("Do you sell {marmalade}?", "Yes, three kinds."), ("", "Are you there?")]


def test_the_given_words_are_shown_and_searched(call: Caller) -> None:
    call.emulator.clock.set(datetime(2026, 7, 1, tzinfo=UTC))
    added = call.emulator.add_conversation(said=SAID)
    assert added.started_at == datetime(2026, 7, 1, tzinfo=UTC)
    assert [(turn.user, turn.agent) for turn in added.turns] == SAID
    detail = call("getConversation", conversationId=added.id).json()
    assert [(turn["user_input"], turn["agent_response"]) for turn in detail["turns"]] == SAID
    for query_type, query in (("transcript", "MARMALADE sell"), ("semantic", "selling marmalade")):
        assert [item["id"] for item in items(call, **EVER, query_type=query_type, query=query)] == [added.id]
    assert items(call, **EVER, query_type="transcript", query="marmalade", turn_type="agent") == []
    assert len(call("getConversationRecording", conversationId=added.id).content) > 16_000


def test_added_conversations_are_listed_by_their_time(call: Caller) -> None:
    between = items(call)[5]["started_at"]
    moment = datetime.fromisoformat(between)
    older = call.emulator.add_conversation(started_at=moment - timedelta(seconds=1))
    japan = timezone(timedelta(hours=9))
    newer = call.emulator.add_conversation(started_at=moment.astimezone(japan) + timedelta(seconds=1))
    assert [item["id"] for item in items(call)][5:8:2] == [newer.id, older.id]
    listed = call("listConversations", params={"limit": 100}).json()["conversations"]
    ids = [each["conversationId"] for each in listed]
    assert ids == [each.id for each in call.emulator.conversations()]
    assert ids.index(newer.id) + 2 == ids.index(older.id)


@pytest.mark.parametrize(
    ("values", "query", "recording"),
    [
        ({"channel": "WEBCHAT"}, {"channel": "WEBCHAT"}, 404),
        ({"environment": "pre-release"}, {"client_env": "pre-release"}, 200),
        ({"in_progress": True}, {"in_progress": "true"}, 404),
        ({"in_progress": False}, {"in_progress": "false"}, 200),
    ],
)
def test_added_conversations_have_the_given_values(
    call: Caller, values: dict[str, Any], query: dict[str, str], recording: int
) -> None:
    added = call.emulator.add_conversation(**values)
    assert {name: getattr(added, name) for name in values} == values
    assert items(call, **query)[0]["id"] == added.id
    if "in_progress" in values:
        other = {"in_progress": "false" if values["in_progress"] else "true"}
        assert added.id not in [item["id"] for item in items(call, **other)]
    assert call("getConversationRecording", conversationId=added.id).status_code == recording
    assert call("getConversation", conversationId=added.id).json()["inProgress"] == added.in_progress


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"environment": "production"}, '"production" is not one of "sandbox", "pre-release" or "live"'),
        ({"channel": ""}, 'channel: "" is shorter'),
        ({"said": []}, r"said: \[\] has less than 1 item"),
        ({"said": [("half", "\ud83d")]}, "can't encode"),
        ({"started_at": datetime(2026, 1, 1)}, 'started_at: "2026-01-01T00:00:00" is not a "date-time"'),
    ],
)
def test_an_invalid_value_is_named(call: Caller, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call.emulator.add_conversation(**values)
    assert len(call.emulator.conversations()) == 40


def test_hidden_transcripts_stay_hidden(call: Caller) -> None:
    hiding = call.emulator.accounts["us"].agents[1]
    added = call.emulator.add_conversation(hiding, said=SAID)
    shown = call("searchConversations", project_id=hiding.id, params={"limit": 1}).json()["conversations"][0]
    assert (shown["id"], shown["turns"], shown["num_turns"]) == (added.id, [], 2)
    search = {**EVER, "query_type": "transcript", "query": "marmalade"}
    assert call("searchConversations", project_id=hiding.id, params=search).json()["conversations"] == []


def test_the_clock_is_set_and_advanced() -> None:
    changes: list[datetime] = []
    clock = Clock(turned=changes.append)
    assert clock.now() == START
    clock.advance(-60)
    clock.set(datetime(2027, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert changes == [START - timedelta(seconds=60), datetime(2027, 1, 1, tzinfo=UTC)]
    with pytest.raises(ValueError, match="2027-01-01T00:00:00 has no time zone"):
        clock.set(datetime(2027, 1, 1))
    with pytest.raises(OverflowError):
        clock.advance(1e300)
    assert clock.now() == changes[-1]
