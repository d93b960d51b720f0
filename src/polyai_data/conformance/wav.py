"""WAV files: what their header says, and where two recordings differ."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

_PCM = 1
_EXTENSIBLE = 0xFFFE
_BLOCK = 512


class WavError(ValueError):
    """The bytes are no WAV file of PCM samples. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A recording.

    Attributes:
        channels, rate, bits: as the header tells them; the rate in frames a second.
        data: the samples as they are in the file.
    """

    channels: int
    rate: int
    bits: int
    data: bytes

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.data) // (self.channels * self.bits // 8)

    @property
    def seconds(self) -> float:
        """How long it takes to play."""
        return self.frames / self.rate

    def samples(self) -> array[int]:
        """The samples of 16 bits, one channel after the other; `WavError` when they have another size."""
        if self.bits != 16:
            raise WavError(f"the samples have {self.bits} bits, and only 16 can be compared")
        samples = array("h")
        samples.frombytes(self.data[: len(self.data) // 2 * 2])
        return samples


def parse(content: bytes) -> Wav:
    """Read a whole file; `WavError` when it is no WAV file, its header contradicts itself, or its length is another."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError(f"it has no RIFF header of type WAVE ({len(content)} bytes)")
    told = struct.unpack_from("<I", content, 4)[0] + 8
    if told not in {len(content), len(content) - 1}:
        raise WavError(f"its header tells {told} bytes, and it has {len(content)}")
    form: tuple[int, ...] | None = None
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        place += 8
        if name == b"fmt ":
            if size < 16 or place + 16 > len(content):
                raise WavError(f"its format chunk has {size} bytes")
            form = struct.unpack_from("<HHIIHH", content, place)
        elif name == b"data":
            if form is None:
                raise WavError("its samples come before their format")
            if place + size > len(content):
                raise WavError(f"it tells {size} bytes of samples, and has {len(content) - place}")
            return _wav(form, content[place : place + size])
        place += size + size % 2
    raise WavError("it has no samples")


def _wav(form: Sequence[int], data: bytes) -> Wav:
    kind, channels, rate, byte_rate, block, bits = form
    if kind not in {_PCM, _EXTENSIBLE}:
        raise WavError(f"its samples have the format {kind}, which is not PCM")
    if not channels or not rate or bits not in {8, 16, 24, 32}:
        raise WavError(f"it tells {channels} channels, {rate} frames a second, samples of {bits} bits")
    if block != channels * bits // 8 or byte_rate != rate * block:
        raise WavError(f"its {byte_rate} bytes a second and {block} a frame do not go with {rate} frames a second")
    if len(data) % block:
        raise WavError(f"its {len(data)} bytes of samples are no whole number of frames")
    return Wav(channels, rate, bits, data)


def changed_spans(raw: Wav, other: Wav) -> list[tuple[int, int]]:
    """The ranges of samples, first and one after the last, in which two recordings differ."""
    one, two = raw.samples(), other.samples()
    spans: list[tuple[int, int]] = []
    both = min(len(one), len(two))
    for begin in range(0, both, _BLOCK):
        end = min(begin + _BLOCK, both)
        # Most blocks are equal, and are compared at once.
        if one[begin:end] == two[begin:end]:
            continue
        for index in range(begin, end):
            if one[index] != two[index]:
                if spans and spans[-1][1] == index:
                    spans[-1] = (spans[-1][0], index + 1)
                else:
                    spans.append((index, index + 1))
    if len(one) != len(two):
        spans.append((both, max(len(one), len(two))))
    return spans


def silent(recording: Wav, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether all samples of these ranges are zero."""
    samples = recording.samples()
    return all(not any(samples[begin:end]) for begin, end in spans)
