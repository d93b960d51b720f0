"""The dlt source, loaded into DuckDB again and again: everything is there, once, and as it is now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from polyai_data.dlt import polyai
from polyai_data.emulator import Emulator


def test_what_is_loaded_again_is_there_once_and_as_it_is_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DLT_DATA_DIR", "DLT_CONFIG_FOLDER", "DLT_PROJECT_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("SOURCES__POLYAI__REQUESTS_PER_MINUTE", "0")
    monkeypatch.chdir(tmp_path)

    pipeline = dlt.pipeline("calls", destination="duckdb", dataset_name="polyai")

    def loaded(*resources: str, **options: Any) -> int:
        """How many requests it took."""
        before, source = len(emulator.requests), polyai(**options)
        pipeline.run(source.with_resources(*resources or source.resources)).raise_on_failed_jobs()
        return len(emulator.requests) - before

    def rows(query: str) -> list[Any]:
        with duckdb.connect("calls.duckdb", read_only=True) as connection:
            connection.sql(f"use {pipeline.dataset_name}")
            return connection.sql(query).fetchall()

    with Emulator(conversations=40, now=True) as emulator:
        for name, value in emulator.env().items():
            monkeypatch.setenv(name, value)
        loaded("conversations", since="2026-01-01")
        page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
        exec(page.partition("```python\n")[2].partition("```")[0])  # has their turns, too
        (open_one, *_) = [each.id for each in emulator.conversations() if each.in_progress]
        with emulator.client() as client:
            client.conversations.set_note(open_one, "called back")
        emulator.add_conversation(said=[("Hello?", "Hello."), ("A table, please.", "Of course.")])
        assert loaded(since="2026-01-01") < 15
        known = emulator.conversations()
        assert rows("select conversation_id from conversations order by 1") == sorted((each.id,) for each in known)
        assert rows("select conversation_id, count(*) from turns group by 1 order by 1") == sorted(
            (each.id, len(each.turns)) for each in known if each.turns
        )
        assert rows(f"select note from conversations where conversation_id = '{open_one}'") == [("called back",)]
        assert rows("select typeof(started_at), typeof(in_progress) from conversations limit 1") == [
            ("TIMESTAMP WITH TIME ZONE", "BOOLEAN")
        ]
        # With their details, all of them are requested once more, and then what is new alone.
        assert loaded(function_events=True) > len(known)
        assert loaded(function_events=True) < 15
        assert len(rows("select * from conversations")) == len(known)
        assert rows("select count(*) from function_events") == [(sum(len(each.functions) for each in known),)]
        with pytest.raises(PipelineStepFailed, match="would lose its summaries"):
            loaded()
        json_columns = "select distinct typeof(state), typeof(metrics), typeof(tags) from conversations"
        assert rows(json_columns) == [("JSON", "JSON", "JSON")]
        (arguments,) = rows("select arguments from function_events where arguments is not null limit 1")[0]
        assert isinstance(json.loads(arguments), dict)
