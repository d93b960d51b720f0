"""What is sent again over a socket, after which pause, and what is not."""

from __future__ import annotations

import socket
import threading
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from polyai_data.errors import (
    APIError,
    ServerError,
    TimeoutError,  # noqa: A004
)
from tests.facade.calls import Connect, do, one_flavour
from tests.facade.scripted import DONE, RESPONSES, json_response
from tests.support.scripted_server import ScriptedServer, Step, cut, late, reset, response

pytestmark = pytest.mark.usefixtures("pauses")

CONVERSATION = RESPONSES["getConversation"]
IDEMPOTENT = ["getConversation", "getConversationRecording", "getRedactedAudio"]


def call(connect: Connect, server: ScriptedServer, operation_id: str = "getConversation", **options: Any) -> Any:
    client = connect.of(operation_id, **{"connect_to": server.url, "max_retries": 2, **options})
    return do(client, operation_id, "CA1")


def fails(connect: Connect, step: Step, kind: type[Exception], operation_id: str = "getConversation") -> Any:
    """The error of a call that is sent once; a second request would succeed."""
    with ScriptedServer(step, RESPONSES[operation_id]) as server:
        with pytest.raises(kind) as caught:
            call(connect, server, operation_id)
        assert len(server.requests) == 1
    return caught.value


@pytest.mark.parametrize("operation_id", IDEMPOTENT)
@pytest.mark.parametrize("step", [response(500), reset], ids=["500", "reset"])
def test_an_idempotent_request_is_retried(connect: Connect, operation_id: str, step: Step) -> None:
    with ScriptedServer(step, RESPONSES[operation_id]) as server:
        call(connect, server, operation_id)
        assert len(server.requests) == 2


@pytest.mark.parametrize("operation_id", ["getConversation", "addAnnotations"])
def test_a_connection_that_the_server_closed_meanwhile_is_replaced(connect: Connect, operation_id: str) -> None:
    closed = threading.Event()

    def close(connection: socket.socket, _: object) -> None:
        connection.sendall(RESPONSES[operation_id])
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with ScriptedServer(close, RESPONSES[operation_id]) as server:
        client = connect.polyai(connect_to=server.url, max_retries=2)
        do(client, operation_id, "CA1")
        assert closed.wait(5)
        do(client, operation_id, "CA1")
        assert [each.connection for each in server.requests] == [1, 2]


def test_a_request_that_could_not_be_sent_is_retried_until_the_server_is_up(
    connect: Connect, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as listener:
        # Bound from the start, the port cannot be taken; connections are refused until it is listened on.
        listener.bind(("127.0.0.1", 0))
        server = ScriptedServer(DONE, listener=listener)

        def start(*_: object) -> float:
            """A random number, drawn once the first attempt has failed."""
            listener.listen()
            server.__enter__()
            return 0.5

        for flavour in ("_sync", "_async"):
            monkeypatch.setattr(f"polyai_data.{flavour}.session.random", start)
        try:
            call(connect, server, "addAnnotations")
            assert len(server.requests) == 1
            assert pauses == [0.25]
        finally:
            server.__exit__(None, None, None)


DATE = [f"Date: {formatdate(0, usegmt=True)}", f"Retry-After: {formatdate(3, usegmt=True)}"]


@pytest.mark.parametrize(("more", "seconds"), [(["Retry-After: 0", "Retry-After-Ms: 5500"], 5.5), (DATE, 3.0)])
def test_the_pause_is_as_long_as_the_server_asks(
    connect: Connect, more: list[str], seconds: float, pauses: list[float]
) -> None:
    with ScriptedServer(response(429, b"", *more), response(503, b"", *more), CONVERSATION) as server:
        call(connect, server)
    assert pauses == [seconds, seconds]


@one_flavour
@pytest.mark.parametrize(("asked", "deadline"), [(3600, None), (30, 5)], ids=["long", "beyond the deadline"])
def test_a_pause_that_is_too_long_is_not_begun(
    connect: Connect, asked: int, deadline: float | None, pauses: list[float]
) -> None:
    with ScriptedServer(response(429, b"", f"Retry-After: {asked}"), CONVERSATION) as server:
        with pytest.raises(APIError) as caught:
            call(connect, server, deadline=deadline)
        assert (caught.value.status, caught.value.retry_after) == (429, asked)
    assert (len(server.requests), pauses) == (1, [])


@pytest.mark.parametrize("retries", [0, 2])
def test_the_error_of_the_last_attempt_is_raised(
    connect: Connect, retries: int, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.session.random", lambda: 1.0)
    steps = [json_response({"error_message": f"failure {number}"}, status=500) for number in range(3)]
    with ScriptedServer(*steps) as server:
        with pytest.raises(ServerError, match=f"failure {retries}"):
            call(connect, server, max_retries=retries)
        assert len(server.requests) == retries + 1
    assert pauses == [0.5, 1.0][:retries]


@pytest.mark.parametrize("operation_id", ["searchConversations", "getRedactedAudio"])
def test_a_body_that_is_cut_is_fetched_again(connect: Connect, operation_id: str) -> None:
    whole = RESPONSES[operation_id]
    with ScriptedServer(cut(whole[:-5]), whole) as server:
        call(connect, server, operation_id)
        assert len(server.requests) == 2


@one_flavour
def test_a_server_that_fails_slowly_is_given_up_at_the_deadline(connect: Connect) -> None:
    with ScriptedServer(late(json_response({"error_message": "slowly"}, status=500), 0.1)) as server:
        with pytest.raises((ServerError, TimeoutError)) as caught:
            call(connect, server, deadline=1, max_retries=1000)
        assert 1 < len(server.requests) < 12
    assert isinstance(caught.value, TimeoutError) or "slowly" in str(caught.value)


@one_flavour
def test_a_body_has_only_the_time_that_its_headers_left(connect: Connect) -> None:
    timeouts: list[dict[str, float]] = []
    while_sent: list[float] = []

    class Noting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            timeouts.append(request.extensions["timeout"])
            while_sent.append(timeouts[-1]["read"])
            return super().handle_request(request)

    with ScriptedServer(late(CONVERSATION, 0.05)) as server:
        one = connect.http_client(httpx, transport=Noting())
        call(connect, server, deadline=20, timeout=30, http_client=one)
    assert timeouts[0]["read"] < while_sent[0] <= 20
