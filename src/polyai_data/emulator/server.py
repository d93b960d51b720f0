"""The emulator as a server in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections import Counter, deque
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from polyai_data.emulator import sending
from polyai_data.emulator.app import Application
from polyai_data.emulator.clock import Clock
from polyai_data.emulator.keys import Key
from polyai_data.emulator.misbehaviour import Misbehaviour
from polyai_data.emulator.model import Account, Agent, Conversation
from polyai_data.emulator.requests import Receive, Scope, Send
from polyai_data.emulator.speech import COMBINED
from polyai_data.emulator.store import RequestRecord, Settings, State, Transcript
from polyai_data.emulator.world import world

if TYPE_CHECKING:
    from polyai_data import AssemblyAI, AsyncAssemblyAI, AsyncPolyAI, PolyAI

LOOPBACK = "127.0.0.1"
DEFAULT_SEED = 1
DEFAULT_CONVERSATIONS = 40
_START_SECONDS = 30
_STOP_SECONDS = 10


class Emulator:
    """A server on loopback that plays every host and region of PolyAI and AssemblyAI on one port.

    Args:
        seed: number that the data follows from; the same number gives the same bytes. Default 1.
        conversations: how many conversations each agent has. Default 40.
        port: port to listen on; 0, the default, takes a free one.
        misbehave: which part of all requests goes wrong, and how. Default: none.
        recording_bytes: size of every recording, of up to 4 GiB: the call is played over and over. It is made while it
            is sent, so it takes no memory. Default: each recording has its own size.
        ranges: whether recordings have an ETag and are given out in parts too, for `Range` and `If-Range`. Default
            True.

    Raises:
        ValueError: a recording cannot have `recording_bytes`.

    Use it as a context manager, or call `start()` and `stop()`. Which host a request is for is told by its Host header.
    """

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        conversations: int = DEFAULT_CONVERSATIONS,
        port: int = 0,
        *,
        misbehave: Misbehaviour | None = None,
        recording_bytes: int | None = None,
        ranges: bool = True,
    ) -> None:
        """Make the data; nothing listens yet."""
        self._settings = Settings(misbehave, recording_bytes, ranges)
        self._world = world(seed, conversations)
        self._wanted_port = port
        self._port: int | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._app = Application(State(self._world, self._settings))

    def start(self) -> Self:
        """Listen, and return once requests are served. OSError: the port is taken; RuntimeError: it runs already."""
        if self._thread is not None:
            raise RuntimeError("the emulator runs already")
        listener = _listen(self._wanted_port)
        self._port = listener.getsockname()[1]
        self._app = Application(self._app.state)
        config = uvicorn.Config(
            self._app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # each answer has one of its own, which goes with its Retry-After
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config, self._app)
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
        self._server.leave()
        self._thread.join(_STOP_SECONDS)
        self._server = self._thread = self._port = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on; RuntimeError when it does not run."""
        if self._port is None:
            raise RuntimeError("the emulator does not run; call start() or use it in a with statement")
        return self._port

    @property
    def url(self) -> str:
        """Where it listens, for `connect_to`; RuntimeError when it does not run."""
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
        """The clock that links and keys expire by. It stands still until it is turned."""
        return self._app.state.clock

    @property
    def requests(self) -> deque[RequestRecord]:
        """What came in, oldest first; bounded, and without the values of headers."""
        return self._app.state.requests

    @property
    def misbehave(self) -> Misbehaviour | None:
        """Which part of all requests goes wrong, and how. It can be set at any time, and then begins anew."""
        return self._app.state.settings.misbehave

    @misbehave.setter
    def misbehave(self, misbehaviour: Misbehaviour | None) -> None:
        self._app.state.change(misbehave=misbehaviour)

    @property
    def recording_bytes(self) -> int | None:
        """Size of every recording; None when each has its own. It can be set at any time; ValueError: no such size."""
        return self._app.state.settings.recording_bytes

    @recording_bytes.setter
    def recording_bytes(self, size: int | None) -> None:
        self._app.state.change(recording_bytes=size)

    @property
    def ranges(self) -> bool:
        """Whether recordings are given out in parts too. It can be set at any time."""
        return self._app.state.settings.ranges

    @ranges.setter
    def ranges(self, known: bool) -> None:
        self._app.state.change(ranges=known)

    @property
    def effects(self) -> Counter[tuple[str, str]]:
        """How many calls took effect, by operation id and by the id of the conversation or the chat that they changed.

        `effects["addAnnotations", conversation_id]` is 2 when annotations were added to it twice. It counts what was
        done, whatever was answered.
        """
        return Counter(self._app.state.effects)

    @property
    def transcripts(self) -> Mapping[str, Transcript]:
        """AssemblyAI's transcripts, by id."""
        return self._app.state.transcripts

    @property
    def annotations(self) -> Mapping[str, tuple[dict[str, Any], ...]]:
        """The annotations that were added, by conversation id."""
        return self._app.state.annotations

    def conversations(self, agent: Agent | str | None = None) -> list[Conversation]:
        """The conversations of an agent (object or id; default: the first one of `us`), newest first."""
        return self._app.state.conversations(self._agent(agent).id)

    def add_conversation(self, agent: Agent | str | None = None) -> Conversation:
        """Let a live call of an agent (default: the first one of `us`) take place now, and return it."""
        return self._app.state.add_conversation(self._agent(agent))

    def pii_spans(self, conversation_id: str, direction: str = COMBINED) -> list[tuple[int, int]]:
        """The ranges of samples, first and one after the last, that the redacted recording mutes.

        Args:
            conversation_id: of any agent; KeyError when there is none.
            direction: `user` or `agent` for that side alone, `combined` (default) for both.
        """
        for agent_id in self._world.agents:
            found = self._app.state.conversation(agent_id, conversation_id)
            if found is not None:
                return found.plan.pii_spans(direction)
        raise KeyError(conversation_id)

    def reset(self) -> None:
        """Go back to what was there at first: no notes, chats, requests, changed settings or turned clock of before."""
        self._app.state = State(self._world, self._settings)

    def env(self) -> dict[str, str]:
        """The environment variables that lead a client here: keys, account and agent of the region `us`."""
        account = self.accounts["us"]
        return {
            "POLYAI_API_KEY": self.keys["us-agents"].value,
            "POLYAI_CONVERSATIONS_API_KEY": self.keys["us-platform"].value,
            "POLYAI_REGION": "us",
            "POLYAI_ACCOUNT_ID": account.id,
            "POLYAI_AGENT_ID": account.agents[0].id,
            "POLYAI_CONNECT_TO": self.url,
            "ASSEMBLYAI_API_KEY": self.keys["assemblyai-us"].value,
            "ASSEMBLYAI_REGION": "us",
        }

    def client(self, **overrides: Any) -> PolyAI:
        """A PolyAI client that is led here, with the keys, the account and the first agent of its region.

        Args:
            overrides: any arguments of the client. With `region`, the other defaults follow it; with `api_key`, that
                key is used on both hosts unless `conversations_api_key` is given too.
        """
        from polyai_data import PolyAI  # noqa: PLC0415 - the server does without the client

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
        canonical = _canonical(region, self._world.polyai.servers)
        account = self.accounts.get(canonical, self.accounts["us"])
        arguments = {
            "region": region,
            "account_id": account.id,
            "agent_id": account.agents[0].id,
            "connect_to": self.url,
        }
        if "api_key" not in overrides:
            arguments["api_key"] = self.keys[f"{account.region}-agents"].value
            if (platform := self.keys.get(f"{account.region}-platform")) is not None:
                arguments["conversations_api_key"] = platform.value
        return {**arguments, **overrides}

    def _assemblyai_arguments(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        region = overrides.get("region", "us")
        key = self.keys.get(
            f"assemblyai-{_canonical(region, self._world.assemblyai.servers)}", self.keys["assemblyai-us"]
        )
        return {"region": region, "api_key": key.value, "connect_to": self.url, **overrides}

    def _agent(self, agent: Agent | str | None) -> Agent:
        if agent is None:
            return self.accounts["us"].agents[0]
        return self._world.agents[agent] if isinstance(agent, str) else agent


class _Protocol(H11Protocol):
    """HTTP with a way for the application to break the connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[sending.TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """A server that tells when it is ready, and that can be told to leave from another thread."""

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._application = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    def leave(self) -> None:
        """End the server's loop."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._application.stop)


def _listen(port: int) -> socket.socket:
    # The protocol is named because asyncio turns off Nagle's algorithm, which costs 40 ms an answer, only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # Elsewhere this option would let two servers share a port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise OSError(errno.EADDRINUSE, f"port {port} of {LOOPBACK} is taken") from error
        raise
    return listener


def _canonical(region: Any, servers: Any) -> str:
    """The region's own name for one of its aliases; anything else as it is."""
    for server in servers:
        if region in server.aliases:
            return str(server.region)
    return str(region)
