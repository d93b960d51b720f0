"""Responses with a forced status: documented ones carry the smallest value that their schema allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyai_data.emulator.data.audio import render
from polyai_data.emulator.data.clock import START
from polyai_data.emulator.data.speech import COMBINED, Plan
from polyai_data.emulator.http.errors import CODES, Refusal
from polyai_data.emulator.http.locate import Target
from polyai_data.emulator.http.response import JSON, Response, documented
from polyai_data.schema import Shape

_TEXT_BY_FORMAT = {
    "date-time": START.isoformat().replace("+00:00", "Z"),
    "uri": "https://redacted-audio.example/example",
}

_LIMITS = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}


def forced(status: int, target: Target, *, busy: bool = False) -> Response:
    """A response with that status: an example where the operation documents it or the service is `busy`, else text."""
    operation = target.operation
    if operation is None or not (busy or status in operation.responses):
        response = Response(status, f"status {status} on request\n".encode(), "text/plain; charset=utf-8")
    elif status == operation.success:
        shape = operation.responses[status].get(JSON)
        value = render(Plan((), 800), COMBINED, redacted=True) if shape is None else example(shape)
        response = documented(operation, status, value)
    else:
        code = CODES.get(status, f"STATUS_{status}")
        limits = _LIMITS if status == 429 and target.vendor == "assemblyai" else {}
        response = target.refuse(Refusal(status, code, f"status {status} on request", limits))
    return replace(response, body=b"") if status in {204, 304} else response


def example(shape: Shape) -> Any:
    """A value that `shape` allows: only what is required, with the schema's own examples where it has some."""
    schema = shape.resolved()
    for keyword in ("const", "default", "example"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("enum", "examples"):
        if keyword in schema:
            return schema[keyword][0]
    return _of_type(shape, schema)


def _of_type(shape: Shape, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(shape.inner(properties[name])) for name in schema.get("required", ())}
    if kind == "array":
        return [example(shape.inner(schema["items"])) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return _TEXT_BY_FORMAT.get(schema.get("format", ""), "example")
    return {"boolean": False, "null": None}.get(kind, schema.get("minimum", 0))
