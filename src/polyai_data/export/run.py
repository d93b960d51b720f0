"""An export from beginning to end: ask in tasks, many at once, then write the result."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from polyai_data import arguments
from polyai_data.crew import MOST, Crew
from polyai_data.errors import (
    AuthenticationError,
    ConfigError,
    NotFoundError,
    PermissionDeniedError,
    PolyAIError,
)
from polyai_data.export import fetch, plan, schema
from polyai_data.export.schema import Layout
from polyai_data.export.work import Order, Work, check_same, folder_beside
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from polyai_data import PolyAI

PARALLEL = 8
LAG = timedelta(hours=1)
"""Of what was exported before, this much is asked for again: what the server listed late."""
REFUSED = (AuthenticationError, PermissionDeniedError, NotFoundError)
"""Errors that are an agent's own, so that the others are exported."""
Turns = Literal["nested", "table", "none"]


@dataclass(frozen=True)
class Options:
    """What to export, and how.

    Attributes:
        agents: ids, or names in the profile; none for the client's own.
        since, until: what started at or after the one and before the other: times with their offset, dates, or ISO
            8601 texts; None for all, and for now.
        environments: `live`, `pre-release`, `sandbox`; none for all.
        channel, variant_id: only those conversations.
        route: `v3`, or `agents` with a request for each conversation; None for `v3` where it is open.
        details: whether to ask for the details of each conversation too: its summary, language and function events.
        turns: as a `nested` column, as a `table` of their own, or `none`; None for what suits the format.
        metrics: metrics to have as columns `metric_<name>`.
        function_events: whether to have function events; it includes `details`.
        mask: whether numbers and what `polyai_data.personal` recognises in texts are masked.
    """

    agents: Sequence[str] = ()
    since: date | str | None = None
    until: date | str | None = None
    environments: Sequence[str] = ()
    channel: Sequence[str] = ()
    variant_id: str | None = None
    route: Literal["v3", "agents"] | None = None
    details: bool = False
    turns: Turns | None = None
    metrics: Sequence[str] = ()
    function_events: bool = False
    mask: bool = False


@dataclass
class Progress:
    """How far an export is.

    Attributes:
        rows: conversations so far.
        part: how much of the time range is complete, from 0 to 1.
        begun: what the clock `monotonic` showed at the beginning.
        resumed: conversations of them that an earlier run had fetched.
    """

    rows: int = 0
    part: float = 0.0
    begun: float = field(default_factory=monotonic)
    resumed: int = 0


@dataclass
class Report:
    """What an export did, and what it left out.

    Attributes:
        files: the paths or URLs of the result.
        rows, turns: how many conversations and turns were exported.
        since, until: the time range.
        environments: those that were asked for.
        counts: conversations by agent and environment.
        in_progress: conversations that had not ended; an export that goes on from this one has them again.
        hidden: conversations whose turns the project hides.
        undated: conversations without a readable start.
        invalid: conversations that could not be read.
        failed: the error of each agent that is not in the result.
        seconds: how long it took.
    """

    files: list[str] = field(default_factory=list)
    rows: int = 0
    turns: int = 0
    since: datetime | None = None
    until: datetime | None = None
    environments: list[str] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    in_progress: int = 0
    hidden: int = 0
    undated: int = 0
    invalid: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class _Through(msgspec.Struct):
    """How far the result goes for an agent and an environment, and when what was in progress then had started."""

    agent: str
    environment: str | None
    until: datetime
    open: list[datetime]


class _State(msgspec.Struct):
    asked: dict[str, Any]
    through: list[_Through]


