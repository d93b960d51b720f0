"""Sequences of numbers that are worked out when they are looked at.

That way what a filter leaves of a million rows takes no room.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from typing import overload


class _Numbers(Sequence[int]):
    """What both have in common: a slice is a list."""

    def _at(self, place: int) -> int:
        raise NotImplementedError

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self._at(each) for each in range(*place.indices(len(self)))]
        return self._at(range(len(self))[place])


class Periodic(_Numbers):
    """The numbers from `begin` up to `end`, in order, whose remainder by `period` is one of `remainders` (sorted)."""

    def __init__(self, begin: int, end: int, period: int, remainders: Sequence[int]) -> None:
        """Describe them; nothing is counted up."""
        self._period, self._remainders = period, remainders
        self._skipped = self._below(begin)
        self._length = max(0, self._below(max(begin, end)) - self._skipped)

    def __len__(self) -> int:
        """How many there are."""
        return self._length

    def _at(self, place: int) -> int:
        turns, rest = divmod(self._skipped + place, len(self._remainders))
        return turns * self._period + self._remainders[rest]

    def _below(self, number: int) -> int:
        turns, rest = divmod(number, self._period)
        return turns * len(self._remainders) + bisect.bisect_left(self._remainders, rest)


class Joined(_Numbers):
    """Some sequences one after the other."""

    def __init__(self, parts: Sequence[Sequence[int]]) -> None:
        """Join `parts`."""
        self._parts = parts
        self._ends = list(itertools.accumulate(map(len, parts)))

    def __len__(self) -> int:
        """How many there are in all of them."""
        return self._ends[-1] if self._ends else 0

    def part(self, place: int) -> int:
        """Which of the parts has the number at that place."""
        return bisect.bisect_right(self._ends, place)

    def _at(self, place: int) -> int:
        part = self.part(place)
        return self._parts[part][place - (self._ends[part - 1] if part else 0)]
