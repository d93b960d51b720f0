"""The shape of a recording: its peaks, its silences, and a path that draws it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from mmap import mmap

from polyai_data.recording import LONGEST_HEADER, Beginning

BLOCK = 0.02
"""Seconds of sound that one level stands for."""
QUIET = 3
"""The level, of 127, up to which telephone sound is silence."""
PAUSE = 1.0
"""Seconds of silence that are worth skipping."""
MUTED = 0.25
"""Seconds without any sound that can be a muted word."""
Span = tuple[float, float]
"""Seconds: where something begins and ends."""

_PCM = (1, 0xFFFE)
_SIGNED = bytes(min(127, value if value < 128 else 256 - value) for value in range(256))
_UNSIGNED = bytes(min(127, abs(value - 128)) for value in range(256))


class Waveform:
    """What a recording looks like.

    Args:
        data: the bytes of its file.

    Attributes:
        levels: the loudest sample of each block of 20 ms, from 1 to 127; 0 where all samples are exactly zero. It has
            none of other audio than a WAV file of PCM samples.
    """

    def __init__(self, data: bytes | mmap) -> None:
        self.levels = b""
        beginning = Beginning()
        beginning.add(data[:LONGEST_HEADER])
        if (header := beginning.header) is None:
            return
        form = beginning.data.find(b"fmt ", 12) + 8
        frame = header.byte_rate // max(1, header.sample_rate)
        width = frame // max(1, header.channels)
        block = round(header.sample_rate * BLOCK) * frame
        if int.from_bytes(data[form : form + 2], "little") not in _PCM or not width or not block:
            return
        begin = header.data_start
        end = len(data) if header.data_size is None else min(len(data), begin + header.data_size)
        self.levels = bytes(_level(data[at : at + block], width) for at in range(begin, end - block + 1, block))

    @property
    def seconds(self) -> float:
        """How much sound there is, to 20 ms."""
        return len(self.levels) * BLOCK

    def peaks(self, columns: int) -> list[int]:
        """The loudest level of each of so many equal parts; fewer where the recording has fewer blocks."""
        count = len(self.levels)
        columns = min(columns, count)
        return [max(self.levels[count * at // columns : count * (at + 1) // columns]) for at in range(columns)]

    def silences(self) -> list[Span]:
        """Where nothing is heard for a second or longer."""
        return _runs(self.levels, lambda level: level <= QUIET, PAUSE)

    def muted(self, waits: Iterable[Span] = ()) -> list[Span]:
        """Where a redacted recording has no sound at all, but for `waits`: when the agent was about to respond.

        A muted word looks like this. So does a pause on a line without noise: it is a sign, and no proof.
        """
        levels = bytearray(self.levels)
        for span in waits:
            begin, end = (min(len(levels), max(0, round(second / BLOCK))) for second in span)
            levels[begin:end] = b"\1" * (end - begin)
        return _runs(levels, lambda level: level == 0, MUTED)


def _level(block: bytes, width: int) -> int:
    # The highest byte of a sample says how loud it is. An hour has 30 million: this is where the time goes.
    level = max(block[width - 1 :: width].translate(_UNSIGNED if width == 1 else _SIGNED))
    return level or int(width > 1 and any(block))


def _runs(levels: bytes | bytearray, silent: Callable[[int], bool], shortest: float) -> list[Span]:
    spans, at = list[Span](), 0
    for is_silent, group in groupby(levels, key=silent):
        begin, at = at, at + sum(1 for _ in group)
        if is_silent and (at - begin) * BLOCK >= shortest:
            spans.append((round(begin * BLOCK, 2), round(at * BLOCK, 2)))
    return spans


def path(peaks: Sequence[int]) -> str:
    """The path of an SVG image that draws peaks as bars, in a box as wide as there are peaks, and 100 high."""
    top = max(peaks, default=1) or 1
    heights = (max(1, round(48 * peak / top)) for peak in peaks)
    return "".join(f"M{at}.5 {50 - height}v{2 * height}" for at, height in enumerate(heights))
