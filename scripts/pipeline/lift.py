"""From OpenAPI 3.0 to 3.1: each rule changes one schema in place, and returns what 3.1 cannot express, if anything."""

from __future__ import annotations

import copy
import itertools
import math
import re
from typing import TYPE_CHECKING, Any

from pipeline.openapi import METHODS, REFERABLE, place, pointer_text, replace_key, walk

if TYPE_CHECKING:
    from collections.abc import Callable

# Keywords that limit nothing: they stay outside when the limits are wrapped.
_NOTES = frozenset(
    ("title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples", "externalDocs")
) | {"xml"}
MOST_SERVERS = 100
"""How many servers one with variables may stand for."""
_COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "not")


def _lift_nullable(schema: Any) -> str | None:
    if "nullable" not in schema:
        return None
    if not isinstance(schema["nullable"], bool):
        return "`nullable` is neither true nor false"
    limits = [key for key in schema if key not in _NOTES and key != "nullable" and not key.startswith("x-")]
    if not schema["nullable"] or not limits:  # without limits, null is allowed already
        del schema["nullable"]
    elif isinstance(schema.get("type"), str) and not any(key in schema for key in _COMPOSED):
        del schema["nullable"]
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"].append(None)
    else:
        wrapped = {key: schema.pop(key) for key in limits}
        replace_key(schema, "nullable", "anyOf", [wrapped, {"type": "null"}])
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
    replace_key(schema, "example", "examples", [schema["example"]])
    return None


def _lift_byte(schema: Any) -> str | None:
    """`format: binary` stays: 3.1 permits it, and it distinguishes raw bytes from text."""
    if schema.get("format") != "byte":
        return None
    if schema.get("contentEncoding", "base64") != "base64":
        return "`format: byte` beside another `contentEncoding`"
    replace_key(schema, "format", "contentEncoding", "base64")
    return None


# `nullable` comes last: it may move what the others wrote.
_RULES: tuple[Callable[[Any], str | None], ...] = (
    _lift_exclusive("minimum", "exclusiveMinimum"),
    _lift_exclusive("maximum", "exclusiveMaximum"),
    _lift_example,
    _lift_byte,
    _lift_nullable,
)


def lift(document: Any) -> list[str]:
    """Turn an OpenAPI 3.0 document into 3.1, in place; a 3.1 document stays as it is.

    Returns what cannot be lifted, each with its pointer.
    """
    if not str(document.get("openapi")).startswith("3.0."):
        return []
    document["openapi"] = "3.1.0"
    for item in walk(document):
        if item.kind in REFERABLE - {"path_item"} and isinstance(item.node.get("$ref"), str):
            for key in item.node.keys() - {"$ref"}:  # 3.0 overlooks them, and 3.1 would not
                del item.node[key]
    schemas = [item for item in walk(document) if item.kind == "schema"]
    problems = [(item.pointer, rule(item.node)) for item in schemas for rule in _RULES]
    return [f"{pointer_text(pointer)}: {problem}" for pointer, problem in problems if problem]


def unwrap(schema: dict[str, Any], *, references: bool = False) -> None:
    """Give a schema, in place, what stands in an `allOf` of its own, where that says the same.

    With `references`, a reference too: programs that read it may overlook what is beside it.
    """
    parts = schema.get("allOf")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
        if "$ref" in parts[0] and not references:
            return
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        if not rest.keys() & (parts[0].keys() | {"additionalProperties", "unevaluatedProperties"}):
            schema.clear()
            schema |= {**parts[0], **rest}
            unwrap(schema, references=references)


def own_parameters(document: Any) -> None:
    """Give each operation the parameters of its path, in place: who reads an operation need not look there too."""
    for item in (document.get("paths") or {}).values():
        if not isinstance(item, dict) or not isinstance(item.get("parameters"), list):
            continue
        shared = item.pop("parameters")
        for node in (item[method] for method in METHODS if isinstance(item.get(method), dict)):
            own = node.get("parameters") or []
            if isinstance(own, list):
                names = [place(document, one) for one in own]
                others = [copy.deepcopy(one) for one in shared if place(document, one) not in names]
                if others or own:
                    node["parameters"] = others + own


def plain_servers(document: Any) -> list[str]:
    """Turn each server whose URL has variables into one for each of their values, in place.

    A variable without an enum has its default. Returns what cannot be turned, each with its pointer.
    """
    problems = []
    for item in walk(document):
        if item.kind in {"document", "path_item", "operation"} and isinstance(item.node.get("servers"), list):
            plain: list[Any] = []
            for index, server in enumerate(item.node["servers"]):
                try:
                    plain += _plain(server)
                except (KeyError, TypeError, AttributeError, ValueError) as error:
                    where = pointer_text((*item.pointer, "servers", str(index)))
                    problems.append(f"{where}: its URL's variables cannot be filled in: {error}")
            item.node["servers"] = plain
    return problems


def _plain(server: Any) -> list[Any]:
    names = re.findall(r"\{([^{}]+)\}", server["url"])
    values = [server["variables"][name].get("enum") or [server["variables"][name]["default"]] for name in names]
    if math.prod(map(len, values)) > MOST_SERVERS:
        raise ValueError(f"they have more than {MOST_SERVERS} values together")
    rest = {key: value for key, value in server.items() if key != "variables"}
    parts = re.split(r"\{[^{}]+\}", server["url"])
    return [
        {**rest, "url": "".join(f"{part}{value}" for part, value in zip(parts, (*choice, ""), strict=True))}
        for choice in itertools.product(*values)
    ]


def examples_of_schemas(document: Any) -> None:
    """Turn the `example` of each schema, which 3.1 still allows, into `examples`, as lifting does."""
    for item in walk(document):
        if item.kind == "schema":
            _lift_example(item.node)
