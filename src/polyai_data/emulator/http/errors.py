"""Refusals, and the error bodies of each host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyai_data.emulator.http.response import JSON, Response, documented
from polyai_data.openapi import Operation

VALIDATION_FAILED = "CONVERSATIONS_VALIDATION_FAILED"
NOT_FOUND = "CONVERSATIONS_NOT_FOUND"
RECORDING_NOT_FOUND = "CONVERSATIONS_RECORDING_NOT_FOUND"
FILTER_PARSE_ERROR = "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
UNAUTHORISED = "AUTH_USER_UNAUTHORISED"
INVALID_TOKEN = "AUTH_USER_INVALID_TOKEN"  # noqa: S105 - a code, not a secret
FORBIDDEN = "USER_ACCESS_FORBIDDEN"
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
_WITH_CODE = frozenset({400, 404})
# The service on the platform hosts sends these itself, with a code; a gateway before it sends the other statuses.


class Refusal(Exception):  # noqa: N818 - not a failure of the program
    """Why a request is refused: the status, the code, the message and the headers of the error response."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def error_response(
    refusal: Refusal,
    *,
    vendor: str | None,
    logical_host: str | None,
    correlation_id: str,
    operation: Operation | None = None,
) -> Response:
    """The error response of a host, validated where `operation` documents the status."""
    value = _error_body(refusal, vendor, logical_host, correlation_id)
    if operation is not None and refusal.status in operation.responses:
        return replace(documented(operation, refusal.status, value), headers=refusal.headers)
    # Ids from a request may hold what UTF-8 cannot encode, so this JSON is ASCII.
    return Response(refusal.status, json.dumps(value).encode(), JSON, refusal.headers)


def _error_body(refusal: Refusal, vendor: str | None, logical_host: str | None, correlation_id: str) -> dict[str, Any]:
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
