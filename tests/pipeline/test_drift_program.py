"""`scripts/drift.py` on the real documents: arguments, output, exit status, and that the project stays as it is."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import drift
import pytest
from drift_report import compare
from pipeline.cut import cut

from tests.pipeline import projects
from tests.pipeline.conftest import Done, Run
from tests.pipeline.projects import ROOT, VENDORED, broken, grown, moved, same

Look = Callable[..., Done]
RECORDING = "get-conversation-audio"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One project for all tests, which none of them changes."""
    folder = tmp_path_factory.mktemp("pristine") / "project"
    root = projects.copy_project(
        folder, ("specs", "overlay", "generated", "src/polyai_data/_async", "src/polyai_data/_version.py")
    )
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
    if verdict == "regenerates":
        as_json = tmp_path / "report.json"
        done = look("--from", offered, "--json", "--output", as_json)
        assert as_json.read_text(encoding="utf-8") == done.out
        report = read(done)
        assert report["verdict"] == verdict
        (one,) = report["documents"]
        assert (one["kind"], one["name"], one["detail"]) == ("added", "ConversationTurn", "properties mood")
        assert (one["file"], one["breaking"]) == (VENDORED, False)
        assert report["files"] == [f"changed: {VENDORED}"]
        assert [remark.partition(":")[0] for remark in report["remarks"]] == ["Python surface not compared"]


ENVIRONMENT = "type: string\n          description: Client env"


@pytest.mark.parametrize(
    ("old", "new", "status", "step"),
    [
        (ENVIRONMENT, f"enum: [live]\n          {ENVIRONMENT}", 2, "minor"),
        ("'200':", '"200":', 1, "none"),
    ],
)
def test_what_importers_get_of_a_change(  # noqa: PLR0917 - the columns of the table
    old: str, new: str, status: int, step: str, pristine: Path, tmp_path: Path, look: Look
) -> None:
    offered = same(pristine, tmp_path)
    text = offered.read_text(encoding="utf-8")
    assert old in text
    offered.write_text(text.replace(old, new, 1), encoding="utf-8")
    report = read(look("--from", offered, "--json"))
    assert (report["status"], report["version"]["step"]) == (status, step)
    assert report["version"]["breaking"] == bool(report["changelog"]) == (step == "minor")
    assert report["files"][0].endswith("only its layout changed") == (report["documents"] == [])


def test_a_narrowed_limit_names_what_the_facade_says_of_it(pristine: Path, tmp_path: Path, look: Look) -> None:
    name = "GET /v3/{account_id}/{project_id}/conversations"
    document = cut(projects.patched_document(pristine, "polyai"), {name})
    text = json.dumps(document).replace(": 1000", ": 500")
    (tmp_path / "listing.json").write_text(text, encoding="utf-8")
    report = read(look("--from", tmp_path / "listing.json", "--json"))
    assert [one["text"] for one in report["references"]] == ["says 1000 of `limit`, which is now 500"]


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--from"]])
def test_a_wrong_command_line(arguments: list[str], run: Run) -> None:
    done = run(drift.main, *arguments)
    assert (done.status, done.out) == (64, "")
    assert done.err.startswith("usage: ")
    assert "error: " in done.err


def test_a_defect_has_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(drift, "look", lambda *_, **__: 1 // 0)
    assert drift.main(["--from", "x"]) == 70
    assert "ZeroDivisionError" in capfd.readouterr().err


# After generating.


@pytest.mark.parametrize("verb", ["vendor PAGE", "drift FROM", "accept FROM"])
def test_a_command_of_the_report_can_be_pasted(verb: str) -> None:
    """Whatever is in a path: make takes a `$` for a variable, and the shell a blank for an end."""
    where = 'it\'s $HOME/a "b".md'
    value = where if verb.startswith("vendor") else shlex.join([where])
    command = f"make --dry-run {verb}={shlex.quote(value)}"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert where in shlex.split(done.stdout)


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
    assert "schema ConversationTurn: renamed properties mood to user_input_dtmf\n" in done.out.replace("  ", "")
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


def test_a_process_whose_reader_has_left(pristine: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "drift.py"), "--root", str(pristine)]
    command += ["--from", str(broken(pristine, tmp_path))]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, check=False, stdout=writer, stderr=subprocess.PIPE, timeout=120)
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, b"")
