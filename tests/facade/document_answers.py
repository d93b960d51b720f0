"""Answers that the patched document allows, drawn from its schemas, and what of them a model has lost."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.facade.document_reader import JSON, Operation, Schema, instant, operations
from tests.facade.document_wire import same

Place = tuple[Any, str, Schema, bool]
"""What holds a named property, its name, its schema, and whether it is required."""
TIMES = (
    "2026-06-01t10:00:00.5z",
    "2016-12-31T23:59:60Z",
    "2017-01-01T00:59:60.25+01:00",
    "2026-06-01T10:00:00.1234-00:00",
    "2024-02-29T23:59:59.999999+23:59",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
)
"""Times as RFC 3339 also writes them, and few clients expect."""


def shape(operation_id: str, status: int | None = None) -> Schema:
    """The schema of an operation's JSON answer."""
    operation = operations()[operation_id]
    return operation.answers[operation.success if status is None else status][JSON]


@functools.cache
def _drawn(operation_id: str, status: int) -> st.SearchStrategy[Any]:
    # Published ways into the generator take requests, so the answer's schema stands where a request's would.
    operation = operations()[operation_id]
    body = {"required": True, "content": {JSON: {"schema": shape(operation_id, status)}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "answers", "version": "1"},
        "paths": {"/answer": {"post": {"requestBody": body, "responses": {"200": {"description": "any"}}}}},
        "components": {"schemas": operation.components["schemas"]},
    }
    api = schemathesis.openapi.from_dict(document)["/answer"]["POST"]
    return api.as_strategy(generation_mode=GenerationMode.POSITIVE).map(lambda case: case.body)


@st.composite
def answers_to(draw: st.DrawFn, operation_id: str, *, status: int | None = None, nulls: bool = False) -> Any:
    """Answers that the document allows: those of the generator, at times with unusual times.

    Args:
        operation_id: the operation.
        status: of the answer; that of a success when not given.
        nulls: whether optional properties may also be null, which is as good as absent to a client.
    """
    operation = operations()[operation_id]
    status = operation.success if status is None else status
    value = draw(_drawn(operation_id, status))
    for holder, name, schema, required in list(places(operation, shape(operation_id, status), value)):
        if schema.get("format") == "date-time" and draw(st.booleans()):
            holder[name] = draw(st.sampled_from(TIMES))
        if nulls and not required and draw(st.sampled_from([False, False, False, True])):
            holder[name] = None
    return value


def places(operation: Operation, schema: Schema, value: Any) -> Iterator[Place]:
    """The places in `value` of properties that the document names."""
    schema = operation.follow(schema)
    if isinstance(value, dict):
        required = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield value, name, operation.follow(inner), name in required
                yield from places(operation, inner, value[name])
    elif isinstance(value, list):
        for item in value:
            yield from places(operation, schema.get("items", {}), item)


def losses(operation: Operation, schema: Schema, came: Any, given: Any, where: str = "answer") -> Iterator[str]:
    """What of `came`, which `schema` allows, is not in `given`, or is another there."""
    schema = operation.follow(schema)
    if isinstance(came, dict) and isinstance(given, dict):
        yield from _of_object(operation, schema, came, given, where)
    elif isinstance(came, list) and isinstance(given, list) and len(came) == len(given):
        for index, pair in enumerate(zip(came, given, strict=True)):
            yield from losses(operation, schema.get("items", {}), *pair, f"{where}[{index}]")
    elif schema.get("format") == "date-time" and isinstance(came, str) and isinstance(given, str):
        if instant(came) != instant(given):
            yield f"{where}: {came} became {given}"
    elif not same(came, given):
        yield f"{where}: {came!r} became {given!r}"


def _of_object(
    operation: Operation, schema: Schema, came: Mapping[str, Any], given: Mapping[str, Any], where: str
) -> Iterator[str]:
    named, required = schema.get("properties", {}), schema.get("required", ())
    others = schema.get("additionalProperties")
    for name in sorted(came.keys() | given.keys()):
        place = f"{where}.{name}"
        if name in named and name not in required and came.get(name) is None and given.get(name) is None:
            continue
        if name not in given:
            yield f"{place}: {came[name]!r} is lost"
        elif name not in came:
            yield f"{place}: {given[name]!r} never came"
        else:
            inner = named.get(name, others if isinstance(others, dict) else {})
            yield from losses(operation, inner, came[name], given[name], place)
