"""Every operation does what the document says, and the two views of a conversation agree."""

from __future__ import annotations

import io
import wave

import pytest

from polyai_data.emulator.operations import HANDLERS
from tests.emulator.support import KNOWN_CONVERSATION, Caller, operations


def test_there_is_a_handler_for_every_operation_and_no_other() -> None:
    assert set(HANDLERS) == set(operations())


@pytest.mark.parametrize(
    ("operation_id", "region"),
    [
        (each.id, region)
        for each in operations().values()
        for region in each.regions
        if each.id != "sendDebugChatMessage"
    ],
)
def test_every_operation_succeeds_in_each_of_its_regions(call: Caller, operation_id: str, region: str) -> None:
    operation = operations()[operation_id]
    response = call(operation_id, region=region)
    assert response.status_code == operation.success
    assert response.content


def test_the_examples_of_the_document_are_there(call: Caller) -> None:
    account = call.emulator.accounts["us"]
    assert account.id == "ws-fd112d8f"
    assert account.agents[0].id == "PROJECT-58RP822I"
    assert call("getConversation", conversationId=KNOWN_CONVERSATION).json()["conversationId"] == KNOWN_CONVERSATION
    assert call("getConversationRecording", conversationId=KNOWN_CONVERSATION).content[:4] == b"RIFF"


def test_v1_and_v3_are_views_of_the_same_conversations(call: Caller) -> None:
    listed = call("listConversations", params={"limit": 100}).json()
    found = [
        item
        for environment in ("live", "sandbox", "pre-release")
        for item in call("searchConversations", params={"client_env": environment}).json()["conversations"]
    ]
    assert listed["count"] == len(listed["conversations"]) == len(found) == 40
    by_id = {item["id"]: item for item in found}
    for item in listed["conversations"]:
        other = by_id[item["conversationId"]]
        assert item["startedAt"] == other["started_at"]
        assert item["channel"] == other["channel"]
        assert item["clientEnv"] == other["environment"]
        assert item["inProgress"] == other["in_progress"]
        assert item["variantId"] == other["variant_id"]
        assert item.get("totalDuration") == other.get("total_duration")
        assert item.get("handoffReason") == other.get("handoff_reason")
        assert item.get("fromNumber") == other.get("from_number")


def test_the_detail_has_the_turns_of_the_v3_listing(call: Caller) -> None:
    shown = call("searchConversations", params={"include_latency": "true"}).json()["conversations"]
    for item in shown[:5]:
        detail = call("getConversation", conversationId=item["id"]).json()
        assert detail["turns"] == item["turns"]
        assert detail["metrics"] == item["metrics"]
        assert len(detail["turns"]) == item["num_turns"] > 0


def test_an_agent_that_hides_transcripts_still_tells_how_many_turns_there_are(call: Caller) -> None:
    hiding = next(agent for agent in call.emulator.accounts["us"].agents if agent.hides_transcripts)
    items = call("searchConversations", project_id=hiding.id).json()["conversations"]
    assert items
    assert all(item["turns"] == [] and item["num_turns"] > 0 for item in items)
    assert call("getConversation", agentId=hiding.id, conversationId=items[0]["id"]).json()["turns"] == []


def test_the_data_has_every_variety(call: Caller) -> None:
    items = [
        item
        for environment in ("live", "sandbox", "pre-release")
        for item in call("searchConversations", params={"client_env": environment}).json()["conversations"]
    ]
    assert {item["environment"] for item in items} == {"live", "sandbox", "pre-release"}
    assert {item["channel"] for item in items} == {"VOICE-SIP", "WEBCHAT"}
    assert {item["in_progress"] for item in items} == {True, False}
    assert len({item["variant_id"] for item in items}) > 1
    assert any(item.get("handoff") for item in items)
    assert any(item["note"] for item in items)
    assert any(item["note"] is None for item in items)
    metrics = [value for item in items for value in item["metrics"].values()]
    assert any(isinstance(value, str) for value in metrics)
    assert all(isinstance(value, str) or len(value) >= 2 for value in metrics)
    turns = [turn for item in items for turn in item["turns"]]
    assert any(turn["is_silence"] for turn in turns)
    assert any(turn["is_ood"] for turn in turns)
    assert any(turn["user_input_dtmf"] for turn in turns)
    assert any(turn["translated_user_input"] for turn in turns)
    assert any(isinstance(value, list) for turn in turns for entity in turn["entities"] for value in entity.values())
    assert any(ord(letter) > 0x3000 for turn in turns for letter in turn["agent_response"])
    assert all(number.startswith("+120255501") for item in items if (number := item.get("from_number")))


def test_no_gap_of_a_script_is_left_open(call: Caller) -> None:
    for agent in call.emulator.accounts["eu"].agents:
        for conversation in call.emulator.conversations(agent):
            for turn in conversation.turns:
                assert "{" not in turn.user + turn.agent + turn.user_english + turn.agent_english


def test_text_travels_as_utf_8_and_not_as_escapes(call: Caller) -> None:
    response = call("searchConversations")
    assert "予約" in response.text or "é" in response.text
    assert b"\\u" not in response.content


def test_a_conversation_says_where_its_recording_is(call: Caller) -> None:
    detail = call("getConversation").json()
    operation = operations()["getConversationRecording"]
    assert detail["audioUrl"] == "https://" + operation.host("us") + call.path(operation)


def test_a_recording_is_as_long_as_the_conversation(call: Caller) -> None:
    detail = call("getConversation").json()
    with wave.open(io.BytesIO(call("getConversationRecording").content)) as recording:
        seconds = recording.getnframes() / recording.getframerate()
    assert abs(seconds - detail["totalDuration"]) <= 0.5
    assert 5 < seconds < 60
