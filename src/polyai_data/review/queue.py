"""The queue of calls: its filters, and its rows, which are asked for page by page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode

from polyai_data.errors import ConfigError
from polyai_data.models import ConversationSummaryV3
from polyai_data.paging import Position
from polyai_data.row_filters import marks

if TYPE_CHECKING:
    from polyai_data import AsyncPolyAI

ROWS = 50
"""Rows on a page."""
_PAGE = 200
"""Conversations to ask for at once where some of them are left out."""
PATIENCE = 1.5
"""Seconds to look for rows before what there is is shown."""
_SNIPPET = 160


@dataclass(frozen=True)
class Filters:
    """What a queue has, as texts of a query string; an empty one filters nothing.

    Attributes:
        since, until: local times, ISO 8601; a bare day is included as a whole.
        env: `live`, `sandbox` or `pre-release`; the server's default is `live`.
        channel: such as `VOICE-SIP`; several with commas.
        query: what to search for, as `by` says: `transcript` for words, `semantic` for meaning.
        latency: seconds that the caller waited at least once.
        longer, shorter: seconds of the whole call.
        handoff: `yes` or `no`.
        hidden: `yes` for calls whose transcripts the project hides.
    """

    since: str = ""
    until: str = ""
    env: str = ""
    channel: str = ""
    query: str = ""
    by: str = ""
    latency: str = ""
    longer: str = ""
    shorter: str = ""
    handoff: str = ""
    hidden: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """The filters of a query string; what it has besides is left out."""
        return cls(**{each.name: str(query.get(each.name, "")).strip() for each in fields(cls)})

    def __str__(self) -> str:
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def search(self) -> dict[str, Any]:
        """The arguments of `conversations.search`.

        Raises:
            ConfigError: a filter is invalid; its `argument` names it.
        """
        start, end = self._time("since"), self._time("until")
        if self.query:  # the API wants a range with it
            start, end = start or datetime(2015, 1, 1, tzinfo=UTC), end or datetime.now(UTC) + timedelta(days=1)
        for name in ("latency", "longer", "shorter"):
            self.number(name)
        for name in ("handoff", "hidden"):
            if (value := getattr(self, name)) not in {"", "yes", "no"}:
                raise ConfigError(f"{name}: {value!r} is neither yes nor no", argument=name)
        arguments = {
            "start_time": start,
            "end_time": end,
            "client_env": self.env,
            "channel": [each.strip() for each in self.channel.split(",") if each.strip()],
            "query": self.query,
            "query_type": (self.by or "transcript") if self.query else None,
        }
        return {name: value for name, value in arguments.items() if value} | {"include_latency": True}

    def number(self, name: str) -> float | None:
        """The number that is a filter; ConfigError where it is none."""
        value = getattr(self, name)
        try:
            number = float(value) if value else None
        except ValueError:
            number = float("nan")
        if number is not None and not isfinite(number):
            raise ConfigError(f"{name}: {value!r} is no number of seconds", argument=name)
        return number

    def _time(self, name: str) -> datetime | None:
        value = getattr(self, name)
        try:
            time = datetime.fromisoformat(value) if value else None
            if time is not None and name == "until" and len(value) <= len("2026-05-04"):
                time += timedelta(days=1)
            return time and time.astimezone(UTC)
        except (OverflowError, ValueError):
            raise ConfigError(f"{name}: {value!r} is no time; write it as 2026-05-04", argument=name) from None

    @property
    def narrow(self) -> bool:
        """Whether some of what the server lists is left out here."""
        return any((self.latency, self.longer, self.shorter, self.handoff, self.hidden))

    def take(self, row: Row) -> bool:
        """Whether a row belongs to the queue, by what the server does not filter."""
        latency, longer, shorter = (self.number(name) for name in ("latency", "longer", "shorter"))
        return all((
            latency is None or (row.latency or 0) >= latency,
            longer is None or (row.seconds or 0) >= longer,
            shorter is None or (row.seconds is not None and row.seconds <= shorter),
            not self.handoff or row.handoff == (self.handoff == "yes"),
            not self.hidden or row.hidden == (self.hidden == "yes"),
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A call in the queue.

    Attributes:
        seconds: its duration, or None.
        latency: the longest that the caller waited, in seconds, or None.
        snippet: the first words of the caller, or what was searched for.
        hidden: whether its transcript is hidden although there are turns.
    """

    id: str
    started: datetime | None
    channel: str
    variant: str
    seconds: int | None
    turns: int
    latency: float | None
    handoff: bool
    in_progress: bool
    hidden: bool
    note: bool
    snippet: str

    @classmethod
    def of(cls, conversation: ConversationSummaryV3, words: str) -> Row:
        """The row of a conversation."""
        turns = conversation.turns or []
        said = [text for turn in turns for text in (turn.user_input, turn.agent_response) if text]
        found = next((text for text in said if marks(text, words)), None)
        first = next((turn.user_input for turn in turns if turn.user_input), None)
        return cls(
            conversation.id,
            conversation.started_at,
            conversation.channel or "",
            conversation.variant_name or "",
            conversation.total_duration,
            max(conversation.num_turns or 0, len(turns)),
            max((seconds for turn in turns if (seconds := turn.latency_seconds) is not None), default=None),
            bool(conversation.handoff),
            bool(conversation.in_progress),
            bool(conversation.num_turns) and not turns,
            bool(conversation.note),
            (found or first or "")[:_SNIPPET],
        )


