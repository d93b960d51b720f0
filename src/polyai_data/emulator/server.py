"""The emulator as a server in a thread of its own."""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from polyai_data.emulator.app import Application
from polyai_data.emulator.data.clock import START, Clock
from polyai_data.emulator.data.keys import Key
from polyai_data.emulator.data.model import VOICE, Account, Agent, Conversation
from polyai_data.emulator.data.speech import COMBINED
from polyai_data.emulator.data.world import world
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.emulator.faults.schedule import Schedule
from polyai_data.emulator.state.database import MEMORY, Database
from polyai_data.emulator.state.state import RequestRecord, Settings, State, Transcript
from polyai_data.emulator.uvicorn_server import LOOPBACK, Server, listen
from polyai_data.openapi import Server as Host

if TYPE_CHECKING:
    from polyai_data import AssemblyAI, AsyncAssemblyAI, AsyncPolyAI, PolyAI

DEFAULT_SEED = 1
DEFAULT_CONVERSATIONS = 40
_START_SECONDS = 30
_STOP_SECONDS = 10


class _Setting:
    def __set_name__(self, owner: type[Emulator], name: str) -> None:
        self._name = name

    def __get__(self, emulator: Emulator | None, owner: type[Emulator]) -> Any:
        return self if emulator is None else getattr(emulator._app.state.settings, self._name)

    def __set__(self, emulator: Emulator, value: object) -> None:
        emulator._app.state.change(**{self._name: value})


def _setting() -> Any:
    return _Setting()


