"""Recordings whose connection breaks: they go on exactly where it broke, or begin again, and are never mixed up."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import (
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    DownloadError,
)
from tests.facade.calls import Connect
from tests.facade.canned import wav
from tests.facade.test_socket_options import (
    ANSWERS,
    Received,
    Scripted,
    Step,
    content,
    cut,
    said,
)

pytestmark = pytest.mark.usefixtures("short_pauses")

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
        with pytest.raises(DownloadError, match=r"the server cannot resume the recording; save\(\) starts again"):
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
