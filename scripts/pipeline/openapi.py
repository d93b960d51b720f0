"""What an OpenAPI document is made of: its objects by kind and pointer, its references, and how to rename a component.

Position decides what an object is, never a key's name alone: a property that happens to be called `nullable`, or a
`$ref` inside an example, is data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Pointer = tuple[str, ...]

COMPONENT_NAME = re.compile(r"[A-Za-z0-9._-]+")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# What kind of object stands under which key: one, a [list], a {map}, or a <map> that may hold x- extensions as well.
_HEADER = {"schema": "schema", "content": "{media_type}", "examples": "{example}"}
_SCHEMAS = (
    ("{schema}", ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")),
    ("[schema]", ("allOf", "anyOf", "oneOf", "prefixItems")),
    ("schema", ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")),
    ("schema", ("unevaluatedItems", "unevaluatedProperties", "contentSchema")),
)
GRAMMAR: dict[str, dict[str, str]] = {
    "document": {
        "paths": "<path_item>",
        "webhooks": "{path_item}",
        "components": "components",
        "tags": "[tag]",
        "security": "[requirement]",
    },
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{request_body}",
        "headers": "{header}",
        "securitySchemes": "{security_scheme}",
        "links": "{link}",
        "callbacks": "{callback}",
        "pathItems": "{path_item}",
    },
    "path_item": {"parameters": "[parameter]", **dict.fromkeys(METHODS, "operation")},
    "operation": {
        "parameters": "[parameter]",
        "requestBody": "request_body",
        "responses": "<response>",
        "callbacks": "{callback}",
        "security": "[requirement]",
    },
    "callback": {"*": "path_item"},
    "parameter": _HEADER,
    "header": _HEADER,
    "request_body": {"content": "{media_type}"},
    "response": {"headers": "{header}", "content": "{media_type}", "links": "{link}"},
    "media_type": {"schema": "schema", "examples": "{example}", "encoding": "{encoding}"},
    "encoding": {"headers": "{header}"},
    "schema": {key: rule for rule, keys in _SCHEMAS for key in keys} | {"discriminator": "discriminator"},
    "discriminator": {},
    "tag": {},
    "requirement": {},
    "example": {},
    "link": {},
    "security_scheme": {},
}
# The kinds of object in which a `$ref` is a reference. Elsewhere it is a name in the vendor's data.
REFERABLE = frozenset(
    ("schema", "response", "parameter", "example", "request_body", "header", "security_scheme", "link", "callback")
) | {"path_item"}


def operations(document: Any) -> dict[str, Any]:
    """The operations of a document as `GET /path`, each with its node."""
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document["paths"].items()
        if isinstance(item, dict)
        for method in METHODS
        if isinstance(item.get(method), dict)
    }


@dataclass(frozen=True)
class Located:
    """One object of a document: its kind, its pointer, and the object itself."""

    kind: str
    pointer: Pointer
    node: Any


def pointer_text(pointer: Pointer) -> str:
    """A JSON pointer as it is written."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in pointer)


def walk(node: Any, kind: str = "document", pointer: Pointer = ()) -> Iterator[Located]:
    """Every object that the grammar knows, outer ones first. References are not followed."""
    if not isinstance(node, dict):
        return
    yield Located(kind, pointer, node)
    rules = GRAMMAR[kind]
    for key, value in list(node.items()):
        rule = rules.get(key) or (rules.get("*") if not str(key).startswith("x-") else None)
        if rule:
            for step, child in _children(rule, value):
                yield from walk(child, rule.strip("[]{}<>"), (*pointer, str(key), *step))


def _children(rule: str, value: Any) -> Iterator[tuple[Pointer, Any]]:
    if rule[0] == "[":
        if isinstance(value, list):
            yield from (((str(index),), child) for index, child in enumerate(value))
    elif rule[0] in "{<":
        if isinstance(value, dict):
            extensible = rule[0] == "<"
            for key, child in value.items():
                if not (extensible and str(key).startswith("x-")):
                    yield (str(key),), child
    else:
        yield (), value


# Pointers and differences.