class Place(NamedTuple):
    """Where a call is in a queue: its row, the ids of the calls around it, its page, and whether all is listed.

    Without a row, as it is not in the queue so far, `after` is the first call.
    """

    row: Row | None = None
    before: str | None = None
    after: str | None = None
    page: int = 1
    ended: bool = False


class Queue:
    """The calls that filters leave, as far as they were asked for.

    Attributes:
        rows: the calls so far, in the server's order.
        looked: how many conversations were looked at.
        ended: whether there are no more.
    """

    def __init__(self, client: AsyncPolyAI, filters: Filters) -> None:
        self.filters = filters
        self.rows: list[Row] = []
        self.looked = 0
        self.ended = False
        self._client = client
        self._arguments = {**filters.search(), "limit": _PAGE if filters.narrow else ROWS}
        self._next: Position | None = None
        self._index: dict[str, int] = {}
        self._lock = asyncio.Lock()

    async def load(self, count: int) -> None:
        """Ask for more until there are so many rows, all, or it took long enough.

        Raises:
            PolyAIError: a page does not arrive; the next call asks for it again.
        """
        async with self._lock:
            end = time.monotonic() + PATIENCE
            while len(self.rows) < count and not self.ended and (not self.looked or time.monotonic() < end):
                await self._load()

    async def _load(self) -> None:
        at = {} if self._next is None else {"cursor": self._next.cursor, "offset": self._next.offset}
        async for page in self._client.conversations.search(**self._arguments, **cast(Any, at)).pages():
            self.looked += len(page.items)
            for row in (Row.of(item, self.filters.query) for item in page.items):
                if row.id not in self._index and self.filters.take(row):
                    self._index[row.id] = len(self.rows)
                    self.rows.append(row)
            self._next = page.next
            self.ended = page.next is None
            return
        self.ended = True

    async def place(self, conversation: str) -> Place:
        """Where a call is. What was not asked for yet is, as far as it takes."""
        if not self.looked:
            await self.load(ROWS)
        at = self._index.get(conversation)
        if at is None:
            return Place(after=self.rows[0].id if self.rows else None, ended=self.ended)
        if at + 1 >= len(self.rows):
            await self.load(at + 2)
        after = self.rows[at + 1].id if at + 1 < len(self.rows) else None
        return Place(self.rows[at], self.rows[at - 1].id if at else None, after, at // ROWS + 1, self.ended)
