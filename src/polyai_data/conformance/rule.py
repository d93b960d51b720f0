"""What a rule is, and which ones there are.

The modules of `rules/` are pytest modules, one for each theme. A rule's docstring has the rule in its first paragraph
and `Source: …` in another; its id comes from its module and name: `test_no_repeat` in `rules/paging.py` is
`paging.no-repeat`.

- `test_…(probe)` sends requests and says what it expects of the responses.
- `check_…(exchange)` judges every single response, without requests of its own.
- `GENERATED` of a module names rules that schemathesis judges, and `MARKS` marks of all its rules.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

THEMES = (
    "errors", "keys", "hosts", "listings", "paging", "filters", "search", "recordings", "pii", "notes", "annotations",
    "chats", "links", "document",
)  # fmt: skip
"""The modules of `rules/`, in the order in which they run."""
SCENARIO, RESPONSE, GENERATED = "scenario", "response", "generated"
MARKS = {
    "writes": "the rule sends requests that change something",
    "last": "the rule changes what other rules look at, and runs after them",
    "drift": "against a live API a breach is a note, not a failure: it costs clients nothing, or the rule follows a "
    "standard or this project's emulator rather than the vendor",
}
_KINDS = {"test_": SCENARIO, "check_": RESPONSE}
_ATTRIBUTE = "conformance_marks"
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: its stable name, theme first: `paging.no-repeat`.
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


def _marking(name: str) -> Callable[[_Function], _Function]:
    # Not `pytest.mark`: a strict pytest session that imports the rules through `run` does not know these names.
    def mark(function: _Function) -> _Function:
        setattr(function, _ATTRIBUTE, marks(function) | {name})
        return function

    return mark


writes, last, drift = map(_marking, MARKS)


def marks(function: Callable[..., Any]) -> frozenset[str]:
    """The marks of a rule's function, and those in `MARKS` of its module."""
    return frozenset({*getattr(function, _ATTRIBUTE, ()), *function.__globals__.get("MARKS", ())})


def of_function(theme: str, function: Callable[..., Any]) -> Rule:
    """The rule of a function of a module of `rules/`; ValueError when its docstring lacks the rule or its source."""
    prefix = next(each for each in _KINDS if function.__name__.startswith(each))
    title, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    source = re.search(r"Source: (.*?)(?:\n\n|$)", rest, re.DOTALL)
    if not title or source is None:
        raise ValueError(f"the docstring of {function.__name__} lacks the rule or its source")
    return Rule(
        _id(theme, function.__name__.removeprefix(prefix)),
        _KINDS[prefix],
        " ".join(title.split()),
        " ".join(source[1].split()),
        function,
        marks(function),
    )


def load(themes: Sequence[str] = THEMES) -> dict[str, Rule]:
    """The rules of some themes by id, in the order in which they run; those marked `last` come last."""
    rules = [each for theme in themes for each in _of_module(theme, _module(theme))]
    return {each.id: each for each in sorted(rules, key=lambda each: "last" in each.marks)}


def always() -> list[Rule]:
    """The rules that are part of every run, since they judge every response."""
    rules = load(("errors", "document")).values()
    return [each for each in rules if each.kind == RESPONSE or each.id == "document.answered"]


def themes_of(only: Sequence[str]) -> list[str]:
    """The themes with rules whose ids begin with one of `only`; all of them when it is empty."""
    return [
        theme
        for theme in THEMES
        if not only or any(f"{theme}.".startswith(each) or each.startswith(f"{theme}.") for each in only)
    ]


def _module(theme: str) -> ModuleType:
    return importlib.import_module(f"polyai_data.conformance.rules.{theme}")


def _of_module(theme: str, module: ModuleType) -> Iterator[Rule]:
    for name, value in vars(module).items():
        if name.startswith(tuple(_KINDS)) and inspect.isfunction(value):
            yield of_function(theme, value)
    for name, (title, source) in getattr(module, "GENERATED", {}).items():
        yield Rule(_id(theme, name), GENERATED, title, source)


def _id(theme: str, name: str) -> str:
    return f"{theme}.{name.replace('_', '-')}"
