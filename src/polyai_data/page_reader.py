"""Reads a page of a listing, whole or while it arrives: models, plain rows, or the text of rows. No I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Literal, NamedTuple

from polyai_data import decode
from polyai_data.errors import DecodeError
from polyai_data.hosts import Route
from polyai_data.paging import Listing, OnInvalid, Page, Position, Walk, whole
from polyai_data.row_scanner import RowScanner, one_line

Form = Literal["models", "rows", "lines"] | type
"""What is made of the items: models, the dictionaries that came, or their JSON as bytes on one line each; or objects
of a msgspec struct, in which the items' key is a string, and lines of what is not of its types."""
ROWS = "conversations"
SLICE = 50
"""Items that are read at once; an event loop has a turn between two slices."""


class Piece(NamedTuple):
    """A piece of a response's body. A `first` one begins it, anew after a connection broke; a `last` one ends it."""

    data: bytes
    first: bool = True
    last: bool = True


class Reading(NamedTuple):
    """How pages are read.

    Attributes:
        listing, route, on_invalid: the operation, and what becomes of an item that cannot be read.
        form: what is made of items.
        keep: whether a page keeps the error of each item that cannot be read; else the first.
        strict: whether a page must be exactly what the document says, for which it must come whole.
        keyed: whether an item comes as a pair, after its identity, which is None for what cannot be read.
    """

    listing: Listing
    route: Route
    on_invalid: OnInvalid = "skip"
    form: Form = "models"
    keep: bool = True
    strict: bool = False
    keyed: bool = False

    @property
    def texts(self) -> bool:
        """Whether items are made of their text."""
        return self.form not in {"models", "rows"}

    def read_list(self, text: Any) -> list[Any]:
        """What is looked at of each item of a list in JSON, and the item."""
        key = self.listing.key
        return _structs(text, key, self.form) if isinstance(self.form, type) else _raw_list(text, key)


class PageReader:
    """Reads the page that begins at a position, and leaves out what the `walk` has given already.

    Attributes:
        invalid: how many items could not be read.
        items: how many could, or are given out raw.
    """

    def __init__(self, reading: Reading, at: Position, walk: Walk) -> None:
        self._reading, self._at, self._walk = reading, at, walk
        self._listing, self._route = reading.listing, reading.route
        self._given: set[str | None] = set()
        self._held: list[Any] = []
        self._furthest = 0
        self._begin()

    def _begin(self) -> None:
        self._again = set(self._given)
        self._scanner = RowScanner(ROWS, texts=self._reading.texts, read_list=self._reading.read_list)
        self._document: dict[str, Any] = {}
        self._errors: list[DecodeError] = []
        self._index = self._new = self.items = self.invalid = 0

    @property
    def held(self) -> int:
        """Characters of what arrived that are no complete item yet."""
        return self._scanner.held

    def read(self, piece: Piece) -> Iterator[list[Any]]:
        """The new items of a piece, in slices.

        Raises:
            DecodeError: it is not JSON, there is no list of items, or one cannot be read and `on_invalid` is `raise`.
        """
        if piece.first:
            self._begin()
        rows = self._whole(piece) if piece.first and piece.last else self._scanned(piece)
        for begin in range(0, len(rows), SLICE):
            yield self._slice(rows[begin : begin + SLICE])

    def _whole(self, piece: Piece) -> list[Any]:
        rows: list[Any]
        body, lines = piece.data, self._reading.texts
        if not lines or self._reading.strict:
            self._document = decode.parse(body, self._listing.page.__name__, self._route, strict=self._reading.strict)
            self._check_rows()
        if not lines:
            rows = self._document[ROWS]
            return rows
        with suppress(Exception):  # what msgspec refuses is read as pieces are
            self._document, rows = _page(body, self._reading.read_list)
            return rows
        return self._scanned(piece)

    def _scanned(self, piece: Piece) -> list[Any]:
        if piece.first:
            self._beginning = piece.data
        with suppress(ValueError, RecursionError):
            rows = self._scanner.feed(piece.data, last=piece.last)
            self._document = self._scanner.members
            return rows
        expected = self._listing.page.__name__
        if not self._document:
            decode.parse(self._beginning, expected, self._route)  # it says what the body looks like
        problem = "the response is not JSON but incomplete or malformed JSON"
        raise decode.failure(self._route, "", problem, expected, None)

    def _slice(self, rows: list[Any]) -> list[Any]:
        models, lines, key_name = self._reading.form == "models", self._reading.texts, self._listing.key
        items: list[Any] = []
        for row in rows:
            value, item = row if lines else (row, row)
            place, self._index = f"{ROWS}[{self._index}]", self._index + 1
            key = None if models or type(value) is not dict else value.get(key_name)
            if type(key) is not str or not key.strip():
                try:
                    made = decode.build(self._listing.item, value, self._route, place)
                except DecodeError as error:
                    if self._reading.on_invalid == "raise":
                        raise
                    self._pass_over(error, item)
                    continue
                key, item = self._listing.identity(made), made if models else item
            items += self._held
            self._held = []
            self.items += 1
            if key in self._again:
                self._again.discard(key)
                self._new += 1
            elif self._walk.is_new(key):
                self._given.add(key)
                self._new += 1
                items.append((key, item) if self._reading.keyed else item)
        return items

    def _pass_over(self, error: DecodeError, item: Any) -> None:
        self.invalid += 1
        if self._reading.keep or not self._errors:
            self._errors.append(error.with_traceback(None))  # the variables of its frames are the whole page
        if self._reading.on_invalid == "raw":
            self.items += 1
            self._new += 1
            if self.invalid > self._furthest:  # the body may have begun anew
                self._held.append((None, item) if self._reading.keyed else item)
        self._furthest = max(self._furthest, self.invalid)

    def end(self) -> tuple[list[Any], Page[Any]]:
        """The items that were held back until now, and the page without its items.

        Raises:
            DecodeError: there is no list of items, or none of them can be read.
        """
        self._check_rows()
        made = decode.build(self._listing.page, {**self._document, ROWS: []}, self._route)
        if self.invalid and self.invalid == self._index:
            first = self._errors[0]
            problem = f"{first}, and none of the {self._index} {ROWS} of the page can be read"
            raise DecodeError(problem, where=first.where, expected=first.expected, raw=first.raw)
        following, broken = None, None
        try:
            following = self._listing.following(made, self._index, self._at)
        except DecodeError as error:
            broken = error
        page: Page[Any] = Page([], following, whole(getattr(made, "count", None)), self._errors, broken, made.unread)
        return self._held, self._walk.end(self._at, page, self.items, self._new)

    def too_large(self, most: int) -> DecodeError:
        """The error for an item that would fill the memory."""
        problem = f"an item of the response is larger than {most} bytes"
        return decode.failure(self._route, f"{ROWS}[{self._index}]", problem, self._listing.item.__name__, None)

    def _check_rows(self) -> None:
        rows = self._document.get(ROWS)
        if not isinstance(rows, list):
            problem = f"{ROWS} is {decode.json_kind(rows) + ', not a list' if ROWS in self._document else 'missing'}"
            raise decode.failure(self._route, ROWS, problem, f"{self._listing.page.__name__}.{ROWS}", self._document)


