"""Atomic files: written under a temporary name beside their target, and renamed when complete."""

from __future__ import annotations

import hashlib
import importlib
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from polyai_data.errors import DownloadError

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]


class Target:
    """A file that gets its name when `keep` is called. Leaving the block without that deletes it.

    Until then its bytes are in a hidden file beside it, its part, which only its owner can read. A part that a killed
    process left is deleted by the next `Target` of the same file. A symbolic link is followed: the file that it points
    to is replaced.

    Args:
        path: the file.
        private: whether only its owner can read it even where it replaces a file that others can read.
        version: which bytes are to come, such as an ETag. With it, the part stays, in a hidden folder, when the block
            is left early. The next `Target` of the same file goes on after it, or where the version is another deletes
            it.

    Attributes:
        path: the file's path.
        written: bytes so far; at the begin, those of a part that stayed.

    Raises:
        DownloadError: the target cannot be written.
    """

    def __init__(self, path: Path, *, private: bool = False, version: str | None = None) -> None:
        self.path = path
        self._version = version
        self.written = 0
        self._private = private
        self._kept = False

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
            handle, self._part = self._kept_part() or _new_part(self._final)
        except (OSError, ValueError) as error:
            raise DownloadError.unwritable(self.path, error) from None
        self._file = os.fdopen(handle, "wb", buffering=0)
        self.written = self._try(lambda: self._file.seek(0, os.SEEK_END))
        return self

    def _kept_part(self) -> tuple[int, Path] | None:
        """The part of the version, open and locked, and its path; None without one, or where it is written now.

        Those of other versions are deleted.
        """
        folder, name = self._final.with_name(_KEPT), _hash(self._final.name)
        part = None if self._version is None else folder / f"{name}.{_hash(self._version)}"
        with suppress(OSError):  # the folder is not there, or another `Target` ended, and left it empty
            for other in folder.iterdir():
                if other.name.startswith(name) and other != part:
                    _sweep(other)
            folder.rmdir()
        if part is None:
            return None
        handle = -1
        while handle < 0:
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            with suppress(FileNotFoundError):  # as above
                handle = os.open(part, os.O_WRONLY | os.O_CREAT | _FLAGS, 0o600)
        if _locked(handle, part, wait=False):
            return handle, part
        os.close(handle)
        self._version = None
        return None

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
        if not self._private:
            # There may be no such file, and some file systems have no modes.
            with suppress(OSError):
                self._part.chmod(self._final.stat().st_mode & 0o777)
        self._try(lambda: os.fsync(self._file.fileno()))
        if fcntl is None:
            self._file.close()
        _forget(self._part)
        self._try(lambda: os.replace(self._part, self._final))  # noqa: PTH105 - one call on every platform
        self._kept = True
        _sync_folder(self._final.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fcntl is None:
            self._file.close()
        _forget(self._part)  # again where `keep` ran in another thread, which can set no handler
        if not self._kept and (self._version is None or not self.written):
            # While it is locked: thereafter its name may be that of another's part.
            with suppress(FileNotFoundError):
                self._part.unlink()
        self._file.close()
        if self._version is not None:
            with suppress(OSError):  # it has more parts
                self._part.parent.rmdir()

    def _try(self, act: Callable[[], int | None]) -> int:
        try:
            return act() or 0
        except OSError as error:
            raise DownloadError.unwritable(self.path, error) from None


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


_SWEPT = 4
"""Parts of a file that are swept. It can have more than one where it is written several times at once."""
_KEPT = ".polyai-data.parts"
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST_NAME = 255
_FAR = 2**30
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_parts: dict[Path, int] = {}
"""The parts that are written now, with the process that does."""


def _new_part(final: Path) -> tuple[int, Path]:
    """A new part for the file `final`, open and locked, and its path."""
    name = _hash(final.name)
    for number in range(_SWEPT):
        _sweep(final.with_name(f".{name}.{number}.part"))
    number = -1
    while True:
        number += 1
        part = final.with_name(f".{name}.{number}.part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        except FileExistsError:
            continue
        if _locked(handle, part, wait=True):
            _remember(part)
            return handle, part
        os.close(handle)  # another process swept it before it was locked


def _hash(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


def _sweep(part: Path) -> None:
    """Delete a part, if there is one that no process writes."""
    with suppress(OSError):
        if fcntl is None:
            part.unlink()  # Windows deletes no file that is open
            return
        handle = os.open(part, os.O_WRONLY | _FLAGS)
        try:
            if _locked(handle, part, wait=False):
                part.unlink()
        finally:
            os.close(handle)


def _locked(handle: int, part: Path, *, wait: bool) -> bool:
    """Lock an open part until it is closed; whether it is still the one at its path."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return wait  # a file system without locks, or another process writes it
    return _is_at(handle, part)


def reserve(handle: int, path: Path) -> bool:
    """Lock the open file `path` until it is closed; whether no other run has, and it is still the one at its path.

    It succeeds on a file system without locks, too.
    """
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            windows: Any = importlib.import_module("msvcrt")
            os.lseek(handle, _FAR, os.SEEK_SET)  # what is locked there, nobody else can read
            windows.locking(handle, windows.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return _is_at(handle, path)


def _is_at(handle: int, path: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False


def _remember(part: Path) -> None:
    """Have the part deleted when a signal ends the process, where nothing else handles that."""
    _parts[part] = os.getpid()
    for number in _SIGNALS:
        # Only the main thread can set a handler.
        with suppress(ValueError):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _ended)


def _forget(part: Path) -> None:
    _parts.pop(part, None)
    for number in _SIGNALS:
        with suppress(ValueError):
            if not _parts and signal.getsignal(number) is _ended:
                signal.signal(number, signal.SIG_DFL)


def _ended(number: int, _frame: FrameType | None) -> None:
    for part, process in list(_parts.items()):
        if process == os.getpid():  # the parts of its parent are not a forked process's
            with suppress(OSError):
                part.unlink()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _sync_folder(folder: Path) -> None:
    # A rename is on the disk when the folder is. Where folders cannot be opened, as on Windows, nothing can be done.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
