"""What an export asks for, in tasks that are independent of each other. No I/O.

A task is a time range of one agent in one environment, and owns what started in it. It is asked for with a second's
margin on both sides, and what it does not own is dropped: so each conversation is in one task, however a server reads
the borders. Where the first page of a task shows that many follow, the task is cut into pieces, which are tasks too.
Each is cut by its own data alone, so that two runs cut alike.

On the agents routes, which know no times, a task is a part of the list of ids.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from polyai_data_client.models.client_environment import ClientEnvironment

MARGIN = timedelta(seconds=1)
PIECE_PAGES = 4
"""Pages that a piece is meant to have: enough to cost few requests of its own, few enough to lose with a process."""
MOST_PIECES = 16
"""Pieces that a task is cut into at once: where the range is far wider than what it has, most of them are empty."""
BEGINNING = datetime(2016, 1, 1, tzinfo=UTC)
"""Where a range without a start begins; no conversation is older."""


class Task(msgspec.Struct, frozen=True):
    """What is fetched at once: picklable, and the same wherever it runs.

    Attributes:
        agent: the agent's id.
        number: its place among the agents of the export.
        environment: the environment, or None for all, on the agents routes.
        start, end: what started from `start` to before `end` belongs to it.
        batch: on the agents routes, which part of the list of ids.
        ids: that part.
        again: whether a result that it is added to may have what belongs to it.
        cut: whether it is a piece of another, and so hardly cut itself.
    """

    agent: str
    number: int
    environment: ClientEnvironment | None
    start: datetime
    end: datetime
    batch: int = 0
    ids: tuple[str, ...] = ()
    again: bool = False
    cut: bool = False

    @property
    def name(self) -> str:
        """Its name in the work folder; names sort as the rows of the result do: by agent, environment and time."""
        times = f"{self.start:%Y%m%dT%H%M%S.%f}-{self.end:%Y%m%dT%H%M%S.%f}"
        return f"{self.number:03}-{self.environment or 'all'}-{times}" + (f"-ids-{self.batch:06}" if self.ids else "")

    @property
    def bounds(self) -> tuple[str, str]:
        """The start and the end as rows have times, which sort as texts."""
        return _text(self.start), _text(self.end)


def _text(time: datetime) -> str:
    return time.isoformat("T", "microseconds")[:-6] + "Z"


def pieces(task: Task, started: Sequence[str | None], page: int) -> list[Task]:
    """The tasks that one is cut into; none where it goes on page by page.

    Args:
        task: the task.
        started: when the conversations of its first pages started, in the order in which they came.
        page: how many there are on a page.
    """
    times = [datetime.fromisoformat(each) for each in started if each is not None]
    steps = [(after - before) for before, after in pairwise(times) if after != before]
    ascending = bool(steps) and steps[0] > timedelta()
    if not steps or any((step > timedelta()) is not ascending for step in steps):
        return []  # an order that says nothing of what follows
    first, covered = min(times), max(times) - min(times)
    rest = task.end - first if ascending else max(times) - task.start
    expected = len(times) * (rest / covered) / page
    if expected < 2 * PIECE_PAGES:
        return []
    count = min(MOST_PIECES, math.ceil(expected / PIECE_PAGES))
    # What seems to be empty beside the page is a piece too: nothing is lost where the server's order is another.
    begin, end = (first, task.end) if ascending else (task.start, max(times) + MARGIN)
    width = timedelta(seconds=max(1, math.ceil((end - begin) / count / timedelta(seconds=1))))
    borders = {task.start, *_seconds(begin, end, width), min(end, task.end), task.end}
    ordered = sorted(border for border in borders if task.start <= border <= task.end)
    ranges = pairwise(ordered) if len(ordered) > 2 else ()
    return [msgspec.structs.replace(task, start=a, end=b, cut=True) for a, b in ranges]


def _seconds(begin: datetime, end: datetime, width: timedelta) -> list[datetime]:
    """Whole seconds from `begin` on, each `width` after the one before it, to before `end`."""
    at, made = begin.replace(microsecond=0), list[datetime]()
    while at < end:
        made.append(at)
        at += width
    return made


def batches(task: Task, ids: list[str], size: int) -> list[Task]:
    """The tasks that a list of ids is cut into."""
    return [
        msgspec.structs.replace(task, batch=number, ids=tuple(ids[begin : begin + size]))
        for number, begin in enumerate(range(0, len(ids), size))
    ]
