"""What is sent again, when, and what is not: requests over a socket, and recordings that go on where they broke."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import (
    APIError,
    BadRequestError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    DownloadError,
    PolyAIError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004
)
from tests.facade.calls import Connect
from tests.facade.canned import wav
from tests.facade.test_socket_options import (
    ACTS,
    ANSWERS,
    DONE,
    FOUND,
    Received,
    Scripted,
    Step,
    content,
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
        with pytest.raises(ConnectionError, match="broke before the answer was complete"):
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


SOUND = wav(bytes(range(256)) * 2000)
BROKE = 200_000
TAG = '"one"'


def audio(*more: str, sound: bytes = SOUND) -> bytes:
    return said(200, sound, *more, kind="audio/wav")


def broken(*more: str, at: int = BROKE, sound: bytes = SOUND) -> Step:
    """A recording that breaks off after so many bytes of sound."""
    whole = audio(*more, sound=sound)
    return cut(whole[: len(whole) - len(sound) + at])


def rest(
    *more: str, begin: int | None = None, sound: bytes = SOUND, until: int | None = None
) -> Callable[[socket.socket, Received], object]:
    """The rest that is asked for, up to where it breaks off again, or another part of the recording."""

    def step(connection: socket.socket, request: Received) -> None:
        asked = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        start = asked if begin is None else begin
        place = f"Content-Range: bytes {start}-{len(sound) - 1}/{len(sound)}"
        whole = said(206, sound[start:], place, *more, kind="audio/wav")
        connection.sendall(whole if until is None else whole[: until - len(sound)])
        if until is not None:
            connection.close()

    return step


def opened(connect: Connect, server: Scripted, **options: Any) -> Any:
    return connect.polyai(**{"connect_to": server.url, "max_retries": 2, **options}).conversations.recording("CA1")


def saved(connect: Connect, server: Scripted, folder: Path, **options: Any) -> tuple[bytes, list[int]]:
    """What is in the file, and what the progress was."""
    progress: list[int] = []
    with opened(connect, server, **options) as recording:
        path = recording.save(folder / "call.wav", progress=lambda written, _: progress.append(written))
    return path.read_bytes(), progress


def iterated(connect: Connect, server: Scripted, pieces: list[bytes]) -> None:
    with opened(connect, server) as recording:
        for piece in recording.iter_bytes():
            pieces.append(piece)  # noqa: PERF402 - those that came count when the rest does not


@pytest.mark.parametrize(
    ("more", "validator"),
    [([f"ETag: {TAG}"], TAG), (["Last-Modified: Fri, 05 Jun 2026 10:00:00 GMT"], "Fri, 05 Jun 2026 10:00:00 GMT")],
)
@pytest.mark.parametrize("way", ["save", "read", "iterate"])
def test_a_recording_goes_on_exactly_where_it_broke(
    connect: Connect, tmp_path: Path, way: str, more: list[str], validator: str
) -> None:
    with Scripted(broken(*more), rest(*more)) as server:
        if way == "save":
            found, progress = saved(connect, server, tmp_path)
            assert progress == sorted(progress)
            assert progress[-1] == len(SOUND)
        elif way == "read":
            found = content(opened(connect, server))
        else:
            pieces: list[bytes] = []
            iterated(connect, server, pieces)
            found = b"".join(pieces)
        assert found == SOUND
        first, second = server.requests
        assert "range" not in first.headers
        assert second.headers["range"] == f"bytes={BROKE}-"
        assert second.headers["if-range"] == validator
        assert (first.target, first.headers["x-api-key"]) == (second.target, second.headers["x-api-key"])


def test_a_recording_goes_on_over_more_breaks_than_retries_while_it_gets_further(
    connect: Connect, tmp_path: Path
) -> None:
    tag = f"ETag: {TAG}"
    with Scripted(broken(tag), rest(tag, until=300_000), rest(tag, until=400_000), rest(tag)) as server:
        assert saved(connect, server, tmp_path, max_retries=1)[0] == SOUND
        assert [each.headers.get("range") for each in server.requests[1:]] == [
            f"bytes={place}-" for place in (BROKE, 300_000, 400_000)
        ]


PACKED = [f"ETag: {TAG}", "Content-Encoding: gzip"]


def either(ranged: Callable[[socket.socket, Received], object]) -> Step:
    """Answers a request for a range by that step, and others with the whole compressed recording."""

    def step(connection: socket.socket, request: Received) -> None:
        if "range" in request.headers:
            ranged(connection, request)
        else:
            connection.sendall(audio(*PACKED, sound=gzip.compress(SOUND, 1)))

    return step


OTHER = wav(bytes(range(255, -1, -1)) * 2000)
ANEW: dict[str, tuple[list[Step], bytes]] = {
    "ranges are ignored": ([broken(f"ETag: {TAG}"), audio(f"ETag: {TAG}")], SOUND),
    "nothing tells the version": ([broken(), audio()], SOUND),
    "the tag is weak": ([broken('ETag: W/"one"'), audio()], SOUND),
    "it changed": ([broken(f"ETag: {TAG}"), audio('ETag: "two"', sound=OTHER)], OTHER),
    "the rest is of another version": (
        [broken(f"ETag: {TAG}"), rest('ETag: "two"', sound=OTHER), audio('ETag: "two"', sound=OTHER)],
        OTHER,
    ),
    "the rest begins elsewhere": ([broken(f"ETag: {TAG}"), rest(f"ETag: {TAG}", begin=BROKE - 7), audio()], SOUND),
    "the rest does not say where it begins": (
        [broken(f"ETag: {TAG}"), said(206, SOUND[BROKE:], f"ETag: {TAG}", kind="audio/wav"), audio()],
        SOUND,
    ),
    "the range is refused": ([broken(f"ETag: {TAG}"), said(416), audio()], SOUND),
    "it is compressed": (
        [broken(*PACKED, sound=gzip.compress(SOUND, 1), at=1000), either(rest(*PACKED, sound=gzip.compress(SOUND, 1)))],
        SOUND,
    ),
}


@pytest.mark.parametrize("case", ANEW)
def test_a_recording_that_cannot_go_on_begins_again(connect: Connect, tmp_path: Path, case: str) -> None:
    steps, expected = ANEW[case]
    with Scripted(*steps) as server:
        found, progress = saved(connect, server, tmp_path)
        assert found == expected
        assert progress[-1] == len(expected)
        assert [each.name for each in tmp_path.iterdir()] == ["call.wav"]


@pytest.mark.parametrize("case", ["ranges are ignored", "it changed", "the range is refused"])
def test_what_was_given_out_is_not_given_out_again(connect: Connect, case: str) -> None:
    pieces: list[bytes] = []
    with Scripted(*ANEW[case][0]) as server:
        with pytest.raises(DownloadError, match=r"the server cannot go on where it did; save\(\) begins again"):
            iterated(connect, server, pieces)
        assert b"".join(pieces) == SOUND[:BROKE]
    with Scripted(*ANEW[case][0]) as server:
        assert content(opened(connect, server)) == ANEW[case][1]


def test_progress_goes_back_when_a_recording_begins_again(connect: Connect, tmp_path: Path) -> None:
    with Scripted(*ANEW["ranges are ignored"][0]) as server:
        _, progress = saved(connect, server, tmp_path)
    (back,) = (at for at in range(1, len(progress)) if progress[at] < progress[at - 1])
    assert progress[back - 1] == BROKE
    assert progress[-1] == len(SOUND)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_recording_that_never_gets_further_is_given_up_and_leaves_what_was_there(
    connect: Connect, tmp_path: Path, retries: int
) -> None:
    (tmp_path / "call.wav").write_bytes(b"what was there before")
    with Scripted(broken()) as server:
        with pytest.raises(ConnectionError):
            saved(connect, server, tmp_path, max_retries=retries)
        assert len(server.requests) == retries + 1
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"what was there before"]


def test_a_signed_link_goes_on_where_it_broke_without_the_key(connect: Connect, tmp_path: Path) -> None:
    ready = ANSWERS["getRedactedAudio"]
    with Scripted(ready, broken(f"ETag: {TAG}"), ready, rest(f"ETag: {TAG}")) as server:
        client = connect.assemblyai(connect_to=server.url, max_retries=2)
        assert client.redacted_audio.save("T1", tmp_path / "audio.wav").read_bytes() == SOUND
        again = server.requests[-1].headers
    assert (again["range"], again["if-range"], again["host"]) == (f"bytes={BROKE}-", TAG, "f.example")
    assert "authorization" not in again
