"""What changed at the vendors, and what that means for us. Changes nothing.

    python scripts/drift.py [--from WHERE…] [--output FILE] [--json]

Compares the vendored documents with what is offered at WHERE: files, addresses, a folder of saved pages, an index of
pages (`llms.txt`); without `--from`, with what every source of `specs/sources.yaml` publishes today.

Exit status: 0 nothing changed; 1 changes that regenerate by themselves; 2 changes that need a person; 3 a source is
broken or cannot be read; 64 a wrong command line; 70 a defect of this program.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.program import DEFECT, USAGE, Parser, program

# isort: split
from drift_report.compare import look, since
from drift_report.report import Report
from drift_report.view import markdown, show
from rich.console import Console
from rich.status import Status


def add_from(parser: Parser) -> None:
    """Add the option that says what is offered."""
    parser.usage_status = USAGE
    parser.add_argument(
        "--from",
        dest="locations",
        nargs="+",
        action="extend",
        default=[],
        metavar="WHERE",
        help="files, addresses, a folder of saved pages or an llms.txt index (default: every recorded source)",
    )
    parser.add_root()


def reading() -> Status:
    """Show on a terminal that what is offered is being read."""
    return Console(stderr=True).status("Reading what is offered")


def _json(report: Report) -> str:
    return json.dumps(report.as_json(), indent=2, ensure_ascii=False)


@functools.partial(program, failed=3, defect=DEFECT)
def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser(description="What changed at the vendors, and what that means. Changes nothing.")
    add_from(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="also write the report there: Markdown, or .json")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--since", type=Path, metavar="DIR", help="compare generated/ with its former content in DIR")
    options = parser.parse_args(arguments)
    if options.since is None:
        with reading():
            report = look(options.root, options.locations)
        status, head = report.status, None
    else:
        report = since(options.root, options.since)
        status, head = 0, "Changes of generated/:"
    if options.output:
        text = _json(report) if options.output.suffix == ".json" else markdown(report)
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text.rstrip() + "\n", encoding="utf-8")
    console = Console()
    with console.capture() as captured:  # rich ends the program where a reader leaves; `program` does not
        show(report, console, head)
    with contextlib.suppress(BrokenPipeError):  # the status stays that of the report
        print(_json(report) if options.json else captured.get().rstrip("\n"))
    return status


if __name__ == "__main__":
    sys.exit(main())
