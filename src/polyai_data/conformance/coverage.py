"""How much of the documents a run covers: parameters of its requests, statuses and fields of their responses."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from polyai_data.conformance.exchange import JSON, Exchange
from polyai_data.openapi import Operation
from polyai_data.schema import Shape

PARAMETERS, STATUSES, FIELDS = "parameters", "statuses", "fields"
_DEEPEST = 12
_BODY = "body"
_ANY: Any = object()
"""Stands for a value with every field."""


class Coverage:
    """Counts what the requests and responses of a run cover of the operations that they call.

    A parameter, a field of a request's body, and each value of an enumeration count for themselves. A field of a
    response counts under its path, such as `200 conversations[].turns[].latency`, for each documented status.
    """

    def __init__(self) -> None:
        self.seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """What was seen, by the operation's id and one of `PARAMETERS`, `STATUSES` and `FIELDS`."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """How many responses had a status, or a field under its path, by the operation's id and that."""

    def add(self, exchange: Exchange) -> None:
        operation, status = exchange.operation, exchange.response.status
        if operation is None or not exchange.judged:
            return
        self.seen[operation.id, PARAMETERS].update(_sent(operation, exchange))
        self.seen[operation.id, STATUSES].add(str(status))
        self.counts[operation.id, str(status)] += 1
        shape = operation.responses.get(status, {}).get(JSON)
        if shape is not None:
            fields = set(_fields(shape, exchange.json(), str(status)))
            self.seen[operation.id, FIELDS] |= fields
            self.counts.update((operation.id, each) for each in fields)

    def merge(self, other: Coverage) -> None:
        self.counts.update(other.counts)
        for key, names in other.seen.items():
            self.seen[key] |= names

    def share(self, operation: Operation, kind: str) -> dict[str, Any]:
        """How many of the names in the document were seen, how many there are, and which ones are missing."""
        names = _documented(operation, kind)
        missing = sorted(names - self.seen[operation.id, kind])
        return {"seen": len(names) - len(missing), "all": len(names), "missing": missing}


def _documented(operation: Operation, kind: str) -> set[str]:
    if kind == STATUSES:
        return set(map(str, operation.responses))
    if kind == FIELDS:
        shapes = {str(status): contents[JSON] for status, contents in operation.responses.items() if JSON in contents}
        return {name for status, shape in shapes.items() for name in _fields(shape, _ANY, status)}
    names = set(_fields(operation.body, _ANY, _BODY)) if operation.body is not None else set()
    for parameter in operation.parameters:
        names |= {parameter.name, *_choices(parameter.name, parameter.shape)}
    return names


def _choices(name: str, shape: Shape) -> list[str]:
    schema = shape.resolved()
    values = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else [])
    return [f"{name}={_text(value)}" for value in values]


def _fields(shape: Shape, value: Any, path: str, depth: int = 0) -> Iterator[str]:
    """The paths of the documented fields that `value` has, in a request's body also those of enumerated values."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict) or value is _ANY:
        for name, inner in shape.properties.items():
            if value is not _ANY and name not in value:
                continue
            below, part = f"{path}{'.' if depth else ' '}{name}", _ANY if value is _ANY else value[name]
            yield below
            if path.startswith(_BODY):
                choices = _choices(below, inner)
                yield from choices if part is _ANY else {f"{below}={_text(part)}"}.intersection(choices)
            if part is _ANY or isinstance(part, dict | list):  # most values are neither, and calls take time
                yield from _fields(inner, part, below, depth + 1)
    if (isinstance(value, list) or value is _ANY) and shape.items is not None:
        for each in [_ANY] if value is _ANY else value:
            yield from _fields(shape.items, each, f"{path}[]", depth + 1)


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
        yield from _fields(operation.body, value, _BODY)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
