"""The programs that are commands, too: they read their own arguments, and say what they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from polyai_data.emulator import Emulator
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", ["emulator", "conformance"])
def test_a_program_reads_its_own_arguments(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # those of the tests stay
    done = run(name, "--help")
    assert (done.status, done.stdout.partition("[")[0]) == (0, f"usage: polyai-data {name} ")
    done = run(name, "--seed", "one")
    assert done.status == 2
    assert f"polyai-data {name}: error: argument --seed: invalid int value: 'one'" in done.stderr


def test_what_follows_two_dashes_reaches_pytest(run: Run) -> None:
    done = run("conformance", "--answers", "no.har", "--", "-x")
    assert (done.status, done.stderr.strip()) == (
        2,
        "error: -x is not for --answers, which goes with --json and --draft only",
    )


def test_the_emulator_serves_until_it_is_ended() -> None:
    line = [sys.executable, "-m", "polyai_data", "emulator", "--port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        url = started.stdout.readline().split()[-1]
        try:
            assert b"emulator" in urlopen(url).read()
        finally:
            started.terminate()
    assert started.returncode == 0


def test_redacted_audio_of_assemblyai_is_saved(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    ready, later, *_ = emulator.transcripts
    done = run("assemblyai", "redacted-audio", ready, "--to", f"{tmp_path}/new/", "--json")
    written = tmp_path / "new" / f"{ready}.mp3"
    assert json.loads(done.stdout) == {"id": ready, "file": str(written), "bytes": written.stat().st_size}
    for to in (written, written.parent):
        again = run("assemblyai", "redacted-audio", ready, "--to", to)
        assert (again.status, f"{written} exists" in again.stderr) == (2, True)
    assert run("assemblyai", "redacted-audio", ready, "--to", written, "--overwrite").status == 0
    done = run("assemblyai", "redacted-audio", later, "--to", tmp_path, "--no-wait")
    assert (done.status, done.stdout, len(list(tmp_path.iterdir()))) == (1, "", 1)
    assert "still processing" in done.stderr
