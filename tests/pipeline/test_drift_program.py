"""`scripts/drift.py`: what it is asked, what it answers with, and that the project stays as it is."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import drift
import pytest
from drift_report import compare
from pipeline import yaml_files

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "drift.py"
NAME = "get-conversation-by-id"
VENDORED = f"specs/polyai/{NAME}.yaml"
HERE = "/v1/agents/{agentId}/conversations/{conversationId}"
THERE = "/v1/agents/{agentId}/calls/{conversationId}"
OPERATION = f"GET {HERE}"
Answer = tuple[int, str, str]
# Most texts are the same in all tests, and parsing them is most of the work.
parse = functools.cache(yaml_files.loads)


def digest(project: Path) -> dict[str, str]:
    return {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in project.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the report needs of the project."""
    root = tmp_path_factory.mktemp("pristine") / "project"
    for name in ("specs", "overlay", "generated"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def project(pristine: Path) -> Iterator[Path]:
    """One project for all tests, none of which may change it."""
    before = digest(pristine)
    yield pristine
    assert digest(pristine) == before


@pytest.fixture
def run(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """The program in this process, where neither Node nor the generator is there: each takes a second of its own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(compare, "GENERATOR", tmp_path / "none")
    monkeypatch.setattr(yaml_files, "loads", parse)

    def run(*arguments: str | Path) -> Answer:
        status = drift.main([*map(str, arguments), "--root", str(project)])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def published(project: Path) -> str:
    return (project / VENDORED).read_text(encoding="utf-8")


def page(folder: Path, text: str, operation: str = OPERATION) -> Path:
    path = folder / f"{NAME}.md"
    path.write_text(f"# Get a conversation by ID\n\n````yaml {operation}\n{text}````\n", encoding="utf-8")
    return path


def same(project: Path, folder: Path) -> Path:
    return page(folder, published(project))


def grown(project: Path, folder: Path) -> Path:
    mood = "        mood:\n          type: string\n        user_input_dtmf:\n"
    return page(folder, published(project).replace("        user_input_dtmf:\n", mood, 1))


def moved(project: Path, folder: Path) -> Path:
    text = published(project).replace("/conversations/{conversationId}:", "/calls/{conversationId}:")
    return page(folder, text, f"GET {THERE}")


def broken(project: Path, folder: Path) -> Path:
    return page(folder, published(project) + "  broken: [\n")


Case = tuple[Callable[[Path, Path], Path], int, str]
OFFERS: list[Case] = [
    (same, 0, "unchanged"),
    (grown, 1, "regenerates"),
    (moved, 2, "needs a person"),
    (broken, 3, "broken source"),
]


@pytest.mark.parametrize("case", OFFERS)
def test_each_verdict(case: Case, project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    offer, status, verdict = case
    offered = offer(project, tmp_path)
    written = tmp_path / "new folder" / "report.md"
    found, out, err = run("--from", offered, "--output", written)
    assert (found, err) == (status, "")
    assert out.startswith(f"drift: {verdict}\n")
    assert written.read_text(encoding="utf-8").startswith(f"# Drift: {verdict}\n")
    as_json = tmp_path / "report.json"
    found, out, err = run("--from", offered, "--json", "--output", as_json)
    assert (found, err) == (status, "")
    assert as_json.read_text(encoding="utf-8") == out
    report = json.loads(out)
    assert (report["status"], report["verdict"]) == (status, verdict)


def read(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer[1])
    assert (found["status"], answer[2]) == (answer[0], "")
    return found


def test_a_new_field(project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    report = read(run("--from", grown(project, tmp_path), "--json"))
    assert report["files"] == [f"changed: {VENDORED}"]
    (one,) = report["documents"]
    assert (one["kind"], one["name"], one["detail"]) == ("added", "ConversationTurn", "properties mood")
    assert (one["old"], one["new"]) == (None, "/components/schemas/ConversationTurn/properties/mood")
    assert (one["file"], one["breaking"], one["wording"]) == (VENDORED, None, False)
    assert report["changelog"] == {"Changed": ["`ConversationTurn`: added properties mood."]}
    assert any("there is no Node" in remark for remark in report["remarks"])
    assert any("no view of the Python surface" in remark for remark in report["remarks"])
    assert (report["overlay"], report["broken"]) == ([], [])


def test_a_moved_operation(project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    report = read(run("--from", moved(project, tmp_path), "--json"))
    assert [(one["kind"], one["name"]) for one in report["documents"]] == [("moved", OPERATION)]
    dead = [one for one in report["overlay"] if one["kind"] == "dead" and f"['{HERE}']" in one["target"]]
    assert dead
    for one in dead:
        file, _, line = one["where"].rpartition(":")
        action = (project / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert action.lstrip(" -").startswith("target:")
        assert one["nearest"] == f"$.paths['{THERE}'].get"
        assert one["text"] == f"the target matches nothing: its operation moved to GET {THERE}"


def test_a_broken_page_is_told_with_its_place(project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    offered = broken(project, tmp_path)
    status, out, _ = run("--from", offered)
    last = len(offered.read_text(encoding="utf-8").splitlines())
    assert status == 3
    assert f"\n  {offered}:{last}:1: " in out
    (one,) = read(run("--from", offered, "--json"))["broken"]
    assert (one["file"], one["line"], one["column"]) == (str(offered), last, 1)


def test_all_that_is_broken_is_told(tmp_path: Path, run: Callable[..., Answer]) -> None:
    none, prose = tmp_path / "none.md", tmp_path / "other.yaml"
    prose.write_text("openapi: 3.1.0\npaths: [\n", encoding="utf-8")
    report = read(run("--from", none, "--from", prose, "--json"))
    assert report["status"] == 3
    assert none.as_posix() in {one["file"] for one in report["broken"]}


def test_several_wheres_and_a_folder(project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    offered = grown(project, pages)
    other = tmp_path / "get-conversation-audio.md"
    text = (project / "specs/polyai/get-conversation-audio.yaml").read_text(encoding="utf-8")
    declared = "GET /v3/{account_id}/{project_id}/conversations/{conversation_id}/audio"
    other.write_text(f"# Get conversation audio\n\n````yaml {declared}\n{text}````\n", encoding="utf-8")
    both = read(run("--from", offered, other, "--json"))
    assert both["documents"] == read(run("--from", other, "--from", offered, "--json"))["documents"]
    assert [one["detail"] for one in both["documents"]] == ["properties mood"]
    # A folder is taken for all that there is; what it does not have went.
    report = read(run("--from", pages, "--json"))
    assert report["status"] == 2
    assert [one["where"] for one in report["overlay"] if one["kind"] == "gone"] == [
        "specs/polyai/get-conversation-audio.yaml"
    ]


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--from"], ["--output"], ["page.md"], ["--json=yes"]])
def test_a_command_line_that_makes_no_sense(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        drift.main(arguments)
    assert caught.value.code == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: ")
    assert "error: " in err


def test_help_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        drift.main(["--help"])
    assert caught.value.code == 0
    assert "--from WHERE" in capsys.readouterr().out


def test_output_that_cannot_be_written(project: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    offered = same(project, tmp_path)
    for output, problem in ((tmp_path, "Is a directory"), (offered / "report.md", "File exists")):
        status, out, err = run("--from", offered, "--output", output)
        assert (status, out) == (3, "")
        assert err.startswith("error: ")
        assert err.endswith(f"{problem}\n")
        assert err.count("\n") == 1


def test_a_project_without_a_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift.main(["--root", str(tmp_path), "--from", "x"]) == 3
    assert capsys.readouterr().err == f"error: {tmp_path / 'pyproject.toml'}: No such file or directory\n"


# After generating.


def test_nothing_was_there_before(tmp_path: Path, run: Callable[..., Answer]) -> None:
    assert run("--since", tmp_path / "none", "--output", tmp_path / "report.md") == (0, "", "")
    assert not (tmp_path / "report.md").exists()


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as they were when one model had a field less, and one a field more."""
    folder = Path(shutil.copytree(ROOT / "generated", tmp_path_factory.mktemp("since") / "previous"))
    model = folder / "polyai_data_client" / "models" / "conversation_turn.py"
    document = folder / "polyai_data_client" / "openapi.yaml"
    text = model.read_text(encoding="utf-8")
    field = next(line for line in text.splitlines() if line.startswith("    user_input_dtmf:"))
    model.write_text(text.replace(field, "    mood: str | None = None"), encoding="utf-8")
    text = document.read_text(encoding="utf-8")
    assert "        user_input_dtmf:\n" in text
    document.write_text(text.replace("        user_input_dtmf:\n", "        mood:\n", 1), encoding="utf-8")
    return folder


def test_since_tells_and_decides_nothing(previous: Path, tmp_path: Path, run: Callable[..., Answer]) -> None:
    written = tmp_path / "report.md"
    status, out, err = run("--since", previous, "--output", written)
    assert (status, err) == (0, "")  # `make generate` did what it was asked to
    assert out.startswith("generated/ is another one now:\n\nDocuments\n")
    assert "schema ConversationTurn renamed properties mood to user_input_dtmf\n" in out.replace("  ", "")
    assert "attribute mood of ConversationTurn was removed" in out
    assert "needs a person" not in out
    assert "**breaking** attribute `mood` of `ConversationTurn` was removed" in written.read_text(encoding="utf-8")


def test_since_as_json(previous: Path, run: Callable[..., Answer]) -> None:
    status, out, err = run("--since", previous, "--json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert {one["file"] for one in report["documents"]} == {"generated/polyai_data_client/openapi.yaml"}
    assert {one["name"].rpartition(".")[2] for one in report["surface"]} >= {"mood", "user_input_dtmf"}
    assert {one["exposed"] for one in report["surface"]} == {True}
    assert report["overlay"] == report["files"] == report["broken"] == []


# As a program of its own.


def start(project: Path, tmp_path: Path, *arguments: str | Path, **keys: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(tmp_path), "COLUMNS": "200", **keys.pop("env", {})}
    command = [sys.executable, str(SCRIPT), "--root", str(project), *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "timeout": 120, **keys}
    return subprocess.run(command, check=False, env=environment, **options)


@pytest.mark.parametrize(("offer", "status"), [(same, 0), (broken, 3)])
def test_its_exit_status(offer: Callable[[Path, Path], Path], status: int, project: Path, tmp_path: Path) -> None:
    done = start(project, tmp_path, "--from", offer(project, tmp_path))
    assert (done.returncode, done.stderr) == (status, "")
    assert "\x1b" not in done.stdout


def test_its_exit_status_where_the_command_line_makes_no_sense(project: Path, tmp_path: Path) -> None:
    done = start(project, tmp_path, "--nonsense")
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.endswith("error: unrecognized arguments: --nonsense\n")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_reader_who_has_seen_enough(arguments: list[str], project: Path, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = start(project, tmp_path, "--from", broken(project, tmp_path), *arguments, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_screen_of_few_letters(arguments: list[str], project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Größe"
    folder.mkdir()
    done = start(project, tmp_path, "--from", broken(project, folder), *arguments, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (3, "")
