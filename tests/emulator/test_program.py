"""The emulator as a program, and the pytest plugin as users get it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator, Misbehaviour, pytest_plugin
from polyai_data.emulator.__main__ import serve
from polyai_data.emulator.faults.random_faults import KINDS
from tests.emulator.support import Caller

Serve = Callable[..., str]
DONE = threading.Event()
DONE.set()


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Serve:
    """Starts the program, which ends at once, and returns what it printed."""

    def run(*arguments: str) -> str:
        assert serve(["--port", "0", *arguments], DONE) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


def test_it_serves_until_it_is_interrupted(http: httpx.Client) -> None:
    command = [sys.executable, "-m", "polyai_data.emulator", "--port", "0", "--conversations", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert match
        page, clock, keys = (process.stdout.readline() for _ in range(3))
        assert page == f"  page   {match[1]}/ lists data, keys, and lines to try\n"
        assert clock == "  clock  2026-05-04T12:00:00Z, stands still; --now lets it follow today\n"
        assert keys.startswith("  keys   export POLYAI_API_KEY=emulator-us-agents-")
        assert " ASSEMBLYAI_REGION=us" in keys
        assert f" POLYAI_CONNECT_TO={match[1]} " in keys
        assert http.get(match[1]).status_code == 200
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def test_the_options_reach_the_emulator(program: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[dict[str, Any]] = []

    class Recorder(Emulator):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            given.append({**dict(zip(("seed", "conversations", "port"), arguments, strict=True)), **options})
            super().__init__(*arguments, **options)

    monkeypatch.setattr("polyai_data.emulator.Emulator", Recorder, raising=False)
    schedule, database = str(tmp_path / "schedule.yaml"), str(tmp_path / "world.sqlite")
    Path(schedule).write_text("- status: 503", encoding="utf-8")
    numbers = ["--seed", "5", "--conversations", "3", "--recording-bytes", "100000", "--no-ranges"]
    random_faults = ["--misbehave", "0.5", "--misbehave-kinds", "503, 520"]
    program(*numbers, "--now", *random_faults, "--schedule", schedule, "--database", database, "--as-documented")
    program("--misbehave", "0")
    values = {"seed": 5, "conversations": 3, "port": 0, "recording_bytes": 100_000, "ranges": False}
    misbehaviour = Misbehaviour(0.5, ("503", "520"), seed=5)
    switches = {"now": True, "as_documented": True}
    assert given[0] == {**values, "misbehave": misbehaviour, "schedule": schedule, "database": database, **switches}
    rest = dict.fromkeys(("recording_bytes", "misbehave", "schedule", "database")) | dict.fromkeys(switches, False)
    assert given[1] == {"seed": 1, "conversations": 40, "port": 0, "ranges": True, **rest}


def test_the_printed_environment_is_that_of_the_emulator(program: Serve, tmp_path: Path) -> None:
    printed = program("--print-env")
    script = tmp_path / "env.sh"
    script.write_text(printed + "env | grep -E '^(POLYAI|ASSEMBLYAI|EMULATOR)_'\n", encoding="utf-8")
    shown = subprocess.run(
        ["sh", "-e", str(script)], capture_output=True, text=True, check=True, env={"PATH": "/bin:/usr/bin"}
    )
    values = dict(line.split("=", 1) for line in shown.stdout.splitlines())
    with Emulator() as emulator:
        expected = {**emulator.env(), **{name: value for name, value, _ in emulator.listed()}}
    url = printed.partition("# listening on ")[2].split()[0]
    assert values == {**expected, **dict.fromkeys(["POLYAI_CONNECT_TO", "ASSEMBLYAI_BASE_URL"], url)}
    assert values["EMULATOR_KEY_US_NO_PII"] == emulator.keys["us-no-pii"].value
    assert values["EMULATOR_AGENT_UK_2"] == emulator.accounts["uk"].agents[1].id
    for meaning in ("redacted recordings only", "no permission for conversations", "expires at", "transcripts are hid"):
        assert meaning in printed
    assert "# polyai, us, agents and platform, all agents\n" in printed
    assert "# polyai, us, agents and platform, one agent\n" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--schedule", "{file}"], "{file}:1: must be a list of entries"),
        (["--schedule", "{file}.yaml"], "{file}.yaml: No such file"),
        (["--database", "{file}"], "{file}: is not a database"),
        (["--port", "{port}"], "port {port} of 127.0.0.1 is taken"),
    ],
)
def test_a_wrong_file_or_port_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, call: Caller, arguments: list[str], message: str
) -> None:
    names = {"file": str(tmp_path / "file"), "port": str(call.emulator.port)}
    Path(names["file"]).write_text("no database" * 100, encoding="utf-8")
    assert serve(["--port", "0", *(each.format(**names) for each in arguments)], DONE) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: " + message.format(**names))
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--conversations", "-1"],
        ["--what"],
        ["--misbehave", "2"],
        ["--misbehave-kinds", "explode", "--misbehave", "1"],
        ["--misbehave-kinds", "503"],
        ["--recording-bytes", "45"],
    ],
)
def test_a_wrong_argument_is_named(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        serve(arguments, DONE)
    assert exit_.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_the_help_lists_the_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        serve(["--help"], DONE)
    shown = "".join(capsys.readouterr().out.split())
    assert all(kind in shown for kind in KINDS)


def test_a_missing_extra_is_named() -> None:
    done = python(
        "import sys, threading\n"
        "from polyai_data.emulator.__main__ import serve\n"
        "for name in ('uvicorn', 'jsonschema_rs', 'yaml'):\n"
        "    for loaded in [each for each in sys.modules if each.startswith('polyai_data')]:\n"
        "        del sys.modules[loaded]\n"
        "    kept, sys.modules[name] = sys.modules.get(name), None\n"
        "    print(serve(['--port', '0'], threading.Event()))\n"
        "    sys.modules[name] = kept\n"
    )
    names = ("uvicorn", "jsonschema_rs", "yaml")
    message = "error: the emulator needs {}: pip install 'polyai-data[emulator]'\n"
    assert (done.stdout, done.stderr) == ("1\n1\n1\n", "".join(map(message.format, names)))


def test_the_plugin_loads_nothing_heavy_into_other_test_runs() -> None:
    done = python(
        "import sys, pytest; before = set(sys.modules); import polyai_data.emulator.pytest_plugin;"
        "print({'uvicorn', 'jsonschema_rs', 'yaml', 'h11', 'asyncio', 'httpx'} & (set(sys.modules) - before))"
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.parametrize("run", [1, 2])
def test_the_fixture_starts_fresh_in_each_test(polyai_emulator: Emulator, run: int) -> None:
    assert len(polyai_emulator.conversations()) == 40, run
    polyai_emulator.add_conversation()


@pytest.mark.parametrize("run", [1, 2])
def test_the_fixture_of_the_session_is_kept_beside_the_other(
    polyai_emulator: Emulator, polyai_emulator_session: Emulator, run: int
) -> None:
    assert len(polyai_emulator_session.conversations()) == 39 + run
    polyai_emulator_session.add_conversation()
    assert len(polyai_emulator.conversations()) == 40
    assert polyai_emulator.url != polyai_emulator_session.url


def test_the_fixture_names_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("server", "uvicorn_server"):
        monkeypatch.delitem(sys.modules, f"polyai_data.emulator.{name}")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(pytest.fail.Exception, match="the emulator needs uvicorn: pip install 'polyai-data"):
        pytest_plugin._new_emulator()
