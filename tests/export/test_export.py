"""Exports over a socket: each conversation once in each format, whatever happens on the way."""

from __future__ import annotations

import json
import resource
import shutil
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
from polyai_data.export.formats import Writer
from tests.export import expected
from tests.support.scripted_server import Received, ScriptedServer, response

ROWS = 420


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=ROWS) as running:
        yield running


@pytest.fixture(scope="module")
def wanted(client: PolyAI) -> dict[str, expected.Row]:
    return expected.rows(client)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAGE", 20)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".duckdb"])  # the others below
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
    assert all(each["turn_id"] for each in turns)
    assert any(each["summary"] for each in rows)
    assert {each["conversation_id"] for each in events} <= {each["conversation_id"] for each in rows}
    assert [*events[0]][:4] == ["agent_id", "conversation_id", "turn_index", "id"]
    assert all(each["metric_CALL_REASON"] == expected.plain(each)["metrics"].get("CALL_REASON") for each in rows)


def test_the_agents_routes_give_the_same_conversations(client: PolyAI, wanted: dict[str, expected.Row]) -> None:
    some: Any = {"since": "2026-05-02", "environments": ["live", "sandbox"]}
    table = polyai_data.frame(client, route="agents", turns="none", **some)
    since = {
        key: each
        for key, each in wanted.items()
        if each["started_at"] >= some["since"] and each["environment"] in some["environments"]
    }
    names = ["conversation_id", "agent_id", "environment", "duration_seconds", "handoff", "from_number", "num_turns"]
    got = {each["conversation_id"]: each for each in expected.plain(table.select(names).to_pylist())}
    assert got == {key: {name: each[name] for name in names} for key, each in since.items()}


@pytest.mark.parametrize("route", ["v3", "agents"])
def test_filters_of_the_server_and_of_rows(
    client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, route: Any
) -> None:
    filters = ["duration_seconds > 15", "CALL_REASON exists", "in_progress = false"]
    options = Options(channel=["VOICE-SIP"], in_progress=False, filters=filters, route=route, since="2026-04-20")
    report = export(tmp_path / "a.jsonl", client, options)
    said = [each for each in wanted.values() if each["started_at"] > "2026-04-20" and each["channel"] == "VOICE-SIP"]
    fulfil = {each["conversation_id"] for each in said if not each["in_progress"] and each["duration_seconds"] > 15}
    assert {each["conversation_id"] for each in expected.read(tmp_path / "a.jsonl")} == fulfil
    assert (report.filtered, report.in_progress) == (len(said) - len(fulfil), sum(each["in_progress"] for each in said))
    few = replace(options, channel=[], filters=["summary contains refund", "x = 1"], any_filter=True, details=True)
    with pytest.warns(UserWarning, match="no conversation has 'x'") as warned:
        assert {"refund" in each["summary"].lower() for each in polyai_data.frame(client, few).to_pylist()} == {True}
    assert warned[0].filename == __file__
    called = [each["from_number"] for each in said if each["from_number"]]
    few = Options(filters=[f"from_number = {called[0]}", "functionEvents exists"], function_events=True, mask=True)
    masked = polyai_data.frame(client, few, route=route)
    assert set(masked["from_number"].to_pylist()) == {"[phone]"}
    if route == "v3":
        with pytest.raises(ConfigError, match=r"filters name shortSummary, which only details have; set details"):
            export(tmp_path / "b.jsonl", client, Options(filters=["shortSummary contains refund"]))
        few = Options(query="refund", query_type="transcript", turn_type="user", variant_name="main")
        assert set(polyai_data.frame(client, few)["conversation_id"].to_pylist()) == {
            key
            for key, each in wanted.items()
            if each["variant_name"] == "main" and any("refund" in (turn["user_input"] or "") for turn in each["turns"])
        }


