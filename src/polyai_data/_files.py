"""Files that are whole or not there: written beside their target, and renamed when complete."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from polyai_data.errors import DownloadError


class Target:
    """A file that takes its name only when `keep` is called. Leaving the block without it leaves nothing behind.

    Attributes:
        path: the file's name.
        written: bytes so far.

    Raises:
        DownloadError: the target cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0

    def __enter__(self) -> Target:
        if self.path.is_dir():
            raise DownloadError(f"{self.path} is a folder; give the name of a file")
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise DownloadError(f"{self.path} cannot be written: it is read-only")
        try:
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name[:32]}.", suffix=".part")
        except (OSError, ValueError) as error:
            raise DownloadError(f"{self.path} cannot be written: {_reason(error)}") from None
        self._file = os.fdopen(handle, "wb", buffering=0)
        self._temporary = Path(name)
        return self

    def write(self, piece: bytes) -> None:
        """Write the next bytes."""
        view = memoryview(piece)
        while view:
            view = view[self._try(self._file.write, view) :]
        self.written += len(piece)

    def keep(self) -> None:
        """Give the file its name, once all of it is on the disk."""
        self._try(os.fsync, self._file.fileno())
        self._file.close()
        # mkstemp makes a file for its owner's eyes alone; a saved file has the rights that any new file has.
        mask = os.umask(0)
        os.umask(mask)
        self._try(os.chmod, self._temporary, 0o666 & ~mask)
        self._try(os.replace, self._temporary, self.path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self._temporary.unlink()

    def _try(self, act: object, *arguments: object) -> int:
        try:
            return act(*arguments)  # type: ignore[operator,no-any-return]
        except OSError as error:
            raise DownloadError(f"{self.path} cannot be written: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
