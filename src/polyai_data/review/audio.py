"""Recordings as they arrive: kept for a while in private files, so that a browser can seek in them."""

from __future__ import annotations

import asyncio
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from polyai_data.errors import DownloadError, PolyAIError
from polyai_data.review.waveform import Waveform

if TYPE_CHECKING:
    from polyai_data import AsyncPolyAI

MOST = 512 * 2**20
"""Bytes of recordings that are kept; the latest may be larger."""
_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


class Sound:
    """A recording that arrives, in a file without a name, which is gone when the process ends, however it ends.

    Attributes:
        size: bytes, or None while that is not known.
        content_type: the media type.
        written: bytes that have arrived.
        error: why it did not arrive whole, or None.
    """

    def __init__(self, client: AsyncPolyAI, conversation: str, *, redacted: bool) -> None:
        self.size: int | None = None
        self.content_type = "audio/wav"
        self.written = 0
        self.error: PolyAIError | None = None
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        self._lock = threading.Lock()
        self._grown = asyncio.Condition()
        self._ended = False
        self._shape: asyncio.Task[Waveform] | None = None
        self._recording = client.conversations.recording(conversation, redacted=redacted, must_be_wav=False)
        self._task = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with self._recording as recording:
                self.size, self.content_type = recording.size, recording.content_type or self.content_type
                async for piece in recording.iter_bytes():
                    await asyncio.to_thread(self._take, piece)
                    async with self._grown:
                        self._grown.notify_all()
            self.size = self.written
        except PolyAIError as error:
            self.error = error
        except OSError as error:
            self.error = DownloadError.unwritable(tempfile.gettempdir(), error)
        finally:
            self._ended = True
            async with self._grown:
                self._grown.notify_all()

    def _take(self, piece: bytes) -> None:
        view = memoryview(piece)
        with self._lock:
            self._file.seek(self.written)
            while view:
                view = view[self._file.write(view) :]
        self.written += len(piece)

    def _read(self, begin: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(begin)
            return self._file.read(length)

    async def arrived(self, position: int | None = None) -> None:
        """Wait until the byte at a position has arrived, or for None all have.

        Raises:
            PolyAIError: it will not arrive.
        """
        async with self._grown:
            await self._grown.wait_for(lambda: self._ended or (position is not None and self.written > position))
        if self.error is not None and (position is None or self.written <= position):
            raise self.error.with_traceback(None)

    async def range(self, header: str) -> tuple[int, int] | None:
        """The first byte that a Range header asks for, and the one after the last; None: there are no such bytes.

        What is no range of bytes asks for all.
        """
        if self.size is None:
            await self.arrived(0)
        if self.size is None:
            await self.arrived()
        size = self.size or 0
        asked = _RANGE.fullmatch(header.strip())
        if asked is None:
            return 0, size
        first, last, suffix = asked.groups()
        begin = max(0, size - int(suffix)) if suffix else int(first)
        end = min(size, int(last) + 1) if last else size
        return (begin, end) if begin < end else None

    async def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `begin` up to `end`, as they arrive."""
        while begin < end:
            await self.arrived(begin)
            piece = await asyncio.to_thread(self._read, begin, min(_PIECE, end - begin, self.written - begin))
            if not piece:
                return
            begin += len(piece)
            yield piece

    async def waveform(self) -> Waveform:
        """What it looks like, once it has arrived.

        Raises:
            PolyAIError: it will not arrive.
        """
        await self.arrived()
        # Once, and not while it arrives: that it can be heard comes first.
        self._shape = self._shape or asyncio.create_task(asyncio.to_thread(self._analysed))
        return await asyncio.shield(self._shape)

    def _analysed(self) -> Waveform:
        waveform = Waveform()
        for begin in range(0, self.written, _PIECE):
            waveform.add(self._read(begin, _PIECE))
        return waveform

    def close(self) -> None:
        """Stop, and drop the bytes."""
        self._task.cancel()
        self._file.close()


class Sounds:
    """The recordings that were asked for last."""

    def __init__(self, client: AsyncPolyAI, *, most: int = MOST) -> None:
        self._client, self._most = client, most
        self._kept: OrderedDict[tuple[str, bool], Sound] = OrderedDict()

    def get(self, conversation: str, *, redacted: bool) -> Sound:
        """The recording of a conversation, which begins to arrive; one that failed is asked for again."""
        key = (conversation, redacted)
        if key in self._kept and self._kept[key].error is not None:
            self._kept.pop(key).close()
        if key not in self._kept:
            self._kept[key] = Sound(self._client, conversation, redacted=redacted)
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(sound.size or sound.written for sound in self._kept.values()) > self._most:
            self._kept.popitem(last=False)[1].close()
        return self._kept[key]

    def close(self) -> None:
        """Drop all."""
        while self._kept:
            self._kept.popitem()[1].close()
