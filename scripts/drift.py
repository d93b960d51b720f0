"""What changed at the vendors, and what that means for us, without changing anything.

    python scripts/drift.py [--from WHERE…] [--output FILE] [--json]

Compares what is vendored with what is offered at WHERE: files, addresses, a folder of saved pages, an index of pages
(`llms.txt`); without `--from`, with what every source of `specs/sources.yaml` says today.

Exit status: 0 nothing changed; 1 changes that regenerate by themselves; 2 changes that need a person; 3 a source is
broken or cannot be read; 64 the command line makes no sense; 70 a defect of this program.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from drift_report.compare import look, since
from drift_report.offer import Tell
from drift_report.report import Report
from drift_report.view import markdown, show
from pipeline.yaml_files import PipelineError
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
USAGE, DEFECT = 64, 70


class Parser(argparse.ArgumentParser):
    """A command line whose mistakes are not told as 2, which has a meaning here."""

    def error(self, message: str) -> NoReturn:
        """Leave with a status of its own."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"error: {message}\n")


def add_wheres(parser: argparse.ArgumentParser) -> None:
    """The option that says what is offered."""
    parser.add_argument(
        "--from",
        dest="wheres",
        nargs="+",
        action="extend",
        default=[],
        metavar="WHERE",
        help="files, addresses, a folder of saved pages or an llms.txt index; default: every source that is recorded",
    )


@contextmanager
def telling() -> Iterator[Tell]:
    """A line on the terminal that says what is being done; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    count = 0
    with console.status("Reading what is offered") as status:

        def tell(what: str) -> None:
            nonlocal count
            count += 1
            status.update(f"{count}: {what}")

        yield tell


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the result is its exit status."""
    parser = Parser(description="What changed at the vendors, and what that means, without changing anything.")
    add_wheres(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there too: Markdown, or .json")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--since", type=Path, metavar="DIR", help="compare generated/ with what it was before, in DIR")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.since is not None:
            if not options.since.exists():
                return 0
            report = since(options.root, options.since)
        else:
            with telling() as tell:
                report = look(options.root, options.wheres, tell=tell)
        if options.output:
            as_json = options.output.suffix == ".json"
            text = json.dumps(report.as_json(), indent=2, ensure_ascii=False) if as_json else markdown(report)
            options.output.parent.mkdir(parents=True, exist_ok=True)
            options.output.write_text(text.rstrip() + "\n", encoding="utf-8")
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 3
    _print(report, as_json=options.json, since=options.since is not None)
    return 0 if options.since is not None else report.status


class _Console(Console):
    """One that a reader who has seen enough may close: 1 and 2 have meanings here."""

    def on_broken_pipe(self) -> None:
        """Let the program go on to its own status."""
        raise BrokenPipeError


def _print(report: Report, *, as_json: bool, since: bool) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a screen may have fewer letters
    try:
        if as_json:
            print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
        else:
            show(report, _Console(), "generated/ is another one now:" if since else None)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def guarded(program: Callable[[], int]) -> int:
    """The status of a program, and one of its own for what is a defect of it: Python's would say that all is well."""
    try:
        return program()
    except Exception:  # noqa: BLE001 - whatever it is
        traceback.print_exc()
        return DEFECT


if __name__ == "__main__":
    sys.exit(guarded(main))
