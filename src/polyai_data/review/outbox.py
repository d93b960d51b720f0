"""Annotations and notes on their way to the server, on disk, so that none is lost and none is sent twice."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from polyai_data.errors import ConfigError, PolyAIError, RateLimitError, ServerError, TransportError

State = Literal["waiting", "sending", "sent", "failed", "unsure"]
NOTE = "note"
_PAUSES = (1, 5, 15, 60)
"""Seconds until what was not sent is sent again, where the server does not say."""
_AT_ONCE = 4
"""Writes that are on their way at once, each of another conversation: a slow one does not hold up the others."""
_TABLES = """
CREATE TABLE IF NOT EXISTS writes(
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, kind TEXT NOT NULL, turn INTEGER, role TEXT, text TEXT,
    bases TEXT, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', due REAL NOT NULL, attempts INTEGER DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS annotation ON writes(conversation, turn, role, kind) WHERE kind <> 'note';
CREATE TABLE IF NOT EXISTS queues(name TEXT PRIMARY KEY, query TEXT NOT NULL);
"""
# The newest note of a conversation is the one to send.
_DROP_OLDER_NOTES = """
DELETE FROM writes WHERE kind = 'note' AND state IN ('waiting', 'failed') AND id < (
    SELECT max(id) FROM writes newer WHERE newer.kind = 'note' AND newer.conversation = writes.conversation)
"""


@dataclass(slots=True)
class Write:
    """An annotation or a note.

    Attributes:
        kind: the annotation's type, or `note`.
        turn, role: of an annotation: the index of the turn and its side.
        text: of a note.
        bases: the notes that this one may replace: the one it was made from, and own ones that may have arrived.
        state: `waiting` to be sent, `sending`, `sent`, `failed`: not carried out, or `unsure`: it may have been.
        message: why it was not sent.
        due: when it is to be sent, in seconds since 1970.
        attempts: how often that failed.
    """

    id: int
    conversation: str
    kind: str
    turn: int | None
    role: str | None
    text: str | None
    bases: list[str]
    state: State
    message: str
    due: float
    attempts: int


class NoteChangedError(PolyAIError):
    """A note is not the one any more that another was written over.

    Attributes:
        note: what it is now.
    """

    def __init__(self, note: str) -> None:
        super().__init__(f"the note was changed meanwhile; it now reads: {note}")
        self.note = note


class Outbox:
    """What is to be sent and what was, in a database that only its owner can read. One process uses it at a time.

    Args:
        path: its file, which is created, as is its folder.
        hold: seconds for which a new annotation can be undone before it is sent, as the API deletes none.

    Raises:
        ConfigError: it cannot be opened, or another process uses it.
    """

    def __init__(self, path: Path, *, hold: float = 3) -> None:
        self._hold = hold
        self._more = asyncio.Event()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
            # What a process that was killed was sending may have arrived. A note says itself whether it did.
            self._run("UPDATE writes SET state = 'waiting', due = 0 WHERE state = 'sending' AND kind = 'note'")
            self._run(_DROP_OLDER_NOTES)
            ended = "the program ended while this was being sent"
            self._run("UPDATE writes SET state = 'unsure', message = ? WHERE state = 'sending'", ended)
        except (OSError, sqlite3.Error) as error:
            locked = "locked" in str(error)
            reason = "another review of this agent is running; use that one, or end it" if locked else str(error)
            raise ConfigError(f"{path} cannot be opened: {reason}") from None

    def close(self) -> None:
        """Close the database. What waits is sent by the next process."""
        self._database.close()

    def annotate(self, conversation: str, turn: int, role: str, kind: str) -> None:
        """Send an annotation, once: that it is there already, from this window or another, changes nothing."""
        self._run(
            "INSERT OR IGNORE INTO writes(conversation, kind, turn, role, state, due) VALUES(?, ?, ?, ?, 'waiting', ?)",
            conversation, kind, turn, role, time.time() + self._hold,
        )  # fmt: skip

    def set_note(self, conversation: str, text: str, base: str) -> None:
        """Send a note. It replaces one that was not sent yet."""
        before = [write for write in self.of(conversation) if write.kind == NOTE and write.state != "sent"]
        if before and before[-1].text == text and before[-1].state != "failed":
            return
        bases = [each for write in before for each in (*write.bases, write.text)] or [base]
        self._run(
            "INSERT INTO writes(conversation, kind, text, bases, state, due) VALUES(?, 'note', ?, ?, 'waiting', 0)",
            conversation, text, json.dumps(bases),
        )  # fmt: skip
        self._run(_DROP_OLDER_NOTES)

    def undo(self, conversation: str, turn: int, role: str, kind: str) -> bool:
        """Take back an annotation that was never on its way; whether there was one."""
        held = "conversation = ? AND turn = ? AND role = ? AND kind = ? AND state = 'waiting' AND attempts = 0"
        return self._run(f"DELETE FROM writes WHERE {held}", conversation, turn, role, kind).rowcount == 1  # noqa: S608

    def decide(self, identifier: int, decision: str) -> bool:
        """What becomes of a write that failed, or may have: `again`, `drop` or `sent`; whether it was there still."""
        changes = {
            "again": "UPDATE writes SET state = 'waiting', due = 0, message = ''",
            "sent": "UPDATE writes SET state = 'sent', message = ''",
            "drop": "DELETE FROM writes",
        }
        unsettled = "WHERE id = ? AND state IN ('waiting', 'failed', 'unsure')"
        return decision in changes and self._run(f"{changes[decision]} {unsettled}", identifier).rowcount == 1

    def of(self, conversation: str) -> list[Write]:
        """The writes of a conversation, oldest first."""
        return self._writes("conversation = ? ORDER BY id", conversation)

    def unsettled(self) -> list[Write]:
        """What was not sent, of all conversations, oldest first: all but what can still be undone."""
        return self._writes("state <> 'sent' AND (state IN ('failed', 'unsure') OR message <> '') ORDER BY id")

    def counts(self) -> dict[str, int]:
        """How many annotations and notes each conversation has, by its id."""
        return dict(self._run("SELECT conversation, count(*) FROM writes GROUP BY conversation").fetchall())

    def queues(self) -> dict[str, str]:
        """The query of each saved queue, by its name."""
        return dict(self._run("SELECT name, query FROM queues ORDER BY name COLLATE NOCASE").fetchall())

    def save_queue(self, name: str, query: str | None) -> bool:
        """Save a queue by name, None deletes it; False: there is one of this name."""
        if query is None:
            return self._run("DELETE FROM queues WHERE name = ?", name).rowcount == 1
        return self._run("INSERT OR IGNORE INTO queues VALUES(?, ?)", name, query).rowcount == 1

    async def run(self, send: Callable[[Write], Awaitable[object]]) -> None:
        """Send what is due, forever; of a conversation one after the other."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._run_one(send))

    async def _run_one(self, send: Callable[[Write], Awaitable[object]]) -> None:
        while True:
            self._more.clear()
            pause: float | None = 1
            with suppress(sqlite3.Error):  # a disk that is full may have room in a second
                pause = await self._next(send)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), pause)

    async def _next(self, send: Callable[[Write], Awaitable[object]]) -> float | None:
        """Send what is due; how many seconds later there is more, or None."""
        next_one = """state = 'waiting' AND conversation NOT IN (
            SELECT conversation FROM writes WHERE state = 'sending') ORDER BY due, id LIMIT 1"""
        while write := next(iter(self._writes(next_one)), None):
            if write.due > time.time():
                return write.due - time.time()
            await self._send(write, send)
        return None

    async def finish(self, seconds: float) -> int:
        """Send now what waits, for at most so many seconds; how many are left."""
        self._run("UPDATE writes SET due = 0 WHERE state = 'waiting' AND message = ''")
        ready = "(state = 'sending' OR state = 'waiting' AND message = '')"
        end = time.monotonic() + seconds
        while self._writes(ready) and time.monotonic() < end:  # noqa: ASYNC110 - the state is on disk
            await asyncio.sleep(0.02)
        return len(self._writes("state <> 'sent'"))

    async def _send(self, write: Write, send: Callable[[Write], Awaitable[object]]) -> None:
        if not self._run("UPDATE writes SET state = 'sending' WHERE id = ? AND state = 'waiting'", write.id).rowcount:
            return
        state, message, due, bases = "sent", "", 0.0, write.bases
        try:
            await send(write)
        except PolyAIError as error:
            if not error.done:
                message = str(error)
                passing = isinstance(error, TransportError | RateLimitError | ServerError)
                # A note that may have arrived is read before it is sent again.
                state = "unsure" if error.sent and write.kind != NOTE else "waiting" if passing else "failed"
                due = time.time() + (
                    getattr(error, "retry_after", None) or _PAUSES[min(write.attempts, len(_PAUSES) - 1)]
                )
                bases = [error.note] if isinstance(error, NoteChangedError) else bases  # shown, so it can be replaced
        self._run(
            "UPDATE writes SET state = ?, message = ?, due = ?, bases = ?, attempts = attempts + 1 WHERE id = ?",
            state, message, due, json.dumps(bases), write.id,
        )  # fmt: skip
        self._run(_DROP_OLDER_NOTES)

    def _writes(self, condition: str, *values: Any) -> list[Write]:
        names = ", ".join(Write.__dataclass_fields__)
        writes = [Write(*row) for row in self._run(f"SELECT {names} FROM writes WHERE {condition}", *values)]  # noqa: S608
        for write in writes:
            write.bases = json.loads(cast(Any, write.bases) or "[]")
        return writes

    def _run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        cursor = self._database.execute(statement, values)
        if not statement.startswith("SELECT"):
            self._more.set()
        return cursor


def state(write: Write) -> dict[str, Any]:
    """A write as a page gets it."""
    return {name: value for name, value in asdict(write).items() if name not in {"bases", "attempts"}}
