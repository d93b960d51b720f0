"""Recordings without I/O: what a WAV header says, what can be a recording, and the name of its file."""

from __future__ import annotations

import string
import struct
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_data.errors import DownloadError
from polyai_data.recording import (
    LONGEST_FILE_NAME,
    LONGEST_HEADER,
    Beginning,
    WavHeader,
    check_content_type,
    content_length,
    ending,
    file_name,
    least_size,
    looks_like_text,
    resume_headers,
    resumed_size,
)

UNKNOWN = 0xFFFFFFFF


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    """A chunk with its padding; `size` is what it declares when that is false."""
    return struct.pack("<4sI", name, len(body) if size is None else size) + body + bytes(len(body) % 2)


def form(channels: int = 1, rate: int = 8000, bits: int = 16, *, more: bytes = b"", kind: int = 1) -> bytes:
    width = channels * ((bits + 7) // 8)
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * width % 2**32, width % 2**16, bits) + more
    )


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(body) if size is None else size) + body


def rf64(*chunks: bytes, data_size: int, sound: bytes, name: bytes = b"RF64") -> bytes:
    """A file whose sizes stand in a chunk of their own, as they can be longer than 32 bits."""
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, data_size, 0, 0))
    return name + riff(sizes, *chunks, chunk(b"data", sound, size=UNKNOWN), size=UNKNOWN)[4:]


def parse_wav(*pieces: bytes) -> WavHeader | None:
    """The header of a file that comes in pieces, or None where they do not say enough.

    Raises:
        ValueError: it is no WAV file.
    """
    beginning = Beginning()
    for piece in pieces:
        beginning.add(piece)
    if beginning.problem:
        raise ValueError(beginning.problem)
    assert bytes(beginning.data) == b"".join(pieces)
    return beginning.header


SOUND = bytes(320)
GOOD = riff(form(), chunk(b"data", SOUND))


def test_a_header_is_read_once_it_is_complete() -> None:
    assert parse_wav(GOOD) == WavHeader(8000, 1, 16000, 44, 320)
    assert all(parse_wav(GOOD[:length]) is None for length in range(44))


@pytest.mark.parametrize(
    ("data", "data_start", "data_size"),
    [
        (riff(form(), chunk(b"LIST", b"abc"), chunk(b"data", SOUND)), 56, 320),
        (riff(form(more=bytes(24), kind=0xFFFE), chunk(b"data", SOUND)), 68, 320),
        (riff(chunk(b"JUNK", bytes(28)), form(), chunk(b"data", SOUND)), 80, 320),
        (riff(form(), chunk(b"data", SOUND), size=UNKNOWN), 44, 320),
        *((riff(form(), chunk(b"data", SOUND, size=size)), 44, None) for size in (0, 0x7FFFF000, 0x7FFFFFFF, UNKNOWN)),
        (riff(form(), chunk(b"data", SOUND, size=0x7FFFEFFF)), 44, 0x7FFFEFFF),
        (rf64(form(), data_size=320, sound=SOUND), 80, 320),
        (rf64(form(), data_size=2**40, sound=SOUND), 80, 2**40),
        *((rf64(form(), data_size=size, sound=SOUND), 80, None) for size in (0, 2**63, 2**64 - 1)),
    ],
)
def test_a_size_is_known_where_the_writer_knew_it(data: bytes, data_start: int, data_size: int | None) -> None:
    header = parse_wav(data)
    assert header is not None
    assert (header.data_start, header.data_size) == (data_start, data_size)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x", "no RIFF header"),
        (b"RIFX" + GOOD[4:], "no RIFF header"),
        (GOOD[:8] + b"AVI " + GOOD[12:], "no RIFF header"),
        (GOOD[:8] + b"WAX", "no RIFF header"),
        (riff(chunk(b"data", SOUND)), "sound before its format"),
        (riff(chunk(b"fmt ", bytes(14))), "a format chunk that is too short"),
        (rf64(form(), data_size=1, sound=SOUND).replace(b"ds64\x1c", b"ds64\x0f"), "a format chunk that is too short"),
        (riff(form(), chunk(b"LIST", bytes(8), size=UNKNOWN - 1)), f"no sound in its first {LONGEST_HEADER} bytes"),
        (riff(form(), chunk(b"LIST", bytes(8), size=LONGEST_HEADER)), f"no sound in its first {LONGEST_HEADER} bytes"),
        (riff(form(), chunk(b"LIST", b"") * (LONGEST_HEADER // 8)), f"no sound in its first {LONGEST_HEADER} bytes"),
    ],
)
def test_other_bytes_than_a_wav_file_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        parse_wav(data)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: GOOD[:12] + rest))
def test_any_bytes_are_a_header_or_incomplete_or_refused(data: bytes) -> None:
    try:
        header = parse_wav(data)
    except ValueError:
        return
    assert header is None or header.data_start <= len(data)
    assert header == parse_wav(*(data[at : at + 1] for at in range(len(data))))


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
def test_every_header_that_is_written_is_read_back(
    *, channels: int, rate: int, bits: int, before: bytes, between: bytes, sound: bytes
) -> None:
    data = riff(before, form(channels, rate, bits), between, chunk(b"data", sound))
    header = parse_wav(data)
    start = 12 + len(before) + 24 + len(between) + 8
    assert header is not None
    assert (header.channels, header.sample_rate) == (channels, rate)
    assert (header.data_start, header.data_size) == (start, len(sound) or None)
    assert parse_wav(data[:start]) == header
    assert parse_wav(data[: start - 1]) is None
    assert header.byte_rate == 0 or header.duration(len(data)) == len(sound) / header.byte_rate