class Emulator:
    """A server on loopback that plays every host and region of PolyAI and AssemblyAI on one port.

    Args:
        seed: number that the data follows from; the same number gives the same bytes. Default 1.
        conversations: how many conversations each agent has. Default 40.
        port: port to listen on; 0, the default, takes a free one.
        misbehave: which part of all requests goes wrong, and how. Default: none.
        recording_bytes: size of every recording, up to 4 GiB: the call is repeated to fill it. It is made while it is
            sent, so it takes no memory. Default: each recording has its own size.
        ranges: whether recordings have an ETag and can be requested in parts, with `Range` and `If-Range`. Default
            True.
        database: file that stores the changes of clients and tests, and the clock, for the next emulator of the same
            seed and size; it is created when missing. Default: in memory.
        schedule: file that says which calls go wrong, and how (see `polyai_data.emulator.faults.schedule`), or a
            `Schedule`. Default: none.
        now: whether the clock follows today, and the conversations took place in the days before the start. Default
            False: the clock stands still on 4 May 2026, and the same seed gives the same bytes on every day.
        as_documented: whether responses are as the vendors' documents say. Default False: as the live API was seen to
            respond, with nulls, objects and texts that no document has.

    Raises:
        ValueError: a value is invalid, `schedule` has a mistake (the message names the line), or `database` is another
            program's file, or one of another seed or size.
        OSError: one of the files cannot be opened.

    Use it as a context manager, or call `start()` and `stop()`. The Host header of a request selects the host.
    """

    # Each can be set while it runs.
    misbehave: Misbehaviour | None = _setting()
    """Which part of all requests goes wrong, and how. Setting it starts it over."""
    recording_bytes: int | None = _setting()
    """Size of every recording; None when each has its own. ValueError: an impossible size."""
    ranges: bool = _setting()
    """Whether ranges of recordings are supported."""
    schedule: Schedule | None = _setting()
    """Which calls go wrong, and how. Setting it starts it over."""
    as_documented: bool = _setting()
    """Whether responses are as the documents say, instead of as the live API responds."""

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        conversations: int = DEFAULT_CONVERSATIONS,
        port: int = 0,
        *,
        misbehave: Misbehaviour | None = None,
        recording_bytes: int | None = None,
        ranges: bool = True,
        database: str | os.PathLike[str] | None = None,
        schedule: str | os.PathLike[str] | Schedule | None = None,
        now: bool = False,
        as_documented: bool = False,
    ) -> None:
        if schedule is not None and not isinstance(schedule, Schedule):
            schedule = Schedule.load(schedule)
        settings = Settings(misbehave, recording_bytes, ranges, schedule, as_documented, now)
        # In whole hours, so that two emulators of the same hour share their world.
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) if now else START
        self._world = world(seed, conversations, start)
        made_from = {"seed": seed, "conversations": conversations}
        state = State(self._world, settings, Database(database or MEMORY, made_from))
        self._requested_port = port
        self._port: int | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._app = Application(state)

    def start(self) -> Self:
        """Listen, and return once requests are served. OSError: the port is taken; RuntimeError: it already runs."""
        if self._thread is not None:
            raise RuntimeError(f"the emulator already runs at {self.url}")
        listener = listen(self._requested_port)
        self._port = listener.getsockname()[1]
        self._app = Application(self._app.state)
        self._server = Server(self._app)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name=f"polyai-emulator-{self._port}", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError(f"the emulator did not start within {_START_SECONDS} seconds")
        return self

    def stop(self) -> None:
        """Stop listening, close all connections and free the port. Does nothing when it does not run."""
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join(_STOP_SECONDS)
        self._server = self._thread = self._port = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port; RuntimeError when the emulator does not run."""
        if self._port is None:
            raise RuntimeError("the emulator does not run; call start() or use it in a with statement")
        return self._port

    @property
    def url(self) -> str:
        """Its address, for `connect_to`; RuntimeError when the emulator does not run."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def keys(self) -> Mapping[str, Key]:
        """The API keys, by name: `us`, `us-agents`, `us-platform`, `us-no-pii`, …, `assemblyai-us`, …."""
        return self._world.keys

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The account of each region, by the region's name."""
        return self._world.accounts

    @property
    def clock(self) -> Clock:
        """The clock that links and keys expire by. It stands still until it is set, or follows today (`now=True`)."""
        return self._app.state.clock

    @property
    def requests(self) -> deque[RequestRecord]:
        """The received requests, oldest first; bounded, and without the values of headers."""
        return self._app.state.requests

    @property
    def effects(self) -> Counter[tuple[str, str]]:
        """How many calls took effect, by operation id and by the id of the conversation or the chat that they changed.

        `effects["addAnnotations", conversation_id]` is 2 when annotations were added to it twice, whatever the
        responses were.
        """
        return self._app.state.effects()

    @property
    def transcripts(self) -> Mapping[str, Transcript]:
        """AssemblyAI's transcripts, by id."""
        return self._app.state.transcripts

    @property
    def annotations(self) -> Mapping[str, tuple[dict[str, Any], ...]]:
        """The annotations that were added, by conversation id."""
        return self._app.state.annotations()

    def conversations(self, agent: Agent | str | None = None) -> Sequence[Conversation]:
        """The conversations of an agent (object or id; default: the first one of `us`), newest first.

        They are made when they are looked at, and dropped again.
        """
        return self._app.state.conversations(self._agent(agent).id)

    def add_conversation(
        self,
        agent: Agent | str | None = None,
        *,
        started_at: datetime | None = None,
        channel: str = VOICE,
        environment: str = "live",
        in_progress: bool = False,
        said: Sequence[tuple[str, str]] | None = None,
    ) -> Conversation:
        """Add a conversation, and return it.

        Args:
            agent: the agent (object or id). Default: the first one of `us`.
            started_at: when it began, with a time zone. Default: now, by the emulator's clock.
            channel: `VOICE-SIP`, the default, has a recording; any other has none.
            environment: `live` (default), `sandbox` or `pre-release`.
            in_progress: whether it has not ended. Default False.
            said: what user and agent say, turn by turn. Default: one of the emulator's own scripts.

        Raises:
            ValueError: a value is invalid.
        """
        values: dict[str, Any] = {"channel": channel, "environment": environment, "in_progress": in_progress}
        if started_at is not None:
            values["started_at"] = started_at.isoformat()
        if said is not None:
            values["said"] = [list(turn) for turn in said]
        return self._app.state.add_conversation(self._agent(agent), values)

    def pii_spans(self, conversation_id: str, direction: str = COMBINED) -> list[tuple[int, int]]:
        """The ranges of samples, first and one after the last, that the redacted recording mutes.

        Args:
            conversation_id: of any agent; KeyError when there is none.
            direction: `user` or `agent` for that side alone, `combined` (default) for both.
        """
        for agent_id in self._world.agents:
            conversation = self._app.state.conversation(agent_id, conversation_id)
            if conversation is not None:
                return conversation.plan.pii_spans(direction)
        raise KeyError(conversation_id)

    def reset(self) -> None:
        """Go back to the first state: without the notes, chats, requests, settings and clock of before."""
        self._app.restore()

    def saved(self) -> dict[str, Any]:
        """Its `seed`, how many `conversations` an agent has, and as `entries` what clients and tests changed."""
        return self._app.state.saved()

    def restore(self, entries: Iterable[tuple[str, str, Any]]) -> None:
        """Go back to the `entries` that were `saved()`; settings, faults and requests stay as they are."""
        self._app.restore(entries)

    def env(self) -> dict[str, str]:
        """The environment variables that lead a client here: keys, account and agent of the region `us`."""
        return self._world.environment(self.url)

    def listed(self) -> list[tuple[str, str, str]]:
        """Variable (as in `--print-env`), value and meaning of every account, agent and key."""
        rows = []
        for region, account in self.accounts.items():
            rows.append((_variable("account", region), account.id, f"account of the region {region}"))
            for number, agent in enumerate(account.agents, 1):
                hidden = "; its transcripts are hidden" if agent.hides_transcripts else ""
                rows.append((_variable("agent", region, str(number)), agent.id, f"agent {agent.name!r}{hidden}"))
        return rows + [(_variable("key", name), key.value, key.opens()) for name, key in self.keys.items()]

    def client(self, **overrides: Any) -> PolyAI:
        """A PolyAI client that is led here, with the keys, the account and the first agent of its region.

        Args:
            overrides: any arguments of the client. With `region`, the other defaults follow it; with `api_key`, that
                key is used on both hosts unless `conversations_api_key` is given too.
        """
        from polyai_data import PolyAI  # noqa: PLC0415 - the server does not need the client

        return PolyAI(**self._polyai_arguments(overrides))

    def async_client(self, **overrides: Any) -> AsyncPolyAI:
        """The same as `client()`, with the asynchronous client."""
        from polyai_data import AsyncPolyAI  # noqa: PLC0415

        return AsyncPolyAI(**self._polyai_arguments(overrides))

    def assemblyai(self, **overrides: Any) -> AssemblyAI:
        """An AssemblyAI client that is led here, with the key of its region; `overrides` are any of its arguments."""
        from polyai_data import AssemblyAI  # noqa: PLC0415

        return AssemblyAI(**self._assemblyai_arguments(overrides))

    def async_assemblyai(self, **overrides: Any) -> AsyncAssemblyAI:
        """The same as `assemblyai()`, with the asynchronous client."""
        from polyai_data import AsyncAssemblyAI  # noqa: PLC0415

        return AsyncAssemblyAI(**self._assemblyai_arguments(overrides))

    def _polyai_arguments(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        region = overrides.get("region", "us")
        account = self.accounts.get(_canonical(region, self._world.polyai.servers), self.accounts["us"])
        arguments = {
            "region": region, "account_id": account.id, "agent_id": account.agents[0].id, "connect_to": self.url
        }  # fmt: skip
        if "api_key" not in overrides:
            arguments["api_key"] = self.keys[f"{account.region}-agents"].value
            if (platform := self.keys.get(f"{account.region}-platform")) is not None:
                arguments["conversations_api_key"] = platform.value
        return {**arguments, **overrides}

    def _assemblyai_arguments(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        region = overrides.get("region", "us")
        name = f"assemblyai-{_canonical(region, self._world.assemblyai.servers)}"
        key = self.keys.get(name, self.keys["assemblyai-us"])
        return {"region": region, "api_key": key.value, "connect_to": self.url, **overrides}

    def _agent(self, agent: Agent | str | None) -> Agent:
        if agent is None:
            return self.accounts["us"].agents[0]
        return self._world.agents[agent] if isinstance(agent, str) else agent


def _variable(*names: str) -> str:
    return "_".join(("emulator", *names)).replace("-", "_").upper()


def _canonical(region: Any, servers: Sequence[Host]) -> str:
    """The name of the region that has this alias; any other value as it is."""
    return next((server.region for server in servers if region in server.aliases), str(region))
