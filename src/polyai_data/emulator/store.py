"""What changes while the emulator runs, on top of a world that does not."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from polyai_data.emulator.audio import check_size
from polyai_data.emulator.clock import START, Clock
from polyai_data.emulator.misbehaviour import Dice, Misbehaviour
from polyai_data.emulator.model import Agent, Conversation
from polyai_data.emulator.search import Listing
from polyai_data.emulator.speech import Plan
from polyai_data.emulator.world import World

_Value = TypeVar("_Value")
RECORDS = 10_000
"""How many requests are remembered."""
FILE_KEPT = timedelta(hours=24)
"""How long AssemblyAI keeps a redacted file."""
POLLS = 3
"""How many times a transcript that is not ready says so."""
LISTINGS = 8
"""How many listings are kept at once."""
READY, PENDING, GONE = "ready", "pending", "gone"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request that came in, without the values of its headers."""

    method: str
    host: str
    """Name in the Host header, in lower case and without a port."""
    path: str
    """As it was sent, percent-encoded."""
    query: str
    operation_id: str | None
    status: int | None
    """What was answered; None when the connection was cut instead."""
    header_names: frozenset[str]
    """In lower case."""
    range: str = ""
    """The header Range, the only one whose value is kept; empty when there was none."""
    misbehaviour: str | None = None
    """The kind that the emulator chose for the answer without having been asked by the request."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the emulator behaves besides its data."""

    misbehave: Misbehaviour | None = None
    recording_bytes: int | None = None
    """Size of every recording; None: each has its own."""
    ranges: bool = True
    """Whether recordings are given out in parts too."""

    def __post_init__(self) -> None:
        """Check the values; ValueError when a recording cannot have that size."""
        if self.recording_bytes is not None:
            check_size(self.recording_bytes)


@dataclass(slots=True)
class Transcript:
    """A transcript whose redacted recording is, will be or was there."""

    id: str
    region: str
    plan: Plan
    clock: Clock
    polls_left: int = 0
    """How many more calls are answered that the recording is not ready."""
    ready_at: datetime | None = None

    @property
    def state(self) -> str:
        """`pending`, `ready` or `gone`; a recording is gone 24 hours after it became ready."""
        if self.ready_at is None:
            return PENDING
        return READY if self.clock.now() < self.ready_at + FILE_KEPT else GONE

    def poll(self) -> str:
        """Count a call, and tell the state that it sees."""
        if self.ready_at is None and self.polls_left == 0:
            self.ready_at = self.clock.now()
        state = self.state
        if state == PENDING:
            self.polls_left -= 1
        return state


@dataclass(slots=True)
class Chat:
    """A debug chat session."""

    id: str
    agent_id: str
    messages: int = 0
    ended: bool = False


class Kept(Generic[_Value]):
    """Results of work that need not be done again; the oldest ones are forgotten."""

    def __init__(self, most: int) -> None:
        """Keep at most so many."""
        self._most = most
        self._values: dict[tuple[object, ...], _Value] = {}

    def get(self, key: tuple[object, ...], work: Callable[[], _Value]) -> _Value:
        """What was kept under that key, else the result of `work`, which is kept from now on."""
        if key not in self._values:
            self._values[key] = work()
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return self._values[key]


@dataclass(slots=True)
class State:
    """Everything that clients and tests can change. A new one is what `reset()` gives."""

    world: World
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)
    notes: dict[str, str] = field(default_factory=dict)
    """By conversation id; an empty note was taken away."""
    annotations: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many calls of an operation (by id) have changed something of a conversation or a chat (by id)."""
    dice: Dice = field(init=False)
    listings: Kept[Listing] = field(default_factory=lambda: Kept(LISTINGS))
    """What searches have found, so that the next page is found at once."""
    transcripts: Mapping[str, Transcript] = field(init=False)
    requests: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=RECORDS))
    _added: dict[str, tuple[Conversation, ...]] = field(default_factory=dict)
    _counter: itertools.count[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Lay out the transcripts that the seed gives, and take up the dice."""
        self.dice = Dice(self.settings.misbehave)
        self.transcripts = MappingProxyType({transcript.id: transcript for transcript in self._transcripts()})

    def change(self, **settings: Any) -> None:
        """Change some of the settings; misbehaviour begins anew."""
        self.settings = replace(self.settings, **settings)
        if "misbehave" in settings:
            self.dice = Dice(self.settings.misbehave)

    def conversations(self, agent_id: str) -> list[Conversation]:
        """The conversations of an agent, newest first."""
        return [*self._added.get(agent_id, ()), *self.world.conversations(agent_id).values()]

    def conversation(self, agent_id: str, conversation_id: str) -> Conversation | None:
        """That conversation of that agent, if there is one."""
        seeded = self.world.conversations(agent_id).get(conversation_id)
        if seeded is not None:
            return seeded
        return next((added for added in self._added.get(agent_id, ()) if added.id == conversation_id), None)

    def add_conversation(self, agent: Agent) -> Conversation:
        """Let a call take place now: live, ended, recorded, and the newest conversation of the agent."""
        with self._lock:
            added = self._added.get(agent.id, ())
            # Every number that 28 divides is a live call, and these are beyond all that the world has.
            number = 28 * (self.world.size + len(added) + 1)
            moment = self.clock.now() + timedelta(seconds=len(added))
            conversation = self.world.conversation(agent, number, moment)
            self._added[agent.id] = (conversation, *added)
            return conversation

    def note(self, conversation: Conversation) -> str:
        """The note on the conversation; empty when there is none."""
        return self.notes.get(conversation.id, conversation.note)

    def fresh_id(self, kind: str) -> str:
        """A UUID that nobody else has, and that the seed gives again after a reset."""
        return str(uuid.UUID(int=self.fresh_random(kind).getrandbits(128), version=4))

    def fresh_random(self, kind: str) -> random.Random:
        """A source of numbers that differs from the one before, and that the seed gives again after a reset."""
        return self.world.random(kind, next(self._counter))

    def _transcripts(self) -> list[Transcript]:
        made = []
        for region in dict.fromkeys(server.region for server in self.world.assemblyai.servers):
            for place, (polls, ready_at) in enumerate(
                ((0, START), (POLLS, None), (0, START - FILE_KEPT - timedelta(seconds=1)))
            ):
                rng = self.world.random("transcript", region, place)
                identifier = str(uuid.UUID(int=rng.getrandbits(128), version=4))
                made.append(Transcript(identifier, region, self.world.sounds[place], self.clock, polls, ready_at))
        return made
