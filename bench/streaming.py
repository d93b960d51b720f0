"""How fast and in how much memory a large recording is saved, compared with the HTTP library alone.

    python bench/streaming.py [--size MIB] [--rounds N] [--folder DIR]

The emulator serves a recording of that size. Each round saves it with `Recording.save` and with httpx alone
(`iter_bytes` into a file, with the same fsync), each in a fresh process, in turns. Speeds are medians; memory is the
peak of the process, less that of a client that has made one call and is idle.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polyai_data import PolyAI

MIB = 1024 * 1024
HIGHEST_GROWTH = 8 * MIB
LOWEST_RATIO = 0.95


def main() -> int:
    """Run the program; its exit status says whether both bounds hold."""
    parser = argparse.ArgumentParser(prog="streaming.py", description="Measure how a large recording is saved.")
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="size of the recording (default: 1024)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--folder", type=Path, help="where to write (default: a temporary folder)")
    parser.add_argument("--child", nargs=3, metavar=("HOW", "URL", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        how, url, folder = options.child
        print(json.dumps(measure(how, url, Path(folder) / "call.wav", options.size * MIB)))
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        return compare(options.size, options.rounds, folder)


def compare(size: int, rounds: int, folder: str) -> int:
    """Measure in turns and print the table."""
    from polyai_data.emulator import Emulator  # noqa: PLC0415 - the measured processes must not load it

    results: dict[str, list[dict[str, float]]] = {"ours": [], "httpx": [], "idle": []}
    with Emulator(recording_bytes=size * MIB) as emulator:
        for number in range(rounds):
            # The order changes, as each leaves the disk busy for the next.
            for how in ["idle", *(["ours", "httpx"] if number % 2 else ["httpx", "ours"])]:
                command = [sys.executable, __file__, "--size", str(size), "--child", how, emulator.url, folder]
                done = subprocess.run(
                    command, capture_output=True, text=True, check=True, env={**os.environ, **emulator.env()}
                )
                results[how].append(json.loads(done.stdout))
    speeds = {how: statistics.median(size / run["seconds"] for run in results[how]) for how in ("ours", "httpx")}
    peaks = {how: statistics.median(run["peak"] for run in runs) for how, runs in results.items()}
    ratio, growth = speeds["ours"] / speeds["httpx"], peaks["ours"] - peaks["idle"]
    print(f"a recording of {size} MiB, medians of {rounds} rounds in turns")
    print(f"{'':24}{'MiB/s':>10}{'peak MiB':>10}")
    for how, name in (("ours", "Recording.save"), ("httpx", "httpx iter_bytes"), ("idle", "an idle client")):
        speed = f"{speeds[how]:.0f}" if how in speeds else ""
        print(f"{name:24}{speed:>10}{peaks[how] / MIB:>10.1f}")
    print(f"speed: {ratio:.2f} of httpx alone (at least {LOWEST_RATIO})")
    print(f"memory: {growth / MIB:.1f} MiB more than an idle client (at most {HIGHEST_GROWTH // MIB})")
    return 0 if ratio >= LOWEST_RATIO and growth <= HIGHEST_GROWTH else 1


def measure(how: str, url: str, target: Path, size: int) -> dict[str, float]:
    """Seconds and peak memory of one way to save the recording; `idle` makes one call and saves nothing."""
    from polyai_data import PolyAI  # noqa: PLC0415

    with PolyAI(connect_to=url) as polyai:
        conversation = next(
            each.conversation_id
            for each in polyai.conversations.list()
            if "VOICE" in (each.channel or "") and not each.in_progress
        )
        started = time.perf_counter()
        if how == "ours":
            with polyai.conversations.recording(conversation) as recording:
                recording.save(target)
        elif how == "httpx":
            started = save_with_httpx(polyai, url, conversation, target)
        seconds = time.perf_counter() - started
    if how != "idle":
        assert target.stat().st_size == size, "the recording is incomplete"
        target.unlink()
    return {"seconds": seconds, "peak": peak()}


def save_with_httpx(polyai: PolyAI, url: str, conversation: str, target: Path) -> float:
    """Save with httpx alone: the same request, bytes, fsync and rename. Returns when that began."""
    import httpx  # noqa: PLC0415

    from polyai_data.hosts import POLYAI  # noqa: PLC0415

    route = POLYAI.route("getConversationRecording", polyai.region or "")
    path = route.operation.path.format(agentId=os.environ["POLYAI_AGENT_ID"], conversationId=conversation)
    headers = {"Host": route.base_url.removeprefix("https://"), "x-api-key": os.environ["POLYAI_API_KEY"]}
    part = target.with_suffix(".part")
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501 - plain HTTP on loopback
        started = time.perf_counter()
        with client.stream("GET", url + path, headers=headers) as response, part.open("wb", buffering=0) as file:
            for piece in response.iter_bytes():
                file.write(piece)
            os.fsync(file.fileno())
        part.replace(target)
    return started


def peak() -> float:
    """The most memory that this process has used, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource  # noqa: PLC0415

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
