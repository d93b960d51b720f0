"""`scripts/drift.py` on the real documents: arguments, output, exit status, and that the project stays as it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import drift
import pytest
from drift_report import compare

from tests.pipeline import projects
from tests.pipeline.conftest import Done, Run
from tests.pipeline.projects import HERE, ROOT, THERE, VENDORED, broken, grown, moved, same

Look = Callable[..., Done]
RECORDING = "get-conversation-audio"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One project for all tests, which none of them changes."""
    folder = tmp_path_factory.mktemp("pristine") / "project"
    root = projects.copy_project(folder, ("specs", "overlay", "generated", "src/polyai_data/_async", "pyproject.toml"))
    before = projects.snapshot(root)
    yield root
    assert projects.snapshot(root) == before


@pytest.fixture
def look(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Look:
    """The program in this process, without Node and without the generator, which take a second each."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(compare, "GENERATOR", tmp_path / "none")
    return lambda *arguments: run(drift.main, *arguments, "--root", pristine)


def read(done: Done) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(done.out)
    assert (report["status"], done.err) == (done.status, "")
    return report


def recording(project: Path, folder: Path, change: Callable[[str], str] = str) -> Path:
    """Save the page of the recording, with a changed block."""
    block = change((project / f"specs/polyai/{RECORDING}.yaml").read_text(encoding="utf-8"))
    path = next(line for line in block.splitlines() if line.startswith("  /")).strip(" :")
    saved = folder / f"{RECORDING}.md"
    saved.write_text(f"# Get conversation audio\n\n````yaml GET {path}\n{block}````\n", encoding="utf-8")
    return saved


@pytest.mark.parametrize(
    ("offer", "status", "verdict"),
    [(same, 0, "unchanged"), (grown, 1, "regenerates"), (moved, 2, "needs a person"), (broken, 3, "broken source")],
)
def test_each_verdict(  # noqa: PLR0917 - the columns of the table
    offer: Callable[[Path, Path], Path], status: int, verdict: str, pristine: Path, tmp_path: Path, look: Look
) -> None:
    offered, written = offer(pristine, tmp_path), tmp_path / "new folder" / "report.md"
    done = look("--from", offered, "--output", written)
    assert (done.status, done.err) == (status, "")
    assert done.out.startswith(f"drift: {verdict}\n")
    assert "\x1b" not in done.out
    assert written.read_text(encoding="utf-8").startswith(f"# Drift: {verdict}\n")
    as_json = tmp_path / "report.json"
    done = look("--from", offered, "--json", "--output", as_json)
    assert as_json.read_text(encoding="utf-8") == done.out
    report = read(done)
    assert report["verdict"] == verdict
    if verdict == "regenerates":
        (one,) = report["documents"]
        assert (one["kind"], one["name"], one["detail"]) == ("added", "ConversationTurn", "properties mood")
        assert (one["file"], one["breaking"]) == (VENDORED, False)
        assert report["files"] == [f"changed: {VENDORED}"]
        assert [remark.partition(":")[0] for remark in report["remarks"]] == ["Python surface not compared"]


def test_a_moved_operation(pristine: Path, tmp_path: Path, look: Look) -> None:
    report = read(look("--from", moved(pristine, tmp_path), "--json"))
    assert [(one["kind"], one["name"]) for one in report["documents"]] == [("moved", f"GET {HERE}")]
    edits = [one for one in report["overlay"] if one["advice"] == "edit"]
    assert edits == report["overlay"]  # nothing else remains to do in the overlay
    for one in edits:
        file, _, line = one["where"].rpartition(":")
        action = (pristine / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert one["target"] == action.strip().replace(HERE, THERE) != action.strip()
        assert one["text"] == f"`{HERE}` is `{THERE}` now"


LIVE, AUDIO = (f"overlay/polyai/{name}.overlay.yaml" for name in ("90-live", "20-audio"))
FREE = "type: string\n          description: Free-text"


@pytest.mark.parametrize(
    ("name", "old", "new", "status", "step", "overlay", "code"),
    [
        ("audio", "              - agent\n", "              - agent\n              - mixed\n", 2, "none",
         {f"hidden {AUDIO} 'direction'"}, ["direction:", '"direction"']),
        ("audio", "default: false", "default: true", 2, "none", {f"hidden {AUDIO} 'redacted'"}, ["redacted:"]),
        ("by-id", FREE, FREE.replace("string", "string\n          nullable: true"), 1, "none",
         {f"partly {LIVE} 'note'"}, []),
        ("by-id", "type: integer\n          description: Duration", "type: number\n          description: Duration", 2,
         "none", {f"hidden {LIVE} 'duration'"}, []),
        ("by-id", "description: Client env", "enum: [a]\n          description: Client env", 2, "minor", set(), []),
        ("by-id", "$", "$", 1, "none", set(), []),
    ],
)  # fmt: skip
def test_what_the_package_gets_of_a_change(  # noqa: PLR0917 - the columns of the table
    name: str, old: str, new: str, status: int, step: str, overlay: set[str], code: list[str], pristine: Path,
    tmp_path: Path, look: Look,
) -> None:  # fmt: skip
    def change(block: str) -> str:
        assert old in block or old == "$"
        return block.replace(old, new, 1) if old != "$" else block.replace("'200':", '"200":', 1)

    offered = (
        recording(pristine, tmp_path, change)
        if name == "audio"
        else projects.page(tmp_path, change(projects.published(pristine)))
    )
    report = read(look("--from", offered, "--json"))
    assert (report["status"], report["version"]["step"]) == (status, step)
    assert report["version"]["breaking"] == (step == "minor")
    assert bool(report["changelog"]) == (step == "minor")
    if step == "none" and overlay:
        wheres = {one["where"] for one in report["overlay"]}
        assert all(one["hidden"] in wheres for one in report["documents"])
    for one in overlay:
        kind, file, part = one.split(" ")
        assert any(
            (each["kind"], each["where"].partition(":")[0]) == (kind, file) and part in each["target"]
            for each in report["overlay"]
        )
    assert bool(overlay) == bool(report["overlay"])
    lines = [(ROOT / each["file"]).read_text(encoding="utf-8").splitlines()[each["line"] - 1] for each in report["references"]]
    assert len(lines) == len(code) and all(part in line for part, line in zip(code, lines, strict=True))
    if not overlay:
        assert [file.partition("; ")[2] for file in report["files"]] == ["" if report["documents"] else "only its layout changed"]


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--from"]])
def test_a_wrong_command_line(arguments: list[str], run: Run) -> None:
    done = run(drift.main, *arguments)
    assert (done.status, done.out) == (64, "")
    assert done.err.startswith("usage: ")
    assert "error: " in done.err


def test_a_project_without_a_version(tmp_path: Path, run: Run) -> None:
    done = run(drift.main, "--root", tmp_path, "--from", "x")
    assert (done.status, done.err) == (3, f"error: {tmp_path / 'pyproject.toml'}: No such file or directory\n")


def test_a_defect_has_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(drift, "look", lambda *_, **__: 1 // 0)
    assert drift.main(["--from", "x"]) == 70
    assert "ZeroDivisionError" in capfd.readouterr().err


# After generating.


def test_what_changed_since(tmp_path: Path, look: Look) -> None:
    previous = Path(shutil.copytree(ROOT / "generated", tmp_path / "previous"))
    model = previous / "polyai_data_client" / "models" / "conversation_turn.py"
    text = model.read_text(encoding="utf-8")
    field = next(line for line in text.splitlines() if line.startswith("    user_input_dtmf:"))
    model.write_text(text.replace(field, "    mood: str | None = None"), encoding="utf-8")
    document = previous / "polyai_data_client" / "openapi.yaml"
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("        user_input_dtmf:\n", "        mood:\n", 1), encoding="utf-8")
    written = tmp_path / "report.json"
    done = look("--since", previous, "--output", written)
    assert (done.status, done.err) == (0, "")  # `make generate` succeeded
    assert done.out.startswith("Changes of generated/:\nVersion: ")
    assert "schema ConversationTurn renamed properties mood to user_input_dtmf\n" in done.out.replace("  ", "")
    assert "attribute mood of ConversationTurn was removed" in done.out
    assert "needs a person" not in done.out
    report = json.loads(written.read_text(encoding="utf-8"))
    assert {one["file"] for one in report["documents"]} == {"generated/polyai_data_client/openapi.yaml"}
    assert {one["name"].rpartition(".")[2] for one in report["surface"]} >= {"mood", "user_input_dtmf"}
    assert all(one["exposed"] for one in report["surface"])
    assert report["overlay"] == report["files"] == report["broken"] == []


# With the generator, and as a process.


@pytest.mark.skipif(not compare.GENERATOR.exists(), reason="the generator's environment is not set up")
def test_a_content_type_that_the_generator_does_not_know(pristine: Path, tmp_path: Path) -> None:
    def change(block: str) -> str:
        return block.replace("audio/wav:", "audio/x-unknown:")

    report = compare.look(pristine, [str(recording(pristine, tmp_path, change))])
    assert [one.kind for one in report.consequences] == ["generation"]
    assert report.consequences[0].text.startswith("no client can be generated: ")


@pytest.mark.skipif(not compare.GENERATOR.exists(), reason="the generator's environment is not set up")
def test_the_story_of_docs_regenerating(tmp_path: Path) -> None:
    there = f"{HERE}/audio"

    def change(block: str) -> str:
        block = re.sub(r"  /v3/.*:\n", f"  {there}:\n", block)
        block = re.sub(r" {8}- name: account_id\n(?: {10}.*\n)+", "", block, count=1)
        for old, new in (("project_id", "agentId"), ("conversation_id", "conversationId")):
            block = block.replace(f"name: {old}", f"name: {new}")
        return re.sub(r"https://api\.(\w+?)w?-1\.platform\.polyai\.app", r"https://api.\1.poly.ai", block)

    offered = recording(ROOT, tmp_path, change)
    if there in (ROOT / f"specs/polyai/{RECORDING}.yaml").read_text(encoding="utf-8"):
        pytest.skip("the recording moved")
    report = compare.look(ROOT, [str(offered)])
    assert (report.status, report.breaking) == (2, True)
    (moved,) = [one for one in report.differences if not one.detail.startswith("parameters")]
    assert (moved.kind, moved.breaking) == ("moved", True)
    drops = [(one.kind, one.where.partition(":")[0]) for one in report.consequences if one.advice == "drop"]
    identity, audio = (f"overlay/polyai/{name}.overlay.yaml" for name in ("10-identity", "20-audio"))
    assert sorted(drops) == [("dead", identity), *[("dead", audio)] * 4, ("published", audio)]
    others = {one.kind for one in report.consequences if one.advice != "drop"}
    assert others == {"server", "conflict"}
    assert [one.text for one in report.surface] == ["operation `get_conversation_recording_v3` was removed"]
    assert {"facade", "emulator", "tests", "scripts"} <= {one.room for one in report.references if one.sure}


def test_a_process_whose_reader_has_left(pristine: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Größe"
    folder.mkdir()
    command = [sys.executable, str(ROOT / "scripts" / "drift.py"), "--root", str(pristine)]
    command += ["--from", str(broken(pristine, folder))]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (3, b"")
    assert b"Gr\\xf6\\xdfe" in done.stdout
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, check=False, stdout=writer, stderr=subprocess.PIPE, timeout=120)
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, b"")
