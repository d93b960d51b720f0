"""The part of a JSONPath that selects something when the whole does not, and the names that exist there."""

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
    """The longest beginning of a path that selects something, and what is most like the rest.

    Attributes:
        path: that beginning.
        nodes: how many nodes it selects.
        meant: whole paths that differ in one name and do select something.
        similar: names like the one that does not exist.
        names: all names that exist there.
        elements: how many elements the arrays there have.
    """

    path: str
    nodes: int
    meant: tuple[str, ...]
    similar: tuple[str, ...]
    names: tuple[str, ...]
    elements: int

    def __str__(self) -> str:
        """As messages show it."""
        nodes = "" if self.nodes == 1 else f" ({self.nodes} nodes)"
        if self.meant:
            return f"{self.path}{nodes}; perhaps {' or '.join(self.meant)} is meant"
        if self.similar:
            return f"{self.path}{nodes}, which has {', '.join(self.similar)}"
        if not self.names:
            count = f"{self.elements} element{'s' * (self.elements > 1)}" if self.elements else "nothing"
            return f"{self.path}{nodes}, which has {count} in it"
        more = f" and {len(self.names) - _SHOWN} more" if len(self.names) > _SHOWN else ""
        return f"{self.path}{nodes}, which has {', '.join(self.names[:_SHOWN])}{more}"


def nearest(document: Any, query: Query) -> Nearest | None:
    """What `query`, which selects nothing in `document`, comes nearest to; None if that is unknown."""
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
        names=tuple(dict.fromkeys(key for node in nodes if isinstance(node, dict) for key in node)),
        elements=sum(len(node) for node in nodes if isinstance(node, list)),
    )


def _names(node: Any, missed: str) -> Iterator[str]:
    """The names that the segment could have meant.

    A filter refers to the names and texts of the children of a node; a descendant segment to all names below.
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


def _brief_step(match: re.Match[str]) -> str:
    name = match[2] or match[3]
    return f"{match[1] or '.'}{name}" if name else match[0]
