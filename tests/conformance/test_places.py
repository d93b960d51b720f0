"""What is wrong with a body, and where: by the schema, without values or names out of data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.conformance import places
from polyai_data.schema import Shape

TURN = {
    "type": "object",
    "required": ["at"],
    "properties": {
        "at": {"type": ["string", "null"], "format": "date-time"},
        "latency": {"anyOf": [{"type": "number"}, {"$ref": "#/components/schemas/Latency"}]},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
}
LATENCY = {"type": "object", "properties": {"seconds": {"type": "number"}}}
SCHEMA = {
    "type": "object",
    "properties": {
        "turns": {"type": "array", "items": {"$ref": "#/components/schemas/Turn"}},
        "events": {"type": "object", "additionalProperties": {"type": "array", "items": LATENCY}},
    },
}
SHAPE = Shape(SCHEMA, {"schemas": {"Turn": TURN, "Latency": LATENCY}})
AT = "2026-05-04T12:00:00Z"


@pytest.mark.parametrize(
    ("value", "place", "expected", "seen"),
    [
        ([], "the body", "documented object", "array"),
        ({"turns": None}, "turns", "documented array", "null"),
        ({"turns": [{"at": AT}, {}]}, "turns[].at", "documented string (date-time) or null", "absent"),
        ({"turns": [{"at": 5}]}, "turns[].at", "documented string (date-time) or null", "integer"),
        ({"turns": [{"at": AT, "latency": None}]}, "turns[].latency", "documented number or object", "null"),
        ({"turns": [{"at": AT, "latency": "1"}]}, "turns[].latency", "documented number or object", "string"),
        ({"events": {"Zoe": [{"seconds": "1"}]}}, "events.*[].seconds", "documented number", "string"),
        ({"events": {"Zoe": 1.5}}, "events.*", "documented array", "number"),
        ({"events": {"3": 1.5}}, "events.*", "documented array", "number"),
        ({"events": {"0": [], "+44": [{}, {"seconds": "1"}]}}, "events.*[].seconds", "documented number", "string"),
        ({"events": {"007": 1.5, "0": []}}, "events.*", "documented array", "number"),
        ({"events": {"00": 1.5, "7" * 5000: []}}, "events.*", "documented array", "number"),
    ],
)
def test_a_place_says_the_type_that_is_documented_and_the_one_that_was_seen(
    value: Any, place: str, expected: str, seen: str
) -> None:
    assert list(places.faults(SHAPE, value)) == [(expected, seen, place)]


def test_a_value_of_the_documented_type_that_is_wrong_is_described_without_itself() -> None:
    ((expected, seen, place),) = places.faults(SHAPE, {"turns": [{"at": "yesterday"}]})

    assert (expected, place) == ("documented string (date-time) or null", "turns[].at")
    assert "date-time" in seen
    assert "yesterday" not in seen


NAMES = st.sampled_from(["turns", "events", "at", "latency", "tags", "seconds", "Zoe"])
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just("Zoe"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
)


@given(BODIES)
def test_no_value_and_no_name_out_of_data_is_shown(value: Any) -> None:
    differences = list(places.faults(SHAPE, value))

    assert bool(differences) == bool(SHAPE.faults(value))
    assert "Zoe" not in json.dumps(differences)
