"""Recordings over a socket: both operations, each direction, and who hears personal data."""

from __future__ import annotations

import asyncio
import io
import warnings
import wave
from array import array
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from polyai_data import PolyAI, Recording
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError, NotFoundError, PolyAIError
from tests.facade.calls import AGENTS_HOSTS, PLATFORM_HOSTS, RECORDINGS, Connect, perform, recorded

DIRECTIONS = ["user", "agent", "combined"]
SILENT = "ignore:.*getConversationRecordingV3:DeprecationWarning"


@dataclass(frozen=True)
class Access:
    """A row of the table of who hears personal data: the key, what is asked for, and whether it is muted then."""

    key: str
    redacted: bool | None
    muted: bool

    def __str__(self) -> str:
        return f"{self.key}-{self.redacted}"


def samples(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getnchannels(), recording.getsampwidth()) == (1, 2)
        return array("h", recording.readframes(recording.getnframes()))


def with_private_words(emulator: Emulator) -> str:
    """A conversation in which both sides say something personal."""
    return next(
        each.id
        for each in emulator.conversations()
        if each.recorded and all(emulator.pii_spans(each.id, side) for side in ("user", "agent"))
    )


def open_recording(
    client: PolyAI, operation_id: str, *arguments: Any, **options: Any
) -> AbstractContextManager[Recording]:
    legacy = operation_id == "getConversationRecordingV3"
    return client.conversations.recording(*arguments, **options, legacy=legacy)


def fetch(client: PolyAI, operation_id: str, *arguments: Any, **options: Any) -> array[int]:
    with open_recording(client, operation_id, *arguments, **options) as recording:
        return samples(recording.read())


@pytest.mark.filterwarnings(SILENT)
@pytest.mark.parametrize("operation_id", RECORDINGS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    "access",
    [
        Access("us", None, muted=False),
        Access("us", False, muted=False),
        Access("us", True, muted=True),
        Access("us-no-pii", None, muted=True),
        Access("us-no-pii", False, muted=True),
        Access("us-no-pii", True, muted=True),
    ],
    ids=str,
)
def test_personal_data_is_heard_with_pii_access_alone_and_only_when_it_is_not_redacted(
    connect: Connect, operation_id: str, direction: Any, access: Access
) -> None:
    keys, conversation = connect.emulator.keys, with_private_words(connect.emulator)
    allowed = connect.polyai(api_key=keys["us"].value)
    raw = fetch(allowed, operation_id, conversation, direction=direction)
    client = connect.polyai(api_key=keys[access.key].value)
    found = fetch(client, operation_id, conversation, direction=direction, redacted=access.redacted)
    spans = connect.emulator.pii_spans(conversation, direction)
    assert spans
    for start, end in spans:
        assert 0 not in raw[start:end]
        assert any(found[start:end]) is not access.muted
    expected = array("h", raw)
    for start, end in spans if access.muted else ():
        expected[start:end] = array("h", bytes(2 * (end - start)))
    assert found == expected
    query = connect.last.query
    assert ("redacted=" in query) is (access.redacted is not None)
    assert f"direction={direction}" in query


@pytest.mark.filterwarnings(SILENT)
@pytest.mark.parametrize("operation_id", RECORDINGS)
@pytest.mark.parametrize("redacted", [True, False])
def test_the_combined_recording_is_the_mix_of_both_sides(connect: Connect, operation_id: str, redacted: bool) -> None:
    client, conversation = connect.polyai(), with_private_words(connect.emulator)
    user, agent, combined = (
        fetch(client, operation_id, conversation, direction=side, redacted=redacted)
        for side in ("user", "agent", "combined")
    )
    assert array("h", [one + other for one, other in zip(user, agent, strict=True)]) == combined
    assert any(user)
    assert any(agent)
    assert fetch(client, operation_id, conversation, redacted=redacted) == combined


@pytest.mark.parametrize(("operation_id", "host"), list(zip(RECORDINGS, (AGENTS_HOSTS, PLATFORM_HOSTS), strict=True)))
def test_each_recording_operation_goes_to_its_own_host(
    connect: Connect, operation_id: str, host: dict[str, str]
) -> None:
    assert samples(perform(connect, operation_id))
    assert (connect.last.operation_id, connect.last.host) == (operation_id, host["us"])


