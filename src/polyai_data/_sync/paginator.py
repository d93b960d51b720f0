# Written by `make generate` from _async/paginator.py. Do not edit it: change that and run it again.
"""Listings: all items over all pages, or page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from polyai_data.paging import Page, Position, Walk

Item = TypeVar("Item")


class Fetch(Protocol[Item]):
    """Fetches the page that begins at a position."""

    def __call__(self, at: Position, /) -> Page[Item]: ...


class Paginator(Generic[Item]):
    """A listing that fetches its pages while it is iterated. Each iteration starts from the first page.

    Iterate it for the items of all pages, or `pages()` for `Page` objects.

    Attributes:
        invalid: how many items the latest iteration could not read so far.
    """

    def __init__(self, fetch: Fetch[Item], start: Position, identity: Callable[[Item], str | None]) -> None:
        self._fetch = fetch
        self._start = start
        self._identity = identity
        self.invalid = 0

    def pages(self) -> Iterator[Page[Item]]:
        """The pages, each without the items of earlier ones."""
        self.invalid = 0
        walk = Walk(self._identity)
        at: Position | None = self._start
        while at is not None:
            page = walk.take(at, self._fetch(at))
            self.invalid += len(page.invalid)
            yield page
            if page.broken is not None:
                raise page.broken
            at = page.next

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            for item in page.items:
                yield item
