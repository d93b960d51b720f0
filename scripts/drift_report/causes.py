"""What belongs together in a report: each difference with what it leads to for importers and in our own code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from drift_report.changes import Difference
from drift_report.references import Reference, python_name
from drift_report.report import Report
from drift_report.surface import SurfaceChange

_T = TypeVar("_T")
_RANKS = [
    re.compile(pattern) for pattern in (r"`[^`]+`", r"(?s).*\*\*breaking\*\*.*", r"(?s).*\b(?:required|removed)\b.*")
]
"""What comes first: commands and lines to copy, what breaks, and what callers miss."""
_PART = re.compile(
    r"(?s)(.*\b(?:properties|parameters|required|enum|headers|responses|security|server"
    r"|class|type|attribute|parameter|operation|value)) (`[^`]*`|[^\s:;,]+(?: \(\w+\))?)(.*)"
)
_NAMED = re.compile(r"(?:properties|parameters|enum|required|responses|server) `?([^\s`:]+)")
_SHOWN = 3


@dataclass
class Cause:
    """What differs alike in one or more places, and what it leads to; without differences, what has no known cause."""

    differences: list[Difference] = field(default_factory=list)
    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def weight(self) -> tuple[bool, int]:
        """What breaks comes first, and then what leads to more."""
        breaks = self.differences[0].breaking or any(one.breaking for one in self.surface)
        return not breaks, -len(self.surface) - len(self.references)

    @property
    def parts(self) -> tuple[str, ...]:
        """What differs in each of its places; empty where the whole came or went."""
        first = self.differences[0]
        return tuple(joined(_part(one) for one in self.differences if one.name == first.name and one.detail))

    def below(self) -> Iterator[str]:
        """What it leads to, in a line for each room."""
        if self.surface:
            yield f"importers: {brief(joined(map(importers, self.surface), _SHOWN), between='; ')}"
        if self.references:
            yield f"our code: {places(self.references)}"


def causes(report: Report) -> list[Cause]:
    """Everything in a report but wording, by cause: the most important first, and what has none last."""
    # What a moved operation calls the parts of its path is part of the move.
    moved = {
        f"{one.new[2].upper()} {one.new[1]}": one.name for one in report.differences if one.kind == "moved" and one.new
    }
    subjects: dict[tuple[str, str, tuple[bool | None, str]], Cause] = {}
    for one in report.differences:
        if not one.wording and not (one.name in moved and one.kind != "moved" and "(path)" in one.detail):
            subjects.setdefault((one.subject, one.name, (one.breaking, one.hidden)), Cause()).differences.append(one)
    alike: dict[tuple[object, ...], Cause] = {}
    for (subject, _, breaking), cause in subjects.items():
        alike.setdefault(
            (subject, cause.differences[0].kind, breaking, cause.parts), Cause()
        ).differences += cause.differences
    rest = Cause()
    made = list(alike.values())
    # What a whole operation or schema leads to is not due to a part of another one that has the same name.
    order = [(_names(cause.differences, report), cause) for cause in made]
    order.sort(key=lambda pair: bool(pair[1].differences[0].detail) and pair[1].differences[0].kind != "moved")

    def cause_of(item: SurfaceChange | Reference) -> Cause:
        text = f"{item.name} {item.text}"
        return next((cause for pattern, cause in order if pattern and pattern.search(text)), rest)

    for change in report.surface:
        cause_of(change).surface.append(change)
    for reference in report.references:
        cause_of(reference).references.append(reference)
    return [*sorted(made, key=Cause.weight), rest]


def _part(one: Difference) -> str:
    return one.detail if one.kind == "changed" else f"{one.kind} {one.detail}"


def importers(one: SurfaceChange) -> str:
    where = " (through `polyai_data.models`)" if one.exposed else ""
    return f"{'**breaking** ' * one.breaking}{one.text}{where}"


def _names(differences: Iterable[Difference], report: Report) -> re.Pattern[str] | None:
    """A pattern of the names that what they lead to contains."""
    names: set[str] = set()
    for one in differences:
        if one.subject == "operation" and (not one.detail or one.kind == "moved"):
            new = f"{one.name.partition(' ')[0]} {(one.new or ('', ''))[1]}"
            names |= {one.name.partition(" ")[2], new.partition(" ")[2]}
            names |= {report.names[name] for name in (one.name, new) if name in report.names}
        elif one.detail and one.kind != "renamed":
            names |= set(_NAMED.findall(one.detail)[-1:])
        elif one.subject in {"schema", "component"}:
            named = _NAMED.findall(one.detail)[-1:] or [one.name]
            names |= {*named, one.detail.rpartition(" to ")[2].partition(" ")[0]}
    words = {re.escape(spelling) for name in names if name for spelling in (name, python_name(name))}
    # The generator names what a schema contains after it.
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words))})(?![a-z\d_])") if words else None


def places(references: Iterable[Reference]) -> str:
    """Where our code refers to something: the lines in what we publish, and how many there are elsewhere."""
    rooms: dict[str, list[str]] = {}
    for one in references:
        rooms.setdefault(one.room, []).append(f"{one.file}:{one.line}")
    return "; ".join(f"facade {lines(at)}" if room == "facade" else f"{room} {len(at)}" for room, at in rooms.items())


def lines(positions: Iterable[str]) -> str:
    """Positions such as `a.yaml:3`, with the lines of one file together."""
    files: dict[str, list[str]] = {}
    for position in dict.fromkeys(positions):
        file, _, line = position.partition(":")
        files.setdefault(file, []).append(line)
    return ", ".join(f"`{file}:{', '.join(at)}`" if any(at) else f"`{file}`" for file, at in files.items())


# Many lines become few.


def joined(texts: Iterable[str], most: int | None = None) -> list[str]:
    """Texts that differ in one name are one text: `required a` and `required b` are `required a, b`."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for text in texts:
        match = _PART.fullmatch(text)
        before, name, after = match.groups() if match else (text, "", "")
        groups.setdefault((before, after), {})[name] = None
    return [f"{before} {brief(list(names), most)}{after}".rstrip() for (before, after), names in groups.items()]


def few(every: Sequence[_T], most: int | None, text: Callable[[_T], str] = str) -> list[_T]:
    """The most important of several, at most so many; what breaks and what is to be copied is never left out."""

    def rank(one: _T) -> int:
        return next((at for at, pattern in enumerate(_RANKS) if pattern.fullmatch(text(one))), len(_RANKS))

    ranked = sorted(every, key=rank)
    return [one for at, one in enumerate(ranked) if most is None or at < most or rank(one) < 2]


def brief(texts: Sequence[str], most: int | None = _SHOWN, between: str = ", ") -> str:
    """The first of several texts, and how many more there are."""
    rest = len(texts) - most if most is not None else 0
    return between.join([*texts[:most], *[f"and {rest} more"] * (rest > 0)])
