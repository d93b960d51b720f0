"""The drift report for people: as Markdown, and in color on a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from drift_report.causes import causes, importers, lines, several
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
    1: "The changes regenerate by themselves.",
    2: "A person is needed.",
    3: "A source is broken or cannot be read; what else is offered was compared.",
}
_CODE = re.compile(r"(`[^`\n]+`)")
_BOLD = re.compile(r"\*\*(breaking|Breaking:)\*\*")
_STEPS = {
    "edit": "Write the new names into the overlay",
    "rule": "Rule on the conflicts",
    "name": "Name the operation",
    "mend": "Mend the overlay",
    "drop": "Drop what is no longer needed",
    "read": "Read the page again",
}
"""What a person does, by the advice of a consequence, the most urgent first."""
_HEADINGS = {**_STEPS, "edit": "Overlay edits, after which the rest of this report holds"}
_TODO_HEADING = "To do"
_TODO, _SHOWN, _BELOW, _LONGEST = 3, 8, 3, 300
"""How many lines a short report has of what to do, of a section, and below a line; and characters in a line."""


@dataclass(frozen=True)
class Line:
    """One line of a section: its text in Markdown, its style on a terminal, and the lines below it."""

    text: str
    style: str = ""
    below: tuple[str, ...] = ()


def sections(report: Report, *, full: bool) -> Iterator[tuple[str, list[Line]]]:
    """The sections of the report that are not empty, with their headings: all lines of each, or the first."""
    for heading, every in _sections(report, full=full):
        if every and full:
            yield heading, every
        elif every:
            short = [replace(one, text=_cut(one.text), below=_first(one.below)) for one in every[:_SHOWN]]
            rest = Counter(re.sub(r"\*\*| ?`.*|: .*|:$", "", line.text) or "like these" for line in every[_SHOWN:])
            more = ", ".join(f"{count} {what}" for what, count in rest.items())
            yield heading, [*short, *[Line(f"and {more} (`--output` has them)", "dim")] * bool(rest)]


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rpartition(' ')[0]}… (`--output` has all of it)"


def _first(texts: tuple[str, ...]) -> tuple[str, ...]:
    rest = len(texts) - _BELOW
    more = (f"and {rest} more (`--output` has them)",) if rest > 0 else ()
    return (*map(_cut, texts[:_BELOW]), *more)


def _sections(report: Report, *, full: bool) -> Iterator[tuple[str, list[Line]]]:
    yield (
        "Broken sources",
        [Line(f"`{one.where}`: {one.problem}" if one.where else one.problem, "red") for one in report.broken],
    )
    todo = list(_todo(report))
    yield (
        "To do",
        [
            Line(f"{number}. {text}")
            for number, text in enumerate([*(todo[:-1] if full else todo[:-1][: _TODO - 1]), *todo[-1:]], 1)
        ],
    )
    yield "Files", [Line(re.sub(r"^(\w+): ([^;]*)", r"\1: `\2`", text)) for text in report.files]
    yield "What changed", list(_changes(report))
    for advice, heading in _HEADINGS.items():
        yield heading, list(_consequences([one for one in report.consequences if one.advice == advice]))
    also = several([f"`{name}`" for name in report.also], most=10)
    yield "Also offered, and not ours", [Line(also + " (`--json` has them)" * (len(report.also) > 10))] * bool(also)
    yield "Nothing of ours", [Line(text) for text in report.nothing]
    yield "About this report", [Line(text, "dim") for text in report.remarks]
    if full:
        yield "For people who import us", [_surface(one) for one in report.surface]
        yield "References of our own code to what changed", [_reference(one) for one in report.references]


def _todo(report: Report) -> Iterator[str]:
    """What a person does, the most important first, and last what ends it."""
    for advice, what in _STEPS.items():
        if here := [one for one in report.consequences if one.advice == advice]:
            yield f"{what}: {lines([here[0].where])}{_more(here)}"
    if decisions := [one for one in report.decisions if one.breaking]:
        yield f"Decide about what breaks callers: {_briefly(decisions[0])}{_more(decisions)}"
    if arguments := [one for one in report.decisions if one.argument]:
        yield f"Decide whether to offer what callers may send now: {_briefly(arguments[0])}{_more(arguments)}"
    if sure := [one for one in report.references if one.sure]:
        yield f"Change our code: {lines([f'{sure[0].file}:{sure[0].line}'])}{_more(sure)}"
    if report.commands:
        yield f"Hand over what is published now: {'; '.join(f'`{command}`' for command in report.commands)}"
    elif report.files and report.status < 3:
        person = "`make vendor PAGE=<what is offered>`, then `make generate` and `make test`"
        yield f"Take it in: {person if report.status == 2 else '`make accept`, with the same `FROM=`'}"


def _more(every: list[Any]) -> str:
    return f", and {len(every) - 1} more below" if len(every) > 1 else ""


def _briefly(one: Difference) -> str:
    return f"`{one.name}` moved" if one.kind == "moved" else str(one) if one.detail else f"`{one.name}` {one.kind}"


def _changes(report: Report) -> Iterator[Line]:
    for cause in causes(report):
        below = tuple(cause.below())
        if cause.differences:
            line = _difference(cause.differences[0])
            names = [f"`{one.name}`" for one in cause.differences if one.name != cause.differences[0].name]
            details = [one.detail for one in cause.differences if one.detail != cause.differences[0].detail]
            text = line.text + "".join(f", {detail.rpartition(' ')[2]}" for detail in details)
            text += f"; the same in {several(names)}" if names else ""
            yield replace(line, text=text, below=(*line.below, *below))
        elif below:
            yield Line("from several of these" if report.differences else "of the generated packages", below=below)
    if wording := [one.name for one in report.differences if one.wording]:
        count = f"{len(wording)} place{'s' * (len(wording) > 1)}"
        yield Line(f"wording in {count}: {several([f'`{name}`' for name in dict.fromkeys(wording)])}", "dim")


def _difference(one: Difference) -> Line:
    if one.is_whole("document", "added", "removed"):
        return Line(f"document {one.kind}: {one}")
    mark = "**breaking** " if one.breaking else ""
    style = "red" if one.breaking else {"added": "green", "moved": "yellow", "renamed": "yellow"}.get(one.kind, "")
    if one.kind == "moved":
        return Line(f"{mark}{one.subject} `{one.name}` moved", style, tuple(re.split(r" (?=to /)", one.detail)))
    kind = "" if one.kind == "renamed" or one.detail else f"{one.kind}: "
    hidden = f" (hidden by `{one.hidden}`)" if one.hidden else ""
    return Line(f"{mark}{one.subject} {kind}{one}{hidden}", style)


def _consequences(every: list[Consequence]) -> Iterator[Line]:
    """A line for each thing to do: what several actions have in common is one."""
    groups: dict[tuple[str, str], list[Consequence]] = {}
    for one in every:
        text = re.sub(r"^/\S*: (?=#/)", "", one.text)  # where the reference is that leads nowhere
        groups.setdefault((one.kind, text), []).append(one)
    for (kind, text), group in groups.items():
        wheres = [one.where for one in group]
        count = f", {len(group)} places" if len(group) > len(set(wheres)) else ""
        pairs = [(key, value) for one in group for key, value in _targets(one) if value]
        below = [f"{key}: `{value}`" for key, value in pairs]
        below += [f"reason: {group[0].reason}"] if group[0].reason and len(group) == 1 else []
        below = [*group[0].details, *dict.fromkeys(below)]
        yield Line(f"{lines(wheres)} ({kind}{count}): {text}", "yellow", tuple(below))


def _targets(one: Consequence) -> tuple[tuple[str, str | None], ...]:
    return ("line" if one.advice == "edit" else "target", one.target), ("nearest", one.nearest)


def _surface(one: SurfaceChange) -> Line:
    return Line(f"{importers(one)}: `{one.name}`", "red" if one.breaking else "green")


def _reference(one: Reference) -> Line:
    sure = "" if one.sure else " (perhaps: only the name matches)"
    return Line(f"`{one.file}:{one.line}` [{one.room}]: {one.text}{sure}", "red" if one.sure else "")


def _version(report: Report) -> str:
    why = "breaking" if report.breaking else "nothing breaks"
    zero = f"; before 1.0 the {'second' if report.breaking else 'third'} number says so" * report.version.startswith(
        "0."
    )
    return f"Version: {report.version} → {report.next_version} ({why}{zero})."


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    out = [f"# Drift: {report.verdict}", "", _SUMMARIES[report.status]]
    out += ["", _version(report)] if report.step != "none" else []
    for heading, every in sections(report, full=True):
        out += ["", f"## {heading}", ""]
        for line in every:
            bullet = "" if heading == _TODO_HEADING else "- "
            out += [f"{bullet}{line.text}", *(f"  - {text}" for text in line.below)]
    if entry := report.changelog():
        out += ["", "## Suggested CHANGELOG entry", ""]
        for kind, texts in entry.items():
            out += [f"### {kind}", "", *(f"- {text}" for text in texts), ""]
    return "\n".join(out).rstrip() + "\n"


def show(report: Report, console: Console, head: str | None = None) -> None:
    """Print the first lines of each section on a terminal.

    `head` replaces the verdict where there is nothing to decide.
    """
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

    if report.step != "none":
        console.print(_rich(_version(report)), soft_wrap=True)
    for heading, every in sections(report, full=False):
        section(heading)
        for line in every:
            indented(_rich(line.text, line.style), 2)
            for text in line.below:
                indented(_rich(text, "dim"), 6)


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