def _page(body: bytes, read_list: Callable[[Any], list[Any]]) -> tuple[dict[str, Any], list[Any]]:
    """The members of a page but for its rows, and the rows: what is looked at of each, and the item."""
    import msgspec  # noqa: PLC0415 - the extra `fast`

    body.decode()  # msgspec skips texts without looking whether they are UTF-8
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    rows = read_list(members.pop(ROWS))
    return {name: json.loads(bytes(raw)) for name, raw in members.items()} | {ROWS: []}, rows


@cache
def _raw_readers(key: str) -> list[Callable[[Any], Any]]:
    """msgspec's readers of a list of texts, and of the member `key` alone."""
    import msgspec  # noqa: PLC0415 - the extra `fast`

    keyed = msgspec.defstruct("Keyed", [("key", Any, None)], rename={"key": key})
    return [msgspec.json.Decoder(kind).decode for kind in (list[msgspec.Raw], keyed)]


def _raw_list(text: Any, key: str) -> list[Any]:
    rows_of, keyed = _raw_readers(key)
    rows = []
    for raw in rows_of(text):
        text, identity = one_line(bytes(raw)), None
        with suppress(Exception):
            identity = keyed(raw).key
        rows.append(({key: identity} if type(identity) is str and identity.strip() else json.loads(text), text))
    return rows


def _structs(text: Any, key: str, kind: Any) -> list[Any]:
    read, name = _struct_reader(kind, key)
    with suppress(Exception):  # one that is not of the types makes lines of all that came with it
        rows = [({key: getattr(item, name)}, item) for item in read(text)]
        if all(looked_at[key].strip() for looked_at, _ in rows):
            return rows
    return _raw_list(text, key)


@cache
def _struct_reader(kind: Any, key: str) -> tuple[Callable[[Any], Any], str]:
    """The reader of a list of structs, and the attribute with their `key`."""
    import msgspec  # noqa: PLC0415 - the extra `fast`

    names = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
    return msgspec.json.Decoder(list[kind]).decode, names[key]
