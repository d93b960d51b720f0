"""Atomic files: written under a temporary name beside their target, and renamed when complete."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType

from polyai_data.errors import DownloadError


class Target:
    """A file that gets its name when `keep` is called. Leaving the block without that deletes it.

    A symbolic link is followed: the file that it points to is replaced.

    Attributes:
        path: the file's path.
        written: bytes so far.

    Raises:
        DownloadError: the target cannot be written.
    """

    def __init__(self, path: Path, *, mode: int = 0o666) -> None:
        self.path = path
        self.written = 0
        self._mode = mode

    def __enter__(self) -> Target:
        try:
            self._final = Path(os.path.realpath(self.path))
            if self._final.is_dir():
                raise DownloadError(f"{self.path} is a folder; give the name of a file")
            if self._final.exists():
                if not self._final.is_file():
                    raise DownloadError(f"{self.path} is a device or a pipe; give the name of a file")
                if not os.access(self._final, os.W_OK):
                    raise DownloadError(f"{self.path} cannot be written: it is read-only")
            if len(os.fsencode(self._final.name)) > _LONGEST_NAME:
                raise DownloadError(f"{self.path} cannot be written: its name is too long")
            self._temporary = self._final.with_name(f".{self._final.name[:32]}.{secrets.token_hex(8)}.part")
            # With the permissions of any new file: the mode less the process's umask.
            handle = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, self._mode)
        except (OSError, ValueError) as error:
            raise DownloadError(f"{self.path} cannot be written: {_reason(error)}") from None
        self._file = os.fdopen(handle, "wb", buffering=0)
        return self

    def write(self, piece: bytes) -> None:
        """Write the next bytes."""
        view = memoryview(piece)
        while view:
            view = view[self._try(partial(self._file.write, view)) :]
        self.written += len(piece)

    def begin_again(self) -> None:
        """Discard what was written so far."""
        self._try(lambda: self._file.seek(0))
        self._try(self._file.truncate)
        self.written = 0

    def keep(self) -> None:
        """Flush the file to the disk and give it its name."""
        self._try(lambda: os.fsync(self._file.fileno()))
        self._file.close()
        self._try(lambda: os.replace(self._temporary, self._final))  # noqa: PTH105 - one call on every platform
        _sync_folder(self._final.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self._temporary.unlink()

    def _try(self, act: Callable[[], int | None]) -> int:
        try:
            return act() or 0
        except OSError as error:
            raise DownloadError(f"{self.path} cannot be written: {_reason(error)}") from None


def try_out(path: Path) -> None:
    """Check that the file `path`, or a file in the folder `path`, can be written. Nothing is left there.

    Raises:
        DownloadError: it cannot.
    """
    with Target(path / "file" if is_folder(path) else path):
        pass


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder; False where that cannot be read."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


_BINARY = getattr(os, "O_BINARY", 0)
_LONGEST_NAME = 255


def _sync_folder(folder: Path) -> None:
    # A rename is on the disk when the folder is. Where folders cannot be opened, as on Windows, nothing can be done.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
