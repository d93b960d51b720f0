"""Every operation is there, and the data has the variety that tests need."""

from __future__ import annotations

from typing import Any

import pytest

from polyai_data.emulator.operations import payloads
from tests.emulator.support import KNOWN_CONVERSATION, Caller, items

ENVIRONMENTS = ("live", "sandbox", "pre-release")


def everything(call: Caller) -> list[dict[str, Any]]:
    return [item for environment in ENVIRONMENTS for item in items(call, client_env=environment)]


def test_the_examples_of_the_document_exist(call: Caller) -> None:
    account = call.emulator.accounts["us"]
    assert (account.id, account.agents[0].id) == ("ws-fd112d8f", "PROJECT-58RP822I")
    assert call("getConversation", conversationId=KNOWN_CONVERSATION).json()["conversationId"] == KNOWN_CONVERSATION
    assert call("getConversationRecording", conversationId=KNOWN_CONVERSATION).content[:4] == b"RIFF"


def test_the_data_has_every_variety(call: Caller) -> None:
    rows = everything(call)
    assert {item["environment"] for item in rows} == set(ENVIRONMENTS)
    assert {item["channel"] for item in rows} == {"VOICE-SIP", "WEBCHAT"}
    assert {item["in_progress"] for item in rows} == {True, False}
    assert {item["note"] is None for item in rows} == {True, False}
    assert len({item.get("variant_id") for item in rows}) > 2
    assert any(item.get("handoff") for item in rows)
    metrics = [value for item in rows for value in item["metrics"].values()]
    assert any(isinstance(value, str) for value in metrics)
    assert all(isinstance(value, str) or len(value) >= 2 for value in metrics)
    turns = [turn for item in rows for turn in item["turns"]]
    for name in ("is_silence", "is_ood", "user_input_dtmf", "translated_user_input"):
        assert any(turn[name] for turn in turns), name
    assert any(isinstance(value, list) for turn in turns for entity in turn["entities"] for value in entity.values())
    assert any(ord(letter) > 0x3000 for turn in turns for letter in turn["agent_response"])
    assert not any("{" in turn["user_input"] + turn["agent_response"] for turn in turns)


def test_every_call_has_personal_data_on_both_sides(call: Caller) -> None:
    agents = [agent for account in call.emulator.accounts.values() for agent in account.agents]
    for conversation in (each for agent in agents for each in call.emulator.conversations(agent) if each.recorded):
        user, agent = (call.emulator.pii_spans(conversation.id, side) for side in ("user", "agent"))
        assert user, conversation.topics
        assert agent, conversation.topics
        assert sorted(user + agent) == call.emulator.pii_spans(conversation.id)


def test_a_conversation_is_made_once_and_again_after_what_it_shows_changes(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    whole = payloads.summary_v1

    def summary(conversation: Any, *facts: Any, **form: Any) -> dict[str, Any]:
        made.append(conversation.id)
        return whole(conversation, *facts, **form)

    def asked(operation: str, **options: Any) -> tuple[Any, int]:
        made.clear()
        return call(operation, **options).json(), len(made)

    monkeypatch.setattr(payloads, "summary_v1", summary)
    listed, rows = asked("listConversations")
    assert rows == len(listed["conversations"]) == 40
    assert asked("listConversations") == (listed, 0)
    assert asked("listConversations", params={"limit": 30, "offset": 7})[1] == 0
    seen, _ = asked("getConversation")
    assert asked("getConversation") == (seen, 0)

    call("upsertNote", json={"note": "changed"})
    after, count = asked("getConversation")
    assert (after, count) == ({**seen, "note": "changed"}, 1)
    muted, count = asked("getConversation", key="us-no-pii")
    assert (muted["shortSummary"], count) == ("", 1)
    assert asked("getConversation") == (after, 0)
    call.emulator.reset()
    assert asked("getConversation") == (seen, 1)
