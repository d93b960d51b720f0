"""`scripts/accept.py`: all of a change is taken in, or nothing at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import accept
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
VENDORED = "specs/polyai/get-conversation-by-id.yaml"
OPERATION = "GET /v1/agents/{agentId}/conversations/{conversationId}"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What taking in needs of the project, committed."""
    root = tmp_path_factory.mktemp("pristine") / "project"
    root.mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("specs", "overlay", "generated", "src"):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy2(ROOT / name, root / name)
    for command in ("init --quiet", "add --all", "-c user.name=t -c user.email=t@e.test commit --quiet -m one"):
        subprocess.run(["git", *command.split()], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "project", symlinks=True))


def page(folder: Path, text: str, operation: str = OPERATION) -> Path:
    path = folder / "get-conversation-by-id.md"
    path.write_text(f"# Get a conversation by ID\n\n````yaml {operation}\n{text}````\n", encoding="utf-8")
    return path


def published(project: Path) -> str:
    return (project / VENDORED).read_text(encoding="utf-8")


def run(project: Path, offered: Path, *steps: str) -> subprocess.CompletedProcess[str]:
    """The program with commands that stand in for `make generate` and `make check`."""
    command = [sys.executable, str(ROOT / "scripts" / "accept.py"), "--root", str(project), "--from", str(offered)]
    for step in steps:
        command += ["--step", step]
    # Without npx on the PATH: what breaks callers is not what is asked here, and takes a second.
    environment = {**os.environ, "PATH": os.pathsep.join(_folders_without_npx()), "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def _folders_without_npx() -> list[str]:
    folders = os.environ["PATH"].split(os.pathsep)
    return [folder for folder in folders if not Path(folder, "npx").exists() or Path(folder, "git").exists()]


def digest(project: Path) -> dict[str, str]:
    return {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def with_a_field(project: Path) -> str:
    return published(project).replace(
        "        user_input_dtmf:\n", "        mood:\n          type: string\n        user_input_dtmf:\n", 1
    )


def test_a_new_field_is_taken_in_with_the_report_as_its_message(project: Path, tmp_path: Path) -> None:
    text = with_a_field(project)
    before = digest(project)
    done = run(project, page(tmp_path, text), "touch generated/made", "true")
    assert done.returncode == 0, done.stdout + done.stderr
    after = digest(project)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {VENDORED, "specs/sources.yaml", "CHANGELOG.md", "generated/made", "build/drift.md"}
    assert published(project) == text
    message = (project / "build/drift.md").read_text(encoding="utf-8")
    assert message.startswith("Take in what changed in the vendors' documents\n\nDrift: regenerates:\n")
    assert "`ConversationTurn`: added properties mood" in message
    assert not [line for line in message.splitlines() if line.startswith("#")]  # git would drop them
    assert "- `ConversationTurn`: added properties mood.\n" in (project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "git commit --file build/drift.md" in done.stdout


def test_a_step_that_fails_puts_everything_back(project: Path, tmp_path: Path) -> None:
    before = digest(project)
    done = run(project, page(tmp_path, with_a_field(project)), "touch generated/made", "rm -r specs", "false")
    assert done.returncode == 1
    assert "`false` failed with what is offered; everything is as it was" in done.stderr
    assert digest(project) == before
    assert not done.stderr.count("Traceback")


def test_what_needs_a_person_is_left_alone(project: Path, tmp_path: Path) -> None:
    before = digest(project)
    text = published(project).replace("/conversations/{conversationId}:", "/calls/{conversationId}:")
    offered = page(tmp_path, text, OPERATION.replace("/conversations/", "/calls/"))
    done = run(project, offered, "touch generated/made")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "needs a person" in done.stdout
    assert digest(project) == before


def test_a_broken_source_is_left_alone(project: Path, tmp_path: Path) -> None:
    before = digest(project)
    done = run(project, page(tmp_path, published(project) + "  broken: [\n"), "touch generated/made")
    assert done.returncode == 3
    assert "get-conversation-by-id.md:" in done.stdout
    assert digest(project) == before


def test_nothing_offered_is_nothing_done(project: Path, tmp_path: Path) -> None:
    before = digest(project)
    done = run(project, page(tmp_path, published(project)), "touch generated/made")
    assert (done.returncode, "Nothing changed" in done.stdout) == (0, True)
    assert digest(project) == before


def test_work_that_is_not_committed_is_not_written_over(project: Path, tmp_path: Path) -> None:
    (project / "CHANGELOG.md").write_text("mine\n", encoding="utf-8")
    done = run(project, page(tmp_path, with_a_field(project)), "true")
    assert done.returncode == 1
    assert "commit or put away first what is changed already: CHANGELOG.md" in done.stderr
    assert (project / "CHANGELOG.md").read_text(encoding="utf-8") == "mine\n"


def test_an_interruption_puts_everything_back(project: Path) -> None:
    before = digest(project)

    def interrupted() -> None:
        with accept.all_or_nothing(project):
            shutil.rmtree(project / "specs")
            (project / "generated/made").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert digest(project) == before


CHANGELOG = (
    "# Changelog\n\nWords.\n\n## Unreleased\n\n### Added\n\n- A.\n- B\n  goes on.\n\n## 0.1.0\n\n### Added\n\n- Old.\n"
)


def test_an_entry_goes_below_its_headings() -> None:
    made = accept.with_entry(CHANGELOG, {"Added": ["C."], "Changed": ["D."]})
    assert made == CHANGELOG.replace("  goes on.\n", "  goes on.\n- C.\n\n### Changed\n\n- D.\n")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("# Changelog\n", "# Changelog\n## Unreleased\n\n### Changed\n\n- D.\n"),
        ("# C\n\n## 0.1.0\n\n- Old.\n", "# C\n\n## Unreleased\n\n### Changed\n\n- D.\n\n## 0.1.0\n\n- Old.\n"),
        ("# C\n\n## [Unreleased]\n", "# C\n\n## [Unreleased]\n\n### Changed\n\n- D.\n"),
        ("# C\n\n## Unreleased\n\n### Changed\n\n- A.\n", "# C\n\n## Unreleased\n\n### Changed\n\n- A.\n- D.\n"),
    ],
)
def test_a_changelog_in_other_shapes(text: str, made: str) -> None:
    assert accept.with_entry(text, {"Changed": ["D."]}) == made


headings = st.sampled_from(["Added", "Changed", "Removed"])
lines = st.text(st.characters(categories=["L", "N", "P"], exclude_characters="#"), min_size=1, max_size=20)


@given(st.dictionaries(headings, st.lists(lines, min_size=1, max_size=3), min_size=1))
def test_an_entry_loses_nothing_and_adds_every_line_once(entry: dict[str, list[str]]) -> None:
    made = accept.with_entry(CHANGELOG, entry)
    for line in CHANGELOG.splitlines():
        assert line in made.splitlines()
    for texts in entry.values():
        for text in texts:
            assert f"- {text}" in made.splitlines()
    assert made.endswith(CHANGELOG[CHANGELOG.index("## 0.1.0") :])
    again = accept.with_entry(made, {"Added": ["Z."]})
    assert again.count("- Z.") == 1
