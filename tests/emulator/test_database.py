"""What outlives an emulator in a file, and which files are refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.emulator.support import KNOWN_CONVERSATION, Caller


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "world.sqlite"


def test_changes_outlive_the_emulator(path: Path, http: httpx.Client) -> None:
    with Emulator(database=path) as emulator:
        call = Caller(emulator, http)
        call("upsertNote", conversationId=KNOWN_CONVERSATION)
        call("addAnnotations", conversationId=KNOWN_CONVERSATION)
        chat = call("createDebugChat").json()["conversationId"]
        call("sendDebugChatMessage", conversationId=chat, json={"clientEnv": "live", "message": "bye"})
        added = emulator.add_conversation(said=[("Größe {x}?", "42 {{y}}")], environment="sandbox")
        pending = call.some_transcript(state="pending")
        call("getRedactedAudio", transcript_id=pending)
        emulator.clock.advance(60)
        detail = call("getConversation", conversationId=KNOWN_CONVERSATION).json()
        shown = call("getConversation", conversationId=added.id).json()
        effects, annotations, now = emulator.effects, emulator.annotations, emulator.clock.now()
        assert "in a file" in http.get(emulator.url).text
    with Emulator(database=path) as emulator:
        call = Caller(emulator, http)
        assert call("getConversation", conversationId=KNOWN_CONVERSATION).json() == detail
        assert call("getConversation", conversationId=added.id).json() == shown
        assert emulator.conversations()[0] == added
        assert (emulator.effects, emulator.annotations, emulator.clock.now()) == (effects, annotations, now)
        assert call("sendDebugChatMessage", conversationId=chat).status_code == 410
        assert call("createDebugChat").json()["conversationId"] != chat
        assert [call("getRedactedAudio", transcript_id=pending).status_code for _ in range(3)] == [202, 202, 200]
        assert emulator.add_conversation().id != added.id
    emulator = Emulator(database=path)
    assert emulator.transcripts[pending].state == "ready"
    assert len(emulator.conversations()) == 42


def test_a_reset_deletes_all_changes(path: Path, call: Caller) -> None:
    with Emulator(database=path) as emulator:
        here = Caller(emulator, call.http)
        here("upsertNote", conversationId=KNOWN_CONVERSATION)
        here("addAnnotations", conversationId=KNOWN_CONVERSATION)
        here("createDebugChat")
        emulator.add_conversation()
        emulator.clock.advance(60)
        emulator.reset()
    with Emulator(database=path) as emulator:
        here = Caller(emulator, call.http)
        assert here("listConversations").content == call("listConversations").content
        assert emulator.clock.now() == call.emulator.clock.now()
        assert not emulator.effects
        assert not emulator.annotations
        chat = here("createDebugChat").json()["conversationId"]
        emulator.reset()
        assert not emulator.requests
        assert here("sendDebugChatMessage", conversationId=chat).status_code == 404
        # Ids come from the first one on again.
        emulator.reset()
        call.emulator.reset()
        assert here("createDebugChat").content == call("createDebugChat").content


@pytest.mark.parametrize("other", [{"seed": 2}, {"conversations": 41}])
def test_a_database_of_another_world_is_refused(path: Path, other: dict[str, Any]) -> None:
    Emulator(seed=1, conversations=40, database=path)
    ((name, value),) = other.items()
    with pytest.raises(ValueError, match=f"was made with {name} {value - 1}, not {value}; use that"):
        Emulator(**other, database=path)
    assert len(Emulator(seed=1, conversations=40, database=str(path)).conversations()) == 40


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABLE theirs (a)", "is not a database of this emulator"),
        (f"PRAGMA application_id = {0x706C7961}; PRAGMA user_version = 99; CREATE TABLE a (b)", "is not a database of"),
        (None, "is not a database"),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(path: Path, statement: str | None, message: str) -> None:
    if statement is None:
        path.write_text("Dear Sir or Madam, " * 100)
    else:
        connection = sqlite3.connect(path)
        connection.executescript(statement)
        connection.close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"{path}: {message}"):
        Emulator(database=path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be opened"):
        Emulator(database=tmp_path / "nowhere" / "world.sqlite")
