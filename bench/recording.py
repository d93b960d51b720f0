"""recording: saving a large recording and small ones, beside the HTTP library alone and curl, all to disk.

The emulator serves them. A large one is saved in a fresh process each time, so that its memory can be measured.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx

from bench.measure import Line, in_turns
from polyai_data import PolyAI
from polyai_data.hosts import POLYAI

MIB = 1024 * 1024
LARGE, SMALL = 1024 * MIB, 160_000
MOST_GROWTH = 8.0
"""MiB over an idle client."""
FILES = 20
"""How many small ones are saved in a round; one way after the other, as the disk's speed varies."""


def rows(rounds: int) -> list[Line]:
    """The lines of large and small recordings."""
    from polyai_data.emulator import Emulator  # noqa: PLC0415 - the measured processes must not load it

    made = []
    with tempfile.TemporaryDirectory() as folder:
        with Emulator(recording_bytes=LARGE) as emulator:
            made += _large({**os.environ, **emulator.env(), "BENCH_FOLDER": folder}, rounds)
        with Emulator(recording_bytes=SMALL) as emulator:
            os.environ |= {**emulator.env(), "BENCH_FOLDER": folder}
            made += _small(rounds)
    return made


def _large(environment: dict[str, str], rounds: int) -> list[Line]:
    ways = ["save", "httpx", "idle", *(["curl"] if shutil.which("curl") else [])]
    results: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for number in range(rounds):
        # Who goes first changes, as each leaves the disk busy for the next.
        for way in ways[number % len(ways) :] + ways[: number % len(ways)]:
            command = [sys.executable, "-m", "bench.recording", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            seconds, most = map(float, done.stdout.split())
            results[way].append((LARGE / MIB / seconds, most / MIB))
    speed, peak = ({way: statistics.median(run[at] for run in runs) for way, runs in results.items()} for at in (0, 1))
    case = f"{LARGE // MIB:,} MiB to disk"
    peers = [("httpx", 0.95), *([("curl", None)] if "curl" in ways else [])]
    return [
        *(Line("recording", case, speed["save"], peer, speed[peer], "MiB/s", at_least=goal) for peer, goal in peers),
        Line("recording", "its memory over an idle client's", peak["save"] - peak["idle"], "bound", MOST_GROWTH, "MiB",
             at_most=1.0),
    ]  # fmt: skip


def _small(rounds: int) -> list[Line]:
    with PolyAI() as client, httpx.Client(trust_env=False) as raw:
        call = _recorded(client)
        contenders = {
            "save": lambda: _save(client, call),
            "httpx": lambda: _save_raw(raw, client, call),
            "get": lambda: client.conversations.get(call),
        }
        medians = in_turns(contenders, FILES * rounds)
    more = medians["save"] - medians["httpx"]
    return [
        Line("recording", f"{SMALL // 1000} KB to disk", medians["save"], "httpx", medians["httpx"]),
        Line("recording", "its cost over httpx's", more, "a call", medians["get"], at_most=1.0),
    ]


def _recorded(client: PolyAI) -> str:
    """The id of a conversation with a recording."""
    listed = client.conversations.list()
    return next(each.conversation_id for each in listed if "VOICE" in (each.channel or "") and not each.in_progress)


def _target() -> Path:
    return Path(os.environ["BENCH_FOLDER"], "call.wav")


def _save(client: PolyAI, call: str) -> None:
    with client.conversations.recording(call) as recording:
        recording.save(_target())


def _request(client: PolyAI, call: str) -> tuple[str, dict[str, str]]:
    """The URL and the headers of the recording's request."""
    route = POLYAI.route("getConversationRecording", client.region or "")
    path = route.operation.path.format(agentId=os.environ["POLYAI_AGENT_ID"], conversationId=call)
    key = {route.operation.key_header: os.environ["POLYAI_API_KEY"]}
    return os.environ["POLYAI_CONNECT_TO"] + path, {"Host": route.base_url.removeprefix("https://"), **key}


def _save_raw(raw: httpx.Client, client: PolyAI, call: str) -> None:
    """With httpx alone: the same request, bytes, syncs of file and folder, and rename."""
    url, headers = _request(client, call)
    part = _target().with_suffix(".part")
    with raw.stream("GET", url, headers=headers) as response, part.open("wb", buffering=0) as file:
        for piece in response.iter_bytes():
            file.write(piece)
        os.fsync(file.fileno())
    part.replace(_target())
    _sync(_target().parent)


def _save_with_curl(client: PolyAI, call: str) -> None:
    url, headers = _request(client, call)
    lines = [argument for name, value in headers.items() for argument in ("--header", f"{name}: {value}")]
    subprocess.run(["curl", "--silent", "--fail", "--output", str(_target()), *lines, url], check=True)  # noqa: S607
    _sync(_target())
    _sync(_target().parent)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _once(way: str) -> tuple[float, float]:
    """Seconds and peak memory of one way to save the large recording; `idle` makes one call and saves nothing."""
    with PolyAI() as client, httpx.Client(trust_env=False) as raw:
        call = _recorded(client)
        begin = time.perf_counter()
        if way == "save":
            _save(client, call)
        elif way == "httpx":
            _save_raw(raw, client, call)
        elif way == "curl":
            _save_with_curl(client, call)
        seconds = time.perf_counter() - begin
    if way != "idle":
        assert _target().stat().st_size == LARGE, "the recording is incomplete"
        _target().unlink()
    return seconds, peak()


def peak() -> int:
    """The most memory that this process has used, in bytes."""
    with suppress(FileNotFoundError):
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])
    import resource  # noqa: PLC0415 - there is none on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(*_once(sys.argv[1]))
