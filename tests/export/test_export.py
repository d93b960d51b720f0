"""Exports over a socket: each conversation once in each format, whatever happens on the way."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import msgspec
import pytest

import polyai_data
from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.random_faults import Misbehaviour
from polyai_data.errors import ConfigError, DownloadError, PermissionDeniedError
from polyai_data.export import Options, estimate, export, fetch, finish, formats, plan
from polyai_data.export.work import Work
from tests.export import expected

ROWS = 420


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=ROWS) as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Iterator[PolyAI]:
    with emulator.client() as made:
        yield made


@pytest.fixture(scope="module")
def wanted(client: PolyAI) -> dict[str, expected.Row]:
    return expected.rows(client)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAGE", 20)


@pytest.mark.parametrize("ending", [each.suffix for each in formats.FORMATS.values()])
def test_each_format_has_each_conversation_once(
    client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"it's{ending}"
    report = export(path, client)
    expected.same(expected.read(path), wanted, texts=ending == ".csv")
    assert (report.rows, report.turns) == (ROWS, sum(len(each["turns"]) for each in wanted.values()))
    assert sum(report.counts.values()) == ROWS
    assert report.in_progress == sum(each["in_progress"] for each in wanted.values())
    assert all(Path(each).stat().st_mode & 0o777 == 0o600 for each in report.files)
    assert not list(tmp_path.glob("*.parts"))


def test_what_a_range_costs_and_asks_for(emulator: Emulator, client: PolyAI, wanted: dict[str, expected.Row]) -> None:
    emulator.requests.clear()
    table = polyai_data.frame(client, environments=["live"])
    live = {each["conversation_id"] for each in wanted.values() if each["environment"] == "live"}
    assert set(table["conversation_id"].to_pylist()) == live
    assert len(emulator.requests) < 2 * len(live) / 20 + plan.MOST_PIECES
    (guess,) = estimate(client, Options(environments=["live"]))
    assert 0.9 * len(live) <= guess.rows <= len(live)
    assert not guess.exact


def test_other_tables_and_columns(client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path) -> None:
    few = Options(
        since="2026-05-03", environments=["live"], turns="table", function_events=True, metrics=["CALL_REASON"]
    )
    report = export(tmp_path / "a.jsonl", client, few)
    rows, turns, events = (
        list(map(msgspec.json.decode, Path(name).read_bytes().splitlines())) for name in report.files
    )
    assert {each["conversation_id"] for each in rows} == {
        key for key, each in wanted.items() if each["environment"] == "live" and each["started_at"] >= "2026-05-03"
    }
    assert [*turns[0]][:4] == ["agent_id", "conversation_id", "started_at", "index"]
    assert len(turns) == sum(len(wanted[each["conversation_id"]]["turns"]) for each in rows)
    assert any(each["summary"] for each in rows)
    assert {each["conversation_id"] for each in events} <= {each["conversation_id"] for each in rows}
    assert [*events[0]][:4] == ["agent_id", "conversation_id", "turn_index", "id"]
    assert all(each["metric_CALL_REASON"] == expected.plain(each)["metrics"].get("CALL_REASON") for each in rows)


def test_the_agents_routes_give_the_same_conversations(client: PolyAI, wanted: dict[str, expected.Row]) -> None:
    table = polyai_data.frame(client, route="agents", since="2026-05-02", turns="none")
    since = {key: each for key, each in wanted.items() if each["started_at"] >= "2026-05-02"}
    names = ["conversation_id", "agent_id", "environment", "duration_seconds", "handoff", "from_number", "num_turns"]
    got = {each["conversation_id"]: each for each in expected.plain(table.select(names).to_pylist())}
    assert got == {key: {name: each[name] for name in names} for key, each in since.items()}


def test_what_is_new_in_each_format_and_at_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kinds: list[tuple[str, bool, Any]] = [
        (f"{turns}{each.suffix}", False, turns) for each in formats.FORMATS.values() for turns in ("nested", "table")
    ]
    kinds += [(f"days{ending}", True, None) for ending in (".csv", ".jsonl.zst", ".parquet")]
    urls = {name: (f"memory://exports/{name}" if name == "days.parquet" else f"file://{tmp_path}/{name}")
            if by_day else tmp_path / name for name, by_day, _ in kinds}  # fmt: skip
    with Emulator(conversations=40) as emulator, emulator.client() as client:
        now = emulator.clock.now()
        emulator.add_conversation(started_at=now - timedelta(hours=5), in_progress=True)
        for until, new in ((1, (2, 3000)), (2880, (3001,)), (5000, ())):
            emulator.requests.clear()
            for name, by_day, turns in kinds:
                options = Options(until=now + timedelta(minutes=until), turns=turns)
                assert export(urls[name], client, options, by_day=by_day, since_last=True).rows < (
                    99 if until == 1 else 30
                )
            for minutes in new:
                emulator.add_conversation(started_at=now + timedelta(minutes=minutes))
        fsspec.filesystem("memory").get("/exports/days.parquet", str(tmp_path / "days.parquet"), recursive=True)
        wanted = expected.rows(client)
        for name, *_ in kinds:
            expected.same(expected.read(tmp_path / name), wanted, texts=name.endswith(".csv"))
        with pytest.raises(ConfigError, match=r"nested.csv was exported with mask none, and not mask true"):
            export(urls["nested.csv"], client, replace(options, mask=True), since_last=True)
    private = [
        each for each in tmp_path.rglob("*") if each.name.startswith("days.csv") or "days.csv" in str(each.parent)
    ]
    assert {each.stat().st_mode & 0o077 for each in private} == {0}


def test_killed_again_and_again_it_has_each_conversation_once(
    emulator: Emulator, wanted: dict[str, expected.Row], tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    emulator.misbehave = Misbehaviour(rate=0.05)
    code = "from polyai_data.export import fetch; from polyai_data.cli.program import run; fetch.PAGE = 20; run()"
    command = [sys.executable, "-c", code, "export", str(path), "--rate", "none", "--parallel", "2"]
    kills = 0
    try:
        while not path.exists():
            before = len(list(tmp_path.glob("*/*.json")))
            with subprocess.Popen(command, env={**emulator.env(), "PATH": ""}, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and (kills == 3 or len(list(tmp_path.glob("*/*.json"))) < before + 3):
                    threading.Event().wait(0.005)
                kills += process.poll() is None
                process.kill()
    finally:
        emulator.misbehave = None
    assert kills == 3
    expected.same(expected.read(path), wanted)


def test_what_ended_goes_on_and_asks_for_nothing_again(
    emulator: Emulator, client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, options = tmp_path / "calls.jsonl.zst", Options(since="2025-01-01")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(*arguments: Any, **options: Any) -> list[str]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # what the disk has left
        return written(*arguments, **options)

    written = finish.write
    monkeypatch.setattr(finish, "write", full)
    try:
        with pytest.raises(DownloadError, match=r"calls.jsonl.zst cannot be written: File too large"):
            export(path, client, options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    monkeypatch.setattr(finish, "write", written)
    assert not path.exists()
    with pytest.raises(ConfigError, match=r"unfinished export with since 2025-01-01, and not since 2026-01-01"):
        export(path, client, Options(since="2026-01-01"))
    emulator.requests.clear()
    export(path, client, options)
    assert not emulator.requests
    expected.same(expected.read(path), wanted)
    with pytest.raises(ConfigError, match="exists; since_last adds what is new, overwrite replaces it"):
        export(path, client, options)


def test_what_ended_between_two_files_goes_on(
    client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, published = tmp_path / "calls.parquet", finish.Destination.publish

    def once(self: finish.Destination, made: Path, name: str) -> None:
        if path.exists():
            raise KeyboardInterrupt
        published(self, made, name)

    options = Options(since="2026-04-25")
    monkeypatch.setattr(finish.Destination, "publish", once)
    with pytest.raises(KeyboardInterrupt):
        export(path, client, options, by_day=True)
    monkeypatch.setattr(finish.Destination, "publish", published)
    export(path, client, options, by_day=True)
    expected.same(
        expected.read(path), {key: each for key, each in wanted.items() if each["started_at"] >= "2026-04-25"}
    )


def test_folders_that_are_not_ours(client: PolyAI, tmp_path: Path) -> None:
    options = Options(since="2026-05-04")
    with Work(tmp_path / "a.csv.parts"), pytest.raises(ConfigError, match="another export works in"):
        export(tmp_path / "a.csv", client, options)
    (tmp_path / "b.csv.parts").mkdir()
    (tmp_path / "b.csv.parts" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"has thesis.txt, and is not the work folder of an export"):
        export(tmp_path / "b.csv", client, options)
    (tmp_path / "file").write_text("")
    for path, error in (
        (tmp_path / "no" / "a.csv", DownloadError),
        (tmp_path / "file" / "a.csv", DownloadError),
        (tmp_path, ConfigError),
        ("/proc/a.csv", DownloadError),
        ("nosuch://a.csv", ConfigError),
        (tmp_path / "a.xlsx", ConfigError),
    ):
        with pytest.raises(error):
            export(path, client, options, format="csv" if path == tmp_path else None)
    assert (tmp_path / "b.csv.parts" / "thesis.txt").read_text() == "mine"


def test_an_agent_that_the_key_does_not_open_costs_the_others_nothing(emulator: Emulator, tmp_path: Path) -> None:
    open_, closed = (each.id for each in emulator.accounts["us"].agents)
    since = datetime(2026, 5, 1, tzinfo=UTC)
    with emulator.client(api_key=emulator.keys["us-one-agent"].value) as client:
        report = export(tmp_path / "a.jsonl", client, Options(agents=[open_, closed], since=since))
        assert list(report.failed) == [closed]
        assert {each["agent_id"] for each in expected.read(tmp_path / "a.jsonl")} == {open_}
        with pytest.raises(PermissionDeniedError):
            export(tmp_path / "b.jsonl", client, Options(agents=[closed], since=since))
        assert not list(tmp_path.glob("*.parts"))  # with nothing in it, it would stand in the way
    with emulator.client() as client:  # the next one begins where that agent begins
        report = export(tmp_path / "a.jsonl", client, Options(agents=[open_, closed], since=since), since_last=True)
        assert report.hidden == report.counts[closed, "live"] + report.counts.get(
            (closed, "sandbox"), 0
        ) + report.counts.get((closed, "pre-release"), 0)
        assert {each["agent_id"] for each in expected.read(tmp_path / "a.jsonl")} == {open_, closed}
