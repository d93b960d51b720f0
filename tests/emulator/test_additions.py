"""Conversations that tests add, and the clock that they set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

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


def test_an_added_conversation_is_live_recorded_and_the_newest(call: Caller) -> None:
    added = [call.emulator.add_conversation() for _ in range(2)]
    assert [each.id for each in call.emulator.conversations()[:2]] == [added[1].id, added[0].id]
    assert [(each.environment, each.in_progress, each.recorded) for each in added] == [("live", False, True)] * 2
    assert call.emulator.pii_spans(added[0].id)
    other = call.emulator.accounts["eu"].agents[1]
    assert call.emulator.add_conversation(other.id).agent_id == other.id
    with pytest.raises(ValueError, match='"production" is not one of "sandbox", "pre-release" or "live"'):
        call.emulator.add_conversation(environment="production")
    with pytest.raises(KeyError):
        call.emulator.pii_spans("CA0")
