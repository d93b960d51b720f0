"""export-latency: conversations of a time range to JSON lines, at 50 ms a request, beside a loop over the cursor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import httpx

from bench.measure import Line, in_turns
from bench.samples import match
from bench.server import Canned
from polyai_data import PolyAI

KEY, AGENT, ACCOUNT = "bench-key-0123456789", "bench-agent", "acme"
PATH = f"/v3/{ACCOUNT}/{AGENT}/conversations"
START, STEP = datetime(2026, 3, 1, tzinfo=UTC), 10
LATENCY, WINDOWS = 0.05, 16


class Listing:
    """A server of so many conversations of 20 turns, one each 10 seconds, the newest first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.made: list[bytes] = []

    def __call__(self, path: bytes) -> bytes:
        if not self.made:  # in the server's process
            for number in range(self.count):
                started = (START + timedelta(seconds=number * STEP)).isoformat()
                self.made.append(json.dumps({**match(number, 20), "started_at": started}).encode())
        query = {name: values[0] for name, values in parse_qs(path.partition(b"?")[2].decode()).items()}
        start, stop = (
            -(-int((datetime.fromisoformat(query[name]) - START).total_seconds()) // STEP)
            for name in ("start_time", "end_time")
        )
        stop = min(stop, int(query.get("cursor") or self.count))
        begin = max(start, 0, stop - int(query["limit"]))
        cursor = json.dumps(str(begin) if begin > max(start, 0) else None).encode()
        rows = b",".join(reversed(self.made[begin:stop]))
        return b'{"conversations":[' + rows + b'],"cursor":' + cursor + b"}"


def rows(rounds: int) -> list[Line]:
    """The lines of the row: pages of 50, and of 220 (2 MB), which two cores cannot take at this pace."""
    made: list[Line] = []
    for size, count, goal in ((50, 5000, 1 / 8), (220, 6600, None)):
        times: dict[str, Any] = {"start_time": START, "end_time": START + timedelta(seconds=count * STEP)}
        with (
            Canned(Listing(count), latency=LATENCY) as url,
            PolyAI(KEY, region="us", agent_id=AGENT, account_id=ACCOUNT, connect_to=url) as polyai,
            httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False) as raw,
        ):

            def search(parallel: int = WINDOWS, size: int = size, polyai: PolyAI = polyai, times: Any = times) -> Any:
                return polyai.conversations.search(**times, limit=size, parallel=parallel)

            contenders: dict[str, Callable[[], int]] = {
                "lines(), 16 windows": lambda: _written(each + b"\n" for each in search().lines()),
                "rows(), 16 windows": lambda: _written(json.dumps(each).encode() + b"\n" for each in search().rows()),
                "loop": lambda size=size, raw=raw, times=times: _written(_loop(raw, size, times)),  # type: ignore[misc]
            }
            assert [contender() for contender in contenders.values()] == [count] * 3
            medians = in_turns(contenders, rounds)
        for name, most in zip(contenders, (goal, None), strict=False):
            work = f"{count:,} of 20 turns, pages of {size}, 50 ms, {name}"
            made.append(Line("export-latency", work, medians[name], "loop", medians["loop"], at_most=most))
    return made


def _loop(raw: httpx.Client, size: int, times: dict[str, datetime]) -> Iterable[bytes]:
    """What people write by hand."""
    query: dict[str, Any] = {**{name: each.isoformat() for name, each in times.items()}, "limit": size}
    while True:
        page = raw.get(PATH, params=query).json()
        for each in page["conversations"]:
            yield json.dumps(each).encode() + b"\n"
        if not page["cursor"]:
            return
        query["cursor"] = page["cursor"]


def _written(lines: Iterable[bytes]) -> int:
    """How many lines were written."""
    file = BytesIO()
    file.writelines(lines)
    return file.getvalue().count(b"\n")
