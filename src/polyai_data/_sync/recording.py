# Written by `make generate` from _async/recording.py. Do not edit it: change that and run it again.
"""A recording, as it arrives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from polyai_data._files import Target
from polyai_data._sync._http import Answer
from polyai_data.errors import DownloadError
from polyai_data.recording import check_content_type


class Recording:
    """A recording whose bytes have not arrived yet. They come once: save, read or iterate.

    Attributes:
        content_type: as the server names it.
        size: bytes, or None where the server does not tell.
    """

    def __init__(self, answer: Answer, what: str) -> None:
        self._answer = answer
        self._what = what
        self.content_type = answer.headers.get("Content-Type", "")
        check_content_type(self.content_type, what)
        length = answer.headers.get("Content-Length", "")
        self.size = int(length) if length.isdecimal() and "Content-Encoding" not in answer.headers else None

    def iter_bytes(self) -> Iterator[bytes]:
        """The recording in pieces, as they arrive, in constant memory.

        Raises:
            TransportError: the connection broke, or the server took too long.
        """
        for piece in self._answer.iter_bytes():
            yield piece

    def read(self) -> bytes:
        """The whole recording in memory; `save` does without.

        Raises:
            TransportError: the connection broke, or the server took too long.
        """
        return self._answer.read()

    def save(self, path: str | os.PathLike[str]) -> Path:
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
            for piece in self._answer.iter_bytes():
                target.write(piece)
            if target.written == 0:
                raise DownloadError(f"{self._what}: the recording is empty; nothing was written")
            target.keep()
        return target.path
