"""`scripts/accept.py`: a change is taken in as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import accept
import pytest
from drift_report import compare
from rich.console import Console

from tests.pipeline import projects
from tests.pipeline.conftest import Done, Run
from tests.pipeline.projects import VENDORED, broken, grown, moved, same, snapshot

Take = Callable[..., Done]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What taking in needs of the project, committed."""
    folder = tmp_path_factory.mktemp("pristine") / "project"
    root = projects.copy_project(
        folder, ("specs", "overlay", "generated", "src/polyai_data/_version.py", "CHANGELOG.md")
    )
    for command in ("init --quiet", "add --all", "-c user.name=t -c user.email=t@e.test commit --quiet -m one"):
        subprocess.run(["git", *command.split()], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "project", symlinks=True))


@pytest.fixture
def take(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Take:
    """The program in this process, with commands in place of `make generate` and the checks."""
    monkeypatch.setattr(compare, "GENERATOR", tmp_path / "none")
    monkeypatch.setenv("COLUMNS", "200")

    def take(offered: Path, *steps: str) -> Done:
        monkeypatch.setattr(accept, "GENERATE", steps[0])
        monkeypatch.setattr(accept, "CHECKS", dict(zip("abc", steps[1:], strict=False)))
        return run(accept.main, "--root", project, "--from", offered)

    return take


def test_a_new_field(project: Path, tmp_path: Path, take: Take) -> None:
    before = snapshot(project)
    offered = grown(project, tmp_path)
    done = take(offered, "touch generated/made", "true")
    assert (done.status, done.err) == (0, "")
    after = snapshot(project)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {VENDORED, "specs/sources.yaml", "CHANGELOG.md", "generated/made", "build/drift.md"}
    assert "        mood:\n" in projects.published(project)
    message = (project / "build/drift.md").read_text(encoding="utf-8")
    assert message.startswith("Take in what changed in the vendors' documents\n\nDrift: regenerates:\n")
    assert "`ConversationTurn`: added properties mood" in message
    assert not [line for line in message.splitlines() if line.startswith("#")]  # Git would drop them
    assert "- `ConversationTurn`: added properties mood.\n" in (project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "git commit --file build/drift.md" in done.out


def test_a_step_that_fails(project: Path, tmp_path: Path, take: Take) -> None:
    before = snapshot(project)
    program = "for n in range(90): print(n, flush=True)\nimport sys; sys.exit(3)"
    failing = shlex.join([sys.executable, "-c", program])
    hanging = "sh -c 'echo $$ > ../pid; sleep 600'"
    done = take(grown(project, tmp_path), "touch generated/made", "rm -r specs", hanging, failing)
    assert done.status == 1
    assert done.err.startswith("error: c failed with what is offered; everything is as it was. The command:\n")
    assert done.err.endswith("Its last lines:\n" + "".join(f"  {n}\n" for n in range(70, 90)))
    assert snapshot(project) == before
    with pytest.raises(ProcessLookupError):  # the other check does not go on
        os.kill(int((tmp_path / "pid").read_text(encoding="ascii")), 0)


def test_commands_run_in_the_tree_that_takes_in(project: Path) -> None:
    (project / "src/polyai_data/__init__.py").write_text("HERE = True\n", encoding="utf-8")
    imports = shlex.join([sys.executable, "-c", "import polyai_data; polyai_data.HERE"])
    accept.run_all(project, {"imports": imports}, Console())


@pytest.mark.parametrize(
    ("offer", "status", "words"),
    [(same, 0, "drift: unchanged"), (moved, 2, "needs a person"), (broken, 3, "get-conversation-by-id.md:")],
)
def test_what_is_not_taken_in(  # noqa: PLR0917 - the columns of the table
    offer: Callable[[Path, Path], Path], status: int, words: str, project: Path, tmp_path: Path, take: Take
) -> None:
    before = snapshot(project)
    done = take(offer(project, tmp_path), "touch generated/made")
    assert (done.status, words in done.out) == (status, True)
    assert snapshot(project) == before


def test_uncommitted_changes_are_kept(project: Path, tmp_path: Path, take: Take) -> None:
    (project / "CHANGELOG.md").write_text("mine\n", encoding="utf-8")
    done = take(grown(project, tmp_path), "true")
    assert (done.status, done.err) == (1, "error: uncommitted changes in CHANGELOG.md: commit or stash them first\n")
    assert (project / "CHANGELOG.md").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(number: int, project: Path) -> None:
    before, handler = snapshot(project), signal.getsignal(number)
    with contextlib.suppress(KeyboardInterrupt, SystemExit), accept.all_or_nothing(project):
        shutil.rmtree(project / "generated")
        (project / "CHANGELOG.md").unlink()
        signal.raise_signal(number)
    assert snapshot(project) == before
    assert signal.getsignal(number) == handler


# The changelog.

CHANGELOG = (
    "# Changelog\n\nWords.\n\n## Unreleased\n\n### Added\n\n- A.\n- B\n  goes on.\n\n## 0.1.0\n\n### Added\n\n- Old.\n"
)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (CHANGELOG, CHANGELOG.replace("  goes on.\n", "  goes on.\n\n### Changed\n\n- D.\n")),
        ("# Changelog\n", "# Changelog\n## Unreleased\n\n### Changed\n\n- D.\n"),
        ("# C\n\n## 0.1.0\n\n- Old.\n", "# C\n\n## Unreleased\n\n### Changed\n\n- D.\n\n## 0.1.0\n\n- Old.\n"),
        ("# C\n\n## [Unreleased]\n", "# C\n\n## [Unreleased]\n\n### Changed\n\n- D.\n"),
        ("# C\n\n## Unreleased\n\n### Changed\n\n- A.\n", "# C\n\n## Unreleased\n\n### Changed\n\n- A.\n- D.\n"),
    ],
)
def test_an_entry_in_a_changelog(text: str, made: str) -> None:
    assert accept.with_entry(text, {"Changed": ["D."]}) == made
