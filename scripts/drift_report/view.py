"""The drift report for people: as Markdown, and in color on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import Report
from drift_report.surface import SurfaceChange
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_STYLES = {0: "green", 1: "cyan", 2: "bold yellow", 3: "bold red"}
_SUMMARIES = {
    0: "Nothing changed.",
    1: "The changes regenerate by themselves: `make accept` takes them in.",
    2: "A person is needed.",
    3: "A source is broken or cannot be read; what else is offered was compared.",
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
    """One line of a section: its text in Markdown, its style on a terminal, and the lines below it."""

    text: str
    style: str = ""
    below: tuple[str, ...] = ()


def sections(report: Report) -> Iterator[tuple[str, list[Line]]]:
    """The sections of the report that are not empty, with their headings."""
    for heading, lines in _sections(report):
        if lines:
            yield heading, lines


def _sections(report: Report) -> Iterator[tuple[str, list[Line]]]:
    broken = [Line(f"`{one.where}`: {one.problem}" if one.where else one.problem, "red") for one in report.broken]
    yield "Broken sources", broken
    yield "Files", [Line(re.sub(r"^(\w+): ([^;]*)", r"\1: `\2`", text)) for text in report.files]
    yield "Documents", list(_documents(report.differences))
    for advice, heading in _ADVICE.items():
        yield heading, [_consequence(one) for one in report.consequences if one.advice == advice]
    yield "For people who import us", [_surface(one) for one in report.surface]
    yield "References of our own code to what is removed", [_reference(one) for one in report.references]
    yield "Also offered, and not ours", [Line(", ".join(f"`{name}`" for name in report.also))] * bool(report.also)
    yield "Nothing of ours", [Line(text) for text in report.nothing]
    yield "About this report", [Line(text, "dim") for text in report.remarks]
    yield "To hand over what is published now", [Line(f"`{text}`") for text in report.commands]


def _documents(differences: Iterable[Difference]) -> Iterator[Line]:
    wording = [one.name for one in differences if one.wording]
    for one in differences:
        if one.wording:
            continue
        if one.is_whole("document", "added", "removed"):
            yield Line(f"document {one.kind}: {one}")
            continue
        mark = "**breaking** " if one.breaking else ""
        style = "red" if one.breaking else {"added": "green", "moved": "yellow", "renamed": "yellow"}.get(one.kind, "")
        if one.kind == "moved":
            yield Line(f"{mark}{one.subject} `{one.name}` moved", style, tuple(re.split(r" (?=to /)", one.detail)))
        else:
            kind = "" if one.kind == "renamed" or one.detail else f"{one.kind}: "
            yield Line(f"{mark}{one.subject} {kind}{one}", style)
    if wording:
        count = f"{len(wording)} place{'s' * (len(wording) > 1)}"
        yield Line(f"wording in {count}: {', '.join(f'`{name}`' for name in dict.fromkeys(wording))}", "dim")


def _consequence(one: Consequence) -> Line:
    below = [f"{name}: `{value}`" for name, value in (("target", one.target), ("nearest", one.nearest)) if value]
    below += [f"reason: {one.reason}"] if one.reason else []
    below += one.details
    return Line(f"`{one.where}` ({one.kind}): {one.text}", "yellow", tuple(below))


def _surface(one: SurfaceChange) -> Line:
    where = " (in `polyai_data.models`)" if one.exposed else ""
    return Line(f"{'**breaking** ' * one.breaking}{one.text}{where}", "red" if one.breaking else "green")


def _reference(one: Reference) -> Line:
    sure = "" if one.sure else " (perhaps: only the name matches)"
    return Line(f"`{one.file}:{one.line}` [{one.room}]: {one.text}{sure}", "red" if one.sure else "")


def _version(report: Report) -> str:
    zero = ", as the first number is still 0" if report.version.startswith("0.") and report.step != "none" else ""
    return f"Version step: {report.step} ({report.version} → {report.next_version}{zero})."


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    out = [f"# Drift: {report.verdict}", "", _SUMMARIES[report.status]]
    for heading, lines in sections(report):
        out += ["", f"## {heading}", ""]
        for line in lines:
            out += [f"- {line.text}", *(f"  - {text}" for text in line.below)]
    if entry := report.changelog():
        out += ["", "## Suggested CHANGELOG entry", ""]
        for kind, texts in entry.items():
            out += [f"### {kind}", "", *(f"- {text}" for text in texts), ""]
        out.append(_version(report))
    return "\n".join(out).rstrip() + "\n"


def show(report: Report, console: Console, head: str | None = None) -> None:
    """Print the report on a terminal; `head` replaces the verdict where there is nothing to decide."""
    if head is None:
        console.print(Text(f"drift: {report.verdict}", style=_STYLES[report.status]), soft_wrap=True)
        console.print(_rich(_SUMMARIES[report.status]), soft_wrap=True)
    else:
        console.print(Text(head, style="bold"), soft_wrap=True)

    def section(heading: str) -> None:
        console.print()
        console.print(Text(heading, style="bold"))

    def indented(text: Text, by: int) -> None:
        console.print(Padding(text, (0, 0, 0, by), expand=False))

    for heading, lines in sections(report):
        section(heading)
        for line in lines:
            indented(_rich(line.text, line.style), 2)
            for text in line.below:
                indented(_rich(text, "dim"), 6)
    if entry := report.changelog():
        section("Suggested CHANGELOG entry")
        for kind, texts in entry.items():
            indented(Text(kind, style="italic"), 2)
            for text in texts:
                indented(_rich(f"- {text}"), 4)
        console.print()
        console.print(_rich(_version(report)))


def _rich(text: str, style: str = "") -> Text:
    """Markdown's `code` and **bold** as a terminal shows them."""
    result = Text(style=style)
    for index, part in enumerate(_CODE.split(text)):
        if index % 2:
            result.append(part[1:-1], style="bold" if style else "cyan")
        else:
            for number, piece in enumerate(_BOLD.split(part)):
                result.append(piece, style="bold reverse" if number % 2 else "")
    return result
