"""A server that fails one request in five: nothing is lost, nothing comes twice, and nothing is done twice."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from polyai_data import AsyncPolyAI, PolyAI
from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.errors import PolyAIError
from polyai_data.models import ClientEnvironment

pytestmark = pytest.mark.usefixtures("short_pauses")

STORM = Misbehaviour(rate=0.2)
WORKERS = 16


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    with Emulator(conversations=10_000) as emulator:
        yield emulator


@pytest.fixture
def storm(large: Emulator) -> Iterator[Emulator]:
    large.reset()
    large.misbehave = STORM
    yield large
    large.misbehave = None


def failed(emulator: Emulator) -> int:
    return sum(record.status is None or record.status >= 400 for record in emulator.requests)


def test_ten_thousand_conversations_are_listed_once_each(storm: Emulator) -> None:
    with storm.client() as polyai:
        listed = [conversation.conversation_id for conversation in polyai.conversations.list(limit=250)]
    assert listed == [conversation.id for conversation in storm.conversations()]
    assert len(set(listed)) == 10_000
    assert failed(storm) > 0


async def test_ten_thousand_conversations_are_searched_once_each_asynchronously(storm: Emulator) -> None:
    wanted = {each.id for each in storm.conversations()}
    async with storm.async_client() as polyai:
        found = [
            each.id for env in ENVIRONMENTS async for each in polyai.conversations.search(limit=250, client_env=env)
        ]
    assert len(found) == 10_000
    assert set(found) == wanted
    assert failed(storm) > 0


ENVIRONMENTS: tuple[ClientEnvironment, ...] = ("live", "sandbox", "pre-release")


@pytest.fixture(scope="module")
def recordings(large: Emulator) -> dict[str, str]:
    """200 conversations, each with the digest of its recording as a server that does not fail gives it."""
    chosen = [each.id for each in large.conversations() if each.recorded][:200]
    with large.client() as polyai:
        return {each: digest(polyai, each) for each in chosen}


def digest(polyai: PolyAI, conversation: str) -> str:
    with polyai.conversations.recording(conversation) as recording:
        return hashlib.sha256(recording.read()).hexdigest()


def digests(folder: Path) -> dict[str, str]:
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_two_hundred_recordings_are_saved_whole(storm: Emulator, recordings: dict[str, str], tmp_path: Path) -> None:
    def save(conversation: str) -> None:
        with polyai.conversations.recording(conversation) as recording:
            recording.save(tmp_path)

    with storm.client() as polyai, ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(save, recordings))
    assert digests(tmp_path) == recordings
    assert failed(storm) > 0


async def test_two_hundred_recordings_are_saved_whole_asynchronously(
    storm: Emulator, recordings: dict[str, str], tmp_path: Path
) -> None:
    turn = asyncio.Semaphore(WORKERS)

    async def save(polyai: AsyncPolyAI, conversation: str) -> None:
        async with turn, polyai.conversations.recording(conversation) as recording:
            await recording.save(tmp_path)

    async with storm.async_client() as polyai:
        await asyncio.gather(*(save(polyai, conversation) for conversation in recordings))
    assert digests(tmp_path) == recordings
    assert failed(storm) > 0


def test_without_ranges_recordings_are_fetched_again_from_the_start(tmp_path: Path) -> None:
    with Emulator(conversations=100, ranges=False) as emulator, emulator.client() as polyai:
        chosen = [each.id for each in emulator.conversations() if each.recorded][:15]
        wanted = {each: digest(polyai, each) for each in chosen}
        emulator.misbehave = Misbehaviour(rate=0.5, kinds=("reset-midway", "truncate"))
        for conversation in chosen:
            with polyai.conversations.recording(conversation) as recording:
                recording.save(tmp_path)
    assert digests(tmp_path) == wanted


def test_what_must_not_be_done_twice_is_done_at_most_once(storm: Emulator) -> None:
    chosen = [each.id for each in storm.conversations() if each.recorded][:100]
    done = 0
    with storm.client() as polyai:
        for conversation in chosen:
            try:
                polyai.conversations.annotate(conversation, turn_id=0, role="user", annotation_type="wrong_info")
                done += 1
            except PolyAIError:
                # The answer was lost, and whether it was done is not known: that is not for the client to repeat.
                continue
    effects = [len(storm.annotations.get(conversation, ())) for conversation in chosen]
    assert max(effects) == 1
    assert done <= sum(effects) <= len(chosen)
    assert done > 50


SAVE = """
import sys
from polyai_data import PolyAI
with PolyAI() as polyai, polyai.conversations.recording(sys.argv[1]) as recording:
    recording.save(sys.argv[2])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed otherwise here")
@pytest.mark.parametrize("there", [None, b"what was there before"])
def test_a_process_that_is_killed_leaves_no_half_file(tmp_path: Path, there: bytes | None) -> None:
    target = tmp_path / "call.wav"
    if there is not None:
        target.write_bytes(there)
    with Emulator(recording_bytes=2**31) as emulator:
        conversation = next(each.id for each in emulator.conversations() if each.recorded)
        command = [sys.executable, "-c", SAVE, conversation, str(target)]
        saving = subprocess.Popen(command, env={**os.environ, **emulator.env()})
        try:
            while saving.poll() is None and not any(path.stat().st_size > 2**20 for path in tmp_path.glob(".*.part")):
                time.sleep(0.005)
            assert saving.poll() is None, "it must be in the middle of saving"
        finally:
            saving.kill()
            saving.wait()
    assert target.exists() == (there is not None)
    assert there is None or target.read_bytes() == there
    assert any(path.stat().st_size < 2**31 for path in tmp_path.glob(".*.part"))
