"""Recordings: the WAV header, what is not a recording, how to resume one, and its file name. No I/O."""

from __future__ import annotations

import codecs
import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from polyai_data.errors import DownloadError

LONGEST_HEADER = 2**20
"""Bytes in which the sound of a WAV file must begin; some have other chunks before it."""
LONGEST_FILE_NAME = 150
"""Characters of a file name made from an id; every file system allows that, and what a download adds."""
_HASH = 12
_MOST_BLANK = 1024
_FORMS = (b"RIFF", b"RF64", b"BW64")
# Who writes into a pipe does not know the size, and puts one of these, or a few bytes more or less.
_LEAST_PLACEHOLDER = 0x7FFFF000
_LEAST_LONG_PLACEHOLDER = 2**62
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *$")
# In ids, a word before a dash is in capitals (KA-, LOCAL-), and so are the first two letters (CA), but not in a UUID.
_CAPITALS = re.compile(r"^(?![0-9a-f]{8}-)([a-z]+(?=-)|[a-z]{1,2})")


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The header of a WAV file.

    Attributes:
        sample_rate: samples per second and channel.
        channels: number of channels.
        byte_rate: bytes of sound per second.
        data_start: offset of the sound.
        data_size: bytes of sound, or None where the header does not say.
    """

    sample_rate: int
    channels: int
    byte_rate: int
    data_start: int
    data_size: int | None

    def duration(self, file_size: int | None) -> float | None:
        """Seconds of sound within `file_size` bytes, or None where neither that nor the header says."""
        inside = None if file_size is None else max(0, file_size - self.data_start)
        sizes = [size for size in (self.data_size, inside) if size is not None]
        return min(sizes) / self.byte_rate if sizes and self.byte_rate else None


class Beginning:
    """The first bytes of a response, each of which is read once, until they say what it is.

    Attributes:
        data: the bytes so far.
        header: the header of the WAV file, once it is complete.
        problem: why it is no WAV file, once that is known.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.header: WavHeader | None = None
        self.problem = ""
        self._position = 12
        self._form: tuple[int, ...] = ()
        self._data_size = 0

    def add(self, piece: bytes) -> bool:
        """Take the next bytes; whether there are enough now."""
        self.data += piece
        if not self.problem and self.header is None:
            try:
                self._read()
            except ValueError as error:
                self.problem = str(error)
        # Where it is no WAV file, its first characters say whether it is text, or how its name should end.
        enough = len(self.data) >= _MOST_BLANK or len(self.data.lstrip()) >= 4
        return self.header is not None or (self.problem != "" and enough)

    def _read(self) -> None:
        data = self.data
        if not any(form.startswith(data[:4]) for form in _FORMS) or not b"WAVE".startswith(data[8:12]):
            raise ValueError("no RIFF header")
        while self._position + 8 <= len(data):
            name, length = struct.unpack_from("<4sI", data, self._position)
            inside = self._position + 8
            if name in {b"fmt ", b"ds64"}:
                if length < 16:
                    raise ValueError("a format chunk that is too short")
                if inside + 16 > len(data):
                    return
                if name == b"fmt ":
                    self._form = struct.unpack_from("<HHIIHH", data, inside)
                else:
                    self._data_size = struct.unpack_from("<QQ", data, inside)[1]
            if name == b"data":
                self.header = self._complete(inside, length)
                return
            self._position = inside + length + length % 2
        if self._position > LONGEST_HEADER or len(data) >= LONGEST_HEADER:
            raise ValueError(f"no sound in its first {LONGEST_HEADER} bytes")

    def _complete(self, start: int, length: int) -> WavHeader:
        if not self._form:
            raise ValueError("sound before its format")
        _, channels, rate, byte_rate, _, _ = self._form
        size, least = (self._data_size, _LEAST_LONG_PLACEHOLDER) if self._data_size else (length, _LEAST_PLACEHOLDER)
        return WavHeader(rate, channels, byte_rate, start, size if 0 < size < least else None)

    def check(self, what: str, *, must_be_wav: bool) -> None:
        """Check that a response that begins so is a recording, when there are enough bytes or no more.

        Raises:
            DownloadError: it is empty, text, or where it must be one, no WAV file.
        """
        end = "" if self.header else "it ends in its header"
        text = looks_like_text(bytes(self.data[:_MOST_BLANK]))
        problem = "it is text" if text else (self.problem or end) if self.data else "it is empty"
        if problem and (must_be_wav or text or not self.data):
            # What it says can be personal, or a page that repeats the request: it is not quoted.
            raise DownloadError(
                f"{what}: the response is not a WAV file ({problem}); nothing was written"
                + ("" if text or not self.data else "; must_be_wav=False takes any audio")
            )


