"""A task is fetched into a part: a file of rows that is whole where it is there, and the same whoever makes it."""

from __future__ import annotations

import json
import mmap
import tempfile
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, nullcontext, suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from polyai_data.atomic_file import Target
from polyai_data.errors import ConfigError, DecodeError, DownloadError, NotFoundError
from polyai_data.export import plan, schema
from polyai_data.export.flatten import Flattener, completed, encode, masked, started
from polyai_data.export.schema import Conversation, Layout
from polyai_data.export.wire import Platform
from polyai_data.row_filters import Filter
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

if TYPE_CHECKING:
    from polyai_data import PolyAI

PAGE = 1000
"""Conversations of a page, the most that the API gives."""
DETAILED = 100
"""Conversations of a task that asks for the details of each: what a process that is killed loses."""
SPOOL = 2**18
"""Bytes that are written at once before they are sorted."""
ROWS_AT_ONCE = 100
"""Rows that are compressed together."""


class Job(msgspec.Struct, frozen=True):
    """How tasks are fetched.

    Attributes:
        route: `v3`, or `agents` where that is not open.
        layout: the columns of rows.
        details: whether each conversation's details are asked for too; on the agents routes they always are.
        mask: whether what is personal is masked.
        account: the account, or None for the client's.
        search: further parameters of the search; on the agents routes, the values that what is listed has one of.
        in_progress, filters, any_filter: which conversations to have of those that are listed, as `Options` say.
    """

    route: str
    layout: Layout
    details: bool = False
    mask: bool = False
    account: str | None = None
    search: dict[str, Any] = {}
    in_progress: bool | None = None
    filters: tuple[str, ...] = ()
    any_filter: bool = False


class Part(msgspec.Struct):
    """What a task came to. It is written once the rows are, so that where it is, all is.

    Attributes:
        rows, turns: how many the part has.
        invalid: conversations that could not be read, or were gone when their details were asked for.
        hidden: conversations whose turns the project hides.
        incomplete: conversations whose details could not be read.
        filtered: conversations that do not fulfil the filters.
        left_out: those of them that a result may have from before: id, agent and start.
        unknown: names of the filters that none of the task's conversations has.
        open: when those started that were in progress.
        undated: rows without a readable start as lines of JSON by their ids; they may be in other parts as well.
        pieces: the tasks that it was cut into, and has nothing itself.
    """

    rows: int = 0
    turns: int = 0
    invalid: int = 0
    hidden: int = 0
    incomplete: int = 0
    filtered: int = 0
    left_out: list[tuple[str, str | None, str | None]] = []
    unknown: list[str] = []
    open: list[str] = []
    undated: dict[str, str] = {}
    pieces: list[plan.Task] = []


Fetched = list[tuple[plan.Task, Part]]
"""Tasks that have rows, and what each came to."""


def data(folder: Path, task: plan.Task) -> Path:
    """The file with a task's rows."""
    return folder / f"{task.name}.jsonl.zst"


def read(folder: Path, task: plan.Task) -> Part | None:
    """What a task came to; None where it has not been fetched."""
    with suppress(FileNotFoundError):
        part = msgspec.json.decode((folder / f"{task.name}.json").read_bytes(), type=Part)
        if data(folder, task).exists():
            return part
    return None


def fetch(task: plan.Task, job: Job, client: PolyAI, folder: Path) -> Part:
    """Fetch a task into its part in `folder`, or cut it into pieces.

    Raises:
        PolyAIError: it cannot be fetched, or not be written (DownloadError). Nothing of it is left then.
    """
    part = Part()
    source = _Source(task, job, client, part)
    try:
        if job.route == "agents" and not task.ids:
            part.pieces = plan.batches(task, source.ids(), DETAILED)
        invalid = part.invalid
        with closing(source.items()) as items:
            # What is cut, which the first page shows, is made into rows by its pieces, and its details are theirs.
            first = list(islice(items, source.size)) if source.page_first else []
            _write(task, source, () if part.pieces else source.rows(chain(first, items)), part, folder)
        if part.pieces:
            part = Part(pieces=part.pieces, invalid=invalid, unknown=part.unknown)
        with Target(folder / f"{task.name}.json", private=True) as target:
            target.write(msgspec.json.encode(part))
            target.keep()
    except OSError as error:
        raise DownloadError.unwritable(folder, error) from None
    return part


