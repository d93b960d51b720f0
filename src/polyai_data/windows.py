"""A time range that is listed in windows at once: where they are cut, which page is asked for next. No I/O.

A window has what started at or after its start and before its end, so that together they have everything, whatever
the server's order is; what two of them have, as a server may understand times otherwise, is given out once. The first
page of the whole range shows that order and how dense the range is: where it is sorted by time, the range is cut from
that end into windows of a little less than a page each, more or less wide by what the ones before them had. A first
page that shows that its window has more than two pages is dropped, and the window is cut; any other goes on by its
cursor.
"""

from __future__ import annotations

import datetime
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from polyai_data.errors import PolyAIError
from polyai_data.paging import Page, Position, Walk
from polyai_data.rules import Rule

SECOND = 1_000_000
"""Microseconds. Windows are cut at whole seconds, which servers that round times keep apart."""
FILLING = 0.85
"""The part of a page that a window is meant to have, so that nearly all of them have one page."""
WIDER = 4
"""How many times as wide as the one before it a window can be."""
RULE = Rule("parallel", ("start_time", "end_time"), ("cursor", "offset", "query_type", "sample"))
"""What goes with it: matches of a query are ranked over the whole range."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


@dataclass(slots=True, eq=False)
class Window:
    """Part of a time range.

    Attributes:
        start, end: microseconds since 1970; what starts at `end` is not in it.
        walk: what was seen of it.
        width: microseconds that are to be cut off it before it is asked for; None for all of it.
        at: where its next page begins; None when it is complete.
        asked: whether a page of it is under way.
        count: how many items of it arrived.
        pages: those that arrived and were not given out.
        error: what ended it.
    """

    start: int
    end: int
    walk: Walk = field(default_factory=Walk)
    width: int | None = None
    at: Position | None = field(default_factory=Position)
    asked: bool = False
    count: int = 0
    pages: deque[Page[Any]] = field(default_factory=deque)
    error: PolyAIError | None = None

    @property
    def fresh(self) -> bool:
        """Whether no page of it has arrived."""
        return self.at == Position()

    @property
    def position(self) -> Position:
        """Where its next page begins, within the window."""
        between = (_EPOCH + self.start * _MICROSECOND, _EPOCH + self.end * _MICROSECOND)
        return (self.at or Position())._replace(between=between)


class Plan:
    """The windows of a time range, in the order in which their pages are given out.

    Args:
        start, end: the time range; what starts at `end` is not in it.
        parallel: how many pages are asked for at once. Three times as many are in memory at most.
    """

    def __init__(self, start: datetime.datetime, end: datetime.datetime, parallel: int) -> None:
        self._parallel = parallel
        self._size = 0
        self._ascending: bool | None = None
        self._given: set[str] = set()
        self._windows = [Window((start - _EPOCH) // _MICROSECOND, (end - _EPOCH) // _MICROSECOND)]

    def asking(self) -> Window | None:
        """The window whose next page is to be asked for now, which then counts as asked for; None where there is none.

        The first can always go on. The others wait while many pages before them, or in all, were not given out.
        """
        ahead, held = 0, sum(len(window.pages) + window.asked for window in self._windows)
        for index, window in enumerate(self._windows):
            if (
                window.at is not None
                and not window.asked
                and (index == 0 or (ahead < 2 * self._parallel and held < 3 * self._parallel - 1))
            ):
                self._cut(index)
                self._windows[index].asked = True
                return self._windows[index]
            ahead += max(1, len(window.pages) + window.asked)
        return None

    def take(self, window: Window, page: Page[Any] | PolyAIError) -> None:
        """Take the page of `window` that was asked for, or the error that came in its place.

        The window's walk has seen the page, whose items are pairs of an identity and what is given out.
        """
        window.asked = False
        index = self._windows.index(window)
        if isinstance(page, PolyAIError):
            window.at, window.error = None, page
            return
        fresh, received = window.fresh, len(page.items)
        self._size = max(self._size, received)
        if fresh and page.broken is None and page.next is not None and self._narrow(index, page):
            window.walk = Walk()  # it is asked for again, in parts or whole
            return
        window.count += received
        window.at = None if page.broken else page.next
        window.pages.append(replace(page, next=None))
        if window.at is None:
            self._learn(window, index)

    def next_page(self) -> Page[Any] | None:
        """The page to give out now, if it has arrived. Its `next` is None, as no cursor goes on over all windows.

        Raises:
            PolyAIError: the error that came in its place.
        """
        while self._windows and not self._windows[0].pages and self._windows[0].at is None:
            if error := self._windows.pop(0).error:
                raise error
        if not self._windows or not self._windows[0].pages:
            return None
        page = self._windows[0].pages.popleft()
        items = []
        for identity, item in page.items:
            if identity not in self._given:
                items.append(item)
                if identity is not None:
                    self._given.add(identity)
        return replace(page, items=items)

    @property
    def complete(self) -> bool:
        """Whether all pages were given out."""
        return not self._windows

    def _cut(self, index: int) -> None:
        """Cut off a window what is to be asked for first, where it is wider than its width."""
        window = self._windows[index]
        if window.width is None or not window.fresh:
            return
        self._split(index, window.start + window.width if self._ascending else window.end - window.width)

    def _split(self, index: int, border: int) -> None:
        window, border = self._windows[index], border - border % SECOND
        if window.start < border < window.end:
            parts = [Window(window.start, border), Window(border, window.end)]
            head, rest = parts if self._ascending else reversed(parts)
            rest.width = window.width
            self._windows[index : index + 1] = [head, rest]

    def _narrow(self, index: int, page: Page[Any]) -> bool:
        """Have a window cut by its first page; whether it can be cut, and has more than two pages.

        What seems to be empty before that page is a window too: nothing is lost where the server's order is another.
        """
        window = self._windows[index]
        times = [each for _, item in page.items if (each := _started(item)) is not None]
        covered = times[-1] - times[0] if times else 0
        ascending, span = covered > 0, window.end - window.start
        if not covered or any(step and (step > 0) is not ascending for step in (b - a for a, b in pairwise(times))):
            return False
        if self._ascending is None:
            self._ascending = ascending
        if ascending is not self._ascending or span < 3 * SECOND or span <= 2 * abs(covered):
            return False
        window.width = max(SECOND, int(abs(covered) * FILLING))
        if (times[0] - window.start if ascending else window.end - times[0]) > window.width:
            self._split(index, times[0] if ascending else times[0] + SECOND)
        return True

    def _learn(self, window: Window, index: int) -> None:
        """Cut the next window so wide as `window` shows, which is complete."""
        span = window.end - window.start
        for each in self._windows[index + 1 :]:
            if each.width is not None and each.fresh and not each.asked:
                known = span * FILLING * self._size / window.count if window.count else max(each.width, WIDER * span)
                each.width = max(SECOND, int(min(known, WIDER * max(span, each.width))))
                return


def _started(item: Any) -> int | None:
    """When a conversation started, in microseconds since 1970, by its model, row or line; None if that is unknown."""
    with suppress(ValueError, TypeError):
        row = json.loads(item) if isinstance(item, bytes) else item
        started = row.get("started_at") if isinstance(row, dict) else getattr(row, "started_at", None)
        started = datetime.datetime.fromisoformat(started) if isinstance(started, str) else started
        return (started - _EPOCH) // _MICROSECOND  # type: ignore[operator]
    return None