@pytest.mark.parametrize(
    ("byte_rate", "data_size", "file_size", "seconds"),
    [
        (16000, 32000, None, 2),
        (16000, 32000, 44 + 32000 + 8, 2),
        (16000, 32000, 44 + 8000, 0.5),
        (16000, 32000, 7, 0),
        (16000, None, 44 + 8000, 0.5),
        (16000, None, 7, 0),
        (16000, None, None, None),
        (0, 32000, 32044, None),
    ],
)
def test_a_duration_comes_from_the_header_within_the_file_size(
    byte_rate: int, data_size: int | None, file_size: int | None, seconds: float | None
) -> None:
    assert WavHeader(8000, 1, byte_rate, 44, data_size).duration(file_size) == seconds


def test_a_header_that_comes_byte_by_byte_is_read_once() -> None:
    # Reading it anew with each byte would take hours.
    data = riff(chunk(b"LIST", b"") * 50_000, form(), chunk(b"data", b""))
    assert parse_wav(*(data[at : at + 1] for at in range(len(data)))) == parse_wav(data)


def test_blanks_without_end_are_no_recording() -> None:
    beginning = Beginning()
    assert any(beginning.add(b" ") for _ in range(10_000))


@pytest.mark.parametrize("kind", ["", "audio/wav", "audio/mpeg", "application/octet-stream", ";"])
def test_a_content_type_of_audio_or_none_is_accepted(kind: str) -> None:
    check_content_type(kind, "recording of CA1")


@pytest.mark.parametrize(
    "kind", ["text/html", "TEXT/Plain; charset=utf-8", " application/json ;a=b", "application/problem+json", "text/",
             "application/xml", "application/xhtml+xml", "application/ld+json"],
)  # fmt: skip
def test_a_content_type_of_text_is_refused(kind: str) -> None:
    with pytest.raises(DownloadError, match="recording of CA1"):
        check_content_type(kind, "recording of CA1")


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (b"{}", True),
        (b" \n[1]", True),
        (b"\r\n\t<html>", True),
        (b"RIFF", False),
        (b"", False),
        (b"ID3", False),
        (b"\xef\xbb\xbf <html>", True),
        (b"\xef\xbb\xbf", False),
    ],
)
def test_text_is_recognised_by_its_beginning(start: bytes, text: bool) -> None:
    assert looks_like_text(start) is text


