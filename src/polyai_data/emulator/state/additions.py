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
    """What is told of a conversation that is added; the rest follows from its number.

    Args:
        started_at: ISO 8601, with a time zone.
        channel: `VOICE-SIP` (default) has a recording, any other has none.
        environment: `live` (default), `sandbox` or `pre-release`.
        in_progress: whether it has not ended. Default False.
        said: what user and agent say, turn by turn; None, the default, plays one of the scripts.

    Raises:
        ValueError: one of the values cannot be.
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
            raise ValueError(f"environment: {self.environment!r} is none of {', '.join(ENVIRONMENTS)}")
        if not isinstance(self.channel, str) or not self.channel or not _is_text(self.channel):
            raise ValueError("channel: must be a text that is not empty")
        if not isinstance(self.in_progress, bool):
            raise ValueError("in_progress: must be true or false")  # noqa: TRY004 - one kind of error for all of them
        if self.said is not None and not _are_turns(self.said):
            raise ValueError("said: must have a pair of texts for each turn, and at least one")

    def written(self) -> str:
        """The addition as JSON, for `read`."""
        return json.dumps(asdict(self))

    def made(self, world: World, agent: Agent, number: int) -> Added:
        """The conversation of `agent` that has that number, which the world itself has not."""
        draft = world.draft(
            agent,
            number,
            started_at=datetime.fromisoformat(self.started_at),
            in_progress=self.in_progress,
            scenario=None if self.said is None else spoken(self.said),
        )
        traits = replace(world.traits(agent.id, number), channel=self.channel, environment=self.environment)
        conversation = world.played(agent, number, draft, traits)
        return Added(conversation, draft.exchanges, draft.gaps)


def read(text: str) -> Addition:
    """The addition that was `written`."""
    values = json.loads(text)
    said = values.pop("said")
    return Addition(**values, said=None if said is None else tuple((user, agent) for user, agent in said))


def _are_turns(said: Sequence[object]) -> bool:
    return bool(said) and all(
        isinstance(turn, tuple) and len(turn) == 2 and all(isinstance(text, str) and _is_text(text) for text in turn)
        for turn in said
    )


def _is_text(text: str) -> bool:
    """Whether an answer could carry it: half a character is none."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
