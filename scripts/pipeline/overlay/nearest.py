"""The part of a JSONPath that selects something when the whole does not, and the names that exist there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from jsonpath import JSONPath
from jsonpath.exceptions import JSONPathError
from pipeline.overlay.format import Query

_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
_STEP = re.compile(r"(\.\.)?\[(?:'([A-Za-z_][A-Za-z_0-9]*)'|(\*))\]|'(?:[^'\\]|\\.)*'")
_SHOWN = 5


def nearest(document: Any, query: Query) -> str | None:
    """The longest beginning of `query`, which selects nothing in `document`, that selects something; None if unknown.

    After it stand whole paths that differ in one name and do select something, or else the names that exist there.
    """
    if not isinstance(query, JSONPath):  # the environment of overlays compiles nothing else
        return None
    segments = [str(segment) for segment in query.segments]
    try:
        for count in range(len(segments) - 1, -1, -1):
            if nodes := _select(query, segments[:count], document):
                return _brief(segments[:count]) + _hint(document, query, segments, count, nodes)
    except (JSONPathError, ValueError, RecursionError):
        pass  # a hint that cannot be had is no error of its own
    return None


def _select(query: JSONPath, segments: list[str], document: Any) -> list[Any]:
    return query.env.compile("$" + "".join(segments)).findall(document)


def _hint(document: Any, query: JSONPath, segments: list[str], count: int, nodes: list[Any]) -> str:
    missed = segments[count]
    known = list(dict.fromkeys(name for node in nodes for name in _names(node, missed)))
    similar: dict[str, None] = {}
    meant: dict[str, None] = {}
    for quoted in _LITERAL.findall(missed):
        name = re.sub(r"\\(.)", r"\1", quoted)
        for other in get_close_matches(name, [item for item in known if item != name], n=3, cutoff=0.7):
            similar[other] = None
            mended = [*segments[:count], missed.replace(_quoted(name), _quoted(other)), *segments[count + 1 :]]
            if _select(query, mended, document):
                meant[_brief(mended)] = None
    if meant:
        return f"; perhaps {' or '.join(meant)} is meant"
    names = list(similar or dict.fromkeys(key for node in nodes if isinstance(node, dict) for key in node))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f", which has {', '.join(names[:_SHOWN])}{more}" if names and not missed.startswith("[?") else ""


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


def _brief(segments: list[str]) -> str:
    """A path as people write it: `$.info`, not `$['info']`."""
    return _STEP.sub(_brief_step, "$" + "".join(segments))


def _brief_step(match: re.Match[str]) -> str:
    name = match[2] or match[3]
    return f"{match[1] or '.'}{name}" if name else match[0]