DATE = "Fri, 05 Jun 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "position", "validator"),
    [
        ({"ETag": '"one"', "Last-Modified": DATE}, 7, '"one"'),
        ({"Last-Modified": DATE}, 7, DATE),
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


RANGE = "bytes 7-9/10"


@pytest.mark.parametrize(
    ("status", "headers", "validator", "size", "expected"),
    [
        (206, {"Content-Range": RANGE, "ETag": '"one"'}, '"one"', 10, 10),
        (206, {"Content-Range": RANGE}, '"one"', None, 10),
        (206, {"Content-Range": "bytes 7-9/*"}, '"one"', 10, 10),
        (206, {"Content-Range": "bytes 7-9/*"}, '"one"', None, None),
        (206, {"Content-Range": "bytes 7-8/10"}, '"one"', 10, None),
        (206, {"Content-Range": "bytes 7-8/9"}, '"one"', 10, None),
        (206, {"Content-Range": f"bytes 7-{'9' * 5000}/{'9' * 5000}"}, '"one"', 10, None),
        (206, {"Content-Range": RANGE, "ETag": '"two"', "Last-Modified": DATE}, DATE, 10, 10),
        (206, {"Content-Range": RANGE, "ETag": '"two"'}, '"one"', 10, None),
        (206, {"Content-Range": RANGE, "Content-Encoding": "gzip"}, '"one"', 10, None),
        (206, {"Content-Range": RANGE, "Content-Type": "text/html"}, '"one"', 10, None),
        (206, {"Content-Range": "bytes 70-99/100", "ETag": '"one"'}, '"one"', 10, None),
        (206, {"ETag": '"one"'}, '"one"', 10, None),
        (200, {"Content-Range": RANGE, "ETag": '"one"'}, '"one"', 10, None),
        (206, {"Content-Range": RANGE, "ETag": '"one"'}, None, 10, None),
    ],
)
def test_a_response_continues_only_the_same_recording_and_where_it_broke(
    status: int, headers: dict[str, str], validator: str | None, size: int | None, expected: int | None
) -> None:
    asked = {"Range": "bytes=7-", "If-Range": validator} if validator else {}
    assert resumed_size(status, headers, 7, asked, size) == expected


def test_a_content_length_is_that_of_the_body_as_it_is_read() -> None:
    assert content_length({"Content-Length": "10"}) == 10
    assert content_length({"Content-Length": "10", "Content-Encoding": "gzip"}) is None
    for odd in ("-1", "٣", "²", "9" * 5000):
        assert content_length({"Content-Length": odd}) is None


@pytest.mark.parametrize(
    ("headers", "data_size", "expected"),
    [({"Content-Length": "364"}, 320, 0), ({"Transfer-Encoding": "chunked"}, 320, 0), ({}, 320, 364), ({}, None, 0)],
)
def test_a_header_says_what_is_whole_only_where_http_does_not(
    headers: dict[str, str], data_size: int | None, expected: int
) -> None:
    assert least_size(headers, WavHeader(8000, 1, 16000, 44, data_size)) == expected
    assert least_size(headers, None) == 0


DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{kind}{number}" for kind in ("COM", "LPT") for number in "0123456789")}
PLAIN = set(string.ascii_letters + string.digits + "-_.@+=, ()~")


def check_portable(name: str) -> None:
    """Check that `name` is a file name on every system and stays in its folder."""
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


AWKWARD = st.text(st.sampled_from("./\\:. \x00\n\u202econaux1NUL"), max_size=12)


@given(st.text(max_size=300) | AWKWARD | st.builds(str.__add__, st.sampled_from(sorted(DEVICES)), AWKWARD))
@example("con  .x")
@example("COM¹.wav")
@example("conin$")
@example("../../etc/passwd")
@example("." * 1000)
@example(" .hidden. ")
def test_a_file_name_is_portable(identifier: str) -> None:
    check_portable(file_name(identifier))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"RIFF\xff\xff\xff\xffWAVE", ".wav"),
        (b"RF64", ".wav"),
        (b"ID3\x04", ".mp3"),
        # A frame of MPEG 1 or 2, layer III, with and without a checksum.
        *((b"\xff" + bytes([second]), ".mp3") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3)),
        # Layer II, AAC, and a byte order mark.
        *((b"\xff" + bytes([second]), "") for second in (0xFD, 0xF1, 0xF9, 0xFE, 0x00)),
        *((start, "") for start in (b"", b"\xff", b"RIF", b"ID", b"OggS", b"fLaC", b"RIFX")),
    ],
)
def test_a_files_first_bytes_say_how_its_name_ends(start: bytes, expected: str) -> None:
    assert ending(start) == expected
    assert ending(start + bytes(100)) == expected or len(start) < 2


@pytest.mark.parametrize(
    "identifier",
    ["CA1", "CAab34", "CA060f009ce8152e4746d60af2bc86da45", "KA-36ab5663-d157", "OUT-c72e", "LOCAL-36ab5663", "T1",
     "7fb321fd-380b-4625-b9e8-b936bb54ff99", "deadbeef-380b-4625-b9e8-b936bb54ff99"],
)  # fmt: skip
def test_an_id_as_vendors_write_it_keeps_its_name(identifier: str) -> None:
    assert file_name(identifier) == f"{identifier}.wav"
    assert file_name(identifier, ".mp3") == f"{identifier}.mp3"


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/b", "a_b"), ("a/b", "a:b"), ("a b", "a b "), ("", "_"), ("con", "_con"), ("x" * 200, "x" * 300), ("é", "è"),
     ("CA1", "ca1"), ("CA1", "Ca1"), ("CAab", "CAAB"), ("\udc80", "\udc81"), ("ca1", file_name("ca1", ""))],
)  # fmt: skip
def test_two_ids_are_two_files(one: str, other: str) -> None:
    assert file_name(one).casefold() != file_name(other).casefold()


IDS = st.text(st.sampled_from("aAbB1-_/~ ."), max_size=4) | st.text(max_size=4)


@given(st.lists(IDS, unique=True, max_size=30))
def test_all_ids_are_files_of_their_own(identifiers: list[str]) -> None:
    assert len({file_name(identifier).casefold() for identifier in identifiers}) == len(identifiers)