@pytest.mark.parametrize("route", ["v3", "agents"])
def test_nothing_is_left_out_without_being_counted(tmp_path: Path, route: Any) -> None:
    deep = "[" * 100_000 + "]" * 100_000  # which no JSON library reads
    first, later = "2026-05-01T10:00:00Z", "2026-05-09T10:00:00Z"

    def one(name: str, started: str | None = first, state: str = "null") -> str:
        ids = {"id": name, "project_id": "P1", "conversationId": name, "projectId": "P1"}
        rest = {"environment": "live", "clientEnv": "live", "started_at": started, "startedAt": started}
        return json.dumps({**ids, **rest, "state": "deep"}).replace('"deep"', state)

    def respond(_: Any, request: Received) -> bytes:
        details = {"a": one("a", None), "b": one("b", later), "c": one("c", state=deep)}
        if name := request.target.partition("/conversations/")[2]:
            return response(200, details[name].encode())
        rows = [one("a"), one("b"), one("deep", state=deep), one("outside", later), one("c"), "7"]
        return response(200, f'{{"conversations":[{",".join(rows)}],"count":6,"limit":1000,"offset":0}}'.encode())

    days: Any = {"since": "2026-05-01", "until": "2026-05-02"}
    some: Any = {"v3": {"environments": ["live"], "details": True}, "agents": {"environments": ["live", "sandbox"]}}
    options = Options(agents=["P1"], route=route, **days, **some[route])
    with ScriptedServer(respond) as server, PolyAI("key", base_url=server.url, account_id="A1") as client:
        report = export(tmp_path / "a.jsonl", client, options)
    ids = {each["conversation_id"] for each in expected.read(tmp_path / "a.jsonl")}
    if route == "v3":
        assert (ids, report.invalid, report.incomplete) == ({"a", "b", "c"}, 2, 1)  # c's details
    else:
        assert (ids, report.invalid, report.undated) == ({"a"}, 3, 1)  # b started when it was not asked for
        assert (report.counts, report.environments) == ({("P1", "live, sandbox"): 0}, ["live", "sandbox"])


def test_what_is_new_in_each_format_and_at_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kinds: list[tuple[str, bool, Any]] = [(f"calls{each.suffix}", False, None) for each in formats.FORMATS.values()]
    kinds += [("other.jsonl", False, "table"), ("other.csv", False, "nested"), ("other.duckdb", False, "nested")]
    kinds += [(f"days{ending}", True, None) for ending in (".csv", ".parquet")]
    urls: dict[str, Any] = {name: tmp_path / name for name, *_ in kinds}
    urls |= {"days.csv": f"file://{tmp_path}/days.csv", "days.parquet": "memory://exports/days.parquet"}
    with Emulator(conversations=40) as emulator, emulator.client() as client:
        now = emulator.clock.now()
        emulator.add_conversation(started_at=now - timedelta(hours=5), in_progress=True)
        for minutes, most in ((1, 99), (5000, 30)):
            for name, by_day, turns in kinds:
                options = Options(until=now + timedelta(minutes=minutes), turns=turns, environments=["live"])
                assert export(urls[name], client, options, by_day=by_day, since_last=True).rows < most
            if minutes == 1:
                emulator.add_conversation(started_at=now + timedelta(minutes=2))
                emulator.add_conversation(started_at=now + timedelta(minutes=3000))
        fsspec.filesystem("memory").get("/exports/days.parquet", str(tmp_path / "days.parquet"), recursive=True)
        wanted = {key: each for key, each in expected.rows(client).items() if each["environment"] == "live"}
        for name, *_ in kinds:
            expected.same(expected.read(tmp_path / name), wanted, texts=name.endswith(".csv"))
        with pytest.raises(ConfigError, match=r"calls.csv was exported with mask none, and not mask true"):
            export(urls["calls.csv"], client, Options(environments=["live"], mask=True, turns="table"), since_last=True)
    made = [tmp_path / "days.csv", tmp_path / "days.csv.export.json", *(tmp_path / "days.csv").rglob("*")]
    assert {each.stat().st_mode & 0o077 for each in made} == {0}


