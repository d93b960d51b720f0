"""How rows are measured: contenders take turns, medians of rounds, ratios to a peer."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of the table: what ours and a peer's measured, in `unit`, and the ratio that the goal bounds.

    `at_most` is the largest ratio, or the smallest where `at_least` is given instead; without either, the line is for
    information. `note` says what a reader should know.
    """

    row: str
    case: str
    ours: float
    peer: str
    theirs: float
    unit: str = "ms"
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours to the peer's."""
        return self.ours / self.theirs if self.theirs else float("nan")

    @property
    def goal(self) -> str:
        """The bound in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""

    @property
    def met(self) -> bool | None:
        """Whether the bound holds; None without one."""
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return self.ratio >= self.at_least if self.at_least is not None else None


def in_turns(
    contenders: Mapping[str, Callable[[], object]], rounds: int, *, times: int = 1, cpu: bool = False
) -> dict[str, float]:
    """The median milliseconds of one run of each contender.

    Each round runs every contender `times` times; who goes first changes, and a round before the first warms up. With
    `cpu`, what counts is the time of this process, not the clock's.
    """
    clock = time.process_time if cpu else time.perf_counter
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds + 1):
        at = number % len(names)
        for name in names[at:] + names[:at]:
            run = contenders[name]
            gc.collect()
            begin = clock()
            for _ in range(times):
                run()
            taken = clock() - begin
            if number:
                seconds[name].append(taken / times)
    return {name: statistics.median(each) * 1000 for name, each in seconds.items()}


def lines(
    row: str, case: str, medians: Mapping[str, float], goals: Mapping[str, float | None], unit: str = "ms"
) -> list[Line]:
    """A line for each peer in `goals`, whose values are the largest ratios; ours is the first of `medians`."""
    ours = next(iter(medians.values()))
    return [Line(row, case, ours, peer, medians[peer], unit, at_most=goal) for peer, goal in goals.items()]
