"""A part of an OpenAPI document: some of its operations, and what these need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from pipeline.openapi import COMPONENT_NAME, METHODS, Pointer, references, resolve, target_pointer, walk


def cut(document: Any, names: Collection[str]) -> dict[str, Any]:
    """The document with the operations of these names (`GET /path`) alone, and the components and tags that they need.

    What is wrong in the rest does not matter.
    """
    part = {key: value for key, value in document.items() if key not in {"paths", "components", "webhooks"}}
    part["paths"] = {}
    for path, item in document["paths"].items():
        if isinstance(item, dict):
            others = {method for method in METHODS if f"{method.upper()} {path}" not in names}
            kept = {key: value for key, value in item.items() if key not in others}
            if set(kept) & set(METHODS):
                part["paths"][path] = kept
    if isinstance(tags := part.get("tags"), list):
        lists = [item.node.get("tags") for item in walk(part) if item.kind == "operation"]
        used = [tag for some in lists if isinstance(some, list) for tag in some]
        part["tags"] = [tag for tag in tags if isinstance(tag, dict) and tag.get("name") in used]
    components = _needed(document, part)
    return {**part, "components": components} if components else part


def _needed(document: Any, part: Any) -> dict[str, Any]:
    wanted = set(_targets(part))
    seen: set[Pointer] = set()
    while more := wanted - seen:
        seen |= more
        for kind, name in more:
            wanted |= set(_targets({"components": {kind: {name: resolve(document, ("components", kind, name))}}}))
    kinds = document.get("components")
    return {
        kind: kept
        for kind, members in (kinds.items() if isinstance(kinds, dict) else ())
        if isinstance(members, dict)
        and (kept := {name: node for name, node in members.items() if (kind, name) in wanted})
    }


def _targets(part: Any) -> Iterator[Pointer]:
    """The components that a part refers to, each as its kind and name."""
    for _, holder, key in references(part):
        if key != "$ref" and COMPONENT_NAME.fullmatch(holder[key]):  # a discriminator may give the bare name
            yield "schemas", holder[key]
        else:
            target = target_pointer(holder[key])
            if target[:1] == ("components",) and len(target) > 2:
                yield target[1:3]
    for item in walk(part):
        if item.kind == "requirement":
            yield from (("securitySchemes", str(name)) for name in item.node)
