"""The changes of clients and tests, in SQLite: in memory, or in a file that outlives the emulator."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MEMORY = ":memory:"
_APPLICATION = 0x706C7961
_VERSION = 4
# These identify a file of the emulator.
_TABLE = "CREATE TABLE entries (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key))"
_WORLD = "world"


class Database:
    """JSON values by their kind and key. Every method can be called from any thread, and writes at once.

    Args:
        path: the file, which is created when missing; `:memory:` for none.
        made_from: names and values that the data follows from, the seed and the size.

    Raises:
        ValueError: the file is another program's, or its data has another seed or size.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], made_from: Mapping[str, int]) -> None:
        self.path = os.fspath(path)
        self._lock = threading.RLock()
        self._kinds: set[str] = set()
        """Of which there may be values; most requests are for others, which are not looked up."""
        with contextlib.ExitStack() as on_error:
            try:
                # Each statement is a transaction of its own.
                self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
                on_error.callback(self._connection.close)
                self._prepare(made_from)
            except sqlite3.OperationalError as error:
                raise OSError(f"{self.path}: cannot be opened as a database ({error})") from error
            except sqlite3.DatabaseError as error:
                raise ValueError(f"{self.path}: is not a database ({error})") from error
            on_error.pop_all()
        weakref.finalize(self, self._connection.close)

    @property
    def in_file(self) -> bool:
        return self.path != MEMORY

    @property
    def runs(self) -> int:
        """How many times the database has been opened before, since it was last cleared."""
        return int(self.get(_WORLD, "runs")) - 1

    def get(self, kind: str, key: str) -> Any:
        if kind not in self._kinds:
            return None
        rows = self._rows("SELECT value FROM entries WHERE kind = ? AND key = ?", kind, key)
        return json.loads(rows[0][0]) if rows else None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Store a value in the position of the one before."""
        statement = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        self._rows(statement, kind, key, json.dumps(value))
        self._kinds.add(kind)

    def update(self, kind: str, key: str, change: Callable[[Any], Any]) -> None:
        """Store what `change` makes of the value, which is None when there is none."""
        with self._lock:
            self.put(kind, key, change(self.get(kind, key)))

    def all(self, kind: str) -> dict[str, Any]:
        """All values of that kind by their keys, in the order in which they were first stored."""
        if kind not in self._kinds:
            return {}
        rows = self._rows("SELECT key, value FROM entries WHERE kind = ? ORDER BY rowid", kind)
        return {key: json.loads(value) for key, value in rows}

    def count(self, kind: str) -> int:
        return int(self._rows("SELECT count(*) FROM entries WHERE kind = ?", kind)[0][0])

    def clear(self) -> None:
        with self._lock:
            self._connection.execute("BEGIN")
            self._rows("DELETE FROM entries WHERE kind != ?", _WORLD)
            self.put(_WORLD, "runs", 1)
            self._connection.execute("COMMIT")

    def entries(self) -> list[tuple[str, str, Any]]:
        """All changes, as kind, key and value, in the order in which they were first stored."""
        rows = self._rows("SELECT kind, key, value FROM entries WHERE kind != ? ORDER BY rowid", _WORLD)
        return [(kind, key, json.loads(value)) for kind, key, value in rows]

    def replace(self, entries: Iterable[tuple[str, str, Any]]) -> None:
        """Store these changes instead of all others."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._rows("DELETE FROM entries WHERE kind != ?", _WORLD)
            for kind, key, value in entries:
                self.put(kind, key, value)
            # No id that was given since may be given again.
            self.put(_WORLD, "runs", self.runs + 2)
            self._connection.execute("COMMIT")

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def _prepare(self, made_from: Mapping[str, int]) -> None:
        execute = self._connection.execute
        application, version = (execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if not execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            if self.in_file:
                execute("PRAGMA journal_mode = WAL")
                execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(
                f"BEGIN; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; {_TABLE}; COMMIT;"
            )
            for name, value in made_from.items():
                self.put(_WORLD, name, value)
        elif (application, version) != (_APPLICATION, _VERSION):
            raise ValueError(f"{self.path}: is not a database of this emulator")
        self._kinds |= {kind for (kind,) in execute("SELECT DISTINCT kind FROM entries")}
        for name, value in made_from.items():
            stored = self.get(_WORLD, name)
            if stored != value:
                raise ValueError(f"{self.path}: was made with {name} {stored}, not {value}; use that, or another file")
        self.update(_WORLD, "runs", lambda runs: (runs or 0) + 1)
