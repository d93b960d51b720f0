"""Take changed documents in: vendor, generate, check that it works, and leave a tree that is ready to be committed.

    python scripts/accept.py [--from WHERE…]

Stops at the first thing that needs a person or fails, with everything as it was. Otherwise specs/ and generated/ hold
what is offered, CHANGELOG.md has the suggested entry, and build/drift.md is the message to commit it with.

Exit status: 0 taken in, or nothing to take in; 1 a step failed and everything was put back; 2 a person is needed; 3 a
source is broken; 64 a wrong command line; 70 a defect of this program.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
PYTHON = shlex.quote(sys.executable)
PYTEST = f"{PYTHON} -m pytest --quiet --no-header --tb=short --maxfail=3 -p no:cacheprovider"
_FACADE = "decode document_responses live_shapes surface views"
_EMULATOR = "chats hosts keys manner operations paging redacted_audio search statuses writes"
GENERATE = "make generate"
CHECKS = {
    "facade and emulator": f"{PYTEST} tests/test_operations.py"
    + "".join(f" tests/facade/test_{name}.py" for name in _FACADE.split())
    + "".join(f" tests/emulator/test_{name}.py" for name in _EMULATOR.split()),
    # What `make check` has beyond these: whether basedpyright accepts scripts/ and bench/.
    "lint, types, written files": "make check-lint check-written check-floors check-mypy",
    "conformance": f"{PYTHON} -m polyai_data.conformance --profile quick",
    "generated client": f"{PYTEST} tests/generated",
    "types by basedpyright": f"{PYTHON} -m basedpyright --level error src generated",
}
"""What must be in order afterwards: commands by name, the longest first, as they run side by side."""
_LAST_LINES = 20


@contextmanager
def all_or_nothing(root: Path) -> Iterator[None]:
    """Put everything back after any exception, an interruption included, and when the process is to end."""
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        for name in KEPT:
            _copy(root / name, Path(scratch, name))
        handlers = {number: signal.signal(number, _end) for number in (signal.SIGHUP, signal.SIGTERM)}
        try:
            yield
        except BaseException:
            for name in KEPT:
                _replace(Path(scratch, name), root / name)
            raise
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


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


def run_all(root: Path, commands: Mapping[str, str], console: Console) -> None:
    """Run commands side by side, at least two at a time; PipelineError with the last lines of one that fails."""
    paths = os.pathsep.join(str(root / name) for name in ("src", "generated"))  # whatever tree is installed
    environment = {**os.environ, "PYTHONPATH": paths}
    waiting, running = list(commands.items()), dict[str, tuple[subprocess.Popen[bytes], float, Path]]()
    with tempfile.TemporaryDirectory(prefix="accept-") as scratch:
        try:
            while waiting or running:
                while waiting and len(running) < max(2, os.cpu_count() or 1):
                    name, command = waiting.pop(0)
                    output = Path(scratch, str(len(waiting)))
                    with output.open("wb") as file:
                        process = subprocess.Popen(
                            shlex.split(command), cwd=root, env=environment, start_new_session=True,
                            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                        )  # fmt: skip
                    running[name] = process, time.monotonic(), output
                time.sleep(0.05)
                for name in [name for name, (process, _, _) in running.items() if process.poll() is not None]:
                    process, began, output = running.pop(name)
                    console.print(f"{time.monotonic() - began:6.1f} s  {name}", highlight=False)
                    if process.returncode:
                        raise PipelineError(_failed(name, commands[name], output))
        finally:
            for process, _, _ in running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _failed(name: str, command: str, output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    last = "\n".join(f"  {line[:200]}" for line in lines[-_LAST_LINES:])
    said = f"{name} failed with what is offered; everything is as it was"
    return f"{said}. The command:\n  {command}\nIts last lines:\n{last}"


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
        if report.status == 2:
            console.print("\nNothing was taken in: decide on what is listed, then `make vendor`, mend, `make generate`")
        if report.status != 1:
            return report.status
        console.print()
        with all_or_nothing(root):
            _replace(offered, root / "specs")
            run_all(root, {GENERATE: GENERATE}, console)
            run_all(root, CHECKS, console)
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
    parser = Parser(description="Take changed documents in: vendor, generate, check. All or nothing.")
    add_from(parser)
    options = parser.parse_args(arguments)
    return accept(options.root, options.locations, Console())


if __name__ == "__main__":
    sys.exit(main())
