# Written by `make generate` from _async/windowed.py. Do not edit it: change that and run it again.
"""Listings of a time range in windows, several at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from polyai_data._sync.arriving import Pieces
from polyai_data._sync.paginator import Batch, Batches
from polyai_data._sync.session import Session
from polyai_data.crew import Crew
from polyai_data.errors import PolyAIError
from polyai_data.page_reader import PageReader, Reading
from polyai_data.paging import Page, Position
from polyai_data.windows import Plan, Window


class Windows(Batches):
    """The items of one iteration over a listing from `begin` to before `end`. Each batch is a whole page."""

    def __init__(
        self,
        session: Session,
        pieces: Callable[[Position], Pieces],
        reading: Reading,
        start: Position,
        count: Callable[[int], None],
        *,
        begin: datetime,
        end: datetime,
        parallel: int,
    ) -> None:
        super().__init__(session, pieces, reading._replace(keep=True, keyed=True), start, lambda _: None)
        self._count_given = count
        self._plan = Plan(begin, end, parallel)
        self._crew = Crew(parallel)

    def next(self) -> Batch | None:
        """The next batch; None after the last."""
        while not self._plan.complete:
            while not self._crew.full and (window := self._plan.asking()) is not None:
                self._crew.start(self._page, window)
            page = self._plan.next_page()
            if not self._crew.idle:
                for asked, received in self._crew.finished(wait=page is None):
                    self._plan.take(asked, received)
            if page is not None:
                self._invalid += len(page.invalid)
                self._count_given(self._invalid)
                return Batch(page.items, replace(page, items=[]))
        return None

    def _page(self, window: Window) -> tuple[Window, Page[Any] | PolyAIError]:
        reader = PageReader(self._reading, window.at or Position(), window.walk)
        pieces = self._pieces(window.position)
        items: list[Any] = []
        try:
            last = False
            while not last:
                piece = pieces.next()
                items += self._read(reader, piece)
                last = piece.last
            rest, page = reader.end()
            self._report(reader, page)
            return window, replace(page, items=items + rest)
        except PolyAIError as error:
            return window, error
        finally:
            pieces.close()

    def close(self) -> None:
        """End what is under way."""
        self._crew.close()
