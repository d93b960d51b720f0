"""export: conversations of 20 turns to JSON lines, beside a loop over the cursor, and how it grows.

`export-local` is a server that responds at once, `export-latency` one that takes 50 ms, `export-growth` the time of a
row and the memory of ten times as many. A million takes minutes: `--rounds 5` and more.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from bench.measure import Line, in_turns
from bench.recording import MIB, peak
from bench.samples import match
from bench.server import Canned
from polyai_data import PolyAI

KEY, AGENT, ACCOUNT = "bench-key-0123456789", "bench-agent", "acme"
PATH = f"/v3/{ACCOUNT}/{AGENT}/conversations"
START, STEP = datetime(2026, 3, 1, tzinfo=UTC), 10
LATENCY, WINDOWS = 0.05, 16
SIZE = 1000
"""Conversations of a page, the most that the API gives."""


class Listing:
    """A server of so many conversations, one each 10 seconds, the newest first, made while they are sent."""

    def __init__(self, count: int, turns: int = 20) -> None:
        self.count = count
        made = json.dumps({**match(0, turns), "id": "<>", "started_at": "<>"}).encode()
        self.pieces = made.split(b"<>")

    def __call__(self, path: bytes) -> bytes:
        query = {name: values[0] for name, values in parse_qs(path.partition(b"?")[2].decode()).items()}
        start, stop = (
            -(-int((datetime.fromisoformat(query[name]) - START).total_seconds()) // STEP)
            for name in ("start_time", "end_time")
        )
        start, stop = max(start, 0), min(stop, int(query.get("cursor") or self.count))
        if query.get("client_env", "live") != "live":
            start = stop
        begin = max(start, stop - int(query.get("limit", 1000)))
        cursor = json.dumps(str(begin) if begin > start else None).encode()
        rows = b",".join(map(self.row, reversed(range(begin, stop))))
        return b'{"conversations":[' + rows + b'],"cursor":' + cursor + b"}"

    def row(self, number: int) -> bytes:
        """The JSON of a conversation."""
        started = (START + timedelta(seconds=number * STEP)).isoformat().encode()
        first, second, third = self.pieces
        return b"".join((first, b"CA%032x" % number, second, started, third))


def environment(url: str) -> dict[str, str]:
    """What leads clients to the server."""
    settings = {"API_KEY": KEY, "REGION": "us", "AGENT_ID": AGENT, "ACCOUNT_ID": ACCOUNT, "CONNECT_TO": url}
    return {f"POLYAI_{name}": value for name, value in settings.items()}


def times(count: int) -> dict[str, Any]:
    """The time range of so many conversations."""
    return {"start_time": START, "end_time": START + timedelta(seconds=count * STEP)}


def rows(rounds: int) -> list[Line]:
    """The lines of the three rows."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_local(Path(folder), min(rounds, 3)), *_latency(Path(folder), rounds), *_growth(Path(folder), rounds)]


def _local(folder: Path, rounds: int, count: int = 100_000) -> list[Line]:
    with Canned(Listing(count)) as url, httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False) as raw:
        contenders: dict[str, Callable[[], object]] = {
            "export": lambda: _check(exported(folder / "ours.jsonl", url, count), count),
            "loop": lambda: _check(written(folder / "loop.jsonl", _loop(raw, SIZE, count)), count),
            "copy": lambda: written(folder / "copy.json", _pages(raw, SIZE, count)),
        }
        medians = in_turns(contenders, rounds)
    work = f"{count:,} of 20 turns"
    return [
        Line("export-local", work, medians["export"], "loop", medians["loop"], at_most=1.0),
        Line("export-local", work, count / medians["export"], "copy", count / medians["copy"], "/ms", at_least=0.5),
    ]


