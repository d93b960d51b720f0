"""Conversations that tests add to the seeded ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from polyai_data.emulator.data.model import VOICE, Agent
from polyai_data.emulator.data.script import spoken
from polyai_data.emulator.data.world import ENVIRONMENTS, World
from polyai_data.emulator.state.listing import Added


@dataclass(frozen=True, slots=True)
class Addition:
    """The given values of an added conversation; the others follow from its number.

    Args:
        started_at: ISO 8601, with a time zone.
        channel: `VOICE-SIP` (default) has a recording, any other has none.
        environment: `live` (default), `sandbox` or `pre-release`.
        in_progress: whether it has not ended. Default False.
        said: what user and agent say, turn by turn; None, the default, plays one of the scripts.

    Raises:
        ValueError: a value is invalid.
    """

    started_at: str
    channel: str = VOICE
    environment: str = "live"
    in_progress: bool = False
    said: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        if datetime.fromisoformat(self.started_at).tzinfo is None:
            raise ValueError(f"started_at: {self.started_at} has no time zone")
        if self.environment not in ENVIRONMENTS:
            raise ValueError(f"environment: {self.environment!r} is not one of {', '.join(ENVIRONMENTS)}")
        if not isinstance(self.channel, str) or not self.channel or not _is_text(self.channel):
            raise ValueError(f"channel: {self.channel!r} is not a non-empty text")
        if not isinstance(self.in_progress, bool):
            raise ValueError(f"in_progress: {self.in_progress!r} is neither true nor false")  # noqa: TRY004 - one kind of error
        if self.said is not None and not _are_turns(self.said):
            raise ValueError(f"said: {self.said!r} is not a list of one or more pairs of texts, a pair for each turn")

    def to_json(self) -> str:
        """The addition as JSON, for `read`."""
        return json.dumps(asdict(self))

    def make(self, world: World, agent: Agent, number: int) -> Added:
        """The conversation of `agent` with that number, which no seeded one has."""
        draft = world.draft(
            agent,
            number,
            started_at=datetime.fromisoformat(self.started_at),
            in_progress=self.in_progress,
            scenario=None if self.said is None else spoken(self.said),
        )
        traits = replace(world.traits(agent.id, number), channel=self.channel, environment=self.environment)
        conversation = world.play(agent, number, draft, traits)
        return Added(conversation, draft.exchanges, draft.gaps)


def read(text: str) -> Addition:
    """Read the addition from its JSON."""
    values = json.loads(text)
    said = values.pop("said")
    return Addition(**values, said=None if said is None else tuple((user, agent) for user, agent in said))


def _are_turns(said: Sequence[object]) -> bool:
    return bool(said) and all(
        isinstance(turn, tuple) and len(turn) == 2 and all(isinstance(text, str) and _is_text(text) for text in turn)
        for turn in said
    )


def _is_text(text: str) -> bool:
    """Whether UTF-8 can encode the text, which half a surrogate pair prevents."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
