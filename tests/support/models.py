"""What holds for a model of whatever came: its annotations are true, and it gives back what came."""

from __future__ import annotations

import math
import typing
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union


def lies(value: Any, hint: Any, place: str = "") -> Iterator[str]:
    """The places at which a value is not what its annotation says. To type checkers, an int is a float too."""
    arguments = typing.get_args(hint)
    match typing.get_origin(hint) or hint:
        case typing.Any:
            return
        case origin if origin in (Union, UnionType):
            if all(any(lies(value, one)) for one in arguments):
                yield f"{place}: {value!r} is no {hint}"
            return
        case origin if origin is Literal:
            fits = value in arguments
        case origin if origin in (list, dict):
            fits = type(value) is origin
            rows = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
            for key, each in rows:
                yield from lies(each, arguments[-1], f"{place}[{key!r}]")
        case kind:
            fits = type(value) is kind or (kind is float and type(value) is int)
            for name, each in typing.get_type_hints(kind).items() if hasattr(kind, "from_dict") and fits else ():
                if not name.startswith("_"):
                    yield from lies(getattr(value, name), each, f"{place}.{name}")
    if not fits:
        yield f"{place}: {value!r} is no {hint}"


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal. NaN equals itself here, and True is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)