def changes(before: Any, after: Any, at: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Where two JSON values differ: the pointers of the outermost nodes that one of them lacks or that are unlike."""
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            if key not in before or key not in after:
                yield (*at, key)
            else:
                yield from changes(before[key], after[key], (*at, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from changes(one, other, (*at, index))
        yield from ((*at, index) for index in range(*sorted((len(before), len(after)))))
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield at


def differ(one: Any, other: Any) -> bool:
    """Whether two JSON values are not equal. To JSON, `true` is not `1`."""
    return any(True for _ in changes(one, other))


def parse_pointer(text: str) -> Pointer:
    """A written JSON pointer as its parts."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


_MISSING = object()


def resolve(document: Any, pointer: Iterable[str | int], default: Any = None) -> Any:
    """The node at `pointer`, `default` where the document has none."""
    node = document
    for part in pointer:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and str(part).isdecimal() and int(part) < len(node):
            node = node[int(part)]
        else:
            return default
    return node


def target_pointer(reference: str) -> Pointer:
    """The pointer in the fragment of a reference."""
    return parse_pointer(unquote(reference.partition("#")[2]))


def followed(document: Any, node: Any) -> Any:
    """What a node refers to at last, with the siblings of its references; itself where it refers to nothing."""
    seen: set[str] = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
        seen.add(node["$ref"])
        target = resolve(document, target_pointer(node["$ref"])) if node["$ref"].startswith("#/") else None
        if target is None:
            return node
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        node = {**target, **siblings} if isinstance(target, dict) else target
    return node


def place(document: Any, parameter: Any) -> tuple[str, str]:
    """The name and place of a parameter, which together are its identity."""
    node = followed(document, parameter)
    return (str(node.get("name")), str(node.get("in"))) if isinstance(node, dict) else ("", "")


def references(document: Any) -> Iterator[tuple[Pointer, Any, str]]:
    """Every reference: the pointer to it, the mapping that holds it, and its key there."""
    for item in walk(document):
        if item.kind in REFERABLE and isinstance(item.node.get("$ref"), str):
            yield (*item.pointer, "$ref"), item.node, "$ref"
        if item.kind == "discriminator" and isinstance(item.node.get("mapping"), dict):
            mapping = item.node["mapping"]
            for key, value in mapping.items():
                if isinstance(value, str):
                    yield (*item.pointer, "mapping", key), mapping, key


def check_references(document: Any) -> list[str]:
    """References that leave the document or have no target, each with its pointer."""
    problems: list[str] = []
    for pointer, holder, key in references(document):
        target = holder[key]
        if key != "$ref" and COMPONENT_NAME.fullmatch(target):  # a discriminator may give the bare name of a schema
            target = f"#/components/schemas/{target}"
        if not re.match(r"#(/|$)", target):
            problems.append(f"{pointer_text(pointer)}: {target} refers to another document, which cannot be bundled")
        elif resolve(document, target_pointer(target), _MISSING) is _MISSING:
            problems.append(f"{pointer_text(pointer)}: {target} has no target")
    return problems


def circular_references(document: Any) -> list[str]:
    """References that come back to where they lead without a property or an item between, each with its pointer.

    Every reference must have a target.
    """

    def leads(target: str) -> list[str]:
        node = resolve(document, target_pointer(target))
        parts = (node, *(node.get("allOf") or ())) if isinstance(node, dict) else ()
        return [part["$ref"] for part in parts if isinstance(part, dict) and isinstance(part.get("$ref"), str)]

    def returns(target: str) -> bool:
        reached: set[str] = set()
        pending = leads(target)
        while pending:
            if (following := pending.pop()) not in reached:
                reached.add(following)
                pending += leads(following)
        return target in reached

    every = [(pointer, holder[key]) for pointer, holder, key in references(document) if key == "$ref"]
    circular = {target for target in {target for _, target in every} if returns(target)}
    return [f"{pointer_text(pointer)}: {target} refers to itself" for pointer, target in every if target in circular]


def rename(document: Any, at: Pointer, new: str) -> None:
    """Give the component at `at` the name `new`, in place."""
    _, kind, old = at
    members = document["components"][kind]
    replace_key(members, old, new, members[old])
    target = (*at[:2], new)
    for _, holder, key in references(document):
        pointer = target_pointer(holder[key])
        if pointer[:3] == at:
            holder[key] = "#" + quote(pointer_text((*target, *pointer[3:])), safe="/~$:@!'()*+,;=")
    for item in list(walk(document)):
        if kind == "securitySchemes" and item.kind == "requirement" and old in item.node:
            replace_key(item.node, old, new, item.node[old])
        elif kind == "schemas" and item.kind == "schema" and isinstance(item.node.get("discriminator"), dict):
            _rename_mapped(item, old, new)


def replace_key(mapping: dict[str, Any], old: str, new: str, value: Any) -> None:
    """Put `new` with its value where `old` is, in place."""
    items = [(new, value) if key == old else (key, node) for key, node in mapping.items() if key == old or key != new]
    mapping.clear()
    mapping.update(items)


def _rename_mapped(item: Located, old: str, new: str) -> None:
    """Keep the values of a discriminator: without a mapping, the old name of a schema is the value on the wire."""
    discriminator = item.node["discriminator"]
    mapping = discriminator.get("mapping") or {}
    for key, value in mapping.items():
        if value == old:
            mapping[key] = new
    target = f"#/components/schemas/{new}"
    branches = [*(item.node.get("oneOf") or []), *(item.node.get("anyOf") or [])]
    implicit = any(isinstance(branch, dict) and branch.get("$ref") == target for branch in branches)
    if implicit and not {new, target} & set(mapping.values()):
        discriminator.setdefault("mapping", {})[old] = target
