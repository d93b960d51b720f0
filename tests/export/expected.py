"""What an export must have, by another reading of the same answers; and what its files have, by others' readers."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from polyai_data import PolyAI
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

ENVIRONMENTS = sorted(CLIENT_ENVIRONMENT_VALUES)
SAME = {
    "account_id", "environment", "channel", "in_progress", "variant_id", "variant_name", "from_number", "to_number",
    "num_turns", "num_silences", "num_ood", "handoff", "handoff_reason", "handoff_destination", "note",
}  # fmt: skip
TURN = {
    "user_input", "agent_response", "user_input_dtmf", "translated_user_input", "english_agent_response", "intents",
    "is_silence", "is_ood",
}  # fmt: skip
JSON = ("metrics", "state", "entities", "tags", "intents")
Row = dict[str, Any]


def rows(client: PolyAI) -> dict[str, Row]:
    """All conversations of the client's agent by id, as the rows of an export without details."""
    raw = (
        row
        for environment in ENVIRONMENTS
        for row in client.conversations.search(client_env=environment, include_latency=True).rows()
    )
    return {each["id"]: row(each) for each in raw}


def row(raw: Row) -> Row:
    turns = [
        {name: turn.get(name) for name in TURN}
        | {
            "index": index,
            "user_input_at": time(turn.get("user_input_datetime")),
            "agent_response_at": time(turn.get("agent_response_datetime")),
            "latency_seconds": (turn.get("latency") or {}).get("perceived_latency")
            if isinstance(turn.get("latency"), dict)
            else turn.get("latency"),
            "entities": turn.get("entities"),
        }
        for index, turn in enumerate(raw["turns"])
    ]
    return {name: raw.get(name) for name in SAME} | {
        "agent_id": raw["project_id"],
        "conversation_id": raw["id"],
        "started_at": time(raw["started_at"]),
        "duration_seconds": raw.get("total_duration"),
        "agent_duration_seconds": raw.get("polyai_duration"),
        "metrics": raw.get("metrics"),
        "state": raw.get("state"),
        "turns": turns,
    }


def time(text: str | datetime.datetime | None) -> str | None:
    made = datetime.datetime.fromisoformat(text) if isinstance(text, str) else text
    return None if made is None else made.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(path: Path) -> list[Row]:
    """The conversations in a file or folder with their turns, with plain values as `rows` has them; CSV has texts."""
    if path.is_dir():
        conversations, turns = ([row for file in sorted(path.rglob(f"{name}.*")) for row in _table(file)]
                                for name in ("conversations", "turns"))  # fmt: skip
        return _joined(conversations, turns)
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as database:
            names = {name for (name,) in database.sql("SHOW TABLES").fetchall()}
            conversations, turns = (
                _listed(database, f"FROM {name}") if name in names else [] for name in ("conversations", "turns")
            )
        return _joined(conversations, turns)
    name, _, ending = path.name.partition(".")
    second = path.with_name(f"{name}.turns.{ending}")
    return _joined(_table(path), _table(second) if second.exists() else [])


def _table(path: Path) -> list[Row]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return [
            {**row, "turns": list(map(_texts, json.loads(row["turns"])))} if "turns" in row else row for row in rows
        ]
    if path.suffix == ".parquet":
        return [plain(each) for each in parquet.ParquetFile(path).read().to_pylist()]
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        data = pa.input_stream(path, compression="zstd").read()
    return [plain(json.loads(line)) for line in data.splitlines()]


def _listed(database: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return [plain(each) for each in database.sql(query).to_arrow_table().to_pylist()]


def _joined(conversations: list[Row], turns: list[Row]) -> list[Row]:
    if conversations and "turns" in conversations[0]:
        return conversations
    by_id: dict[str, list[Row]] = {each["conversation_id"]: [] for each in conversations}
    for turn in turns:
        by_id[turn["conversation_id"]].append(turn)
    return [{**each, "turns": by_id[each["conversation_id"]]} for each in conversations]


def plain(value: Any, name: str = "") -> Any:
    """Times as texts, and JSON read."""
    if isinstance(value, dict):
        return {key: plain(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if name in JSON and isinstance(value, str):
        return json.loads(value)
    return time(value) if isinstance(value, datetime.datetime) else value


def same(got: list[Row], wanted: dict[str, Row], *, texts: bool = False) -> None:
    """Hold rows against those that are wanted: each once, with the same values; of CSV as `texts`."""
    assert len(got) == len(wanted)
    assert {each["conversation_id"] for each in got} == wanted.keys()
    for each in got:
        _same(each, wanted[each["conversation_id"]], texts=texts)


def _same(got: Row, wanted: Row, *, texts: bool) -> None:
    for name, value in wanted.items():
        if name == "turns":
            assert len(got["turns"]) == len(value), (got["conversation_id"], len(got["turns"]), len(value))
            for turn, one in zip(got["turns"], value, strict=True):
                _same(turn, one, texts=texts)
        else:
            came = got[name]
            if texts:
                came, value = (json.loads(came) if came and name in JSON else came), _text(value, name)  # noqa: PLW2901
            elif name in JSON and value is None:
                assert came is None
                continue
            assert came == value, (name, came, value)


def _texts(turn: Row) -> Row:
    return {name: json.dumps(value) if isinstance(value, list) else _text(value, "") for name, value in turn.items()}


def _text(value: Any, name: str) -> Any:
    if name in JSON:
        return "" if value is None else value
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
