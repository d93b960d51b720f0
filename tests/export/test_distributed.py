"""An export on a real Dask cluster of processes, one of which is killed, beside one in threads: the same bytes."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError, PermissionDeniedError
from polyai_data.export import export
from polyai_data.export.distributed import on_cluster
from polyai_data.export.run import Options

DETAILS = Options(route="agents")
"""A request for each conversation, so that there are many tasks."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=700) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(emulator: Emulator) -> Iterator[LocalCluster]:
    with (
        pytest.MonkeyPatch.context() as patch,
        LocalCluster(2, threads_per_worker=2, dashboard_address=None, silence_logs=logging.CRITICAL) as running,
    ):
        for name, value in emulator.env().items():
            patch.setenv(name, value)
        yield running


def test_a_killed_worker_costs_nothing_but_time_and_no_key_is_in_the_cluster(
    emulator: Emulator, cluster: LocalCluster, tmp_path: Path
) -> None:
    with emulator.client() as client:
        export(tmp_path / "here.jsonl", client, DETAILS)
        killed: list[int] = []

        def kill() -> None:
            while len(list((tmp_path / "there.jsonl.parts").glob("*.zst"))) < 4:
                time.sleep(0.01)
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        report = export(
            tmp_path / "there.jsonl", client, DETAILS, run=on_cluster(cluster.scheduler_address, {}, per_minute=60_000)
        )
        killer.join()
    assert killed
    assert report.rows == 700
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    with Client(cluster) as dask:
        shown = repr(dask.get_scheduler_logs(n=None)) + repr(dask.run_on_scheduler(_state))
    assert not [key for key in emulator.keys.values() if key.value in shown]
