"""Recordings without a socket: what a header says, what can be one, and what a file is called."""

from __future__ import annotations

import string
import struct
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_data.errors import DownloadError
from polyai_data.recording import (
    LONGEST_FILE_NAME,
    LONGEST_HEADER,
    WavHeader,
    check_content_type,
    content_length,
    file_name,
    looks_like_text,
    parse_wav,
    resume_headers,
    resumes,
)

UNKNOWN = 0xFFFFFFFF


def chunk(name: bytes, body: bytes, said: int | None = None) -> bytes:
    """A chunk with its padding; `said` is the size that it tells when that is not the true one."""
    return struct.pack("<4sI", name, len(body) if said is None else said) + body + bytes(len(body) % 2)


def form(channels: int = 1, rate: int = 8000, bits: int = 16, *, more: bytes = b"", kind: int = 1) -> bytes:
    width = channels * ((bits + 7) // 8)
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * width % 2**32, width % 2**16, bits) + more
    )


def riff(*chunks: bytes, said: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(body) if said is None else said) + body


SOUND = bytes(320)
GOOD = riff(form(), chunk(b"data", SOUND))


def test_a_header_is_read() -> None:
    assert parse_wav(GOOD) == WavHeader(8000, 1, 2, 16000, len(GOOD), 44, 320)


@pytest.mark.parametrize("length", range(44))
def test_a_beginning_that_is_too_short_tells_nothing_yet(length: int) -> None:
    assert parse_wav(GOOD[:length]) is None


@pytest.mark.parametrize(
    ("data", "size", "data_start", "data_size"),
    [
        (riff(form(), chunk(b"LIST", b"abc"), chunk(b"data", SOUND)), 376, 56, 320),
        (riff(form(more=bytes(24), kind=0xFFFE), chunk(b"data", SOUND)), 388, 68, 320),
        (riff(chunk(b"JUNK", bytes(28)), form(), chunk(b"data", SOUND)), 400, 80, 320),
        (riff(form(), chunk(b"data", SOUND, said=UNKNOWN), said=UNKNOWN), None, 44, None),
        (riff(form(), chunk(b"data", SOUND, said=UNKNOWN)), 364, 44, None),
        (riff(form(), chunk(b"data", SOUND, said=0), said=0), None, 44, None),
        (riff(form(), chunk(b"data", SOUND, said=0), said=UNKNOWN), None, 44, None),
        (riff(form(), chunk(b"data", b"")), 44, 44, 0),
        (riff(form(), chunk(b"data", b"")) + b"LIST", 44, 44, 0),
    ],
)
def test_sizes_are_told_where_the_writer_knew_them(
    data: bytes, size: int | None, data_start: int, data_size: int | None
) -> None:
    found = parse_wav(data)
    assert found is not None
    assert (found.size, found.data_start, found.data_size) == (size, data_start, data_size)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"R1FF", "no RIFF header"),
        (b"x", "no RIFF header"),
        (b"RIFX" + GOOD[4:], "no RIFF header"),
        (GOOD[:8] + b"AVI " + GOOD[12:], "no RIFF header"),
        (GOOD[:8] + b"WAX", "no RIFF header"),
        (riff(chunk(b"data", SOUND)), "sound before its format"),
        (riff(chunk(b"fmt ", bytes(14))), "a format chunk that is too short"),
        (riff(form(), chunk(b"LIST", bytes(8), said=UNKNOWN - 1)), "no sound in its beginning"),
        (riff(form(), chunk(b"LIST", bytes(8), said=LONGEST_HEADER)), "no sound in its beginning"),
        (riff(form(), chunk(b"LIST", b"") * (LONGEST_HEADER // 8)), "no sound in its beginning"),
    ],
)
def test_what_is_no_wav_file_says_why(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        parse_wav(data)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: GOOD[:12] + rest))
def test_any_bytes_are_a_header_or_too_few_or_no_wav_file(data: bytes) -> None:
    try:
        found = parse_wav(data)
    except ValueError:
        return
    assert found is None or (isinstance(found, WavHeader) and found.data_start <= len(data))


