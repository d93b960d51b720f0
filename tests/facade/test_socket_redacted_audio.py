"""AssemblyAI's redacted audio over a socket: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import io
import itertools
import wave
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from polyai_data import AssemblyAI, errors
from polyai_data._async import redacted_audio as asynchronous
from polyai_data._sync import redacted_audio as synchronous
from tests.facade.calls import ASSEMBLYAI_HOSTS, Connect, documented, transcript
from tests.facade.canned import Canned, answer, json_answer, wav

LINK = "https://files.example/redacted/audio.wav?Expires=1&Signature=whoever-has-this-gets-the-file"
READY = json_answer({"status": "redacted_audio_ready", "redacted_audio_url": LINK})
OLD = b"what was there before"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (asynchronous, synchronous):
        monkeypatch.setattr(module, "FIRST_POLL", 0.001)
        monkeypatch.setattr(module, "LONGEST_POLL", 0.002)


@pytest.mark.parametrize("region", ["us", "eu"])
def test_the_link_is_there_when_the_file_is_ready(connect: Connect, region: str) -> None:
    found = connect.assemblyai(region=region).redacted_audio.get(transcript(connect.emulator, "ready", region))
    assert found.status == "redacted_audio_ready"
    assert urlsplit(found.redacted_audio_url).scheme == "https"
    assert (connect.last.host, connect.last.operation_id) == (ASSEMBLYAI_HOSTS[region], "getRedactedAudio")
    assert "authorization" in connect.last.header_names
    assert "x-api-key" not in connect.last.header_names


def test_a_transcript_of_another_region_is_not_found(connect: Connect) -> None:
    with pytest.raises(errors.NotFoundError, match="this region"):
        connect.assemblyai(region="eu").redacted_audio.get(transcript(connect.emulator, "ready", "us"))


def test_a_file_that_is_not_ready_is_a_bad_request(connect: Connect, assemblyai: AssemblyAI) -> None:
    with pytest.raises(errors.BadRequestError, match="not ready") as caught:
        assemblyai.redacted_audio.get(transcript(connect.emulator, "pending"))
    assert caught.value.status == 400


@pytest.mark.usefixtures("impatient")
def test_waiting_ends_when_the_file_is_ready(connect: Connect, assemblyai: AssemblyAI) -> None:
    found = assemblyai.redacted_audio.wait(transcript(connect.emulator, "pending"))
    assert found.status == "redacted_audio_ready"
    statuses = [record.status for record in connect.emulator.requests]
    assert statuses[-1] == 200
    assert statuses[:-1] == [400] * (len(statuses) - 1)
    assert len(statuses) > 2


def test_waiting_for_what_is_ready_asks_once(connect: Connect, assemblyai: AssemblyAI) -> None:
    assemblyai.redacted_audio.wait(transcript(connect.emulator, "ready"), timeout=0)
    assert connect.sent == ["getRedactedAudio"]


def test_waiting_ends_at_its_timeout(connect: Connect, assemblyai: AssemblyAI) -> None:
    identifier = transcript(connect.emulator, "pending")
    with pytest.raises(errors.TimeoutError, match=r"within 0\.5 seconds") as caught:
        assemblyai.redacted_audio.wait(identifier, timeout=0.5)
    assert identifier in str(caught.value)
    assert isinstance(caught.value.__cause__, errors.BadRequestError)
    assert isinstance(caught.value, TimeoutError)
    assert connect.sent == ["getRedactedAudio"]


@pytest.mark.parametrize("state", ["gone", "unknown"])
def test_waiting_ends_at_once_when_there_is_nothing_to_wait_for(
    connect: Connect, assemblyai: AssemblyAI, state: str
) -> None:
    identifier = "no-such-transcript" if state == "unknown" else transcript(connect.emulator, state)
    with pytest.raises(errors.NotFoundError):
        assemblyai.redacted_audio.wait(identifier)
    assert connect.sent == ["getRedactedAudio"]


@pytest.mark.parametrize("status", [status for status in documented()["getRedactedAudio"]["statuses"] if status > 400])
def test_waiting_ends_at_once_with_an_error_that_is_not_about_readiness(connect: Connect, status: int) -> None:
    client = connect.assemblyai(headers={"X-Emulator-Status": str(status)})
    with pytest.raises(errors.APIError) as caught:
        client.redacted_audio.wait(transcript(connect.emulator, "ready"), timeout=0)
    assert caught.value.status == status
    assert connect.sent == ["getRedactedAudio"]


@pytest.mark.parametrize("status", [405, 415, 418, 422])
def test_waiting_ends_at_once_with_a_request_that_no_time_mends(connect: Connect, status: int) -> None:
    client = connect.assemblyai(headers={"X-Emulator-Status": str(status)})
    with pytest.raises(errors.BadRequestError) as caught:
        client.redacted_audio.wait(transcript(connect.emulator, "ready"), timeout=0)
    assert caught.value.status == status


def samples(path: Path) -> bytes:
    with wave.open(io.BytesIO(path.read_bytes())) as recording:
        return bytes(recording.readframes(recording.getnframes()))


def test_the_file_is_saved_without_the_key_and_without_headers_of_ones_own(connect: Connect, tmp_path: Path) -> None:
    client = connect.assemblyai(headers={"X-Own-Header": "ours", "Cookie": "session=ours"})
    target = tmp_path / "audio.wav"
    assert client.redacted_audio.save(transcript(connect.emulator, "ready"), target) == target
    assert any(samples(target))
    asked, fetched = connect.emulator.requests
    assert asked.host == ASSEMBLYAI_HOSTS["us"]
    assert {"authorization", "x-own-header", "cookie"} <= asked.header_names
    assert fetched.host not in ASSEMBLYAI_HOSTS.values()
    assert fetched.operation_id is None
    assert fetched.status == 200
    assert not fetched.header_names & {"authorization", "x-api-key", "x-own-header", "cookie", "referer"}


def test_the_signed_link_is_fetched_as_it_came(connect: Connect, tmp_path: Path) -> None:
    key = connect.emulator.keys["assemblyai-us"].value.encode()
    with Canned([READY, answer("200 OK", wav())]) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.wav")
        asked, fetched = server.requests
    assert key in asked
    assert key not in fetched
    assert fetched.startswith(b"GET " + LINK.removeprefix("https://files.example").encode() + b" HTTP/1.1\r\n")
    assert b"\r\nhost: files.example\r\n" in fetched.lower()
    assert (tmp_path / "audio.wav").read_bytes() == wav()


def test_saving_asks_for_a_fresh_link_while_the_file_is_kept(
    connect: Connect, assemblyai: AssemblyAI, tmp_path: Path
) -> None:
    identifier = transcript(connect.emulator, "ready")
    contents = set()
    for hours in (0, 1, 22):
        connect.emulator.clock.advance(hours * 3600)
        contents.add(assemblyai.redacted_audio.save(identifier, tmp_path / f"{hours}.wav").read_bytes())
    assert len(contents) == 1
    connect.emulator.clock.advance(2 * 3600)
    with pytest.raises(errors.DownloadError, match="kept for 24 hours") as caught:
        assemblyai.redacted_audio.save(identifier, tmp_path / "late.wav")
    assert isinstance(caught.value.__cause__, errors.NotFoundError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.wav", "1.wav", "22.wav"]


def test_saving_what_is_not_ready_is_told(connect: Connect, assemblyai: AssemblyAI, tmp_path: Path) -> None:
    with pytest.raises(errors.BadRequestError, match="not ready"):
        assemblyai.redacted_audio.save(transcript(connect.emulator, "pending"), tmp_path / "audio.wav")
    assert list(tmp_path.iterdir()) == []


REFUSALS = {
    "403": answer("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>", kind="application/xml"),
    "404": answer("404 Not Found", b"<Error/>", kind="application/xml"),
    "302": answer("302 Found", more="Location: https://elsewhere.example/\r\n"),
    "500": answer("500 Internal Server Error", b"oops", kind="text/plain"),
    "html": answer("200 OK", b"<html></html>", kind="text/html"),
    "json": answer("200 OK", b"{}", kind="application/json"),
    "xml": answer("200 OK", b"<Error/>", kind="application/xml"),
    "empty": answer("200 OK"),
}


@pytest.mark.parametrize(("given", "there"), list(itertools.product([*REFUSALS, "truncated", "nothing"], [None, OLD])))
def test_a_link_that_does_not_lead_to_the_file_leaves_everything_as_it_was(
    connect: Connect, tmp_path: Path, given: str, there: bytes | None
) -> None:
    target = tmp_path / "audio.wav"
    if there is not None:
        target.write_bytes(there)
    broken = {"truncated": answer("200 OK", b"RIFF", length=1000), "nothing": b""}
    expected = errors.ConnectionError if given in broken else errors.DownloadError
    # A link that is refused may have expired: it is asked for again, once.
    again = [READY, REFUSALS["403"]] if given == "403" else [READY]
    with Canned([READY, {**REFUSALS, **broken}[given], *again]) as server:
        with pytest.raises(expected) as caught:
            connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", target)
        assert len(server.requests) == (4 if given == "403" else 2)
    assert "whoever-has-this" not in str(caught.value)
    assert caught.value.__context__ is None
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if there is None else [there])


@pytest.mark.parametrize(
    "link", ["", "audio.wav", "/audio.wav", "http://[", "https://", "https://files.example:x/", "\0"]
)
def test_a_link_that_leads_nowhere_is_an_error_of_ours(connect: Connect, tmp_path: Path, link: str) -> None:
    ready = json_answer({"status": "redacted_audio_ready", "redacted_audio_url": link})
    with Canned([ready, answer("200 OK", b"RIFF")]) as server, pytest.raises(errors.PolyAIError):
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_status_that_no_document_names_stays_a_string(connect: Connect) -> None:
    with Canned([json_answer({"status": "redacted_audio_moved", "redacted_audio_url": LINK})]) as server:
        found = connect.assemblyai(connect_to=server.url).redacted_audio.get("T1")
    assert found.status == "redacted_audio_moved"


def test_an_unwritable_target_is_told_before_the_file_is_read(
    connect: Connect, assemblyai: AssemblyAI, tmp_path: Path
) -> None:
    identifier = transcript(connect.emulator, "ready")
    target = tmp_path / "missing" / "audio.wav"
    with pytest.raises(errors.DownloadError):
        assemblyai.redacted_audio.save(identifier, target)
    assert not connect.emulator.requests
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_expired_meanwhile_is_asked_for_again(connect: Connect, tmp_path: Path) -> None:
    with Canned([READY, REFUSALS["403"], READY, answer("200 OK", wav())]) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.wav")
        assert len(server.requests) == 4
    assert (tmp_path / "audio.wav").read_bytes() == wav()


def test_other_audio_than_wav_is_saved_as_it_comes(connect: Connect, tmp_path: Path) -> None:
    sound = b"ID3" + bytes(range(256))
    with Canned([READY, answer("200 OK", sound, kind="audio/mpeg")]) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.mp3")
    assert (tmp_path / "audio.mp3").read_bytes() == sound
