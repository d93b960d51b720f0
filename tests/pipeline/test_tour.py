"""`make run`: the tour calls every operation, names the host that each really went to, and only reads the real API."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from tour import main

from polyai_data.emulator import Emulator
from tests.pipeline.conftest import Run
from tests.support.rooms import complete

TOUR = Path(__file__).resolve().parents[2] / "scripts" / "tour.py"
HOSTS = {"agents": "api.us.poly.ai", "platform": "api.us-1.platform.polyai.app", "assemblyai": "api.assemblyai.com"}
OPERATIONS = {name: operation.logical_host for name, operation in complete().items()}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("POLYAI_", "ASSEMBLYAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("POLYAI_CONFIG", str(tmp_path / "none.toml"))


def steps(output: str) -> dict[str, str]:
    """The host of each operation in the output."""
    lines = (line.split() for line in output.splitlines())
    return {words[0]: words[1] for words in lines if words and words[0] in OPERATIONS}


def test_the_tour_calls_every_operation_on_its_host(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(TOUR), "--output", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert steps(done.stdout) == {name: HOSTS[logical_host] for name, logical_host in OPERATIONS.items()}
    assert "note: recording(legacy=True)" in done.stdout
    assert "With a real key" in done.stdout
    recordings = list((tmp_path / "out").iterdir())
    assert len(recordings) == 3
    for path in recordings:
        with wave.open(str(path)) as sound:
            assert sound.getnframes() > 0


def test_the_live_tour_only_reads(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Emulator() as emulator:
        for name, value in emulator.env().items():
            monkeypatch.setenv(name, value)
        done = run(main, "--live", "--output", tmp_path / "out")
        assert (done.status, done.err) == (0, "")
        assert {request.method for request in emulator.requests} == {"GET"}
        assert list(steps(done.out)) == [
            "listConversations",
            "searchConversations",
            "getConversation",
            "getConversationRecording",
            "getConversationRecordingV3",
        ]
        monkeypatch.setenv("POLYAI_API_KEY", "of-another-region")
        refused = run(main, "--live", "--output", tmp_path / "out")
    assert refused.status == 1
    assert "401 AUTH_USER_INVALID_TOKEN" in refused.err
    assert "of-another-region" not in refused.out + refused.err


def test_the_live_tour_needs_a_key(run: Run, tmp_path: Path) -> None:
    done = run(main, "--live", "--output", tmp_path / "out")
    assert done.status == 1
    assert "set POLYAI_API_KEY" in done.err
