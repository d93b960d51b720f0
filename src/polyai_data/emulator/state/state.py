"""What changes while the emulator runs, on top of a world that does not."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from polyai_data.emulator.data.audio import check_size
from polyai_data.emulator.data.clock import START, Clock
from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.data.speech import Plan
from polyai_data.emulator.data.world import ADDED, World
from polyai_data.emulator.faults.random_faults import Dice, Misbehaviour
from polyai_data.emulator.faults.schedule import Schedule, Turns
from polyai_data.emulator.state import additions
from polyai_data.emulator.state.additions import Addition
from polyai_data.emulator.state.database import Database
from polyai_data.emulator.state.listing import Added, Listing

_Value = TypeVar("_Value")
RECORDS = 10_000
"""How many requests are remembered."""
FILE_KEPT = timedelta(hours=24)
"""How long AssemblyAI keeps a redacted file."""
POLLS = 3
"""How many times a transcript that is not ready says so."""
LISTINGS = 8
"""How many listings are kept at once."""
ADDED_KEPT = 2000
"""How many added conversations are kept when they have been made."""
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
    schedule: Schedule | None = None
    """Which calls go wrong, and how."""

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
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...], work: Callable[[], _Value]) -> _Value:
        """What was kept under that key, else the result of `work`, which is kept from now on."""
        with self._lock:
            if key in self._values:
                return self._values[key]
        value = work()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value


@dataclass(slots=True)
class State:
    """Everything that clients and tests can change. A new one, with a cleared database, is what `reset()` gives."""

    world: World
    settings: Settings
    database: Database
    _first: Settings = field(init=False)
    clock: Clock = field(init=False)
    dice: Dice = field(init=False)
    turns: Turns = field(init=False)
    """What of the schedule is due."""
    listings: Kept[Listing] = field(default_factory=lambda: Kept(LISTINGS))
    """What searches have found, so that the next page is found at once."""
    transcripts: Mapping[str, Transcript] = field(init=False)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when nobody waits for long work any more."""
    requests: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=RECORDS))
    _counter: itertools.count[int] = field(init=False)
    _made: Kept[Added] = field(default_factory=lambda: Kept(ADDED_KEPT))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Go on where the database has stopped, and take up the dice and the schedule."""
        self._first = self.settings
        now = self.database.value("now")
        self.clock = Clock(
            START if now is None else datetime.fromisoformat(now),
            lambda moment: self.database.set_value("now", moment.isoformat()),
        )
        self.dice = Dice(self.settings.misbehave)
        self.turns = Turns(self.settings.schedule)
        # No run may give out the ids of one before.
        self._counter = itertools.count(self.database.run() << 40)
        self.transcripts = MappingProxyType({transcript.id: transcript for transcript in self._transcripts()})

    def renewed(self) -> State:
        """The state as it was at first; what has changed since is forgotten."""
        self.database.clear()
        return State(self.world, self._first, self.database)

    def change(self, **settings: Any) -> None:
        """Change some of the settings; misbehaviour and the schedule begin anew."""
        self.settings = replace(self.settings, **settings)
        if "misbehave" in settings:
            self.dice = Dice(self.settings.misbehave)
        if "schedule" in settings:
            self.turns = Turns(self.settings.schedule)

    def conversations(self, agent_id: str) -> Listing:
        """The conversations of an agent, newest first."""
        added = ((1, each) for each in self.added(agent_id))
        return Listing(self.world, agent_id, ((1, range(self.world.size)),), added)

    def conversation(self, agent_id: str, conversation_id: str) -> Conversation | None:
        """That conversation of that agent, if there is one."""
        index = self.world.index(agent_id, conversation_id)
        if index is not None:
            return self.world.conversation(agent_id, index)
        found = self.database.additions(agent_id, conversation_id)
        return self._added(agent_id, *found[0]).conversation if found else None

    def added(self, agent_id: str) -> list[Added]:
        """The conversations that were added to an agent's, oldest addition first."""
        return [self._added(agent_id, number, text) for number, text in self.database.additions(agent_id)]

    def add_conversation(self, agent: Agent, started_at: datetime | None = None, **told: Any) -> Conversation:
        """Add a conversation of which `told` tells some things; without `started_at` it takes place now.

        Raises:
            ValueError: what is told cannot be.
        """
        with self._lock:
            before = self.database.count_additions(agent.id)
            # Several that take place now do so one after the other.
            started_at = started_at or self.clock.now() + timedelta(seconds=before)
            addition = Addition(started_at.isoformat(), **told)
            number = ADDED * (self.world.size + before + 1)
            conversation = addition.made(self.world, agent, number).conversation
            self.database.add(agent.id, number, conversation.id, addition.written())
            return conversation

    def note(self, conversation: Conversation) -> str:
        """The note on the conversation; empty when there is none."""
        note = self.database.note(conversation.id)
        return conversation.note if note is None else note

    def chat(self, chat_id: str) -> Chat | None:
        """That debug chat, if there is one."""
        found = self.database.chat(chat_id)
        return None if found is None else Chat(chat_id, *found)

    def keep_chat(self, chat: Chat) -> None:
        """Keep how a debug chat stands."""
        self.database.set_chat(chat.id, chat.agent_id, chat.messages, ended=chat.ended)

    def poll(self, transcript: Transcript) -> str:
        """Count a call for a transcript, and tell the state that it sees."""
        state = transcript.poll()
        ready_at = None if transcript.ready_at is None else transcript.ready_at.isoformat()
        self.database.set_transcript(transcript.id, transcript.polls_left, ready_at)
        return state

    def fresh_id(self, kind: str) -> str:
        """A UUID that nobody else has, and that the seed gives again after a reset."""
        return str(uuid.UUID(int=self.fresh_random(kind).getrandbits(128), version=4))

    def fresh_random(self, kind: str) -> random.Random:
        """A source of numbers that differs from the one before, and that the seed gives again after a reset."""
        return self.world.random(kind, next(self._counter))

    def _added(self, agent_id: str, number: int, text: str) -> Added:
        agent = self.world.agents[agent_id]
        return self._made.get((agent_id, number), lambda: additions.read(text).made(self.world, agent, number))

    def _transcripts(self) -> list[Transcript]:
        made = []
        kept = self.database.transcripts()
        for region in dict.fromkeys(server.region for server in self.world.assemblyai.servers):
            for place, (polls, ready_at) in enumerate(
                ((0, START), (POLLS, None), (0, START - FILE_KEPT - timedelta(seconds=1)))
            ):
                rng = self.world.random("transcript", region, place)
                identifier = str(uuid.UUID(int=rng.getrandbits(128), version=4))
                first = None if ready_at is None else ready_at.isoformat()
                polls_left, since = kept.get(identifier, (polls, first))
                made.append(
                    Transcript(
                        identifier,
                        region,
                        self.world.sounds[place],
                        self.clock,
                        polls_left,
                        None if since is None else datetime.fromisoformat(since),
                    )
                )
        return made