NAMES = st.sampled_from([b"LIST", b"JUNK", b"bext", b"fact", b"\x00\x00\x00\x00"])
OTHERS = st.lists(st.builds(chunk, NAMES, st.binary(max_size=40)), max_size=4).map(b"".join)


@given(
    channels=st.integers(0, 0xFFFF),
    rate=st.integers(0, UNKNOWN),
    bits=st.integers(0, 0xFFFF),
    before=OTHERS,
    between=OTHERS,
    sound=st.binary(max_size=64),
)
def test_every_header_that_is_written_is_read_back_as_soon_as_it_is_there(
    *, channels: int, rate: int, bits: int, before: bytes, between: bytes, sound: bytes
) -> None:
    data = riff(before, form(channels, rate, bits), between, chunk(b"data", sound))
    found = parse_wav(data)
    start = 12 + len(before) + 24 + len(between) + 8
    assert found is not None
    assert (found.channels, found.sample_rate, found.sample_width) == (channels, rate, (bits + 7) // 8)
    assert (found.size, found.data_start, found.data_size) == (len(data), start, len(sound))
    assert parse_wav(data[:start]) == found
    assert all(parse_wav(data[:length]) is None for length in range(start))
    assert found.byte_rate == 0 or found.duration(None) == len(sound) / found.byte_rate


@pytest.mark.parametrize(
    ("byte_rate", "data_size", "file_size", "seconds"),
    [
        (16000, 32000, None, 2),
        (16000, 32000, 7, 2),
        (16000, None, 44 + 8000, 0.5),
        (16000, None, 7, 0),
        (16000, None, None, None),
        (0, 32000, 32044, None),
        (16000, 0, None, 0),
    ],
)
def test_a_duration_is_what_the_header_tells_or_else_the_size_of_the_file(
    byte_rate: int, data_size: int | None, file_size: int | None, seconds: float | None
) -> None:
    assert WavHeader(8000, 1, 2, byte_rate, None, 44, data_size).duration(file_size) == seconds


@pytest.mark.parametrize(
    "kind", ["", "audio/wav", "audio/mpeg", "application/octet-stream", "binary/octet-stream", ";"]
)
def test_a_host_that_names_audio_or_nothing_is_believed(kind: str) -> None:
    check_content_type(kind, "recording of CA1")


@pytest.mark.parametrize(
    "kind", ["text/html", "TEXT/Plain; charset=utf-8", " application/json ;a=b", "application/problem+json", "text/"]
)
def test_text_in_place_of_a_recording_is_refused_by_its_type(kind: str) -> None:
    with pytest.raises(DownloadError, match=r"^recording of CA1: .*, not a recording"):
        check_content_type(kind, "recording of CA1")


@pytest.mark.parametrize(
    ("start", "text"),
    [(b'{"a":1}', True), (b"\r\n [", True), (b"<html>", True), (b"", False), (GOOD, False), (b"ID3", False)],
)
def test_text_is_told_by_how_it_begins(start: bytes, text: bool) -> None:
    assert looks_like_text(start) is text


DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{kind}{number}" for kind in ("COM", "LPT") for number in "0123456789")}
PLAIN = set(string.ascii_letters + string.digits + "-_.@+=, ()~")
HOSTILE = [
    *(
        "",
        ".",
        "..",
        "...",
        " ",
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\x",
        "C:",
        "a/b",
        "\\\\h\\s",
    ),
    *(
        "a\x00b",
        "a\nb",
        "\x1b[2J",
        "\x7f",
        "CON",
        "con",
        "nul.txt",
        "Aux ",
        "con .x",
        "com1",
        "LPT9.wav",
        "COM¹",
        "conin$",
    ),
    *(
        ".hidden",
        " padded ",
        "ends.",
        "a" * 1000,
        "ü" * 1000,
        "." * 1000,
        "\u202egpj.wav",
        "\u200f",
        "\ud800",
        "\ufb01le",
        "a:b",
    ),
    *("a*b?", 'a"b', "<a>|", "-rf", "~", "~root", "%2e%2e%2f", "$HOME", "`id`", ";", "\u2028", "\uff0e\uff0e\uff0f"),
]


def check_that_it_is_a_name_everywhere(name: str, folder: Path) -> None:
    assert set(name) <= PLAIN
    assert 0 < len(name.encode()) <= LONGEST_FILE_NAME
    assert name.endswith(".wav")
    assert name == name.strip()
    assert not name.startswith(".")
    # Windows takes a device's name for the device, whatever follows a dot, and blanks before the dot.
    assert name.partition(".")[0].rstrip(" ").upper() not in DEVICES
    for path in (PurePosixPath("/folder"), PureWindowsPath("C:/folder")):
        assert (path / name).parent == path
        assert (path / name).name == name
    assert (folder / name).resolve().parent == folder.resolve()


@pytest.mark.parametrize("identifier", HOSTILE)
def test_no_id_makes_a_file_outside_its_folder(identifier: str, tmp_path: Path) -> None:
    name = file_name(identifier)
    check_that_it_is_a_name_everywhere(name, tmp_path)
    (tmp_path / name).write_bytes(b"")
    assert [path.name for path in tmp_path.iterdir()] == [name]


AWKWARD = st.text(st.sampled_from("./\\:. \x00\n\u202econaux1NUL"), max_size=12)


@given(st.text(max_size=300) | AWKWARD | st.builds(str.__add__, st.sampled_from(sorted(DEVICES)), AWKWARD))
@example("con  .x")
def test_a_file_name_is_one_on_every_system_and_always_the_same(identifier: str) -> None:
    name = file_name(identifier)
    check_that_it_is_a_name_everywhere(name, Path("folder"))
    assert file_name(identifier) == name


@given(st.text(st.sampled_from(string.ascii_letters + string.digits + "-_"), min_size=5, max_size=100))
def test_a_plain_id_keeps_its_name(identifier: str) -> None:
    assert file_name(identifier) == f"{identifier}.wav"
    assert file_name(identifier, ".mp3") == f"{identifier}.mp3"


DATE = "Fri, 05 Jun 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "position", "validator"),
    [
        ({"ETag": '"one"'}, 7, '"one"'),
        ({"Last-Modified": DATE}, 7, DATE),
        ({"ETag": '"one"', "Last-Modified": DATE}, 7, '"one"'),
        ({"ETag": 'W/"one"'}, 7, None),
        ({"ETag": 'W/"one"', "Last-Modified": DATE}, 7, None),
        ({"ETag": '"one"', "Content-Encoding": "gzip"}, 7, None),
        ({"ETag": '"one"'}, 0, None),
        ({}, 7, None),
    ],
)
def test_the_rest_is_asked_for_only_where_its_bytes_are_surely_the_same(
    headers: dict[str, str], position: int, validator: str | None
) -> None:
    expected = {"Range": f"bytes={position}-", "If-Range": validator} if validator else {}
    assert resume_headers(headers, position) == expected


