"""Where a JSONPath that selects nothing goes astray, and what stands there instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jsonpath import JSONPath
from jsonpath.exceptions import JSONPathError
from pipeline.overlay.format import Query

_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
_STEP = re.compile(r"(\.\.)?\[(?:'([A-Za-z_][A-Za-z_0-9]*)'|(\*))\]|'(?:[^'\\]|\\.)*'")
_SHOWN = 5


@dataclass(frozen=True)
class Nearest:
    """The longest beginning of a path that selects something, how many nodes that is, and what is most like the rest.

    `meant` are whole paths that differ in one name and do select something; `similar` are names like the one that was
    not found; `there` are all names that are there, for when none is like it; `elements` counts those of arrays.
    """

    path: str
    nodes: int
    meant: tuple[str, ...]
    similar: tuple[str, ...]
    there: tuple[str, ...]
    elements: int

    def __str__(self) -> str:
        """How a message tells it."""
        nodes = "" if self.nodes == 1 else f" ({self.nodes} nodes)"
        if self.meant:
            return f"{self.path}{nodes}; perhaps {' or '.join(self.meant)} is meant"
        if self.similar:
            return f"{self.path}{nodes}, which has {', '.join(self.similar)}"
        if not self.there:
            count = "nothing" if not self.elements else f"{self.elements} element{'s' * (self.elements > 1)}"
            return f"{self.path}{nodes}, which has {count} in it"
        more = f" and {len(self.there) - _SHOWN} more" if len(self.there) > _SHOWN else ""
        return f"{self.path}{nodes}, which has {', '.join(self.there[:_SHOWN])}{more}"


def nearest(document: Any, query: Query) -> Nearest | None:
    """What `query`, which selects nothing in the plain `document`, comes nearest to; None when that cannot be told."""
    if not isinstance(query, JSONPath):  # the environment of overlays compiles nothing else
        return None
    segments = [str(segment) for segment in query.segments]
    try:
        for count in range(len(segments) - 1, -1, -1):
            nodes = _select(query, segments[:count], document)
            if nodes:
                return _describe(document, query, segments, count, nodes)
    except (JSONPathError, ValueError, RecursionError):
        pass  # a hint that cannot be had is no error of its own
    return None


def _select(query: JSONPath, segments: list[str], document: Any) -> list[Any]:
    return query.env.compile("$" + "".join(segments)).findall(document)


def _describe(document: Any, query: JSONPath, segments: list[str], count: int, nodes: list[Any]) -> Nearest:
    before, missed, after = segments[:count], segments[count], segments[count + 1 :]
    names = [_unquoted(text) for text in _LITERAL.findall(missed)]
    known = list(dict.fromkeys(name for node in nodes for name in _names(node, missed)))
    similar: list[str] = []
    meant: list[str] = []
    for name in dict.fromkeys(names):
        for other in get_close_matches(name, [item for item in known if item != name], n=3):
            similar.append(other)
            mended = [*before, missed.replace(_quoted(name), _quoted(other)), *after]
            if _select(query, mended, document):
                meant.append(brief("$" + "".join(mended)))
    return Nearest(
        path=brief("$" + "".join(before)),
        nodes=len(nodes),
        meant=tuple(meant),
        similar=tuple(dict.fromkeys(similar)),
        there=tuple(dict.fromkeys(key for node in nodes if isinstance(node, dict) for key in node)),
        elements=sum(len(node) for node in nodes if isinstance(node, list)),
    )


def _names(node: Any, missed: str) -> Iterator[str]:
    """The names that the segment could have meant.

    A filter speaks of what the children of a node hold, names and texts alike; a descendant segment of all names below.
    """
    if isinstance(node, dict):
        yield from node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if missed.startswith(".."):
        yield from (name for child in children for name in _names(child, missed))
    elif missed.startswith("[?"):
        yield from (text for child in children for text in _held(child))


def _held(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node
        yield from (value for value in node.values() if isinstance(value, str))


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def brief(path: str) -> str:
    """A normalized path as people write it: `$.info`, not `$['info']`."""
    return _STEP.sub(_brief_step, path)


def _brief_step(found: re.Match[str]) -> str:
    name = found[2] or found[3]
    return f"{found[1] or '.'}{name}" if name else found[0]
