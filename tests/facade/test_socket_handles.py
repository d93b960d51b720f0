"""`recording()` without `with`: it sends its request when it is used, and closes its connection itself."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.errors import DownloadError, NotFoundError
from tests.facade.calls import Connect, one_flavour, recorded
from tests.facade.scripted import audio, wav
from tests.support.scripted_server import ScriptedServer, response

SOUND = wav(bytes(400_000))


def handle(connect: Connect, server: ScriptedServer) -> Any:
    """A recording from a client with a single connection."""
    one = connect.http_client(httpx, limits=httpx.Limits(max_connections=1))
    return connect.polyai(connect_to=server.url, http_client=one, timeout=1).conversations


USES: dict[str, Callable[[Any, Path], bytes]] = {
    "save": lambda recording, folder: recording.save(folder / "call.wav").read_bytes(),
    "a folder": lambda recording, folder: recording.save(folder).read_bytes(),
    "read": lambda recording, _: recording.read(),
    "iterate": lambda recording, _: b"".join(recording.iter_bytes()),
}


@pytest.mark.parametrize("use", USES)
def test_a_recording_works_without_a_block(connect: Connect, tmp_path: Path, use: str) -> None:
    with ScriptedServer(audio(sound=SOUND)) as server:
        conversations = handle(connect, server)
        recording = conversations.recording("CA1")
        assert (server.requests, recording.size, recording.duration) == ([], None, None)
        assert USES[use](recording, tmp_path) == SOUND
        assert (recording.size, recording.duration, recording.file_name) == (len(SOUND), 25, "CA1.wav")
        with pytest.raises(DownloadError, match="read already"):
            USES[use](recording, tmp_path)
        with pytest.raises(DownloadError, match="read already"), recording:
            pass
        assert len(server.requests) == 1


@pytest.mark.parametrize("use", USES)
def test_a_recording_without_a_block_returns_its_connection_when_it_fails(
    connect: Connect, tmp_path: Path, use: str
) -> None:
    steps = [response(404, bytes(400_000)), audio(sound=b"OggS" + bytes(400_000)), audio(sound=SOUND)]
    with ScriptedServer(*steps) as server:
        conversations = handle(connect, server)
        for error in (NotFoundError, DownloadError):
            with pytest.raises(error):
                USES[use](conversations.recording("CA1"), tmp_path)
        assert list(tmp_path.iterdir()) == []
        assert USES[use](conversations.recording("CA1"), tmp_path) == SOUND


@one_flavour
def test_iteration_without_a_block_returns_its_connection_when_it_is_left(connect: Connect) -> None:
    with ScriptedServer(audio(sound=SOUND)) as server:
        conversations = handle(connect, server)
        for _ in range(2):
            for piece in conversations.recording("CA1").iter_bytes():
                assert piece[:4] == b"RIFF"
                break


def test_nothing_is_sent_where_the_target_cannot_be_written(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(audio()) as server:
        with pytest.raises(DownloadError, match="cannot be written"):
            handle(connect, server).recording("CA1").save(tmp_path / "missing" / "call.wav")
        assert server.requests == []


def test_both_sides_of_a_call_are_two_files(connect: Connect, tmp_path: Path) -> None:
    polyai, identifier = connect.polyai(), recorded(connect.emulator)
    for direction in (None, "combined", "user", "agent"):
        polyai.conversations.recording(identifier, direction=direction).save(tmp_path)
    expected = {f"{identifier}.wav", f"{identifier}~user.wav", f"{identifier}~agent.wav"}
    assert {path.name for path in tmp_path.iterdir()} == expected
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 3


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