def _write(task: plan.Task, source: _Source, rows: Iterable[Conversation], part: Part, folder: Path) -> None:
    """Write the rows of a task by start and id. Of all rows, the memory has these two and where each is."""
    import pyarrow as pa  # noqa: PLC0415 - it takes long

    codec, buffer = pa.Codec("zstd"), bytearray()
    keys, ends = list[str](), array("Q", [0])
    with Target(data(folder, task), private=True) as target, tempfile.TemporaryFile(dir=folder) as spool:
        for row in _owned(rows, part):
            before = len(buffer)
            encode(row, buffer)
            keys.append(f"{row.started_at}{row.conversation_id}")
            ends.append(ends[-1] + len(buffer) - before)
            if len(buffer) >= SPOOL:
                spool.write(buffer)
                buffer.clear()
        spool.write(buffer)
        spool.flush()
        order = [] if part.pieces else sorted(range(len(keys)), key=keys.__getitem__)
        opened: Any = mmap.mmap(spool.fileno(), ends[-1], access=mmap.ACCESS_READ) if order else nullcontext()
        with opened as written:
            for first in range(0, len(order), ROWS_AT_ONCE):
                lines = [written[ends[place] : ends[place + 1]] for place in order[first : first + ROWS_AT_ONCE]]
                target.write(codec.compress(b"".join(lines), asbytes=True))
                if hasattr(written, "madvise"):
                    written.madvise(mmap.MADV_DONTNEED)  # else all of it seems to be in use
        target.keep()
    part.unknown = source.fulfil.unknown


def _owned(rows: Iterable[Conversation], part: Part) -> Iterator[Conversation]:
    """The rows that belong to a task and have a start; all are counted."""
    for row in rows:
        if row.started_at is None:
            part.undated[row.conversation_id] = str(encode(row), "utf-8")
            continue
        turns = getattr(row, "turns", None)
        part.rows += 1
        part.turns += len(turns or ())
        part.hidden += bool(turns is not None and not turns and row.num_turns)
        if row.in_progress:
            part.open.append(row.started_at)
        yield row


def sample(task: plan.Task, job: Job, client: PolyAI) -> list[Conversation]:
    """The rows of a task's first page, without their details."""
    plain = msgspec.structs.replace(job, details=False, filters=(), any_filter=False, in_progress=None)
    source = _Source(task, plain, client, Part())
    with closing(source.listing(limit=PAGE).lines()) as lines:
        return list(source.rows(islice(lines, PAGE)))


def has(task: plan.Task, job: Job, client: PolyAI, offset: int) -> bool:
    """Whether a task has more conversations than `offset`."""
    return next(_Source(task, job, client, Part()).listing(limit=1, offset=offset).lines(), None) is not None


