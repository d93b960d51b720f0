"""How much of the documents a run covers: parameters of its requests, statuses and fields of their responses."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polyai_data.conformance.exchange import JSON, Exchange
from polyai_data.openapi import Operation, Shape

PARAMETERS, STATUSES, FIELDS = "parameters", "statuses", "fields"
Seen = Mapping[tuple[str, str], set[str]]
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Share:
    """The names that the document has, and those of them that were seen."""

    seen: frozenset[str]
    all: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """The names that were not seen, in order."""
        return sorted(self.all - self.seen)


class Coverage:
    """Counts what the requests and responses of a run cover of some operations.

    A parameter, a field of a request's body, and each value of an enumeration count for themselves. A field of a
    response counts under its path, such as `200 conversations[].turns[].latency`, for each documented status.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._operations = {operation.id for operation in operations}

    def add(self, exchange: Exchange) -> None:
        """Count a request and its response."""
        operation, status = exchange.operation, exchange.response.status
        if operation is None or not exchange.judged or operation.id not in self._operations:
            return
        self.seen[operation.id, PARAMETERS].update(_sent(operation, exchange))
        self.seen[operation.id, STATUSES].add(str(status))
        shape, value = operation.responses.get(status, {}).get(JSON), exchange.json()
        if shape is not None:
            self.seen[operation.id, FIELDS].update(_present(shape, value, str(status)))

    def merge(self, seen: Seen) -> None:
        """Add what another process saw."""
        for key, names in seen.items():
            self.seen[key] |= names

    def parameters(self, operation: Operation) -> Share:
        """The parameters and fields of the body that were sent."""
        names = set(_named(operation.body, "body", choices=True)) if operation.body is not None else set()
        for parameter in operation.parameters:
            names |= {parameter.name, *_choices(parameter.name, parameter.shape)}
        return self._share(operation, PARAMETERS, names)

    def statuses(self, operation: Operation) -> Share:
        """The documented statuses of the responses."""
        return self._share(operation, STATUSES, set(map(str, operation.responses)))

    def fields(self, operation: Operation) -> Share:
        """The fields that responses had."""
        shapes = {str(status): contents[JSON] for status, contents in operation.responses.items() if JSON in contents}
        names = {name for status, shape in shapes.items() for name in _named(shape, status, choices=False)}
        return self._share(operation, FIELDS, names)

    def _share(self, operation: Operation, kind: str, names: set[str]) -> Share:
        return Share(frozenset(self.seen[operation.id, kind]), frozenset(names))


def _choices(name: str, shape: Shape) -> list[str]:
    schema = shape.resolved()
    values = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else [])
    return [f"{name}={_text(value)}" for value in values]


def _named(shape: Shape, path: str, *, choices: bool, depth: int = 0) -> Iterator[str]:
    """The paths of all fields below `path`, and of their values where they are enumerated."""
    schema = shape.resolved()
    if depth > _DEEPEST:
        return
    for name, inner in schema.get("properties", {}).items():
        below = _below(path, name, depth)
        yield below
        if choices:
            yield from _choices(below, shape.inner(inner))
        yield from _named(shape.inner(inner), below, choices=choices, depth=depth + 1)
    if "items" in schema:
        yield from _named(shape.inner(schema["items"]), f"{path}[]", choices=choices, depth=depth + 1)


def _present(shape: Shape, value: Any, path: str, depth: int = 0, *, choices: bool = False) -> Iterator[str]:
    """The paths of the documented fields that `value` has."""
    schema = shape.resolved()
    if isinstance(value, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                below = _below(path, name, depth)
                yield below
                if choices and isinstance(value[name], str | bool):
                    yield f"{below}={_text(value[name])}"
                yield from _present(shape.inner(inner), value[name], below, depth + 1, choices=choices)
    elif isinstance(value, list) and "items" in schema:
        for each in value:
            yield from _present(shape.inner(schema["items"]), each, f"{path}[]", depth + 1, choices=choices)


def _below(path: str, name: str, depth: int) -> str:
    return f"{path} {name}" if depth == 0 else f"{path}.{name}"


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
