"""`polyai-data export` as users run it, and its documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from polyai_data.cli.program import run
from polyai_data.emulator import Emulator
from polyai_data.export import finish, schema
from polyai_data.export.schema import FunctionEvent, Layout, Turn


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=60) as running:
        yield running


@pytest.fixture
def account(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    for name, value in emulator.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POLYAI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    return emulator


@pytest.mark.parametrize(
    ("options", "status", "shown"),
    [
        (["a.csv"], 0, "60 conversations with"),
        (["a.csv", "--env", "live"], 0, "not asked for: the environments pre-release, sandbox"),
        (["a.csv", "--filter", "nosuch = 1"], 0, "warning: no conversation has 'nosuch'"),
        (["a.csv", "--dry-run"], 0, "3 requests."),
        (["a.csv", "--agent", "PROJECT-58RP822I", "--agent", "PROJECT-0", "--json"], 1, '"failed": {"PROJECT-0": "404'),
        (["a.csv", "--since", "someday"], 2, "'someday' is no time"),
        (["a.csv", "--rate", "some"], 2, "'some' is not a valid float"),
        (["a.csv", "--all-agents"], 2, "the profile names no agents"),
        (["a.csv", "--all-agents", "--agent", "x"], 2, "agents are named beside --all-agents"),
        (
            ["a.csv", "--since", "2026-05-02", "--until", "2026-05-01"],
            2,
            "nothing is between --since 2026-05-02 and --until 2026-05-01",
        ),
        (["no/a.csv"], 1, "no/a.csv cannot be written: No such file or directory"),
        (["a.csv", "--since-last", "--overwrite"], 2, "--since-last adds to what overwrite replaces"),
        (["a.csv", "--metric", 'a"b'], 2, "cannot be the name of a column"),
        (["a.csv", "--format", "parquet"], 2, "a.csv is to be parquet; end its name with .parquet"),
        (["a.csv", "--any"], 2, "--any goes with --filter"),
        (["a.csv", "--route", "agents", "--variant", "main"], 2, "the agents routes have no --variant; leave it"),
        (["a.duckdb", "--metric", "A", "--metric", "a"], 2, "metrics are A, a, and DuckDB takes some of these names"),
        (["memory://a.csv"], 2, "would be gone when the command ends"),
        (["-"], 2, "- names no format"),
        (["a.exe"], 2, "a.exe names no format; end it with one of .jsonl"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_command_says(  # noqa: PLR0917
    account: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], status: int, shown: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["export", *options])
    output = capsys.readouterr()
    assert shown in output.out + output.err
    assert ended.value.code == status
    assert "Traceback" not in output.err
    assert account.keys["us-agents"].value not in output.out + output.err
    assert (tmp_path / "a.csv").exists() is ((status == 0 and "--dry-run" not in options) or "--json" in options)


def test_an_interrupted_command_goes_on_with_the_times_of_before(
    account: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    command = ["export", str(tmp_path / "a.jsonl"), "--since", "9999 days ago"]
    written = finish.write
    monkeypatch.setattr(finish, "write", interrupted)
    with pytest.raises(SystemExit) as ended:
        run(command)
    monkeypatch.setattr(finish, "write", written)
    assert (ended.value.code, "the same command goes on from there" in capsys.readouterr().err) == (130, True)
    with pytest.raises(SystemExit):
        run([*command[:-1], "yesterday"])
    assert "unfinished export with since 9999 days ago, and not since yesterday;" in capsys.readouterr().err
    account.requests.clear()
    with pytest.raises(SystemExit) as ended:
        run([*command, "--json"])
    assert (ended.value.code, json.loads(capsys.readouterr().out)["rows"], len(account.requests)) == (0, 60, 0)


def test_the_documentation_has_the_schema() -> None:
    text = Path(__file__, "../../../docs/export.md").resolve().read_text()
    kinds: list[type[msgspec.Struct]] = [schema.row_type(Layout()), Turn, FunctionEvent]
    for kind in kinds:
        assert schema.described(schema.columns(kind)) in text
