"""An export from beginning to end: ask in tasks, many at once, then write the result."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from polyai_data import arguments
from polyai_data.arguments import PARALLEL
from polyai_data.crew import Crew
from polyai_data.errors import (
    AuthenticationError,
    ConfigError,
    DownloadError,
    NotFoundError,
    PermissionDeniedError,
    PolyAIError,
)
from polyai_data.export import fetch, plan, schema
from polyai_data.export.order import Options, go_on, order_of, reached_by, state_of, turns_of
from polyai_data.export.report import Report, report_of
from polyai_data.export.work import Order, Work
from polyai_data.export.work import folder as folder_of

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from polyai_data import PolyAI
    from polyai_data.export import finish

FINISHING = "finishing"
"""The file of a work folder whose result is being written: what is at the destination may be ours."""
REFUSED = (AuthenticationError, PermissionDeniedError, NotFoundError)
"""Errors that are an agent's own, so that the others are exported."""


@dataclass
class Progress:
    """How far an export is.

    Attributes:
        rows: conversations so far.
        part: how many of the tasks that are known are complete, from 0 to 1.
        begun: what the clock `monotonic` showed at the beginning.
        resumed: conversations of them that an earlier run had fetched.
    """

    rows: int = 0
    part: float = 0.0
    begun: float = field(default_factory=monotonic)
    resumed: int = 0


Run = Callable[[Order, Work], "tuple[fetch.Fetched, dict[str, PolyAIError]]"]


def export(
    destination: str | os.PathLike[str],
    client: PolyAI,
    options: Options | None = None,
    *,
    format: str | None = None,
    by_day: bool = False,
    since_last: bool = False,
    overwrite: bool = False,
    work: str | os.PathLike[str] | None = None,
    parallel: int = PARALLEL,
    progress: Callable[[Progress], None] | None = None,
    run: Run | None = None,
) -> Report:
    """Export conversations to a file.

    What was fetched is kept in a work folder until the result is complete. The same call goes on where an interrupted
    one ended.

    Args:
        destination: a path, or any URL that fsspec knows; its end names the format: `.jsonl`, `.jsonl.gz`,
            `.jsonl.zst`, `.csv`, `.parquet`, `.duckdb`.
        client: a client; give it `requests_per_minute`, as the vendor limits them.
        options: what to export; None for all of the client's agent.
        format: the format of a folder of days that has another name, as its files end, without the first dot.
        by_day: whether the destination is a folder with a folder for each day of UTC, `day=2026-05-04`.
        since_last: whether to go on from the export that made the destination: what is new is added, what was in
            progress then is replaced. The first time, it is an export as any other.
        overwrite: whether a destination that exists is replaced.
        work: where the work folder is made, `<destination>.parts`; None for beside the destination, or for a URL in the
            user's cache folder.
        parallel: how many requests are sent at once, from 1 to 64.
        progress: called after each task.
        run: fetches all tasks, instead of threads here.

    Raises:
        ConfigError: an option is invalid, or the destination or the work folder belongs to another export.
        DownloadError: the result or the work folder cannot be written.
        PolyAIError: any other failure. The work folder keeps what was fetched.
    """
    from polyai_data.export import finish  # noqa: PLC0415 - it takes long

    began, options = monotonic(), options or Options()
    arguments.parallel(parallel)
    if since_last and overwrite:
        raise ConfigError("since_last adds to what overwrite replaces; leave one of them out", argument="overwrite")
    target = finish.Destination(str(destination), format, by_day=by_day)
    turns = options.turns or turns_of(target.format)
    order = order_of(client, options, turns)
    names = order.job.layout.metrics
    if target.format == "duckdb" and len(names) > len({each.encode().lower() for each in names}):
        message = f"metrics are {', '.join(names)}, and DuckDB takes some of these names for one; name each once"
        raise ConfigError(message, argument="metrics")
    order.asked |= {"format": target.format, "by_day": by_day, "turns": turns, "since_last": since_last}
    order.asked["destination"] = target.path
    exists = target.check(schema.tables(order.job.layout, nested=turns != "table"))
    content = target.read(target.state) if exists and (since_last or overwrite) else None
    state = state_of(content)
    if since_last and content is not None and state is not None:
        go_on(order, state, target.url)
        order.before = hashlib.sha256(content).hexdigest()
    with Work(folder_of(target.url, work)) as folder:
        begun = folder.order(order.asked)
        fresh = not (folder.path / FINISHING).exists()
        if fresh and exists and not order.before and not overwrite:
            raise _exists(target, exists, since_last=since_last)
        if begun is not None and begun.before != order.before and (fresh or not order.before):
            message = f"{target.url} is not as it was when its export began; delete {folder.path} to begin anew"
            raise ConfigError(message, argument="destination")
        if begun is None:
            if not order.tasks:  # the result goes further than what is asked for
                return Report(environments=[each or "all" for each in order.asked["environments"]])
            folder.begin(order)
        order = begun or order
        fetched, failed = (run or _threads(client, parallel, progress))(order, folder)
        if failed and exists and overwrite:  # whose rows would be lost
            raise next(iter(failed.values()))
        report = report_of(order, fetched, failed)
        try:
            (folder.path / FINISHING).touch(0o600)
            written = finish.write(
                target,
                fetched,
                order.job.layout,
                nested=turns != "table",
                folder=folder.path,
                state=state,
                append=since_last,
            )
            reached = reached_by(order, fetched, failed, state if since_last else None)
            reached.files = sorted({*written, *(state.files if since_last and state else ())})
            made = folder.path / "state"
            made.write_bytes(msgspec.json.encode(reached))
            target.publish(made, target.state)
        except (OSError, msgspec.MsgspecError) as error:
            raise DownloadError.unwritable(target.url, error) from None
        folder.remove()
    report.files = [target.file(name) for name in written]
    report.seconds = monotonic() - began
    return report


