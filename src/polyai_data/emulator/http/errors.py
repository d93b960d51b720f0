"""Refusals, and their codes."""

from __future__ import annotations

from collections.abc import Mapping

VALIDATION_FAILED = "CONVERSATIONS_VALIDATION_FAILED"
NOT_FOUND = "CONVERSATIONS_NOT_FOUND"
RECORDING_NOT_FOUND = "CONVERSATIONS_RECORDING_NOT_FOUND"
FILTER_PARSE_ERROR = "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
UNAUTHORISED = "AUTH_USER_UNAUTHORISED"
INVALID_TOKEN = "AUTH_USER_INVALID_TOKEN"  # noqa: S105 - a code, not a secret
FORBIDDEN = "USER_ACCESS_FORBIDDEN"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
CHAT_ENDED = "ChatConversationEnded"
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
"""The usual code of each status."""


class Refusal(Exception):  # noqa: N818 - not a failure of the program
    """Why a request is refused: the status, the code, the message and the headers of the error response."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
