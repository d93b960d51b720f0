"""What an export did, and what it left out. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from polyai_data.errors import PolyAIError
from polyai_data.export import fetch
from polyai_data.export.work import Order


@dataclass
class Report:
    """What an export did, and what it left out.

    Attributes:
        files: the paths or URLs of the result.
        rows, turns: how many conversations and turns were exported.
        since, until: the time range.
        environments: those that were asked for.
        counts: conversations by agent and environment.
        in_progress: conversations that had not ended; an export that goes on from this one has them again.
        hidden: conversations whose turns the project hides.
        undated: conversations without a readable start.
        invalid: conversations that could not be read.
        incomplete: conversations that are in it without their details, which were asked for and could not be read.
        filtered: conversations that are not in it, as they do not fulfil the filters.
        unknown: names of the filters that no conversation has.
        failed: the error of each agent that is not in the result.
        seconds: how long it took.
    """

    files: list[str] = field(default_factory=list)
    rows: int = 0
    turns: int = 0
    since: datetime | None = None
    until: datetime | None = None
    environments: list[str] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    in_progress: int = 0
    hidden: int = 0
    undated: int = 0
    invalid: int = 0
    incomplete: int = 0
    filtered: int = 0
    unknown: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def warnings(self) -> list[str]:
        """What is not as it was asked for, in words."""
        counts = (
            (self.invalid, "conversations could not be read and are not in it"),
            (self.incomplete, "conversations are in it without their details, which could not be read"),
        )
        said = [f"{count:,} {text}" for count, text in counts if count]
        return said + [f"no conversation has {name!r}" for name in self.unknown]


def report_of(order: Order, fetched: fetch.Fetched, failed: dict[str, PolyAIError]) -> Report:
    made = Report(
        since=min((task.start for task in order.tasks), default=None),
        until=order.until,
        environments=[each or "all" for each in order.asked["environments"]],
        failed={agent: str(error) for agent, error in failed.items()},
    )
    undated = set[str]()
    for task, part in fetched:
        key = task.agent, task.environment or ", ".join(made.environments)
        made.counts[key] = made.counts.get(key, 0) + part.rows
        made.rows += part.rows
        made.turns += part.turns
        made.in_progress += len(part.open)
        made.hidden += part.hidden
        made.invalid += part.invalid
        made.incomplete += part.incomplete
        made.filtered += part.filtered
        undated |= part.undated.keys()
    if made.rows or made.filtered:
        made.unknown = sorted(set.intersection(*(set(part.unknown) for _, part in fetched)))
    made.undated = len(undated)
    made.rows += made.undated
    return made
