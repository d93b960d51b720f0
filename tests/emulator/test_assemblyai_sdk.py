"""The emulator by its base URL alone, held to AssemblyAI's own SDK: the judge is a client of others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from polyai_data.emulator import Emulator
from tests.support.rooms import ROOT

PYTHON = ROOT / ".venv-independent" / "bin" / "python"
PROGRAM = Path(__file__).with_name("assemblyai_sdk.py")

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="AssemblyAI's SDK is not installed: make .venv-independent/.ready"
)


def test_the_sdk_waits_and_saves(polyai_emulator: Emulator, tmp_path: Path) -> None:
    of = {(each.state, each.wav): each.id for each in polyai_emulator.transcripts.values() if each.region == "eu"}
    key = polyai_emulator.keys["assemblyai-eu"].value
    program = [str(PYTHON), "-W", "ignore", str(PROGRAM), polyai_emulator.url, key, str(tmp_path)]
    subprocess.run([*program, *of.values(), "unknown"], env={**os.environ, "NO_PROXY": "127.0.0.1"}, check=True)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    expected = {
        ("pending", False): b"ID3",
        ("ready", False): b"ID3",
        ("ready", True): b"RIFF",
        ("gone", False): b"RedactedAudioExpiredError 400",
        ("not-enabled", False): b"RedactedAudioExpiredError 400",
    }
    assert of.keys() == expected.keys()
    for client in ("sync", "async"):
        for kind, begin in expected.items():
            assert files[f"{of[kind]}.{client}"].startswith(begin), kind
        assert files[f"unknown.{client}"] == b"TranscriptError 404"
    polled = [each.status for each in polyai_emulator.requests if of["pending", False] in each.path]
    assert polled == [202, 202, 202, 200, 200, 200, 200]  # a link and its file for each client
    links = [each for each in polyai_emulator.requests if each.operation_id is None]
    assert [each.status for each in links] == [200] * 6
    assert not any("authorization" in each.header_names for each in links)
    assert {each.host for each in polyai_emulator.requests} == {"127.0.0.1"}
