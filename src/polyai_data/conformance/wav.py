"""WAV files: their headers, and where two recordings differ."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PCM, _EXTENSIBLE = 1, 0xFFFE
_BLOCK = 512
Span = tuple[int, int]
"""A range of samples: the first, and the one after the last."""


class WavError(ValueError):
    """The bytes are not a WAV file of PCM samples. The message says why."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A recording.

    Attributes:
        channels, rate, bits: as in the header; the rate in frames a second.
        data: the samples as they are in the file.
    """

    channels: int
    rate: int
    bits: int
    data: bytes

    @property
    def frames(self) -> int:
        return len(self.data) // (self.channels * self.bits // 8)

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    def samples(self) -> array[int]:
        """The samples of 16 bits, one channel after the other; `WavError` when they have another size."""
        if self.bits != 16:
            raise WavError(f"the samples have {self.bits} bits, and only 16 can be compared")
        samples = array("h")
        samples.frombytes(self.data[: len(self.data) // 2 * 2])
        return samples


def parse(content: bytes) -> Wav:
    """Read a whole file; `WavError` when it is not a WAV file, or its header contradicts itself or the length."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError(f"{len(content)} bytes without a RIFF header of type WAVE")
    length = struct.unpack_from("<I", content, 4)[0] + 8
    if length not in {len(content), len(content) - 1}:
        raise WavError(f"the header states a length of {length} bytes, and the file has {len(content)}")
    form = b""
    for name, size, chunk in _chunks(content):
        if name == b"fmt ":
            form = chunk
        elif name == b"data":
            if len(form) < 16:
                raise WavError(f"the samples come after a format of {len(form)} bytes")
            if len(chunk) < size:
                raise WavError(f"the header states {size} bytes of samples, and the file has {len(chunk)}")
            return _wav(form, chunk)
    raise WavError("the file has no samples")


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """The name of each chunk, the size that it states, and its content."""
    begin = 12
    while begin + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, begin)
        yield name, size, content[begin + 8 : begin + 8 + size]
        begin += 8 + size + size % 2


def _wav(form: bytes, data: bytes) -> Wav:
    kind, channels, rate, byte_rate, block, bits = struct.unpack_from("<HHIIHH", form)
    if kind not in {_PCM, _EXTENSIBLE}:
        raise WavError(f"the samples have the format {kind}, which is not PCM")
    if not channels or not rate or bits not in {8, 16, 24, 32}:
        raise WavError(f"the header states {channels} channels, {rate} frames a second, samples of {bits} bits")
    if block != channels * bits // 8 or byte_rate != rate * block:
        raise WavError(f"{byte_rate} bytes a second and {block} a frame do not match {rate} frames a second")
    if len(data) % block:
        raise WavError(f"{len(data)} bytes of samples are not a whole number of frames of {block} bytes")
    return Wav(channels, rate, bits, data)


def changed_spans(raw: Wav, other: Wav) -> list[Span]:
    one, two = raw.samples(), other.samples()
    both = min(len(one), len(two))
    spans: list[Span] = []
    for begin in range(0, both, _BLOCK):
        end = min(begin + _BLOCK, both)
        # Most blocks are equal, and are compared at once.
        for index in range(begin, end) if one[begin:end] != two[begin:end] else ():
            if one[index] != two[index]:
                if spans and spans[-1][1] == index:
                    spans[-1] = (spans[-1][0], index + 1)
                else:
                    spans.append((index, index + 1))
    if len(one) != len(two):
        spans.append((both, max(len(one), len(two))))
    return spans


def silent(recording: Wav, spans: Sequence[Span]) -> bool:
    samples = recording.samples()
    return all(not any(samples[begin:end]) for begin, end in spans)