@pytest.mark.parametrize(
    ("status", "headers", "validator", "same"),
    [
        (206, {"Content-Range": "bytes 7-9/10", "ETag": '"one"'}, '"one"', True),
        (206, {"Content-Range": "bytes 7-9/10"}, '"one"', True),
        (206, {"Content-Range": "bytes 7-9/10", "ETag": '"two"', "Last-Modified": DATE}, DATE, True),
        (206, {"Content-Range": "bytes 7-9/10", "ETag": '"two"'}, '"one"', False),
        (206, {"Content-Range": "bytes 70-99/100", "ETag": '"one"'}, '"one"', False),
        (206, {"ETag": '"one"'}, '"one"', False),
        (200, {"Content-Range": "bytes 7-9/10", "ETag": '"one"'}, '"one"', False),
        (206, {"Content-Range": "bytes 7-9/10", "ETag": '"one"'}, None, False),
    ],
)
def test_a_response_continues_only_the_same_recording_and_where_it_broke(
    status: int, headers: dict[str, str], validator: str | None, same: bool
) -> None:
    asked = {"Range": "bytes=7-", "If-Range": validator} if validator else {}
    assert resumes(status, headers, 7, asked) is same


def test_a_length_is_that_of_the_body_as_it_is_read() -> None:
    assert content_length({"Content-Length": "10"}) == 10
    assert content_length({"Content-Length": "10", "Content-Encoding": "gzip"}) is None
    assert content_length({"Content-Length": "-1"}) is None
    assert content_length({}) is None
