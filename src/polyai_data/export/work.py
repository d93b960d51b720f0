"""The work folder of an export: which export it belongs to, who works in it, and the parts that are whole.

What is in it is enough to go on after any interruption; there is no journal. It has personal data, and only its owner
can read it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from polyai_data.atomic_file import Target, reserve
from polyai_data.errors import ConfigError, DownloadError
from polyai_data.export.fetch import Job
from polyai_data.export.plan import Task

IDENTITY, LOCK = "export.json", "lock"
_PART = re.compile(r"\.[0-9a-f]{16}\.\d+\.part")
"""What a process leaves that is killed while it begins."""


class Order(msgspec.Struct):
    """What an export is, as its work folder keeps it.

    Attributes:
        asked: the options that make it what it is, in words that messages show.
        job: how tasks are fetched.
        tasks: what it begins with.
        since, until: its time range, which does not go further than when it began.
        before: a hash of the state that it goes on from; empty where it makes its result anew.
    """

    asked: dict[str, Any]
    job: Job
    tasks: list[Task]
    since: datetime
    until: datetime
    before: str = ""


class Work:
    """The work folder at `path`, which is made; as a context it is locked.

    Raises:
        ConfigError: another export works in it, it belongs to another export, or it is something else.
        DownloadError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ours = False

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._new = not (self.path / LOCK).exists()
            self._lock = (self.path / LOCK).open("a+b")
        except (OSError, ValueError) as error:
            raise DownloadError.unwritable(self.path, error) from None
        if not reserve(self._lock.fileno(), self.path / LOCK):
            self._lock.close()
            raise ConfigError(f"another export works in {self.path}; wait for it, or export to another file")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            names = {each.name for each in self.path.glob("*")} - {LOCK}
            if not names or (self._ours and not any(each.endswith(".zst") for each in names)):
                self.remove()  # nothing was fetched
            elif self._new and not self._ours:
                (self.path / LOCK).unlink(missing_ok=True)

    def order(self, asked: dict[str, Any]) -> Order | None:
        """The export that was begun here, with the options that are `asked` for; None where none was."""
        try:
            begun = msgspec.json.decode((self.path / IDENTITY).read_bytes(), type=Order)
        except FileNotFoundError:
            names = sorted(each.name for each in self.path.iterdir())
            if others := [each for each in names if each != LOCK and not _PART.fullmatch(each)]:
                raise ConfigError(f"{self.path} has {others[0]}, and is not the work folder of an export") from None
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigError(f"{self.path / IDENTITY} cannot be read: {error}") from None
        self._ours = True
        check_same(begun.asked, asked, f"{self.path} has an unfinished export", f"delete {self.path} to begin anew")
        return begun

    def begin(self, order: Order) -> None:
        """Keep which export this is."""
        self._ours = True
        with Target(self.path / IDENTITY, private=True) as target:
            target.write(msgspec.json.encode(order))
            target.keep()

    def remove(self) -> None:
        """Remove the folder and all that is in it; under another name, as half of it would stand in the way."""
        path = self.path.resolve()
        gone = path.with_name(f".{path.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        with suppress(OSError):  # a mounted folder
            path = path.rename(gone)
        shutil.rmtree(path, ignore_errors=True)


def check_same(before: dict[str, Any], now: dict[str, Any], where: str, remedy: str) -> None:
    """Raise a ConfigError that names the options that are not as they were."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if changed:
        shown = [", ".join(f"{name} {_shown(those.get(name))}" for name in changed) for those in (before, now)]
        message = (
            f"{where} with {shown[0]}, and not {shown[1]}; give the options of before to go on with it, or {remedy}"
        )
        raise ConfigError(message, argument=changed[0])


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) and value else str(value or "none").lower()


def folder(destination: str, work: str | os.PathLike[str] | None) -> Path:
    """Where the work folder of an export to `destination` is: in `work`, beside it, or of a URL in the user's cache."""
    path = Path(destination.rstrip("/"))
    if "://" in destination:
        import platformdirs  # noqa: PLC0415 - late, as most exports do without

        cache = platformdirs.user_cache_path("polyai-data", appauthor=False)
        path = cache / hashlib.sha256(destination.rstrip("/").encode()).hexdigest()[:16]
    return (path.parent if work is None else Path(work)) / f"{path.name}.parts"
