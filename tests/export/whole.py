"""100,000 conversations with turns, 5 % faults and ten `kill -9`, then on Dask with a killed worker, then each format:
`python -m tests.export.whole [ROWS]`.

The emulator and the export are processes of their own. It prints a table, and fails where a row is not as it must be.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from distributed import LocalCluster

from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.export import export, fetch, finish, formats
from polyai_data.export.distributed import on_cluster
from polyai_data.export.work import Order, Work
from tests.export import expected

KILLS = 10


def main(rows: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="polyai-data-whole-"))
    try:
        with Emulator(conversations=rows) as emulator:
            began = time.monotonic()
            with emulator.client(deadline=3000) as client:
                wanted = expected.rows(client)
            turns = sum(len(each["turns"]) for each in wanted.values())
            print(f"the data set: {len(wanted):,} conversations, {turns:,} turns", flush=True)
            alone = time.monotonic() - began
            emulator.misbehave = Misbehaviour(rate=0.05)
            emulator.requests.clear()
            began = time.monotonic()
            kills = killed_until_done(emulator, folder / "calls.jsonl", pause=alone / KILLS)
            took = time.monotonic() - began
            lost = on_dask(emulator, folder / "dask.jsonl")
            same = (folder / "dask.jsonl").read_bytes() == (folder / "calls.jsonl").read_bytes()
            print(f"on Dask, {lost} of 2 workers killed: {'the same bytes' if same else 'OTHER BYTES'}")
            assert same
        print(f"{kills} kills; {took:.0f} s with them, {alone:.0f} s for reading the data set page by page", flush=True)
        for ending in (each.suffix for each in formats.FORMATS.values()):
            path = folder / f"calls{ending}"
            began = time.monotonic()
            if ending != ".jsonl":
                again(folder / "kept", path)
            took = time.monotonic() - began
            expected.same(expected.read(path), wanted, texts=ending == ".csv")
            print(f"{ending:12} {path.stat().st_size / 1e6:9.1f} MB {took:6.1f} s   equal, row for row")
    finally:
        shutil.rmtree(folder)


def killed_until_done(emulator: Emulator, path: Path, pause: float) -> int:
    """Run an export until it is complete, and kill it at random times; how often that was. Its parts are in `kept`."""
    code = (
        "import shutil; from polyai_data.export.work import Work; from polyai_data.cli.program import run\n"
        f"Work.remove = lambda self: self.path.exists() and shutil.move(self.path, {str(path.parent / 'kept')!r})\n"
        "run()"
    )
    kills, drawn = 0, random.Random(1)
    while not path.exists():
        command = [sys.executable, "-c", code, "export", str(path), "--rate", "0"]
        with subprocess.Popen(command, env={**os.environ, **emulator.env()}) as process:
            try:
                process.wait(pause * drawn.uniform(0.3, 1.5) if kills < KILLS else None)
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
    return kills


def on_dask(emulator: Emulator, path: Path) -> int:
    """The same export on a cluster of two processes, one of which is killed in the middle; how many were."""
    os.environ |= emulator.env()
    killed: list[int] = []
    options: Any = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with LocalCluster(n_workers=2, threads_per_worker=2, **options) as made, emulator.client() as client:
        cluster: Any = made

        def kill() -> None:
            while len(list(path.with_name(f"{path.name}.parts").glob("*.zst"))) < 5:
                time.sleep(0.01)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            killed.append(1)

        threading.Thread(target=kill, daemon=True).start()
        export(path, client, run=on_cluster(cluster.scheduler_address, {}))
    return len(killed)


def again(kept: Path, path: Path) -> None:
    """Make another format from the same parts."""
    with Work(kept) as work:
        content = (work.path / "export.json").read_bytes()
        order = msgspec.json.decode(content, type=Order)
        fetched, waiting = [], list(order.tasks)
        while waiting:
            task = waiting.pop(0)
            part = fetch.read(kept, task)
            assert part is not None
            waiting[:0] = part.pieces
            if not part.pieces:
                fetched.append((task, part))
        target = finish.Destination(str(path), None, by_day=False)
        nested = formats.FORMATS[target.format].nested
        finish.write(target, fetched, order.job.layout, nested=nested, folder=kept)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
