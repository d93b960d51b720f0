"""`make drift-cases`: hold the drift report to every case, and print a table of them.

    python -m tests.pipeline.drift_cases.run [--only PATTERN] [--lines]

`--lines` prints the report's lines for each case.

Exit status: 0 when every case is as expected, 1 otherwise.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from drift_report.compare import look
from drift_report.report import Report
from rich.console import Console
from rich.table import Table

from tests.pipeline.drift_cases import code
from tests.pipeline.drift_cases.case import PROJECT, Case, Expected, Offered, load

CASES = {case.name: case for case in (*load(), *code.cases)}


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    case: Case
    report: Report
    seconds: float
    problems: list[str]


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the cases' project, with the one other file that the report reads of a project."""
    no_proxy = patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
    with tempfile.TemporaryDirectory(prefix="drift-cases-") as scratch, no_proxy:
        project = Path(shutil.copytree(PROJECT, Path(scratch, "project")))
        version = project / "src/polyai_data/_version.py"
        version.parent.mkdir(parents=True)
        version.write_text('__version__ = "1.2.3"\n', encoding="utf-8")
        yield project


def examine(case: Case, project: Path) -> Outcome:
    """Offer the case to the project, and hold the report to what is expected."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="drift-cases-") as scratch:
        offered = Offered(Path(scratch, "offered"), project)
        case.prepare(offered)
        with code.served(offered) as own:
            report = look(own, offered.lay_out(), generate=False)
    return Outcome(case, report, time.monotonic() - began, list(problems(report, case.expected)))


def lines(report: Report) -> dict[str, list[str]]:
    """The lines of the report, in the form of the cases."""
    differences = []
    for one in report.differences:
        mark = "breaking " * bool(one.breaking) + "hidden " * bool(one.hidden) + "wording " * one.wording
        detail = f": {one.detail}" if one.detail else ""
        differences.append(f"{mark}{one.kind} {one.subject} {one.name}{detail}")
    consequences = [
        _below(f"{c.advice} {c.kind} {_unnumbered(c.where)} {c.target or c.text}") for c in report.consequences
    ]
    return {
        "documents": differences,
        "overlay": consequences,
        "broken": [f"{one.where}: {one.problem}" for one in report.broken],
        "also": report.also,
        "nothing": [_below(text) for text in report.nothing],
    }


def _below(text: str) -> str:
    """A line with the names that files have below the offered folder."""
    return re.sub(r"\S*/offered/", "", text)


def _unnumbered(where: str) -> str:
    return re.sub(r":\d+$", "", where)


def problems(report: Report, expected: Expected) -> Iterator[str]:
    """Every way in which the report is not as expected."""
    if report.verdict != expected.verdict:
        yield f"verdict: {report.verdict}, expected {expected.verdict}"
    for section, actual in lines(report).items():
        missing = list(getattr(expected, section))
        for line in actual:
            match = next((one for one in missing if _fits(section, one, line)), None)
            if match is None:
                yield f"not expected in {section}: {line}"
            else:
                missing.remove(match)
        yield from (f"missing in {section}: {line}" for line in missing)


def _fits(section: str, expected: str, actual: str) -> bool:
    if section == "broken":
        where, _, text = expected.partition(": ")
        at, _, problem = actual.partition(": ")
        return re.search(rf"{re.escape(where)}(:\d+)*$", at) is not None and text.lower() in problem.lower()
    return actual == expected if section in {"documents", "also", "nothing"} else actual.startswith(expected)


def table(outcomes: list[Outcome]) -> Table:
    """Case, expected, verdict, time."""
    made = Table(box=None, pad_edge=False)
    for heading in ("case", "group", "expected", "verdict"):
        made.add_column(heading)
    made.add_column("time", justify="right")
    for one in outcomes:
        row: list[Any] = [one.case.name, one.case.group, one.case.expected.verdict, one.report.verdict]
        made.add_row(*row, f"{one.seconds:.1f} s", style="red" if one.problems else "")
    return made


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Hold the drift report to changed and broken documents.")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="cases whose name or group matches")
    parser.add_argument("--lines", action="store_true", help="print what the report says of each case")
    options = parser.parse_args(arguments)
    chosen = [c for c in CASES.values() if any(fnmatch.fnmatch(name, options.only) for name in (c.name, c.group))]
    console = Console(width=None if sys.stdout.isatty() else 140, markup=False, highlight=False, soft_wrap=True)
    with copied() as project, ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda case: examine(case, project), chosen))
    console.print(table(outcomes))
    for one in outcomes:
        if one.problems or options.lines:
            console.print(f"\n{one.case.name}")
            every = [f"{key}: {line}" for key, each in lines(one.report).items() for line in each]
            for line in one.problems + (every if options.lines else []):
                console.print(f"  {line}")
    failed = sum(bool(one.problems) for one in outcomes)
    console.print(f"\ndrift-cases: {len(outcomes) - failed} of {len(outcomes)} cases as expected")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
