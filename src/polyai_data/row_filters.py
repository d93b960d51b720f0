"""Conditions on the rows of a listing that no server knows, and the words of a search in a text. No I/O.

wanted = Condition.read("CALL_DURATION > 60")
long = [row for row in client.conversations.search().rows() if wanted(row)]
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from polyai_data.arguments import when
from polyai_data.errors import ConfigError

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "contains": lambda seen, wanted: str(wanted) in str(seen),
}
_CONDITION = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<name>[^\s=!<>"][^=!<>]*?))\s*"""
    r"(?:(?<=\s)(?P<word>contains|exists)\b|(?P<sign>[!<>=]=|[=<>])(?![=<>]))\s*(?P<value>.*)"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Letters of languages without spaces, such as Thai, Japanese and Chinese: a word is any part of what is said."""
_SAME = {"id": "conversationId", "environment": "clientEnv", "summary": "shortSummary", "num_turns": "numTurns"}
"""Names of the v3 route that the agents route does not only spell in another way."""


class Condition(NamedTuple):
    """A condition on a row: `name`, an operator and a value, as `CALL_DURATION > 60`.

    It holds where one of the values that the row has under this name fulfils it; `!=` where none is equal. Numbers are
    compared as numbers, times as `arguments.when` reads them, where a day is the whole day, and text without its case.
    """

    name: str
    operator: str
    value: str

    @classmethod
    def read(cls, text: str) -> Self:
        """The condition that `text` says: `NAME OP VALUE`, with = != < <= > >= contains, or `NAME exists`.

        A name in double quotes is read as it is, `"A<B" > 3`; one that has an operator in it needs them.

        Raises:
            ConfigError: it is none.
        """
        match = _CONDITION.fullmatch(text)
        sign = match and (match["word"] or match["sign"])
        if not match or not sign or (not match["value"].strip()) != (sign == "exists"):
            raise ConfigError(
                f"filter: {text!r} is no condition; write NAME OP VALUE with one of = != < <= > >= contains, such as "
                "'CALL_DURATION > 60', or NAME exists; put a name that has an operator in it in double quotes",
                argument="filter",
            )
        return cls(match["quoted"] or match["name"], sign, match["value"].strip())

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether it holds for a row of a listing, as received."""
        seen = [text(each) for each in values(row, self.name)]
        if self.operator == "exists":
            return bool(seen)
        if self.operator == "!=":
            return all(self._holds(each) for each in seen)
        return any(self._holds(each) for each in seen)

    def _holds(self, seen: str) -> bool:
        compare, numbers = _COMPARE[self.operator], (_number(seen), _number(self.value))
        if self.operator != "contains":
            if None not in numbers:
                return compare(*numbers)
            if _TIME.fullmatch(seen) and (side := _side(seen, self.value)) is not None:
                return compare(side, 0)
        return compare(seen.casefold(), self.value.casefold())


class Filter:
    """Conditions, as `Condition.read` takes them, of which all must hold for a row; with `any_filter`, one.

    Attributes:
        unknown: their names that no row had so far.

    Raises:
        ConfigError: one is no condition, or `any_filter` has none.
    """

    def __init__(self, conditions: Iterable[str] = (), *, any_filter: bool = False) -> None:
        self._conditions = [Condition.read(each) for each in conditions]
        if any_filter and not self._conditions:
            raise ConfigError("any_filter goes with filters", argument="any_filter")
        self._enough = any if any_filter else all
        self.unknown = list(dict.fromkeys(each.name for each in self._conditions))

    def __bool__(self) -> bool:
        return bool(self._conditions)

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether they hold for a row of a listing, as received."""
        self.unknown = [name for name in self.unknown if not has(row, name)]
        return self._enough(each(row) for each in self._conditions)


def _side(seen: str, wanted: str) -> int | None:
    """Whether a time is before the time or day `wanted`, which is -1, in it, 0, or after it; None where it is none."""
    try:
        at, begin, end = datetime.fromisoformat(seen), when(wanted), when(wanted, end=True)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return -1 if at < begin else 0 if at < end or at == begin else 1


def values(row: Mapping[str, Any], name: str) -> list[Any]:
    """What a row of either route has under `name`: a field in the spelling of either, or a metric; no nulls."""
    for value in _under(row, name):
        listed = value if isinstance(value, list) else [value]
        inner = [each.get("value", each) if isinstance(each, Mapping) else each for each in listed]
        return [each for each in inner if each is not None and each != ""]
    return []


def _under(row: Mapping[str, Any], name: str) -> Iterator[Any]:
    camel = _SAME.get(name) or re.sub(r"_(\w)", lambda match: match[1].upper(), name)
    metrics = row.get("metrics")
    for holder, key in ((row, name), (row, camel), (metrics if isinstance(metrics, Mapping) else {}, name)):
        if key in holder:
            yield holder[key]


def has(row: Mapping[str, Any], name: str) -> bool:
    """Whether a row has a name at all, if only with null or nothing under it."""
    return any(True for _ in _under(row, name))


def value(row: Mapping[str, Any], name: str) -> Any:
    """The last of the `values`, or None."""
    return next(reversed(values(row, name)), None)


def text(value: Any) -> str:
    """A value of a row as text: `true`, `73`; JSON for objects and lists."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text) else None


def marks(text: str, query: str) -> list[tuple[int, int]]:
    """Where the words of `query` are in a `text` that has them all, in any order and case, as the search has it."""
    words = re.findall(r"\w+", query)
    parts = [word for word in words if re.search(f"[{_UNSPACED}]", word)]
    token = "|".join([*parts, f"[{_UNSPACED}]", rf"[^\W{_UNSPACED}]+"])
    wanted = {word.casefold() for word in words}
    seen = [(match[0].casefold(), match.span()) for match in re.finditer(token, text)]
    if not wanted or not wanted <= {word for word, _ in seen}:
        return []
    return [span for word, span in seen if word in wanted]


def around(matches: Iterable[int], context: int, total: int) -> list[tuple[int, int]]:
    """The ranges of indexes, first and one after the last, with `context` more on each side of each match, joined."""
    ranges: list[tuple[int, int]] = []
    for index in sorted(matches):
        begin, end = max(0, index - context), min(total, index + context + 1)
        if ranges and begin <= ranges[-1][1]:
            begin, _ = ranges.pop()
        ranges.append((begin, end))
    return ranges