@pytest.mark.parametrize("options", [[], ["--details", "--ended", "--filter", "summary contains refund"]])
def test_killed_again_and_again_it_has_each_conversation_once(
    emulator: Emulator, client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, options: list[str]
) -> None:
    path, fulfil = tmp_path / "calls.jsonl", wanted
    if options:
        fulfil = {
            each["conversationId"]: wanted[each["conversationId"]]
            | {name: each[name] for name in ("direction", "language")}
            | {"finished_at": expected.time(each["finishedAt"]), "score": each["polyScore"]}
            for each in client.conversations.list().rows()
            if not each["inProgress"] and "refund" in str(each["shortSummary"]).lower()
        }
    emulator.misbehave = Misbehaviour(rate=0.05)
    small = "from polyai_data.export import fetch; fetch.PAGE = fetch.DETAILED = 20;"
    code = f"{small} from polyai_data.cli.program import run; run()"
    command = [sys.executable, "-c", code, "export", str(path), "--rate", "0", "--parallel", "2", "--json", *options]
    kills, env, output = 0, {**emulator.env(), "PATH": ""}, b""
    try:
        while not path.exists():
            before = len(list(tmp_path.glob("*/*.json")))
            with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and (kills == 2 or len(list(tmp_path.glob("*/*.json"))) < before + 3):
                    threading.Event().wait(0.005)
                kills += process.poll() is None
                process.kill()
                output = process.communicate()[0]
    finally:
        emulator.misbehave = None
    assert kills == 2
    expected.same(expected.read(path), fulfil)
    report = json.loads(output)
    assert (report["rows"], report["rows"] + report["filtered"], report["incomplete"]) == (len(fulfil), ROWS, 0)


