"""Exports that go on from others: nothing is lost, whatever is asked for then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError, PermissionDeniedError
from polyai_data.export import Options, export, run
from polyai_data.export.order import State, order_of, state_of
from polyai_data.profiles import Profile, Profiles, save
from tests.export import expected
from tests.support.scripted_server import Received, ScriptedServer, response


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=80) as running:
        yield running


@pytest.fixture(scope="module")
def starts(client: PolyAI) -> dict[str, str]:
    return {key: each["started_at"] for key, each in expected.rows(client).items()}


def state(path: Path) -> State:
    made = state_of(path.with_name(f"{path.name}.export.json").read_bytes())
    assert made is not None
    return made


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


FIRST = ("2026-04-28", "2026-05-02")


@pytest.mark.parametrize(
    ("route", "then", "has"),
    [
        ("v3", ("2026-05-01", "2026-05-04"), [("2026-04-28", "2026-05-04")]),
        ("v3", ("2026-04-20", "2026-05-04"), [("2026-04-20", "2026-05-04")]),
        ("agents", ("2026-04-20", "2026-05-04"), [("2026-04-20", "2026-05-04")]),
        ("v3", ("2026-05-03", "2026-05-04"), [FIRST, ("2026-05-03", "2026-05-04")]),
        ("v3", ("2026-04-20", "2026-04-22"), [FIRST, ("2026-04-20", "2026-04-22")]),
        ("v3", ("2026-04-28", "2026-04-30"), [FIRST]),
    ],
    ids=["later", "wider", "wider-agents", "gap", "earlier", "nothing-new"],
)
def test_a_range_that_follows_adds_what_it_has_and_a_wide_one_all(
    client: PolyAI, starts: dict[str, str], tmp_path: Path, *, route: Any, then: Any, has: list[tuple[str, str]]
) -> None:
    path = tmp_path / "a.jsonl"
    for since, until in (FIRST, then, ("2026-04-10", "2026-05-05")):
        export(path, client, Options(since=since, until=until, route=route, turns="none"), since_last=True)
        rows = [each["conversation_id"] for each in expected.read(path)]
        ranges = {FIRST: [FIRST], then: has}.get((since, until), [(since, until)])
        assert sorted(rows) == sorted(key for key, at in starts.items() if any(a <= at < b for a, b in ranges))


def test_the_future_is_not_reached(client: PolyAI, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for _ in range(2):
        export(tmp_path / "a.jsonl", client, Options(since=now, until=now + timedelta(days=9)), since_last=True)
        assert all(now <= each.until < now + timedelta(hours=1) for each in state(tmp_path / "a.jsonl").through)


@pytest.mark.parametrize("lost", ["", ".export.json"])
def test_an_increment_adds_to_what_it_began_with_or_says_that_it_is_gone(
    client: PolyAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    path, options = tmp_path / "a.jsonl", Options(since="2026-05-01", until="2026-05-03")
    export(path, client, options, since_last=True)

    monkeypatch.setattr(run, "report_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(path, client, replace(options, until="2026-05-04"), since_last=True)
    monkeypatch.undo()
    gone = path.with_name(path.name + lost)
    gone.rename(tmp_path / "kept")
    with pytest.raises(ConfigError, match=r"not as it was when its export began|needs .*export\.json"):
        export(path, client, replace(options, until="2026-05-04"), since_last=True)
    (tmp_path / "kept").rename(gone)
    export(path, client, replace(options, until="2026-05-04"), since_last=True)
    assert {each["started_at"][:10] for each in expected.read(path)} == {"2026-05-01", "2026-05-02", "2026-05-03"}


@pytest.mark.parametrize("by_day", [False, True])
@pytest.mark.parametrize("route", ["v3", "agents"])
def test_what_is_asked_for_again_and_no_longer_fulfils_the_filters_goes(
    tmp_path: Path, *, route: Any, by_day: bool
) -> None:
    def respond(_: object, request: Received) -> bytes:
        name = request.target.partition("/conversations/")[2]
        page = {"conversations": [*rows.values()], "count": len(rows), "limit": 1000, "offset": 0}
        return response(200, json.dumps(rows[name] if name else page).encode())

    def row(name: str, at: str, *, open_: bool, note: str) -> dict[str, Any]:
        ids = {"id": name, "conversationId": name, "project_id": "P1", "projectId": "P1", "note": note}
        live = {"environment": "live", "clientEnv": "live"}
        started = {"started_at": f"2026-05-{at}:00Z", "startedAt": f"2026-05-{at}:00Z"}
        return {**ids, **started, "in_progress": open_, "inProgress": open_, **live}

    def made(note: str, *, open_: bool) -> dict[str, Any]:
        starts = {"was-open": "01T10:00", "ended": "01T11:00", "recent": "02T23:40"}
        return {name: row(name, at, open_=open_ and name == "was-open", note=note) for name, at in starts.items()}

    path = tmp_path / "calls.jsonl"
    some = Options(["P1"], since="2026-05-01T00:00Z", filters=["note = yes"], environments=["live"], route=route)
    with ScriptedServer(respond) as server, PolyAI("key", base_url=server.url, account_id="A1") as client:
        rows = made("yes", open_=True)
        export(path, client, replace(some, until="2026-05-03T00:30Z"), by_day=by_day, since_last=True)
        rows = made("no", open_=False) | {"new": row("new", "04T09:00", open_=False, note="yes")}
        export(path, client, replace(some, until="2026-05-05T00:00Z"), by_day=by_day, since_last=True)
    assert [each["conversation_id"] for each in expected.read(path)] == ["ended", "new"]


def test_what_appears_meanwhile_or_cannot_be_replaced_stays(
    emulator: Emulator, client: PolyAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, options = tmp_path / "a.jsonl", Options(since="2026-05-01")

    monkeypatch.setattr(run, "report_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(path, client, options)
    monkeypatch.undo()
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"a\.jsonl exists"):
        export(path, client, options)
    assert path.read_text() == "mine"
    agents = [each.id for each in emulator.accounts["us"].agents]
    with (
        emulator.client(api_key=emulator.keys["us-one-agent"].value) as other,
        pytest.raises(PermissionDeniedError),
    ):
        export(path, other, replace(options, agents=agents), overwrite=True, work=tmp_path / "work")
    assert path.read_text() == "mine"


def test_all_agents_are_the_own_one_and_those_that_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = Profile(api_key="k", region="us", agent="PROJECT-1", agents={"b": "PROJECT-2", "a": "PROJECT-1"})
    save(Profiles({"x": profile}), tmp_path / "config.toml")
    monkeypatch.setenv("POLYAI_CONFIG", str(tmp_path / "config.toml"))
    with PolyAI(profile="x") as client:
        order = order_of(client, Options(all_agents=True, route="agents"), "none")
    assert [each.agent for each in order.tasks] == ["PROJECT-1", "PROJECT-2"]
