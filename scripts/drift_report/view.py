"""The drift report for people: as Markdown, and in color on a terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from drift_report.causes import Cause, brief, causes, few, importers, joined, lines
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import Report
from drift_report.surface import SurfaceChange
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_STYLES = {0: "green", 1: "cyan", 2: "bold yellow", 3: "bold red"}
_BROKEN = "What else is offered was compared."
_CODE = re.compile(r"(`[^`\n]+`)")
_BOLD = re.compile(r"\*\*(breaking|Breaking:)\*\*")
_LEADING = re.compile(r"((?:/|https?://)\S*): (.*)", re.DOTALL)
_STEPS = {
    "edit": "Write the vendor's new forms into the overlay",
    "rule": "Rule on the conflicts",
    "name": "Name the operation",
    "mend": "Mend",
    "drop": "Drop what is no longer needed",
    "read": "Read the page again",
}
"""What a person does, by the advice of a consequence, the most urgent first."""
_HEADINGS = {
    **_STEPS,
    "edit": "Overlay edits, after which the rest of this report holds",
    "take": "Published now, in place of what a person transcribed",
}
_TODO_HEADING = "To do"
_TODO, _SHOWN, _BELOW = 3, 8, 3
"""How many lines a short report has of what to do, of a section, and below a line."""


@dataclass(frozen=True)
class Line:
    """One line of a section: its text in Markdown, its style on a terminal, and the lines below it.

    What stands below in one piece of code is to be copied: it is neither cut nor wrapped.
    """

    text: str
    style: str = ""
    below: tuple[str, ...] = ()


def sections(report: Report, *, full: bool) -> Iterator[tuple[str, list[Line]]]:
    """The sections of the report that are not empty, with their headings: all lines of each, or the first."""
    for heading, every in _sections(report, full=full):
        if full or not every:
            yield from [(heading, every)] * bool(every)
            continue
        kept = every if heading == _TODO_HEADING else few(every, _SHOWN, lambda one: "\n".join((one.text, *one.below)))
        shown = [replace(one, below=_first(one.below)) for one in kept]
        rest = len(every) - len(shown)
        yield heading, [*shown, *[Line(f"and {rest} more (`--output` has them)", "dim")] * bool(rest)]


def _first(texts: tuple[str, ...]) -> tuple[str, ...]:
    shown = few(texts, _BELOW)
    rest = len(texts) - len(shown)
    return (*shown, *[f"and {rest} more (`--output` has them)"] * bool(rest))


def _sections(report: Report, *, full: bool) -> Iterator[tuple[str, list[Line]]]:
    yield (
        "Broken sources",
        [Line(f"`{one.where}`: {one.problem}" if one.where else one.problem, "red") for one in report.broken],
    )
    todo = list(_todo(report))
    shown = todo if full else [*todo[:-1][: _TODO - 1], *todo[-1:]]
    yield _TODO_HEADING, [replace(one, text=f"{number}. {one.text}") for number, one in enumerate(shown, 1)]
    # Which operation a file no longer has is said again below.
    files = report.files if full else [text.partition("; it no longer has")[0] for text in report.files]
    yield "Files", [Line(re.sub(r"^(\w+): ([^;]*)", r"\1: `\2`", text)) for text in files]
    yield "What changed", list(_changes(report))
    for advice, heading in _HEADINGS.items():
        yield heading, list(_consequences([one for one in report.consequences if one.advice == advice], full=full))
    also = brief([f"`{name}`" for name in report.also], 10)
    yield "Also offered, and not ours", [Line(also + " (`--json` has them)" * (len(report.also) > 10))] * bool(also)
    yield "Nothing of ours", [Line(text) for text in report.nothing]
    yield "About this report", [Line(text, "dim") for text in report.remarks]
    if full:
        yield "For people who import us", [_surface(one) for one in report.surface]
        yield "References of our own code to what changed", [_reference(one) for one in report.references]


def _todo(report: Report) -> Iterator[Line]:
    """What a person does, the most important first, and last what ends it."""

    def step(what: str, every: list[str]) -> Iterator[Line]:
        if every:
            yield Line(f"{what}: {brief(every, 1)}" + " below" * (len(every) > 1))

    for advice, what in _STEPS.items():
        yield from step(what, [lines([one.where]) for one in report.consequences if one.advice == advice])
    decisions = [one for one in report.decisions if one.breaking]
    yield from step("Decide about what breaks callers", [_briefly(one) for one in decisions])
    arguments = [one for one in report.decisions if one.argument and not one.breaking]
    yield from step("Decide whether to offer what callers may send now", [_briefly(one) for one in arguments])
    yield from step("Change our code", [lines([f"{one.file}:{one.line}"]) for one in report.references if one.sure])
    if report.commands:
        yield Line("Hand over what is published now:", below=tuple(f"`{command}`" for command in report.commands))
    elif report.files and report.status == 1:
        where = f" FROM={shlex.quote(shlex.join(report.locations))}" if report.locations else ""
        yield Line("Take it in:", below=(f"`make accept{where}`",))
    elif report.files and report.status == 2:
        vendor = [f"`make vendor PAGE={shlex.quote(one)}`" for one in report.locations] or ["`make vendor`"]
        yield Line("Take it in:", below=(*vendor, "`make generate && make test`"))


def _briefly(one: Difference) -> str:
    return f"`{one.name}` {one.kind}" if one.kind == "moved" or not one.detail else str(one)


def _changes(report: Report) -> Iterator[Line]:
    for cause in causes(report):
        below = tuple(cause.below())
        if cause.differences:
            yield replace(_cause(cause), below=below)
        elif below:
            yield Line("from several of these" if report.differences else "of the generated packages", below=below)
    if wording := [one.name for one in report.differences if one.wording]:
        count = f"{len(wording)} place{'s' * (len(wording) > 1)}"
        yield Line(f"wording in {count}: {brief([f'`{name}`' for name in dict.fromkeys(wording)])}", "dim")


def _cause(cause: Cause) -> Line:
    one = cause.differences[0]
    mark = "**breaking** " if one.breaking else ""
    style = "red" if one.breaking else {"added": "green", "moved": "yellow", "renamed": "yellow"}.get(one.kind, "")
    names = list(dict.fromkeys(f"`{each.name}`" for each in cause.differences))
    hidden = f" (hidden by `{one.hidden}`)" if one.hidden else ""
    if one.is_whole(one.subject, "added", "removed"):
        parts = "".join(f"; {part}" for part in cause.parts)
        return Line(f"{mark}{one.subject} {one.kind}: {', '.join(names)}{parts}{hidden}", style)
    text = "; ".join(cause.parts).replace(f"from {one.name.partition(' ')[2]} to", "to", 1)
    colon = "" if re.match("moved |renamed to ", text) else ":"
    same = f"; the same in {brief(names[1:])}" if names[1:] else ""
    return Line(f"{mark}{one.subject} {names[0]}{colon} {text}{same}{hidden}", style)


def _consequences(every: list[Consequence], *, full: bool) -> Iterator[Line]:
    """A line for each thing to do: what several actions, places or servers have in common is one."""
    short = not full and len(every) > _BELOW
    groups: dict[tuple[str, str], dict[Consequence, str]] = {}
    for one in every:
        # A place, a server, or what two documents contradict each other in.
        leading, text = match.groups() if (match := _LEADING.fullmatch(one.text)) else ("", one.text)
        if short and (one.kind, one.advice) == ("published", "drop") and not one.details:
            text = "can go: it is published now, or nothing else needs it"
        groups.setdefault((one.kind, text), {})[one] = leading
    for (kind, what), leads in groups.items():
        group = list(leads)
        wheres = [one.where for one in group]
        count = f", {len(group)} places" if kind == "dangling" and len(group) > len(set(wheres)) else ""
        about = (
            brief(list(dict.fromkeys(filter(None, leads.values()))), None if full else 2) if kind != "dangling" else ""
        )
        below = joined(group[0].details)
        if not full and (words := [text for text in below if not _CODE.fullmatch(text)]):
            shown = few(words, _BELOW)
            rest = [f"and {len(words) - len(shown)} more"] * (len(words) > len(shown))
            below = [*[text for text in below if text not in words], "; ".join([*shown, *rest])]
        if full or (len(group) == 1 and not short):
            pairs = [pair for one in group for pair in _targets(one) if pair[1]]
            below += dict.fromkeys(f"{key}: `{value}`" for key, value in pairs)
        if group[0].reason and len(group) == 1 and not short:
            below += [f"reason: {group[0].reason}"]
        yield Line(f"{lines(wheres)} ({kind}{count}): {f'{about}: ' * bool(about)}{what}", "yellow", tuple(below))


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
    out = [f"# Drift: {report.verdict}", *["", _BROKEN] * bool(report.broken)]
    out += ["", _version(report)] if report.step != "none" else []
    for heading, every in sections(report, full=True):
        out += ["", f"## {heading}", ""]
        bullet, indent = ("", "   ") if heading == _TODO_HEADING else ("- ", "  ")
        for line in every:
            out += [f"{bullet}{line.text}", *(f"{indent}- {text}" for text in line.below)]
    if entry := report.changelog():
        out += ["", "## Suggested CHANGELOG entry", ""]
        for kind, texts in entry.items():
            out += [f"### {kind}", "", *(f"- {text}" for text in texts), ""]
    return "\n".join(out).rstrip() + "\n"


def show(report: Report, console: Console, head: str | None = None) -> None:
    """Print the first lines of each section on a terminal.

    `head` replaces the verdict where there is nothing to decide.
    """

    def whole(text: Text) -> None:
        console.print(text, soft_wrap=True)

    whole(Text(head, "bold") if head is not None else Text(f"drift: {report.verdict}", _STYLES[report.status]))
    if report.broken and head is None:
        whole(Text(_BROKEN))
    if report.step != "none":
        whole(_rich(_version(report)))
    for heading, every in sections(report, full=False):
        console.print()
        console.print(Text(heading, style="bold"))
        for line in every:
            for text, style, indent in ((line.text, line.style, 2), *((text, "dim", 6) for text in line.below)):
                if _CODE.fullmatch(text) or heading == "Broken sources":
                    whole(Text(" " * indent) + _rich(text, style))  # a line to copy
                else:
                    console.print(Padding(_rich(text, style), (0, 0, 0, indent), expand=False))


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
