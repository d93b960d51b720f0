"""The changes of clients and tests, in SQLite: in memory, or in a file that outlives the emulator."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MEMORY = ":memory:"
_APPLICATION = 0x706C7961
_VERSION = 1
# These identify a file of the emulator.
_TABLES = """
CREATE TABLE world (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE notes (conversation TEXT PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE annotations (number INTEGER PRIMARY KEY, conversation TEXT NOT NULL, annotation TEXT NOT NULL);
CREATE TABLE chats (id TEXT PRIMARY KEY, agent TEXT NOT NULL, messages INTEGER NOT NULL, ended INTEGER NOT NULL);
CREATE TABLE additions (agent TEXT, number INTEGER, id TEXT NOT NULL, addition TEXT NOT NULL,
                        PRIMARY KEY (agent, number));
CREATE TABLE transcripts (id TEXT PRIMARY KEY, polls_left INTEGER NOT NULL, ready_at TEXT);
CREATE TABLE effects (operation TEXT, identifier TEXT, count INTEGER NOT NULL, PRIMARY KEY (operation, identifier));
"""
_CHANGING = ("notes", "annotations", "chats", "additions", "transcripts", "effects")


@dataclass(slots=True)
class Chat:
    """A debug chat session."""

    id: str
    agent_id: str
    messages: int = 0
    ended: bool = False


class Database:
    """The tables. Every method can be called from any thread, and writes at once.

    Args:
        path: the file, which is created when missing; `:memory:` for none.
        made_from: names and values that the data follows from, the seed and the size.

    Raises:
        ValueError: the file is another program's, or its data has another seed or size.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], made_from: dict[str, str]) -> None:
        self.path = os.fspath(path)
        self._made_from = made_from
        self._lock = threading.RLock()
        with contextlib.ExitStack() as on_error:
            try:
                # Each statement is a transaction of its own.
                self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
                on_error.callback(self._connection.close)
                self._prepare()
            except sqlite3.OperationalError as error:
                raise OSError(f"{self.path}: cannot be opened as a database ({error})") from error
            except sqlite3.DatabaseError as error:
                raise ValueError(f"{self.path}: is not a database ({error})") from error
            on_error.pop_all()
        weakref.finalize(self, self._connection.close)

    @property
    def in_file(self) -> bool:
        """Whether it outlives the emulator."""
        return self.path != MEMORY

    def run(self) -> int:
        """How many times the database has been opened before, since it was last cleared."""
        return int(self.value("runs") or 1) - 1

    def clear(self) -> None:
        """Delete all changes."""
        with self._lock:
            self._connection.execute("BEGIN")
            for table in _CHANGING:
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._connection.execute("DELETE FROM world WHERE name = 'now'")
            self.set_value("runs", "1")
            self._connection.execute("COMMIT")

    def value(self, name: str) -> str | None:
        """A value by its name."""
        rows = self._rows("SELECT value FROM world WHERE name = ?", name)
        return rows[0][0] if rows else None

    def set_value(self, name: str, value: str) -> None:
        """Store a value."""
        self._rows("INSERT OR REPLACE INTO world VALUES (?, ?)", name, value)

    def note(self, conversation_id: str) -> str | None:
        """The note that a client set, if any."""
        rows = self._rows("SELECT note FROM notes WHERE conversation = ?", conversation_id)
        return rows[0][0] if rows else None

    def set_note(self, conversation_id: str, note: str) -> None:
        """Replace the note; an empty one removes it."""
        self._rows("INSERT OR REPLACE INTO notes VALUES (?, ?)", conversation_id, note)

    def annotations(self) -> dict[str, tuple[dict[str, Any], ...]]:
        """All annotations, oldest first, by conversation id."""
        by_id: dict[str, list[dict[str, Any]]] = {}
        for conversation_id, text in self._rows("SELECT conversation, annotation FROM annotations ORDER BY number"):
            by_id.setdefault(conversation_id, []).append(json.loads(text))
        return {conversation_id: tuple(annotations) for conversation_id, annotations in by_id.items()}

    def add_annotations(self, conversation_id: str, annotations: Iterable[Any]) -> None:
        """Add annotations, all or none."""
        rows = [(conversation_id, json.dumps(each)) for each in annotations]
        statement = "INSERT INTO annotations (conversation, annotation) VALUES (?, ?)"
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")

    def chat(self, chat_id: str) -> Chat | None:
        """That debug chat, if there is one."""
        rows = self._rows("SELECT id, agent, messages, ended FROM chats WHERE id = ?", chat_id)
        return Chat(*rows[0]) if rows else None

    def set_chat(self, chat: Chat) -> None:
        """Store a debug chat."""
        values = (chat.id, chat.agent_id, chat.messages, int(chat.ended))
        self._rows("INSERT OR REPLACE INTO chats VALUES (?, ?, ?, ?)", *values)

    def additions(self, agent_id: str, conversation_id: str | None = None) -> list[tuple[int, str]]:
        """Number and JSON of each conversation added to an agent's, or only of the one with that id."""
        if conversation_id is None:
            return self._rows("SELECT number, addition FROM additions WHERE agent = ? ORDER BY number", agent_id)
        statement = "SELECT number, addition FROM additions WHERE agent = ? AND id = ?"
        return self._rows(statement, agent_id, conversation_id)

    def count_additions(self, agent_id: str) -> int:
        """How many conversations were added to an agent's."""
        return int(self._rows("SELECT count(*) FROM additions WHERE agent = ?", agent_id)[0][0])

    def add(self, agent_id: str, number: int, conversation_id: str, addition: str) -> None:
        """Store an added conversation."""
        self._rows("INSERT INTO additions VALUES (?, ?, ?, ?)", agent_id, number, conversation_id, addition)

    def transcripts(self) -> dict[str, tuple[int, str | None]]:
        """For each requested transcript, how many calls it stays pending, and when it became ready."""
        return {each: (polls, ready) for each, polls, ready in self._rows("SELECT * FROM transcripts")}

    def set_transcript(self, transcript_id: str, polls_left: int, ready_at: str | None) -> None:
        """Store the state of a transcript."""
        self._rows("INSERT OR REPLACE INTO transcripts VALUES (?, ?, ?)", transcript_id, polls_left, ready_at)

    def effects(self) -> Counter[tuple[str, str]]:
        """How many calls took effect, by operation and by the id of what they changed."""
        rows = self._rows("SELECT operation, identifier, count FROM effects")
        return Counter({(operation, identifier): count for operation, identifier, count in rows})

    def count_effect(self, operation_id: str, identifier: str) -> None:
        """Count a call that took effect."""
        statement = "INSERT INTO effects VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"
        self._rows(statement, operation_id, identifier)

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def _prepare(self) -> None:
        execute = self._connection.execute
        application, version = (execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if not execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            if self.in_file:
                execute("PRAGMA journal_mode = WAL")
                execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(
                f"BEGIN; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; {_TABLES} COMMIT;"
            )
            for name, value in self._made_from.items():
                self.set_value(name, value)
        elif (application, version) != (_APPLICATION, _VERSION):
            raise ValueError(f"{self.path}: is not a database of this emulator")
        for name, value in self._made_from.items():
            stored = self.value(name)
            if stored != value:
                raise ValueError(f"{self.path}: was made with {name} {stored}, not {value}; use that, or another file")
        self.set_value("runs", str(int(self.value("runs") or 0) + 1))
