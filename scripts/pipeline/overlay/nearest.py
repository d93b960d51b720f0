"""The part of a JSONPath that selects something when the whole does not, and the names that exist there."""

from __future__ import annotations

import re
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from jsonpath import JSONPath
from jsonpath.exceptions import JSONPathError
from pipeline.overlay.format import Query

_SHOWN = 5


def nearest(document: Any, query: Query) -> str | None:
    """The longest beginning of `query`, which selects nothing in `document`, that selects something; None if unknown.

    Where the next step is a name, the names that exist there follow: those that are similar, or else the first.
    """
    if not isinstance(query, JSONPath):  # the environment of overlays compiles nothing else
        return None
    segments = [str(segment) for segment in query.segments]
    with suppress(JSONPathError, ValueError, RecursionError):  # a hint that cannot be had is no error of its own
        for count in range(len(segments) - 1, -1, -1):
            path = "$" + "".join(segments[:count])
            if nodes := query.env.compile(path).findall(document):
                return _brief(path) + _names(nodes, segments[count])
    return None


def _names(nodes: list[Any], missed: str) -> str:
    known = list(dict.fromkeys(key for node in nodes if isinstance(node, dict) for key in node))
    if not known or not missed.startswith("['"):
        return ""
    names = get_close_matches(missed[2:-2], known, n=3, cutoff=0.7) or known
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f", which has {', '.join(names[:_SHOWN])}{more}"


def _brief(path: str) -> str:
    """A path as people write it: `$.info`, not `$['info']`."""
    return re.sub(r"\['([A-Za-z_]\w*)'\]", r".\1", path).replace("[*]", ".*")
