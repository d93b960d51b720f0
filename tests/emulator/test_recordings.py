"""Recordings: who is heard, sample by sample."""

from __future__ import annotations

import io
import wave
from array import array

import pytest

from tests.emulator.support import RECORDINGS, Caller


def samples(call: Caller, operation_id: str = "getConversationRecording", key: str = "us", **params: str) -> array[int]:
    response = call(operation_id, key=key, params=params)
    assert response.status_code == 200
    with wave.open(io.BytesIO(response.content)) as recording:
        assert (recording.getframerate(), recording.getsampwidth(), recording.getnchannels()) == (8000, 2, 1)
        frames = recording.readframes(recording.getnframes())
    assert len(frames) + 44 == len(response.content)
    return array("h", frames)


@pytest.mark.parametrize("operation_id", RECORDINGS)
@pytest.mark.parametrize("direction", ["combined", "user", "agent"])
def test_pii_is_heard_only_with_the_permission_and_when_not_redacted(
    call: Caller, operation_id: str, direction: str
) -> None:
    raw = samples(call, operation_id, direction=direction)
    muted = array("h", raw)
    spans = call.emulator.pii_spans(call.some_call(), direction)
    assert spans
    for start, end in spans:
        assert all(raw[start:end])
        muted[start:end] = array("h", bytes(2 * (end - start)))
    for key, redacted, expected in (
        ("us", {}, raw),
        ("us", {"redacted": "false"}, raw),
        ("us", {"redacted": "true"}, muted),
        ("us-no-pii", {}, muted),
        ("us-no-pii", {"redacted": "false"}, muted),
        ("us-no-pii", {"redacted": "true"}, muted),
    ):
        assert samples(call, operation_id, key, direction=direction, **redacted) == expected, (key, redacted)


@pytest.mark.parametrize("redacted", ["false", "true"])
def test_the_combined_recording_is_the_mix_of_both_sides(call: Caller, redacted: str) -> None:
    combined, user, agent = (
        samples(call, direction=direction, redacted=redacted) for direction in ("combined", "user", "agent")
    )
    assert not any(one and other for one, other in zip(user, agent, strict=True))
    assert list(combined) == [one + other for one, other in zip(user, agent, strict=True)]
    assert min(sum(map(bool, user)), sum(map(bool, agent))) > 8000
    assert samples(call, redacted=redacted) == combined


def test_every_call_has_pii_on_both_sides(call: Caller) -> None:
    agents = [agent for account in call.emulator.accounts.values() for agent in account.agents]
    for conversation in (each for agent in agents for each in call.emulator.conversations(agent) if each.recorded):
        user, agent = (call.emulator.pii_spans(conversation.id, side) for side in ("user", "agent"))
        assert user, conversation.topics
        assert agent, conversation.topics
        assert sorted(user + agent) == call.emulator.pii_spans(conversation.id)


@pytest.mark.parametrize("operation_id", RECORDINGS)
def test_a_web_chat_and_a_call_in_progress_have_no_recording(call: Caller, operation_id: str) -> None:
    conversations = call.emulator.conversations()
    chat = next(each for each in conversations if each.channel == "WEBCHAT" and not each.in_progress)
    running = next(each for each in conversations if each.channel != "WEBCHAT" and each.in_progress)
    for identifier, reason in (
        (chat.id, f"{chat.id} has no recording: it took place on WEBCHAT"),
        (running.id, f"{running.id} has no recording: it is still in progress"),
        ("CA0", "no conversation 'CA0'"),
    ):
        response = call(operation_id, conversationId=identifier, conversation_id=identifier)
        assert response.status_code == 404
        assert reason in response.json()["error_message"]
    response = call("getConversationRecording", conversationId=chat.id)
    assert response.json()["error_code"] == "CONVERSATIONS_RECORDING_NOT_FOUND"


@pytest.mark.parametrize("operation_id", RECORDINGS)
@pytest.mark.parametrize(("name", "value"), [("direction", "both"), ("direction", ""), ("redacted", "True")])
def test_an_invalid_parameter_is_named(call: Caller, operation_id: str, name: str, value: str) -> None:
    response = call(operation_id, params={name: value})
    assert response.status_code == 400
    assert f"query.{name}: " in response.json()["error_message"]
