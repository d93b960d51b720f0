"""Responses before they are sent, validated against the document."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
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


class Written(bytes):
    """A JSON value of which the document was seen to allow that it is sent."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A JSON object whose first field `name` is a long list, made row by row. Its length is known only at the end."""

    name: str
    rows: Callable[[], Iterator[Written]]
    """Makes the rows, each time anew."""
    rest: dict[str, Any]
    """The fields after the list."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes, some rows at a time."""
        rows = self.rows()
        begin = b'{"' + self.name.encode() + b'":['
        while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
            yield begin + b",".join(chunk)
            begin = b","
        yield (begin if begin != b"," else b"") + b"]" + (b"," if self.rest else b"") + to_json(self.rest)[1:]


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
    """The response with that value, a recording or JSON; UndocumentedResponse when the document forbids it.

    What the document requires and the value lacks is filled in, so that a document may come to require more.
    """
    contents = operation.responses.get(status, {})
    content_type = value.content_type if isinstance(value, Recording) else JSON
    if content_type not in contents:
        raise UndocumentedResponse(f"{operation.id} does not document {status} with {content_type}")
    if isinstance(value, Recording):
        return Response(status, value, content_type)
    body = value if isinstance(value, Written | Rows) else to_json(checked(operation, status, value))
    return Response(status, body, JSON, shape=contents[JSON])


def checked(operation: Operation, status: int, value: Any) -> Any:
    """What of the value the document allows; UndocumentedResponse when it forbids it."""
    shape = operation.responses[status][JSON]
    if shape.allows(value):
        return value
    value = shape.filled(value)
    if complaints := shape.complaints(value, "response"):
        raise UndocumentedResponse(f"{operation.id} does not document {status} with this: {'; '.join(complaints)}")
    return value


def to_json(value: Any) -> bytes:
    """The value as compact UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