class _Source:
    """The rows of a task, as the server gives them.

    Attributes:
        size: conversations of a page.
        page_first: whether a page arrives before its rows are made: the task may well be cut, or a row takes a request,
            in which a page would wait in its connection.
        fulfil: the filters.
    """

    def __init__(self, task: plan.Task, job: Job, client: PolyAI, part: Part) -> None:
        self._task, self._job, self._part = task, job, part  # which counts what has no row
        self._conversations = client.conversations
        self._flattener = Flattener(job.layout)
        self._bounds = task.bounds
        self.size = DETAILED if job.details else PAGE
        self.page_first = not task.ids and (job.details or not task.cut)
        self.fulfil = Filter(job.filters, any_filter=job.any_filter)
        self._late = job.details and any(map(schema.only_in_details, self.fulfil.unknown))

    def items(self) -> Generator[bytes | Platform]:
        """What the server lists, or the ids' details. Some of it is other tasks'.

        It ends where the first page shows that many follow; the part has the pieces then.
        """
        if self._job.route == "agents":
            yield from filter(None, map(self._details, self._task.ids))
            return
        listing = self.listing(limit=self.size)
        times: list[str | None] = []
        with closing(listing.lines() if self.page_first or self.fulfil else listing._each(Platform)) as listed:
            for number, item in enumerate(listed, 1):
                if number <= self.size:
                    times.append(started(item))
                if number == self.size and (pieces := plan.pieces(self._task, times, self.size)):
                    self._part.pieces = pieces
                    return
                yield item
        self._part.invalid += listing.invalid

    def listing(self, **page: Any) -> Any:
        """The search for what belongs to the task."""
        job, task = self._job, self._task
        return self._conversations.search(
            agent_id=task.agent,
            account_id=job.account,
            start_time=task.start - plan.MARGIN,
            end_time=task.end + plan.MARGIN,
            include_latency=True,
            client_env=task.environment,
            **job.search,
            **page,
        )

    def rows(self, items: Iterable[bytes | Platform]) -> Iterator[Conversation]:
        """The rows of the task, with their details where these are asked for."""
        return self._read(self._row, items)

    def _row(self, item: Any) -> Conversation | None:
        """The row of a conversation; None where the task or the filters leave it out."""
        flattener, agents = self._flattener, self._job.route == "agents"
        row = flattener.agents(item) if agents else flattener.platform(item)
        if not self._owns(row) or not (self._late or self._fulfils(row, item)):
            return None
        details = self._details(row.conversation_id) if self._job.details and not agents else None
        if details is not None:
            row = completed(row, flattener.agents(details))
        if self._late and not self._fulfils(row, details or b"{}", item):
            return None
        if self._job.details and not agents and details is None:
            self._part.incomplete += row.started_at is not None  # else it comes in other tasks too
        return masked(row) if self._job.mask else row

    def _owns(self, row: Conversation) -> bool:
        """Whether a row belongs to the task."""
        if row.environment in CLIENT_ENVIRONMENT_VALUES - {self._task.environment} and self._task.environment:
            return False  # of a server that ignores the parameter
        return row.started_at is None or self._bounds[0] <= row.started_at < self._bounds[1]

    def _fulfils(self, row: Conversation, *lines: bytes) -> bool:
        """Whether the filters hold for a row, by its columns and by the fields that came."""
        holds = True
        if self.fulfil:
            fields = {name: getattr(row, name) for name in row.__struct_fields__}
            for line in lines:
                fields |= json.loads(line.decode("utf-8", "replace"))
            holds = self.fulfil(fields)
        if holds and self._job.in_progress in {None, bool(row.in_progress)}:
            return True
        self._part.filtered += row.started_at is not None  # without a start, it comes in other tasks too
        if self._task.again:
            self._part.left_out.append((row.conversation_id, row.agent_id, row.started_at))
        if row.in_progress and row.started_at is not None:
            self._part.open.append(row.started_at)  # to be seen again
        return False

    def _read(self, flatten: Callable[[Any], Conversation | None], items: Iterable[Any]) -> Iterator[Conversation]:
        for item in items:
            try:
                row = flatten(item)
            except (ValueError, RecursionError):
                self._part.invalid += 1
                continue
            if row is not None:
                yield row

    def ids(self) -> list[str]:
        """The ids on the agents routes of what belongs to the task, oldest first; without a start, last."""
        listing = self._conversations.list(agent_id=self._task.agent, limit=PAGE)
        start, end = self._bounds
        listed = self._read(Flattener(Layout()).agents, listing.lines())
        kept = (row for row in listed if row.started_at is None or start <= row.started_at < end)
        ids = sorted((row.started_at or "9", row.conversation_id) for row in kept if self._wanted(row))
        self._part.invalid += listing.invalid
        return [each for _, each in ids]

    def _wanted(self, row: Conversation) -> bool:
        return all(getattr(row, name) in values for name, values in self._job.search.items())

    def _details(self, identifier: str) -> bytes | None:
        try:
            model = self._conversations.get(identifier, agent_id=self._task.agent)
            return json.dumps(model.to_dict(nulls=True)).encode()
        except (NotFoundError, DecodeError, RecursionError, ConfigError) as error:
            if isinstance(error, ConfigError) and error.argument != "conversation_id":  # which none can ask for
                raise
            self._part.invalid += self._job.route == "agents"  # of a search, its row is there
            return None
