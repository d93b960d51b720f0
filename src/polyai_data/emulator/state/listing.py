"""What a listing finds, in order: seeded conversations by their numbers alone, and the ones that were added."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.data.scenarios import Exchange
from polyai_data.emulator.data.world import World
from polyai_data.emulator.state.places import Joined

Position = tuple[int, int, str]
"""Where a conversation stands in a listing: best match first, then newest first. The last part tells added ones that
began at the same moment apart; seeded ones never do, and have none."""


_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Added:
    """A conversation that was added to the seeded ones."""

    conversation: Conversation
    exchanges: Sequence[Exchange]
    """What is said in it, with gaps."""
    gaps: Mapping[str, str]
    """What the gaps are filled with."""


class Listing(Sequence[Conversation]):
    """Conversations of an agent in order, which are made when they are looked at.

    Args:
        world: where the seeded conversations are.
        agent_id: whose conversations.
        parts: the numbers of the seeded ones, each part with its score, best score first.
        added: the added ones, each with its score, in any order.
    """

    def __init__(
        self,
        world: World,
        agent_id: str,
        parts: Sequence[tuple[int, Sequence[int]]],
        added: Iterable[tuple[int, Added]] = (),
    ) -> None:
        """Put them together."""
        self._world, self._agent_id = world, agent_id
        self._scores = [score for score, _ in parts]
        self._seeded = Joined([numbers for _, numbers in parts])
        one_by_one = sorted((_position(score, each), each.conversation) for score, each in added)
        self._positions = [position for position, _ in one_by_one]
        self._added = [conversation for _, conversation in one_by_one]
        every = range(len(self._seeded))
        self._ranks = [
            bisect.bisect_left(every, position, key=self._seeded_position) + before
            for before, position in enumerate(self._positions)
        ]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._seeded) + len(self._added)

    @overload
    def __getitem__(self, place: int) -> Conversation: ...
    @overload
    def __getitem__(self, place: slice) -> list[Conversation]: ...
    def __getitem__(self, place: int | slice) -> Conversation | list[Conversation]:
        """The conversation at that place, or those of a slice."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        before, is_added = self._before(place)
        if is_added:
            return self._added[before]
        return self._world.conversation(self._agent_id, self._seeded[place - before])

    def __repr__(self) -> str:
        """The conversations as a list would show them, or how many there are when they are many."""
        return repr(list(self)) if len(self) <= _SHOWN else f"<{len(self)} conversations of {self._agent_id}>"

    def position(self, place: int) -> Position:
        """The position of the conversation at that place."""
        before, is_added = self._before(place)
        return self._positions[before] if is_added else self._seeded_position(place - before)

    def after(self, position: Position) -> int:
        """The place of the first conversation behind that position."""
        return bisect.bisect_right(range(len(self)), position, key=self.position)

    def _before(self, place: int) -> tuple[int, bool]:
        """How many added ones come before that place, and whether another one is there."""
        before = bisect.bisect_left(self._ranks, place)
        return before, before < len(self._ranks) and self._ranks[before] == place

    def _seeded_position(self, place: int) -> Position:
        score = self._scores[self._seeded.part(place)]
        return -score, -_milliseconds(self._world.started(self._agent_id, self._seeded[place])), ""


def _position(score: int, added: Added) -> Position:
    return -score, -_milliseconds(added.conversation.started_at), added.conversation.id


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
