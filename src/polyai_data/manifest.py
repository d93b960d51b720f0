"""Manifests: which recordings a folder has, with a JSON line for each."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from polyai_data.errors import ConfigError, DownloadError, PolyAIError

NAME = "manifest.jsonl"
_KINDS = ("recordings with personal data", "redacted recordings")


@dataclass
class Saved:
    """What `recordings.save_all` did.

    Attributes:
        manifest: the file with a JSON line for each recording of the folder: `id`, `file` (its name), `direction`,
            `redacted` (whether that was asked for), `bytes`, `seconds` of sound or null, `sha256`, `saved_at`.
        total: how many conversations there were, or None where that was not known before.
        saved: how many recordings were saved.
        present: how many were there already, or were asked for twice.
        bytes: how many bytes were saved.
        failed: the error of each conversation whose recording was not saved, by its id.
    """

    manifest: Path
    total: int | None = None
    saved: int = 0
    present: int = 0
    bytes: int = 0
    failed: dict[str, PolyAIError] = field(default_factory=dict)


class Manifest:
    """The manifest of a folder, which is created where it is missing. Each line is written once its file is whole.

    Args:
        folder: the folder.
        redacted: whether the recordings to save are redacted ones.
        direction: which side of the calls they have.

    Raises:
        ConfigError: the folder has recordings of the other kind.
        DownloadError: the folder or the manifest cannot be written.
    """

    def __init__(self, folder: Path, *, redacted: bool, direction: str) -> None:
        self.path = folder / NAME
        self._folder, self._redacted, self._direction = folder, redacted, direction
        self._begun: set[str] = set()
        self._files: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            self._file = os.fdopen(handle, "a+b", buffering=0)
            self._file.seek(0)
            lines = self._file.read().split(b"\n")
            if lines[-1]:  # a process was killed while it wrote
                self._file.write(b"\n")
        except (OSError, ValueError) as error:
            raise DownloadError.unwritable(self.path, error) from None
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        # A line that cannot be read costs a download.
        with suppress(ValueError, KeyError, TypeError, OverflowError, RecursionError):
            entry = json.loads(line)
            if entry["direction"] == self._direction:
                self._files[entry["id"]] = (str(entry["file"]), int(entry["bytes"]))
            if entry["redacted"] is not self._redacted:
                self._file.close()
                raise ConfigError(
                    f"{self.path} lists {_KINDS[not self._redacted]}; save {_KINDS[self._redacted]} in another folder",
                    argument="redacted",
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def begin(self, identifier: str) -> bool:
        """Whether a recording is to be saved: it is neither whole in the folder nor begun."""
        if identifier in self._begun:
            return False
        self._begun.add(identifier)
        name, size = self._files.get(identifier, ("", 0))
        try:
            return not name or (self._folder / name).stat().st_size != size
        except (OSError, ValueError):
            return True

    def add(self, identifier: str, path: Path, seconds: float | None) -> int:
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
            "direction": self._direction,
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