Fetched = list[tuple[plan.Task, fetch.Part]]
Run = Callable[[Order, Work], "tuple[Fetched, dict[str, PolyAIError]]"]


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
    spelled: dict[str, Any] | None = None,
    run: Run | None = None,
) -> Report:
    """Export conversations to a file.

    What was fetched is kept in a work folder until the result is complete. The same call goes on where an interrupted
    one ended.

    Args:
        destination: a path, or any URL that fsspec knows; its end names the format unless `format` does: `.jsonl`,
            `.jsonl.gz`, `.jsonl.zst`, `.csv`, `.parquet`, `.duckdb`.
        client: a client; give it `requests_per_minute`, as the vendor limits them.
        options: what to export; None for all of the client's agent.
        format: the format, as its names end, without the first dot.
        by_day: whether the destination is a folder with a folder for each day of UTC, `day=2026-05-04`.
        since_last: whether to go on from the export that made the destination: what is new is added, what was in
            progress then is replaced. The first time, it is an export as any other.
        overwrite: whether a destination that exists is replaced.
        work: the work folder; defaults to `<destination>.parts`, or for a URL to one in the user's cache folder.
        parallel: how many requests are sent at once, from 1 to 64.
        progress: called after each task.
        spelled: times as the user wrote them, such as `3 days ago`: what decides whether a call is the same one.
        run: fetches all tasks, instead of threads here.

    Raises:
        ConfigError: an option is invalid, or the destination or the work folder belongs to another export.
        DownloadError: the result or the work folder cannot be written.
        PolyAIError: any other failure. The work folder keeps what was fetched.
    """
    from polyai_data.export import finish  # noqa: PLC0415 - it takes long, and `frame` does without

    began, options = monotonic(), options or Options()
    arguments.parallel(parallel, most=MOST)
    target = finish.Destination(str(destination), format, by_day=by_day)
    exists = target.check()
    state = _state(target.read(target.state)) if since_last and exists else None
    if exists and state is None and not overwrite:
        remedy = "overwrite it, or export to another file" if since_last else "overwrite it, or go on with since_last"
        raise ConfigError(f"{target.url} exists; {remedy}", argument="destination")
    turns = options.turns or _turns(target.format)
    order = _order(client, options, turns, spelled)
    order.asked |= {"format": target.format, "by_day": by_day, "turns": turns, "since_last": since_last}
    if state is not None:
        _continue(order, state, target.url)
    with Work(Path(work) if work is not None else folder_beside(target.url)) as folder:
        begun = folder.order(order.asked)
        if begun is None:
            folder.begin(order)
        order = begun or order
        fetched, failed = (run or _threads(client, parallel, progress))(order, folder)
        report = _report(order, fetched, failed)
        about = {"exported_at": datetime.now(UTC), "schema_version": schema.VERSION, "rows": report.rows} | {
            "since": report.since, "until": report.until, "agents": [*dict.fromkeys(task.agent for task in order.tasks)]
        }  # fmt: skip
        report.files = finish.write(
            target,
            fetched,
            order.job.layout,
            nested=turns != "table",
            append=state is not None,
            folder=folder.path,
            about=about,
        )
        content = msgspec.json.encode(_reached(order, fetched, failed, state))
        made = folder.path / "state"
        made.write_bytes(content)
        target.publish(made, target.state)
        folder.remove()
    report.seconds = monotonic() - began
    return report


def frame(client: PolyAI, options: Options | None = None, *, parallel: int = PARALLEL, **given: Any) -> pa.Table:
    """Conversations as an Arrow table, which pandas, Polars and DuckDB read.

    Args:
        client: a client.
        options: what to export; or its attributes as arguments, such as `since=`.
        parallel: how many requests are sent at once.

    Raises:
        PolyAIError: any failure, also of a single agent.
    """
    import pyarrow as pa  # noqa: PLC0415

    from polyai_data.export import finish, formats  # noqa: PLC0415

    options = options or Options(**given)
    order = _order(client, options, options.turns or "nested", None)
    fields = schema.arrow(schema.tables(order.job.layout, nested=True)["conversations"])
    with tempfile.TemporaryDirectory(prefix="polyai-data-") as name, Work(Path(name)) as folder:
        fetched, failed = _threads(client, parallel, None)(order, folder)
        if failed:
            raise next(iter(failed.values()))
        tables = [formats.arrow_table(block, fields) for block in finish.lines(folder.path, fetched)]
    return pa.concat_tables([fields.empty_table(), *tables])


