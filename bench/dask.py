"""dask: an export to Parquet with masking on a cluster of two worker processes, beside one worker, and no cluster."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from distributed import LocalCluster

from bench.export import Listing, environment, exported
from bench.measure import Line, in_turns
from bench.server import Canned
from polyai_data.export.distributed import on_cluster

COUNT, TURNS = 64_000, 5


def rows(rounds: int) -> list[Line]:
    """The lines of the row. Clusters are started before."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(Canned(Listing(COUNT, TURNS)))
        os.environ |= environment(url)

        def on(workers: int) -> Callable[[], object]:
            options: Any = {"dashboard_address": ":0", "silence_logs": logging.ERROR}
            cluster: Any = stack.enter_context(LocalCluster(n_workers=workers, threads_per_worker=1, **options))
            path, run = folder / f"{workers}.parquet", on_cluster(cluster.scheduler_address, {})
            return lambda: exported(path, url, COUNT, {"mask": True}, run=run)

        contenders: dict[str, Callable[[], object]] = {
            "2 workers": on(2),
            "1 worker": on(1),
            "threads": lambda: exported(folder / "here.parquet", url, COUNT, {"mask": True}),
        }
        medians = in_turns(contenders, rounds)
        assert (folder / "1.parquet").read_bytes() == (folder / "2.parquet").read_bytes()
    work = f"{COUNT:,} of {TURNS} turns to Parquet, masked, "
    ours, alone = (COUNT / medians[name] for name in ("2 workers", "1 worker"))
    return [
        Line("dask", f"{work}2 workers", ours, "1 worker", alone, "/ms", at_least=1.7),
        Line("dask", f"{work}1 worker", alone, "threads", COUNT / medians["threads"], "/ms"),
    ]
