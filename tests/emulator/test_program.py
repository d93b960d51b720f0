"""The emulator as a program, and the pytest plugin as users get it."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from polyai_data.emulator import Emulator, Misbehaviour
from polyai_data.emulator.faults.random_faults import KINDS
from tests.emulator.support import Caller, operations

PROGRAM = [sys.executable, "-m", "polyai_data.emulator"]


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The program, once it listens, with the lines that it has printed."""
    with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if "listening on" in line:
                    break
            yield process, lines
        finally:
            process.kill()


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else PROGRAM
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted(http: httpx.Client, interrupt: signal.Signals) -> None:
    with running("--port", "0", "--conversations", "3", "--seed", "5") as (process, lines):
        assert len(lines) == 1
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)", lines[0])
        assert found
        response = http.get(found[1])
        assert response.status_code == 200
        process.send_signal(interrupt)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def test_the_seed_and_the_size_are_those_that_are_asked_for(http: httpx.Client) -> None:
    with running("--port", "0", "--conversations", "3", "--seed", "5") as (_, lines), Emulator(5, 3) as emulator:
        here = Caller(emulator, http)("listConversations")
        there = http.get(lines[0].rpartition(" ")[2] + here.request.url.path, headers={**here.request.headers})
        assert there.content == here.content
        assert there.json()["count"] == 3


def test_the_printed_environment_can_be_sourced(tmp_path: Path) -> None:
    with running("--port", "0", "--print-env") as (_, lines):
        script = tmp_path / "env.sh"
        script.write_text("\n".join(lines) + "\nenv | grep -E '^(POLYAI|ASSEMBLYAI)_' | sort\n", encoding="utf-8")
        shown = subprocess.run(
            ["sh", "-e", str(script)], capture_output=True, text=True, check=True, env={"PATH": "/bin:/usr/bin"}
        )
        values = dict(line.split("=", 1) for line in shown.stdout.splitlines())
        assert shown.stderr == ""
        assert sorted(values) == sorted(
            [
                "ASSEMBLYAI_API_KEY",
                "ASSEMBLYAI_REGION",
                "POLYAI_ACCOUNT_ID",
                "POLYAI_AGENT_ID",
                "POLYAI_API_KEY",
                "POLYAI_CONNECT_TO",
                "POLYAI_CONVERSATIONS_API_KEY",
                "POLYAI_REGION",
            ]
        )
        assert lines[-1] == f"# listening on {values['POLYAI_CONNECT_TO']}"


def test_the_printed_environment_lists_all_accounts_agents_and_keys(tmp_path: Path) -> None:
    with running("--port", "0", "--print-env") as (_, lines), Emulator() as emulator:
        script = tmp_path / "env.sh"
        script.write_text("\n".join(lines) + "\nenv | grep ^EMULATOR_\n", encoding="utf-8")
        shown = subprocess.run(
            ["sh", "-e", str(script)], capture_output=True, text=True, check=True, env={"PATH": "/bin:/usr/bin"}
        )
        values = dict(line.split("=", 1) for line in shown.stdout.splitlines())
        assert values == {name: value for name, value, _ in emulator.listed()}
        for name, key in emulator.keys.items():
            assert values["EMULATOR_KEY_" + name.upper().replace("-", "_")] == key.value
        assert values["EMULATOR_ACCOUNT_EU"] == emulator.accounts["eu"].id
        assert values["EMULATOR_AGENT_UK_2"] == emulator.accounts["uk"].agents[1].id
        text = "\n".join(lines)
        for meaning in ("one agent", "redacted recordings only", "no permission for conversations", "expires at"):
            assert meaning in text
        assert "# polyai, us, agents and platform, all agents" in text


def test_it_keeps_its_database_and_its_schedule(tmp_path: Path, http: httpx.Client) -> None:
    schedule, database = tmp_path / "schedule.yaml", tmp_path / "world.sqlite"
    schedule.write_text("- {operation: upsertNote, calls: 1, status: 500}", encoding="utf-8")
    arguments = ["--port", "0", "--schedule", str(schedule), "--database", str(database)]
    with Emulator() as emulator:
        model = Caller(emulator, http)("upsertNote", json={"note": "kept"}).request
    shown = model.url.path.removesuffix("/note")
    for expected in (500, 201):
        with running(*arguments) as (process, lines):
            url = lines[0].rpartition(" ")[2]
            statuses = [
                http.post(url + model.url.path, content=model.content, headers={**model.headers}).status_code
                for _ in range(1 if expected == 500 else 2)
            ]
            assert statuses[-1] == expected
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    with running(*arguments) as (_, lines):
        headers = {name: value for name, value in model.headers.items() if name != "content-length"}
        found = http.get(lines[0].rpartition(" ")[2] + shown, headers=headers).json()
        assert found["note"] == "kept"
    done = run(*arguments, "--seed", "2")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {database}: was made with seed 1, not 2; take that, or another file\n"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("--schedule", "- status: 503\n- kind: x", "schedule.yaml:2: kind: 'x' is none of"),
        ("--schedule", None, "schedule.yaml: No such file"),
        ("--database", "no database" * 100, "schedule.yaml: is no database"),
    ],
)
def test_a_file_that_cannot_be_is_one_clear_line(tmp_path: Path, name: str, content: str | None, what: str) -> None:
    path = tmp_path / "schedule.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = run("--port", "0", name, str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert what in done.stderr


