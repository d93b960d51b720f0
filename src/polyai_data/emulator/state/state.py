"""What changes while the emulator runs, on top of a world that does not."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import random
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from polyai_data.emulator.data.audio import check_size
from polyai_data.emulator.data.clock import Clock
from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.data.speech import Plan
from polyai_data.emulator.data.world import ADDED, World
from polyai_data.emulator.faults.choose import Chooser
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.emulator.faults.schedule import Schedule
from polyai_data.emulator.http.response import Written
from polyai_data.emulator.state import additions
from polyai_data.emulator.state.database import MEMORY, Database
from polyai_data.emulator.state.listing import Added, Listing

RECORDS = 10_000
"""How many requests are recorded."""
FILE_KEPT = timedelta(hours=24)
"""How long AssemblyAI keeps a redacted file."""
POLLS = 3
"""How many calls for a pending transcript are too early."""
LISTINGS = 8
"""How many listings are kept."""
WRITTEN = 1000
"""How many conversations are kept in JSON."""
ADDED_CACHED = 2000
"""How many added conversations are cached."""
_Value = TypeVar("_Value")
READY, PENDING, GONE, NOT_ENABLED = "ready", "pending", "gone", "not-enabled"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request that the emulator received, without the values of its headers."""

    method: str
    host: str
    """Name in the Host header, in lower case and without a port."""
    path: str
    """As it was sent, percent-encoded."""
    query: str
    operation_id: str | None
    status: int | None
    """Status of the response; None when the connection was reset instead."""
    header_names: frozenset[str]
    """In lower case."""
    range: str = ""
    """The header Range, the only one whose value is recorded; empty when there was none."""
    misbehaviour: str | None = None
    """What chose the faults of the response when the request did not ask: a kind, or `schedule:LINE`."""


@dataclass(frozen=True, slots=True)
class Settings:
    misbehave: Misbehaviour | None = None
    recording_bytes: int | None = None
    """Size of every recording; None: each has its own."""
    ranges: bool = True
    """Whether ranges of recordings are supported."""
    schedule: Schedule | None = None
    """Which calls go wrong, and how."""
    as_documented: bool = False
    """Whether responses are as the documents say, instead of as the live API was seen to respond."""
    follows_today: bool = False
    """Whether the clock follows today."""

    def __post_init__(self) -> None:
        """Check the values; ValueError when a recording cannot have that size."""
        if self.recording_bytes is not None:
            check_size(self.recording_bytes)


@dataclass(slots=True)
class Transcript:
    """A transcript, and the state of its redacted recording."""

    id: str
    region: str
    plan: Plan
    clock: Clock
    polls_left: int = 0
    """How many more calls are too early."""
    ready_at: datetime | None = None
    enabled: bool = True
    """Whether the transcription asked for a redacted recording."""
    wav: bool = False
    """Whether it asked for WAV, instead of MP3."""

    @property
    def state(self) -> str:
        """`pending`, `ready`, `gone` or `not-enabled`; a recording is gone 24 hours after it became ready."""
        if not self.enabled:
            return NOT_ENABLED
        if self.ready_at is None:
            return PENDING
        return READY if self.clock.now() < self.ready_at + FILE_KEPT else GONE

    def poll(self) -> str:
        """Count a call, and return the state for its response."""
        if self.enabled and self.ready_at is None and self.polls_left == 0:
            self.ready_at = self.clock.now()
        state = self.state
        if state == PENDING:
            self.polls_left -= 1
        return state


class Kept(Generic[_Value]):
    """Values by what they follow from; the latest `size` of them are kept."""

    def __init__(self, size: int) -> None:
        self._size, self._values, self._lock = size, dict[tuple[object, ...], _Value](), threading.Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], _Value]) -> _Value:
        """The value, which `make` gives when it is not kept."""
        value = self._values.get(key)
        if value is None:
            value = make()
            with self._lock:
                self._values[key] = value
                if len(self._values) > self._size:
                    del self._values[next(iter(self._values))]
        return value