@pytest.mark.parametrize(
    ("name", "holder", "step"), [("calls.jsonl.zst", finish, "write"), ("calls.duckdb", Writer, "close")]
)
def test_what_ended_goes_on_and_asks_for_nothing_again(  # noqa: PLR0917 - the columns of the table
    emulator: Emulator,
    client: PolyAI,
    wanted: dict[str, expected.Row],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    holder: Any,
    step: str,
) -> None:
    path, options = tmp_path / name, Options(since="2025-01-01")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(*arguments: Any, **options: Any) -> Any:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # what the disk has left
        return before(*arguments, **options)

    before = getattr(holder, step)
    monkeypatch.setattr(holder, step, full)
    try:
        with pytest.raises(DownloadError, match=rf"{name} cannot be written: .*File too large"):
            export(path, client, options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    monkeypatch.setattr(holder, step, before)
    assert not path.exists()
    with pytest.raises(ConfigError, match=r"unfinished export with since 2025-01-01, and not since 2026-01-01"):
        export(path, client, Options(since="2026-01-01"))
    emulator.requests.clear()
    export(path, client, options)
    assert not emulator.requests
    expected.same(expected.read(path), wanted)
    with pytest.raises(ConfigError, match="exists; since_last adds what is new, overwrite replaces it"):
        export(path, client, options)


@pytest.mark.parametrize("name", ["days.parquet", "calls.duckdb"])
def test_what_ended_while_files_are_published_goes_on(
    client: PolyAI, wanted: dict[str, expected.Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, publish, by_day = tmp_path / name, finish.Destination.publish, name == "days.parquet"
    left = iter(range(by_day))

    def once(self: finish.Destination, made: Path, name: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        publish(self, made, name)

    options = Options(since="2026-04-25")
    monkeypatch.setattr(finish.Destination, "publish", once)
    with pytest.raises(KeyboardInterrupt):
        export(path, client, options, by_day=by_day)
    monkeypatch.setattr(finish.Destination, "publish", publish)
    next(tmp_path.glob("*.parts/*.zst")).unlink()  # as a disk that failed has it
    export(path, client, options, by_day=by_day)
    expected.same(
        expected.read(path), {key: each for key, each in wanted.items() if each["started_at"] >= "2026-04-25"}
    )


def test_a_kill_while_the_work_folder_is_removed(
    client: PolyAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, **_: Any) -> None:
        if path.exists():
            raise KeyboardInterrupt

    path, options = tmp_path / "calls.jsonl", Options(since="2026-05-04")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            export(path, client, options)
    with pytest.raises(ConfigError, match=r"calls.jsonl exists"):
        export(path, client, options)
    export(path, client, options, overwrite=True)
    assert [each.name for each in tmp_path.iterdir() if "parts" in each.name] == []


@pytest.mark.parametrize("by_day", [False, True])
def test_a_result_is_the_files_that_its_export_wrote(client: PolyAI, tmp_path: Path, by_day: bool) -> None:
    path = tmp_path / "day=2020-01-01" / "calls.csv"
    other = path / "day=2020-01-01" / "conversations.csv" if by_day else path.with_name("calls.turns.csv")
    precious = [tmp_path / "day=2020-01-02" / "a.csv", path / "README.txt" if by_day else path.with_name("a.turns.csv")]
    path.parent.mkdir()
    wide, narrow = Options(since="2026-05-01"), Options(since="2030-01-01", until="2030-01-02", turns="none")
    for each in [*precious, other]:
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text("mine")
    with pytest.raises(ConfigError, match="exists; since_last adds what is new, overwrite replaces it"):
        export(path, client, wide, by_day=by_day)
    if not by_day:
        other.unlink()
    export(path, client, wide, by_day=by_day, overwrite=by_day)
    report = export(path, client, narrow, by_day=by_day, overwrite=True)
    left = {str(each) for each in tmp_path.rglob("*.*") if each.is_file() and not each.name.endswith("export.json")}
    assert left == {*map(str, precious), *report.files} | ({str(other)} if by_day else set())


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


@pytest.mark.parametrize("by_day", [False, True])
def test_each_conversation_is_there_once_whatever_changes(tmp_path: Path, by_day: bool) -> None:
    first, last = ("2026-05-01T10:00:00", "2026-05-03T10:00:00")

    def respond(_: Any, request: Received) -> bytes:
        # A server that heeds no parameter, and has an order of its own.
        those = [each for each in rows if f"/{each['project_id']}/" in request.target]
        return response(200, json.dumps({"conversations": those, "count": len(those)}).encode())

    def row(name: str, started: str | None, *, agent: str = "P1", open_: bool = False) -> dict[str, Any]:
        time = None if started is None else f"{started}Z"
        more = {"environment": "live", "turns": [{"user_input": started}], "in_progress": open_}
        return {"id": name, "project_id": agent, "started_at": time, **more}

    def made() -> list[tuple[str, str, str]]:
        files = sorted(path.rglob("*.jsonl")) if by_day else [path]
        read = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [(each["agent_id"], each["conversation_id"], (each["started_at"] or "")[:10]) for each in read]

    path, options = tmp_path / "calls.jsonl", Options(agents=["P1", "P2"], since="2026-05-01", until="2026-05-02")
    with ScriptedServer(respond) as server, PolyAI("key", base_url=server.url, account_id="A1") as client:
        rows = [row("late", None, open_=True), row("same", first), row("b", f"{first[:-1]}1")]
        rows.append(row("moved", first, open_=True))
        export(path, client, options, by_day=by_day, since_last=True)
        assert made() == [*(("P1", each, first[:10]) for each in ("moved", "same", "b")), ("P1", "late", "")]
        rows = [row("same", last, agent="P2"), row("moved", last), *rows[1:3], row("late", last)]
        export(path, client, replace(options, until="2026-05-04"), by_day=by_day, since_last=True)
    assert sorted(made()) == [
        ("P1", "b", first[:10]), ("P1", "late", last[:10]), ("P1", "moved", last[:10]),
        ("P1", "same", first[:10]), ("P2", "same", last[:10]),
    ]  # fmt: skip