def check_content_type(content_type: str, what: str) -> None:
    """Check that a response with the header `content_type` can be audio. None at all, or any binary type, can.

    Raises:
        DownloadError: it is text, such as a gateway's page.
    """
    is_text = _is_text(content_type)
    del content_type  # tracebacks show variables, and a server can echo a key
    if is_text:
        raise DownloadError(f"{what}: the response is text, not a recording; nothing was written")


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(("text/", "application/json", "application/xml")) or kind.endswith(("+json", "+xml"))


def content_length(headers: Mapping[str, str]) -> int | None:
    """Bytes of the body that a response with those `headers` has, or None where they do not say."""
    length = headers.get("Content-Length", "")
    return int(length) if re.fullmatch("[0-9]{1,18}", length) and not headers.get("Content-Encoding") else None


def least_size(headers: Mapping[str, str], header: WavHeader | None) -> int:
    """Bytes that a recording has at least, by its WAV header; 0 where HTTP says where it ends, or the header nothing.

    A body without length and chunks ends where its connection ends, so that nothing else shows a break.
    """
    framed = "Content-Length" in headers or "Transfer-Encoding" in headers
    return 0 if framed or header is None or header.data_size is None else header.data_start + header.data_size


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


def resumed_size(
    status: int, headers: Mapping[str, str], position: int, asked: Mapping[str, str], size: int | None
) -> int | None:
    """Bytes of the recording, if a response continues it at `position` up to its end; else None.

    Args:
        status: the response's.
        headers: the response's.
        position: how many bytes arrived before.
        asked: the headers of the request.
        size: bytes of the recording, or None where that is unknown.
    """
    validator = asked.get("If-Range")
    same = validator in {headers.get("ETag") or validator, headers.get("Last-Modified")}
    part = _RANGE.fullmatch(headers.get("Content-Range", ""))
    if status != 206 or validator is None or not same or part is None:
        return None
    if headers.get("Content-Encoding") or _is_text(headers.get("Content-Type", "")):
        return None
    total = size if part[3] == "*" else int(part[3])
    rest = int(part[1]) == position and int(part[2]) + 1 == total
    return total if rest and size in {None, total} else None


def looks_like_text(start: bytes) -> bool:
    """Whether a body that begins with `start` is JSON, XML or HTML, whatever its content type says."""
    return start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"{", b"[", b"<"}


def ending(start: bytes) -> str:
    """How the name of a file that begins with `start` should end; `.wav` or `.mp3`, or nothing for any other."""
    if start.startswith(_FORMS):
        return ".wav"
    # Without a tag, an MP3 file begins with a frame: eleven bits are set, and two say that it is of layer III.
    frame = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2
    return ".mp3" if frame or start.startswith(b"ID3") else ""


def file_name(identifier: str, ending: str = ".wav") -> str:
    """A file name made from `identifier` that is valid on every system and stays in its folder.

    Characters that are invalid or display as others (dots, separators, control characters, direction marks) become
    `_`; reserved, long and empty names are changed to valid ones. A name that is changed gets a hash of the
    identifier, and so does one in other capitals than ids are written in: some file systems ignore case.
    """
    name = "".join(character if _is_plain(character) else "_" for character in identifier)
    name = name[: LONGEST_FILE_NAME - len(ending)].strip()
    usual = _CAPITALS.sub(lambda match: match[0].upper(), identifier.lower())
    if not name or name != identifier or name != usual or _RESERVED.match(name):
        ending = f"~{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH]}{ending}"
        name = name[: LONGEST_FILE_NAME - len(ending)]
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    return name + ending


def _is_plain(character: str) -> bool:
    # A dot and a `~` set apart what is added to a name.
    return character.isascii() and (character.isalnum() or character in "-_@+=, ()")
