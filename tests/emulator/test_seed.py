"""The same seed gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from polyai_data.emulator import Emulator
from polyai_data.emulator.data import ids
from polyai_data.emulator.data.world import world
from tests.emulator.conftest import Callers
from tests.emulator.support import Caller
from tests.support.document import operations

CODE = """
import hashlib
from polyai_data.emulator import Emulator
from polyai_data.emulator.data.audio import render
digest = hashlib.sha256()
emulator = Emulator(1, 10)
for account in emulator.accounts.values():
    for agent in account.agents:
        for each in emulator.conversations(agent):
            said = [(turn.user, turn.agent) for turn in each.turns]
            sound = render(each.plan, "combined", redacted=True).etag
            digest.update(repr((agent.id, each.id, str(each.started_at), said, sound)).encode())
print(digest.hexdigest())
"""
DATA = "078385739cfb15c533dc0ed698944c1fa2c5fc92907cf9455cdc70cc318cc808"
"""What CODE prints: ids, times, words and sounds of the seed 1, which must stay as they are."""


def everything(call: Caller) -> Iterator[bytes]:
    yield repr([key.value for key in call.emulator.keys.values()]).encode()
    for region, account in call.emulator.accounts.items():
        for agent in account.agents:
            yield repr(agent).encode()
            yield call("listConversations", region=region, agentId=agent.id).content
    for operation_id in operations():
        yield call(operation_id).content
    yield call("listConversations", key=None).content
    yield repr(list(call.emulator.transcripts)).encode()


def test_two_emulators_of_one_seed_send_the_same_bytes(caller: Callers) -> None:
    call = caller(seed=7, conversations=5)
    first = list(everything(call))
    assert len(first) > 20
    call.emulator.reset()
    assert list(everything(call)) == first
    world.cache_clear()
    with Emulator(seed=7, conversations=5) as other:
        assert other.keys is not call.emulator.keys
        assert list(everything(Caller(other, call.http))) == first
    eight = caller(seed=8, conversations=5)
    assert eight.emulator.accounts["us"].id == call.emulator.accounts["us"].id
    assert eight.emulator.accounts["eu"].id != call.emulator.accounts["eu"].id
    assert eight("listConversations").content != call("listConversations").content


def test_the_data_does_not_depend_on_the_process_and_never_changes() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == DATA


def test_ids_are_unique() -> None:
    emulator = Emulator(conversations=60)
    agents = [agent for account in emulator.accounts.values() for agent in account.agents]
    assert len({agent.id for agent in agents}) == len(agents) == 8
    assert len({each.id for agent in agents for each in emulator.conversations(agent)}) == 480


def test_an_id_contains_its_number() -> None:
    for number in (0, 1, 999_999, ids.LARGEST):
        assert {ids.number(ids.make(number, 12345 << 96, prefix)) for prefix in ids.PREFIXES} == {number}
    for text in ("", "CA", "CA" + "g" * 32, "٣" * 32, "CA" + "0" * 33, "LOCAL-", "LOCAL-CA" + "0" * 32):
        assert ids.number(text) is None
