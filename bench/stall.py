"""stall: the longest time for which the event loop is held while a page is read, and while a file is saved."""

from __future__ import annotations

import asyncio
import json
import statistics
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from bench.measure import Line
from bench.samples import match
from bench.server import JSON, Canned
from polyai_data import AsyncPolyAI

TURNS = 20
MOST = {"a page of 50": 10.0, "a page of 1,000": 50.0}
"""Milliseconds of this process's time, as the clock's has that of other processes too."""


def rows(rounds: int) -> list[Line]:
    """A line for each."""
    sound = bytes(64 * 1024 * 1024)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", len(sound) + 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16,
                         b"data", len(sound))  # fmt: skip
    pages = {
        f"/v3/{size}/*": (JSON, json.dumps({"conversations": [match(each, TURNS) for each in range(size)]}).encode())
        for size in (50, 1000)
    }
    with Canned({**pages, "/v1/*": ({"Content-Type": "audio/wav"}, header + sound)}) as url:
        return asyncio.run(_measured(url, rounds))


async def _measured(url: str, rounds: int) -> list[Line]:
    made: list[Line] = []
    async with AsyncPolyAI("bench-key", region="us", agent_id="a", connect_to=url) as client:
        with tempfile.TemporaryDirectory() as folder:

            async def page(size: int) -> None:
                async for _ in client.conversations.search(account_id=str(size)):
                    pass

            async def save() -> None:
                await client.conversations.recording("CA1").save(Path(folder, "call.wav"))

            async def receive() -> None:
                async for _ in client.conversations.recording("CA1").iter_bytes():
                    pass

            for name, most in MOST.items():
                size = int(name.split()[-1].replace(",", ""))
                stalls = [await _longest(partial(page, size), time.thread_time) for _ in range(rounds + 1)]
                made.append(Line("stall", name, statistics.median(stalls[1:]), "bound", most, at_most=1))
            # Here what blocks counts too, and so do other processes, on both sides.
            both = [(await _longest(save), await _longest(receive)) for _ in range(rounds + 1)][1:]
            saved, received = map(statistics.median, zip(*both, strict=True))
            made.append(Line("stall", "saving 64 MiB", saved, "receiving it alone", received, at_most=1.5))
    return made


async def _longest(act: Callable[[], Awaitable[None]], clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds of the longest time without a turn while `act` runs."""
    longest, before = 0.0, clock()

    async def ticks() -> None:
        nonlocal longest, before
        while True:
            now = clock()
            longest, before = max(longest, now - before), now
            await asyncio.sleep(0)

    beside = asyncio.create_task(ticks())
    await asyncio.sleep(0)
    before, longest = clock(), 0.0
    await act()
    longest = max(longest, clock() - before)
    beside.cancel()
    return longest * 1000
