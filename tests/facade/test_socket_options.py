"""Options over a socket: copies that share their connections, and a base URL; with a server that keeps to a script."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import pytest

from polyai_data.config import Timeout
from polyai_data.errors import AuthenticationError, ConfigError, DecodeError, ServerError, TimeoutError  # noqa: A004 - ours
from tests.facade.calls import Connect, documented
from tests.facade.canned import wav


@dataclass(frozen=True)
class Received:
    """A request that came in, and when by the clock `monotonic`."""

    at: float
    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Step = bytes | Callable[[socket.socket, Received], object]


class Scripted:
    """Answers each request, on whatever connection it comes, by the next step; the last one is repeated.

    A step is the answer's bytes, or does with the connection what it likes. A connection is kept open unless the step
    says otherwise.

    Attributes:
        url: where it listens.
        requests: what came in.
        connections: how many were accepted.
    """

    def __init__(self, *steps: Step, listener: socket.socket | None = None) -> None:
        self._steps = list(steps)
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Received] = []
        self.connections = 0

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection:
                while (request := _read(connection, number)) is not None:
                    with self._lock:
                        self.requests.append(request)
                        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
                    if callable(step):
                        step(connection, request)
                    else:
                        connection.sendall(step)
        except OSError:
            return

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._open):
            # Closing alone would not wake a thread that waits.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _read(connection: socket.socket, number: int) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    at = time.monotonic()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Received(at, number, method, target, headers, body)


def said(
    status: int, body: bytes = b"", *more: str, kind: str = "application/json", length: int | None = None
) -> bytes:
    """An HTTP answer after which the connection stays open; `more` are header lines."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} What", f"Content-Type: {kind}", f"Content-Length: {size}", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def reset(connection: socket.socket, _: Received) -> None:
    """Break the connection without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut(given: bytes) -> Step:
    """Send bytes, and close the connection in good order."""

    def step(connection: socket.socket, _: Received) -> None:
        connection.sendall(given)
        connection.close()

    return step


def late(given: bytes, seconds: float) -> Step:
    """Send bytes after so many seconds."""

    def step(connection: socket.socket, _: Received) -> None:
        time.sleep(seconds)
        connection.sendall(given)

    return step


def trickle(begin: bytes, piece: bytes, seconds: float, times: int) -> Step:
    """Send bytes, and then a piece every so many seconds, so many times."""

    def step(connection: socket.socket, _: Received) -> None:
        connection.sendall(begin)
        for _number in range(times):
            time.sleep(seconds)
            connection.sendall(piece)
        connection.close()

    return step


CONVERSATION = json.dumps(
    {"conversationId": "CA1", "accountId": "ws-1", "projectId": "P-1", "turns": [], "metrics": {}, "functionEvents": []}
).encode()
FOUND = said(200, CONVERSATION)
PAGE = said(200, json.dumps({"conversations": [], "count": 0, "limit": 1, "offset": 0}).encode())
DONE = said(201, b'{"success": true}')
CHAT = json.dumps(
    {
        "conversationId": "AS_CHAT_1",
        "userInput": "",
        "response": "Hello.",
        "metadata": {},
        "conversationEnded": False,
        "delayedResponse": False,
    }
).encode()
FAILED = said(500, b'{"error_message": "no"}')


def test_a_copy_goes_over_the_connection_of_its_original(connect: Connect) -> None:
    with Scripted(FOUND) as server:
        client = connect.polyai(connect_to=server.url)
        client.conversations.get("CA1")
        copy = client.with_options(timeout=5, max_retries=2, deadline=9)
        copy.conversations.get("CA1")
        copy.with_options(strict=False).conversations.get("CA1")
        client.conversations.get("CA1")
        assert [each.connection for each in server.requests] == [1, 1, 1, 1]
        assert server.connections == 1


def test_a_copy_of_an_assemblyai_client_goes_over_the_same_connection(connect: Connect) -> None:
    ready = json.dumps({"status": "redacted_audio_ready", "redacted_audio_url": "https://files.example/a"}).encode()
    with Scripted(said(200, ready)) as server:
        client = connect.assemblyai(connect_to=server.url)
        for each in (client, client.with_options(deadline=9), client):
            assert each.redacted_audio.get("T1").redacted_audio_url == "https://files.example/a"
        assert server.connections == 1


def test_each_option_of_a_copy_is_its_own_and_the_original_stays_as_it_was(connect: Connect) -> None:
    client: Any = connect.polyai(timeout=7, deadline=11)
    settings = getattr(client, "unwrapped", client)._session.config
    copy: Any = client.with_options(timeout=Timeout(1, 2), max_retries=3, deadline=4, strict=True)
    changed = getattr(copy, "unwrapped", copy)._session.config
    shown = (changed.timeout, changed.policy.max_retries, changed.deadline, changed.strict)
    assert shown == (Timeout(1, 2), 3, 4, True)
    assert (settings.timeout, settings.policy.max_retries, settings.deadline) == (Timeout(7, 7), 0, 11)
    assert settings.strict is False
    assert (changed.keys, changed.region, changed.agent_id) == (settings.keys, settings.region, settings.agent_id)
    assert type(getattr(copy, "unwrapped", copy)) is type(getattr(client, "unwrapped", client))


def test_retries_are_those_of_the_copy(connect: Connect) -> None:
    with Scripted(said(503), FOUND) as server:
        client = connect.polyai(connect_to=server.url, max_retries=0)
        assert client.with_options(max_retries=1).conversations.get("CA1").conversation_id == "CA1"
        assert len(server.requests) == 2
    with Scripted(said(503)) as server:
        client = connect.polyai(connect_to=server.url, max_retries=1)
        with pytest.raises(ServerError):
            client.with_options(max_retries=0).conversations.get("CA1")
        assert len(server.requests) == 1


def test_a_timeout_is_that_of_the_copy(connect: Connect) -> None:
    with Scripted(late(FOUND, 0.4)) as server:
        client = connect.polyai(connect_to=server.url)
        with pytest.raises(TimeoutError, match="within the timeout"):
            client.with_options(timeout=0.1).conversations.get("CA1")
        assert client.conversations.get("CA1").conversation_id == "CA1"


def test_strictness_is_that_of_the_copy(connect: Connect) -> None:
    spoilt = json.loads(CONVERSATION) | {"numTurns": "many"}
    with Scripted(said(200, json.dumps({**spoilt, "startedAt": ""}).encode())) as server:
        client = connect.polyai(connect_to=server.url)
        assert client.conversations.get("CA1").conversation_id == "CA1"
        with pytest.raises(DecodeError):
            client.with_options(strict=True).conversations.get("CA1")
        strict = connect.polyai(connect_to=server.url, strict=True)
        with pytest.raises(DecodeError):
            strict.conversations.get("CA1")
        assert strict.with_options(strict=False).conversations.get("CA1").conversation_id == "CA1"


@pytest.mark.parametrize("first", ["original", "copy"])
def test_closing_either_closes_the_connections_of_both(connect: Connect, first: str) -> None:
    with Scripted(FOUND) as server:
        client = connect.polyai(connect_to=server.url)
        copy = client.with_options(timeout=5)
        client.conversations.get("CA1")
        closed, other = (client, copy) if first == "original" else (copy, client)
        closed.close()
        for each in (closed, other, other.with_options(timeout=1)):
            with pytest.raises(ConfigError, match="the client is closed; make a new one"):
                each.conversations.get("CA1")
        other.close()
        assert len(server.requests) == 1


def test_a_copy_works_after_its_original_was_forgotten(connect: Connect) -> None:
    with Scripted(FOUND) as server, connect.polyai(connect_to=server.url).with_options(timeout=5) as copy:
        assert copy.conversations.get("CA1").conversation_id == "CA1"


ANSWERS = {
    "listConversations": PAGE,
    "searchConversations": said(200, b'{"conversations": [], "cursor": null}'),
    "getConversation": FOUND,
    "getConversationRecording": said(200, wav(), kind="audio/wav"),
    "addAnnotations": DONE,
    "upsertNote": DONE,
    "createDebugChat": said(201, CHAT),
    "getRedactedAudio": said(200, b'{"status": "redacted_audio_ready", "redacted_audio_url": "https://f.example/a"}'),
}


ACTS: dict[str, Callable[[Any], Any]] = {
    "listConversations": lambda client: list(client.conversations.list()),
    "searchConversations": lambda client: list(client.conversations.search()),
    "getConversation": lambda client: client.conversations.get("CA1"),
    "getConversationRecording": lambda client: content(client.conversations.recording("CA1")),
    "addAnnotations": lambda client: client.conversations.annotate(
        "CA1", turn_id=0, role="user", annotation_type="wrong_info"
    ),
    "upsertNote": lambda client: client.conversations.set_note("CA1", "called back"),
    "createDebugChat": lambda client: client.debug_chat.start(client_env="sandbox").reply,
    "getRedactedAudio": lambda client: client.redacted_audio.get("T1"),
}
"""A call of each operation by a client that is handed in."""


def content(opened: Any) -> bytes:
    """The bytes of a recording."""
    with opened as recording:
        whole: bytes = recording.read()
        return whole


@pytest.mark.parametrize("operation_id", ACTS)
def test_every_operation_goes_to_the_base_url(connect: Connect, operation_id: str) -> None:
    kind = "AssemblyAI" if operation_id == "getRedactedAudio" else "PolyAI"
    ids = {} if kind == "AssemblyAI" else {"agent_id": "P-1", "account_id": "ws-1"}
    with Scripted(ANSWERS[operation_id]) as server:
        ACTS[operation_id](connect.bare(kind, "the-key", base_url=f"{server.url}/gateway/", **ids))
        (request,) = server.requests
    filled = {"agentId": "P-1", "project_id": "P-1", "account_id": "ws-1", "transcript_id": "T1"}
    filled |= dict.fromkeys(["conversationId", "conversation_id"], "CA1")
    template = documented()[operation_id]["path"]
    assert request.target.partition("?")[0] == f"/gateway{template.format(**filled)}"
    assert request.headers["host"] == server.url.removeprefix("http://")
    assert request.method == documented()[operation_id]["method"]
    assert request.headers["authorization" if kind == "AssemblyAI" else "x-api-key"] == "the-key"


def test_a_debug_chat_goes_on_at_the_base_url(connect: Connect) -> None:
    with Scripted(said(201, CHAT), said(200, CHAT)) as server:
        client = connect.bare("PolyAI", "key", base_url=server.url, agent_id="P-1")
        chat = client.debug_chat.start(client_env="sandbox")
        assert chat.send("hello").response == "Hello."
        targets = [each.target for each in server.requests]
        assert targets == ["/v1/agents/P-1/debug-chat", "/v1/agents/P-1/debug-chat/AS_CHAT_1"]


def test_an_error_at_a_base_url_names_it_and_no_region(connect: Connect) -> None:
    with Scripted(said(401, b"{}")) as server:
        client = connect.bare("PolyAI", "key", base_url=server.url, agent_id="P-1", max_retries=0)
        with pytest.raises(AuthenticationError, match=f"this call went to {server.url}"):
            client.conversations.get("CA1")