def test_both_operations_give_the_same_recording(connect: Connect) -> None:
    assert perform(connect, RECORDINGS[0]) == perform(connect, RECORDINGS[1])


def test_the_pieces_of_a_recording_are_the_recording(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    with polyai.conversations.recording(conversation) as recording:
        whole = recording.read()
        assert recording.content_type == "audio/wav"
        assert recording.size == len(whole)
    with polyai.conversations.recording(conversation) as recording:
        pieces = list(recording.iter_bytes())
    assert len(pieces) > 1
    assert b"".join(pieces) == whole


def test_a_recording_can_be_left_before_its_end(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    with polyai.conversations.recording(conversation) as recording:
        assert next(iter(recording.iter_bytes()))[:4] == b"RIFF"
    with polyai.conversations.recording(conversation):
        pass
    assert polyai.conversations.get(conversation).conversation_id == conversation


def test_an_error_in_the_block_of_a_recording_comes_out_as_it_is(connect: Connect, polyai: PolyAI) -> None:
    with pytest.raises(ZeroDivisionError), polyai.conversations.recording(recorded(connect.emulator)):
        raise ZeroDivisionError
    assert len(list(polyai.conversations.list())) == 40


def test_the_bytes_of_a_recording_come_once(connect: Connect, polyai: PolyAI) -> None:
    with polyai.conversations.recording(recorded(connect.emulator)) as recording:
        assert b"".join(recording.iter_bytes())
        with pytest.raises(PolyAIError):
            list(recording.iter_bytes())


def test_the_bytes_of_a_recording_do_not_come_after_the_block(connect: Connect, polyai: PolyAI) -> None:
    with polyai.conversations.recording(recorded(connect.emulator)) as recording:
        pass
    with pytest.raises(PolyAIError):
        recording.read()


@pytest.mark.parametrize("channel", ["WEBCHAT", "VOICE-SIP"])
def test_a_conversation_without_a_recording_is_not_found(connect: Connect, polyai: PolyAI, channel: str) -> None:
    silent = next(each for each in connect.emulator.conversations() if not each.recorded and each.channel == channel)
    with pytest.raises(NotFoundError) as caught, polyai.conversations.recording(silent.id):
        pass
    assert caught.value.code == "CONVERSATIONS_RECORDING_NOT_FOUND"


@pytest.mark.parametrize("direction", ["both", "", "USER"])
def test_a_direction_that_there_is_not_is_refused(connect: Connect, polyai: PolyAI, direction: Any) -> None:
    with pytest.raises(ConfigError) as caught, polyai.conversations.recording("CA1", direction=direction):
        pass
    assert caught.value.argument == "direction"
    assert connect.sent == []


def test_the_superseded_operation_warns_where_it_is_used(polyai_emulator: Emulator) -> None:
    conversation = recorded(polyai_emulator)
    with polyai_emulator.client() as client, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with client.conversations.recording(conversation, legacy=True) as recording:
            recording.read()
    assert [(each.category, each.filename) for each in caught] == [(DeprecationWarning, __file__)]
    assert "getConversationRecordingV3" in str(caught[0].message)


def test_the_superseded_operation_warns_where_it_is_used_asynchronously(polyai_emulator: Emulator) -> None:
    conversation = recorded(polyai_emulator)

    async def use() -> None:
        async with (
            polyai_emulator.async_client() as client,
            client.conversations.recording(conversation, legacy=True) as recording,
        ):
            await recording.read()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(use())
    assert [(each.category, each.filename) for each in caught] == [(DeprecationWarning, __file__)]


def test_the_operation_of_today_does_not_warn(connect: Connect, polyai: PolyAI) -> None:
    with (
        warnings.catch_warnings(record=True) as caught,
        polyai.conversations.recording(recorded(connect.emulator)) as recording,
    ):
        warnings.simplefilter("always")
        assert recording.read()
    assert caught == []
