"""Recordings whose connection breaks: they go on exactly where it broke, or begin again, and are never mixed up."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import ConnectionError, DownloadError  # noqa: A004 - ours, which is a builtin one too
from tests.facade.calls import Connect, read
from tests.facade.scripted import RESPONSES, audio, wav
from tests.support.scripted_server import Received, ScriptedServer, Step, cut, response

pytestmark = pytest.mark.usefixtures("pauses")

SOUND = wav(bytes(range(256)) * 2000)
OTHER = wav(bytes(range(255, -1, -1)) * 2000)
SHORT = wav(b"\x02\x00" * 500)
BREAK = 200_000
ETAG = 'ETag: "one"'
WEAK_ETAG = 'ETag: W/"one"'
MODIFIED = "Fri, 05 Jun 2026 10:00:00 GMT"


def whole(*more: str, sound: bytes = SOUND, status: int = 200) -> bytes:
    """A response with all of `sound`."""
    return audio(*more, sound=sound, status=status)


def broken(*more: str, at: int = BREAK, sound: bytes = SOUND) -> Step:
    """A recording whose connection closes after so many bytes of sound."""
    content = whole(*more, sound=sound)
    return cut(content[: len(content) - len(sound) + at])


def rest(*more: str, begin: int | None = None, sound: bytes = SOUND, until: int | None = None) -> Step:
    """The part that is asked for, up to where the connection closes again; or the part from `begin`."""

    def step(connection: socket.socket, request: Received) -> None:
        asked = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        start = asked if begin is None else begin
        content_range = f"Content-Range: bytes {start}-{len(sound) - 1}/{len(sound)}"
        content = whole(content_range, *more, sound=sound[start:], status=206)
        connection.sendall(content if until is None else content[: until - len(sound)])
        if until is not None:
            connection.close()

    return step


def either(ranged: Step, otherwise: bytes) -> Step:
    """Answers a request for a range with `ranged`, and any other with the whole."""

    def step(connection: socket.socket, request: Received) -> bytes | None:
        chosen = ranged if "range" in request.headers else otherwise
        return chosen(connection, request) if callable(chosen) else chosen

    return step


def opened(connect: Connect, server: ScriptedServer, **options: Any) -> Any:
    return connect.polyai(**{"connect_to": server.url, "max_retries": 2, **options}).conversations.recording("CA1")


def saved(connect: Connect, server: ScriptedServer, folder: Path, **options: Any) -> tuple[bytes, list[int]]:
    """The content of the file, and the progress."""
    progress: list[int] = []
    with opened(connect, server, **options) as recording:
        path = recording.save(folder / "call.wav", progress=lambda written, _: progress.append(written))
    assert [each.name for each in folder.iterdir()] == ["call.wav"]
    return path.read_bytes(), progress


def iterated(connect: Connect, server: ScriptedServer, pieces: list[bytes]) -> bytes:
    with opened(connect, server) as recording:
        for piece in recording.iter_bytes():
            pieces.append(piece)  # noqa: PERF402 - the pieces before an error count
    return b"".join(pieces)


@pytest.mark.parametrize(("more", "validator"), [(ETAG, '"one"'), (f"Last-Modified: {MODIFIED}", MODIFIED)])
@pytest.mark.parametrize("way", ["save", "read", "iterate"])
def test_a_recording_goes_on_exactly_where_it_broke(
    connect: Connect, tmp_path: Path, way: str, more: str, validator: str
) -> None:
    with ScriptedServer(broken(more), rest(more)) as server:
        if way == "save":
            content, progress = saved(connect, server, tmp_path)
            assert progress == sorted(progress)
            assert progress[-1] == len(SOUND)
        elif way == "read":
            content = read(opened(connect, server))
        else:
            content = iterated(connect, server, [])
        assert content == SOUND
        first, second = server.requests
    assert "range" not in first.headers
    assert (second.headers["range"], second.headers["if-range"]) == (f"bytes={BREAK}-", validator)
    assert (first.target, first.headers["x-api-key"]) == (second.target, second.headers["x-api-key"])


def test_a_recording_breaks_more_often_than_it_may_be_retried_while_it_gets_further(
    connect: Connect, tmp_path: Path
) -> None:
    with ScriptedServer(broken(ETAG), rest(ETAG, until=300_000), rest(ETAG, until=400_000), rest(ETAG)) as server:
        assert saved(connect, server, tmp_path, max_retries=1)[0] == SOUND
        ranges = [each.headers.get("range") for each in server.requests]
    assert ranges == [None, *(f"bytes={position}-" for position in (BREAK, 300_000, 400_000))]


RESTARTED: dict[str, tuple[list[Step], bytes]] = {
    "ranges are ignored": ([broken(ETAG), whole(ETAG)], SOUND),
    "it changed and is shorter": ([broken(ETAG), whole('ETag: "two"', sound=SHORT)], SHORT),
    "the part is of another version": (
        [broken(ETAG), either(rest('ETag: "two"', sound=OTHER), whole('ETag: "two"', sound=OTHER))],
        OTHER,
    ),
    "the part begins elsewhere": ([broken(ETAG), rest(ETAG, begin=BREAK - 7), whole()], SOUND),
    "the range is refused": ([broken(ETAG), response(416), whole()], SOUND),
    "its tag is weak": (
        # Bytes under a weak tag may differ: this server would go on with other bytes.
        [broken(WEAK_ETAG), either(rest(WEAK_ETAG, sound=OTHER), whole(WEAK_ETAG, sound=OTHER))],
        OTHER,
    ),
}


@pytest.mark.parametrize("case", RESTARTED)
def test_a_recording_that_cannot_go_on_begins_again(connect: Connect, tmp_path: Path, case: str) -> None:
    steps, expected = RESTARTED[case]
    with ScriptedServer(*steps) as server:
        content, progress = saved(connect, server, tmp_path)
    assert content == expected
    assert progress[-1] == len(expected)


NO_RECORDING: dict[str, bytes] = {
    "HTML that claims to be audio": whole(sound=b"<html>Maintenance</html>"),
    "JSON that claims to be audio": whole(ETAG, sound=b'\xef\xbb\xbf {"error": "Ada"}'),
    "an empty body": whole(ETAG, sound=b""),
    "half a header": whole(sound=SOUND[:30]),
    "a part that was not asked for": whole(f"Content-Range: bytes 7-{len(SOUND) - 1}/{len(SOUND)}", status=206),
    "a refused range": response(416),
}


@pytest.mark.parametrize(
    ("case", "way"),
    [
        (case, way)
        for case in NO_RECORDING
        for way in ("save", "link")
        if (case, way) != ("half a header", "link")  # a link can lead to audio of any kind
    ],
)
def test_a_second_response_passes_the_checks_of_the_first(
    connect: Connect, tmp_path: Path, case: str, way: str
) -> None:
    (tmp_path / "call.wav").write_bytes(b"what was there before")
    answers, ready = [broken(ETAG), NO_RECORDING[case]], RESPONSES["getRedactedAudio"]
    steps = [ready, answers[0], ready, answers[1], ready, answers[1]] if way == "link" else answers
    with ScriptedServer(*steps) as server:
        audios = connect.assemblyai(connect_to=server.url, max_retries=2).redacted_audio
        use: dict[str, Callable[[], object]] = {
            "save": lambda: saved(connect, server, tmp_path),
            "link": lambda: audios.save("T1", tmp_path / "call.wav"),
        }
        with pytest.raises(DownloadError) as caught:
            use[way]()
    assert not {"Maintenance", "Ada"} & set(re.findall(r"\w+", str(caught.value)))
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"what was there before"]


@pytest.mark.parametrize("size", [-1, 1])
def test_a_part_of_another_size_than_it_claims_is_no_whole_recording(
    connect: Connect, tmp_path: Path, size: int
) -> None:
    body = (SOUND[BREAK:] + b"x")[: len(SOUND) - BREAK + size]
    claimed = f"Content-Range: bytes {BREAK}-{len(SOUND) - 1}/{len(SOUND)}"
    with (
        ScriptedServer(broken(ETAG), whole(ETAG, claimed, sound=body, status=206)) as server,
        pytest.raises(DownloadError, match=f"{len(SOUND) + size} of {len(SOUND)} bytes"),
    ):
        saved(connect, server, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", ["ranges are ignored", "it changed and is shorter"])
def test_pieces_that_were_given_out_are_not_given_out_again(connect: Connect, case: str) -> None:
    steps, expected = RESTARTED[case]
    pieces: list[bytes] = []
    with ScriptedServer(*steps) as server:
        with pytest.raises(DownloadError, match=r"save\(\) starts again"):
            iterated(connect, server, pieces)
        assert b"".join(pieces) == SOUND[:BREAK]
    with ScriptedServer(*steps) as server:
        assert read(opened(connect, server)) == expected


def test_a_recording_that_breaks_in_its_header_begins_again(connect: Connect) -> None:
    with ScriptedServer(broken(at=20), whole(sound=OTHER)) as server, opened(connect, server) as recording:
        assert recording.duration == pytest.approx(32)
        assert recording.read() == OTHER


def test_progress_goes_back_when_a_recording_begins_again(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(broken(ETAG), whole('ETag: "two"', sound=OTHER + bytes(20_000))) as server:
        _, progress = saved(connect, server, tmp_path)
    (back,) = (at for at in range(1, len(progress)) if progress[at] < progress[at - 1])
    assert progress[back - 1] == BREAK
    assert progress[-1] == len(OTHER) + 20_000


@pytest.mark.parametrize("retries", [0, 1])
def test_a_recording_that_gets_no_further_is_given_up_and_leaves_the_old_file(
    connect: Connect, tmp_path: Path, retries: int
) -> None:
    (tmp_path / "call.wav").write_bytes(b"what was there before")
    with ScriptedServer(broken()) as server:
        with pytest.raises(ConnectionError):
            saved(connect, server, tmp_path, max_retries=retries)
        assert len(server.requests) == retries + 1
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"what was there before"]


def test_pauses_between_the_attempts_are_those_of_the_policy(
    connect: Connect, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.recording.random", lambda: 1.0)
    with ScriptedServer(broken()) as server, pytest.raises(ConnectionError):
        saved(connect, server, tmp_path, max_retries=3)
    assert pauses == [0.5, 1, 2]


def test_a_signed_link_goes_on_where_it_broke_without_the_key(connect: Connect, tmp_path: Path) -> None:
    ready = RESPONSES["getRedactedAudio"]
    with ScriptedServer(ready, broken(ETAG), ready, rest(ETAG)) as server:
        client = connect.assemblyai(connect_to=server.url, max_retries=2)
        assert client.redacted_audio.save("T1", tmp_path / "audio.wav").read_bytes() == SOUND
        again = server.requests[-1].headers
    assert (again["range"], again["if-range"], again["host"]) == (f"bytes={BREAK}-", '"one"', "files.example")
    assert "authorization" not in again


def wav_seconds(content: bytes) -> float:
    return (len(content) - 44) / 16_000


KEPT = {
    "goes on": (either(rest(ETAG), whole(ETAG)), SOUND, 2),
    "no ranges": (whole(ETAG), SOUND, 2),
    "another recording": (whole('ETag: "two"', sound=OTHER), OTHER, 1),
    "a part of another one": (either(rest('ETag: "two"', sound=OTHER), whole(ETAG)), SOUND, 3),
    "no version any more": (whole(), SOUND, 1),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_part_that_stays_is_gone_on_after(connect: Connect, tmp_path: Path, case: str) -> None:
    """What `recordings.save_all` does when it is begun again after a kill."""
    respond, content, requests = KEPT[case]
    with ScriptedServer(broken(ETAG)) as server:
        conversations = connect.polyai(connect_to=server.url).conversations
        with pytest.raises(ConnectionError):
            conversations.recording("CA1").save(tmp_path, keep_part=True)
        (part,) = (each for each in tmp_path.rglob("*") if each.is_file())
        assert (part.stat().st_size, part.stat().st_mode & 0o777) == (BREAK, 0o600)
        assert [(each.name[0], each.stat().st_mode & 0o777) for each in tmp_path.iterdir()] == [(".", 0o700)]
        server.play(respond)
        written: list[int] = []
        with conversations.recording("CA1") as recording:
            assert (
                recording.save(tmp_path, keep_part=True, progress=lambda done, _: written.append(done)).read_bytes()
                == content
            )
            assert (recording.size, recording.duration) == (len(content), wav_seconds(content))
        assert [each.headers.get("range") for each in server.requests][1:2] == [f"bytes={BREAK}-"] * (requests > 1)
        assert len(server.requests) == requests
        assert (written[0] > BREAK) == (case == "goes on")
    assert [each.name for each in tmp_path.iterdir()] == ["CA1.wav"]  # and no part of another version
