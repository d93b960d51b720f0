"""An export on a Dask cluster: what is fetched at once is a task there, so that a lost worker costs its tasks alone.

Workers write parts into the work folder, which they and this machine must share. They find the key as every client
does, in their environment or in a profile: none is part of a task.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, LocalCluster, as_completed, get_client

from polyai_data import PolyAI
from polyai_data.arguments import PARALLEL
from polyai_data.errors import ConfigError, PolyAIError
from polyai_data.export.fetch import Fetched, Job, Part, fetch, read
from polyai_data.export.plan import Task
from polyai_data.export.run import Progress, Run, Tracker
from polyai_data.export.work import Order, Work
from polyai_data.rate import Rate

CONNECT_SECONDS = 5


class ClusterRate(Rate):
    """A rate whose turns the cluster's scheduler gives out, to all workers.

    Args:
        per_minute: how many requests, of the whole cluster.
        name: what the requests have in common that share it: the profile, and so the key.
    """

    def __init__(self, per_minute: float, name: str) -> None:
        super().__init__(per_minute)
        self._name = name

    def turn(self, now: float, until: float = math.inf) -> float | None:
        """As a `Rate`'s, in a task of the cluster. Clocks of machines differ, so none but the scheduler's counts."""
        wait: Any = get_client().run_on_scheduler(_turn, self._name, self.per_minute, until - now)
        return None if wait is None else float(wait)


def _turn(name: str, per_minute: float, left: float, dask_scheduler: Any = None) -> float | None:
    rates = dask_scheduler.extensions.setdefault("polyai_data", {})
    rate: Rate = rates.setdefault((name, per_minute), Rate(per_minute))
    now = monotonic()
    return rate.turn(now, now + left)


def on_cluster(
    scheduler: str,
    settings: Mapping[str, str | None],
    *,
    per_minute: float | None = None,
    parallel: int = PARALLEL,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """What fetches the tasks of an export on a Dask cluster: `run=` of `export`.

    Args:
        scheduler: the cluster's, such as `tcp://10.0.0.1:8786`, or `local` for processes of this machine. Its workers
            need polyai-data with the extra `distributed`, and the work folder at the same path as here.
        settings: arguments of the workers' `PolyAI` that are no secrets: `profile`, `region`, `account_id`, `base_url`.
        per_minute: requests a minute of all workers together; None for no limit.
        parallel: how many tasks are under way at once with `local`; other clusters decide by their threads.
        progress: called after each task.

    Raises:
        ConfigError: no scheduler responds, or its workers do not share the work folder.
    """
    names = tuple(sorted(settings.items()))

    def run(order: Order, work: Work) -> tuple[Fetched, dict[str, PolyAIError]]:
        tracker, prefix = Tracker(order, work.path, progress), f"polyai-{uuid4().hex[:8]}"
        with _connected(scheduler, parallel) as cluster:
            under_way, tasks = as_completed([], raise_errors=False), dict[Any, Task]()

            def begin() -> None:
                while (task := tracker.next()) is not None:
                    arguments = (task, order.job, names, per_minute, str(work.path.resolve()))
                    future = cluster.submit(_fetch, *arguments, key=f"{prefix}-{task.name}", pure=False)
                    tasks[future.key] = task
                    under_way.add(future)

            begin()
            for future in under_way:
                task = tasks.pop(future.key)
                part = _result(future, task)
                if isinstance(part, Part) and read(work.path, task) is None:
                    message = f"the workers at {scheduler} do not have {work.path}; name a work folder that they share"
                    raise ConfigError(message, argument="work")
                tracker.take(task, part)
                begin()
        return tracker.fetched(), tracker.failed

    return run


def _fetch(
    task: Task, job: Job, settings: tuple[tuple[str, str | None], ...], per_minute: float | None, folder: str
) -> Part:
    return fetch(task, job, _client(settings, per_minute), Path(folder))


@cache
def _client(settings: tuple[tuple[str, str | None], ...], per_minute: float | None) -> PolyAI:
    """The client of a worker, which all its tasks share."""
    options: dict[str, Any] = dict(settings)
    rate = None if per_minute is None else ClusterRate(per_minute, options.get("profile") or "")
    return PolyAI(requests_per_minute=rate, **options)


def _result(future: Any, task: Task) -> Part | PolyAIError:
    error = future.exception()
    if isinstance(error, KilledWorker):
        return PolyAIError(f"{task.name}: the workers that had it were lost, {error.allowed_failures + 1} in a row")
    if error is None:
        part: Part = future.result()
        return part
    if isinstance(error, PolyAIError):
        return error
    raise error


@contextmanager
def _connected(scheduler: str, parallel: int) -> Iterator[Client]:
    with ExitStack() as stack:
        address: Any = scheduler
        if scheduler == "local":
            processes = min(parallel, os.cpu_count() or 1)
            threads = math.ceil(parallel / processes)
            options: Any = {"dashboard_address": None, "silence_logs": logging.ERROR}
            address = stack.enter_context(LocalCluster(n_workers=processes, threads_per_worker=threads, **options))
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever another server's response is taken for
            message = f"scheduler: no Dask scheduler responds at {scheduler}: {error or type(error).__name__}"
            raise ConfigError(message, argument="scheduler") from None
        yield stack.enter_context(client)
