"""Recordings: the WAV header, what is not a recording, how to resume one, and its file name. No I/O."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from polyai_data.errors import DownloadError

LONGEST_HEADER = 65_536
"""Bytes in which the sound of a WAV file must begin; some have other chunks before it."""
LONGEST_FILE_NAME = 150
"""Characters of a file name made from an id; every file system allows that, and what a download adds."""
_UNKNOWN = frozenset({0, 0xFFFFFFFF})
_TEXT_TYPES = ("application/json", "application/problem+json", "application/xml", "text/")
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)")


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The header of a WAV file.

    Attributes:
        sample_rate: samples per second and channel.
        channels: number of channels.
        byte_rate: bytes of sound per second.
        size: bytes of the whole file, or None where the header does not say.
        data_start: offset of the sound.
        data_size: bytes of sound, or None where the header does not say.
    """

    sample_rate: int
    channels: int
    byte_rate: int
    size: int | None
    data_start: int
    data_size: int | None

    def duration(self, file_size: int | None) -> float | None:
        """Seconds of sound, or None where neither the header nor `file_size` says."""
        size = self.data_size
        if size is None and file_size is not None:
            size = max(0, file_size - self.data_start)
        return None if size is None or not self.byte_rate else size / self.byte_rate


def parse_wav(start: bytes) -> WavHeader | None:
    """The header of the WAV file that begins with `start`, or None when `start` is too short to say.

    Raises:
        ValueError: it is not a WAV file.
    """
    if not b"RIFF".startswith(start[:4]) or not b"WAVE".startswith(start[8:12]):
        raise ValueError("no RIFF header")
    if len(start) < 12:
        return None
    size = struct.unpack_from("<I", start, 4)[0]
    position, form = 12, None
    while position + 8 <= len(start):
        name, length = struct.unpack_from("<4sI", start, position)
        if name == b"fmt ":
            if length < 16:
                raise ValueError("a format chunk that is too short")
            if position + 24 > len(start):
                return None
            form = struct.unpack_from("<HHIIHH", start, position + 8)
        if name == b"data":
            if form is None:
                raise ValueError("sound before its format")
            _, channels, rate, byte_rate, _, _ = form
            return WavHeader(
                rate,
                channels,
                byte_rate,
                None if size in _UNKNOWN else size + 8,
                position + 8,
                None if length == 0xFFFFFFFF or (length == 0 and size in _UNKNOWN) else length,
            )
        position += 8 + length + length % 2
    if position > LONGEST_HEADER or len(start) >= LONGEST_HEADER:
        raise ValueError("no sound in its beginning")
    return None


def check_content_type(content_type: str, what: str) -> None:
    """Check that a response with the header `content_type` can be audio. None at all, or any binary type, can.

    Raises:
        DownloadError: it is text, such as a gateway's page.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_TEXT_TYPES):
        raise DownloadError(f"{what}: the response is {kind}, not a recording; nothing was written")


def content_length(headers: Mapping[str, str]) -> int | None:
    """Bytes of the body that a response with those `headers` has, or None where they do not say."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and not headers.get("Content-Encoding") else None


def resume_headers(headers: Mapping[str, str], position: int) -> dict[str, str]:
    """The request headers that ask for the rest of a recording from `position` on, or none where that is not safe.

    Args:
        headers: those of the response that broke off.
        position: how many bytes of it arrived.
    """
    validator = headers.get("ETag") or headers.get("Last-Modified") or ""
    # Under a weak tag the bytes may differ, and a position in a decompressed body is none in the compressed one.
    if position == 0 or not validator or validator.startswith("W/") or headers.get("Content-Encoding"):
        return {}
    return {"Range": f"bytes={position}-", "If-Range": validator}


def resumes(status: int, headers: Mapping[str, str], position: int, asked: Mapping[str, str]) -> bool:
    """Whether a response to a request with the headers `asked` continues the same recording at `position`."""
    validator = asked.get("If-Range")
    same = validator in {headers.get("ETag") or validator, headers.get("Last-Modified")}
    begins = headers.get("Content-Range", "").startswith(f"bytes {position}-")
    return status == 206 and validator is not None and same and begins


def looks_like_text(start: bytes) -> bool:
    """Whether a body that begins with `start` is JSON, XML or HTML, whatever its content type says."""
    return start.lstrip()[:1] in {b"{", b"[", b"<"}


def ending(start: bytes) -> str:
    """How the name of a file that begins with `start` should end; `.wav` or `.mp3`, or nothing for any other."""
    if start.startswith((b"RIFF", b"RF64")):
        return ".wav"
    # Without a tag, an MP3 file begins with a frame: eleven bits are set, and two say that it is of layer III.
    frame = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2
    return ".mp3" if frame or start.startswith(b"ID3") else ""


def file_name(identifier: str, ending: str = ".wav") -> str:
    """A file name made from `identifier` that is valid on every system and stays in its folder.

    Characters that are invalid or display as others (separators, control characters, direction marks) become `_`;
    reserved, hidden, long and empty names are changed to valid ones.
    """
    name = "".join(character if _is_plain(character) else "_" for character in identifier)
    name = name[: LONGEST_FILE_NAME - len(ending)].strip(" .")
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    return name + ending


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "-_.@+=, ()~")
