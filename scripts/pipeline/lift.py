"""From OpenAPI 3.0 to 3.1: each rule changes one schema in place and says what it could not express, if anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.openapi import pointer_text, walk
from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    from collections.abc import Callable
# These speak about a schema without limiting what it allows: they stay outside when the limits are wrapped.
_NOTES = frozenset(
    ("title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples", "externalDocs")
) | {"xml"}
_COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "not")


def _lift_nullable(schema: Any) -> str | None:
    if "nullable" not in schema:
        return None
    if not isinstance(schema["nullable"], bool):
        return "`nullable` is neither true nor false"
    position = list(schema).index("nullable")
    if not schema.pop("nullable"):
        return None
    limits = [key for key in schema if key not in _NOTES and not str(key).startswith("x-")]
    if not limits:  # allows null already
        return None
    if isinstance(schema.get("type"), str) and not any(key in schema for key in _COMPOSED):
        schema["type"] = _flow([schema["type"], "null"])
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"].append(None)
        return None
    wrapped = CommentedMap((key, schema.pop(key)) for key in limits)
    wrapped.ca.items.update((key, schema.ca.items.pop(key)) for key in limits if key in schema.ca.items)
    schema.insert(min(position, len(schema)), "anyOf", CommentedSeq([wrapped, CommentedMap(type="null")]))
    return None


def _lift_exclusive(limit: str, exclusive: str) -> Callable[[Any], str | None]:
    def lift(schema: Any) -> str | None:
        if not isinstance(schema.get(exclusive), bool):
            return None
        if not schema[exclusive]:
            del schema[exclusive]
        elif limit in schema:
            schema[exclusive] = schema.pop(limit)
        else:
            return f"`{exclusive}: true` without a `{limit}` that it could exclude"
        return None

    return lift


def _lift_example(schema: Any) -> str | None:
    if "example" not in schema:
        return None
    if "examples" in schema:
        return "both `example` and `examples`"
    position = list(schema).index("example")
    schema.insert(position, "examples", CommentedSeq([schema.pop("example")]))
    return None


def _lift_byte(schema: Any) -> str | None:
    """`format: binary` stays as it is: 3.1 permits it, and it still tells raw bytes from text."""
    if schema.get("format") != "byte":
        return None
    if schema.get("contentEncoding", "base64") != "base64":
        return "`format: byte` beside another `contentEncoding`"
    position = list(schema).index("format")
    del schema["format"]
    schema.pop("contentEncoding", None)
    schema.insert(min(position, len(schema)), "contentEncoding", "base64")
    return None


# `nullable` comes last: it may move what the others have put into place.
_RULES: tuple[Callable[[Any], str | None], ...] = (
    _lift_exclusive("minimum", "exclusiveMinimum"),
    _lift_exclusive("maximum", "exclusiveMaximum"),
    _lift_example,
    _lift_byte,
    _lift_nullable,
)


def _flow(values: list[Any]) -> CommentedSeq:
    sequence = CommentedSeq(values)
    sequence.fa.set_flow_style()
    return sequence


def lift(document: Any) -> list[str]:
    """Turn an OpenAPI 3.0 document into 3.1, in place; a 3.1 document stays as it is.

    Returns what cannot be lifted, each with its pointer.
    """
    if not str(document.get("openapi")).startswith("3.0."):
        return []
    document["openapi"] = "3.1.0"
    schemas = [place for place in walk(document) if place.kind == "schema"]
    problems = [(place.pointer, rule(place.node)) for place in schemas for rule in _RULES]
    return [f"{pointer_text(pointer)}: {problem}" for pointer, problem in problems if problem]


# Renaming one thing inside one source, with everything that speaks of it.


def examples_of_schemas(document: Any) -> None:
    """Say each schema's `example`, which 3.1 still allows, as `examples`, which is how lifting says it."""
    for place in walk(document):
        if place.kind == "schema":
            _lift_example(place.node)
