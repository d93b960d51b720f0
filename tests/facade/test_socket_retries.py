"""What is sent again, when, and what is not: requests over a socket, and recordings that go on where they broke."""

from __future__ import annotations

import socket
import threading
import time
from email.utils import formatdate
from typing import Any

import pytest

from polyai_data.errors import (
    APIError,
    BadRequestError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    PolyAIError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004
)
from tests.facade.calls import Connect
from tests.facade.test_socket_options import (
    ACTS,
    ANSWERS,
    DONE,
    FOUND,
    Scripted,
    Step,
    cut,
    late,
    reset,
    said,
    trickle,
)

pytestmark = pytest.mark.usefixtures("short_pauses")

IDEMPOTENT = ["getConversation", "getConversationRecording", "upsertNote", "getRedactedAudio"]
NOT_IDEMPOTENT = ["addAnnotations", "createDebugChat"]


def act(connect: Connect, server: Scripted, operation_id: str = "getConversation", **options: Any) -> Any:
    make = connect.assemblyai if operation_id == "getRedactedAudio" else connect.polyai
    return ACTS[operation_id](make(**{"connect_to": server.url, "max_retries": 2, **options}))


def gap(server: Scripted) -> float:
    """Seconds between the last two requests."""
    return server.requests[-1].at - server.requests[-2].at


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_status_that_may_pass_is_asked_again(connect: Connect, status: int) -> None:
    with Scripted(said(status), FOUND) as server:
        assert act(connect, server).conversation_id == "CA1"
        assert len(server.requests) == 2
        assert len({(each.method, each.target, each.headers["x-api-key"]) for each in server.requests}) == 1


@pytest.mark.parametrize("status", [300, 302, 400, 401, 403, 404, 405, 409, 410, 412, 415, 422, 451, 501])
def test_a_status_that_will_not_pass_is_not(connect: Connect, status: int) -> None:
    with Scripted(said(status), FOUND) as server:
        with pytest.raises(APIError) as caught:
            act(connect, server)
        assert caught.value.status == status
        assert len(server.requests) == 1


@pytest.mark.parametrize("operation_id", IDEMPOTENT)
@pytest.mark.parametrize("step", [said(500), reset], ids=["500", "reset"])
def test_what_does_no_harm_twice_is_sent_again(connect: Connect, operation_id: str, step: Step) -> None:
    with Scripted(step, ANSWERS[operation_id]) as server:
        act(connect, server, operation_id)
        assert [each.body for each in server.requests] == [server.requests[0].body] * 2


@pytest.mark.parametrize("operation_id", NOT_IDEMPOTENT)
@pytest.mark.parametrize(
    ("step", "kind"), [(said(500), ServerError), (said(408), BadRequestError), (reset, ConnectionError)]
)
def test_what_may_have_been_done_is_not_sent_again(
    connect: Connect, operation_id: str, step: Step, kind: type[PolyAIError]
) -> None:
    with Scripted(step, ANSWERS[operation_id]) as server:
        with pytest.raises(kind):
            act(connect, server, operation_id)
        assert len(server.requests) == 1


def test_a_message_that_may_have_been_heard_is_not_said_again(connect: Connect) -> None:
    with Scripted(ANSWERS["createDebugChat"], reset, said(503), ANSWERS["createDebugChat"]) as server:
        chat = connect.polyai(connect_to=server.url, max_retries=2).debug_chat.start(client_env="sandbox")
        with pytest.raises(ConnectionError):
            chat.send("hello")
        assert len(server.requests) == 2
        assert chat.send("hello").response == "Hello."
        assert len(server.requests) == 4


@pytest.mark.parametrize("operation_id", NOT_IDEMPOTENT)
@pytest.mark.parametrize("status", [429, 503])
def test_what_the_server_says_it_did_not_do_is_sent_again(connect: Connect, operation_id: str, status: int) -> None:
    with Scripted(said(status), ANSWERS[operation_id]) as server:
        act(connect, server, operation_id)
        assert len(server.requests) == 2
        assert server.requests[0].body == server.requests[1].body != b""


@pytest.mark.parametrize("operation_id", ["getConversation", "addAnnotations", "createDebugChat"])
def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(connect: Connect, operation_id: str) -> None:
    with Scripted(cut(ANSWERS[operation_id]), ANSWERS[operation_id]) as server:
        client = connect.polyai(connect_to=server.url, max_retries=2)
        ACTS[operation_id](client)
        time.sleep(0.05)
        ACTS[operation_id](client)
        assert [each.connection for each in server.requests] == [1, 2]


