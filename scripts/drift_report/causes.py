"""What belongs together in a report: each difference with what it leads to in the overlay, for importers and in our code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference, python_name
from drift_report.report import Report
from drift_report.surface import SurfaceChange

_NAMED = re.compile(r"(?:properties|parameters|enum|required|responses|server) `?([^\s`:]+)")
_SHOWN = 3


@dataclass
class Cause:
    """The same difference in one or more places, and what it leads to; without a difference, what has no known cause."""

    differences: list[Difference] = field(default_factory=list)
    consequences: list[Consequence] = field(default_factory=list)
    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def below(self) -> Iterator[str]:
        """What it leads to, in a line for each room."""
        if self.consequences:
            yield f"overlay: {_several([f'`{one.where}` ({one.kind})' for one in self.consequences])}"
        if self.surface:
            marks = ["**breaking** " * one.breaking + one.text for one in self.surface]
            yield f"importers: {_several(marks)}"
        if self.references:
            yield f"our code: {places(self.references)}"


def causes(report: Report) -> list[Cause]:
    """Everything in a report but wording, by cause: the most important first, and what has none last."""
    groups: dict[Any, Cause] = {}
    for one in report.differences:
        if not one.wording:
            part = one.subject == "operation" and one.detail and one.kind != "moved"
            key = (one.kind, one.detail, one.breaking) if part else one
            groups.setdefault(key, Cause()).differences.append(one)
    rest = Cause()
    made = sorted(groups.values(), key=lambda cause: not cause.differences[0].breaking)
    # What a whole operation or schema leads to is not due to a part of another one that has the same name.
    order = [(_names(cause.differences, report), cause) for cause in made]
    order.sort(key=lambda pair: bool(pair[1].differences[0].detail) and pair[1].differences[0].kind not in {"moved", "renamed"})
    for kind in ("consequences", "surface", "references"):
        for item in getattr(report, kind):
            text = f"{getattr(item, 'target', '')} {getattr(item, 'name', '')} {item.text}"
            cause = next((cause for pattern, cause in order if pattern and pattern.search(text)), rest)
            getattr(cause, kind).append(item)
    return [*made, rest]


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
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words))})(?!\w)") if words else None


def places(references: Iterable[Reference]) -> str:
    """Where our code refers to something: the places in what we publish, and how many there are elsewhere."""
    rooms: dict[str, list[str]] = {}
    for one in references:
        rooms.setdefault(one.room, []).append(f"`{one.file}:{one.line}`")
    parts = [f"{room} {_several(sorted(set(at)))}" if room == "facade" else f"{room} {len(at)}" for room, at in rooms.items()]
    return "; ".join(parts)


def _several(texts: list[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return f"{', '.join(texts[:_SHOWN])}{more}"
