"""Searching what is said, by words and by meaning.

A search gives each exchange of a conversation a score; the best one is the conversation's. Most scores follow from the
script alone, whatever its gaps are filled with, so that a search need not look at every conversation.
"""

from __future__ import annotations

import bisect
import functools
import math
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from polyai_data.emulator.data.scenarios import COMPANIES, DAYS, NAMES, TIMES, Exchange

_NEAR = (0.3, 0.45, 0.8)
"""The cosines from which on an exchange is somewhat near to a query, near, and as good as the same."""
_DIMENSIONS = 1 << 14
_CONCEPT, _WORD, _LETTERS = 2.0, 1.0, 0.35
# How much a concept, a word of its own and three letters of it weigh.
_GAP = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")

Said = tuple[str, ...]
"""What is said in an exchange, with gaps."""
Missing = tuple[frozenset[str], tuple[str, ...]]
"""The words that a line must be filled with to be found, none when it has them all, and the gaps that could."""


class Search(Protocol):
    """What is searched for."""

    highest: int
    """The best score that an exchange can get."""

    def fixed(self, exchange: Exchange, /) -> int | None:
        """The score of an exchange of a script, 0 when it is not found; None when that depends on its fillings."""
        ...

    def score(self, exchange: Exchange, gaps: Mapping[str, str], /) -> int:
        """The score of an exchange with those fillings."""
        ...


class Everything:
    """No search: everything is found."""

    highest = 1

    def fixed(self, _exchange: Exchange) -> int:
        """Found."""
        return self.highest

    def score(self, exchange: Exchange, _gaps: Mapping[str, str]) -> int:
        """Found."""
        return self.fixed(exchange)


class ByWords:
    """All words of the query, in any order and case, in one thing that is said.

    Args:
        query: the words.
        side: `user` or `agent` when only what that side says counts; None for both.
    """

    highest = 1

    def __init__(self, query: str, side: str | None) -> None:
        """Take the query apart."""
        self._wanted, self._side = frozenset(words(query)), side
        self._kept: dict[Said, list[Missing]] = {}

    def fixed(self, exchange: Exchange) -> int | None:
        """1 when the script itself says the words, 0 when no filling could."""
        missing = self._missing(exchange)
        if any(not rest for rest, _ in missing):
            return 1
        return None if missing else 0

    def score(self, exchange: Exchange, gaps: Mapping[str, str]) -> int:
        """1 when the words are said."""
        return int(any(rest.issubset(_filled(names, gaps)) for rest, names in self._missing(exchange)))

    def _missing(self, exchange: Exchange) -> list[Missing]:
        said = _said(exchange, self._side)
        if said not in self._kept:
            found = [(self._wanted - literal, names) for literal, names in map(_template, said)]
            self._kept[said] = [
                (rest, names)
                for rest, names in found
                if self._wanted and all(any(_fills(name, word) for name in names) for word in rest)
            ]
        return self._kept[said]


class ByMeaning:
    """What is near to the query as a vector, by the cosine of the angle between them, in a few steps.

    The vectors have a dimension for each of a few concepts, which different words stand for, and hashed ones for all
    other words and every three letters, so that other forms of a word come near too. What scripts are filled with, such
    as names and numbers, has no meaning in this sense.
    """

    highest = len(_NEAR)

    def __init__(self, query: str) -> None:
        """Make the query's vector."""
        self._query = vector(query)
        self._kept: dict[Said, int] = {}

    def fixed(self, exchange: Exchange) -> int:
        """How many steps near it is; 0 when it is too far away."""
        said = _said(exchange, None)
        if said not in self._kept:
            near = max((_cosine(self._query, found) for found in _vectors(said)), default=0)
            self._kept[said] = bisect.bisect_right(_NEAR, near)
        return self._kept[said]

    def score(self, exchange: Exchange, _gaps: Mapping[str, str]) -> int:
        """The same, whatever the fillings are."""
        return self.fixed(exchange)


def words(text: str) -> list[str]:
    """The words of a text, without their case."""
    return re.findall(r"\w+", text.casefold())


def best(search: Search, exchanges: Iterable[Exchange], gaps: Mapping[str, str]) -> int:
    """The score of a conversation."""
    return max((search.score(exchange, gaps) for exchange in exchanges), default=0)


def always(search: Search, exchanges: Iterable[Exchange]) -> int | None:
    """The score of every conversation with these exchanges; None when they differ."""
    scores = [search.fixed(exchange) for exchange in exchanges]
    known = [score for score in scores if score is not None]
    if search.highest in known or None not in scores:
        return max(known, default=0)
    return None


