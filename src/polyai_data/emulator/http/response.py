"""What handlers answer, and how errors look on each host."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from polyai_data.openapi import Shape

VALIDATION_FAILED = "CONVERSATIONS_VALIDATION_FAILED"
NOT_FOUND = "CONVERSATIONS_NOT_FOUND"
RECORDING_NOT_FOUND = "CONVERSATIONS_RECORDING_NOT_FOUND"
UNAUTHORISED = "AUTH_USER_UNAUTHORISED"
INVALID_TOKEN = "AUTH_USER_INVALID_TOKEN"  # noqa: S105 - a code, not a secret
FORBIDDEN = "USER_ACCESS_FORBIDDEN"
CHAT_ENDED = "ChatConversationEnded"
JSON = "application/json"
WAV = "audio/wav"
AT_ONCE = 100
"""Rows of the largest page that is made as a whole, and of each piece of a larger one."""

CODES = {
    400: VALIDATION_FAILED,
    401: INVALID_TOKEN,
    403: FORBIDDEN,
    404: NOT_FOUND,
    410: CHAT_ENDED,
    416: "RANGE_NOT_SATISFIABLE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}
"""The code that goes with a status when nothing more is known."""


class Stream(Protocol):
    """A body that need not be in memory as a whole."""

    def __len__(self) -> int:
        """Bytes of the body."""
        ...

    def pieces(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `begin` up to `end` (default: all) one after the other."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """A JSON object whose first field is a long list.

    Its bytes are those that it would have as a whole. How many they are is known only at the end.
    """

    name: str
    """Of the list."""
    made: Callable[[], Iterator[dict[str, Any]]]
    """Makes the items, one after the other, each time anew."""
    rest: Mapping[str, Any]
    """The fields behind the list."""
    check: Callable[[dict[str, Any]], None] = lambda _: None
    """Raises an error when a page with some of the items is not what it should be."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes, some rows at a time."""
        items = self.made()
        begin = b'{"' + self.name.encode() + b'":['
        while some := list(itertools.islice(items, AT_ONCE)):
            self.check({self.name: some, **self.rest})
            yield begin + to_json(some)[1:-1]
            begin = b","
        end = to_json(self.rest)[1:]
        yield (begin if begin != b"," else b"") + b"]" + (b"," if self.rest else b"") + end


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is sent."""

    status: int
    body: bytes | Stream | Rows
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    shape: Shape | None = None
    """What the document says about a JSON body; None where it says nothing."""

    @property
    def length(self) -> int | None:
        """Bytes of the body; None when that is known only at its end."""
        return None if isinstance(self.body, Rows) else len(self.body)

    def sized(self) -> Answer:
        """The same answer with a body whose length is known."""
        return replace(self, body=b"".join(self.body.pieces())) if isinstance(self.body, Rows) else self

    def pieces(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The body from `begin` up to `end` (default: all), in pieces; of one whose length is not known, all of it."""
        if isinstance(self.body, bytes):
            return iter((self.body[begin:end],))
        return self.body.pieces() if isinstance(self.body, Rows) else self.body.pieces(begin, end)


class Refusal(Exception):  # noqa: N818 - not a failure of the program
    """Why a request is not served: the status, the code, the reason and the headers of the error answer."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Refuse with that status, code and reason, and with `headers` besides those of every answer."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def to_json(value: Any) -> bytes:
    """The value as compact UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def listed(name: str, size: int, made: Callable[[], Iterator[dict[str, Any]]], rest: Mapping[str, Any]) -> Any:
    """A page of `size` items: the value itself, or rows when it is a large one."""
    return Rows(name, made, rest) if size > AT_ONCE else {name: list(made()), **rest}


_WITH_CODE = frozenset({400, 404})
"""Statuses that the service on the platform hosts answers itself, with a code; a gateway before it answers the rest."""


def error_value(
    refusal: Refusal, *, vendor: str | None, logical_host: str | None, correlation_id: str
) -> dict[str, Any]:
    """The error body of the host: AssemblyAI's, or one of the two shapes of PolyAI's."""
    if vendor == "assemblyai":
        return {"error": refusal.message}
    if logical_host is None or (logical_host == "platform" and refusal.status not in _WITH_CODE):
        return {"error_message": refusal.message}
    return {
        "success": False,
        "error": refusal.code.replace("_", " ").capitalize(),
        "error_id": correlation_id,
        "error_code": refusal.code,
        "error_message": refusal.message,
        "data": None,
    }