def test_a_server_that_comes_up_late_is_reached(connect: Connect) -> None:
    servers: list[Scripted] = []

    def come_up() -> None:
        listener.listen()
        servers.append(Scripted(DONE, listener=listener).__enter__())

    with socket.socket() as listener:
        # Held from the start, the port can be nobody else's; a connection to it is refused until somebody listens.
        listener.bind(("127.0.0.1", 0))
        timer = threading.Timer(0.1, come_up)
        timer.start()
        try:
            client = connect.polyai(connect_to=f"127.0.0.1:{listener.getsockname()[1]}", max_retries=99)
            client.conversations.annotate("CA1", turn_id=0, role="user", annotation_type="wrong_info")
            assert len(servers[0].requests) == 1
        finally:
            timer.join()
            servers[0].__exit__(None, None, None)


@pytest.mark.parametrize(
    ("status", "more", "seconds"),
    [
        (429, ["Retry-After: 1"], 1.0),
        (503, ["Retry-After: 0.6"], 0.6),
        (429, ["Retry-After-Ms: 600"], 0.6),
        (503, ["Retry-After: 0", "Retry-After-Ms: 550"], 0.55),
        (429, [f"Date: {formatdate(0, usegmt=True)}", f"Retry-After: {formatdate(1, usegmt=True)}"], 1.0),
    ],
)
def test_the_server_is_waited_for_as_long_as_it_asks(
    connect: Connect, status: int, more: list[str], seconds: float
) -> None:
    with Scripted(said(status, b"", *more), FOUND) as server:
        act(connect, server)
        assert len(server.requests) == 2
        assert gap(server) >= seconds


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for(connect: Connect, status: int) -> None:
    with Scripted(said(status, b"", "Retry-After: 3600"), FOUND) as server:
        with pytest.raises(APIError) as caught:
            act(connect, server)
        assert (caught.value.status, caught.value.retry_after) == (status, 3600)
        assert len(server.requests) == 1


def test_a_wait_beyond_the_deadline_is_not_begun(connect: Connect) -> None:
    with Scripted(said(429, b"", "Retry-After: 30"), FOUND) as server:
        with pytest.raises(RateLimitError) as caught:
            act(connect, server, deadline=5)
        assert caught.value.retry_after == 30
        assert len(server.requests) == 1


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_as_many_times_as_allowed_and_then_the_last_error(connect: Connect, retries: int) -> None:
    steps = [said(500 + number, f'{{"error_message": "failure {number}"}}'.encode()) for number in (0, 2, 3)]
    with Scripted(*steps) as server:
        with pytest.raises(ServerError, match=f"failure {[0, 2, 3][retries]}"):
            act(connect, server, max_retries=retries)
        assert len(server.requests) == retries + 1


@pytest.mark.parametrize("operation_id", ["listConversations", "searchConversations", "upsertNote"])
def test_a_body_that_is_cut_in_its_middle_is_fetched_again(connect: Connect, operation_id: str) -> None:
    whole = ANSWERS[operation_id]
    with Scripted(cut(whole[:-5]), whole) as server:
        act(connect, server, operation_id)
        assert len(server.requests) == 2


def test_a_body_that_is_cut_in_its_middle_is_not_asked_for_again_where_that_does_harm(connect: Connect) -> None:
    with Scripted(cut(DONE[:-5]), DONE) as server:
        with pytest.raises(ConnectionError, match="broke before the response was complete"):
            act(connect, server, "addAnnotations")
        assert len(server.requests) == 1


def test_a_server_that_fails_slowly_is_given_up_at_the_deadline_with_its_last_error(connect: Connect) -> None:
    with Scripted(late(said(500, b'{"error_message": "slowly"}'), 0.3)) as server:
        with pytest.raises((ServerError, TimeoutError)) as caught:
            act(connect, server, deadline=1.2, max_retries=1000)
        assert 1 < len(server.requests) < 20
        assert isinstance(caught.value, TimeoutError) or "slowly" in str(caught.value)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.parametrize("begin", [HEAD], ids=["body"])
def test_an_answer_that_trickles_is_stopped_by_the_deadline(connect: Connect, begin: bytes) -> None:
    with Scripted(trickle(begin, b" ", 0.05, 20)) as server:
        with pytest.raises(TimeoutError) as caught:
            act(connect, server, deadline=0.6, timeout=30)
        assert caught.value.sent
        assert len(server.requests) == 1


def test_an_answer_that_stalls_is_stopped_by_the_deadline(connect: Connect) -> None:
    with Scripted(trickle(HEAD, b"", 2, 1)) as server, pytest.raises(TimeoutError):
        act(connect, server, deadline=0.5, timeout=30, max_retries=0)