def _said(exchange: Exchange, side: str | None) -> Said:
    if side == "user":
        return exchange.user, exchange.user_english
    if side == "agent":
        return exchange.agent, exchange.agent_english
    return exchange.user, exchange.user_english, exchange.agent, exchange.agent_english


@functools.lru_cache(maxsize=1000)
def _template(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of a line that stand in the script, and the gaps in it."""
    literal = _GAP.sub(" ", text).replace("{{", "{").replace("}}", "}")
    return frozenset(words(literal)), tuple(_GAP.findall(text))


_LISTED = {
    name: frozenset(word for text in texts for word in words(text))
    for name, texts in {"name": NAMES, "company": COMPANIES, "day": DAYS, "time": TIMES}.items()
}


@functools.lru_cache(maxsize=10_000)
def _filling(text: str) -> frozenset[str]:
    return frozenset(words(text))


def _filled(names: Iterable[str], gaps: Mapping[str, str]) -> frozenset[str]:
    """The words that the gaps are filled with."""
    return frozenset().union(*(_filling(gaps[name]) for name in names))


_NUMBERED = re.compile(r"\d+|[a-h]\d{4}|caller\d{3}|mail|example")


def _fills(gap: str, word: str) -> bool:
    """Whether some filling of the gap has the word; where that is not known, it might."""
    return word in _LISTED[gap] if gap in _LISTED else _NUMBERED.fullmatch(word) is not None


_SAME = (
    (r"\b(refund\w*|money back|my money|pay me back|reimburse\w*|charged twice|two payments)\b", "refund"),
    (r"\b(opening|business|office) (hours|times?)\b|\bwhen .{0,20} (open|close)\b|\bwe are open\b", "opening hours"),
    (r"\b(locked( out)?|unlock|log ?in|sign ?in|passwords?|credentials?)\b", "password"),
    (r"\b(reserv\w+|book\w*|table for)\b|予約", "booking"),
    (r"\b(packages?|parcels?|shipments?|deliver\w*|courier|driver)\b", "delivery"),
    (r"\b(angry|upset|unhappy|complain\w*|nobody calls)\b", "complaint"),
    (r"\b(invoices?|bills?|billing|overcharged)\b", "bill"),
    (r"\b(appointments?|reschedul\w*|verschieben|termine?n?)\b", "appointment"),
    (r"\b(weather|rain\w*|sun(ny|shine)?|forecast|umbrella)\b", "weather"),
    (r"\b(rooms?|hotel|stay (the )?night)\b|部屋", "room"),
    (r"\b(goodbye|good bye|bye)\b", "farewell"),
    (r"\b(e-?mails?)\b", "email"),
)
"""What stands for the same concept when meanings are compared."""
_EMPTY_WORDS = frozenset(
    words(
        """
        a an and any are at be back call calling calls can could did do does else for get give have he hello help how i
        in is it let made make may me my no not of on or our please s shall she sure thank thanks that the their them
        they this to today want wants was we were what when where which who whom will with would yes you your
        """
    )
)

Vector = Mapping[int, float]
"""A vector of length 1, by dimension; dimensions that are 0 are left out. The empty one has no direction."""


def vector(text: str) -> Vector:
    """What the text means, as far as it means anything."""
    text = text.casefold()
    parts: dict[str, float] = {}
    rest = text
    for pattern, concept in _SAME:
        rest, found = re.subn(pattern, " ", rest)
        if found:
            parts[concept] = _CONCEPT
    others = set(words(rest))
    for word in set(words(text)) - _EMPTY_WORDS:
        stem = re.sub(r"(ing|ed|es|s|ly)$", "", word) if len(word) > 4 else word
        if word in others:
            parts[f"={stem}"] = _WORD
        marked = f"^{stem}$"
        for place in range(len(marked) - 2):
            parts[marked[place : place + 3]] = _LETTERS
    length = math.sqrt(sum(weight * weight for weight in parts.values()))
    # Which words share a dimension must not depend on the process, as Python's own hash does.
    dimensions: dict[int, float] = {}
    for part, weight in parts.items():
        place = zlib.crc32(part.encode()) % _DIMENSIONS
        dimensions[place] = dimensions.get(place, 0) + weight / length
    return dimensions


@functools.lru_cache(maxsize=1000)
def _vectors(texts: tuple[str, ...]) -> tuple[Vector, ...]:
    return tuple(vector(_GAP.sub(" ", text)) for text in texts)


def _cosine(one: Vector, other: Vector) -> float:
    return sum(weight * other.get(place, 0) for place, weight in one.items())
