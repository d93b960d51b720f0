"""An analysis as one HTML page that needs nothing else: numbers, and charts drawn as SVG. And its values as texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyai_data.export.analysis import GROUPS, IN_ORDER, Analysis, Table

TEMPLATES = Path(__file__).parent
_BARS = 12
"""Bars of a chart that is not in the order of time; the table beside it has the others, too."""
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800)
"""Seconds between two lines of a chart of durations."""
WORDS = (*GROUPS, "reason", "kind", "metric", "value", "most_frequent")
"""Columns of words."""


@dataclass(frozen=True)
class Bar:
    """A bar: its label, its text, its length and that of the part of it which is drawn darker, from 0 to 1."""

    label: str
    text: str
    outer: float
    inner: float


@dataclass(frozen=True)
class Chart:
    """Bars beside each other in the order of time, else below each other.

    Attributes:
        names: what a whole bar is, and what its darker part is, or "".
        ticks: heights from 0 to 1, with their texts.
        marks: places of labels from 0 to 1, with their texts and how they are anchored.
    """

    ordered: bool
    names: tuple[str, str]
    bars: list[Bar]
    ticks: list[tuple[float, str]]
    marks: list[tuple[float, str, str]]


def page(analysis: Analysis) -> str:
    """The page. Needs jinja2, which is in the extra `export`."""
    from polyai_data import html_pages  # noqa: PLC0415 - a terminal needs no page

    return html_pages.page(html_pages.templates(TEMPLATES).get_template("analysis.html.j2"), **context(analysis))


def context(analysis: Analysis) -> dict[str, Any]:
    """What `analysis_parts.html.j2` needs to draw an analysis."""
    tables = [(each, _chart(each, analysis.by)) for each in analysis.tables if each.rows]
    given = {"analysis": analysis, "tables": tables, "facts": facts(analysis), "notes": notes(analysis)}
    return {**given, "shown": shown, "heading": heading, "WORDS": WORDS, "IN_ORDER": IN_ORDER, "zip": zip}


def facts(analysis: Analysis) -> list[tuple[str, str]]:
    """The facts as a heading and a text each, without those of nothing."""
    whole = analysis.facts["conversations"]
    made = []
    for name, value in analysis.facts.items():
        if value and name != "turns_known":
            share = f" ({value / whole:.1%})" if name in {"handoffs", "hangups", "hidden_transcripts"} else ""
            made.append((heading(name), shown(value) + share))
    return made


def notes(analysis: Analysis) -> list[str]:
    """What the numbers leave out."""
    given = analysis.facts
    made = []
    if not given["conversations"]:
        made.append("There is no conversation in this export, or none in this range of time.")
    elif not given["turns_known"]:
        made.append("There are no turns in this export: latency, and callers who said nothing, are not known.")
    if given["hidden_transcripts"]:
        made.append(
            f"The transcripts of {shown(given['hidden_transcripts'])} conversations are hidden: they have turns, and "
            "none is in the export. In Agent Studio, API keys → Configuration → Conversation transcript shows them."
        )
    if given["duplicates"]:
        made.append(f"{shown(given['duplicates'])} conversations came more than once, and count once.")
    return made


def heading(name: str) -> str:
    """The name of a column or fact as a heading; a share is that of the column before it."""
    return "share" if name.endswith("share") else name.replace("_", " ").replace("hangup", "hang-up")


def shown(value: Any, column: str = "", unit: str = "") -> str:
    """A value as text, by the column that it is in and the unit of its table."""
    if value is None:
        return "-"
    if column.endswith("share"):
        return f"{value:.1%}"
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    if unit == "duration":
        return f"{round(value) // 60}:{round(value) % 60:02}"
    text = f"{value:,.2f}"
    return f"{text} s" if unit == "seconds" else text if column == "average" else text.removesuffix(".00")


def _chart(table: Table, by: str) -> Chart | None:
    """The chart of a table, where it has one."""
    if table.name == "metrics":
        return None
    names = ("conversations", "handoffs" if table.name == "volumes" else "")
    if "average" in table.columns:
        names = ("p95", "p50") if table.unit else ("average", "")
    outer, inner = (table.columns.index(name) if name else None for name in names)
    label = table.columns.index("value") if "value" in table.columns else 0
    bars: dict[str, list[float]] = {}
    for row in table.rows:
        lengths = bars.setdefault(row[label], [0, 0])
        for place, column in enumerate((outer, inner)):
            lengths[place] += (row[column] or 0) if column is not None else 0
    if min(map(min, bars.values())) < 0 or not any(map(any, bars.values())):
        return None
    ordered = by in IN_ORDER and table.columns[label] == by
    if not ordered:
        bars = dict(sorted(bars.items(), key=lambda each: -each[1][0])[:_BARS])
    return _drawn(bars, names, table.unit, ordered=ordered)


def _drawn(bars: dict[str, list[float]], names: tuple[str, str], unit: str, *, ordered: bool) -> Chart:
    most = max(outer for outer, _ in bars.values())
    step = max(_step(most / 3, unit), 1 if isinstance(most, int) else 0)
    top = step * math.ceil(most / step) if ordered else most
    drawn = [
        Bar(
            label,
            shown(outer, "", unit) + (f" ({names[1]} {shown(inner, '', unit)})" if names[1] else ""),
            outer / top,
            inner / top,
        )
        for label, (outer, inner) in bars.items()
    ]
    if not ordered:
        return Chart(ordered, names, drawn, [], [])
    ticks = [(step * number / top, shown(float(step * number), "", unit)) for number in range(round(top / step) + 1)]
    labels, last = list(bars), len(bars) - 1
    marks = [((place + 0.5) / len(labels), labels[place], "middle") for place in sorted({0, last // 2, last})]
    if last > 3:
        marks[-1] = (1.0, labels[last], "end")  # in the middle of a narrow bar, it would be cut
    return Chart(ordered, names, drawn, ticks, marks)


def _step(least: float, unit: str) -> float:
    """A round number that is at least so much."""
    power = math.pow(10, math.floor(math.log10(least)))
    steps = (*(_MINUTES if unit == "duration" else ()), power, 2 * power, 5 * power)
    return next((each for each in steps if each >= least), 10 * power)
