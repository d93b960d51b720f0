"""Places in a response, by its schema: the same for every item of a list, and without the names that data has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from polyai_data.conformance.exchange import Difference
from polyai_data.openapi import Shape

BODY = "the body"
_REQUIRED = re.compile(r'"(.+)" is a required property')
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
ABSENT = "absent"
"""What is seen of a required field that is not there."""


def faults(shape: Shape, value: object) -> Iterator[Difference]:
    """What is wrong with a body: at each place its type, or what else, and the documented type."""
    for steps, message in shape.faults(value):
        text, here, part = "", shape, value
        for step in steps:
            text, here = _step(text, here, step)
            part = part[step]  # type: ignore[index]
        if missing := _REQUIRED.fullmatch(message):
            text, here = _step(text, here, missing[1])
            yield Difference(documented(here), ABSENT, text.lstrip("."))
            continue
        seen, named = kind(part), _types(here)
        wrong = seen not in named and not (seen == "integer" and "number" in named)
        yield Difference(documented(here), seen if wrong and named else message, text.lstrip(".") or BODY)


def kind(value: object) -> str:
    """The JSON type of a value."""
    return _KINDS.get(type(value), "null")


def documented(shape: Shape) -> str:
    """The types that a shape allows, as a finding shows them."""
    names = dict.fromkeys(
        f"{name} ({each.schema['format']})" if "format" in each.schema and name != "null" else name
        for each in shape.variants
        for name in _types_of(each.schema)
    )
    return f"documented {' or '.join(names) or 'value'}"


def _step(text: str, shape: Shape, step: str | int) -> tuple[str, Shape]:
    nothing = shape.inner({})
    if isinstance(step, int):
        return f"{text}[]", shape.items or nothing
    named = shape.properties.get(step)
    # A name that the document leaves open is data, and may be personal.
    return (f"{text}.*", shape.others or nothing) if named is None else (f"{text}.{step}", named)


def _types(shape: Shape) -> set[str]:
    return {name for each in shape.variants for name in _types_of(each.schema)}


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)
