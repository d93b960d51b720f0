"""`record=`: the shapes of responses, kept while real work is done."""

from __future__ import annotations

import json
import logging
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from polyai_data import shape_record
from polyai_data.errors import APIError, ConfigError
from polyai_data.shapes import Shapes
from tests.facade.calls import Connect, one_flavour, recorded, transcript
from tests.facade.scripted import RESPONSES
from tests.support.scripted_server import ScriptedServer


def record_at(path: Path) -> dict[tuple[str, int, str], dict[str, Any]]:
    """The lines of a record, by operation, status and place."""
    head, *lines = map(json.loads, path.read_text().splitlines())
    assert head == shape_record.HEAD
    return {(line.pop("operation"), line.pop("status"), line.pop("place")): line for line in lines}


def test_a_record_holds_the_shapes_of_every_json_response(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonl"
    with connect.polyai(record=path) as polyai:
        rows = list(polyai.conversations.list(limit=40))
        with polyai.with_options(timeout=9).conversations.recording(recorded(connect.emulator)):
            pass
        with pytest.raises(APIError):
            polyai.conversations.get("CAmissing")
        assert not path.exists()
    seen = record_at(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {key[:2] for key in seen} == {("listConversations", 200), ("getConversation", 404)}
    assert seen["listConversations", 200, "conversations[].conversationId"]["kinds"] == {"string": 40}
    assert seen["getConversation", 404, "error_message"]["kinds"] == {"string": 1}
    assert not [row.conversation_id for row in rows if row.conversation_id in path.read_text()]


def test_a_record_goes_on_where_it_ended(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonl"
    for expected in (1, 2):
        with connect.assemblyai(record=str(path)) as assemblyai:
            assemblyai.redacted_audio.get(transcript(connect.emulator, "ready"))
        assert record_at(path)["getRedactedAudio", 200, "status"] == {
            "kinds": {"string": expected},
            "forms": {"other": expected},
            "lengths": {"10-99": expected},
            "words": {"redacted_audio_ready": expected},
        }
        assert record_at(path)["getRedactedAudio", 200, "redacted_audio_url"]["forms"] == {"url": expected}


@one_flavour
def test_another_file_is_not_replaced(connect: Connect, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    nowhere = tmp_path / "no" / "file"
    for path, why in (
        (other, f"record: line 1 of {other} is no line of a record of shapes; name a new file"),
        (nowhere, f"record: {nowhere} cannot be written: "),
        (tmp_path, f"record: {tmp_path} cannot be read: Is a directory"),
    ):
        with pytest.raises(ConfigError, match=f"^{re.escape(why)}[^;:]*$") as caught:
            connect.polyai(record=path)
        assert caught.value.argument == "record"
    assert other.read_text() == "mine"


def test_work_goes_on_when_the_record_cannot_be_written(
    connect: Connect, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shape_record, "EVERY", -1.0)
    with ScriptedServer(RESPONSES["getConversation"]) as server, caplog.at_level(logging.WARNING, "polyai_data"):
        path = tmp_path / "folder" / "shapes.jsonl"
        path.parent.mkdir()
        with connect.polyai(record=path, connect_to=server.url) as polyai:
            polyai.conversations.get("CA1")
            assert record_at(path)["getConversation", 200, ""] == {"kinds": {"object": 1}}
            path.unlink()
            path.mkdir()
            for _ in range(3):
                assert polyai.conversations.get("CA1").conversation_id == "CA1"
    assert [each.getMessage() for each in caplog.records] == [
        f"the record of shapes is not complete: {path} is a folder; give the name of a file"
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'{"operation": "Ada", "status": 200, "place": ""}',
        b'{"operation": "getConversation", "status": "200", "place": ""}',
        b'{"operation": "getConversation", "status": 200, "place": 3}',
        b'{"operation": "getConversation", "status": 200, "place": "", "kinds": {"Ada": 1}}',
        b'{"operation": "getConversation", "status": 200, "place": "", "kinds": {"null": -1}}',
        b'{"operation": "getConversation", "status": 200, "place": "", "words": {"Ada Lovelace": 1}}',
        b'{"operation": "getConversation", "status": 200, "pl',
    ],
)
def test_a_line_that_is_none_is_named_without_what_it_holds(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonl"
    path.write_bytes(json.dumps(shape_record.HEAD).encode() + b"\n" + line)
    with pytest.raises(ValueError, match=r"line 2 of .* is no line of a record of shapes") as caught:
        shape_record.read(path, Shapes(shape_record.all_operations()))
    assert "Ada" not in str(caught.value)
