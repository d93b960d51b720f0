"""Accounts, agents and conversations. They never change; the changes of clients are in the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from polyai_data.emulator.data.speech import Plan

VOICE = "VOICE-SIP"
WEBCHAT = "WEBCHAT"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user and the agent say."""

    user: str
    agent: str
    user_at: datetime
    agent_at: datetime
    latency: float
    """Seconds between the end of the user's words and the start of the agent's."""
    intents: tuple[str, ...] = ()
    entities: tuple[Mapping[str, str | list[str]], ...] = ()
    user_english: str = ""
    agent_english: str = ""
    dtmf: str = ""
    out_of_domain: bool = False
    silence: bool = False


@dataclass(frozen=True, slots=True)
class FunctionRun:
    """A function that the agent ran before it replied."""

    name: str
    turn: int
    """Index of the turn."""
    started_at: datetime
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of an agent; both listings and the detail are views of it."""

    id: str
    number: int
    """Its number among those of its agent, which decides what varies from one to the next."""
    account_id: str
    agent_id: str
    region: str
    started_at: datetime
    channel: str
    environment: str
    in_progress: bool
    variant_id: str
    """Empty where there is none, as is the name."""
    variant_name: str
    outbound: bool
    """Whether the agent called."""
    from_number: str
    to_number: str
    caller: str
    """What stands for the number of the person in the line, as the live API has it: an e-mail address, a SIP name or
    `REDACTED`; empty for the number itself."""
    language: str
    turns: tuple[Turn, ...]
    plan: Plan
    """The sound of the conversation; that of a web chat is not available."""
    topics: tuple[str, ...]
    summary: str
    functions: tuple[FunctionRun, ...]
    state: Mapping[str, object]
    score: float
    tags: tuple[str, ...] = ()
    handoff_destination: str = ""
    handoff_reason: str = ""
    note: str = ""
    """The note before a client sets one."""

    @property
    def duration(self) -> int:
        """Length in whole seconds."""
        return round(self.plan.seconds)

    @property
    def finished_at(self) -> datetime:
        """When the conversation ended, or would have."""
        return self.started_at + timedelta(seconds=self.duration)

    @property
    def recorded(self) -> bool:
        """Whether there is a recording: of calls that have ended."""
        return self.channel == VOICE and not self.in_progress


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of an account, also called project."""

    id: str
    name: str
    account_id: str
    region: str
    hides_transcripts: bool
    """Whether the turns of its conversations are hidden; their number is still shown."""
    number: str
    """The telephone number that callers dial."""
    variants: tuple[tuple[str, str], ...]
    """ID and name of each variant."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a region; Agent Studio calls it workspace."""

    id: str
    region: str
    agents: tuple[Agent, ...]
