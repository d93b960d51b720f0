"""Listings: all items over all pages, or page by page."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from polyai_data._async import transport
from polyai_data._async.arriving import AsyncPieces
from polyai_data._async.session import AsyncSession
from polyai_data.deadline import AsyncRuntime
from polyai_data.masking import bare
from polyai_data.page_reader import Form, PageReader, Piece, Reading
from polyai_data.paging import Listing, OnInvalid, Page, Position, Walk

if TYPE_CHECKING:
    from polyai_data.shown_html import Table

logger = logging.getLogger("polyai_data")
Item = TypeVar("Item")


class Batch(NamedTuple):
    """Items of a page, and the page without its items once it is known."""

    items: list[Any]
    page: Page[Any] | None = None


class AsyncPaginator(Generic[Item]):
    """A listing that fetches its pages while it is iterated. Each iteration starts from the first page.

    Iterate it for the items of all pages, `pages()` for `Page` objects, `rows()` for plain dictionaries, or `lines()`
    for their JSON. Of a page of more than 4 MB, items are given out while the rest of it arrives; its deadline does not
    run while they are used. An asynchronous listing asks for the next page once half of the items of one are used.

    Attributes:
        invalid: how many items the latest iteration could not read so far.
    """

    def __init__(
        self,
        session: AsyncSession,
        operation_id: str,
        request: Callable[[Position], dict[str, Any]],
        *,
        listing: Listing,
        start: Position,
        on_invalid: OnInvalid,
        batches: Callable[..., AsyncBatches] | None = None,
    ) -> None:
        self._session = session
        self._operation_id = operation_id
        self._request = request
        self._listing = listing
        self._start = start
        self._on_invalid: OnInvalid = on_invalid
        self._made = batches or AsyncBatches
        self.invalid = 0

    def __aiter__(self) -> AsyncIterator[Item]:
        return self._each("models")

    def rows(self) -> AsyncIterator[dict[str, Any]]:
        """The items as plain dictionaries, exactly as they came: nulls, texts of times, undocumented properties.

        Faster than models, and in the memory of one page. An item that is no object or has no identity is treated as
        `on_invalid` says; one that comes twice is given once.

        Raises:
            PolyAIError: as iterating the listing does.
        """
        return self._each("rows")

    def lines(self) -> AsyncIterator[bytes]:
        """The items as JSON in UTF-8, each on one line without its end, as it came but for line breaks.

        For those who pass items on without looking at them; by far the fastest with the extra `fast`. What is left out
        is the same as with `rows`.

        Raises:
            PolyAIError: as iterating the listing does.
        """
        return self._each("lines")

    async def table(self, rows: int = 20) -> Table:
        """The first conversations as a list that a notebook shows as a table.

        Whole pages are requested; the listing's `limit` sets their size.

        Args:
            rows: how many conversations at most.

        Raises:
            PolyAIError: as iterating the listing does.
        """
        from polyai_data.shown_html import Table  # noqa: PLC0415 - for notebooks alone

        made = Table()
        items = self._each("models")
        try:
            while len(made) < rows and (item := await anext(items, None)) is not None:
                made.append(item)
        finally:
            await items.aclose()
        return made

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self._operation_id}: iterate it, or call table(); nothing is requested before>"
        )

    async def pages(self) -> AsyncIterator[Page[Item]]:
        """The pages, each without the items of earlier ones, and whole, so at most 256 MB."""
        items: list[Any] = []
        batches = self._batches("models", transport.LARGEST)
        try:
            while (batch := await self._session.guarded(batches.next)) is not None:
                items += batch.items
                if batch.page is not None:
                    yield replace(batch.page, items=items)
                    items = []
                    if batch.page.broken is not None:
                        raise batch.page.broken
        finally:
            await batches.aclose()

    async def _each(self, form: Form) -> AsyncGenerator[Any, None]:
        batches = self._batches(form)
        try:
            while (batch := await self._session.guarded(batches.next)) is not None:
                for item in batch.items:
                    yield item
                broken = None if batch.page is None else batch.page.broken
                del batch  # tracebacks show variables
                if broken is not None:
                    raise broken
        finally:
            await batches.aclose()

    def _batches(self, form: Form, largest: float = math.inf) -> AsyncBatches:
        self.invalid = 0
        config = self._session.config
        route = config.route(self._operation_id)
        keep = largest < math.inf
        reading = Reading(self._listing, route, self._on_invalid, form, keep=keep, strict=config.strict)

        def pieces(at: Position) -> AsyncPieces:
            # Structs are large, and made for those who are done with one when they take the next.
            kept = 0 if isinstance(form, type) else None
            return self._session.pieces(self._operation_id, self._request(at), largest=largest, kept=kept)

        def count(invalid: int) -> None:
            self.invalid = invalid

        return self._made(self._session, pieces, reading, self._start, count)


class AsyncBatches:
    """The items of one iteration over a listing, batch by batch.

    It is no generator: an event loop that ends closes all generators at once, those inside others too.
    """

    def __init__(
        self,
        session: AsyncSession,
        pieces: Callable[[Position], AsyncPieces],
        reading: Reading,
        start: Position,
        count: Callable[[int], None],
    ) -> None:
        self._session = session
        self._pieces = pieces
        self._reading = reading
        self._count = count
        self._walk = Walk()
        self._invalid = 0
        self._at: Position | None = start
        self._later: list[Any] | None = None
        self._open: tuple[PageReader, AsyncPieces] | None = None
        self._ahead: AsyncRuntime.Ahead[tuple[Piece, AsyncPieces]] | None = None

    async def next(self) -> Batch | None:
        """The next batch; None after the last."""
        if self._later is not None and self._at is not None:
            items, self._later = self._later, None
            self._ahead = AsyncRuntime.Ahead(partial(self._begun, self._at))
            return Batch(items)
        if self._at is None:
            return None
        if self._open is None:
            self._ahead = self._ahead or AsyncRuntime.Ahead(partial(self._begun, self._at))
            piece, pieces = await self._ahead.result()
            self._ahead = None
            self._open = (PageReader(self._reading, self._at, self._walk), pieces)
        else:
            piece = await self._open[1].next()
        reader, pieces = self._open
        items = await self._read(reader, piece)
        if not piece.last:
            return Batch(items)
        await pieces.aclose()
        self._open = None
        rest, page = reader.end()
        items += rest
        self._report(reader, page)
        self._invalid += reader.invalid
        self._at = page.next if page.broken is None else None
        # Who looks at whole pages may need no other; who is past half of the items is likely to need the next.
        early = len(items) if self._at is None or self._reading.keep else (len(items) + 1) // 2
        self._later = items[early:]
        return Batch(items[:early], page)

    async def _begun(self, at: Position) -> tuple[Piece, AsyncPieces]:
        """The first piece of the page at a position, and those that follow it."""
        pieces = self._pieces(at)
        return await pieces.next(), pieces

    async def _read(self, reader: PageReader, piece: Piece) -> list[Any]:
        """The items of a piece; the event loop has a turn between slices of them."""
        items: list[Any] = []
        for part in reader.read(piece):
            self._count(self._invalid + reader.invalid)
            if self._reading.form == "models":
                self._session.log_drift(self._reading.route, Page(part, None))
            items += part
            await AsyncRuntime.turn()
        if reader.held > transport.LARGEST:
            raise reader.too_large(transport.LARGEST)
        return items

    def _report(self, reader: PageReader, page: Page[Any]) -> None:
        for passed_over in filter(None, (*page.invalid, page.broken)):
            bare(passed_over, self._session.mask)
        self._session.log_drift(self._reading.route, page)
        if page.invalid:
            count = reader.items + (0 if self._reading.on_invalid == "raw" else reader.invalid)
            message = "%d of %d conversations of a page could not be read; the first: %s"
            logger.warning(message, reader.invalid, count, page.invalid[0])

    async def aclose(self) -> None:
        """Stop what was asked for ahead, and close the connection of a page that is still arriving."""
        begun = self._ahead and await self._ahead.stop()
        for pieces in (begun and begun[1], self._open and self._open[1]):
            if pieces:
                await pieces.aclose()
