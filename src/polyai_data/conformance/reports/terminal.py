"""The report for a terminal, and the progress of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 112
"""Columns where the output is no terminal."""
_SHOWN = 40
_COLUMNS = ("requests", "checks", "differences", "parameters", "statuses", "fields")


def console() -> Console:
    """The console for standard output; a wide one where that is no terminal."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def show(summary: dict[str, Any], to: Console) -> None:
    """Print the report."""
    to.print()
    to.print(_operations(summary))
    to.print(Text("parameters (and their values), statuses and fields: seen of those that the document names", "dim"))
    to.print()
    to.print(_themes(summary))
    reasons: dict[str, list[str]] = {}
    for rule in summary["rules"]:
        if rule["state"] in {"blocked", "skipped"}:
            reasons.setdefault(f"{rule['state']}: {rule['reason']}", []).append(rule["id"])
    for reason, names in reasons.items():
        to.print(Text(f"{reason}: {', '.join(names)}", "dim"))
    _differences(summary, to)
    totals = summary["totals"]
    to.print()
    style = {0: "bold green", 1: "bold red"}.get(summary["status"], "bold yellow")
    to.print(Text(summary["verdict"], "bold yellow" if summary["interrupted"] else style))
    to.print(
        f"{summary['target']}: {totals['rules']} rules, {totals['requests']} requests, {totals['checks']} checks, "
        f"{totals['differences']} differences, {totals['notes']} notes in {summary['seconds']} s"
    )


def _operations(summary: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("operation", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for each in summary["operations"]:
        broken = Text(str(each["differences"]), "bold red" if each["differences"] else "green")
        shares = [f"{each[name]['seen']}/{each[name]['all']}" for name in _COLUMNS[3:]]
        table.add_row(each["id"], str(each["requests"]), str(each["checks"]), broken, *shares)
    return table


def _themes(summary: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rules on", no_wrap=True)
    names = ("rules", "checks", "broken", "noted", "skipped", "blocked")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for each in summary["themes"]:
        table.add_row(each["name"], *(Text(str(each[name]), _style(name, each[name])) for name in names))
    return table


def _style(name: str, number: int) -> str:
    return {"broken": "bold red", "blocked": "yellow", "noted": "yellow"}.get(name, "") if number else ""


def _differences(summary: dict[str, Any], to: Console) -> None:
    for each in summary["differences"][:_SHOWN]:
        to.print()
        times = f" ({each['count']} times)" if each["count"] > 1 else ""
        style = "bold red" if each["severity"] == "failure" else "bold yellow"
        to.print(Text.assemble((each["severity"], style), " ", (each["rule"], "bold"), f" {each['operation']}{times}"))
        to.print(Text(f"  expected  {each['expected']}\n  seen      {each['seen']}"))
        if each["requests"]:
            to.print(Text(f"  {each['requests'][-1]['curl']}", "dim"), soft_wrap=True)
    more = len(summary["differences"]) - _SHOWN
    if more > 0:
        to.print(f"\n… and {more} more; --html or --json shows all of them")


@contextmanager
def progress(to: Console) -> Iterator[Callable[[str, int, int], None]]:
    """What tells how far a run is: a bar on a terminal, else a line for each theme."""
    if not to.is_terminal:
        told: set[str] = set()

        def line(name: str, done: int, everything: int) -> None:
            theme = name.partition(".")[0]
            if theme and theme not in told:
                told.add(theme)
                to.print(f"{done:3}/{everything} {theme}")

        yield line
        return
    columns = (SpinnerColumn(), BarColumn(24), TextColumn("{task.completed}/{task.total} {task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=to, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def move(name: str, done: int, everything: int) -> None:
            bar.update(task, description=name, completed=done, total=everything)

        yield move
