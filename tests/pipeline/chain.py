"""`make chain`: version after version of the vendor's documents, each taken in by the program where it takes it in.

    python -m tests.pipeline.chain [--whole]

Works in a copy of the project, on the versions of `chain.yaml`, and prints a table. A version that is taken in is
committed; one that is not must leave every file as it was. `--whole` runs all tests after the last version.

Exit status: 0 when every version is as expected, 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.sources import load_sources
from ruamel.yaml import YAML

from tests.pipeline.drift_cases.case import Page, edit_document
from tests.pipeline.projects import ROOT, copy_project

VERSIONS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_suffix(".yaml"))
COMMIT = ("-c", "user.name=t", "-c", "user.email=t@e.test", "commit", "--quiet")
VERDICTS = {0: "taken in", 2: "stopped"}
"""The verdicts by exit status."""


@dataclass(frozen=True)
class Outcome:
    """What became of a version."""

    name: str
    verdict: str
    seconds: float
    wrong: list[str]
    output: str


def copied(root: Path) -> Path:
    """A copy of the project's files, committed, with the environments of the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    copy_project(root, (name for name in listed.splitlines() if (ROOT / name).exists()))
    for name in (".venv", ".venv-generator", ".venv-independent"):
        if (ROOT / name).exists():
            (root / name).symlink_to(ROOT / name)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, *COMMIT, "--message", "copied")
    return root


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def environment(root: Path) -> dict[str, str]:
    """That of a program that imports the packages of the copy, not those that are installed."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / name) for name in ("src", "generated"))}


def publish(root: Path, folder: Path, edits: Sequence[dict[str, Any]]) -> None:
    """The pages of the vendor with those edits of what is vendored."""
    folder.mkdir()
    for file, entry in load_sources(root / "specs").items():
        if entry["kind"] != "published":
            continue
        block = (root / "specs" / file).read_text(encoding="utf-8")
        page = Page(entry["title"], block, yaml_files.loads(block, file))
        for edit in edits:
            if Path(file).stem in edit["in"].split():
                edit_document(page, edit)
        (folder / f"{Path(file).stem}.md").write_text(page.text(), encoding="utf-8")


def offer(root: Path, version: dict[str, Any], *program: str) -> Outcome:
    """Offer a version to the project at `root`, by its own program or another, and look at what became of it."""
    command = [str(root / ".venv/bin/python"), *(program or ("scripts/accept.py",))]
    before = _files(root)
    with tempfile.TemporaryDirectory(prefix="chain-") as scratch:
        pages = Path(scratch, "pages")
        publish(root, pages, version["edit"])

        def run() -> tuple[int, str]:
            done = subprocess.run(
                [*command, "--from", str(pages)], cwd=root, env=environment(root), check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            return done.returncode, done.stdout

        began = time.monotonic()
        status, output = run()
        seconds = time.monotonic() - began
        verdict, wrong = VERDICTS.get(status, f"failed with {status}"), list[str]()
        if verdict != version["verdict"]:
            wrong.append(f"{verdict}, expected {version['verdict']}")
        if verdict == "taken in":
            # As the program says.
            git(root, "add", "--all", "specs", "generated", "src/polyai_data/_sync", "CHANGELOG.md")
            git(root, *COMMIT, "--file", "build/drift.md")
            again, said = run()
            if again or "unchanged" not in said:
                wrong.append(f"it is offered again, and the status is {again}: {said}")
        elif changed := [name for name, now in _files(root).items() if before.get(name) != now]:
            wrong.append(f"changed: {', '.join(changed)}")
    if left := git(root, "status", "--porcelain"):
        wrong.append(f"left behind: {left}")
    return Outcome(version["version"], verdict, seconds, wrong, output)


def _files(root: Path) -> dict[str, tuple[bytes, int]]:
    names = [name for name in git(root, "ls-files").splitlines() if (root / name).is_file()]
    return {name: ((root / name).read_bytes(), (root / name).stat().st_mtime_ns) for name in names}


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    parser = argparse.ArgumentParser(description="Take in version after version of the vendor's documents.")
    parser.add_argument("--whole", action="store_true", help="run all tests after the last version")
    options = parser.parse_args(arguments)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="chain-") as scratch:
        root = copied(Path(scratch, "project"))
        for version in VERSIONS:
            outcome = offer(root, version)
            failed += bool(outcome.wrong)
            print(f"{outcome.name:55}{outcome.verdict:15}{outcome.seconds:6.1f} s", flush=True)
            if outcome.wrong:  # later versions edit what earlier ones brought
                print(*outcome.wrong, outcome.output, sep="\n", flush=True)
                break
        if options.whole:
            tests = [str(root / ".venv/bin/python"), "-m", "pytest", "--quiet", "-n", "2"]
            failed += bool(subprocess.run(tests, cwd=root, env=environment(root), check=False).returncode)
    print(f"chain: {len(VERSIONS)} versions, {failed or 'nothing'} not as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
