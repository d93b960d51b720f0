"""Recordings: who hears what, sample by sample."""

from __future__ import annotations

import io
import itertools
import wave
from array import array

import pytest

from tests.emulator.support import Caller

DIRECTIONS = ["combined", "user", "agent"]
BOTH = ["getConversationRecording", "getConversationRecordingV3"]


def samples(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getframerate(), recording.getsampwidth(), recording.getnchannels()) == (8000, 2, 1)
        frames = recording.readframes(recording.getnframes())
    assert len(frames) + 44 == len(content)
    return array("h", frames)


def heard(call: Caller, operation_id: str, key: str = "us", **params: str) -> array[int]:
    response = call(operation_id, key=key, params=params)
    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/wav"
    return samples(response.content)


@pytest.mark.parametrize("operation_id", BOTH)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    "row",
    [
        ("us", None, False),
        ("us", "false", False),
        ("us", "true", True),
        ("us-no-pii", None, True),
        ("us-no-pii", "false", True),
        ("us-no-pii", "true", True),
    ],
)
def test_pii_is_heard_only_with_the_permission_and_when_not_redacted(
    call: Caller, operation_id: str, direction: str, row: tuple[str, str | None, bool]
) -> None:
    key, asked, muted = row
    params = {"direction": direction} | ({"redacted": asked} if asked else {})
    sound = heard(call, operation_id, key, **params)
    raw = heard(call, operation_id, "us", direction=direction)
    spans = call.emulator.pii_spans(call.some_call(), direction)
    assert spans
    outside = array("h", raw)
    for start, end in spans:
        assert all(raw[start:end])
        outside[start:end] = array("h", bytes(2 * (end - start)))
    assert sound == (outside if muted else raw)
    assert outside != raw


@pytest.mark.parametrize("redacted", ["false", "true"])
def test_the_combined_recording_is_the_mix_of_both_sides(call: Caller, redacted: str) -> None:
    combined, user, agent = (
        heard(call, "getConversationRecording", direction=direction, redacted=redacted) for direction in DIRECTIONS
    )
    mixed = [max(-32768, min(32767, one + other)) for one, other in zip(user, agent, strict=True)]
    assert list(combined) == mixed


def test_nobody_speaks_while_the_other_does_and_both_speak(call: Caller) -> None:
    user, agent = (heard(call, "getConversationRecording", direction=direction) for direction in ("user", "agent"))
    assert not any(one and other for one, other in zip(user, agent, strict=True))
    assert sum(map(bool, user)) > 8000
    assert sum(map(bool, agent)) > 8000


def test_the_sides_differ_in_pitch(call: Caller) -> None:
    def crossings(sound: array[int]) -> float:
        spoken = [sample for sample in sound if sample]
        return sum(one < 0 <= other for one, other in itertools.pairwise(spoken)) / len(spoken)

    user, agent = (heard(call, "getConversationRecording", direction=direction) for direction in ("user", "agent"))
    assert crossings(user) > 1.5 * crossings(agent)


def test_without_parameters_the_mix_is_given(call: Caller) -> None:
    assert heard(call, "getConversationRecording") == heard(call, "getConversationRecording", direction="combined")


def test_both_places_give_the_same_recording(call: Caller) -> None:
    assert call(BOTH[0]).content == call(BOTH[1]).content


def test_every_call_of_every_agent_has_pii_on_both_sides(call: Caller) -> None:
    for account in call.emulator.accounts.values():
        for agent in account.agents:
            for conversation in call.emulator.conversations(agent):
                if conversation.recorded:
                    user = call.emulator.pii_spans(conversation.id, "user")
                    said_by_agent = call.emulator.pii_spans(conversation.id, "agent")
                    assert user, conversation.topics
                    assert said_by_agent, conversation.topics
                    assert sorted(user + said_by_agent) == call.emulator.pii_spans(conversation.id)


@pytest.mark.parametrize("operation_id", BOTH)
def test_a_web_chat_and_a_call_in_progress_have_no_recording(call: Caller, operation_id: str) -> None:
    conversations = call.emulator.conversations()
    chat = next(each for each in conversations if each.channel == "WEBCHAT" and not each.in_progress)
    running = next(each for each in conversations if each.channel != "WEBCHAT" and each.in_progress)
    for conversation in (chat, running):
        response = call(operation_id, conversationId=conversation.id, conversation_id=conversation.id)
        assert response.status_code == 404
        assert conversation.id in response.json()["error_message"]
    response = call(BOTH[0], conversationId=chat.id)
    assert response.json()["error_code"] == "CONVERSATIONS_RECORDING_NOT_FOUND"


@pytest.mark.parametrize("operation_id", BOTH)
def test_an_unknown_conversation_is_not_found(call: Caller, operation_id: str) -> None:
    assert call(operation_id, conversationId="nobody", conversation_id="nobody").status_code == 404


@pytest.mark.parametrize("operation_id", BOTH)
@pytest.mark.parametrize(
    "params", [{"direction": "both"}, {"direction": ""}, {"redacted": "yes"}, {"redacted": "True"}, {"redacted": ""}]
)
def test_a_parameter_that_the_document_does_not_allow_is_named(
    call: Caller, operation_id: str, params: dict[str, str]
) -> None:
    response = call(operation_id, params=params)
    assert response.status_code == 400
    assert f"query.{next(iter(params))}" in response.json()["error_message"]
