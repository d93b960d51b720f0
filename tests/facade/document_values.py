"""Values that the document allows, drawn from its schemas, and values that it forbids."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tests.support.document import Operation, Schema, first_type, instant

TIMES = (
    "2026-06-01t10:00:00.5z",
    "2016-12-31T23:59:60Z",
    "2017-01-01T00:59:60.25+01:00",
    "2026-06-01T10:00:00.1234-00:00",
    "2024-02-29T23:59:59.999999+23:59",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
)
"""Times that RFC 3339 allows and few clients expect."""
IDS = ("CA-1", "...", "a;b", "a&b=c", "a|b", '"', "[x]", "http:", "ÄÖ", "会話", "👩‍👧", "a+b@c,d!(e)*'~")
NOT_IDS: tuple[Any, ...] = (
    *("", " ", ".", "..", "a/b", "/", "%2e%2e", "a%2Fb", "a?b", "a#b", "a b", "a\\b", "a\nb", "a\x7f", "a\u00a0b"),
    *("{agentId}", "<id>", ":id", "$ID", "${id}", "a\u202eb", "\ud800", 7),
)
ids = st.sampled_from(IDS) | st.from_regex(r"[\w~@+,=()!*'-]{1,20}", fullmatch=True)
_words = st.text(max_size=20)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)
# Within these years every offset leaves a time that UTC has too.
moments = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 1, 1),
    timezones=st.just(UTC) | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def values(
    operation: Operation, schema: Schema, *, extras: bool = False, nulls: bool = False
) -> st.SearchStrategy[Any]:
    """Values that `schema` allows.

    Args:
        operation: the operation whose document the schema is from.
        schema: what to draw values of.
        extras: whether objects also have properties that the document does not name.
        nulls: whether optional properties may be null, which a client reads as absent.
    """
    schema = operation.resolve(schema)

    def inner(part: Schema) -> st.SearchStrategy[Any]:
        return values(operation, part, extras=extras, nulls=nulls)

    if variants := schema.get("oneOf", schema.get("anyOf")):
        return st.one_of([inner(variant) for variant in variants])
    if isinstance(schema.get("type"), list):
        return st.one_of([inner({**schema, "type": kind}) for kind in schema["type"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "object":
        named = {name: inner(part) for name, part in schema.get("properties", {}).items()}
        optional = {name: named.pop(name) for name in named.keys() - set(schema.get("required", ()))}
        if nulls:
            optional = {name: st.none() | each for name, each in optional.items()}
        others = schema.get("additionalProperties")
        free = inner(others) if isinstance(others, Mapping) else _json
        most = 2 if extras or not schema.get("properties") else 0
        more = st.dictionaries(_words.map("x_{}".format), free, max_size=most)
        return st.builds(lambda one, two: {**one, **two}, st.fixed_dictionaries(named, optional=optional), more)
    if schema.get("type") == "array":
        return st.lists(inner(schema.get("items", {})), min_size=schema.get("minItems", 0), max_size=3)
    return _scalars(schema)


def _scalars(schema: Schema) -> st.SearchStrategy[Any]:
    match schema.get("type"), schema.get("format"):
        case "string", "date-time":
            return st.sampled_from(TIMES) | moments.map(datetime.isoformat)
        case "string", "uri":
            return st.sampled_from(["https://files.example/a%20b.wav?Signature=x%2By/z=", "http://[::1]:80/a"])
        case "string", _:
            texts = st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20))
            return texts.filter(str.strip) if schema.get("pattern") == r"\S" else texts
        case "integer", _:
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number", _:
            least, most = schema.get("minimum"), schema.get("maximum")
            return st.floats(least, most, allow_nan=False, allow_infinity=False) | st.integers(least, most)
        case "boolean", _:
            return st.booleans()
        case "null", _:
            return st.none()
    return _json


def wrong_values(schema: Schema) -> Iterator[Any]:
    """Arguments that are no value of `schema`, that of a parameter or of a property of a request body."""
    half = "half \ud83d"
    if "enum" in schema:
        yield from ("unlisted", "", 7, half)
        return
    match first_type(schema), schema.get("format"):
        case "integer", _:
            yield from (True, 1.5, "1", math.nan, math.inf, [1])
            yield from (schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema)
        case "boolean", _:
            yield from (1, "true")
        case "string", "date-time":
            yield from ("", "yesterday", "2026-06", "2026-06-01T00:00:00", "2026-13-01T00:00Z", 1780308000)
            yield datetime(2026, 6, 1)
        case "string", _:
            yield from (7, half)
        case "array", _:
            yield from (7, [7], [half])
        case "object", _:
            yield from ("text", {"a": math.nan}, {"a": [math.inf]}, {"a": b"bytes"}, {"a": {1, 2}}, {"a": half})


def canonical(operation: Operation, schema: Schema, value: Any) -> Any:
    """`value` in a form that is equal for equal values.

    Times are instants, 1 and 1.0 are equal, 1 and true are not, and an optional property that is null is absent.
    """
    schema = operation.resolve(schema)
    if isinstance(value, dict):
        named, required = schema.get("properties", {}), schema.get("required", ())
        others = schema.get("additionalProperties")
        others = others if isinstance(others, Mapping) else {}
        return {
            name: canonical(operation, named.get(name, others), part)
            for name, part in value.items()
            if part is not None or name not in named or name in required
        }
    if isinstance(value, list | tuple):
        return [canonical(operation, schema.get("items", {}), part) for part in value]
    if isinstance(value, str) and schema.get("format") == "date-time":
        return instant(value)
    return ("boolean", value) if isinstance(value, bool) else value
