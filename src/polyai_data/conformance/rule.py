"""The rules: what each one is called, what it says, and where that is written.

A rule is a small function with a docstring: its first line says the rule, and a paragraph `Source: …` says who says so.
There are three kinds:

- `answer`: looks at one answer, any answer, and gives what is wrong with it. No requests of its own.
- `scenario`: sends requests through a `Probe`, and tells it what it expected.
- `generated`: judged by schemathesis, on the requests that it makes from the document.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polyai_data.conformance.model import Difference, Exchange

if TYPE_CHECKING:
    from polyai_data.conformance.probe import Probe

ANSWER, SCENARIO, GENERATED = "answer", "scenario", "generated"
Judge = Callable[[Exchange], Iterator[Difference]]
Scenario = Callable[["Probe"], None]


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: its stable name, theme first: `paging.no-repeat`.
        kind: `answer`, `scenario` or `generated`.
        title: the rule in a sentence.
        source: who says so.
        judge: what judges an answer; None for the other kinds.
        scenario: what sends requests; None for the other kinds.
        drift: against the live API, breaking it is a note and no failure: it costs no client anything, or its source is
            a standard or this project's emulator rather than the vendor.
        writes: whether it needs requests that change something.
        last: whether it changes what other rules look at, and so comes after them.
    """

    id: str
    kind: str
    title: str
    source: str
    judge: Judge | None = None
    scenario: Scenario | None = None
    drift: bool = False
    writes: bool = False
    last: bool = False

    @property
    def theme(self) -> str:
        """What stands before the point of its id."""
        return self.id.partition(".")[0]


RULES: dict[str, Rule] = {}
"""All rules, by id, once `polyai_data.conformance.rules` is imported."""


def answer_rule(identifier: str, *, drift: bool = False) -> Callable[[Judge], Judge]:
    """Register a function as the rule that judges every single answer."""

    def register(function: Judge) -> Judge:
        title, source = _told(function)
        _add(Rule(identifier, ANSWER, title, source, judge=function, drift=drift))
        return function

    return register


def rule(
    identifier: str, *, drift: bool = False, writes: bool = False, last: bool = False
) -> Callable[[Scenario], Scenario]:
    """Register a function as a rule that sends requests of its own."""

    def register(function: Scenario) -> Scenario:
        title, source = _told(function)
        _add(Rule(identifier, SCENARIO, title, source, scenario=function, drift=drift, writes=writes, last=last))
        return function

    return register


def generated_rule(identifier: str, title: str, source: str) -> str:
    """Register a rule that schemathesis judges; gives its id."""
    _add(Rule(identifier, GENERATED, title, source))
    return identifier


def of_kind(kind: str) -> list[Rule]:
    """The rules of a kind, in the order of their modules; those that change what others look at come last."""
    return sorted((each for each in RULES.values() if each.kind == kind), key=lambda each: each.last)


def _add(new: Rule) -> None:
    if new.id in RULES:
        raise ValueError(f"there are two rules {new.id}")
    RULES[new.id] = new


def _told(function: Callable[..., object]) -> tuple[str, str]:
    text = inspect.getdoc(function) or ""
    title, _, rest = text.partition("\n\n")
    found = re.search(r"Source: (.*?)(?:\n\n|$)", rest, re.DOTALL)
    if not title or found is None:
        raise ValueError(f"the docstring of {function.__name__} does not say the rule and its source")
    return " ".join(title.split()), " ".join(found[1].split())
