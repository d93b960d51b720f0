"""The smallest value that a schema allows, for the answers that are forced instead of worked out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyai_data.emulator.data.clock import START
from polyai_data.openapi import Shape

_TEXT_BY_FORMAT = {
    "date-time": START.isoformat().replace("+00:00", "Z"),
    "uri": "https://redacted-audio.example/example",
}


def example(shape: Shape) -> Any:
    """A value that `shape` allows: only what is required, with the schema's own examples where it has some."""
    schema = shape.resolved()
    for known in ("const", "default", "example"):
        if known in schema:
            return schema[known]
    for several in ("enum", "examples"):
        if several in schema:
            return schema[several][0]
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
    return {"integer": schema.get("minimum", 0), "number": schema.get("minimum", 0), "boolean": False, "null": None}[
        kind
    ]
