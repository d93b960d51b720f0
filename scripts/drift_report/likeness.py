"""Which of the things that went is which of those that came: how far two operations, or two schemas, are alike."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pipeline.openapi import METHODS, Pointer, differ

_ALIKE = 0.5
"""From which likeness on two things are taken for one under another name; 1 is the same."""
_WORDS = frozenset(("description", "summary", "title", "example", "examples", "externalDocs"))
"""Keys that say something to people only, but where names are kept."""
_NAMES = frozenset((
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "headers", "responses", "content",
    "links", "callbacks", "mapping", "variables", "scopes", "encoding",
))  # fmt: skip
"""Keys of maps whose own keys are names that somebody chose."""


@dataclass(frozen=True)
class Operation:
    """An operation of a document, with the servers that hold for it."""

    method: str
    path: str
    node: Any
    servers: tuple[str, ...]
    file: str
    served: tuple[Any, ...] = ()  # the same servers, whole

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def pointer(self) -> Pointer:
        """Where it stands in its document."""
        return ("paths", self.path, self.method)

    @property
    def where(self) -> str:
        """Its path, and the hosts that serve it."""
        return f"{self.path} at {', '.join(self.servers) or 'no server'}"


def operations_of(document: Any, file: str) -> dict[str, Operation]:
    """The operations of a plain document by method and path."""
    found: dict[str, Operation] = {}
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            node = item.get(method) if isinstance(item, dict) else None
            if isinstance(node, dict):
                servers: list[Any] = next((h["servers"] for h in (node, item, document) if h.get("servers")), [])
                served = tuple(s for s in servers if isinstance(s, dict) and isinstance(s.get("url"), str))
                urls = tuple(server["url"] for server in served)
                operation = Operation(method, path, node, urls, file, served)
                found[operation.name] = operation
    return found


def is_wording(trail: Sequence[str]) -> bool:
    """Whether what stands at the end of a trail of keys says something to people only."""
    return any(key in _WORDS and (place == 0 or trail[place - 1] not in _NAMES) for place, key in enumerate(trail))


def silent(node: Any, *, names: bool = False) -> Any:
    """A node without what it says to people; with `names`, its keys are names that somebody chose."""
    if isinstance(node, dict):
        return {
            key: silent(value, names=key in _NAMES and not names)
            for key, value in node.items()
            if names or key not in _WORDS
        }
    return [silent(item) for item in node] if isinstance(node, list) else node


def matched(olds: Iterable[Any], news: Iterable[Any], alike: Callable[[Any, Any], float]) -> list[tuple[Any, Any]]:
    """Pairs of things that went and things that came, the most alike first, each once."""
    scored = [(alike(old, new), old, new) for old, new in itertools.product(list(olds), list(news))]
    scored.sort(key=lambda item: -item[0])
    pairs: list[tuple[Any, Any]] = []
    for score, old, new in scored:
        if score >= _ALIKE and not any(old is one or new is other for one, other in pairs):
            pairs.append((old, new))
    return pairs


def likeness(old: Operation, new: Operation) -> float:
    """How far two operations are the same one, from 0 to 1."""
    if old.method != new.method:
        return 0.0
    ids = [operation.node.get("operationId") for operation in (old, new)]
    if ids[0] and ids[0] == ids[1]:
        return 1.0
    path = SequenceMatcher(None, _words(old.path), _words(new.path)).ratio()
    summaries = [str(operation.node.get("summary", "")).lower() for operation in (old, new)]
    summary = SequenceMatcher(None, summaries[0], summaries[1]).ratio()
    names = [set(_parameters(operation.node)) for operation in (old, new)]
    bodies = [set(_bodies(operation.node)) for operation in (old, new)]
    # The last word of a path tells what it gives; two operations of one list differ in it alone.
    last = _words(old.path)[-1:] == _words(new.path)[-1:] and old.path.endswith("}") == new.path.endswith("}")
    alike = 0.3 * path + 0.2 * summary + 0.15 * _jaccard(*names) + 0.35 * _jaccard(*bodies)
    return alike if last else 0.6 * alike


def _parameters(operation: Any) -> Iterator[str]:
    for parameter in operation.get("parameters") or ():
        if isinstance(parameter, dict):
            yield bare(parameter.get("name", parameter.get("$ref")))


def _words(path: str) -> list[str]:
    return [part for part in path.split("/") if part and not part.startswith("{")]


def bare(name: Any) -> str:
    """A name without its style: `conversation_id` and `conversationId` are one."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def _bodies(operation: Any) -> Iterator[str]:
    for status, response in (operation.get("responses") or {}).items():
        content = response.get("content") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(content, dict):
            for media, body in content.items():
                schema = body.get("schema") if isinstance(body, dict) else None
                yield f"{media} {(schema or {}).get('$ref', '')}" if isinstance(schema, dict) else media


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def schema_likeness(old: tuple[str, Any], new: tuple[str, Any]) -> float:
    one, other = (set(_fields(schema)) for _, schema in (old, new))
    if not one and not other:
        return float(not differ(silent(old[1]), silent(new[1])))
    return _jaccard(one, other)


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from map(str, properties if isinstance(properties, dict) else ())
        yield from map(repr, schema.get("enum") or ())
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key) or ():
                yield from _fields(part)
