"""Searching what is said, by words and by meaning.

A search is a function that scores an exchange with its fillings; the best score of its exchanges is a conversation's.
"""

from __future__ import annotations

import bisect
import functools
import math
import re
from collections.abc import Callable, Mapping

from polyai_data.emulator.data.scenarios import Exchange
from polyai_data.emulator.data.script import Draft

Search = Callable[[Exchange, Mapping[str, str]], int]
"""The score of an exchange whose gaps are filled that way; 0 when it does not match."""
_NEAR = (0.3, 0.45, 0.8)
# The cosines from which on an exchange scores 1 (somewhat near the query), 2 (near) and 3 (as good as the same).
_CONCEPT, _WORD, _LETTERS = 2.0, 1.0, 0.35
# The weights of a concept, of a word of its own and of three of its letters.
_GAP = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def best(search: Search, draft: Draft) -> int:
    return max((search(exchange, draft.gaps) for exchange in draft.exchanges), default=0)


class ByWords:
    """All words of the query, in any order and case, in one line: of the `side` `user` or `agent`, or of both."""

    def __init__(self, query: str, side: str | None) -> None:
        self._words, self._side = frozenset(words(query)), side
        self._missing: dict[tuple[str, ...], list[tuple[frozenset[str], tuple[str, ...]]]] = {}

    def __call__(self, exchange: Exchange, gaps: Mapping[str, str]) -> int:
        lines = _lines(exchange, self._side)
        if lines not in self._missing:
            # For each line that can match: the words that its gaps must be filled with, and the names of the gaps.
            parts = [(self._words - literal, names) for literal, names in map(_template, lines)]
            self._missing[lines] = [(rest, names) for rest, names in parts if self._words and (names or not rest)]
        return int(
            any(
                not rest or rest.issubset(word for name in names for word in _filling(gaps[name]))
                for rest, names in self._missing[lines]
            )
        )


class ByMeaning:
    """What is near the query as a vector, by the cosine of the angle between them.

    The vectors have a dimension for each of a few concepts, which different words stand for, for each other word and
    for every three letters, so that other forms of a word come near too. What fills the gaps, such as names and
    numbers, has no meaning in this sense.
    """

    def __init__(self, query: str) -> None:
        self._query = vector(query)
        self._scores: dict[tuple[str, ...], int] = {}

    def __call__(self, exchange: Exchange, gaps: Mapping[str, str]) -> int:
        lines = _lines(exchange, None)
        if lines not in self._scores:
            nearest = max(_cosine(self._query, each) for each in _vectors(lines))
            self._scores[lines] = bisect.bisect_right(_NEAR, nearest)
        return self._scores[lines]


def words(text: str) -> list[str]:
    """The words of a text, without their case."""
    return re.findall(r"\w+", text.casefold())


def _lines(exchange: Exchange, side: str | None) -> tuple[str, ...]:
    user, agent = (exchange.user, exchange.user_english), (exchange.agent, exchange.agent_english)
    return {"user": user, "agent": agent}.get(side or "", user + agent)


@functools.lru_cache(maxsize=1000)
def _template(line: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of a line outside its gaps, and the names of the gaps."""
    literal = _GAP.sub(" ", line).replace("{{", "{").replace("}}", "}")
    return frozenset(words(literal)), tuple(_GAP.findall(line))


@functools.lru_cache(maxsize=10_000)
def _filling(text: str) -> tuple[str, ...]:
    return tuple(words(text))


_CONCEPTS = (
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
"""Patterns of the words that stand for a concept."""
_EMPTY_WORDS = frozenset(
    words(
        """
        a an and any are at be back call calling calls can could did do does else for get give have he hello help how i
        in is it let made make may me my no not of on or our please s shall she sure thank thanks that the their them
        they this to today want wants was we were what when where which who whom will with would yes you your
        """
    )
)

Vector = Mapping[str, float]
"""A vector of length 1, by dimension, without the dimensions that are 0. The empty one has no direction."""


def vector(text: str) -> Vector:
    rest = text = text.casefold()
    parts: dict[str, float] = {}
    for pattern, concept in _CONCEPTS:
        rest, count = re.subn(pattern, " ", rest)
        if count:
            parts[concept] = _CONCEPT
    others = set(words(rest))
    for word in set(words(text)) - _EMPTY_WORDS:
        stem = re.sub(r"(ing|ed|es|s|ly)$", "", word) if len(word) > 4 else word
        if word in others:
            parts[f"={stem}"] = _WORD
        marked = f"^{stem}$"
        for begin in range(len(marked) - 2):
            parts[marked[begin : begin + 3]] = _LETTERS
    length = math.sqrt(sum(weight * weight for weight in parts.values()))
    return {part: weight / length for part, weight in parts.items()}


@functools.lru_cache(maxsize=1000)
def _vectors(lines: tuple[str, ...]) -> tuple[Vector, ...]:
    return tuple(vector(_GAP.sub(" ", line)) for line in lines)


def _cosine(one: Vector, other: Vector) -> float:
    return sum(weight * other.get(dimension, 0) for dimension, weight in one.items())
