"""Recordings over a socket: both operations, each direction, and who hears personal data."""

from __future__ import annotations

import asyncio
import io
import warnings
import wave
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import NotFoundError, PolyAIError
from tests.facade.calls import RECORDINGS, Connect, one_flavour, read, recorded

SUPERSEDED = "ignore:.*getConversationRecordingV3:DeprecationWarning"


def samples(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getnchannels(), recording.getsampwidth()) == (1, 2)
        return array("h", recording.readframes(recording.getnframes()))


def with_personal_data(emulator: Emulator) -> str:
    """A conversation in which both sides say something personal."""
    return next(
        each.id
        for each in emulator.conversations()
        if each.recorded and all(emulator.pii_spans(each.id, side) for side in ("user", "agent"))
    )


def fetch(client: PolyAI, operation_id: str, conversation: str, **options: Any) -> array[int]:
    legacy = operation_id == "getConversationRecordingV3"
    return samples(read(client.conversations.recording(conversation, **options, legacy=legacy)))


@one_flavour
@pytest.mark.filterwarnings(SUPERSEDED)
@pytest.mark.parametrize("operation_id", RECORDINGS)
@pytest.mark.parametrize("key", ["us", "us-no-pii"])
@pytest.mark.parametrize("redacted", [None, False, True])
def test_personal_data_is_heard_only_with_pii_access_and_when_it_is_not_redacted(
    connect: Connect, operation_id: str, key: str, redacted: bool | None
) -> None:
    keys, conversation = connect.emulator.keys, with_personal_data(connect.emulator)
    expected = fetch(connect.polyai(api_key=keys["us"].value), operation_id, conversation, direction="user")
    client = connect.polyai(api_key=keys[key].value)
    heard = fetch(client, operation_id, conversation, direction="user", redacted=redacted)
    spans = connect.emulator.pii_spans(conversation, "user")
    assert spans
    for start, end in spans if redacted or key == "us-no-pii" else ():
        assert any(expected[start:end])
        expected[start:end] = array("h", bytes(2 * (end - start)))
    assert heard == expected


@one_flavour
def test_the_combined_recording_is_the_default_and_the_mix_of_both_sides(connect: Connect, polyai: PolyAI) -> None:
    conversation = with_personal_data(connect.emulator)
    user, agent, default = (
        fetch(polyai, RECORDINGS[0], conversation, **options)
        for options in ({"direction": "user"}, {"direction": "agent"}, {})
    )
    assert array("h", [one + other for one, other in zip(user, agent, strict=True)]) == default
    assert any(user)
    assert any(agent)


def test_the_pieces_of_a_recording_are_the_recording(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    content = read(polyai.conversations.recording(conversation))
    with polyai.conversations.recording(conversation) as recording:
        assert (recording.content_type, recording.size) == ("audio/wav", len(content))
        pieces = list(recording.iter_bytes())
    assert len(pieces) > 1
    assert b"".join(pieces) == content


def test_a_recording_can_be_left_before_its_end(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    with polyai.conversations.recording(conversation) as recording:
        assert next(iter(recording.iter_bytes()))[:4] == b"RIFF"
    with polyai.conversations.recording(conversation):
        pass
    with pytest.raises(ZeroDivisionError), polyai.conversations.recording(conversation):
        raise ZeroDivisionError
    assert polyai.conversations.get(conversation).conversation_id == conversation


@pytest.mark.parametrize("again", ["read", "iter_bytes", "save"])
def test_the_bytes_of_a_recording_come_once(connect: Connect, polyai: PolyAI, again: str, tmp_path: Any) -> None:
    def use(recording: Any) -> None:
        result = getattr(recording, again)(*([tmp_path / "call.wav"] if again == "save" else []))
        if again == "iter_bytes":
            list(result)

    with polyai.conversations.recording(recorded(connect.emulator)) as recording:
        assert b"".join(recording.iter_bytes())
        with pytest.raises(PolyAIError, match="read already"):
            use(recording)
    with polyai.conversations.recording(recorded(connect.emulator)) as recording:
        pass
    with pytest.raises(PolyAIError, match="read already"):
        use(recording)
    assert list(tmp_path.iterdir()) == []


@one_flavour
@pytest.mark.parametrize("channel", ["WEBCHAT", "VOICE-SIP"])
def test_a_conversation_without_a_recording_is_not_found(connect: Connect, polyai: PolyAI, channel: str) -> None:
    silent = next(each for each in connect.emulator.conversations() if not each.recorded and each.channel == channel)
    with pytest.raises(NotFoundError) as caught, polyai.conversations.recording(silent.id):
        pass
    assert caught.value.code == "CONVERSATIONS_RECORDING_NOT_FOUND"


def read_synchronously(emulator: Emulator, legacy: bool) -> None:
    with emulator.client() as client, client.conversations.recording(recorded(emulator), legacy=legacy) as recording:
        recording.read()


def read_asynchronously(emulator: Emulator, legacy: bool) -> None:
    async def use() -> None:
        async with (
            emulator.async_client() as client,
            client.conversations.recording(recorded(emulator), legacy=legacy) as recording,
        ):
            await recording.read()

    asyncio.run(use())


@pytest.mark.parametrize("use", [read_synchronously, read_asynchronously])
def test_the_superseded_operation_warns_on_the_users_line(
    polyai_emulator: Emulator, use: Callable[[Emulator, bool], None]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use(polyai_emulator, False)
        assert caught == []
        use(polyai_emulator, True)
    assert [(each.category, each.filename) for each in caught] == [(DeprecationWarning, __file__)]
    assert "getConversationRecordingV3" in str(caught[0].message)
