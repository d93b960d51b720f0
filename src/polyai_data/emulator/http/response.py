"""Responses before they are sent, validated against the document."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from polyai_data.emulator.data.audio import Recording
from polyai_data.openapi import Operation
from polyai_data.schema import Shape

JSON = "application/json"
CHUNK_ROWS = 100
"""A page with more rows than this is sent in chunks of so many rows."""


class UndocumentedResponse(Exception):  # noqa: N818 - named after what it reports
    """The emulator made a response that the document does not allow."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A JSON object whose first field `name` is a long list, made row by row. Its length is known only at the end."""

    name: str
    rows: Callable[[], Iterator[dict[str, Any]]]
    """Makes the rows, each time anew."""
    rest: Mapping[str, Any]
    """The fields after the list."""
    check: Callable[[dict[str, Any]], dict[str, Any]] = lambda page: page
    """Makes of a page, with some of the rows, what the document allows, or raises an error."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes, some rows at a time."""
        rows = self.rows()
        begin, rest = b'{"' + self.name.encode() + b'":[', self.rest
        while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
            rest = self.check({self.name: chunk, **self.rest})
            yield begin + to_json(rest.pop(self.name))[1:-1]
            begin = b","
        yield (begin if begin != b"," else b"") + b"]" + (b"," if rest else b"") + to_json(rest)[1:]


@dataclass(frozen=True, slots=True)
class Response:
    """A response before it is sent."""

    status: int
    body: bytes | Recording | Rows
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    shape: Shape | None = None
    """The schema of a JSON body; None where the document has none."""

    @property
    def length(self) -> int | None:
        """Bytes of the body; None when only its end shows them."""
        return None if isinstance(self.body, Rows) else len(self.body)

    def sized(self) -> Response:
        """The same response with a body of known length."""
        return replace(self, body=b"".join(self.body.pieces())) if isinstance(self.body, Rows) else self

    def pieces(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The body from `begin` up to `end` (default: all), in pieces; rows are always sent whole."""
        if isinstance(self.body, bytes):
            return iter((self.body[begin:end],))
        return self.body.pieces() if isinstance(self.body, Rows) else self.body.pieces(begin, end)


def documented(operation: Operation, status: int, value: Any) -> Response:
    """The response with that value, a recording, rows or JSON; UndocumentedResponse when the document forbids it.

    What the document requires and the value lacks is filled in, so that a document may come to require more.
    """
    contents = operation.responses.get(status, {})
    content_type = value.content_type if isinstance(value, Recording) else JSON
    if content_type not in contents:
        raise UndocumentedResponse(f"{operation.id} does not document {status} with {content_type}")
    if isinstance(value, Recording):
        return Response(status, value, content_type)
    shape = contents[JSON]

    def check(page: Any) -> Any:
        if shape.allows(page):
            return page
        page = shape.filled(page)
        if complaints := shape.complaints(page, "response"):
            raise UndocumentedResponse(f"{operation.id} does not document {status} with this: {'; '.join(complaints)}")
        return page

    if isinstance(value, Rows):
        return Response(status, replace(value, check=check), JSON, shape=shape)
    return Response(status, to_json(check(value)), JSON, shape=shape)


def page(name: str, size: int, rows: Callable[[], Iterator[dict[str, Any]]], rest: Mapping[str, Any]) -> Any:
    """A page of `size` rows: a dict, or `Rows` when it is large."""
    return Rows(name, rows, rest) if size > CHUNK_ROWS else {name: list(rows()), **rest}


def to_json(value: Any) -> bytes:
    """The value as compact UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
