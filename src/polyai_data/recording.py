"""Recordings: whether what arrives is one, what its header says, and what to call its file. No I/O."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from polyai_data.errors import DownloadError

LONGEST_HEADER = 65_536
"""Bytes in which a WAV file says what it is; some keep other chunks before their sound."""
LONGEST_FILE_NAME = 150
"""Characters of a file name made from an id, which every file system takes, with what a download adds to it."""
_UNKNOWN = frozenset({0, 0xFFFFFFFF})
_TEXT_TYPES = ("application/json", "application/problem+json", "application/xml", "text/")
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)")


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What the header of a WAV file says.

    Attributes:
        sample_rate: samples of one channel in a second.
        channels: how many there are.
        sample_width: bytes of one sample.
        byte_rate: bytes of sound in a second.
        size: bytes of the whole file, or None where the writer did not know.
        data_start: where the sound begins.
        data_size: bytes of sound, or None where the writer did not know.
    """

    sample_rate: int
    channels: int
    sample_width: int
    byte_rate: int
    size: int | None
    data_start: int
    data_size: int | None

    def duration(self, file_size: int | None) -> float | None:
        """Seconds of sound, or None where neither the header nor `file_size` tells."""
        size = self.data_size
        if size is None and file_size is not None:
            size = max(0, file_size - self.data_start)
        return None if size is None or not self.byte_rate else size / self.byte_rate


def parse_wav(start: bytes) -> WavHeader | None:
    """The header of the WAV file that begins with `start`, or None when that is too little to tell.

    Raises:
        ValueError: it is no WAV file.
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
            _, channels, rate, byte_rate, _, bits = form
            return WavHeader(
                rate,
                channels,
                (bits + 7) // 8,
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
    """Check that an answer with the header `content_type` can be audio. A host that names none, or bytes, is believed.

    Raises:
        DownloadError: it is text, such as a gateway's page.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_TEXT_TYPES):
        raise DownloadError(f"{what}: {kind} came where a recording was due; nothing was written")


def looks_like_text(start: bytes) -> bool:
    """Whether an answer that begins with `start` is JSON, XML or HTML, whatever its content type says."""
    return start.lstrip()[:1] in {b"{", b"[", b"<"}


def file_name(identifier: str, ending: str = ".wav") -> str:
    """A file name made from `identifier` that is one on every system, and that stays in its folder.

    What no file name may hold, or what shows as something else (separators, control characters, marks of the writing
    direction), becomes `_`; names that are reserved, hidden, too long or nothing at all are mended.
    """
    name = "".join(character if _is_plain(character) else "_" for character in identifier)
    name = name[: LONGEST_FILE_NAME - len(ending)].strip(" .")
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    return name + ending


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "-_.@+=, ()~")
