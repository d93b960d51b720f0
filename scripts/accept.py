"""Take changed documents in: vendor, generate, check, and leave a tree that is ready to be committed.

    python scripts/accept.py [--from WHERE…]

Stops at the first thing that needs a person, with everything as it was. Otherwise specs/ and generated/ hold what is
offered, CHANGELOG.md has the suggested entry, and build/drift.md is the message to commit it with.

Exit status: 0 taken in, or nothing to take in; 1 a step failed and everything was put back; 2 a person is needed; 3 a
source is broken; 64 a wrong command line; 70 a defect of this program.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.program import DEFECT, Parser, program

# isort: split
from drift import add_from, reading
from drift_report.compare import look
from drift_report.report import Report
from drift_report.view import markdown, show
from pipeline.yaml_files import PipelineError
from rich.console import Console

KEPT = ("specs", "generated", "src/polyai_data/_sync", "CHANGELOG.md")
"""What taking in changes, and what is put back after a failure."""
MESSAGE = Path("build", "drift.md")
STEPS = ("make generate", "make check")


@contextmanager
def all_or_nothing(root: Path) -> Iterator[None]:
    """Put everything back after any exception, an interruption included."""
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        for name in KEPT:
            _copy(root / name, Path(scratch, name))
        try:
            yield
        except BaseException:
            for name in KEPT:
                _replace(Path(scratch, name), root / name)
            raise


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    _copy(source, target)


def with_entry(changelog: str, entry: dict[str, list[str]]) -> str:
    """The changelog with the lines of an entry under its headings in the unreleased part."""
    before, unreleased, rest = _parts(changelog)
    for heading, texts in entry.items():
        lines = "".join(f"- {text}\n" for text in texts)
        if match := re.search(rf"^### {heading}\n\n?(?:(?!^### |^## ).*\n?)*", unreleased, re.MULTILINE):
            section = match.group().rstrip("\n") + "\n" + lines
            unreleased = unreleased[: match.start()] + section + "\n" + unreleased[match.end() :]
        else:
            unreleased = unreleased.rstrip("\n") + f"\n\n### {heading}\n\n{lines}\n"
    return before + (unreleased if rest else unreleased.rstrip("\n") + "\n") + rest


def _parts(changelog: str) -> tuple[str, str, str]:
    """The changelog up to its unreleased part, that part, and what follows."""
    heading = re.search(r"^## \[?Unreleased\]?.*\n", changelog, re.MULTILINE | re.IGNORECASE)
    following = re.compile(r"^## ", re.MULTILINE).search(changelog, heading.end() if heading else 0)
    end = following.start() if following else len(changelog)
    if heading:
        return changelog[: heading.start()], changelog[heading.start() : end], changelog[end:]
    return changelog[:end], "## Unreleased\n\n", changelog[end:]


def message(report: Report) -> str:
    """The message of the commit: a subject, and the report."""
    operations = {one.name for one in report.differences if one.subject == "operation"}
    what = f"{len(operations)} operations" if len(operations) > 1 else next(iter(operations), "the vendors' documents")
    # Git takes lines that begin with # for comments, so the headings lose it.
    text = re.sub(r"^#+ (.*)$", r"\1:", markdown(report), flags=re.MULTILINE)
    return f"Take in what changed in {what}\n\n{text}"


def _uncommitted(root: Path) -> list[str]:
    """Files that taking in would change and that have uncommitted changes; none without git."""
    command = ["git", "status", "--porcelain", "--", *KEPT]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return []
    return [line[3:] for line in done.stdout.splitlines()] if done.returncode == 0 else []


def accept(root: Path, locations: Sequence[str], console: Console) -> int:
    """Take in what is offered at `locations`; the result is the exit status."""
    if uncommitted := _uncommitted(root):
        raise PipelineError(f"uncommitted changes in {', '.join(uncommitted)}: commit or stash them first")
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        offered = Path(scratch, "specs")
        with reading():
            report = look(root, locations, keep=offered)
        show(report, console)
        if report.status != 1:
            return report.status
        with all_or_nothing(root):
            _replace(offered, root / "specs")
            for step in STEPS:
                console.print(f"\n[bold]{step}[/]")
                if subprocess.run(step.split(), cwd=root, check=False).returncode:
                    raise PipelineError(f"`{step}` failed with what is offered; everything is as it was")
            changelog = root / "CHANGELOG.md"
            text = with_entry(changelog.read_text(encoding="utf-8-sig"), report.changelog())
            changelog.write_text(text, encoding="utf-8")
            (root / MESSAGE).parent.mkdir(exist_ok=True)
            (root / MESSAGE).write_text(message(report), encoding="utf-8")
    console.print(f"\nTaken in. Version step: {report.step}. Read the diff, then:", style="bold green")
    console.print(f"  git add --all {' '.join(KEPT)} && git commit --file {MESSAGE}", soft_wrap=True)
    return 0


@functools.partial(program, defect=DEFECT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    parser = Parser(description="Take changed documents in: vendor, generate, check. All or nothing.")
    add_from(parser)
    options = parser.parse_args(arguments)
    return accept(options.root, options.locations, Console())


if __name__ == "__main__":
    sys.exit(main())
