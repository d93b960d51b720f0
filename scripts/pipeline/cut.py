"""A part of an OpenAPI document: some of its operations, and what these need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from pipeline.openapi import METHODS, Pointer, parse_pointer, references


def cut(document: Any, names: Collection[str]) -> dict[str, Any]:
    """The document with the operations of these names (`GET /path`) alone, and the components that they need."""
    part = {key: value for key, value in document.items() if key not in {"paths", "components", "webhooks"}}
    part["paths"] = {}
    for path, item in document["paths"].items():
        others = {method for method in METHODS if f"{method.upper()} {path}" not in names}
        kept = {key: value for key, value in item.items() if key not in others}
        if set(kept) & set(METHODS):
            part["paths"][path] = kept
    components = _needed(part, document.get("components") or {})
    return {**part, "components": components} if components else part


def _needed(part: Any, components: Any) -> dict[str, Any]:
    schemes = {name for requirement in _requirements(part) for name in requirement}
    wanted: list[Pointer] = [("components", "securitySchemes", name) for name in sorted(schemes)]
    wanted += _targets(part)
    kept: dict[str, dict[str, Any]] = {}
    while wanted:
        _, kind, name, *_ = (*wanted.pop(), "", "")
        if name in components.get(kind, {}) and name not in kept.get(kind, {}):
            node = components[kind][name]
            kept.setdefault(kind, {})[name] = node
            wanted += _targets({"components": {kind: {name: node}}})
    return {
        kind: {name: node for name, node in members.items() if name in kept[kind]}
        for kind, members in components.items()
        if kind in kept
    }


def _requirements(part: Any) -> Iterator[Any]:
    for item in part["paths"].values():
        for method in METHODS:
            if method in item:
                own = item[method].get("security")
                yield from own if own is not None else part.get("security") or []


def _targets(part: Any) -> list[Pointer]:
    targets = [parse_pointer(holder[key][1:]) for _, holder, key in references(part) if holder[key].startswith("#/")]
    return [pointer for pointer in targets if len(pointer) > 2]