class State:
    """Everything that clients and tests can change. It continues where the database stopped."""

    def __init__(self, world: World, settings: Settings, database: Database) -> None:
        self.world = world
        self.settings = self._first = settings
        self.database = database
        now = database.get("clock", "now")
        self.clock = Clock(
            world.start if now is None else datetime.fromisoformat(now),
            lambda moment: database.put("clock", "now", moment.isoformat()),
            follows_today=settings.follows_today,
        )
        self.faults = Chooser(settings.misbehave, settings.schedule)
        self.transcripts = MappingProxyType({transcript.id: transcript for transcript in self._transcripts()})
        self.requests: deque[RequestRecord] = deque(maxlen=RECORDS)
        self.stopping = threading.Event()
        """Set to end all searches."""
        # No run may reuse the ids of an earlier one.
        self._counter = itertools.count(database.runs << 40)
        self.listings: Kept[Listing] = Kept(LISTINGS)
        """The results of searches, for their next pages."""
        self.written: Kept[Written] = Kept(WRITTEN)
        """Conversations as they are sent."""
        self._added = functools.lru_cache(maxsize=ADDED_CACHED)(self._make)
        self._lock = threading.Lock()

    def renewed(self) -> State:
        """The first state again; all changes since are deleted."""
        self.database.clear()
        return State(self.world, self._first, self.database)

    def saved(self) -> dict[str, Any]:
        """What the data follows from, and all changes since, as JSON."""
        return {"seed": self.world.seed, "conversations": self.world.size, "entries": self.database.entries()}

    def restored(self, entries: Iterable[tuple[str, str, Any]]) -> State:
        """The state with the changes that were `saved`, and no others; settings, faults and requests stay.

        Raises:
            ValueError: no state can be made of them; nothing changes.
        """
        entries = list(entries)
        try:
            # Tried elsewhere first, as the old state would be lost.
            database = Database(MEMORY, {})
            database.replace(entries)
            trial = State(self.world, self._first, database)
            trial.clock.set(trial.clock.now())
            for agent in self.world.agents:
                trial.added(agent)
        except (ValueError, TypeError, LookupError) as error:
            raise ValueError(f"no state can be made of the entries ({error})") from error
        self.database.replace(entries)
        state = State(self.world, self._first, self.database)
        state.settings, state.faults, state.requests = self.settings, self.faults, self.requests
        return state

    def change(self, **settings: Any) -> None:
        """Change some of the settings; the random faults or the schedule start over when they change."""
        self.settings = replace(self.settings, **settings)
        fresh = Chooser(self.settings.misbehave, self.settings.schedule)
        if "misbehave" in settings:
            self.faults.dice = fresh.dice
        if "schedule" in settings:
            self.faults.calls = fresh.calls

    def conversations(self, agent_id: str, *, oldest_first: bool = False) -> Listing:
        """The conversations of an agent, newest first unless asked for the other order."""
        added = ((1, each) for each in self.added(agent_id))
        return Listing(self.world, agent_id, range(self.world.size), added=added, oldest_first=oldest_first)

    def conversation(self, agent_id: str, conversation_id: str) -> Conversation | None:
        index = self.world.index(agent_id, conversation_id)
        if index is not None:
            return self.world.conversation(agent_id, index)
        row = self.database.get(_added_to(agent_id), conversation_id)
        return None if row is None else self._added(agent_id, *row).conversation

    def added(self, agent_id: str) -> list[Added]:
        """The conversations that were added to an agent's, oldest addition first."""
        return [self._added(agent_id, *row) for row in self.database.all(_added_to(agent_id)).values()]

    def count_added(self, agent_id: str) -> int:
        return self.database.count(_added_to(agent_id))

    def add_conversation(self, agent: Agent, values: Mapping[str, Any]) -> Conversation:
        """Add a conversation with these values (see `additions.check`); without `started_at` it takes place now.

        Raises:
            ValueError: a value is invalid.
        """
        with self._lock:
            before = self.count_added(agent.id)
            # Several that take place now do so one after the other.
            now = self.clock.now() + timedelta(seconds=before)
            checked = additions.check(self.world, {"started_at": now.isoformat(), **values})
            number = ADDED * (self.world.size + before + 1)
            text = json.dumps(checked)
            conversation = self._added(agent.id, number, text).conversation
            self.database.put(_added_to(agent.id), conversation.id, (number, text))
            return conversation

    def note(self, conversation: Conversation) -> str:
        """The note on the conversation; empty when there is none."""
        note: str | None = self.database.get("notes", conversation.id)
        return conversation.note if note is None else note

    def annotations(self) -> dict[str, tuple[dict[str, Any], ...]]:
        return {identifier: tuple(added) for identifier, added in self.database.all("annotations").items()}

    def effects(self) -> Counter[tuple[str, str]]:
        effects: Counter[tuple[str, str]] = Counter()
        for key, count in self.database.all("effects").items():
            operation_id, _, identifier = key.partition(" ")
            effects[operation_id, identifier] = count
        return effects

    def count_effect(self, operation_id: str, identifier: str) -> None:
        self.database.update("effects", f"{operation_id} {identifier}", lambda count: (count or 0) + 1)

    def poll(self, transcript: Transcript) -> str:
        """Count a call for a transcript, and return the state for its response."""
        state = transcript.poll()
        ready_at = None if transcript.ready_at is None else transcript.ready_at.isoformat()
        self.database.put("transcripts", transcript.id, (transcript.polls_left, ready_at))
        return state

    def fresh_id(self, kind: str) -> str:
        """A new UUID, which the seed gives again after a reset."""
        name = f"{self.world.seed}/{kind}/{next(self._counter)}"
        return str(uuid.UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest(), version=4))

    def fresh_random(self, kind: str) -> random.Random:
        """A new source of random numbers, which the seed gives again after a reset."""
        return self.world.random(kind, next(self._counter))

    def _make(self, agent_id: str, number: int, text: str) -> Added:
        return additions.make(self.world, self.world.agents[agent_id], number, json.loads(text))

    def _transcripts(self) -> Iterator[Transcript]:
        stored = self.database.all("transcripts")
        start = self.world.start
        first_states: Any = (
            (0, start, {}),
            (POLLS, None, {}),
            (0, start - FILE_KEPT - timedelta(seconds=1), {}),
            (0, start, {"wav": True}),
            (0, None, {"enabled": False}),
        )
        for region in dict.fromkeys(server.region for server in self.world.assemblyai.servers):
            for index, (polls, ready, asked) in enumerate(first_states):
                bits = self.world.random("transcript", region, index).getrandbits(128)
                identifier = str(uuid.UUID(int=bits, version=4))
                polls_left, ready_at = stored.get(identifier, (polls, None if ready is None else ready.isoformat()))
                moment = None if ready_at is None else datetime.fromisoformat(ready_at)
                yield Transcript(
                    identifier, region, self.world.sounds[index % 3], self.clock, polls_left, moment, **asked
                )


def _added_to(agent_id: str) -> str:
    """The kind of the database's entries for the conversations added to an agent's."""
    return f"additions {agent_id}"
