"""The drift report: what it holds, what it concludes, and how programs read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.surface import SurfaceChange

VERDICTS = ("unchanged", "regenerates", "needs a person", "broken source")
"""By exit status."""


@dataclass(frozen=True)
class Broken:
    """A source that could not be read; `placed` where the line is not only the first for want of a better one."""

    file: str
    line: int
    column: int
    problem: str
    placed: bool = True

    @property
    def where(self) -> str:
        """The place as messages tell it."""
        return f"{self.file}:{self.line}:{self.column}" if self.placed else self.file

    def as_json(self) -> dict[str, Any]:
        """The source for a program."""
        return {"file": self.file, "line": self.line, "column": self.column, "problem": self.problem}

    @classmethod
    def parse(cls, message: str) -> Broken:
        """The source that an error of the pipeline speaks of, at its beginning where the error does not say."""
        # A port is no line, and neither is what stands after the first colon with a space.
        where = (
            r"(?!https?://[^/\s]*:\d+: )(?P<file>(?:(?!: )[^\n])*?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<problem>.*)"
        )
        found = re.match(where, message, re.DOTALL)
        if found:
            return cls(found["file"], int(found["line"]), int(found["column"] or 1), found["problem"])
        file, separator, problem = message.partition(": ")
        return cls(file, 1, 1, problem, placed=False) if separator else cls("", 1, 1, message, placed=False)


@dataclass
class Report:
    """What changed, and what it means.

    `remarks` are what the reader should know about the report itself. `version` is the one that this tree has now.
    """

    differences: list[Difference] = field(default_factory=list)
    consequences: list[Consequence] = field(default_factory=list)
    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    version: str = "0.0.0"

    @property
    def status(self) -> int:
        """The exit status of the program: 0 nothing, 1 regenerates by itself, 2 needs a person, 3 a broken source."""
        if self.broken:
            return 3
        if self.consequences or any(reference.sure for reference in self.references) or self.lost:
            return 2
        return 1 if self.differences or self.files or self.surface else 0

    @property
    def verdict(self) -> str:
        """The status in words."""
        return VERDICTS[self.status]

    @property
    def lost(self) -> list[Difference]:
        """The operations that went or moved: somebody must decide what becomes of those who call them."""
        return [d for d in self.differences if d.subject == "operation" and (d.kind == "moved" or _whole(d, "removed"))]

    @property
    def breaking(self) -> bool:
        """Whether a release with this breaks somebody who imports us."""
        told = [*(change.breaking for change in self.surface), *(one.breaking for one in self.differences)]
        return any(told) or bool(self.lost)

    @property
    def step(self) -> str:
        """The version step that semantic versioning asks for: none, patch, minor or major."""
        if self.breaking:
            return "major"
        if any(not change.breaking for change in self.surface) or any(_whole(d, "added") for d in self.differences):
            return "minor"
        return "patch" if self.differences or self.files else "none"

    @property
    def next_version(self) -> str:
        """The version after that step; while the first number is 0, the second one counts what breaks."""
        major, minor, patch = (int(part) for part in [*re.findall(r"\d+", self.version), "0", "0", "0"][:3])
        step = self.step
        if major == 0:
            step = {"major": "minor", "minor": "patch"}.get(step, step)
        return {
            "major": f"{major + 1}.0.0",
            "minor": f"{major}.{minor + 1}.0",
            "patch": f"{major}.{minor}.{patch + 1}",
            "none": self.version,
        }[step]

    def changelog(self) -> dict[str, list[str]]:
        """The suggested entry, by the headings of Keep a Changelog."""
        sections: dict[str, list[str]] = {"Changed": [], "Added": [], "Removed": []}
        moved = {at for one in self.differences if one.kind == "moved" for at in (one.old, one.new)}
        for one in self.differences:
            part = one.kind != "moved" and one.detail and {(one.old or ())[:3], (one.new or ())[:3]} & moved
            whole = one.subject == "document" and not one.detail
            if not one.wording and not whole and not part:
                mark = "**Breaking:** " if one.breaking else ""
                heading = {"added": "Added", "removed": "Removed"}.get(one.kind, "Changed")
                sections["Changed" if one.detail else heading].append(f"{mark}{told(one)}.")
        if self.differences and not any(sections.values()):
            sections["Changed"].append("The wording of the vendor's documents.")
        return {heading: lines for heading, lines in sections.items() if lines}

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "status": self.status,
            "verdict": self.verdict,
            "files": self.files,
            "documents": [difference.as_json() for difference in self.differences],
            "overlay": [consequence.as_json() for consequence in self.consequences],
            "surface": [change.as_json() for change in self.surface],
            "references": [reference.as_json() for reference in self.references],
            "broken": [source.as_json() for source in self.broken],
            "also_offered": self.also,
            "remarks": self.remarks,
            "changelog": self.changelog(),
            "version": {"now": self.version, "step": self.step, "next": self.next_version},
        }


def told(difference: Difference) -> str:
    """A difference in a line of Markdown."""
    what, detail = f"`{difference.name}`", difference.detail
    if difference.kind in {"moved", "renamed"}:
        return f"{what} {difference.kind} {detail}"
    if not detail:
        return what
    return f"{what}: {detail}" if difference.kind == "changed" else f"{what}: {difference.kind} {detail}"


def _whole(difference: Difference, kind: str) -> bool:
    return difference.subject == "operation" and difference.kind == kind and not difference.detail
