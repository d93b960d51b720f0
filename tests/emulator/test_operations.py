"""Every operation does what the document says, and the views of a conversation agree."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest

from polyai_data.emulator.operations import HANDLERS
from tests.emulator.support import KNOWN_CONVERSATION, Caller, items
from tests.support.document import operations

ENVIRONMENTS = ("live", "sandbox", "pre-release")


def everything(call: Caller) -> list[dict[str, Any]]:
    return [item for environment in ENVIRONMENTS for item in items(call, client_env=environment)]


def test_every_operation_has_a_handler() -> None:
    assert set(HANDLERS) == set(operations())


@pytest.mark.parametrize(
    ("operation_id", "region"),
    [
        (each.id, region)
        for each in operations().values()
        for region in each.servers
        if each.id != "sendDebugChatMessage"
    ],
)
def test_every_operation_succeeds_in_each_of_its_regions(call: Caller, operation_id: str, region: str) -> None:
    response = call(operation_id, region=region)
    assert response.status_code == operations()[operation_id].success
    assert response.content


def test_the_examples_of_the_document_exist(call: Caller) -> None:
    account = call.emulator.accounts["us"]
    assert (account.id, account.agents[0].id) == ("ws-fd112d8f", "PROJECT-58RP822I")
    assert call("getConversation", conversationId=KNOWN_CONVERSATION).json()["conversationId"] == KNOWN_CONVERSATION
    assert call("getConversationRecording", conversationId=KNOWN_CONVERSATION).content[:4] == b"RIFF"


def test_v1_and_v3_are_views_of_the_same_conversations(call: Caller) -> None:
    listed = call("listConversations", params={"limit": 100}).json()
    by_id = {item["id"]: item for item in everything(call)}
    assert listed["count"] == len(listed["conversations"]) == len(by_id) == 40
    for item in listed["conversations"]:
        other = by_id[item["conversationId"]]
        for one, two in (
            ("startedAt", "started_at"),
            ("channel", "channel"),
            ("clientEnv", "environment"),
            ("inProgress", "in_progress"),
            ("variantId", "variant_id"),
            ("totalDuration", "total_duration"),
            ("handoffReason", "handoff_reason"),
            ("fromNumber", "from_number"),
        ):
            assert item.get(one) == other.get(two)


def test_the_detail_has_the_turns_of_the_v3_listing(call: Caller) -> None:
    for item in items(call, include_latency="true", limit=5):
        detail = call("getConversation", conversationId=item["id"]).json()
        assert (detail["turns"], detail["metrics"]) == (item["turns"], item["metrics"])
        assert len(detail["turns"]) == item["num_turns"] > 0


def test_an_agent_that_hides_transcripts_still_shows_the_number_of_turns(call: Caller) -> None:
    hiding = next(agent for agent in call.emulator.accounts["us"].agents if agent.hides_transcripts)
    hidden = call("searchConversations", project_id=hiding.id).json()["conversations"]
    assert hidden
    assert all(item["turns"] == [] and item["num_turns"] > 0 for item in hidden)
    assert call("getConversation", agentId=hiding.id, conversationId=hidden[0]["id"]).json()["turns"] == []


def test_the_data_has_every_variety(call: Caller) -> None:
    rows = everything(call)
    assert {item["environment"] for item in rows} == set(ENVIRONMENTS)
    assert {item["channel"] for item in rows} == {"VOICE-SIP", "WEBCHAT"}
    assert {item["in_progress"] for item in rows} == {True, False}
    assert {item["note"] is None for item in rows} == {True, False}
    assert len({item["variant_id"] for item in rows}) > 1
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
    numbers = [number for item in rows if (number := item.get("from_number"))]
    assert all(number.startswith("+120255501") for number in numbers)
    assert 0 < sum(number.endswith("**") for number in numbers) < len(numbers) / 4


def test_a_conversation_has_the_url_of_its_recording_and_its_length(call: Caller) -> None:
    detail = call("getConversation").json()
    operation = operations()["getConversationRecording"]
    assert detail["audioUrl"] == "https://" + operation.host("us") + call.path(operation)
    with wave.open(io.BytesIO(call("getConversationRecording").content)) as recording:
        seconds = recording.getnframes() / recording.getframerate()
    assert abs(seconds - detail["totalDuration"]) <= 0.5
    assert 5 < seconds < 60
