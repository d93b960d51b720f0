"""What a rule is, and which ones there are.

The modules of `rules/` are pytest modules, one for each theme. A rule is a function below `@rule(source)`, and its
docstring states it; its id comes from its module and name: `test_limit` in `rules/paging.py` is `paging.limit`.

- `test_…(probe)` sends requests and says what it expects of the responses.
- `check_…(exchange)` judges every single response, without requests of its own.
- `GENERATED` of a module names rules that schemathesis judges, and `MARKS` marks of all its rules.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

THEMES = (
    "errors", "keys", "hosts", "listings", "paging", "filters", "search", "recordings", "pii", "notes", "annotations",
    "chats", "links", "document",
)  # fmt: skip
"""The modules of `rules/`, in the order in which they run."""
WEIGHTS = (
    "keys", "pii", "links", "hosts", "notes", "annotations", "chats", "recordings", "listings", "paging", "filters",
    "search", "errors", "document",
)  # fmt: skip
"""The same, by the weight of their differences: what opens data to others first."""
SCENARIO, RESPONSE, GENERATED = "scenario", "response", "generated"
WRITES, LAST, DRIFT = "writes", "last", "drift"
MARKS = {
    WRITES: "the rule sends requests that change something",
    LAST: "the rule changes what other rules look at, and runs after them",
    DRIFT: "against a live API a breach is a note, not a failure: it costs clients nothing, or the rule follows a "
    "standard or this project's emulator rather than the vendor",
}
_KINDS = {"test": SCENARIO, "check": RESPONSE}
_ATTRIBUTE = "conformance_rule"
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: its stable name, theme first: `paging.limit`.
        kind: `scenario`, `response` or `generated`.
        title: the rule in a sentence.
        source: what it is based on.
        function: what judges it; None for a generated one.
        marks: names out of `MARKS`.
    """

    id: str
    kind: str
    title: str
    source: str
    function: Callable[..., Any] | None = None
    marks: frozenset[str] = frozenset()

    @property
    def theme(self) -> str:
        """The part of its id before the dot."""
        return self.id.partition(".")[0]


def rule(source: str, *marks: str) -> Callable[[_Function], _Function]:
    """Declare a function of a module of `rules/` as a rule: what it is based on, and its `MARKS`."""

    # Not `pytest.mark`: a strict pytest session that imports the rules through `run` does not know these names.
    def declare(function: _Function) -> _Function:
        setattr(function, _ATTRIBUTE, (source, marks))
        return function

    return declare


def of_function(theme: str, function: Callable[..., Any]) -> Rule:
    """The rule of a function of a module of `rules/`; ValueError when it lacks a source or a docstring."""
    prefix, _, name = function.__name__.partition("_")
    title = inspect.getdoc(function)
    if not title or not hasattr(function, _ATTRIBUTE):
        raise ValueError(f"{function.__name__} lacks its source or a docstring")
    source, marks = getattr(function, _ATTRIBUTE)
    marks = frozenset({*marks, *function.__globals__.get("MARKS", ())})
    return Rule(_id(theme, name), _KINDS[prefix], title, source, function, marks)


def load(themes: Sequence[str] = THEMES) -> dict[str, Rule]:
    """The rules of some themes by id, in the order in which they run; those marked `last` come last."""
    rules = [each for theme in themes for each in _of_module(theme)]
    return {each.id: each for each in sorted(rules, key=lambda each: "last" in each.marks)}


def always() -> list[Rule]:
    """The rules that are part of every run, since they judge every response."""
    rules = load(("errors", "document")).values()
    return [each for each in rules if each.kind == RESPONSE or each.id == "document.complete"]


def themes_of(only: Sequence[str]) -> list[str]:
    """The themes with rules whose ids begin with one of `only`; all of them when it is empty."""
    return [
        theme
        for theme in THEMES
        if not only or any(f"{theme}.".startswith(each) or each.startswith(f"{theme}.") for each in only)
    ]


def _of_module(theme: str) -> Iterator[Rule]:
    module = importlib.import_module(f"polyai_data.conformance.rules.{theme}")
    for name, value in vars(module).items():
        if name.startswith(("test_", "check_")) and inspect.isfunction(value):
            yield of_function(theme, value)
    for name, (title, source) in getattr(module, "GENERATED", {}).items():
        yield Rule(_id(theme, name), GENERATED, title, source)


def _id(theme: str, name: str) -> str:
    return f"{theme}.{name.replace('_', '-')}"