def _latency(folder: Path, rounds: int) -> list[Line]:
    made: list[Line] = []
    for size, count, goal in ((50, 20_000, 1 / 8), (220, 6600, None)):
        with (
            Canned(Listing(count), latency=LATENCY) as url,
            PolyAI(KEY, region="us", agent_id=AGENT, account_id=ACCOUNT, connect_to=url) as polyai,
            httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False) as raw,
        ):

            def lines(size: int = size, count: int = count, polyai: PolyAI = polyai) -> Iterable[bytes]:
                found = polyai.conversations.search(**times(count), limit=size, parallel=WINDOWS)
                return (each + b"\n" for each in found.lines())

            contenders: dict[str, Callable[[], object]] = {
                "search().lines(), 16 windows": lambda count=count, lines=lines: _check(  # type: ignore[misc]
                    written(folder / "lines", lines()), count
                ),
                "export": lambda url=url, count=count: _check(  # type: ignore[misc]
                    exported(folder / "ours.jsonl", url, count), count
                ),
                "loop": lambda raw=raw, size=size, count=count: _check(  # type: ignore[misc]
                    written(folder / "loop", _loop(raw, size, count)), count
                ),
            }
            medians = in_turns(contenders, min(rounds, 3))
        for name in list(contenders)[:2]:
            work = f"{count:,} of 20 turns, pages of {size}, 50 ms, {name}"
            made.append(Line("export-latency", work, medians[name], "loop", medians["loop"], at_most=goal))
    return made


def _growth(folder: Path, rounds: int) -> list[Line]:
    made: list[Line] = []
    before: tuple[float, ...] = ()
    for count in (10_000, 100_000, *([1_000_000] if rounds >= 5 else [])):
        with Canned(Listing(count, turns=2)) as url:
            command = [sys.executable, "-m", "bench.export", str(folder / "grown.jsonl"), str(count)]
            led = {**os.environ, **environment(url)}
            done = [subprocess.check_output(command, env=led) for _ in range(3 if count < 1_000_000 else 1)]
        runs = zip(*map(bytes.split, done), strict=True)
        seconds, memory = (statistics.median(map(float, each)) for each in runs)
        figures = (seconds / count * 1e6, memory / MIB)
        for ours, theirs, unit, what in zip(figures, before, ("µs", "MiB"), ("time of a row", "memory"), strict=False):
            work = f"{count:,} of 2 turns, {what}"
            made.append(Line("export-growth", work, ours, f"{count // 10:,}", theirs, unit, at_most=1.1))
        before = figures
    return made


def exported(path: Path, url: str, count: int, options: Any = None, **more: Any) -> Path:
    """What the export writes, of the environment that the loop reads."""
    from polyai_data.export import Options, export  # noqa: PLC0415 - a process that serves must not load it

    os.environ |= environment(url)
    until = START + timedelta(seconds=count * STEP)
    with PolyAI() as client:
        chosen = Options(since=START, until=until, environments=["live"], **(options or {}))
        export(path, client, chosen, overwrite=True, **more)
    return path


def _pages(raw: httpx.Client, size: int, count: int) -> Iterable[bytes]:
    query = {name: each.isoformat() for name, each in times(count).items()} | {"limit": str(size)}
    while True:
        page = raw.get(PATH, params=query).content
        yield page
        if not (cursor := re.search(rb'"cursor":"(\w+)"', page[-100:])):
            return
        query["cursor"] = cursor[1].decode()


def _loop(raw: httpx.Client, size: int, count: int) -> Iterable[bytes]:
    """What people write by hand."""
    query: dict[str, Any] = {**{name: each.isoformat() for name, each in times(count).items()}, "limit": size}
    while True:
        page = raw.get(PATH, params=query).json()
        for each in page["conversations"]:
            yield json.dumps(each).encode() + b"\n"
        if not page["cursor"]:
            return
        query["cursor"] = page["cursor"]


def written(path: Path, lines: Iterable[bytes]) -> Path:
    """A file of these lines, which is on the disk as the export's is."""
    with path.open("wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    return path


def _check(path: Path, count: int) -> None:
    with path.open("rb") as file:
        assert sum(piece.count(b"\n") for piece in iter(lambda: file.read(MIB), b"")) == count, f"{path} is incomplete"


if __name__ == "__main__":
    begin = time.perf_counter()
    _path, _count = Path(sys.argv[1]), int(sys.argv[2])
    _check(exported(_path, os.environ["POLYAI_CONNECT_TO"], _count), _count)
    print(time.perf_counter() - begin, peak())
