"""How much of the documents a run has touched: parameters that were sent, statuses and fields that came back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polyai_data.conformance.model import Exchange
from polyai_data.openapi import Operation, Shape

JSON = "application/json"
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the things that the document names were seen."""

    seen: frozenset[str]
    all: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """What was not seen, in order."""
        return sorted(self.all - self.seen)

    def __str__(self) -> str:
        """Such as `3/4`."""
        return f"{len(self.seen & self.all)}/{len(self.all)}"


@dataclass(slots=True)
class _Seen:
    parameters: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


class Coverage:
    """Counts what the requests and answers of a run touch of some operations.

    A parameter, a field of a request's body, and each value of an enumeration count for themselves. A field of an
    answer counts under its place, such as `200 conversations[].turns[].latency`, for each documented status.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = tuple(operations)
        self._seen = {operation.id: _Seen() for operation in operations}
        self._parameters = {operation.id: _parameters(operation) for operation in operations}
        self._fields = {operation.id: _fields(operation) for operation in operations}

    def enter(self, exchange: Exchange) -> None:
        """Count a request and its answer."""
        operation = exchange.operation
        if operation is None or not exchange.judged or operation.id not in self._seen:
            return
        seen = self._seen[operation.id]
        seen.parameters.update(_sent(operation, exchange))
        seen.statuses.add(str(exchange.answer.status))
        shape = operation.responses.get(exchange.answer.status, {}).get(JSON)
        if shape is not None and exchange.answer.content_type == JSON:
            try:
                value = exchange.answer.value()
            except ValueError:
                return
            seen.fields.update(_present(shape, value, str(exchange.answer.status)))

    def parameters(self, operation: Operation) -> Share:
        """The parameters and fields of the body that were sent."""
        return Share(frozenset(self._seen[operation.id].parameters), self._parameters[operation.id])

    def statuses(self, operation: Operation) -> Share:
        """The documented statuses that were answered."""
        return Share(frozenset(self._seen[operation.id].statuses), frozenset(map(str, operation.responses)))

    def fields(self, operation: Operation) -> Share:
        """The fields of answers that were there."""
        return Share(frozenset(self._seen[operation.id].fields), self._fields[operation.id])


def _parameters(operation: Operation) -> frozenset[str]:
    names = set()
    for parameter in operation.parameters:
        names |= {parameter.name, *_choices(parameter.name, parameter.shape)}
    if operation.body is not None:
        names |= set(_named(operation.body, "body", choices=True))
    return frozenset(names)


def _fields(operation: Operation) -> frozenset[str]:
    return frozenset(
        name
        for status, contents in operation.responses.items()
        if JSON in contents
        for name in _named(contents[JSON], str(status), choices=False)
    )


def _choices(name: str, shape: Shape) -> list[str]:
    schema = shape.resolved()
    values = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else [])
    return [f"{name}={_text(value)}" for value in values]


def _named(shape: Shape, place: str, *, choices: bool, depth: int = 0) -> Iterator[str]:
    """The places of all fields below `place`."""
    schema = shape.resolved()
    if depth > _DEEPEST:
        return
    for name, inner in schema.get("properties", {}).items():
        below = f"{place} {name}" if depth == 0 else f"{place}.{name}"
        yield below
        if choices:
            yield from _choices(below, shape.inner(inner))
        yield from _named(shape.inner(inner), below, choices=choices, depth=depth + 1)
    if "items" in schema:
        yield from _named(shape.inner(schema["items"]), f"{place}[]", choices=choices, depth=depth + 1)


def _present(shape: Shape, value: Any, place: str, depth: int = 0, *, choices: bool = False) -> Iterator[str]:
    """The places of the documented fields that `value` has."""
    schema = shape.resolved()
    if isinstance(value, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                below = f"{place} {name}" if depth == 0 else f"{place}.{name}"
                yield below
                if choices and isinstance(value[name], str | bool):
                    yield f"{below}={_text(value[name])}"
                yield from _present(shape.inner(inner), value[name], below, depth + 1, choices=choices)
    elif isinstance(value, list) and "items" in schema:
        for each in value:
            yield from _present(shape.inner(schema["items"]), each, f"{place}[]", depth + 1, choices=choices)


def _sent(operation: Operation, exchange: Exchange) -> Iterator[str]:
    query = exchange.request.query
    for parameter in operation.parameters:
        if parameter.location == "path":
            yield parameter.name
        elif parameter.location == "query" and parameter.name in query:
            yield parameter.name
            yield from (f"{parameter.name}={text}" for text in query[parameter.name])
    if operation.body is not None and exchange.request.body:
        try:
            value = json.loads(exchange.request.body)
        except (ValueError, RecursionError):
            return
        yield from _present(operation.body, value, "body", choices=True)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
