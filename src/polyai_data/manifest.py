"""Manifests: which recordings a folder has, with a JSON line for each."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from polyai_data.atomic_file import reserve
from polyai_data.errors import ConfigError, DownloadError, NotFoundError, PolyAIError

NAME = "manifest.jsonl"
NO_RECORDING = "CONVERSATIONS_RECORDING_NOT_FOUND"
"""The vendor's code for a conversation without a recording."""
_AUDIO = ("*.wav", "*.mp3")
_KINDS = ("recordings with personal data", "redacted recordings")


@dataclass
class Saved:
    """What `recordings.save_all` did.

    Attributes:
        manifest: the file with a JSON line for each recording of the folder: `id`, `file` (its name), `direction`,
            `redacted` (whether that was asked for), `bytes`, `seconds` of sound or null, `sha256`, `saved_at`.
        total: how many conversations there were, or None where that was not known before.
        saved: of how many conversations a recording was saved.
        present: of how many all was there already, or was asked for twice.
        bytes: how many bytes were saved.
        failed: the error of each conversation whose recording was not saved, by its id.
    """

    manifest: Path
    total: int | None = None
    saved: int = 0
    present: int = 0
    bytes: int = 0
    failed: dict[str, PolyAIError] = field(default_factory=dict)

    @property
    def without_recording(self) -> list[str]:
        """The ids of those in `failed` that have no recording, as chats have none."""
        return [
            identifier
            for identifier, error in self.failed.items()
            if isinstance(error, NotFoundError) and error.code == NO_RECORDING
        ]


def read(content: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The entries of a manifest's lines, in the order in which they were written. One that cannot be read is left out,
    which costs a download: a process was killed while it wrote.
    """
    for line in content:
        with suppress(ValueError, KeyError, TypeError, OverflowError, RecursionError):
            entry = json.loads(line)
            # What is used, whatever else a later version writes.
            checked = {name: str(entry[name]) for name in ("id", "file", "direction")}
            yield {**entry, **checked, "bytes": int(entry["bytes"]), "redacted": entry["redacted"] is True}


class Manifest:
    """The manifest of a folder, which is created where it is missing. Each line is written once its file is whole.

    Args:
        folder: the folder.
        redacted: whether the recordings to save are redacted ones.
        directions: which sides of the calls they have; a file for each.

    Raises:
        ConfigError: the folder has recordings of the other kind, or ones and no manifest, which may be; or another run
            saves recordings into it.
        DownloadError: the folder or the manifest cannot be written.
    """

    def __init__(self, folder: Path, *, redacted: bool, directions: Sequence[str]) -> None:
        self.path = folder / NAME
        self._folder, self._redacted, self._directions = folder, redacted, directions
        self._begun: set[str] = set()
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_new()
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            self._file = os.fdopen(handle, "a+b", buffering=0)
            if not reserve(handle, self.path):
                self._file.close()
                raise ConfigError(
                    f"another run saves recordings into {folder}; wait for its end, or name another folder",
                    argument="folder",
                )
            self._file.seek(0)
            lines = self._file.read().split(b"\n")
            if lines[-1]:  # a process was killed while it wrote
                self._file.write(b"\n")
        except (OSError, ValueError) as error:
            raise DownloadError.unwritable(self.path, error) from None
        entries = list(read(lines))
        if any(entry["redacted"] is not redacted for entry in entries):
            self._file.close()
            raise ConfigError(
                f"{self.path} lists {_KINDS[not redacted]}; save {_KINDS[redacted]} in another folder",
                argument="redacted",
            )
        self._files: dict[tuple[str, str], tuple[str, int]]
        self._files = {(entry["id"], entry["direction"]): (entry["file"], entry["bytes"]) for entry in entries}

    def _check_new(self) -> None:
        """Let no new manifest count recordings of another kind, and none of them be written over."""
        others = (each for pattern in _AUDIO for each in self._folder.glob(pattern))
        if not self.path.exists() and (other := next(others, None)):
            raise ConfigError(
                f"{self._folder} has {other.name} and no {NAME}, so that it may have {_KINDS[not self._redacted]}; "
                f"save {_KINDS[self._redacted]} in another folder",
                argument="folder",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def begin(self, identifier: str) -> list[str]:
        """The directions of a conversation that are to be saved: they are neither whole in the folder nor begun."""
        if identifier in self._begun:
            return []
        self._begun.add(identifier)
        return [direction for direction in self._directions if not self._whole(identifier, direction)]

    def _whole(self, identifier: str, direction: str) -> bool:
        name, size = self._files.get((identifier, direction), ("", 0))
        try:
            return name != "" and (self._folder / name).stat().st_size == size
        except (OSError, ValueError):
            return False

    def add(self, identifier: str, direction: str, path: Path, seconds: float | None) -> int:
        """Write the line of the file `path`; gives its bytes."""
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError as error:
            raise DownloadError(f"{path} cannot be read: {error.strerror}") from None
        entry = {
            "id": identifier,
            "file": path.name,
            "direction": direction,
            "redacted": self._redacted,
            "bytes": size,
            "seconds": seconds,
            "sha256": sha256,
            "saved_at": datetime.now(UTC).isoformat(),
        }
        try:
            self._append(json.dumps(entry).encode() + b"\n")
        except OSError as error:
            raise DownloadError.unwritable(self.path, error) from None
        return size

    def _append(self, line: bytes) -> None:
        with self._lock:  # several threads write
            written = self._file.write(line)
            if written == len(line):
                return
            os.truncate(self.path, self._file.seek(0, os.SEEK_END) - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a disk that is nearly full takes a part
