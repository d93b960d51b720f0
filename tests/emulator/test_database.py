"""What outlives an emulator in a file, and which files are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.emulator.support import KNOWN_CONVERSATION, Caller


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "world.sqlite"


def test_what_was_changed_is_there_again(path: Path, http: httpx.Client) -> None:
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
    with Emulator(database=path) as emulator:
        call = Caller(emulator, http)
        assert call("getConversation", conversationId=KNOWN_CONVERSATION).json() == detail
        assert call("getConversation", conversationId=added.id).json() == shown
        assert emulator.conversations()[0] == added
        assert (emulator.effects, emulator.annotations, emulator.clock.now()) == (effects, annotations, now)
        assert call("sendDebugChatMessage", conversationId=chat).status_code == 410
        assert call("createDebugChat").json()["conversationId"] != chat
        assert [call("getRedactedAudio", transcript_id=pending).status_code for _ in range(3)] == [400, 400, 200]
        assert emulator.add_conversation().id != added.id
    with Emulator(database=path) as emulator:
        assert emulator.transcripts[pending].state == "ready"
        assert Caller(emulator, http)("listConversations").json()["count"] == 42


def test_nothing_is_left_after_a_reset(path: Path, http: httpx.Client) -> None:
    with Emulator(database=path) as emulator:
        call = Caller(emulator, http)
        call("upsertNote", conversationId=KNOWN_CONVERSATION)
        call("createDebugChat")
        emulator.add_conversation()
        emulator.clock.advance(60)
        emulator.reset()
    with Emulator(database=path) as emulator, Emulator() as fresh:
        here, there = Caller(emulator, http), Caller(fresh, http)
        assert here("listConversations").content == there("listConversations").content
        assert emulator.clock.now() == fresh.clock.now()
        assert not emulator.effects
        # Ids come from the first one on again.
        emulator.reset()
        fresh.reset()
        assert here("createDebugChat").content == there("createDebugChat").content


def test_annotations_are_there_all_or_none(path: Path, http: httpx.Client) -> None:
    with Emulator(database=path) as emulator:
        call = Caller(emulator, http)
        wrong = [{"turnId": turn, "role": "user", "annotationType": "wrong_info"} for turn in (0, 999)]
        assert call("addAnnotations", json={"annotations": wrong}).status_code == 400
        assert not emulator.annotations


@pytest.mark.parametrize("other", [{"seed": 2}, {"conversations": 41}])
def test_a_database_of_another_world_is_refused(path: Path, other: dict[str, Any]) -> None:
    Emulator(seed=1, conversations=40, database=path)
    (name, value), *_ = other.items()
    with pytest.raises(ValueError, match=f"was made with {name} .*, not {value}"):
        Emulator(**other, database=path)
    assert len(Emulator(seed=1, conversations=40, database=str(path)).conversations()) == 40


def unusable(folder: Path) -> Iterator[tuple[Path, str]]:
    foreign = folder / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    yield foreign, "is not a database of this emulator"
    text = folder / "letter.txt"
    text.write_text("Dear Sir or Madam, " * 100)
    yield text, "is no database"
    newer = folder / "newer.sqlite"
    Emulator(database=newer)
    connection = sqlite3.connect(newer)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    yield newer, "is not a database of this emulator"


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    for path, what in unusable(tmp_path):
        before = path.read_bytes()
        with pytest.raises(ValueError, match=what) as caught:
            Emulator(database=path)
        assert str(path) in str(caught.value)
        assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be opened"):
        Emulator(database=tmp_path / "nowhere" / "world.sqlite")


def test_in_memory_nothing_is_shared() -> None:
    one, other = Emulator(), Emulator()
    one.add_conversation()
    one.clock.advance(1)
    assert len(other.conversations()) == 40
    assert one.clock.now() > other.clock.now()
