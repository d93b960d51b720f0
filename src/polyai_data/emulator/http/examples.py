"""Responses with a forced status: documented ones carry the smallest value that their schema allows."""

from __future__ import annotations

from dataclasses import replace

from polyai_data.emulator.data.audio import render
from polyai_data.emulator.data.speech import COMBINED, Plan
from polyai_data.emulator.http.errors import CODES, Refusal
from polyai_data.emulator.http.locate import Target
from polyai_data.emulator.http.response import JSON, Response, documented

_LIMITS = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}


def forced(status: int, target: Target, *, busy: bool = False) -> Response:
    """A response with that status: an example where the operation documents it or the service is `busy`, else text."""
    operation = target.operation
    if operation is None or not (busy or status in operation.responses):
        response = Response(status, f"status {status} on request\n".encode(), "text/plain; charset=utf-8")
    elif status == operation.success:
        shape = operation.responses[status].get(JSON)
        value = render(Plan((), 800), COMBINED, redacted=True) if shape is None else shape.example
        response = documented(operation, status, value)
    else:
        code = CODES.get(status, f"STATUS_{status}")
        limits = _LIMITS if status == 429 and target.vendor == "assemblyai" else {}
        response = target.refuse(Refusal(status, code, f"status {status} on request", limits))
    return replace(response, body=b"") if status in {204, 304} else response
