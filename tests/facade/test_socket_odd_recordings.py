"""Recordings whose header is late, false or of another kind than WAV: the bytes are whole where HTTP says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import DownloadError
from tests.facade.calls import Connect, one_flavour, read
from tests.facade.scripted import audio, wav
from tests.facade.test_recording import chunk, form, riff
from tests.support.scripted_server import ScriptedServer, Step, cut

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n"
SOUND = bytes(16_000)
"""One second."""


def chunked(content: bytes, size: int = 10**6) -> bytes:
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


def unframed(content: bytes) -> Step:
    """A response that ends with its connection."""
    return cut(HEAD + b"Connection: close\r\n\r\n" + content)


FRAMINGS: dict[str, Any] = {
    "of known length": lambda sound: audio(sound=sound),
    "chunked": chunked,
    "unframed": unframed,
}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("size", [0xFFFFFFFF, 0])
def test_a_place_holder_is_no_size(connect: Connect, tmp_path: Path, size: int, framing: str) -> None:
    sound = riff(form(), chunk(b"data", SOUND, size=size), size=(size + 36) % 2**32)
    with (
        ScriptedServer(FRAMINGS[framing](sound)) as server,
        connect.polyai(connect_to=server.url).conversations.recording("CA1") as recording,
    ):
        assert recording.duration == (1 if framing == "of known length" else None)
        assert recording.save(tmp_path / "call.wav").read_bytes() == sound
        assert (recording.duration, recording.size) == (1, len(sound))


@one_flavour
@pytest.mark.parametrize("framing", ["of known length", "chunked"])
def test_http_says_whether_a_recording_is_whole_and_not_its_header(connect: Connect, framing: str) -> None:
    sound = wav(SOUND, size=10**6)
    with ScriptedServer(FRAMINGS[framing](sound)) as server:
        recording = connect.polyai(connect_to=server.url).conversations.recording("CA1")
        assert read(recording) == sound
        assert recording.duration == 1


@pytest.mark.parametrize(
    "sound",
    [b"OggS" + bytes(999), b"RIFX" + wav()[4:], b"RIF", wav()[:40], riff(chunk(b"LIST", bytes(2 * 10**6)), form())],
    ids=["Ogg", "big-endian", "three bytes", "half a header", "no sound within a megabyte"],
)
def test_any_audio_can_be_taken_as_it_is(connect: Connect, sound: bytes) -> None:
    with ScriptedServer(audio(sound=sound)) as server:
        conversations = connect.polyai(connect_to=server.url).conversations
        with pytest.raises(DownloadError, match="must_be_wav=False"):
            read(conversations.recording("CA1"))
        recording = conversations.recording("CA1", must_be_wav=False)
        assert read(recording) == sound
        assert (recording.sample_rate, recording.duration) == (None, None)
