"""Pages of a listing: their items, the position of the next one, and items of earlier ones. No I/O."""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast

from polyai_data.errors import DecodeError
from polyai_data.models import ConversationSummary, ConversationSummaryV3
from polyai_data_client.models import GetConversations, GetConversationsV3
from polyai_data_client.types import Unread

Item = TypeVar("Item")

MAX_STALE_PAGES = 20
"""Pages in a row without a new item, after which a listing is taken to be endless."""

OnInvalid = Literal["raise", "skip", "raw"]
"""What becomes of an item that cannot be read: `raise` its error, `skip` it, or give it out `raw`. `Page.invalid` has
the errors of skipped and raw items."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: at a cursor, or after so many items; with neither, at the beginning.

    `between` is the part of a time range that is listed, where that is done in windows.
    """

    offset: int | None = None
    cursor: str | None = None
    between: tuple[datetime.datetime, datetime.datetime] | None = None


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
            A DecodeError where the page does not say it.
    """

    page: type[Any]
    item: type[Any]
    attribute: str
    following: Callable[[Any, int, Position], Position | None]

    @property
    def key(self) -> str:
        """The name in JSON of that attribute."""
        properties: Mapping[str, Any] = self.item._properties
        return next(name for name, (attribute, _) in properties.items() if attribute == self.attribute)

    def identity(self, item: Any) -> str | None:
        """What identifies an item; None for a raw one."""
        identity: str | None = getattr(item, self.attribute, None)
        return identity


def after_list(page: GetConversations, items: int, at: Position) -> Position | None:
    """The position after a page of an agent's listing.

    The count alone ends no listing, as it can be the page's own: only an empty page does, or one that is not full and
    reaches the count. The page's offset decides nothing; what it gives twice, a `Walk` leaves out.
    """
    reached = (at.offset or 0) + items
    size = whole(page.limit)
    last = size is not None and items < size and whole(page.count) == reached
    return None if last or not items else Position(offset=reached)


def after_search(page: GetConversationsV3, items: int, at: Position) -> Position | None:
    """The position after a page of the v3 listing, even an empty one: its cursor, or else its next offset."""
    if page.cursor:
        return Position(cursor=page.cursor)
    following = whole(page.next_offset)
    if page.next_offset is not None and following is None:
        raise _endless(f"next_offset is {page.next_offset}", "next_offset")
    for each in page.unread:
        if following is None and each.place in {"cursor", "next_offset"}:
            raise _endless(f"{each.place} is {each.reason}", each.place)
    return None if following is None else Position(offset=following)


def _endless(problem: str, where: str = "") -> DecodeError:
    expected = "where the next page begins"
    return DecodeError(f"the listing is incomplete: {problem}", where=where, expected=expected, raw=None)


LIST = Listing(GetConversations, ConversationSummary, "conversation_id", after_list)
SEARCH = Listing(GetConversationsV3, ConversationSummaryV3, "id", after_search)
SAMPLE = SEARCH._replace(following=lambda *_: None)


def whole(value: object) -> int | None:
    """`value` where it is a whole number of at least 0, else None: `5.0` is, and so are the integers of data frames."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = int(cast("Any", value))
    except (ValueError, OverflowError):  # not a number, or infinity
        return None
    return number if number == value and number >= 0 else None


class Walk:
    """What one iteration over a listing has seen. It leaves out items of earlier pages, and decides where to go on."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._visited: set[Position] = set()
        self._total: int | None = None
        self._asked_again = False
        self._stale = 0

    def is_new(self, identity: str | None) -> bool:
        """Whether no item with this identity was here before.

        Offsets shift when items are added meanwhile, so pages can repeat items of earlier ones.
        """
        if identity in self._seen:
            return False
        if identity is not None:
            self._seen.add(identity)
        return True

    def end(self, at: Position, page: Page[Any], received: int, new: int) -> Page[Any]:
        """`page`, which was asked for at the position `at`, with what follows it.

        Below the total, an empty page is asked for again, and is an error after that. So are pages that lead in a
        circle, and too many of them without a new item.

        Args:
            at: the position.
            page: the page; its items are not looked at.
            received: how many items it had.
            new: how many of them were new.
        """
        begun = at.offset or 0
        following, broken = page.next, page.broken
        reached = begun if following is None or following.offset is None else following.offset
        # A count below what was reached is wrong, as is one that no server counts to; one that fell a little is not, as
        # conversations are deleted too.
        if page.total is not None and reached <= page.total < 2**63:
            self._total = page.total if self._total is None else min(self._total, page.total)
        if received:
            self._asked_again = False
            counted = page.total is not None  # a search says itself where it goes on
            if counted and following is not None and begun < reached - (received - new):
                # Items that come twice push others to later pages, or the page began before what was asked for.
                following = Position(offset=reached - (received - new))
        elif following is None and self._total is not None and begun < self._total:
            if self._asked_again:
                broken = _endless(f"the page at offset {begun} is empty twice, of {self._total} conversations in all")
            self._asked_again, following = True, at
        self._stale = 0 if new else self._stale + 1
        self._visited.add(at)
        if broken is None and following is not None and following is not at:
            if following in self._visited:
                broken = _endless("the next page was read already; its pages lead in a circle")
            elif self._stale == MAX_STALE_PAGES:
                broken = _endless(f"{self._stale} pages in a row had no new item")
        return replace(page, next=following, broken=broken)
