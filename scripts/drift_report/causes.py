"""What belongs together in a report: each difference with what it leads to for importers and in our own code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drift_report.changes import Difference
from drift_report.references import Reference, python_name
from drift_report.report import Report
from drift_report.surface import SurfaceChange

_NAMED = re.compile(r"(?:properties|parameters|enum|required|responses|server) `?([^\s`:]+)")
_SHOWN = 3


@dataclass
class Cause:
    """The same difference in one or more places, and what it leads to; without one, what has no known cause."""

    differences: list[Difference] = field(default_factory=list)
    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def weight(self) -> tuple[bool, int]:
        """What breaks comes first, and then what leads to more."""
        breaks = self.differences[0].breaking or any(one.breaking for one in self.surface)
        return not breaks, -len(self.surface) - len(self.references)

    def below(self) -> Iterator[str]:
        """What it leads to, in a line for each room."""
        if self.surface:
            yield f"importers: {several([importers(one) for one in self.surface], '; ')}"
        if self.references:
            yield f"our code: {places(self.references)}"


def causes(report: Report) -> list[Cause]:
    """Everything in a report but wording, by cause: the most important first, and what has none last."""
    groups: dict[Any, Cause] = {}
    for one in report.differences:
        if not one.wording:
            groups.setdefault(_alike(one), Cause()).differences.append(one)
    rest = Cause()
    made = list(groups.values())
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


def _alike(one: Difference) -> Any:
    """What the same difference of several operations has in common, and several members of one node."""
    if not one.detail or one.kind in {"moved", "renamed"}:
        return one
    if one.subject == "operation":
        return one.kind, one.detail, one.breaking
    return one.kind, one.name, one.breaking, one.detail.rpartition(" ")[0] if one.kind != "changed" else one.detail


def importers(one: SurfaceChange) -> str:
    """A change of the Python surface in a line."""
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


def several(texts: list[str], between: str = ", ", most: int = _SHOWN) -> str:
    """The first of several texts, and how many more there are."""
    more = f"{between}and {len(texts) - most} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more
