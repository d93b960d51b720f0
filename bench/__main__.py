"""Measure against peers, as ratios: `python -m bench [ROW…] [--rounds N] [--save]`.

Each row is a module of this folder with a function `rows(rounds)`. Contenders take turns, and figures are medians of at
least five rounds after one to warm up. `--save` writes the table to bench/RESULTS.md, with the machine and versions.

Exit status: 0 every goal is met; 1 one is not.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Line

RESULTS = Path(__file__).parent / "RESULTS.md"
ROWS = (
    "call",
    "decode",
    "rows",
    "page_memory",
    "recording",
    "recordings",
    "export",
    "dask",
    "imports",
    "generate",
    "emulator",
    "stall",
)
"""In the order of their seconds."""
PEERS = ("httpx", "httpx2", "pydantic", "msgspec", "orjson")
HEADINGS = ("row", "work", "ours", "peer", "peer's", "ratio", "goal", "met")


def cells(line: Line) -> tuple[str, ...]:
    """A line as the table shows it."""
    met = {None: "", True: "yes", False: "**no**"}[line.met]
    figures = (f"{_short(value)} {line.unit}" for value in (line.ours, line.theirs))
    ours, theirs = figures
    note = f" ({line.note})" if line.note else ""
    return line.row, f"{line.case}{note}", ours, line.peer, theirs, f"{line.ratio:.2f}", line.goal, met


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def markdown(lines: Sequence[Line]) -> str:
    """The table, the machine and the versions."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PEERS]
    system = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    rows = [HEADINGS, ["---"] * len(HEADINGS), *map(cells, lines)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    head = f"# What `make bench` measured\n\n{datetime.now(UTC):%Y-%m-%d}; {system}; {', '.join(versions)}."
    return f"{head} Read ratios, not milliseconds.\n\n{table}\n"


def main() -> int:
    """Run the program; its exit status says whether all goals are met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure against peers, as ratios.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"which: {', '.join(ROWS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    from rich.console import Console  # noqa: PLC0415 - `--help` needs none of it
    from rich.table import Table  # noqa: PLC0415

    lines: list[Line] = []
    console = Console()
    for name in options.rows or ROWS:
        with Console(stderr=True).status(f"Measuring {name}"):
            made = importlib.import_module(f"bench.{name}").rows(options.rounds)
        table = Table(*HEADINGS, box=None)
        for line in made:
            table.add_row(*(cell.replace("**no**", "[red]no[/]") for cell in cells(line)))
        console.print(table)
        lines += made
        if options.save:  # what was measured, should a later row fail
            RESULTS.write_text(markdown(lines), encoding="utf-8")
    return 1 if any(line.met is False for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
