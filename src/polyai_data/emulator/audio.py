"""Recordings: WAV files made of tones, worked out from a plan whenever they are asked for."""

from __future__ import annotations

import functools
import math
import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

RATE = 8000
"""Samples in a second; each sample has 16 bits, on one channel."""
USER, AGENT, COMBINED = "user", "agent", "combined"
_BYTES = 2
_AMPLITUDE = {USER: 9000, AGENT: 6500}
# Periods in samples: the caller speaks at 200 to 260 Hz, the agent at 105 to 135 Hz, so that ears can tell them apart.
_PERIODS = {USER: range(31, 41), AGENT: range(59, 77)}


@dataclass(frozen=True, slots=True)
class Word:
    """A burst of sound: a word that one side says."""

    speaker: str
    start: int
    """First sample."""
    end: int
    """The sample after the last one."""
    pitch: int
    """Any number; equal numbers sound alike."""
    pii: bool
    """Whether the redacted recording mutes it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is said in a call and when."""

    words: tuple[Word, ...]
    samples: int
    """Length of the recording in samples."""

    @property
    def seconds(self) -> float:
        """Length of the recording in seconds."""
        return self.samples / RATE

    def pii_spans(self, direction: str = COMBINED) -> list[tuple[int, int]]:
        """The ranges of samples, first and one after the last, in which `direction` has personal data."""
        spans: list[tuple[int, int]] = []
        for word in _audible(self.words, direction):
            if not word.pii:
                continue
            if spans and spans[-1][1] == word.start:
                spans[-1] = (spans[-1][0], word.end)
            else:
                spans.append((word.start, word.end))
        return spans


@functools.lru_cache(maxsize=64)
def render(plan: Plan, direction: str, *, redacted: bool) -> bytes:
    """The recording as a WAV file: one side alone (`user`, `agent`) or the mix of both (`combined`)."""
    frames = bytearray(plan.samples * _BYTES)
    for word in _audible(plan.words, direction):
        if not (redacted and word.pii):
            frames[word.start * _BYTES : word.end * _BYTES] = _burst(word)
    return _wav(bytes(frames))


def _audible(words: Iterable[Word], direction: str) -> Iterable[Word]:
    # Nobody speaks while the other one does, so the mix is one side laid into the silence of the other.
    return (word for word in words if direction in {COMBINED, word.speaker})


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


def _wav(frames: bytes) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * _BYTES, _BYTES, 8 * _BYTES)
    return b"".join((
        b"RIFF", struct.pack("<I", 36 + len(frames)), b"WAVE",
        b"fmt ", struct.pack("<I", len(form)), form,
        b"data", struct.pack("<I", len(frames)), frames,
    ))  # fmt: skip
