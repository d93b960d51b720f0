"""Recordings as they arrive: kept for a while in private files, so that a browser can seek in them."""

from __future__ import annotations

import asyncio
import mmap
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from polyai_data.errors import DownloadError, PolyAIError
from polyai_data.review.waveform import Waveform

if TYPE_CHECKING:
    from polyai_data import AsyncPolyAI

MOST = 512 * 2**20
"""Bytes of recordings that are kept; the latest may be larger."""
FILES = 32
"""Recordings that are kept, but for those in use."""
_PIECE = 256 * 1024
_LEFT = 5
"""Seconds after which a recording that is not in use any more stops to arrive: a browser asks in ranges."""
RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


class Sound:
    """A recording that arrives, in a file without a name, which is gone when the process ends, however it ends.

    Attributes:
        size: bytes, or None while that is not known.
        content_type: the media type.
        written: bytes that have arrived.
        error: why it did not arrive whole, or None.
        users: how many read it or wait for it.

    Raises:
        DownloadError: there can be no such file.
    """

    def __init__(self, client: AsyncPolyAI, conversation: str, *, redacted: bool) -> None:
        self.size: int | None = None
        self.content_type = "audio/wav"
        self.written = 0
        self.error: PolyAIError | None = None
        self.users = 0
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise DownloadError.unwritable(tempfile.gettempdir(), error) from None
        self._lock = threading.Lock()
        self._grown = asyncio.Condition()
        self._ended = False
        self._shape: asyncio.Task[Waveform] | None = None
        self._recording = client.conversations.recording(conversation, redacted=redacted, must_be_wav=False)
        self._task = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with self._recording as recording:
                kind = recording.content_type
                if kind.startswith("audio/"):
                    self.content_type = kind
                elif kind and not kind.endswith("octet-stream"):  # a browser would take it for what it is not
                    raise DownloadError("the response is no audio; nothing is played")
                self.size = recording.size
                async for piece in recording.iter_bytes():
                    await asyncio.to_thread(self._take, piece)
                    async with self._grown:
                        self._grown.notify_all()
            self.size = self.written
        except (PolyAIError, OSError) as error:
            self.error = DownloadError.unwritable(tempfile.gettempdir(), error)
        except asyncio.CancelledError:
            self.error = DownloadError("the recording was left before it arrived")
            raise
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

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep it for as long as the block runs."""
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1
            if not self.users and not self._ended:
                asyncio.get_running_loop().call_later(_LEFT, self._leave)

    def _leave(self) -> None:
        if not self.users:
            self._task.cancel()

    async def arrived(self, position: int | None = None) -> None:
        """Wait until the byte at a position has arrived, or for None all have.

        Raises:
            PolyAIError: it will not arrive.
        """
        async with self._grown:
            await self._grown.wait_for(lambda: self._ended or (position is not None and self.written > position))
        if self.error is not None and (position is None or self.written <= position):
            raise self.error.with_traceback(None)

    async def range(self, asked: re.Match[str] | None) -> tuple[int, int] | None:
        """The first byte that a match of `RANGE` asks for, once it is here, and the one after the last.

        Without a match, all; None where there are no such bytes.
        """
        if self.size is None:
            await self.arrived(0)
        if self.size is None:
            await self.arrived()
        begin, end = 0, self.size or 0
        if asked is not None:
            first, last, suffix = asked.groups()
            begin = max(0, end - int(suffix)) if suffix else int(first)
            end = min(end, int(last) + 1) if last else end
            if begin >= end:
                return None
        await self.arrived(begin)
        return begin, end

    async def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `begin` up to `end`, as they arrive."""
        with self.used():
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
        if not self.written:
            return Waveform(b"")
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return Waveform(data)

    def close(self) -> None:
        """Stop, and drop the bytes."""
        self._task.cancel()
        with self._lock:  # a thread may be writing still, and the number of a closed file is soon another's
            self._file.close()


class Sounds:
    """The recordings that were asked for last."""

    def __init__(self, client: AsyncPolyAI) -> None:
        self._client = client
        self._kept: OrderedDict[tuple[str, bool], Sound] = OrderedDict()

    def get(self, conversation: str, *, redacted: bool) -> Sound:
        """The recording of a conversation, which begins to arrive; one that failed is asked for again."""
        key = (conversation, redacted)
        if key not in self._kept or self._kept[key].error is not None:
            self._drop(key)
            self._make_room()
            self._kept[key] = Sound(self._client, conversation, redacted=redacted)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _make_room(self) -> None:
        for key, sound in list(self._kept.items()):
            size = sum(each.size or each.written for each in self._kept.values())
            if len(self._kept) < FILES and size <= MOST:
                return
            if not sound.users:
                self._drop(key)

    def _drop(self, key: tuple[str, bool]) -> None:
        if key in self._kept:
            self._kept.pop(key).close()

    def close(self) -> None:
        """Drop all."""
        for key in list(self._kept):
            self._drop(key)
