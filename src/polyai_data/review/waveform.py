"""The shape of a recording: its peaks, its silences, and a path that draws it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from polyai_data.recording import Beginning

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
    """What a recording looks like; its bytes are added as they arrive.

    Attributes:
        levels: the loudest sample of each block of 20 ms, from 1 to 127; 0 where all samples are exactly zero. It has
            none of other audio than a WAV file of PCM samples.
    """

    def __init__(self) -> None:
        self.levels = bytearray()
        self._beginning: Beginning | None = Beginning()
        self._rest = b""
        self._block = self._width = 0
        self._left: float = 0

    @property
    def seconds(self) -> float:
        """How much sound there is, to 20 ms."""
        return len(self.levels) * BLOCK

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the file."""
        if self._beginning is not None:
            if not self._beginning.add(piece):
                return
            piece = self._begin(self._beginning)
            self._beginning = None
        if not self._block:
            return
        piece = piece[: int(min(self._left, len(piece)))]
        self._left -= len(piece)
        data = self._rest + piece
        whole = len(data) // self._block * self._block
        self.levels += bytes(self._level(data[at : at + self._block]) for at in range(0, whole, self._block))
        self._rest = data[whole:]

    def _begin(self, beginning: Beginning) -> bytes:
        header, data = beginning.header, bytes(beginning.data)
        form = data.find(b"fmt ", 12) + 8
        if header is None or int.from_bytes(data[form : form + 2], "little") not in _PCM:
            return b""
        frame = header.byte_rate // max(1, header.sample_rate)
        self._width = frame // max(1, header.channels)
        self._block = round(header.sample_rate * BLOCK) * frame if self._width else 0
        self._left = float("inf") if header.data_size is None else header.data_size
        return data[header.data_start :]

    def _level(self, block: bytes) -> int:
        # The highest byte of a sample says how loud it is. An hour has 30 million: this is where the time goes.
        level = max(block[self._width - 1 :: self._width].translate(_UNSIGNED if self._width == 1 else _SIGNED))
        return level or int(self._width > 1 and any(block))

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
