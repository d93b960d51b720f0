"""Pages: where the next one begins, and what was seen already. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from polyai_data.errors import DecodeError
from polyai_data_client.models import GetConversations, GetConversationsV3

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: at a cursor, or after so many conversations; with neither, at the beginning."""

    offset: int | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a listing.

    Attributes:
        items: what the page brought and no page before it did.
        next: where the next page begins, or None when this is the last.
        total: how many items there are in all, or None where the operation does not tell.
    """

    items: list[Item]
    next: Position | None
    total: int | None = None


def after_list(page: GetConversations) -> Position | None:
    """Where the page after one of the listing of an agent begins."""
    reached = page.offset + len(page.conversations)
    return Position(offset=reached) if page.conversations and reached < page.count else None


def after_search(page: GetConversationsV3, at: Position) -> Position | None:
    """Where the page after one of the v3 listing, which began at `at`, begins.

    Raises:
        DecodeError: the answer leads back to where it began, and following it would never end.
    """
    if page.cursor:
        following = Position(cursor=page.cursor)
    elif page.next_offset is not None and page.conversations:
        following = Position(offset=page.next_offset)
    else:
        return None
    stands_still = following.offset is not None and following.offset <= (at.offset or 0)
    if following == at or stands_still:
        raise DecodeError(
            "the page's cursor leads back to the page itself",
            where="cursor" if page.cursor else "next_offset",
            expected="the beginning of the next page",
            raw=page.cursor or page.next_offset,
        )
    return following


class Seen(Generic[Item]):
    """What a listing has brought already: offsets shift when conversations are added meanwhile."""

    def __init__(self, identity: Callable[[Item], str]) -> None:
        self._identity = identity
        self._ids: set[str] = set()

    def new(self, items: Iterable[Item]) -> list[Item]:
        """Those of `items` that were not seen before, in their order."""
        fresh = []
        for item in items:
            if (key := self._identity(item)) not in self._ids:
                self._ids.add(key)
                fresh.append(item)
        return fresh