def _exists(target: finish.Destination, path: str, *, since_last: bool) -> ConfigError:
    message = f"{path} exists; since_last adds what is new, overwrite replaces it"
    if since_last:
        message = f"{path} exists, and since_last needs {target.state}, which says how far it goes"
    return ConfigError(message, argument="destination")


def frame(client: PolyAI, options: Options | None = None, *, parallel: int = PARALLEL, **given: Any) -> pa.Table:
    """Conversations as an Arrow table, which pandas, Polars and DuckDB read.

    It warns (`UserWarning`) of what the `Report` of an export would have as `warnings`.

    Args:
        client: a client.
        options: what to export; its attributes can be given as arguments too, such as `since=`.
        parallel: how many requests are sent at once, from 1 to 64.

    Raises:
        PolyAIError: any failure, also of a single agent.
    """
    import pyarrow as pa  # noqa: PLC0415

    from polyai_data.export import formats  # noqa: PLC0415

    arguments.parallel(parallel)
    options = replace(options or Options(), **given)
    order = order_of(client, options, options.turns or "nested")
    fields = schema.arrow(schema.tables(order.job.layout, nested=True)["conversations"])
    with gathered(client, order, parallel) as (_, blocks):
        tables = [formats.arrow_table(block, fields) for block in blocks]
    return pa.concat_tables([fields.empty_table(), *tables])


@contextmanager
def gathered(client: PolyAI, order: Order, parallel: int) -> Iterator[tuple[fetch.Fetched, Iterator[bytes]]]:
    """What an order comes to, and its rows as lines of JSON, many at once, by way of a folder that is removed.

    It warns of what the `Report` of an export would have as `warnings`.

    Raises:
        PolyAIError: any failure, also of a single agent.
    """
    from polyai_data.export import finish  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="polyai-data-") as name, Work(Path(name)) as folder:
        fetched, failed = _threads(client, parallel, None)(order, folder)
        if failed:
            raise next(iter(failed.values()))
        for text in report_of(order, fetched, {}).warnings:
            warnings.warn(text, stacklevel=4)  # at the call of `frame`
        yield fetched, finish.lines(folder.path, fetched)


def _threads(client: PolyAI, parallel: int, progress: Callable[[Progress], None] | None) -> Run:
    """Fetches all tasks of an order in threads."""

    def run(order: Order, folder: Work) -> tuple[fetch.Fetched, dict[str, PolyAIError]]:
        tracker = Tracker(order, folder.path, progress)

        def call(task: plan.Task) -> tuple[plan.Task, fetch.Part | PolyAIError]:
            try:
                return task, fetch.fetch(task, order.job, client, folder.path)
            except PolyAIError as error:
                return task, error

        with closing(Crew(parallel)) as crew:
            while True:
                while not crew.full and (task := tracker.next()) is not None:
                    crew.start(call, task)
                if crew.idle:
                    return tracker.fetched(), tracker.failed
                for task, part in crew.finished(wait=True):
                    tracker.take(task, part)

    return run


class Tracker:
    """Which tasks are to be fetched, and what came of those that were. No I/O but looking for parts.

    Attributes:
        failed: the errors of agents that cannot be exported.
    """

    def __init__(self, order: Order, folder: Path, progress: Callable[[Progress], None] | None = None) -> None:
        self._folder, self._report = folder, progress or (lambda _: None)
        self._waiting = deque(order.tasks)
        self._known = len(order.tasks)
        self._parts: dict[str, tuple[plan.Task, fetch.Part]] = {}
        self._progress = Progress()
        self.failed: dict[str, PolyAIError] = {}
        self._report(self._progress)

    def next(self) -> plan.Task | None:
        """A task that is to be fetched; None where all that are known are under way or complete."""
        while self._waiting:
            task = self._waiting.popleft()
            if task.agent in self.failed:
                continue
            if (part := fetch.read(self._folder, task)) is None:
                return task
            self._progress.resumed += part.rows
            self.take(task, part)
        return None

    def take(self, task: plan.Task, part: fetch.Part | PolyAIError) -> None:
        """Take what a task came to.

        Raises:
            PolyAIError: it is an error that ends the export.
        """
        if isinstance(part, PolyAIError):
            if not isinstance(part, REFUSED):
                raise part
            self.failed.setdefault(task.agent, part)
            return
        self._parts[task.name] = (task, part)
        self._known += len(part.pieces)
        self._waiting.extendleft(reversed(part.pieces))
        self._progress.rows += part.rows
        self._progress.part = max(self._progress.part, len(self._parts) / self._known)
        self._report(self._progress)

    def fetched(self) -> fetch.Fetched:
        """The tasks that have rows, in the order of the result, and what each came to.

        Raises:
            PolyAIError: no agent could be exported.
        """
        made = [both for _, both in sorted(self._parts.items()) if both[0].agent not in self.failed]
        if self.failed and not made:
            raise next(iter(self.failed.values()))
        return made