@dataclass(frozen=True)
class Estimate:
    """What an export of an agent in an environment would cost.

    Attributes:
        agent, environment: which.
        rows, requests, bytes: to a few per cent; bytes are rows as JSON lines, without compression. On the agents
            routes 0, as their listing has no turns.
        exact: whether one page has all.
    """

    agent: str
    environment: str | None
    rows: int
    requests: int
    bytes: int
    exact: bool


def estimate(client: PolyAI, options: Options | None = None) -> list[Estimate]:
    """What an export would cost, from a few requests for each agent and environment. Nothing is written.

    Raises:
        PolyAIError: any failure.
    """
    order = _order(client, options or Options(), "nested", None)
    return [_estimate(task, order.job, client) for task in order.tasks]


def _estimate(task: plan.Task, job: fetch.Job, client: PolyAI) -> Estimate:
    if job.route == "agents":
        page = next(client.conversations.list(agent_id=task.agent, limit=fetch.PAGE).pages())
        rows = max(page.total or 0, len(page.items))
        return Estimate(task.agent, task.environment, rows, rows + rows // fetch.PAGE + 1, 0, exact=False)
    with closing(fetch.rows(task, job, client)) as listing:
        first = list(islice(listing, fetch.PAGE))
    rows, size = len(first), sum(len(msgspec.json.encode(row)) for row in first)
    exact = rows < fetch.PAGE
    if not exact:
        rows = _counted(task, job, client)
    requests = 1 if exact else rows // fetch.PAGE + rows // (fetch.PAGE * plan.PIECE_PAGES) + 2
    requests += rows if job.details else 0
    return Estimate(task.agent, task.environment, rows, requests, size * rows // max(len(first), 1), exact)


def _counted(task: plan.Task, job: fetch.Job, client: PolyAI) -> int:
    """How many conversations a task has, to about 5 %: no operation counts, but one shows what is after so many."""
    least, most = fetch.PAGE, 2 * fetch.PAGE
    while fetch.has(task, job, client, most):
        least, most = most, 2 * most
    while most - least > least // 20:
        middle = (least + most) // 2
        least, most = (middle, most) if fetch.has(task, job, client, middle) else (least, middle)
    return least


def _turns(format: str) -> Turns:
    from polyai_data.export.formats import FORMATS  # noqa: PLC0415

    return "nested" if FORMATS[format].nested else "table"


def _order(client: PolyAI, options: Options, turns: Turns, spelled: dict[str, Any] | None) -> Order:
    """What to fetch, from the options."""
    config = client._session.config
    until = _moment("until", options.until) or datetime.now(UTC)
    since = _moment("since", options.since) or plan.BEGINNING
    if since >= until:
        raise ConfigError(f"since is {since:%Y-%m-%d %H:%M:%S}, and until {until:%Y-%m-%d %H:%M:%S}", argument="since")
    agents = list(dict.fromkeys(config.agent(each) for each in (*options.agents,) or (None,)))
    for each in options.environments:
        arguments.choice("environments", each, CLIENT_ENVIRONMENT_VALUES)
    details = options.details or options.function_events
    route = options.route or _route(client)
    everything: list[Any] = sorted(CLIENT_ENVIRONMENT_VALUES) if route == "v3" else [None]
    environments = sorted(options.environments) or everything
    job = fetch.Job(
        route=route,
        layout=Layout(tuple(options.metrics), turns != "none", options.function_events),
        details=details,
        mask=options.mask,
        account=config.account_id,
        channel=tuple(options.channel) or None,
        variant_id=options.variant_id,
    )
    tasks = [
        plan.Task(agent, number, environment, since, until)
        for number, agent in enumerate(agents)
        for environment in environments
    ]
    asked = {
        "schema": schema.VERSION, "agents": agents, "since": str(options.since or ""),
        "until": str(options.until or ""), "environments": environments, "channel": sorted(options.channel),
        "variant_id": options.variant_id,
        "route": job.route, "details": details, "metrics": list(options.metrics),
        "function_events": options.function_events, "mask": options.mask,
    }  # fmt: skip
    return Order(asked | (spelled or {}), job, tasks, until)


def _moment(name: str, value: date | str | None) -> datetime | None:
    made = arguments.moment(name, value)
    return None if made is None else made.astimezone(UTC)


def _route(client: PolyAI) -> str:
    """The v3 route where the region has it and an account is known."""
    config = client._session.config
    with suppress(ConfigError):
        config.route("searchConversations")
        config.account(None)
        return "v3"
    return "agents"


def _state(content: bytes | None) -> _State | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=_State)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"the state of the export cannot be read: {error}", argument="since_last") from None


