"""Pages: where the next one begins, and what was seen already. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from polyai_data.errors import DecodeError
from polyai_data_client.models import GetConversations, GetConversationsV3

Item = TypeVar("Item")

MOST_OLD_PAGES = 5
"""Pages in a row without anything new, after which a listing is taken to go round in circles."""


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
        invalid: why items of the page could not be read, an error for each, which has the item as its `raw`.
        broken: why the listing cannot go on after this page, which is the error that it then ends with; None where it
            can, or where this is the last.
    """

    items: list[Item]
    next: Position | None
    total: int | None = None
    invalid: list[DecodeError] = field(default_factory=list)
    broken: DecodeError | None = None


def page(
    items: list[Any], following: Position | DecodeError | None, total: int | None, invalid: list[DecodeError]
) -> Page[Any]:
    """The page with those `items`: what it brought is given out also where what it leads to cannot be followed."""
    if isinstance(following, DecodeError):
        return Page(items, None, total, invalid, following)
    return Page(items, following, total, invalid)


def after_list(page: GetConversations, items: int, at: Position) -> Position | DecodeError | None:
    """Where the page after one of the listing of an agent, which brought so many `items` and began at `at`, begins.

    A page that does not tell the total is followed until one brings nothing. An error where the answer is not of the
    page that was asked for, and following it would never end.
    """
    begun = whole(page.offset)
    reached = (at.offset or 0 if begun is None else begun) + items
    total = whole(page.count)
    if not items or (total is not None and reached >= total):
        return None
    if reached <= (at.offset or 0):
        return DecodeError(
            "the page is not the one that was asked for",
            where="offset",
            expected="an offset that grows",
            raw=page.offset,
        )
    return Position(offset=reached)


def after_search(page: GetConversationsV3, items: int, at: Position) -> Position | DecodeError | None:
    """Where the page after one of the v3 listing, which brought so many `items` and began at `at`, begins.

    An error where the answer leads back to where it began, or to nowhere.
    """
    following = None
    if page.cursor:
        following = Position(cursor=page.cursor)
    elif page.next_offset is not None and items:
        following = Position(offset=whole(page.next_offset))
    if following is None:
        return None
    sound = isinstance(following.cursor, str) or following.offset is not None
    if not sound or following == at or (following.offset is not None and following.offset <= (at.offset or 0)):
        return DecodeError(
            "the page leads to no other page",
            where="cursor" if page.cursor else "next_offset",
            expected="where the next page begins",
            raw=page.cursor or page.next_offset,
        )
    return following


def whole(value: object) -> int | None:
    """`value` where it is a whole number of at least 0, as a count is; None for what else an answer may hold there.

    `5.0` is whole: JSON knows one kind of number.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


class Seen(Generic[Item]):
    """What a listing has brought already: offsets shift when conversations are added meanwhile."""

    def __init__(self, identity: Callable[[Item], str | None]) -> None:
        self._identity = identity
        self._ids: set[str] = set()

    def new(self, items: Iterable[Item]) -> list[Item]:
        """Those of `items` that were not seen before, in their order."""
        return [item for item in items if not self._seen(item)]

    def _seen(self, item: Item) -> bool:
        key = self._identity(item)
        if key is None:
            # What cannot be told from others is given out as often as it comes.
            return False
        seen = key in self._ids
        self._ids.add(key)
        return seen


def goes_nowhere(pages: int) -> DecodeError:
    """The error for a listing of which so many `pages` in a row brought nothing that was not there before."""
    return DecodeError(
        f"the listing goes round in circles: {pages} pages in a row brought nothing new",
        where="",
        expected="new items",
        raw=None,
    )


OnInvalid = Literal["raise", "skip", "raw"]
"""What becomes of an item that cannot be read: an error, nothing but an entry in `Page.invalid`, or the item as it
came."""
ON_INVALID: frozenset[str] = frozenset({"raise", "skip", "raw"})


def sorted_out(items: Iterable[Item | DecodeError], on_invalid: str) -> tuple[list[Any], list[DecodeError]]:
    """Those of `items` to give out, and the errors of those that could not be read.

    Raises:
        DecodeError: an item could not be read, and `on_invalid` says `raise`.
    """
    good: list[Any] = []
    invalid: list[DecodeError] = []
    for item in items:
        if not isinstance(item, DecodeError):
            good.append(item)
        elif on_invalid == "raise":
            raise item
        else:
            invalid.append(item)
            if on_invalid == "raw":
                good.append(item.raw)
    return good, invalid
