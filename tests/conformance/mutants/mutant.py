"""What a mutant of the emulator is, how its fault is put in, and what a run of the conformance tests makes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from polyai_data.conformance import PROFILES, Settings, of_emulator, run
from polyai_data.emulator import Emulator
from polyai_data.emulator.app import Application, Exchange
from polyai_data.emulator.faults.switches import Switches
from polyai_data.emulator.http import request as requests
from polyai_data.emulator.http.response import JSON, WAV, Answer, Refusal, to_json
from polyai_data.emulator.operations import HANDLERS
from polyai_data.openapi import Operation, Parameter

CAUGHT, ACCIDENT, UNCAUGHT = "caught", "by accident", "not caught"
UNREACHED, FAILED, HUNG = "not reached", "failed", "no result"
STOPPED = "was stopped before its end"
SOUND, BROKEN = "sound", "broken"
"""What a run of the emulator without a fault comes to."""
ALL = "*"
"""Stands for all operations, and for what is asked of no operation."""
EFFORT = replace(PROFILES["quick"], examples=1, steps=2)
"""How much is generated against a mutant: little, as most of what is wrong shows without."""
REFUSED = object()
"""Stands for what stays refused."""
SUCCESS = range(200, 300)
ERRORS = range(400, 600)
Replacement = Callable[..., Any]


@dataclass(frozen=True)
class Mutant:
    """An emulator with one fault.

    Attributes:
        name: its stable name.
        what: what is wrong with it, in a sentence.
        operations: ids of the operations that it concerns; `ALL` for all.
        rules: ids of the rules of which one must be broken, from the meaning of rule and fault; one that ends in `*` is
            the beginning of several.
        spoil: puts the fault in.
    """

    name: str
    what: str
    operations: tuple[str, ...]
    rules: tuple[str, ...]
    spoil: Callable[[Fault], None]

    def meant(self, rule: str) -> bool:
        """Whether it is for that rule to catch it."""
        return any(rule.startswith(each[:-1]) if each.endswith("*") else rule == each for each in self.rules)


MUTANTS: dict[str, Mutant] = {}
"""All mutants by name, once their modules are imported."""


def mutant(operations: str, rules: str) -> Callable[[Callable[[Fault], None]], Callable[[Fault], None]]:
    """Register a function as a mutant: its name and docstring are the mutant's. Ids are parted by spaces."""

    def register(spoil: Callable[[Fault], None]) -> Callable[[Fault], None]:
        name = spoil.__name__.replace("_", "-")
        if name in MUTANTS:
            raise ValueError(f"there are two mutants {name}")
        MUTANTS[name] = Mutant(
            name, (spoil.__doc__ or "").strip(), tuple(operations.split()), tuple(rules.split()), spoil
        )
        return spoil

    return register