def test_a_taken_port_is_one_clear_line() -> None:
    with Emulator(conversations=1) as emulator:
        done = run("--port", str(emulator.port))
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr == f"error: port {emulator.port} of 127.0.0.1 is taken\n"


def test_it_misbehaves_when_told_to(http: httpx.Client) -> None:
    arguments = ["--port", "0", "--misbehave", "1", "--misbehave-kinds", "503, 520", "--seed", "2"]
    kinds = Misbehaviour(1, ("503", "520"), seed=2)
    operation = operations()["listConversations"]
    with running(*arguments) as (_, lines):
        url, headers = lines[0].rpartition(" ")[2], {"Host": operation.host("us")}
        statuses = [http.get(f"{url}/v1/agents/{n}/conversations", headers=headers).status_code for n in range(20)]
    assert statuses == [int(kinds.kind(number) or 0) for number in range(20)]
    assert set(statuses) == {503, 520}


def test_it_gives_recordings_as_it_is_told_to(http: httpx.Client) -> None:
    with (
        running("--port", "0", "--recording-bytes", "100000", "--no-ranges", "--misbehave", "0") as (_, lines),
        Emulator() as emulator,
    ):
        here = Caller(emulator, http)("getConversationRecording")
        there = http.get(lines[0].rpartition(" ")[2] + here.request.url.path, headers={**here.request.headers})
        assert len(there.content) == 100_000
        assert "etag" not in there.headers


def test_the_help_lists_the_kinds() -> None:
    done = run("--help")
    shown = "".join(done.stdout.split())
    assert done.returncode == 0
    assert all(kind in shown for kind in KINDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--port", "x"],
        ["--conversations", "-1"],
        ["--what"],
        ["--misbehave", "2"],
        ["--misbehave", "often"],
        ["--misbehave-kinds", "explode", "--misbehave", "1"],
        ["--misbehave-kinds", ",", "--misbehave", "1"],
        ["--misbehave-kinds", "503"],
        ["--recording-bytes", "45"],
        ["--recording-bytes", "x"],
    ],
)
def test_a_wrong_argument_is_told(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


@pytest.mark.parametrize("module", ["uvicorn", "jsonschema_rs", "yaml"])
def test_a_missing_extra_is_named(module: str) -> None:
    code = (
        f"import runpy, sys; sys.modules[{module!r}] = None; sys.argv = ['x', '--port', '0'];"
        "runpy.run_module('polyai_data.emulator', run_name='__main__', alter_sys=True)"
    )
    done = run(code=code)
    assert done.returncode == 1
    assert done.stderr == f"error: the emulator needs {module}: pip install 'polyai-data[emulator]'\n"


def test_the_plugin_brings_nothing_heavy_into_other_test_runs() -> None:
    code = (
        "import sys, pytest; import polyai_data.emulator.pytest_plugin;"
        "print(sorted({'uvicorn', 'jsonschema_rs', 'yaml', 'h11', 'asyncio'} & set(sys.modules)))"
    )
    plain = run(code="import sys, pytest; print(sorted({'uvicorn', 'yaml', 'h11', 'asyncio'} & set(sys.modules)))")
    done = run(code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout == plain.stdout


def test_the_fixture_starts_fresh_in_each_test(tmp_path: Path) -> None:
    tests = tmp_path / "test_users.py"
    tests.write_text(
        "def test_one(polyai_emulator):\n"
        "    polyai_emulator.add_conversation()\n"
        "    assert len(polyai_emulator.conversations()) == 41\n"
        "def test_two(polyai_emulator):\n"
        "    assert len(polyai_emulator.conversations()) == 40\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_fixture_names_the_missing_extra(tmp_path: Path) -> None:
    tests = tmp_path / "test_users.py"
    tests.write_text(
        "import sys\nsys.modules['uvicorn'] = None\ndef test_one(polyai_emulator):\n    pass\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "pip install 'polyai-data[emulator]'" in done.stdout
