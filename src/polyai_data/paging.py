"""Pages of a listing: their items, the position of the next one, and items of earlier ones. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from polyai_data.errors import DecodeError
from polyai_data.models import ConversationSummary, ConversationSummaryV3
from polyai_data_client.models import GetConversations, GetConversationsV3
from polyai_data_client.types import Unread

Item = TypeVar("Item")

MAX_REPEATED_PAGES = 5
"""Pages in a row without a new item, after which a listing is taken to be endless."""

OnInvalid = Literal["raise", "skip", "raw"]
"""What becomes of an item that cannot be read: `raise` its error, `skip` it, or give it out `raw`. `Page.invalid` has
the errors of skipped and raw items."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: at a cursor, or after so many items; with neither, at the beginning."""

    offset: int | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a listing.

    Attributes:
        items: the page's items, without those of earlier pages.
        next: where the next page begins, or None when this is the last.
        total: how many items there are in all, or None where the operation does not say.
        invalid: an error for each item that could not be read, with the item as its `raw`.
        broken: the error that ends the listing after this page, or None.
        unread: values of the page itself that were not what the document says; each item has its own.
    """

    items: list[Item]
    next: Position | None
    total: int | None = None
    invalid: list[DecodeError] = field(default_factory=list)
    broken: DecodeError | None = None
    unread: tuple[Unread, ...] = ()


class Listing(NamedTuple):
    """How the pages of an operation are read.

    Attributes:
        page, item: the models of a page and of an item.
        attribute: the attribute that identifies an item.
        following: gives the position of the next page: of the page's model, the number of its items, and its position.
            A DecodeError where following the page would never end.
    """

    page: type[Any]
    item: type[Any]
    attribute: str
    following: Callable[[Any, int, Position], Position | None]

    def identity(self, item: Any) -> str | None:
        """What identifies an item; None for a raw one."""
        identity: str | None = getattr(item, self.attribute, None)
        return identity


def after_list(page: GetConversations, items: int, at: Position) -> Position | None:
    """The position after a page of an agent's listing. Without a total, pages are read until one is empty."""
    offset, total = whole(page.offset), whole(page.count)
    begun = at.offset or 0
    reached = (begun if offset is None else offset) + items
    if not items or (total is not None and reached >= total):
        return None
    if reached <= begun:
        raise DecodeError(
            f"the page has offset {page.offset!r} where {begun} was asked for",
            where="offset",
            expected="an offset that grows",
            raw=page.offset,
        )
    return Position(offset=reached)


def after_search(page: GetConversationsV3, items: int, at: Position) -> Position | None:
    """The position after a page of the v3 listing: its cursor, or else its next offset."""
    if not page.cursor and (page.next_offset is None or not items):
        return None
    following = Position(cursor=page.cursor) if page.cursor else Position(offset=whole(page.next_offset))
    advances = following.offset is not None and following.offset > (at.offset or 0)
    if not (isinstance(following.cursor, str) or advances) or following == at:
        raise DecodeError(
            "the next page would begin where this one does, or nowhere",
            where="cursor" if page.cursor else "next_offset",
            expected="where the next page begins",
            raw=page.cursor or page.next_offset,
        )
    return following


LIST = Listing(GetConversations, ConversationSummary, "conversation_id", after_list)
SEARCH = Listing(GetConversationsV3, ConversationSummaryV3, "id", after_search)
SAMPLE = SEARCH._replace(following=lambda *_: None)


def whole(value: object) -> int | None:
    """`value` where it is a whole number of at least 0, else None. `5.0` is whole: JSON has one kind of number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def unseen(items: Iterable[Item], identity: Callable[[Item], str | None], seen: set[str]) -> list[Item]:
    """Those of `items` whose identity is not in `seen` yet, to which it is added. Items without one are always new.

    Offsets shift when items are added meanwhile, so pages can repeat items of earlier ones.
    """
    new = []
    for item in items:
        key = identity(item)
        if key is None or key not in seen:
            new.append(item)
        if key is not None:
            seen.add(key)
    return new
