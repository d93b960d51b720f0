"""Recordings: WAV files made of tones, rendered from a plan on demand; MP3 files of silence."""

from __future__ import annotations

import functools
import hashlib
import math
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from polyai_data.emulator.data.speech import AGENT, RATE, USER, Plan, Word

_BYTES = 2
# Each sample has 16 bits, on one channel.
_HEADER = 44
# An MP3 file begins with a tag (ID3v2.3, the name of the encoder) of the same length. Its frames (MPEG-2, layer III, 8
# kbit/s, 16 kHz, one channel, 36 ms) have no sound in them: side information and data are zero.
_TAG = b"ID3\3\0\0" + bytes((0, 0, 0, 34)) + b"TSSE" + bytes((0, 0, 0, 24)) + b"\0\0\0made up by the emulator"
_FRAME = b"\xff\xf3\x18\xc0" + bytes(32)
_FRAMES_A_SECOND = 1000 / 36
LARGEST = 0xFFFFFFFE + 8
"""Bytes of the largest recording: a WAV file stores its length in 32 bits, and has whole samples."""
_BLOCK = 1 << 17
# The least bytes that a recording of a given size repeats: many small pieces would cost more than the bytes in them.
_AMPLITUDE = {USER: 9000, AGENT: 6500}
# Periods in samples: the caller speaks at 200 to 260 Hz, the agent at 105 to 135 Hz, so that ears can tell them apart.
_PERIODS = {USER: range(31, 41), AGENT: range(59, 77)}


@dataclass(frozen=True)
class Recording:
    """A WAV file, or a part of it: a header, and frames that are played over and over until the file has its size.

    That way a recording of gigabytes takes no more memory than one of seconds.
    """

    size: int
    """Bytes of the whole file."""
    frames: bytes
    """The sound that is repeated; without another size, it fills the file once."""
    begin: int = 0
    end: int | None = None
    """Where a part of the file begins and ends; None: at its end."""
    content_type: ClassVar[str] = "audio/wav"

    def __len__(self) -> int:
        return (self.size if self.end is None else self.end) - self.begin

    @functools.cached_property
    def header(self) -> bytes:
        form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * _BYTES, _BYTES, 8 * _BYTES)
        return b"".join((
            b"RIFF", struct.pack("<I", self.size - 8), b"WAVE",
            b"fmt ", struct.pack("<I", len(form)), form,
            b"data", struct.pack("<I", self.size - _HEADER),
        ))  # fmt: skip

    @functools.cached_property
    def etag(self) -> str:
        """A strong validator: equal for equal bytes only."""
        return f'"{hashlib.sha256(self.header + self.frames).hexdigest()[:32]}"'

    @functools.cached_property
    def content(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `begin` up to `end` (default: all) one after the other, in pieces; a part counts its own."""
        end = self.begin + (len(self) if end is None else min(end, len(self)))
        begin += self.begin
        if begin < min(_HEADER, end):
            yield self.header[begin:end]
            begin = _HEADER
        while begin < end:
            offset = (begin - _HEADER) % len(self.frames)
            piece = self.frames[offset : offset + end - begin]
            yield piece
            begin += len(piece)


class MP3(Recording):
    content_type = "binary/octet-stream"
    """As object stores serve what was put there without a type."""

    @functools.cached_property
    def header(self) -> bytes:
        return _TAG


def check_size(size: int) -> int:
    """`size` when a recording can have that many bytes; ValueError when it cannot."""
    if not _HEADER <= size <= LARGEST or size % _BYTES:
        raise ValueError(f"a recording has an even number of bytes from {_HEADER} to {LARGEST}, not {size}")
    return size


# Few are cached, so that reading many recordings does not look like a memory leak.
@functools.lru_cache(maxsize=16)
def render(plan: Plan, direction: str, *, redacted: bool, size: int | None = None) -> Recording:
    """The recording as a WAV file: one side alone (`user`, `agent`) or the mix of both (`combined`).

    `redacted` mutes personal data; the call is repeated or cut to fill `size` bytes, and by default played once.
    """
    frames = bytearray(plan.samples * _BYTES)
    for word in plan.words(direction):
        if not (redacted and word.pii):
            frames[word.start * _BYTES : word.end * _BYTES] = _burst(word)
    once = _HEADER + len(frames)
    if size is None:
        return Recording(once, bytes(frames))
    return Recording(check_size(size), bytes(frames) * math.ceil(_BLOCK / len(frames)))


def silent_mp3(plan: Plan, *, size: int | None = None) -> MP3:
    """An MP3 file as long as the call, or of `size` bytes, in which everything is muted."""
    frames = _FRAME * math.ceil(plan.seconds * _FRAMES_A_SECOND)
    if size is None:
        return MP3(_HEADER + len(frames), frames)
    return MP3(check_size(size), _FRAME * (_BLOCK // len(_FRAME)))


def _burst(word: Word) -> bytes:
    periods = _PERIODS[word.speaker]
    wave = _period(periods[word.pitch % len(periods)], _AMPLITUDE[word.speaker])
    size = (word.end - word.start) * _BYTES
    return (wave * (size // len(wave) + 1))[:size]


@functools.cache
def _period(length: int, amplitude: int) -> bytes:
    # A tone with an overtone. No sample is zero, so that within a word silence can only come from muting.
    samples = array("h")
    for index in range(length):
        angle = 2 * math.pi * (index + 0.25) / length
        samples.append(round(amplitude * (math.sin(angle) + 0.4 * math.sin(2 * angle)) / 1.4) or 1)
    return struct.pack(f"<{length}h", *samples)
