"""A recording, as it arrives."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from polyai_data._async._http import AsyncAnswer
from polyai_data._files import Target
from polyai_data.errors import DownloadError
from polyai_data.recording import check_content_type


class AsyncRecording:
    """A recording whose bytes have not arrived yet. They come once: save, read or iterate.

    Attributes:
        content_type: as the server names it.
        size: bytes, or None where the server does not tell.
    """

    def __init__(self, answer: AsyncAnswer, what: str) -> None:
        self._answer = answer
        self._what = what
        self.content_type = answer.headers.get("Content-Type", "")
        check_content_type(self.content_type, what)
        length = answer.headers.get("Content-Length", "")
        self.size = int(length) if length.isdecimal() and "Content-Encoding" not in answer.headers else None

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The recording in pieces, as they arrive, in constant memory.

        Raises:
            TransportError: the connection broke, or the server took too long.
        """
        async for piece in self._answer.iter_bytes():
            yield piece

    async def read(self) -> bytes:
        """The whole recording in memory; `save` does without.

        Raises:
            TransportError: the connection broke, or the server took too long.
        """
        return await self._answer.read()

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the recording to the file `path`, in constant memory.

        The bytes go to a temporary file beside it, which takes the target's name only when it is whole; a file that was
        there stays as it is until then.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written (found before the body is read), or the recording came empty.
            TransportError: the connection broke, or the server took too long.
        """
        with Target(Path(path)) as target:
            async for piece in self._answer.iter_bytes():
                target.write(piece)
            if target.written == 0:
                raise DownloadError(f"{self._what}: the recording is empty; nothing was written")
            target.keep()
        return target.path
