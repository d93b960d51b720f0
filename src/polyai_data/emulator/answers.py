"""What handlers answer, and how errors look on each host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from polyai_data.document import Shape

VALIDATION_FAILED = "CONVERSATIONS_VALIDATION_FAILED"
NOT_FOUND = "CONVERSATIONS_NOT_FOUND"
RECORDING_NOT_FOUND = "CONVERSATIONS_RECORDING_NOT_FOUND"
UNAUTHORISED = "AUTH_USER_UNAUTHORISED"
INVALID_TOKEN = "AUTH_USER_INVALID_TOKEN"  # noqa: S105 - a code, not a secret
FORBIDDEN = "USER_ACCESS_FORBIDDEN"
CHAT_ENDED = "ChatConversationEnded"
JSON = "application/json"
WAV = "audio/wav"

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
class Answer:
    """An answer before it is sent."""

    status: int
    body: bytes | Stream
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    shape: Shape | None = None
    """What the document says about a JSON body; None where it says nothing."""

    def pieces(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The body from `begin` up to `end` (default: all), in pieces."""
        if isinstance(self.body, bytes):
            return iter((self.body[begin:end],))
        return self.body.pieces(begin, end)


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
