"""How the drift corpus reaches the facade: a server that plays its answers, and a call of every operation."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from polyai_data import AssemblyAI, AsyncAssemblyAI, AsyncPolyAI, PolyAI
from polyai_data.errors import PolyAIError
from tests.facade.blocking import Blocking
from tests.facade.corpus import Case

LAST_PAGE = json.dumps({"conversations": [], "count": 0, "limit": 50, "offset": 0}).encode()
"""What comes after the answer at hand, where a listing goes on."""
GREETING = json.dumps(
    {
        "conversationId": "CHAT-1",
        "userInput": "",
        "response": "hello",
        "metadata": {},
        "conversationEnded": False,
        "delayedResponse": False,
    }
).encode()


def written(case: Case) -> bytes:
    """The answer as it goes over a connection that stays open."""
    lines = [f"HTTP/1.1 {case.status} X", *(f"{name}: {value}" for name, value in case.headers)]
    if case.content_type:
        lines.append(f"Content-Type: {case.content_type}")
    if case.status != 204:
        lines.append(f"Content-Length: {len(case.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + case.body


def good(body: bytes, operation_id: str = "any") -> Case:
    """An answer that is as it should be."""
    return Case(operation_id, "good", 200, "application/json", body, "example")


def page(**fields: Any) -> Case:
    """A page of a listing."""
    return good(json.dumps(fields).encode())


class Player:
    """A server on loopback that plays the answers of one call, and the last of them to every request after it.

    Attributes:
        url: where it listens.
        requests: how many came in since `play`.
    """

    def __init__(self) -> None:
        self._answers: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0

    def play(self, *cases: Case) -> None:
        """Give these answers to the requests from now on."""
        self._answers, self.requests = [written(case) for case in cases], 0

    @contextmanager
    def meanwhile(self, case: Case) -> Iterator[None]:
        """Give this answer within the block, and after it those that were to be played."""
        answers = self._answers
        self.play(case)
        yield
        self._answers, self.requests = answers, 0

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            try:
                while _read_request(stream.readline, stream.read):
                    answer = self._answers[min(self.requests, len(self._answers) - 1)]
                    self.requests += 1
                    connection.sendall(answer)
            except OSError:
                # The client may close the connection on an answer that it does not want.
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake a thread that waits for a connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


def _read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> bool:
    """Read one request; whether there was one."""
    if not readline():
        return False
    length = 0
    while (line := readline()) not in {b"\r\n", b""}:
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    read(length)
    return True


@dataclass(frozen=True)
class Clients:
    """A client of each vendor, of one flavour; asynchronous ones are presented synchronously."""

    polyai: PolyAI
    assemblyai: AssemblyAI
    player: Player
    folder: Path

    def strictly(self) -> Clients:
        """The same, to whom an answer that is not exactly what the document says is an error."""
        polyai, assemblyai = self.polyai.with_options(strict=True), self.assemblyai.with_options(strict=True)
        return Clients(polyai, assemblyai, self.player, self.folder)


@contextmanager
def clients(flavour: str, folder: Path) -> Iterator[Clients]:
    """Clients of one flavour, and the server that they are led to."""
    with Player() as player, asyncio.Runner() as runner, ExitStack() as stack:
        options: dict[str, Any] = {"region": "us", "connect_to": player.url, "max_retries": 0, "timeout": 20.0}
        place: dict[str, Any] = {"agent_id": "PROJECT-1", "account_id": "ws-1"}
        polyai: Any
        assemblyai: Any
        if flavour == "sync":
            polyai, assemblyai = PolyAI("key", **place, **options), AssemblyAI("key", **options)
        else:
            polyai = Blocking(AsyncPolyAI("key", **place, **options), runner)
            assemblyai = Blocking(AsyncAssemblyAI("key", **options), runner)
        stack.callback(polyai.close)
        stack.callback(assemblyai.close)
        yield Clients(polyai, assemblyai, player, folder)


def _list(clients: Clients, **mode: Any) -> Any:
    return list(clients.polyai.conversations.list(**mode))


def _search(clients: Clients, **mode: Any) -> Any:
    return list(clients.polyai.conversations.search(**mode))


def _read(clients: Clients, **options: Any) -> Any:
    with _undeprecated(), clients.polyai.conversations.recording("CA1", **options) as recording:
        assert all(value is None or value >= 0 for value in (recording.duration, recording.channels))
        return recording.read()


def _save(clients: Clients, **options: Any) -> Any:
    with _undeprecated(), clients.polyai.conversations.recording("CA1", **options) as recording:
        return recording.save(clients.folder).read_bytes()


@contextmanager
def _undeprecated() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _annotate(clients: Clients) -> Any:
    clients.polyai.conversations.annotate("CA1", turn_id=0, role="agent", annotation_type="wrong_info")


def _send(clients: Clients) -> Any:
    with clients.player.meanwhile(good(GREETING)):
        chat = clients.polyai.debug_chat.start(client_env="sandbox")
    return chat.send("hello")


def _modes(call: Callable[..., Any]) -> Mapping[str, Callable[[Clients], Any]]:
    return {mode: functools.partial(call, on_invalid=mode) for mode in ("raise", "skip", "raw")}


LISTINGS = frozenset({"listConversations", "searchConversations"})
CALLS: Mapping[str, Mapping[str, Callable[[Clients], Any]]] = {
    "listConversations": _modes(_list),
    "searchConversations": _modes(_search),
    "getConversation": {"get": lambda clients: clients.polyai.conversations.get("CA1")},
    "getConversationRecording": {"read": _read, "save": _save},
    "getConversationRecordingV3": {
        "read": functools.partial(_read, legacy=True),
        "save": functools.partial(_save, legacy=True),
    },
    "addAnnotations": {"annotate": _annotate},
    "upsertNote": {"set_note": lambda clients: clients.polyai.conversations.set_note("CA1", "checked")},
    "createDebugChat": {"start": lambda clients: clients.polyai.debug_chat.start(client_env="sandbox")},
    "sendDebugChatMessage": {"send": _send},
    "getRedactedAudio": {"get": lambda clients: clients.assemblyai.redacted_audio.get("T1")},
}
"""Every way to call each operation."""


@dataclass(frozen=True)
class End:
    """How a call ended.

    Attributes:
        case: the answer that it got.
        mode: the way in which it was called.
        value: what it gave; None where it raised.
        error: what it raised, or None.
        requests: how many it sent.
    """

    case: Case
    mode: str
    value: Any
    error: Exception | None
    requests: int

    @property
    def is_ours(self) -> bool:
        """Whether it is an error of ours."""
        return isinstance(self.error, PolyAIError)

    def __str__(self) -> str:
        ended = repr(self.error) if self.error else "a value"
        return f"{self.case.operation_id} [{self.mode}] {self.case.name}: {ended[:300]}"


def called(clients: Clients, case: Case, mode: str, call: Callable[[Clients], Any]) -> End:
    """Call an operation that is answered with `case`."""
    clients.player.play(case, *([good(LAST_PAGE)] if case.operation_id in LISTINGS else []))
    value, error = None, None
    try:
        value = call(clients)
    except Exception as raised:  # noqa: BLE001 - which one it is, is what this looks for
        error = raised
    return End(case, mode, value, error, clients.player.requests)
