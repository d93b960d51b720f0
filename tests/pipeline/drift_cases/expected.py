"""What the drift laboratory expects of a report, and whether the report says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Operated(Protocol):
    """A page, by the operation that it declares."""

    declared: str


@dataclass(frozen=True)
class Told:
    """A difference. What is None or empty may be anything; a sheet as `name` is the operation that it declares now.

    A name that another change may alter is told when it is looked for.
    """

    kind: str = ""
    subject: str = ""
    name: str | Operated | Callable[[], str] = ""
    detail: str = ""
    breaking: bool | None = None
    wording: bool | None = None
    may: bool = False

    def fits(self, told: dict[str, Any], *, judged: bool) -> bool:
        """Whether a difference of the report is this one."""
        given = self.name.declared if isinstance(self.name, Operated) else self.name
        name = given() if callable(given) else given
        return (
            (not self.kind or told["kind"] == self.kind)
            and (not self.subject or told["subject"] == self.subject)
            and (not name or told["name"] == name)
            and self.detail in told["detail"]
            and (self.wording is None or told["wording"] == self.wording)
            and (not judged or self.breaking is None or told["breaking"] == self.breaking)
        )


@dataclass(frozen=True)
class Asked:
    """Something that a person has to do. `where` is the beginning of the place; `full`: only who generates can tell."""

    kind: str
    where: str = ""
    advice: str = ""
    text: str = ""
    target: str = ""
    may: bool = False
    full: bool = False

    def fits(self, told: dict[str, Any]) -> bool:
        """Whether a consequence of the report is this one."""
        return (
            (not self.kind or told["kind"] == self.kind)
            and told["where"].startswith(self.where)
            and (not self.advice or told["advice"] == self.advice)
            and self.text in told["text"]
            and (not self.target or told["target"] == self.target)
        )


@dataclass(frozen=True)
class Wrong:
    """A source that cannot be read: the end of its name, and where in it, as far as that can be known."""

    file: str
    problem: str = ""
    line: int | range | Callable[[], int] | None = None
    column: int | None = None

    def fits(self, told: dict[str, Any]) -> bool:
        """Whether a broken source of the report is this one."""
        return (
            told["file"].endswith(self.file)
            and self.problem.lower() in told["problem"].lower()
            and (self.line is None or told["line"] in self._lines())
            and self.column in {None, told["column"]}
        )

    def _lines(self) -> range | list[int | None]:
        line = self.line() if callable(self.line) else self.line
        return line if isinstance(line, range) else [line]


@dataclass(frozen=True)
class Expected:
    """What the report must say: all of it, but for what `may` be there.

    `status` is the exit status, `quick` that of a look that does not generate, where it is another one. That our own
    code refers to what is lost makes a person necessary too, and is expected wherever the report says so.
    """

    status: int
    told: Iterable[Told] = ()
    asked: Iterable[Asked] = ()
    wrong: Iterable[Wrong] = ()
    also: Iterable[str] = ()
    quick: int | None = None
    surface: Iterable[str] = ()

    def __add__(self, other: Expected) -> Expected:
        """What must be said of both changes together; of what is broken alone, where one is."""
        if 3 in {self.status, other.status}:
            return Expected(3, wrong=(*self.wrong, *other.wrong))
        quicks = [one.status if one.quick is None else one.quick for one in (self, other)]
        return Expected(
            max(self.status, other.status),
            (*self.told, *other.told),
            (*self.asked, *other.asked),
            (*self.wrong, *other.wrong),
            (*self.also, *other.also),
            max(quicks),
            (*self.surface, *other.surface),
        )
