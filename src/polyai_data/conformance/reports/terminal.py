"""The report for a terminal."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 112
"""Columns where the output is not a terminal."""
_SHOWN = 40
_SHARES = ("parameters", "statuses", "fields")
_STYLES = {"broken": "bold red", "differences": "bold red", "blocked": "yellow", "noted": "yellow"}


def text(summary: dict[str, Any], *, colour: bool) -> str:
    """The report, with the codes of a terminal if `colour`."""
    width = shutil.get_terminal_size((PLAIN_WIDTH, 0)).columns if colour else PLAIN_WIDTH
    stream = io.StringIO()
    _show(summary, Console(file=stream, highlight=False, force_terminal=colour, width=width))
    # Tables fill their cells with spaces.
    return re.sub(r" +((?:\x1b\[0m)?)$", r"\1", stream.getvalue(), flags=re.MULTILINE)


def _show(summary: dict[str, Any], to: Console) -> None:
    shares = [{name: "{seen}/{all}".format_map(each[name]) for name in _SHARES} for each in summary["operations"]]
    operations = [{**each, **share} for each, share in zip(summary["operations"], shares, strict=True)]
    to.print()
    to.print(_table("operation", "id", ("requests", "checks", "differences", *_SHARES), operations))
    to.print(Text("parameters (and their values), statuses and fields: seen of those that the document names", "dim"))
    names = ("rules", "checks", "broken", "noted", "skipped", "blocked")
    to.print()
    to.print(_table("rules on", "name", names, summary["themes"]))
    reasons: dict[str, list[str]] = {}
    for rule in summary["rules"]:
        if rule["state"] in {"blocked", "skipped"}:
            reasons.setdefault(f"{rule['state']}: {rule['reason']}", []).append(rule["id"])
    for reason, rules in reasons.items():
        to.print(Text(f"{reason}: {', '.join(rules)}", "dim"))
    for what, seen in summary["observations"].items():
        to.print(Text(f"observed, and not judged: {what}: {seen}", "dim"))
    for each in summary["differences"][:_SHOWN]:
        _difference(each, to)
    more = len(summary["differences"]) - _SHOWN
    if more > 0:
        to.print(f"\n… and {more} more; a report as a page or as JSON has all of them")
    if summary["differences"] and summary["repeat"]:
        to.print("\nThe curl lines need:")
        for line in summary["repeat"]:
            to.print(Text(f"  {line}", "dim"), soft_wrap=True)
    totals = summary["totals"]
    style = {0: "bold green", 1: "bold red"}.get(summary["status"], "bold yellow")
    to.print()
    to.print(Text(summary["verdict"], "bold yellow" if summary["interrupted"] else style))
    numbers = ("rules", "requests", "checks", "differences", "notes")
    lines = (
        f"{', '.join(f'{totals[name]} {name}' for name in numbers)} in {summary['seconds']} s",
        f"tested: {summary['target']}",
        against(summary["documents"], summary["version"]),
    )
    for line in lines:
        to.print(line, soft_wrap=True)


def against(documents: Mapping[str, str], version: str) -> str:
    """What is judged against: the hashes of documents by vendor, and our version."""
    shown = ", ".join(f"{vendor} {digest[:12]}" for vendor, digest in documents.items())
    return f"against: {shown} (SHA-256 of the patched documents), polyai-data {version}"


def _table(title: str, label: str, names: tuple[str, ...], rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for each in rows:
        table.add_row(
            each[label], *(Text(str(each[name]), _STYLES.get(name, "") if each[name] else "") for name in names)
        )
    return table


def _difference(each: dict[str, Any], to: Console) -> None:
    # What is counted by responses says so itself.
    times = f" ({each['count']} times)" if each["count"] > 1 and " responses" not in each["seen"] else ""
    style = "bold red" if each["severity"] == "failure" else "bold yellow"
    to.print()
    where = f" {each['operation']} {each['place']}".rstrip()
    to.print(Text.assemble((each["severity"], style), " ", (each["rule"], "bold"), where, (times, "dim")))
    texts = Table.grid(padding=(0, 2))
    for name in ("expected", "seen"):
        texts.add_row("", name, Text(each[name]))
    to.print(texts)
    if each["requests"]:
        to.print(Text(f"  {each['requests'][-1]['curl']}", "dim"), soft_wrap=True)
