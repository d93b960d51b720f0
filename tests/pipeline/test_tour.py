"""`make run`: the tour calls every operation, names the host that each really went to, and only reads the real API."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

from polyai_data.emulator import Emulator
from polyai_data.hosts import ASSEMBLYAI, POLYAI

TOUR = Path(__file__).resolve().parents[2] / "scripts" / "tour.py"
HOSTS = {"agents": "api.us.poly.ai", "platform": "api.us-1.platform.polyai.app", "assemblyai": "api.assemblyai.com"}
OPERATIONS = {
    operation.id: operation
    for table in (POLYAI, ASSEMBLYAI)
    for operation in (table.operation(name) for name in table.operations)
}


def tour(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("POLYAI_", "ASSEMBLYAI_"))}
    clean["POLYAI_CONFIG"] = str(folder / "none.toml")
    command = [sys.executable, "-W", "error", str(TOUR), "--output", str(folder / "out"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**clean, **environment})


def steps(output: str) -> dict[str, str]:
    """The host that each operation is said to have gone to."""
    lines = (line.split() for line in output.splitlines())
    return {words[0]: words[1] for words in lines if words and words[0] in OPERATIONS}


def test_the_tour_calls_every_operation_on_its_host(tmp_path: Path) -> None:
    done = tour(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert steps(done.stdout) == {name: HOSTS[operation.logical_host] for name, operation in OPERATIONS.items()}
    assert len(steps(done.stdout)) == 10
    assert "note: recording(legacy=True)" in done.stdout
    assert "With a real key" in done.stdout
    for path in (tmp_path / "out").iterdir():
        with wave.open(str(path)) as sound:
            assert sound.getnframes() > 0
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_the_live_tour_only_reads(tmp_path: Path) -> None:
    with Emulator() as emulator:
        done = tour(tmp_path, "--live", **emulator.env())
        assert (done.returncode, done.stderr) == (0, "")
        methods = {record.method for record in emulator.requests}
    assert methods == {"GET"}
    assert list(steps(done.stdout)) == [
        "listConversations",
        "searchConversations",
        "getConversation",
        "getConversationRecording",
        "getConversationRecordingV3",
    ]


def test_the_live_tour_wants_a_key(tmp_path: Path) -> None:
    done = tour(tmp_path, "--live")
    assert done.returncode == 1
    assert "set POLYAI_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_live_tour_that_is_refused_says_why(tmp_path: Path) -> None:
    with Emulator() as emulator:
        done = tour(tmp_path, "--live", **{**emulator.env(), "POLYAI_API_KEY": "of-another-region"})
    assert done.returncode == 1
    assert "401 AUTH_USER_INVALID_TOKEN" in done.stderr
    assert "of-another-region" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
