"""A server that fails one request in five: nothing is lost, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.models import ClientEnvironment

ENVIRONMENTS: tuple[ClientEnvironment, ...] = ("live", "sandbox", "pre-release")


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    with Emulator(conversations=400) as emulator:
        yield emulator


@pytest.fixture
def storm(large: Emulator, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    for module in ("_sync.session", "_sync.recording", "_async.session", "_async.recording"):
        # Of the pauses in other threads, only those that a server asks for take time.
        monkeypatch.setattr(f"polyai_data.{module}.random", lambda: 0.02)
    large.reset()
    large.misbehave = Misbehaviour(rate=0.2)
    yield large
    large.misbehave = None
    assert any(record.status is None or record.status >= 400 for record in large.requests), "nothing failed"


def test_four_hundred_conversations_are_listed_once_each(storm: Emulator) -> None:
    with storm.client() as polyai:
        listed = [conversation.conversation_id for conversation in polyai.conversations.list(limit=10)]
    assert listed == [conversation.id for conversation in storm.conversations()]


async def test_four_hundred_conversations_are_searched_once_each_asynchronously(storm: Emulator) -> None:
    expected = sorted(each.id for each in storm.conversations())
    async with storm.async_client() as polyai:
        matches = [
            each.id for env in ENVIRONMENTS async for each in polyai.conversations.search(limit=10, client_env=env)
        ]
    assert sorted(matches) == expected