class Fault:
    """Puts faults into the emulator's code of this process, counts how often they show, and takes them out again.

    What is replaced is handed the original before its own arguments.
    """

    def __init__(self, operations: Sequence[str] = (ALL,)) -> None:
        self.calls = 0
        """How often faulty code ran, or, of what changes answers, how many it changed."""
        self._operations = operations
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def function(self, owner: object, name: str, replacement: Replacement) -> None:
        """Replace a function of a module, or a method of a class."""
        original = getattr(owner, name)
        self._stack.enter_context(patch.object(owner, name, self._counted(original, replacement)))

    def getter(self, owner: type, name: str, replacement: Replacement) -> None:
        """Replace a property of a class; the original is a function of the object."""
        original = getattr(owner, name).fget
        self._stack.enter_context(patch.object(owner, name, property(self._counted(original, replacement))))

    def handler(self, replacement: Replacement) -> None:
        """Replace what the operations do."""
        new = {name: self._counted(HANDLERS[name], replacement) for name in self._operations}
        self._stack.enter_context(patch.dict(HANDLERS, new))

    def query(self, change: Callable[[dict[str, Any], requests.Request], object]) -> None:
        """Change the query parameters of the operations once they are checked, as they are or by default."""

        original = requests.checked_query

        def checked(operation: Operation, request: requests.Request, path: Mapping[str, str]) -> dict[str, Any]:
            values = original(operation, request, path)
            if self._concern(operation.id):
                before = dict(values)
                change(values, request)
                self.calls += values != before
            return values

        self._stack.enter_context(patch.object(requests, "checked_query", checked))

    def parameter(self, understand: Callable[[str, list[str]], object]) -> None:
        """Accept values of parameters that are refused: `understand` gives what one is taken for, or `REFUSED`."""
        original = requests._checked

        def checked(parameter: Parameter, texts: list[str] | None) -> Any:
            try:
                return original(parameter, texts)
            except Refusal:
                if texts is None or (found := understand(parameter.name, texts)) is REFUSED:
                    raise
                self.calls += 1
                return found

        self._stack.enter_context(patch.object(requests, "_checked", checked))

    def body(self, understand: Callable[[Any], object]) -> None:
        """Accept bodies of the operations that are refused: `understand` gives what one is taken for, or `REFUSED`."""
        original = requests.checked_body

        def checked(operation: Operation, request: requests.Request) -> Any:
            try:
                return original(operation, request)
            except Refusal:
                if not self._concern(operation.id) or (found := understand(_read(request.body))) is REFUSED:
                    raise
                self.calls += 1
                return found

        self._stack.enter_context(patch.object(requests, "checked_body", checked))

    def answer(self, change: Callable[[Exchange, Answer], Answer | None]) -> None:
        """Change answers of the operations when all of the emulator's own checks are behind them; None: leave it."""

        original = Application._faulty_answer

        def faulty(app: Application, exchange: Exchange) -> tuple[Switches, Answer]:
            switches, answer = original(app, exchange)
            named = None if exchange.operation is None else exchange.operation.id
            changed = change(exchange, answer) if self._concern(named) and not exchange.own else None
            self.calls += changed is not None
            return switches, answer if changed is None else changed

        self._stack.enter_context(patch.object(Application, "_faulty_answer", faulty))

    def value(self, change: Callable[[Any], object], statuses: range = SUCCESS) -> None:
        """Change the JSON of answers with one of these statuses, in place."""

        def changed(_exchange: Exchange, answer: Answer) -> Answer | None:
            if answer.status not in statuses or answer.content_type != JSON:
                return None
            value = json.loads(b"".join(answer.pieces()) or b"{}")
            change(value)
            return replace(answer, body=to_json(value), shape=None)

        self.answer(changed)

    def items(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change each conversation of a listing, in place."""
        self.value(lambda value: [change(item) for item in value["conversations"]])

    def wav(self, change: Callable[[bytearray], bytes | bytearray]) -> None:
        """Change whole recordings, of which `change` gets all bytes."""

        def changed(_exchange: Exchange, answer: Answer) -> Answer | None:
            if answer.status != 200 or answer.content_type != WAV:
                return None
            return replace(answer, body=bytes(change(bytearray(b"".join(answer.pieces())))))

        self.answer(changed)

    def _concern(self, operation: str | None) -> bool:
        return ALL in self._operations or operation in self._operations

    def _counted(self, original: Replacement, replacement: Replacement) -> Replacement:
        def replaced(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            return replacement(original, *arguments, **options)

        return replaced


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@dataclass(frozen=True)
class Trial:
    """What became of a mutant, or of the emulator without a fault.

    Attributes:
        name: the mutant's; empty for none.
        seed: number that data and requests follow from.
        verdict: what it comes to.
        caught_by: ids of the rules that were broken and meant to be.
        others: ids of the other rules that were broken.
        unjudged: ids of rules that could not be judged.
        calls: how often the fault showed.
        requests: how many were answered.
        detail: what else there is to say, such as what an error was.
    """

    name: str
    seed: int
    verdict: str
    caught_by: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    calls: int = 0
    requests: int = 0
    seconds: float = 0.0
    detail: str = ""


def trial(chosen: Mutant | None, *, seed: int = 1, only: Sequence[str] = ()) -> Trial:
    """Hold a mutant, or the emulator as it is, against the rules: all, or those whose ids begin with one of `only`."""
    began = time.monotonic()
    with Fault(chosen.operations if chosen else (ALL,)) as fault:
        if chosen is not None:
            chosen.spoil(fault)
        with Emulator(seed) as emulator:
            effort = PROFILES["quick"] if chosen is None else EFFORT
            result = run(of_emulator(emulator, seed=seed), Settings(effort, seed, tuple(only)))
    ledger = result.ledger
    broken = tuple(dict.fromkeys(finding.rule for finding in ledger.broken))
    caught_by = tuple(rule for rule in broken if chosen is not None and chosen.meant(rule))
    return Trial(
        chosen.name if chosen else "",
        seed,
        verdict(chosen, fault.calls, caught_by, broken, status=ledger.status, interrupted=result.interrupted),
        caught_by,
        tuple(rule for rule in broken if rule not in caught_by),
        tuple(ledger.blocked),
        fault.calls,
        sum(ledger.sent.values()),
        time.monotonic() - began,
        STOPPED if result.interrupted else "",
    )


def verdict(
    chosen: Mutant | None,
    calls: int,
    caught_by: Sequence[str],
    broken: Sequence[str],
    *,
    status: int,
    interrupted: bool = False,
) -> str:
    """What a run comes to. A rule that could not be judged has caught nothing, and neither has the end of patience."""
    if chosen is None:
        return HUNG if interrupted else BROKEN if status else SOUND
    if calls and caught_by:
        return CAUGHT
    if interrupted:
        return HUNG
    if not calls:
        return UNREACHED
    return ACCIDENT if broken else UNCAUGHT


def problems(mutants: Mapping[str, Mutant], rules: Sequence[str]) -> list[str]:
    """What is wrong with the list itself: no sentence, or a rule that there is none of."""
    found = [f"{each.name}: does not say what is wrong" for each in mutants.values() if not each.what.endswith(".")]
    for each in mutants.values():
        for wanted in each.rules:
            begins = wanted.endswith("*") and any(rule.startswith(wanted[:-1]) for rule in rules)
            if not begins and wanted not in rules:
                found.append(f"{each.name}: there is no rule {wanted}")
        if not each.rules or not each.operations:
            found.append(f"{each.name}: names no rule or no operation")
    return found
