"""What an OpenAPI document is made of: its objects by kind and place, its references, and new names in it.

All of it goes by position, never by a key's name alone: a property that happens to be called `nullable`, or a `$ref`
inside an example, is somebody's data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pipeline import yaml_files
from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    from collections.abc import Iterator

Pointer = tuple[str, ...]

_NAME = re.compile(r"[A-Za-z0-9._-]+")
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
# Where a `$ref` is a reference. Elsewhere it would be a name that somebody chose.
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
class Place:
    """One object of a document: its kind, where it stands, and the object itself."""

    kind: str
    pointer: Pointer
    node: Any


def tree(node: Any) -> Any:
    """A copy whose parts can move about: no anchors, no merge keys, every key a string. Comments come along."""
    if not isinstance(node, (dict, list)):
        return _scalar(node)
    copy: Any
    if isinstance(node, dict):
        copy = CommentedMap((_key(key), tree(value)) for key, value in node.items())
    else:
        copy = CommentedSeq(tree(value) for value in node)
    if isinstance(node, (CommentedMap, CommentedSeq)):
        copy.ca.comment = node.ca.comment
        copy.ca.end = node.ca.end
        copy.ca.items.update(
            (_key(key) if isinstance(node, dict) else key, value) for key, value in node.ca.items.items()
        )
        if node.fa.flow_style():
            copy.fa.set_flow_style()
    return copy


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key)


def _scalar(node: Any) -> Any:
    anchor = getattr(node, "anchor", None)
    return yaml_files.plain(node) if anchor is not None and anchor.value else node


def pointer_text(pointer: Pointer) -> str:
    """A JSON pointer as it is written."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in pointer)


def walk(node: Any, kind: str = "document", pointer: Pointer = ()) -> Iterator[Place]:
    """Every object of a kind that the grammar knows, outer ones first. References are not followed."""
    if not isinstance(node, dict):
        return
    yield Place(kind, pointer, node)
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


# References.


def parse_pointer(text: str) -> Pointer:
    """A written JSON pointer as its parts."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _resolves(document: Any, pointer: Pointer) -> bool:
    node = document
    for part in pointer:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return False
    return True


def references(document: Any) -> Iterator[tuple[Pointer, Any, str]]:
    """Every reference: the pointer to it, the mapping that holds it, and its key there."""
    for place in walk(document):
        if place.kind in REFERABLE and isinstance(place.node.get("$ref"), str):
            yield (*place.pointer, "$ref"), place.node, "$ref"
        if place.kind == "discriminator" and isinstance(place.node.get("mapping"), dict):
            mapping = place.node["mapping"]
            for key, value in mapping.items():
                if isinstance(value, str):
                    yield (*place.pointer, "mapping", key), mapping, key


def check_references(document: Any) -> list[str]:
    """References that lead out of the document or to nowhere, each with its pointer."""
    problems: list[str] = []
    for pointer, holder, key in references(document):
        target = holder[key]
        if key != "$ref" and _NAME.fullmatch(target):  # a discriminator may tell a schema by its bare name
            target = f"#/components/schemas/{target}"
        if not re.match(r"#(/|$)", target):
            problems.append(f"{pointer_text(pointer)}: {target} leads out of the document and cannot be bundled")
        elif not _resolves(document, parse_pointer(unquote(target[1:]))):
            problems.append(f"{pointer_text(pointer)}: {target} leads to nowhere")
    return problems


def circular_references(document: Any) -> list[str]:
    """References that lead from one to the next for ever, each with its pointer; all of them must lead somewhere."""
    return [
        f"{pointer_text(pointer)}: {holder[key]} leads round in a circle"
        for pointer, holder, key in references(document)
        if key == "$ref" and _circles(document, holder[key])
    ]


def _circles(document: Any, target: str) -> bool:
    seen: set[str] = set()
    while target not in seen:
        seen.add(target)
        node = document
        for part in parse_pointer(unquote(target[1:])):
            node = node[int(part) if isinstance(node, list) else part]
        following = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(following, str) or not following.startswith("#"):
            return False
        target = following
    return True


def rename(document: Any, at: Pointer, new: str) -> None:
    """Give the component or tag at `at` the name `new`, in place."""
    if at[0] == "tags":
        _rename_tag(document, at[1], new)
        return
    _, kind, old = at
    _rename_key(document["components"][kind], old, new)
    target = (*at[:2], new)
    for _, holder, key in references(document):
        pointer = parse_pointer(unquote(holder[key][1:]))
        if pointer[:3] == at:
            holder[key] = "#" + quote(pointer_text((*target, *pointer[3:])), safe="/~$:@!'()*+,;=")
    for place in list(walk(document)):
        if kind == "securitySchemes" and place.kind == "requirement" and old in place.node:
            _rename_key(place.node, old, new)
        elif kind == "schemas" and place.kind == "schema" and isinstance(place.node.get("discriminator"), dict):
            _rename_mapped(place, old, new)


def _rename_key(mapping: Any, old: str, new: str) -> None:
    position = list(mapping).index(old)
    mapping.insert(position, new, mapping.pop(old))


def _rename_tag(document: Any, old: str, new: str) -> None:
    for place in walk(document):
        if place.kind == "tag" and place.node.get("name") == old:
            place.node["name"] = new
        elif place.kind == "operation" and isinstance(place.node.get("tags"), list):
            tags = place.node["tags"]
            tags[:] = [new if tag == old else tag for tag in tags]


def _rename_mapped(place: Place, old: str, new: str) -> None:
    """Keep a discriminator's values: without a mapping, a schema's old name was the value on the wire."""
    discriminator = place.node["discriminator"]
    mapping = discriminator.get("mapping") or {}
    for key, value in mapping.items():
        if value == old:
            mapping[key] = new
    target = f"#/components/schemas/{new}"
    branches = [*(place.node.get("oneOf") or []), *(place.node.get("anyOf") or [])]
    implicit = any(isinstance(branch, dict) and branch.get("$ref") == target for branch in branches)
    if implicit and not {new, target} & set(mapping.values()):
        discriminator.setdefault("mapping", CommentedMap())[old] = target
