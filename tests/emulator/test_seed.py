"""The same number gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.world import world
from tests.emulator.support import Caller, operations

PINNED = ("ws-3139846f", "CA052de06993e66f50a9e7d84e47c903b3", "2026-05-03T14:33:57.605000+00:00")
REGIONS = ["us", "eu", "uk", "studio"]


def everything(emulator: Emulator, http: httpx.Client) -> Iterator[bytes]:
    call = Caller(emulator, http)
    yield repr([key.value for key in emulator.keys.values()]).encode()
    for region in REGIONS:
        for agent in emulator.accounts[region].agents:
            yield repr(agent).encode()
            yield call("listConversations", region=region, agentId=agent.id).content
    for operation_id in operations():
        yield call(operation_id).content
    yield call("listConversations", key=None).content
    yield repr(list(emulator.transcripts)).encode()


def test_two_emulators_of_one_seed_answer_the_same_bytes(http: httpx.Client) -> None:
    with Emulator(seed=7, conversations=5) as one:
        first = list(everything(one, http))
        assert len(first) > 20
        one.reset()
        assert list(everything(one, http)) == first
    world.cache_clear()
    with Emulator(seed=7, conversations=5) as other:
        assert other.keys is not one.keys
        assert list(everything(other, http)) == first


def test_the_data_does_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from polyai_data.emulator import Emulator; e = Emulator(3, 10);"
        "a = [agent for account in e.accounts.values() for agent in account.agents];"
        "print(hashlib.sha256(repr([(each, e.conversations(each)) for each in a]).encode()).hexdigest())"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        ).stdout
        for hash_seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(shown) == 1


def test_another_seed_gives_other_bytes_of_the_same_make(http: httpx.Client) -> None:
    with Emulator(seed=7, conversations=5) as one, Emulator(seed=8, conversations=5) as other:
        assert one.accounts["us"].id == other.accounts["us"].id
        assert one.accounts["eu"].id != other.accounts["eu"].id
        assert Caller(one, http)("listConversations").content != Caller(other, http)("listConversations").content


def test_the_bytes_are_pinned() -> None:
    emulator = Emulator(seed=1)
    newest = emulator.conversations()[4]
    assert emulator.accounts["eu"].id == PINNED[0]
    assert (newest.id, newest.started_at.isoformat()) == PINNED[1:]


@pytest.mark.parametrize("size", [0, 1, 3, 100])
def test_the_number_of_conversations_is_that_of_each_agent(http: httpx.Client, size: int) -> None:
    with Emulator(seed=1, conversations=size) as emulator:
        call = Caller(emulator, http)
        for agent in emulator.accounts["us"].agents:
            assert len(emulator.conversations(agent)) == size
            assert call("listConversations", agentId=agent.id).json()["count"] == size
        assert call("searchConversations").status_code == 200
        assert call("getRedactedAudio").status_code == 200


def test_every_id_is_there_once() -> None:
    emulator = Emulator(conversations=60)
    agents = [agent for account in emulator.accounts.values() for agent in account.agents]
    assert len({agent.id for agent in agents}) == len(agents) == 8
    conversations = [each.id for agent in agents for each in emulator.conversations(agent)]
    assert len(set(conversations)) == len(conversations) == 480
