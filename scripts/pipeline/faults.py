"""What a patched document says that costs its package something: the generator stops at it, or drops a part in silence.

A fault is its text, which names the places; lint looks for the action that brought it about. What the generator and the
emulator get on with (a tag or an enum value twice, a schema that contains itself as a property) is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from pipeline.openapi import (
    check_references,
    circular_references,
    followed,
    operations,
    place,
    pointer_text,
    resolve,
    walk,
)

_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def faults(document: Any) -> list[str]:
    """Every fault of a patched document, in the order of their kinds."""
    if broken := check_references(document):
        return broken  # what follows references cannot be trusted
    return [fault for check in _CHECKS for fault in check(document)]


def snake_case(name: str) -> str:
    """`name` as the generator spells it in Python, but for reserved words."""
    plain = re.sub(r"[^\w. -]+", "", name)
    if any(letter.isupper() for letter in plain):
        plain = " ".join(re.split("([A-Z]?[a-z]+)", plain))
    return "_".join(re.findall(r"[^. _-]+", plain)).lower()


def _twice(named: Iterable[tuple[Hashable, str]], problem: str) -> Iterator[str]:
    """The places that have one key together."""
    groups: dict[Hashable, list[str]] = {}
    for key, at in named:
        groups.setdefault(key, []).append(at)
    yield from (f"{' and '.join(places)} {problem}" for places in groups.values() if len(places) > 1)


def _loops(document: Any) -> Iterator[str]:
    return iter(dict.fromkeys(line.partition(": ")[2] for line in circular_references(document)))


def _names(document: Any) -> Iterator[str]:
    every = [(name, str(node.get("operationId", ""))) for name, node in operations(document).items()]
    named = ((snake_case(name), f"{at} ({name})") for at, name in every if name)
    yield from _twice(named, "become one function in Python; give each an operationId of its own")
    same = ((re.sub(r"\{[^}]*\}", "{}", at), at) for at, _ in every)
    yield from _twice(same, "are one path with other names for its parameters")


def _parameters(document: Any) -> Iterator[str]:
    for name, operation in operations(document).items():
        every = [followed(document, each) for each in operation.get("parameters") or ()]
        parameters = [each for each in every if isinstance(each, dict)]
        places = [place(document, each) for each in parameters]
        for key in sorted({key for key in places if places.count(key) > 1}):
            yield f"{name}: has the {key[1]} parameter {key[0]} {places.count(key)} times"
        wanted, given = set(re.findall(r"\{([^}]*)\}", name)), {key for key, place in places if place == "path"}
        yield from (f"{name}: has no path parameter {key}" for key in sorted(wanted - given))
        yield from (f"{name}: has a path parameter {key}, which its path lacks" for key in sorted(given - wanted))
        for each in parameters:
            if each.get("in") == "path" and each.get("required") is not True:
                yield f"{name}: the path parameter {each.get('name')} is not `required: true`"


def _classes(document: Any) -> Iterator[str]:
    """Schemas that the generator would write as one module; enums of one name and the same values may share it."""
    made: list[tuple[Hashable, str]] = []

    def visit(name: str, schema: Any, place: str) -> None:
        if not isinstance(schema, dict) or "$ref" in schema:
            return
        if schema.get("type") == "object" or "properties" in schema or "enum" in schema:
            made.append((snake_case(name), place))
        for key, child in (schema.get("properties") or {}).items():
            title = child.get("title") if isinstance(child, dict) else None
            visit(f"{name} {title or key}", child, f"{place}/properties/{key}")
        visit(f"{name} item", schema.get("items"), f"{place}/items")

    for key, schema in resolve(document, ("components", "schemas"), {}).items():
        title = schema.get("title") if isinstance(schema, dict) else None
        visit(title or key, schema, f"/components/schemas/{key}")
    yield from _twice(made, "become one class in Python; rename one, or give it another `title`")


def _schemas(document: Any) -> Iterator[str]:
    for at in walk(document):
        if at.kind != "schema":
            continue
        schema, place = at.node, pointer_text(at.pointer)
        properties, required = schema.get("properties"), schema.get("required")
        if properties and isinstance(required, list) and not {"allOf", "anyOf", "oneOf"} & {*schema, *at.pointer}:
            yield from (f"{place}: requires {key}, which it does not have" for key in required if key not in properties)
        if "default" in schema:
            default, whole = schema["default"], {**schema, **followed(document, schema)}
            types: list[Any] = whole["type"] if isinstance(whole.get("type"), list) else [whole.get("type")]
            if "enum" in whole and default not in whole["enum"]:
                yield f"{place}: has the default {default!r}, which its enum lacks"
            elif all(each in _TYPES and not _is(default, each) for each in types):
                yield f"{place}: has the default {default!r}, which is no {' or '.join(types)}"


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


_CHECKS: tuple[Callable[[Any], Iterable[str]], ...] = (_loops, _names, _parameters, _classes, _schemas)
