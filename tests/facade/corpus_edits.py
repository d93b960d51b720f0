"""Edits to a JSON response that take it away from its document, one change at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.support.document import Operation, Schema

Outcome = Literal["value", "error", "any"]
"""How a call must end; `any` where both are right."""
MISSING: Any = object()
EXTRA = {"nested": [1, None, "ü"]}
SCALARS = {"string": "this is not Ada's 5550100", "number": 5550100.5, "boolean": False, "integer": 5550100}
NO_TIMES = ("yesterday", "0000-00-00", "2026-13-45T10:00:00Z", 1780308000, 9999999999999, -1, True)
TIMES = (
    "",
    "2026-06-01T10:00:00",
    "2026-06-01T10:00:00.123456789Z",
    "2026-06-01t10:00:00z",
    "2026-06-01T12:00:00+02:00",
    "2026-06-01T12:00:00+02",
    "2026-06-01 10:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-06-01",
)
"""Texts that are read as a time, or as none where they are empty."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to an example.

    Attributes:
        kind: what is changed: `null`, `missing`, `extra`, `word`, `type`, `odd` or `time`.
        place: the steps down to the change.
        value: what is there instead.
        outcome: how a call must end.
    """

    kind: str
    place: tuple[str | int, ...]
    value: Any
    outcome: Outcome = "any"

    @property
    def path(self) -> str:
        """`conversations[0].startedAt`, for instance."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return steps.removeprefix(".")

    @property
    def name(self) -> str:
        return f"{self.path}: {self.kind} {'' if self.value is MISSING else ascii(self.value)[:50]}"

    def applied(self, document: Any) -> Any:
        """`document` with the change; `document` itself stays as it is."""
        return _with(document, self.place, self.value)


def _with(node: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    copy = node.copy()
    if len(place) == 1 and value is MISSING:
        del copy[place[0]]
    else:
        copy[place[0]] = _with(node.get(place[0]) if isinstance(node, dict) else node[place[0]], place[1:], value)
    return copy


def edits(operation: Operation, schema: Schema, document: Any) -> Iterator[Edit]:
    """Every kind of edit of `document`, an example of `schema`, once for every kind of place."""
    seen: set[Any] = set()
    for place, part, required, value in _spots(operation, schema, document, ()):
        shape = (_kinds(part), part.get("format"), "enum" in part, "const" in part, required, [*map(type, place)])
        # The first property of an object is its identity.
        parent = value_at(document, place[:-1]) if place else None
        first = isinstance(parent, dict) and next(iter(parent)) == place[-1]
        for edit in _edits_at(place, part, required, value):
            key = f"{edit.kind} {_form(edit.value)} {shape} {first}"
            if key not in seen:
                seen.add(key)
                yield edit


def value_at(document: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        document = document[step]
    return document


def _form(value: Any) -> str:
    """What tells the values of an edit apart: a container's content is that of the example."""
    if isinstance(value, list | dict):
        return f"{type(value).__name__} {bool(value)}"
    return "missing" if value is MISSING else repr(value)


def _spots(
    operation: Operation, schema: Schema, value: Any, place: tuple[str | int, ...], *, required: bool = True
) -> Iterator[tuple[tuple[str | int, ...], Schema, bool, Any]]:
    """`value` and every property below it, and of every list the first item."""
    schema = operation.resolve(schema)
    if "oneOf" in schema:
        schema = next(variant for variant in schema["oneOf"] if not operation.errors(variant, value))
    yield place, schema, required, value
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, part in value.items():
            inner = named.get(name, others)
            if isinstance(inner, Mapping):
                must = name in schema.get("required", ())
                yield from _spots(operation, inner, part, (*place, name), required=must)
    elif isinstance(value, list) and value:
        yield from _spots(operation, schema.get("items", {}), value[0], (*place, 0))


def _kinds(schema: Schema) -> tuple[str, ...]:
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _edits_at(place: tuple[str | int, ...], schema: Schema, required: bool, value: Any) -> Iterator[Edit]:
    if isinstance(value, dict):
        yield Edit("extra", (*place, "x_brand_new"), EXTRA, "value")
    if not place:
        return
    kinds, is_time = _kinds(schema), schema.get("format") == "date-time"
    optional: Outcome = "any" if required else "value"
    yield Edit("null", place, None, "value" if is_time else optional)
    if isinstance(place[-1], str):
        yield Edit("missing", place, MISSING, optional)
    if "enum" in schema:
        yield Edit("word", place, "sideways", "value")
    if "const" in schema:
        yield Edit("word", place, not schema["const"])
    own = {*kinds, "integer"} if "number" in kinds else {*kinds}
    wrong: list[Any] = [scalar for kind, scalar in SCALARS.items() if own and kind not in own]
    wrong += [] if isinstance(value, list) else [[value], []]
    wrong += [] if isinstance(value, dict) else [{"value": value}, {}]
    yield from (Edit("type", place, each) for each in wrong)
    odd: list[Any] = []
    if {"integer", "number"} & own:
        odd = [-1, 10**40, math.nan, math.inf]
    elif "string" in own:
        odd = ["Ada \ud83d", "Ada\x00", *([] if is_time else [""])]
    yield from (Edit("odd", place, each) for each in odd)
    if is_time:
        yield from (Edit("time", place, each) for each in NO_TIMES)
        yield from (Edit("time", place, each, "value") for each in TIMES)
