"""How much two operations or two schemas resemble each other: enough to take one for the other under a new name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pipeline.openapi import METHODS, Pointer, differ, followed

_ENOUGH = 0.5
"""The likeness from which two things count as one under another name; 1 is equality."""
_WORDING = frozenset(("description", "summary", "title", "example", "examples", "externalDocs"))
"""Keys whose values are for people, unless the key is a name itself."""
MAPS = frozenset((
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "headers", "responses", "content",
    "links", "callbacks", "mapping", "variables", "scopes", "encoding",
))  # fmt: skip
"""Keys of maps whose own keys are names."""


@dataclass(frozen=True)
class Operation:
    """An operation of the document `file`, with the servers that apply to it; `urls` are theirs."""

    method: str
    path: str
    node: Any
    urls: tuple[str, ...]
    file: str
    servers: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def pointer(self) -> Pointer:
        return ("paths", self.path, self.method)

    def moved_to(self, new: Operation) -> str:
        """From where it moved to where: the path, the hosts or both, whichever differs."""
        path = [f"from {self.path} to {new.path}"] * (self.path != new.path)
        hosts = " → ".join(", ".join(one.urls) or "no server" for one in (self, new))
        return ", ".join([*path, *[f"to other hosts: {hosts}"] * (set(self.urls) != set(new.urls))])


def operations_of(document: Any, file: str) -> dict[str, Operation]:
    result: dict[str, Operation] = {}
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            node = item.get(method) if isinstance(item, dict) else None
            if isinstance(node, dict):
                listed: list[Any] = next((h["servers"] for h in (node, item, document) if h.get("servers")), [])
                servers = tuple(s for s in listed if isinstance(s, dict) and isinstance(s.get("url"), str))
                urls = tuple(server["url"] for server in servers)
                operation = Operation(method, path, node, urls, file, servers)
                result[operation.name] = operation
    return result


def is_wording(trail: Sequence[str]) -> bool:
    """Whether the node at the end of a trail of keys is for people only."""
    return any(key in _WORDING and (at == 0 or trail[at - 1] not in MAPS) for at, key in enumerate(trail))


def without_wording(node: Any, *, names: bool = False) -> Any:
    """A node less what is for people only; with `names`, its keys are names."""
    if isinstance(node, dict):
        return {
            key: without_wording(value, names=key in MAPS and not names)
            for key, value in node.items()
            if names or key not in _WORDING
        }
    return [without_wording(item) for item in node] if isinstance(node, list) else node


def matched(olds: Iterable[Any], news: Iterable[Any], alike: Callable[[Any, Any], float]) -> list[tuple[Any, Any]]:
    """Pairs of removed and added things that are alike, the best match first, each thing once."""
    scored = [(alike(old, new), old, new) for old, new in itertools.product(list(olds), list(news))]
    scored.sort(key=lambda item: -item[0])
    pairs: list[tuple[Any, Any]] = []
    for score, old, new in scored:
        if score >= _ENOUGH and not any(old is one or new is other for one, other in pairs):
            pairs.append((old, new))
    return pairs


def likeness(old: Operation, new: Operation) -> float:
    """How much two operations are alike, from 0 to 1."""
    if old.method != new.method:
        return 0.0
    ids = [operation.node.get("operationId") for operation in (old, new)]
    if ids[0] and ids[0] == ids[1]:
        return 1.0
    path = SequenceMatcher(None, _segments(old.path), _segments(new.path)).ratio()
    summaries = [str(operation.node.get("summary", "")).lower() for operation in (old, new)]
    summary = SequenceMatcher(None, summaries[0], summaries[1]).ratio()
    names = [set(_parameters(operation.node)) for operation in (old, new)]
    bodies = [set(_bodies(operation.node)) for operation in (old, new)]
    # The last segment names what is returned; two operations on one list differ in it alone.
    last = _segments(old.path)[-1:] == _segments(new.path)[-1:] and old.path.endswith("}") == new.path.endswith("}")
    alike = 0.3 * path + 0.2 * summary + 0.15 * _overlap(*names) + 0.35 * _overlap(*bodies)
    return alike if last else 0.6 * alike


def schema_likeness(old: tuple[str, Any], new: tuple[str, Any]) -> float:
    """How much two schemas, each with its name, are alike, from 0 to 1; 0 without a reason for a new name."""
    (name, one), (other_name, other) = old, new
    fields = set(_fields(one)), set(_fields(other))
    equal = not differ(without_wording(one), without_wording(other))
    if equal or bare(name) == bare(other_name) or _is_longer(name, other_name) or _described_alike(one, other):
        return _overlap(*fields) if any(fields) else float(equal)
    return 0.0


def renamed_members(removed: Any, added: Any, trail: Sequence[str], sides: tuple[Any, Any]) -> list[tuple[str, str]]:
    """Properties and parameters of two documents that have a new name and are the same otherwise.

    That takes a reason: the same name in another style, or the same description.
    """
    if not removed or not added or trail[-1:] not in {("properties",), ("parameters",)}:
        return []

    def alike(old: str, new: str) -> float:
        one, other = (
            {key: value for key, value in node.items() if key != "name"} if isinstance(node, dict) else node
            for node in (followed(sides[0], removed[old][1]), followed(sides[1], added[new][1]))
        )
        if differ(without_wording(one), without_wording(other)):
            return 0.0
        if bare(old) == bare(new):
            return 1.0
        if _described_alike(one, other):
            return 0.9
        only = [sum(label.endswith("(path)") for label in side) for side in (removed, added)] == [1, 1]
        only = only and old.endswith("(path)") and new.endswith("(path)")  # its name is no part of the URL
        return 0.8 if only else 0.0

    return matched(removed, added, alike)


def _is_longer(old: str, new: str) -> bool:
    """Whether the name of a schema has all words of the other. Of a property, whose content is a type, that is none."""
    one, other = (
        set(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", it).lower())) for it in (old, new)
    )
    return one <= other or other <= one


def _described_alike(one: Any, other: Any) -> bool:
    texts = [node.get("description") if isinstance(node, dict) else None for node in (one, other)]
    return bool(texts[0]) and texts[0] == texts[1]


def bare(name: Any) -> str:
    """A name without its style: `conversation_id` and `conversationId` are the same."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part and not part.startswith("{")]


def _parameters(operation: Any) -> Iterator[str]:
    for parameter in operation.get("parameters") or ():
        if isinstance(parameter, dict):
            yield bare(parameter.get("name", parameter.get("$ref")))


def _bodies(operation: Any) -> Iterator[str]:
    for status, response in (operation.get("responses") or {}).items():
        content = response.get("content") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(content, dict):
            for media, body in content.items():
                schema = body.get("schema") if isinstance(body, dict) else None
                yield f"{media} {schema.get('$ref', '')}" if isinstance(schema, dict) else media


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from map(str, properties if isinstance(properties, dict) else ())
        yield from map(repr, schema.get("enum") or ())
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key) or ():
                yield from _fields(part)


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
