"""examples/: each runs as a user would run it, against the emulator with calls of this week."""

from __future__ import annotations

import ast
import asyncio
import csv
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import httpx
import pytest
import uvicorn

from polyai_data.emulator import Emulator

EXAMPLES = Path(__file__).parents[1] / "examples"
VOICE = "VOICE-SIP"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(now=True) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _at_home(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def source(name: str) -> str:
    """The text of an example, without the pauses between requests."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    return text.replace("requests_per_minute=100", "requests_per_minute=60_000")


def run(name: str, *, later: int = 0) -> int:
    """Run an example, some days later; its exit status."""
    Path(name).write_text(re.sub(r"\(days=(\w+)\)", rf"(days=\1 - {later})", source(name)), encoding="utf-8")
    try:
        runpy.run_path(name, run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_each_is_listed_and_short() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.iterdir():
        if path.suffix in {".py", ".ipynb", ".yaml"}:
            assert f"({path.name})" in listed
            assert path.suffix == ".ipynb" or len(path.read_text(encoding="utf-8").splitlines()) <= 60


def test_the_daily_export_has_each_conversation_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert [run("daily_export.py"), run("daily_export.py")] == [0, 0]
    first, *_, table = capsys.readouterr().out.split("were new or had not ended")
    assert int(first.split()[0]) >= 40
    assert "handoff_percent" in table
    with duckdb.connect("calls.duckdb", read_only=True) as database:
        counted = database.execute("SELECT count(*), count(DISTINCT conversation_id) FROM conversations").fetchone()
    assert counted == (int(first.split()[0]),) * 2


@pytest.mark.parametrize("name", ["daily_export.py", "nightly_archive.py"])
def test_what_was_interrupted_goes_on_the_next_day(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("polyai_data.export.finish.write", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(name)
    assert Path("calls.duckdb.parts" if name == "daily_export.py" else "calls.parts").exists()
    assert run(name, later=1) == 0


def test_the_queue_has_the_slow_calls(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("slow_calls.py") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds == sorted(seconds, reverse=True)
    for row in rows:
        turns = next(each.turns for each in emulator.conversations() if each.id == row["conversation"])
        slow = [turn.latency for turn in turns if turn.latency > 2]
        assert (float(row["seconds"]), int(row["slow turns"])) == (max(slow), len(slow))
    assert rows


def test_the_audit_of_a_week_goes_on(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("week_audit.py") == 0
    (folder,) = Path().glob("audit-*")
    conversations = sorted(path.name for path in folder.iterdir())
    assert len(conversations) > 3
    assert all((folder / each / "SHA256SUMS").is_file() for each in conversations)
    asked = len(emulator.requests)
    assert run("week_audit.py") == 0
    assert len(emulator.requests) == asked + 1  # the listing
    assert f"{len(conversations)} conversations" in capsys.readouterr().out


def test_the_suite_of_an_agent_passes_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # of the plugins that we have and a user has not
    Path("test_agent.py").write_bytes((EXAMPLES / "test_agent.py").read_bytes())
    wrong = "  - name: wrong\n    turns:\n      - say: Are you open?\n        expect: ten to four\n"
    Path("agent.yaml").write_text((EXAMPLES / "agent.yaml").read_text(encoding="utf-8") + wrong, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "test_agent.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 failed, 3 passed" in done.stdout
    assert "We are open from nine to six" in done.stdout


def test_the_endpoint_streams_a_recording(emulator: Emulator) -> None:
    app: Any = runpy.run_path(str(EXAMPLES / "stream_recording.py"))["app"]
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            asyncio.run(asyncio.sleep(0.01))
        port = server.servers[0].sockets[0].getsockname()[1]
        call = next(each for each in emulator.conversations() if each.channel == VOICE and not each.in_progress)
        with emulator.client() as client:
            expected = client.conversations.recording(call.id, redacted=True).read()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
            response = browser.get(f"/recordings/{call.id}")
            assert (response.status_code, response.content) == (200, expected)
            assert response.headers["Content-Length"] == str(len(expected))
            for wrong in ("CA0", "%20"):
                assert browser.get(f"/recordings/{wrong}").json() == {"detail": "this conversation has no recording"}
    finally:
        server.should_exit = True
        thread.join()


def test_the_archive_has_days_and_recordings(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert [run("nightly_archive.py"), run("nightly_archive.py")] == [0, 0]
    assert capsys.readouterr() == ("", "")
    assert len(list(Path("calls").glob("day=*/*.parquet"))) > 3
    lines = Path("recordings/manifest.jsonl").read_text(encoding="utf-8").splitlines()
    saved = [json.loads(line)["id"] for line in lines]
    assert len(saved) == len(set(saved)) > 10
    assert all(json.loads(line)["redacted"] for line in lines)


def test_the_notebook_shows_something_for_each_cell() -> None:
    notebook = json.loads(source("explore.ipynb"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
    shown, names = [], dict[str, Any]()
    for cell in cells:
        *statements, last = ast.parse("".join(cell["source"])).body
        if not isinstance(last, ast.Expr):
            statements.append(last)
        exec(compile(ast.Module(statements, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            shown.append(value._repr_html_() if hasattr(value, "_repr_html_") else str(value))
    names["polyai"].close()
    table, conversation, waiting, player = shown
    assert "<table" in table
    assert "live" in waiting
    assert "p95" in waiting
    assert "<audio" in player
    assert len(conversation) > 500
