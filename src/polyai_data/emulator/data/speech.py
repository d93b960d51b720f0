"""What is said in a call and when; recordings and their muted spans are computed from it on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RATE = 8000
"""Samples in a second."""
USER, AGENT, COMBINED = "user", "agent", "combined"
_PRIVATE = frozenset({"name", "phone", "email", "card"})
# The gaps of scripts whose fillings are personal data, which redacted recordings mute.
_LONGEST = 12
# Samples that a word takes, by its number of letters.
_SAMPLES = [int(RATE * (0.07 + 0.03 * letters)) for letters in range(_LONGEST + 1)]


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
class Line:
    """What one side says without a pause.

    Its words are computed on demand: ten thousand conversations have almost a million of them, and few are listened to.
    """

    speaker: str
    start: int
    """First sample."""
    template: str
    """The line of the script, with gaps in braces."""
    gaps: tuple[tuple[str, str], ...]
    """Name and filling of each gap; more than the line has are allowed."""

    @property
    def samples(self) -> int:
        text = self.template.format_map(dict(self.gaps))
        return sum(_SAMPLES[min(len(word), _LONGEST)] for word in text.split())

    def words(self) -> Iterator[Word]:
        fillings = dict(self.gaps)
        start = self.start
        for part in self.template.split():
            private = any(f"{{{name}}}" in part for name in _PRIVATE)
            for word in part.format_map(fillings).split():
                end = start + _SAMPLES[min(len(word), _LONGEST)]
                yield Word(self.speaker, start, end, sum(word.encode()), private)
                start = end


@dataclass(frozen=True, slots=True)
class Plan:
    """What is said in a call and when."""

    lines: tuple[Line, ...]
    samples: int
    """Length of the recording in samples."""

    @property
    def seconds(self) -> float:
        return self.samples / RATE

    def words(self, direction: str = COMBINED) -> Iterator[Word]:
        # Only one side speaks at a time, so the mix is one side laid into the silence of the other.
        return (word for line in self.lines if direction in {COMBINED, line.speaker} for word in line.words())

    def pii_spans(self, direction: str = COMBINED) -> list[tuple[int, int]]:
        """The ranges of samples, first and one after the last, in which `direction` has personal data."""
        spans: list[tuple[int, int]] = []
        for word in self.words(direction):
            if not word.pii:
                continue
            if spans and spans[-1][1] == word.start:
                spans[-1] = (spans[-1][0], word.end)
            else:
                spans.append((word.start, word.end))
        return spans
