"""README.md: its Python works against the emulator, and shows something."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from polyai_data.emulator import Emulator

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
PROGRAMS = [block for block in BLOCKS if "from polyai_data import" in block]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_an_example_works(
    number: int,
    polyai_emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in polyai_emulator.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", polyai_emulator.keys["assemblyai-eu"].value)
    monkeypatch.chdir(tmp_path)
    transcript = next(each for each in polyai_emulator.transcripts.values() if each.region == "eu")
    call = next(each for each in polyai_emulator.conversations() if each.channel == "VOICE-SIP" and len(each.turns) > 3)
    code = PROGRAMS[number].replace('api_key="…", ', "").replace("CA…", call.id).replace("transcript-id", transcript.id)
    assert "…" not in code
    Path("example.py").write_text(code, encoding="utf-8")
    runpy.run_path("example.py")
    printed = capsys.readouterr().out.splitlines()
    if "conversations.search(" in code:
        assert sum(bool(re.fullmatch(r"\S+ \d+", line)) for line in printed) > 1
    elif "conversations.list(" in code:
        assert len(printed) == 40
    if ".wav" in code:
        assert Path("call.wav").read_bytes().startswith(b"RIFF")
