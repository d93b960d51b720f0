"""The drift report: what it contains, what it concludes, and its form for programs."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.surface import SurfaceChange

VERDICTS = ("unchanged", "regenerates", "needs a person", "broken source")
"""The verdicts by exit status."""


class Broken(NamedTuple):
    """A source that could not be read: the file, with line and column if they are known, and what is wrong."""

    where: str
    problem: str

    @classmethod
    def parse(cls, message: str) -> Broken:
        """The source that an error message of the pipeline is about."""
        where, separator, problem = message.partition(": ")
        return cls(where, problem) if separator else cls("", message)


@dataclass
class Report:
    """What changed, and what it means.

    `also` are operations that are offered and that we do not have, `nothing` offered files that have none of ours,
    `commands` what hands over what is published now, `remarks` limits of the report itself. `names` are the ids of
    operations by `GET /path`. `version` is the version that the project has now, and `locations` what was offered.
    """

    differences: list[Difference] = field(default_factory=list)
    consequences: list[Consequence] = field(default_factory=list)
    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    version: str = "0.0.0"
    locations: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Take over everything that another report contains."""
        for name, mine in vars(self).items():
            if isinstance(mine, list):
                mine += [one for one in getattr(other, name) if name != "remarks" or one not in mine]
        self.names |= other.names

    @property
    def status(self) -> int:
        """The exit status: 0 unchanged, 1 regenerates by itself, 2 needs a person, 3 a source is broken."""
        if self.broken:
            return 3
        pressing = any(one.kind != "partly" for one in self.consequences)
        if pressing or self.breaking or self.decisions or any(one.sure for one in self.references):
            return 2
        return 1 if self.differences or self.files or self.surface else 0

    @property
    def verdict(self) -> str:
        return VERDICTS[self.status]

    @property
    def decisions(self) -> list[Difference]:
        """The differences that a person must decide about: what breaks, moves, or could be offered to callers."""
        return [one for one in self.differences if one.breaking or one.argument or one.kind == "moved"]

    @property
    def breaking(self) -> bool:
        """Whether a release with these changes breaks importers."""
        return any([*(one.breaking for one in self.surface), *(one.breaking for one in self.differences)])

    @property
    def step(self) -> str:
        """Which number of the version rises: none, patch, minor or major.

        What breaks raises the first number, what is new the second, and the rest the third; while the first number is
        0, what breaks raises the second, and everything else the third. What the overlay hides raises none.
        """
        if not (self.surface or any(not one.hidden for one in self.differences)):
            return "none"
        new = self.surface or any(one.is_whole("operation", "added") for one in self.differences)
        level = 2 if self.breaking else 1 if new else 0
        return ("patch", "minor", "major")[max(level - self.version.startswith("0."), 0)]

    @property
    def next_version(self) -> str:
        major, minor, patch = (int(part) for part in [*re.findall(r"\d+", self.version), "0", "0", "0"][:3])
        return {
            "major": f"{major + 1}.0.0",
            "minor": f"{major}.{minor + 1}.0",
            "patch": f"{major}.{minor}.{patch + 1}",
            "none": self.version,
        }[self.step]

    def changelog(self) -> dict[str, list[str]]:
        """The suggested entry, by the headings of Keep a Changelog."""
        sections: dict[str, list[str]] = {"Changed": [], "Added": [], "Removed": []}
        moved = {at for one in self.differences if one.kind == "moved" for at in (one.old, one.new)}
        for one in self.differences:
            part = one.kind != "moved" and one.detail and {(one.old or ())[:3], (one.new or ())[:3]} & moved
            if not (one.wording or one.hidden or one.is_whole("document", "added", "removed") or part):
                mark = "**Breaking:** " if one.breaking else ""
                heading = {"added": "Added", "removed": "Removed"}.get(one.kind, "Changed")
                sections["Changed" if one.detail else heading].append(f"{mark}{one}.")
        if self.step != "none" and not any(sections.values()):
            sections["Changed"].append("The wording of the vendor's documents.")
        return {heading: lines for heading, lines in sections.items() if lines}

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "verdict": self.verdict,
            "files": self.files,
            "documents": [one.as_json() for one in self.differences],
            "overlay": [asdict(one) for one in self.consequences],
            "surface": [asdict(one) for one in self.surface],
            "references": [asdict(one) for one in self.references],
            "broken": [one._asdict() for one in self.broken],
            "also_offered": self.also,
            "nothing_of_ours": self.nothing,
            "commands": self.commands,
            "remarks": self.remarks,
            "changelog": self.changelog(),
            "version": {"now": self.version, "step": self.step, "next": self.next_version, "breaking": self.breaking},
        }
