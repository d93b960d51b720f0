"""Edits to a JSON response that take it away from its document, one change at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.support.document import Operation, Schema

Pointer = tuple[str | int, ...]
"""The steps down to a value."""
Outcome = Literal["value", "error", "any"]
"""How a call must end; `any` where both are right."""
MISSING: Any = object()
EXTRA = {"nested": [1, None, "ü"]}
IDENTITIES = {"conversationId", "id", "conversations"}
"""The properties without which there is no item, or no page. Whatever becomes of another costs itself alone."""
COSTLY: tuple[Pointer, ...] = (("conversations", 0), ("cursor",))
"""Where else a value can cost an item, or the pages that follow."""
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
        pointer: the value that is changed.
        value: what is there instead.
        outcome: how a call must end.
    """

    kind: str
    pointer: Pointer
    value: Any
    outcome: Outcome = "any"

    @property
    def path(self) -> str:
        """`conversations[0].startedAt`, for instance."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.pointer)
        return steps.removeprefix(".")

    @property
    def name(self) -> str:
        return f"{self.path}: {self.kind} {'' if self.value is MISSING else ascii(self.value)[:50]}"

    def applied(self, document: Any) -> Any:
        """`document` with the change; `document` itself stays as it is."""
        return _with(document, self.pointer, self.value)


def _with(node: Any, pointer: Pointer, value: Any) -> Any:
    step, rest = pointer[0], pointer[1:]
    copy = node.copy()
    if rest:
        copy[step] = _with(node[step], rest, value)
    elif value is MISSING:
        del copy[step]
    else:
        copy[step] = value
    return copy


def edits(operation: Operation, schema: Schema, document: Any) -> Iterator[Edit]:
    """Every kind of edit of `document`, an example of `schema`, once for every kind of value."""
    seen = set()
    for pointer, part, required in _values(operation, schema, document, ()):
        value = value_at(document, pointer)
        identifies = pointer in COSTLY or (required and pointer != () and pointer[-1] in IDENTITIES)
        shape = f"{_shape(operation, part)} {required} {identifies} {[*map(type, pointer)]}"
        for edit in _edits_at(pointer, part, "any" if identifies else "value", value):
            # What an edit puts into a container is the value of the example.
            form = (type(edit.value), bool(edit.value)) if isinstance(edit.value, list | dict) else edit.value
            key = f"{edit.kind} {form!r} {shape}"
            if key not in seen:
                seen.add(key)
                yield edit


def value_at(document: Any, pointer: Pointer) -> Any:
    for step in pointer:
        document = document[step]
    return document


def _values(
    operation: Operation, schema: Schema, value: Any, pointer: Pointer, *, required: bool = True
) -> Iterator[tuple[Pointer, Schema, bool]]:
    """`value` and every property below it, and of every list the first item; whether it is required."""
    schema = operation.resolve(schema)
    for word in {"oneOf", "anyOf"} & schema.keys():
        schema = next(
            variant for variant in map(operation.resolve, schema[word]) if not operation.errors(variant, value)
        )
    yield pointer, schema, required
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, part in value.items():
            if isinstance(inner := named.get(name, others), Mapping):
                must = name in schema.get("required", ())
                yield from _values(operation, inner, part, (*pointer, name), required=must)
    elif isinstance(value, list) and value:
        yield from _values(operation, schema.get("items", {}), value[0], (*pointer, 0))


def _shape(operation: Operation, schema: Schema) -> str:
    """What kind of schema it is, whatever its words."""
    schema = operation.resolve(schema)
    items = _shape(operation, schema["items"]) if "items" in schema else ""
    keywords = sorted(schema.keys() - {"description", "examples", "default"})
    return f"{keywords} {_kinds(schema)} {schema.get('format')} of {items}"


def _kinds(schema: Schema) -> tuple[str, ...]:
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _edits_at(pointer: Pointer, schema: Schema, outcome: Outcome, value: Any) -> Iterator[Edit]:
    if isinstance(value, dict):
        yield Edit("extra", (*pointer, "x_brand_new"), EXTRA, "value")
    if not pointer:
        return
    kinds, is_time = _kinds(schema), schema.get("format") == "date-time"
    yield Edit("null", pointer, None, outcome)
    if isinstance(pointer[-1], str):
        yield Edit("missing", pointer, MISSING, outcome)
    if "enum" in schema:
        yield Edit("word", pointer, "sideways", outcome)
    own = {*kinds, "integer"} if "number" in kinds else {*kinds}
    wrong: list[Any] = [scalar for kind, scalar in SCALARS.items() if own and kind not in own]
    wrong += [] if isinstance(value, list) else [[value], []]
    wrong += [] if isinstance(value, dict) else [{"value": value}, {}]
    yield from (Edit("type", pointer, each, outcome) for each in wrong)
    odd: list[Any] = []
    if {"integer", "number"} & own:
        odd = [-1, 10**40, math.nan, math.inf]
    elif "string" in own:
        odd = ["Ada \ud83d", "Ada\x00", *([] if is_time else [""])]
    yield from (Edit("odd", pointer, each, outcome) for each in odd)
    if is_time:
        yield from (Edit("time", pointer, each, outcome) for each in (*NO_TIMES, *TIMES))
