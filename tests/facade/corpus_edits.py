"""Ways in which a JSON answer can drift away from its document, one change at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tests.facade.corpus_schema import Shape, accepts, words

Place = tuple[str | int, ...]
"""The steps down to a place in an answer."""
Kind = Literal["null", "missing", "word", "scalar", "odd", "container", "extra", "date"]
Outcome = Literal["value", "error", "any"]

MISSING: Any = object()
EXTRA_NAME = "x_brand_new"
EXTRA = {"nested": [1, None, "ü"]}
UNKNOWN_WORD = "sideways"
SENTENCE = "this is not Ada's 5550100"
"""A text with the words of a validator in it."""
NO_TIME: tuple[Any, ...] = ("yesterday", "0000-00-00", "2026-13-45T10:00:00Z", 1780308000, 9999999999999, -1, True)
"""What no time can be read from."""
TIMES = {
    "naive": "2026-06-01T10:00:00",
    "with nanoseconds": "2026-06-01T10:00:00.123456789Z",
    "in lower case": "2026-06-01t10:00:00z",
    "with an offset": "2026-06-01T12:00:00+02:00",
    "with an offset without minutes": "2026-06-01T12:00:00+02",
    "with a space": "2026-06-01 10:00:00Z",
    "of a leap second": "2026-06-30T23:59:60Z",
    "a date only": "2026-06-01",
}
"""Ways of writing a time, all of which can be read."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A change to an example.

    Attributes:
        kind: what kind of change it is.
        what: which one of that kind, in words.
        place: what was changed; for an extra field, the field.
        value: what is there instead.
        outcome: what a call ends in, where that is certain.
    """

    kind: Kind
    what: str
    place: Place
    value: Any
    outcome: Outcome = "any"

    @property
    def name(self) -> str:
        """`conversations[0].startedAt: null`, for instance."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return f"{steps.removeprefix('.')}: {self.what}"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in an example, and what the document says about it."""

    place: Place
    shape: Shape
    required: bool
    value: Any


def drifts(shape: Shape, value: Any) -> Iterator[Drift]:
    """All changes to `value`, an example of `shape`."""
    if isinstance(value, dict):
        yield _extra(())
    for spot in _spots(shape, value, ()):
        optional: Outcome = "any" if spot.required else "value"
        is_time = spot.shape.schema.get("format") == "date-time"
        yield Drift("null", "null", spot.place, None, "value" if is_time else optional)
        if isinstance(spot.place[-1], str):
            yield Drift("missing", "missing", spot.place, MISSING, optional)
        yield from _other_words(spot)
        yield from _other_kinds(spot)
        yield from _odd_values(spot)
        if is_time:
            yield from _other_times(spot.place)
        if isinstance(spot.value, dict):
            yield _extra(spot.place)


def applied(document: Any, drift: Drift) -> Any:
    """`document` with the change, which leaves `document` itself as it is."""
    return _with(document, drift.place, drift.value)


def _with(node: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    step, rest = place[0], place[1:]
    copy = node.copy()
    if value is MISSING and not rest:
        del copy[step]
    elif rest:
        copy[step] = _with(node[step], rest, value)
    else:
        copy[step] = value
    return copy


def _spots(shape: Shape, value: Any, place: Place) -> Iterator[Spot]:
    """Every property below `value`, and of every list the first item."""
    parts: list[tuple[str | int, Any, Shape | None, bool]] = []
    if isinstance(value, dict):
        parts = [(name, part, shape.member(name), name in shape.required) for name, part in value.items()]
    elif isinstance(value, list) and value:
        parts = [(0, value[0], shape.items, True)]
    for step, part, found, required in parts:
        if found is not None:
            fitting = next((variant for variant in found.variants if accepts(variant, part)), found)
            yield Spot((*place, step), fitting, required, part)
            yield from _spots(fitting, part, (*place, step))


def _extra(place: Place) -> Drift:
    return Drift("extra", "extra field", (*place, EXTRA_NAME), EXTRA, "value")


def _other_words(spot: Spot) -> Iterator[Drift]:
    if words(spot.shape.schema):
        yield Drift("word", "unknown word", spot.place, UNKNOWN_WORD, "value")
    if isinstance(spot.shape.schema.get("const"), bool):
        yield Drift("word", "another constant", spot.place, not spot.shape.schema["const"])


def _other_kinds(spot: Spot) -> Iterator[Drift]:
    scalars = {"string": SENTENCE, "number": 5550100.5, "boolean": False, "integer": 5550100}
    own = spot.shape.types | ({"integer"} if "number" in spot.shape.types else set())
    for kind, value in scalars.items():
        if own and kind not in own:
            yield Drift("scalar", f"a {kind}", spot.place, value)
    if not isinstance(spot.value, list):
        yield Drift("container", "in a list", spot.place, [spot.value])
        yield Drift("container", "an empty list", spot.place, [])
    if not isinstance(spot.value, dict):
        yield Drift("container", "in an object", spot.place, {"value": spot.value})
        yield Drift("container", "an empty object", spot.place, {})


def _odd_values(spot: Spot) -> Iterator[Drift]:
    """Values of the right type that no one would expect, and numbers that JSON does not have."""
    odd: dict[str, Any] = {}
    if {"integer", "number"} & spot.shape.types:
        odd = {"negative": -1, "huge": 10**40, "not a number": math.nan, "infinite": math.inf}
    elif "string" in spot.shape.types:
        odd = {"half a character": "Ada \ud83d", "a NUL": "Ada\x00"}
        if spot.shape.schema.get("format") != "date-time":
            odd["empty"] = ""
    for what, value in odd.items():
        yield Drift("odd", what, spot.place, value)


def _other_times(place: Place) -> Iterator[Drift]:
    yield Drift("date", "empty", place, "", "value")
    for value in NO_TIME:
        yield Drift("date", f"{value!r}", place, value)
    for what, text in TIMES.items():
        yield Drift("date", what, place, text, "value")
