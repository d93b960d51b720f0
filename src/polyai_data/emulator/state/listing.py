"""Listings: the conversations of an agent in order, seeded ones by their numbers alone, and added ones."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.data.script import Draft
from polyai_data.emulator.data.world import World

Position = tuple[int, int, str]
"""Where a conversation stands in a listing: best match first, then by time. The id orders added ones that began at the
same moment; seeded ones never do, and have none."""


class Filtered:
    """The numbers from `begin` up to `end` whose remainder by `period` is one of `remainders`, which are sorted.

    They are computed when they are looked at: what a filter leaves of a million rows takes no memory.
    """

    def __init__(self, begin: int, end: int, period: int, remainders: Sequence[int]) -> None:
        self._period, self._remainders = period, remainders
        self._skipped = self._below(begin)
        self._length = max(0, self._below(end) - self._skipped)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> int:
        turns, rest = divmod(self._skipped + index, len(self._remainders))
        return turns * self._period + self._remainders[rest]

    def _below(self, number: int) -> int:
        turns, rest = divmod(number, self._period)
        return turns * len(self._remainders) + bisect.bisect_left(self._remainders, rest)


@dataclass(frozen=True, slots=True)
class Added:
    conversation: Conversation
    draft: Draft
    """What is said in it, for searches."""


class Listing(Sequence[Conversation]):
    """Conversations of an agent in order, made when they are looked at.

    Args:
        numbers: the numbers of the seeded ones, newest first, or best match first.
        scores: the score of each number, highest first; None when all have the score 1.
        added: the added ones with their scores, in any order.
        oldest_first: whether the oldest one is the first, for listings without scores. Default: the newest.
    """

    def __init__(
        self,
        world: World,
        agent_id: str,
        numbers: range | array[int] | Filtered,
        *,
        scores: Sequence[int] | None = None,
        added: Iterable[tuple[int, Added]] = (),
        oldest_first: bool = False,
    ) -> None:
        self._world, self._agent_id = world, agent_id
        self._numbers, self._scores, self._oldest_first = numbers, scores, oldest_first
        ordered = sorted(
            (self._position(score, each.conversation.started_at, each.conversation.id), each.conversation)
            for score, each in added
        )
        self._positions = [position for position, _ in ordered]
        self._added = [conversation for _, conversation in ordered]
        every = range(len(numbers))
        self._indexes = [
            bisect.bisect_left(every, position, key=self._seeded_position) + before
            for before, position in enumerate(self._positions)
        ]

    def __len__(self) -> int:
        return len(self._numbers) + len(self._added)

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> list[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | list[Conversation]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        before, is_added = self._added_before(index)
        if is_added:
            return self._added[before]
        return self._world.conversation(self._agent_id, self._number(index - before))

    def __repr__(self) -> str:
        """How many conversations there are, as they may be a million."""
        return f"<{len(self)} conversations of {self._agent_id}>"

    def position(self, index: int) -> Position:
        before, is_added = self._added_before(index)
        return self._positions[before] if is_added else self._seeded_position(index - before)

    def after(self, position: Position) -> int:
        """The index of the first conversation after that position."""
        return bisect.bisect_right(range(len(self)), position, key=self.position)

    def _added_before(self, index: int) -> tuple[int, bool]:
        """How many added ones come before that index, and whether an added one is there."""
        before = bisect.bisect_left(self._indexes, index)
        return before, before < len(self._indexes) and self._indexes[before] == index

    def _seeded_position(self, index: int) -> Position:
        score = 1 if self._scores is None else self._scores[index]
        return self._position(score, self._world.started(self._agent_id, self._number(index)))

    def _number(self, index: int) -> int:
        return self._numbers[len(self._numbers) - 1 - index if self._oldest_first else index]

    def _position(self, score: int, moment: datetime, identifier: str = "") -> Position:
        milliseconds = round(moment.timestamp() * 1000)
        return -score, milliseconds if self._oldest_first else -milliseconds, identifier
