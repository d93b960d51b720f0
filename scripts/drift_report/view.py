"""The drift report for people: as Markdown, and in colour in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.report import Report, told
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_STYLES = {0: "green", 1: "cyan", 2: "bold yellow", 3: "bold red"}
_SAYS = {
    0: "Nothing changed.",
    1: "The changes regenerate by themselves: `make accept` takes them in.",
    2: "A person is needed.",
    3: "A source is broken or cannot be read; nothing was compared.",
}
_CODE = re.compile(r"(`[^`\n]+`)")
_BOLD = re.compile(r"\*\*(breaking|Breaking:)\*\*")
_ADVICE = {
    "drop": "Overlay actions and sources to drop",
    "mend": "To mend",
    "rule": "Conflicts to rule on",
    "name": "Operations to name",
    "read": "Pages to read again",
}


@dataclass(frozen=True)
class Line:
    """One line of a section: its text in Markdown, how it is coloured, and what stands below it."""

    text: str
    style: str = ""
    below: tuple[str, ...] = ()


def sections(report: Report) -> Iterator[tuple[str, list[Line]]]:
    """The rooms of the report that have something to say, each with its heading."""
    if report.broken:
        yield (
            "Broken sources",
            [Line(f"`{one.where}`: {one.problem}" if one.where else one.problem, "red") for one in report.broken],
        )
        return
    if report.files:
        yield "Files", [Line(_code_first(text)) for text in report.files]
    if report.differences:
        yield "Documents", list(_documents(report.differences))
    for advice, heading in _ADVICE.items():
        if asked := [one for one in report.consequences if one.advice == advice]:
            yield heading, [_consequence(one) for one in asked]
    if report.surface:
        yield "For people who import us", list(_surface(report))
    if report.references:
        yield "What we refer to and would not find", list(_references(report))
    if report.also:
        yield "Also offered, and not vendored", [Line(f"`{name}`") for name in report.also]
    if report.remarks:
        yield "About this report", [Line(text, "dim") for text in report.remarks]


def _code_first(text: str) -> str:
    verdict, _, rest = text.partition(": ")
    file, separator, remark = rest.partition(";")
    return f"{verdict}: `{file}`{separator}{remark}"


def _documents(differences: Iterable[Difference]) -> Iterator[Line]:
    words: dict[str, int] = {}
    for one in differences:
        if one.wording:
            words[one.name] = words.get(one.name, 0) + 1
        elif one.subject == "document" and not one.detail:
            yield Line(f"document {one.kind}: `{one.name}`")
        else:
            mark = {True: "**breaking** ", False: "", None: ""}[one.breaking]
            kind = "" if one.kind in {"moved", "renamed"} or one.detail else f"{one.kind}: "
            below: tuple[str, ...] = ()
            text = told(one)
            if one.kind == "moved":
                text = f"`{one.name}` moved"
                below = tuple(re.split(r" (?=to /)", one.detail))
            yield Line(f"{mark}{one.subject} {kind}{text}", _colour(one), below)
    if words:
        total = sum(words.values())
        places = f"{total} place{'s' * (total > 1)}"
        yield Line(f"wording in {places}: {', '.join(f'`{name}`' for name in words)}", "dim")


def _colour(difference: Difference) -> str:
    if difference.breaking:
        return "red"
    return {"added": "green", "moved": "yellow", "renamed": "yellow"}.get(difference.kind, "")


def _consequence(one: Consequence) -> Line:
    codes = {"target": one.target, "nearest": one.nearest}
    below = [f"{name}: `{value}`" for name, value in codes.items() if value]
    below += [f"reason: {one.reason}"] if one.reason else []
    return Line(f"`{one.where}` ({one.kind}): {one.text}", "yellow", tuple(below))


def _surface(report: Report) -> Iterator[Line]:
    for change in report.surface:
        mark = "**breaking** " if change.breaking else ""
        through = " (in `polyai_data.models`)" if change.exposed else ""
        yield Line(f"{mark}{change.text}{through}", "red" if change.breaking else "green")


def _references(report: Report) -> Iterator[Line]:
    for reference in report.references:
        sure = "" if reference.sure else " (perhaps: only the name is the same)"
        yield Line(f"`{reference.file}:{reference.line}` [{reference.room}]: {reference.text}{sure}",
                   "red" if reference.sure else "")  # fmt: skip


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    out = [f"# Drift: {report.verdict}", "", _SAYS[report.status]]
    for heading, lines in sections(report):
        out += ["", f"## {heading}", ""]
        for line in lines:
            out.append(f"- {line.text}")
            out += [f"  - {text}" for text in line.below]
    entry = report.changelog()
    if entry:
        out += ["", "## Suggested CHANGELOG entry", ""]
        for kind, texts in entry.items():
            out += [f"### {kind}", "", *(f"- {text}" for text in texts), ""]
        out.append(_version(report))
    return "\n".join(out).rstrip() + "\n"


def _version(report: Report) -> str:
    zero = ", as the first number is still 0" if report.version.startswith("0.") and report.step != "none" else ""
    return f"Version step: {report.step} ({report.version} → {report.next_version}{zero})."


def show(report: Report, console: Console, head: str | None = None) -> None:
    """Print the report on a terminal; `head` stands in for the verdict where there is nothing left to decide."""
    if head is None:
        console.print(Text(f"drift: {report.verdict}", style=_STYLES[report.status]), soft_wrap=True)
        console.print(_rich(_SAYS[report.status]), soft_wrap=True)
    else:
        console.print(Text(head, style="bold"), soft_wrap=True)
    for heading, lines in sections(report):
        console.print()
        console.print(Text(heading, style="bold"))
        for line in lines:
            console.print(Padding(_rich(line.text, line.style), (0, 0, 0, 2), expand=False))
            for text in line.below:
                console.print(Padding(_rich(text, "dim"), (0, 0, 0, 6), expand=False))
    if entry := report.changelog():
        console.print()
        console.print(Text("Suggested CHANGELOG entry", style="bold"))
        for kind, texts in entry.items():
            console.print(Padding(Text(kind, style="italic"), (0, 0, 0, 2), expand=False))
            for text in texts:
                console.print(Padding(_rich(f"- {text}"), (0, 0, 0, 4), expand=False))
        console.print()
        console.print(_rich(_version(report)))


def _rich(text: str, style: str = "") -> Text:
    """Markdown's `code` and **bold** as a terminal shows them."""
    result = Text(style=style)
    for index, part in enumerate(_CODE.split(text)):
        if index % 2:
            result.append(part[1:-1], style="bold" if style == "dim" else "cyan" if not style else "bold")
        else:
            for place, piece in enumerate(_BOLD.split(part)):
                result.append(piece, style="bold reverse" if place % 2 else "")
    return result
