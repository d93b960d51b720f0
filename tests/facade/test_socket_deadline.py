"""Whatever a server does byte by byte, no call outlasts its deadline, and no body fills the memory."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from polyai_data import AsyncPolyAI, Timeout, errors
from tests.facade.calls import Connect
from tests.facade.scripted import RESPONSES, audio, link_to, wav
from tests.support.scripted_server import Received, ScriptedServer, Step, response

DEADLINE = 0.25
HANG = 30
"""Seconds that only a call takes that is not bound."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 100000000\r\n\r\n"


def endless(begin: bytes, piece: bytes, seconds: float = 0.02) -> Step:
    """Send bytes, then a piece again and again, until the client goes or a test has failed."""

    def step(connection: socket.socket, _: Received) -> None:
        until = time.monotonic() + HANG + 5
        with suppress(OSError):
            connection.sendall(begin)
            while time.monotonic() < until:
                connection.sendall(piece)
                time.sleep(seconds)
        connection.close()

    return step


def nothing_packed() -> bytes:
    """An endless gzip stream of blocks that hold nothing."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)


EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
HOSTILE = {
    "headers": endless(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "chunk size": endless(CHUNKED, b"0"),
    "body": endless(HEAD + b"Content-Length: 100000000\r\n\r\n", b" "),
    "packed nothing, flood": endless(PACKED + nothing_packed(), EMPTY_BLOCK * 2000, 0),
    "error": endless(HEAD.replace(b"200 OK", b"404 No") + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
}


def within_deadline(call: Callable[[], object]) -> BaseException:
    """The error of a call, which must come before the call can be said to hang."""
    started = time.monotonic()
    with pytest.raises(errors.PolyAIError) as caught:
        call()
    assert time.monotonic() - started < HANG / 2
    return caught.value


@pytest.mark.parametrize("step", HOSTILE.values(), ids=HOSTILE)
def test_the_deadline_binds_every_byte(connect: Connect, step: Step) -> None:
    with ScriptedServer(step) as server:
        client = connect.polyai(connect_to=server.url, deadline=DEADLINE, timeout=60)
        error = within_deadline(lambda: client.conversations.get("CA1"))
    assert isinstance(error, errors.TimeoutError)
    assert error.sent
    assert server.url in str(error)


def test_a_signed_link_is_bound_too(connect: Connect, tmp_path: Any) -> None:
    with ScriptedServer(link_to("https://files.example/a?Signature=s"), HOSTILE["headers"]) as server:
        audios = connect.assemblyai(connect_to=server.url, deadline=DEADLINE, timeout=60).redacted_audio
        assert isinstance(within_deadline(lambda: audios.save("T1", tmp_path / "a.wav")), errors.TimeoutError)


@pytest.mark.parametrize("name", ["headers", "packed nothing, flood"])
def test_an_asynchronous_client_of_the_users_is_bound_as_well(name: str) -> None:
    async def call() -> None:
        async with httpx.AsyncClient() as theirs:
            options: dict[str, Any] = {"connect_to": server.url, "http_client": theirs, "max_retries": 0}
            client = AsyncPolyAI("k", region="us", agent_id="P-1", deadline=DEADLINE, timeout=60, **options)
            await client.conversations.get("CA1")

    with ScriptedServer(HOSTILE[name]) as server:
        assert isinstance(within_deadline(lambda: asyncio.run(call())), errors.TimeoutError)


def test_a_large_request_that_is_read_slowly_is_bound(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def sip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                for _ in range(HANG * 50):
                    if not connection.recv(1000):
                        return
                    time.sleep(0.02)

        threading.Thread(target=sip, daemon=True).start()
        client = connect.polyai(
            connect_to=f"http://127.0.0.1:{listener.getsockname()[1]}", deadline=DEADLINE, timeout=60
        )
        error = within_deadline(lambda: client.conversations.set_note("CA1", "x" * 20_000_000))
    assert isinstance(error, errors.TimeoutError)


# The memory


def flood(begin: bytes, piece: bytes, times: int, sent: list[int]) -> Step:
    """Send bytes, then a piece so many times, and count the bytes that the client took."""

    def step(connection: socket.socket, _: Received) -> None:
        connection.sendall(begin)
        with suppress(OSError):
            for _number in range(times):
                connection.sendall(piece)
                sent.append(len(piece))
        connection.close()

    return step


@pytest.mark.parametrize("status", [302, 404])
def test_of_an_errors_body_64_kb_are_read(connect: Connect, status: int) -> None:
    sent: list[int] = []
    head = HEAD.replace(b"200 OK", b"%d No" % status) + b"Content-Length: 1000000000\r\n\r\n"
    with ScriptedServer(flood(head, b"x" * 100_000, 10_000, sent)) as server, pytest.raises(errors.APIError) as caught:
        connect.polyai(connect_to=server.url).conversations.get("CA1")
    assert (caught.value.status, len(caught.value.body)) == (status, 65536)
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_a_response_that_unpacks_beyond_the_ceiling_is_an_error_of_ours(
    connect: Connect, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.transport.LARGEST", 1_000_000)
    packed = (gzip if packing == "gzip" else zlib).compress(b'{"note": "' + bytes(2_000_000) + b'"}')
    with ScriptedServer(response(200, packed, f"Content-Encoding: {packing}"), RESPONSES["getConversation"]) as server:
        client = connect.polyai(connect_to=server.url, max_retries=3)
        with pytest.raises(errors.DecodeError, match="larger than 1000000 bytes") as caught:
            client.conversations.get("CA1")
        assert (caught.value.raw, len(server.requests)) == (None, 1)
        assert client.conversations.get("CA1").conversation_id == "CA1"


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "GZIP , deflate"])
def test_a_body_that_is_packed_as_nobody_asked_is_refused(connect: Connect, packing: str) -> None:
    with ScriptedServer(response(200, gzip.compress(b"{}"), f"Content-Encoding: {packing}")) as server:
        with pytest.raises(errors.DecodeError, match="packed in another way"):
            connect.polyai(connect_to=server.url).conversations.get("CA1")
        assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"
        connect.polyai(connect_to=server.url).conversations.set_note("CA1", "the status says that it was written")
        server.play(response(404, gzip.compress(b"{}"), f"Content-Encoding: {packing}"))
        with pytest.raises(errors.NotFoundError):
            connect.polyai(connect_to=server.url).conversations.get("CA1")


def test_a_body_that_is_packed_otherwise_than_it_says_is_an_error_of_ours(connect: Connect) -> None:
    false = response(200, b"{}", "Content-Encoding: gzip")
    with ScriptedServer(false) as server, pytest.raises(errors.TransportError, match="not packed as Content-Encoding"):
        connect.polyai(connect_to=server.url).conversations.get("CA1")


# The pool


@pytest.fixture
def slow_server() -> Iterator[ScriptedServer]:
    def step(_connection: socket.socket, _: Received) -> bytes:
        time.sleep(0.3)
        return audio()

    with ScriptedServer(step, listener=socket.create_server(("127.0.0.1", 0), backlog=512)) as server:
        yield server


async def test_more_recordings_than_connections_wait_within_the_deadline(
    slow_server: ScriptedServer, clean_environment: None
) -> None:
    async def fetch(client: AsyncPolyAI, number: int) -> bytes:
        async with client.conversations.recording(f"CA{number}") as recording:
            return await recording.read()

    options: dict[str, Any] = {"connect_to": slow_server.url, "max_retries": 0, "agent_id": "P-1"}
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=10)) as ten:
        # The third ten wait for longer than a connection may take.
        timeout = Timeout(connect=0.55, read=30)
        async with AsyncPolyAI("k", region="us", http_client=ten, timeout=timeout, **options) as client:
            assert await asyncio.gather(*(fetch(client, number) for number in range(30))) == [wav()] * 30


def test_a_pool_that_stays_busy_is_given_up_at_the_deadline(connect: Connect) -> None:
    with ScriptedServer(audio(sound=wav(bytes(10_000_000)))) as server:
        one = connect.http_client(httpx, limits=httpx.Limits(max_connections=1))
        client = connect.polyai(connect_to=server.url, http_client=one, timeout=0.1, deadline=DEADLINE)
        with client.conversations.recording("CA1"):
            started = time.monotonic()
            with pytest.raises(errors.TimeoutError, match="busy until the deadline") as caught:
                client.conversations.get("CA2")
            assert DEADLINE <= time.monotonic() - started < HANG
    assert not caught.value.sent
