"""AssemblyAI's redacted audio over a socket: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from polyai_data import AssemblyAI, errors
from tests.facade.calls import Connect, one_flavour, transcript
from tests.facade.masking import check_error
from tests.facade.scripted import audio, json_response, link_to, wav
from tests.support.scripted_server import ScriptedServer, Step, cut, response, trickle

LINK = "https://files.example/redacted/audio.wav?Expires=1&Signature=signature-hidden-4"
READY = link_to(LINK)
OLD = b"what was there before"


def test_waiting_ends_when_the_file_is_ready(connect: Connect, assemblyai: AssemblyAI, pauses: list[float]) -> None:
    ready = assemblyai.redacted_audio.wait(transcript(connect.emulator, "pending"))
    assert ready.status == "redacted_audio_ready"
    statuses = [record.status for record in connect.emulator.requests]
    assert [status == 200 for status in statuses] == [False] * (len(statuses) - 1) + [True]
    assert len(pauses) == len(statuses) - 1 > 1


def test_waiting_ends_at_its_timeout_after_pauses_that_double_up_to_the_longest(
    connect: Connect, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    for flavour in ("_sync", "_async"):  # whose time is that of the pauses, however busy the machine is
        monkeypatch.setattr(f"polyai_data.{flavour}.redacted_audio.monotonic", lambda: began + sum(pauses))
    with ScriptedServer(NOT_YET["202"]) as server:
        with pytest.raises(errors.TimeoutError, match="T1 was not ready within 60 seconds") as caught:
            connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1", timeout=60)
        assert len(server.requests) == len(pauses) + 1
    assert isinstance(caught.value.__cause__, errors.NotReadyError)
    assert pauses[:7] == [1, 2, 4, 8, 15, 15, 7.5]
    assert 59 < sum(pauses) < 60


READY_AT = "redacted_audio_ready"
NOT_YET = {
    "202": response(202),
    "202 with a body": json_response({"status": "processing", "redacted_audio_url": None}, status=202),
    "400": json_response({"error": "Redacted audio is not available yet"}, status=400),
    "400 without words": response(400, b"<html></html>", content_type="text/html"),
    "a null link": json_response({"status": READY_AT, "redacted_audio_url": None}),
    "no link": json_response({"status": "processing"}),
    "an empty link": json_response({"status": READY_AT, "redacted_audio_url": ""}),
    "another status": json_response({"status": "processing", "redacted_audio_url": LINK}),
    "a null status": json_response({"status": None, "redacted_audio_url": LINK}),
    "429": response(429),
}


@pytest.mark.parametrize("step", NOT_YET.values(), ids=NOT_YET)
def test_what_means_not_yet_is_waited_for(connect: Connect, step: bytes, pauses: list[float]) -> None:
    with ScriptedServer(step, step, READY) as server:
        ready = connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1")
        assert ready.redacted_audio_url == LINK
        assert len(server.requests) == 3
    assert pauses == [1, 2]


@pytest.mark.parametrize("step", [NOT_YET["another status"], NOT_YET["429"]])
def test_a_wait_that_ends_too_early_shows_no_link(connect: Connect, step: bytes) -> None:
    with ScriptedServer(step) as server:
        with pytest.raises(errors.TimeoutError, match="T1 was not ready within 0 seconds") as caught:
            connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1", timeout=0)
        assert len(server.requests) == 1
    check_error(caught.value)


@one_flavour
@pytest.mark.parametrize(
    "words",
    [
        "Redacted audio for this transcript is no longer available",
        "The file has expired",
        "redact_pii_audio was not enabled for this transcript",
        "PII redaction is disabled",
        "Redacted audio was not requested",
    ],
)
def test_a_400_that_will_not_change_ends_the_wait_at_once(connect: Connect, words: str, pauses: list[float]) -> None:
    with ScriptedServer(json_response({"error": words}, status=400), READY) as server:
        audios = connect.assemblyai(connect_to=server.url).redacted_audio
        with pytest.raises(errors.BadRequestError, match=words):
            audios.wait("T1")
    assert pauses == []


def test_the_wait_pauses_as_long_as_the_server_asks(connect: Connect, pauses: list[float]) -> None:
    # More than a single call would wait for.
    busy, later = response(429, b"", "Retry-After: 90"), response(202, b"", "Retry-After: 3")
    with ScriptedServer(busy, later, READY) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1")
        assert pauses == [90, 3]
        server.play(busy)
        with pytest.raises(errors.TimeoutError) as caught:
            connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1", timeout=60)
    assert isinstance(caught.value.__cause__, errors.RateLimitError)
    assert pauses == [90, 3]


HEAD = response(200, length=1_000_000)


@pytest.mark.parametrize(
    "step",
    [trickle(HEAD, b" ", 0.02, 1000), trickle(HEAD, b"", 30, 1), response(500)],
    ids=["trickles", "stalls", "fails"],
)
def test_one_look_does_not_outlast_the_wait(connect: Connect, step: Step) -> None:
    with ScriptedServer(step) as server:
        # With the client's own limits, each of them would take half a minute and more.
        audios = connect.assemblyai(connect_to=server.url, max_retries=1000, timeout=60, deadline=300).redacted_audio
        with pytest.raises((errors.TimeoutError, errors.ServerError)) as caught:
            audios.wait("T1", timeout=0.2)
    if isinstance(caught.value, errors.TimeoutError):
        assert "T1 was not ready within 0.2 seconds" in str(caught.value)


@one_flavour
@pytest.mark.parametrize("timeout", [float("nan"), -1, -0.001, float("-inf"), "5", None, True])
def test_a_timeout_that_is_no_time_is_refused_before_anything_is_sent(connect: Connect, timeout: Any) -> None:
    with pytest.raises(errors.ConfigError, match="timeout must be a number of seconds") as caught:
        connect.assemblyai().redacted_audio.wait("T1", timeout=timeout)
    assert caught.value.argument == "timeout"
    assert connect.sent == []


def test_without_a_wait_a_202_is_an_error_of_its_own(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(response(202)) as server:
        audios = connect.assemblyai(connect_to=server.url).redacted_audio
        for act in (lambda: audios.get("T1"), lambda: audios.save("T1", tmp_path)):
            with pytest.raises(errors.NotReadyError, match=r"202 on GET .*: the server is still processing"):
                act()
        server.play(json_response({"status": "x", "redacted_audio_url": None}))
        with pytest.raises(errors.DownloadError, match=r"call wait\(\) first"):
            audios.save("T1", tmp_path)
    assert list(tmp_path.iterdir()) == []


@one_flavour
@pytest.mark.parametrize("status", [200, 401, 404, 405, 422, 500])
def test_waiting_ends_at_once_with_any_other_response_than_not_ready(connect: Connect, status: int) -> None:
    audios = connect.assemblyai(headers={"X-Emulator-Status": str(status)}).redacted_audio
    if status == 200:
        audios.wait(transcript(connect.emulator, "ready"), timeout=0)
    else:
        with pytest.raises(errors.APIError) as caught:
            audios.wait(transcript(connect.emulator, "ready"), timeout=0)
        assert caught.value.status == status
    assert connect.sent == ["getRedactedAudio"]


@one_flavour
def test_saving_works_for_as_long_as_the_file_is_kept(connect: Connect, assemblyai: AssemblyAI, tmp_path: Path) -> None:
    identifier = transcript(connect.emulator, "ready")
    contents = set()
    for hours in (0, 1, 22):
        connect.emulator.clock.advance(hours * 3600)
        contents.add(assemblyai.redacted_audio.save(identifier, tmp_path / f"{hours}.wav").read_bytes())
    assert len(contents) == 1
    connect.emulator.clock.advance(2 * 3600)
    with pytest.raises(errors.DownloadError, match="kept for 24 hours") as caught:
        assemblyai.redacted_audio.save(identifier, tmp_path / "late.wav")
    assert isinstance(caught.value.__cause__, errors.NotFoundError | errors.BadRequestError)
    with pytest.raises((errors.NotReadyError, errors.BadRequestError)):
        assemblyai.redacted_audio.save(transcript(connect.emulator, "pending"), tmp_path / "pending.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.wav", "1.wav", "22.wav"]


REFUSED = {f"{status}": response(status, b"<Error/>", content_type="application/xml") for status in (401, 403, 410)}
FAILURES = {
    **REFUSED,
    "404": response(404, b"<Error/>", content_type="application/xml"),
    "302": response(302, b"", "Location: https://elsewhere.example/"),
    "500": response(500, b"oops", content_type="text/plain"),
    "html": response(200, b"<html></html>", content_type="text/html"),
    "json": response(200, b"{}"),
    "text as audio": audio(sound=b"<Error/>"),
    "empty": audio(sound=b""),
    "truncated": cut(response(200, b"RIFF", content_type="audio/wav", length=1000)),
    "nothing": cut(b""),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_link_that_does_not_give_the_file_leaves_everything_as_it_was(
    connect: Connect, tmp_path: Path, failure: str
) -> None:
    target = tmp_path / "audio.wav"
    expected = errors.ConnectionError if failure in {"truncated", "nothing"} else errors.DownloadError
    # A link that is refused may have expired: another one is asked for, once. One that leads on is followed 5 times.
    requests = 4 if failure in REFUSED else 7 if failure == "302" else 2
    for there in (None, OLD):
        if there is not None:
            target.write_bytes(there)
        with ScriptedServer(*[READY, FAILURES[failure]] * (2 if failure in REFUSED else 1)) as server:
            with pytest.raises(expected) as caught:
                connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", target)
            assert len(server.requests) == requests
        check_error(caught.value)
        assert caught.value.__context__ is None
        assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if there is None else [there])


@pytest.mark.parametrize("refusal", REFUSED)
def test_another_link_is_asked_for_when_the_first_has_expired(connect: Connect, tmp_path: Path, refusal: str) -> None:
    with ScriptedServer(READY, REFUSED[refusal], READY, audio()) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.wav")
        assert len(server.requests) == 4
    assert (tmp_path / "audio.wav").read_bytes() == wav()


@one_flavour
def test_an_unwritable_target_is_refused_before_anything_is_sent(
    connect: Connect, assemblyai: AssemblyAI, tmp_path: Path
) -> None:
    with pytest.raises(errors.DownloadError):
        assemblyai.redacted_audio.save(transcript(connect.emulator, "ready"), tmp_path / "missing" / "audio.wav")
    assert not connect.emulator.requests
    assert list(tmp_path.iterdir()) == []


SOUNDS = {
    "T1.wav": wav(),
    "T2.wav": b"RF64\xff\xff\xff\xffWAVE" + bytes(100),
    "T3.mp3": b"ID3" + bytes(range(256)),
    "T4.mp3": b"\xff\xfb" + bytes(100),
    "T5.mp3": b"ID3",
    "T6": b"OggS" + bytes(100),
    "T7": b"?",
}


def in_single_bytes(content: bytes) -> Step:
    """A step that sends a response whose first bytes arrive one by one."""
    head, _, body = content.partition(b"\r\n\r\n")

    def step(connection: socket.socket, _: object) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head + b"\r\n\r\n")
        for number in range(6):
            time.sleep(0.005)
            connection.sendall(body[number : number + 1])
        connection.sendall(body[6:])

    return step


@pytest.mark.parametrize("name", SOUNDS)
def test_in_a_folder_a_file_is_named_after_the_transcript_and_its_bytes(
    connect: Connect, tmp_path: Path, name: str
) -> None:
    identifier, sound = name.partition(".")[0], SOUNDS[name]
    file = response(200, sound, content_type="binary/octet-stream")
    with ScriptedServer(READY, in_single_bytes(file), READY, file) as server:
        audios = connect.assemblyai(connect_to=server.url).redacted_audio
        assert audios.save(identifier, tmp_path) == tmp_path / name
        assert (tmp_path / name).read_bytes() == sound
        # A name that the caller chose is kept.
        assert audios.save(identifier, tmp_path / "chosen.wav").name == "chosen.wav"
    assert (tmp_path / "chosen.wav").read_bytes() == sound


def test_a_file_that_is_gone_by_a_400_is_reported_as_by_a_404(connect: Connect, tmp_path: Path) -> None:
    gone = json_response({"error": "no longer available"}, status=400)
    off = json_response({"error": "redaction was not enabled"}, status=400)
    with ScriptedServer(gone, off) as server:
        audios = connect.assemblyai(connect_to=server.url).redacted_audio
        with pytest.raises(errors.DownloadError, match="kept for 24 hours"):
            audios.save("T1", tmp_path)
        with pytest.raises(errors.BadRequestError, match="not enabled"):
            audios.save("T1", tmp_path)
