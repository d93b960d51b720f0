"""Take changed documents in: vendor them, generate, check, and leave a tree that is ready to be committed.

    python scripts/accept.py [--from WHERE…]

Stops at the first thing that needs a person, with everything as it was. Otherwise specs/ and generated/ hold what is
offered, CHANGELOG.md has the suggested entry, and build/drift.md is the message to commit it with.

Exit status: 0 taken in, or nothing to take in; 1 a step failed and all was put back; 2 a person is needed; 3 a source
is broken; 64 the command line makes no sense.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drift import Parser, add_wheres, telling
from drift_report.compare import look
from drift_report.report import Report
from drift_report.view import markdown, show
from pipeline.yaml_files import PipelineError
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("specs", "generated", "src/polyai_data/_sync", "CHANGELOG.md")
"""What taking in changes, and what is put back when it fails."""
MESSAGE = Path("build", "drift.md")
STEPS = ("make generate", "make check")


@contextmanager
def all_or_nothing(root: Path) -> Iterator[None]:
    """Put back what was there when anything is raised, an interruption included."""
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        for name in KEPT:
            _copy(root / name, Path(scratch, name))
        try:
            yield
        except BaseException:
            for name in KEPT:
                _remove(root / name)
                _copy(Path(scratch, name), root / name)
            raise


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def with_entry(changelog: str, entry: dict[str, list[str]]) -> str:
    """The changelog with the lines of an entry under its headings in the part that is not released yet."""
    before, unreleased, rest = _parted(changelog)
    for heading, texts in entry.items():
        lines = "".join(f"- {text}\n" for text in texts)
        found = re.search(rf"^### {heading}\n\n?(?:(?!^### |^## ).*\n?)*", unreleased, re.MULTILINE)
        if found:
            section = found.group().rstrip("\n") + "\n" + lines
            unreleased = unreleased[: found.start()] + section + "\n" + unreleased[found.end() :]
        else:
            unreleased = unreleased.rstrip("\n") + f"\n\n### {heading}\n\n{lines}\n"
    return before + (unreleased if rest else unreleased.rstrip("\n") + "\n") + rest


def _parted(changelog: str) -> tuple[str, str, str]:
    """The changelog up to its unreleased part, that part, and what follows."""
    found = re.search(r"^## \[?Unreleased\]?.*\n", changelog, re.MULTILINE | re.IGNORECASE)
    if not found:
        first = re.search(r"^## ", changelog, re.MULTILINE)
        at = first.start() if first else len(changelog)
        return changelog[:at], "## Unreleased\n\n", changelog[at:]
    after = re.search(r"^## ", changelog[found.end() :], re.MULTILINE)
    end = found.end() + after.start() if after else len(changelog)
    return changelog[: found.start()], changelog[found.start() : end], changelog[end:]


def message(report: Report) -> str:
    """The message of the commit: a subject, and the report."""
    whole = {d.name for d in report.differences if d.subject == "operation"} or {"the vendors' documents"}
    what = next(iter(whole)) if len(whole) == 1 else f"{len(whole)} operations"
    # A commit's message has no headings: git would take lines that begin with # for comments.
    text = re.sub(r"^#+ (.*)$", r"\1:", markdown(report), flags=re.MULTILINE)
    return f"Take in what changed in {what}\n\n{text}"


def _dirty(root: Path) -> list[str]:
    """What is not committed of that which taking in changes; nothing where there is no git."""
    command = ["git", "status", "--porcelain", "--", *KEPT]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return []
    return [line[3:] for line in done.stdout.splitlines()] if done.returncode == 0 else []


def accept(root: Path, wheres: Sequence[str], console: Console, steps: Sequence[str] = STEPS) -> int:
    """Take in what is offered at `wheres`; the result is the exit status."""
    if dirty := _dirty(root):
        raise PipelineError(f"commit or put away first what is changed already: {', '.join(dirty)}")
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        offered = Path(scratch, "specs")
        with telling() as tell:
            report = look(root, wheres, tell=tell, keep=offered)
        show(report, console)
        if report.status != 1:
            return report.status
        with all_or_nothing(root):
            _remove(root / "specs")
            _copy(offered, root / "specs")
            for step in steps:
                console.print(f"\n[bold]{step}[/]")
                if subprocess.run(step.split(), cwd=root, check=False).returncode:
                    raise PipelineError(f"`{step}` failed with what is offered; everything is as it was")
            changelog = root / "CHANGELOG.md"
            changelog.write_text(
                with_entry(changelog.read_text(encoding="utf-8"), report.changelog()), encoding="utf-8"
            )
            (root / MESSAGE).parent.mkdir(exist_ok=True)
            (root / MESSAGE).write_text(message(report), encoding="utf-8")
    console.print(f"\nTaken in. Version step: {report.step}. Read the diff, then:", style="bold green")
    console.print(f"  git add --all {' '.join(KEPT)} && git commit --file {MESSAGE}", soft_wrap=True)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the result is its exit status."""
    parser = Parser(description="Take changed documents in: vendor, generate, check.")
    add_wheres(parser)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--step", action="append", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        return accept(options.root, options.wheres, Console(), options.step or STEPS)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything is as it was.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