_VARIES = ("agents", "since", "until", "since_last")
"""What an export that goes on from another can have otherwise."""


def _continue(order: Order, state: _State, url: str) -> None:
    """Have an order ask for what is new since the export of the `state`, and again for what was in progress then."""
    before, now = ({k: v for k, v in asked.items() if k not in _VARIES} for asked in (state.asked, order.asked))
    check_same(before, now, f"{url} was exported", "overwrite it")
    through = {(each.agent, each.environment): each for each in state.through}
    tasks = []
    for task in order.tasks:
        last = through.get((task.agent, task.environment))
        if last is None:
            tasks.append(task)
            continue
        ranges = [(last.until - LAG, order.until)]
        for started in sorted((each for each in last.open if each < last.until - LAG), reverse=True):
            begin = started.replace(microsecond=0)
            if ranges[-1][0] - begin < LAG:
                ranges[-1] = (begin, ranges[-1][1])
            else:
                ranges.append((begin, begin + timedelta(seconds=1)))
        tasks += [msgspec.structs.replace(task, start=a, end=b) for a, b in reversed(ranges) if a < b]
    order.tasks = tasks


def _reached(order: Order, fetched: Fetched, failed: Iterable[str], state: _State | None) -> _State:
    """How far the result goes now."""
    reached = {(each.agent, each.environment): each for each in (state.through if state else [])}
    for task in order.tasks:
        if task.agent not in failed:
            reached[task.agent, task.environment] = _Through(task.agent, task.environment, order.until, [])
    for task, part in fetched:
        reached[task.agent, task.environment].open += map(datetime.fromisoformat, part.open)
    return _State(order.asked, list(reached.values()))


def _threads(client: PolyAI, parallel: int, progress: Callable[[Progress], None] | None) -> Run:
    """Fetches all tasks of an order in threads."""

    def run(order: Order, folder: Work) -> tuple[Fetched, dict[str, PolyAIError]]:
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
        self._weights = {task.name: 1 / len(order.tasks) for task in order.tasks}
        self._parts: dict[str, tuple[plan.Task, fetch.Part]] = {}
        self._progress = Progress()
        self.failed: dict[str, PolyAIError] = {}

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
        weight = self._weights.pop(task.name)
        if part.pieces:
            for each in part.pieces:
                whole = (task.end - task.start) / (each.end - each.start) if not each.ids else len(part.pieces)
                self._weights[each.name] = weight / whole
            self._waiting.extendleft(reversed(part.pieces))
            return
        self._parts[task.name] = (task, part)
        self._progress.rows += part.rows
        self._progress.part += weight
        self._report(self._progress)

    def fetched(self) -> Fetched:
        """The tasks that have rows, in the order of the result, and what each came to.

        Raises:
            PolyAIError: no agent could be exported.
        """
        made = [both for _, both in sorted(self._parts.items()) if both[0].agent not in self.failed]
        if self.failed and not made:
            raise next(iter(self.failed.values()))
        return made


def _report(order: Order, fetched: Fetched, failed: dict[str, PolyAIError]) -> Report:
    made = Report(
        since=min(task.start for task in order.tasks),
        until=order.until,
        environments=list(dict.fromkeys(task.environment or "all" for task in order.tasks)),
        failed={agent: str(error) for agent, error in failed.items()},
    )
    undated = set[str]()
    for task, part in fetched:
        key = task.agent, task.environment or "all"
        made.counts[key] = made.counts.get(key, 0) + part.rows
        made.rows += part.rows
        made.turns += part.turns
        made.in_progress += len(part.open)
        made.hidden += part.hidden
        made.invalid += part.invalid
        undated |= part.undated.keys()
    made.undated = len(undated)
    made.rows += made.undated
    return made
