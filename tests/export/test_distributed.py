"""An export on a real Dask cluster of processes, one of which is killed, beside one in threads: the same bytes."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from polyai_data.cli.program import commands
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError
from polyai_data.export import Options, distributed, export
from polyai_data.export.distributed import on_cluster

CONVERSATIONS = 300


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=CONVERSATIONS) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(emulator: Emulator) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.env().items():
            patch.setenv(name, value)  # workers look for the key as every client does
        with LocalCluster(
            n_workers=2, threads_per_worker=2, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as running:
            yield running


def test_a_killed_worker_costs_its_tasks_alone_and_the_rate_holds_for_all(
    emulator: Emulator, cluster: Any, tmp_path: Path
) -> None:
    agents = [agent.id for agent in emulator.accounts["us"].agents]
    options, killed = Options(agents=[*agents, "PROJECT-NONE"]), list[float]()

    def kill() -> None:
        while not list((tmp_path / "there.jsonl.parts").glob("*.zst")):
            time.sleep(0.01)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        killed.append(time.monotonic())

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with emulator.client() as client:
        begin, before = time.monotonic(), len(emulator.requests)
        run = on_cluster(cluster.scheduler_address, {}, per_minute=200)
        report = export(tmp_path / "there.jsonl", client, options, run=run)
        end, requests = time.monotonic(), len(emulator.requests) - before
        export(tmp_path / "here.jsonl", client, options)
    killer.join(1)
    assert len(cluster.workers) == 2
    assert killed
    assert killed[0] < end
    # Five at once, the others 60 / 196 seconds apart; a turn that the killed worker had taken may be lost.
    assert end - begin > (requests - 5) * 60 / 196
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    assert report.rows == 2 * CONVERSATIONS
    assert list(report.failed) == ["PROJECT-NONE"]
    logs = repr(cluster.get_logs())
    assert "Scheduler" in logs
    assert not [key for key in emulator.keys.values() if key.value in logs]


def test_the_command_fetches_on_a_cluster_or_says_why_it_cannot(
    emulator: Emulator, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(name: str, scheduler: str) -> None:
        arguments = ["export", str(tmp_path / name), "--scheduler", scheduler, "--rate", "6000"]
        assert commands.main(arguments, standalone_mode=False) == 0

    command("there.csv", cluster.scheduler_address)
    with emulator.client() as client:
        export(tmp_path / "here.csv", client)
    for name in ("{}.csv", "{}.turns.csv"):
        there, here = (tmp_path / name.format(where) for where in ("there", "here"))
        assert there.read_bytes() == here.read_bytes()
    with distributed._connected("local", 2) as local:
        assert len(local.scheduler_info()["workers"]) == min(2, os.cpu_count() or 1)
    monkeypatch.setattr(distributed, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", emulator.url.replace("http:", "tcp:")):
        with pytest.raises(ConfigError, match=f"no Dask scheduler responds at {address}: "):
            command("other.csv", address)
    # What the workers write is not what this machine sees.
    monkeypatch.setattr(distributed, "read", lambda *_: None)
    with pytest.raises(ConfigError, match=r"do not have .*other\.csv\.parts; name a work folder that they share"):
        command("other.csv", cluster.scheduler_address)
