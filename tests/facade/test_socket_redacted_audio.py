"""AssemblyAI's redacted audio over a socket: the link, the wait for it, and the file behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyai_data import AssemblyAI, errors
from tests.facade.calls import Connect, one_flavour, transcript
from tests.facade.masking import check_error
from tests.facade.scripted import audio, link_to, wav
from tests.support.scripted_server import ScriptedServer, cut, response

LINK = "https://files.example/redacted/audio.wav?Expires=1&Signature=signature-hidden-4"
READY = link_to(LINK)
OLD = b"what was there before"


def test_waiting_ends_when_the_file_is_ready(connect: Connect, assemblyai: AssemblyAI, pauses: list[float]) -> None:
    ready = assemblyai.redacted_audio.wait(transcript(connect.emulator, "pending"))
    assert ready.status == "redacted_audio_ready"
    statuses = [record.status for record in connect.emulator.requests]
    assert statuses == [*[400] * (len(statuses) - 1), 200]
    assert len(pauses) == len(statuses) - 1 > 1


def test_the_pauses_of_the_wait_double_up_to_the_longest(connect: Connect, pauses: list[float]) -> None:
    with ScriptedServer(*[response(400, b'{"error": "not ready"}')] * 6, READY) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.wait("T1")
    assert pauses == [1, 2, 4, 8, 15, 15]


def test_waiting_ends_at_its_timeout(connect: Connect, assemblyai: AssemblyAI) -> None:
    identifier = transcript(connect.emulator, "pending")
    with pytest.raises(errors.TimeoutError, match=rf"{identifier}.*0\.5 seconds") as caught:
        assemblyai.redacted_audio.wait(identifier, timeout=0.5)
    assert isinstance(caught.value.__cause__, errors.BadRequestError)
    assert "not ready" in str(caught.value.__cause__)
    assert connect.sent == ["getRedactedAudio"]


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
    assert isinstance(caught.value.__cause__, errors.NotFoundError)
    with pytest.raises(errors.BadRequestError, match="not ready"):
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
    # A link that is refused may have expired: another one is asked for, once.
    requests = 4 if failure in REFUSED else 2
    for there in (None, OLD):
        if there is not None:
            target.write_bytes(there)
        with ScriptedServer(*[READY, FAILURES[failure]] * (requests // 2)) as server:
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


@one_flavour
def test_other_audio_than_wav_is_saved_as_it_comes_under_the_name_of_the_transcript(
    connect: Connect, tmp_path: Path
) -> None:
    sound = b"ID3" + bytes(range(256))
    with ScriptedServer(READY, response(200, sound, content_type="audio/mpeg")) as server:
        path = connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path)
    assert path.read_bytes() == sound
    assert path.stem == "T1"
