"""Recordings over a socket: their bytes come once, in pieces, and the superseded operation warns."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import PolyAIError
from tests.facade.calls import Connect, recorded


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
