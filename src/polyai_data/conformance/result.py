"""The result of a run: outcomes, findings and coverage. It can be read at any time, also after Ctrl-C."""

from __future__ import annotations

import copyreg
import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from polyai_data import openapi
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.exchange import NO_OPERATION, Difference, Exchange
from polyai_data.conformance.rule import RESPONSE, WEIGHTS, Rule
from polyai_data.conformance.target import Target
from polyai_data.openapi import Operation

FAILURE, NOTE = "failure", "note"
OK, FAILED, NOTED, SKIPPED, BLOCKED = "ok", "failed", "noted", "skipped", "blocked"
KEPT = 3
"""How many requests of a difference are kept."""
VALUES = 10
"""How many different values of a difference are kept; more are only counted."""


@dataclass(slots=True)
class Finding:
    """A difference, with the rule that it breaks and the requests that show it.

    Attributes:
        rule: id of the rule.
        operation: id of the operation.
        place: where in the response; empty where that goes without saying.
        values: what was seen instead, and how many times each.
        exchanges: the first requests that showed it, in the order they were sent.
        severity: `failure` or `note`.
        count: how many times anything was seen instead.
    """

    rule: str
    operation: str
    place: str
    expected: str
    values: Counter[str]
    exchanges: tuple[Exchange, ...]
    severity: str = FAILURE
    count: int = 1

    def add(self, other: Finding) -> None:
        self.count += other.count
        for value, count in other.values.items():
            if value in self.values or len(self.values) < VALUES:
                self.values[value] += count


@dataclass(slots=True)
class Outcome:
    """What became of a rule.

    Attributes:
        cases: how many times it was judged.
        failures: how many of these broke it.
        skipped: why it does not apply, wholly or in part; empty when it does.
        blocked: why it could not be judged although it applies; empty when it could.
        seconds: time that it took.
    """

    rule: Rule
    cases: int = 0
    failures: int = 0
    notes: int = 0
    skipped: str = ""
    blocked: str = ""
    seconds: float = 0.0
    operations: set[str] = field(default_factory=set)

    @property
    def state(self) -> str:
        if self.failures:
            return FAILED
        if self.blocked:
            return BLOCKED
        if self.notes:
            return NOTED
        return OK if self.cases else SKIPPED

    @property
    def reason(self) -> str:
        """Why it was not judged, wholly or in part; empty when it was."""
        return self.blocked or self.skipped or ("" if self.cases else "no request led to it")


class Result:
    """The result of a run, whole or interrupted.

    Attributes:
        target: what was tested.
        seed: number that the generated requests followed from.
        outcomes: what became of each rule, by its id.
        sent: requests with a response, by operation id.
        cases: judgements, by operation id.
        successes: responses with status 2xx, by operation id.
        observations: what no document says, and no rule judges: by what was observed, as in `order of …`.
        interrupted: whether Ctrl-C ended the run early.
    """

    def __init__(self, target: Target, rules: Iterable[Rule], seed: int = 1) -> None:
        """`rules` are those that judge every response."""
        self.target = target
        self.seed = seed
        self.seconds = 0.0
        self.interrupted = False
        self.coverage = Coverage()
        self.outcomes: dict[str, Outcome] = {}
        self.sent: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()
        self.successes: Counter[str] = Counter()
        self.observations: dict[str, str] = {}
        self._findings: dict[tuple[str, ...], Finding] = {}
        for each in rules:
            self.start(each)
        self._checks = [
            (name, each.rule.function) for name, each in self.outcomes.items() if each.rule.kind == RESPONSE
        ]

    def start(self, rule: Rule) -> Outcome:
        """The outcome of a rule, which is part of the run from now on."""
        return self.outcomes.setdefault(rule.id, Outcome(rule))

    def receive(self, exchange: Exchange) -> None:
        """Count what a response covers, and judge it by the rules for every response."""
        self.sent[exchange.name] += 1
        self.judge("document.complete", exchange.name)
        self.coverage.add(exchange)
        if exchange.response.ok:
            self.successes[exchange.name] += 1
        for rule_id, check in self._checks:
            self.judge(rule_id, exchange.name)
            for difference in check(exchange) if check else ():
                self.differ(rule_id, exchange.name, difference, (exchange,))

    def judge(self, rule_id: str, operation: str) -> None:
        outcome = self.outcomes[rule_id]
        outcome.cases += 1
        outcome.operations.add(operation)
        self.cases[operation] += 1

    def differ(self, rule_id: str, operation: str, difference: Difference, exchanges: Sequence[Exchange] = ()) -> None:
        """Add a difference; one of the same rule, operation and place is only counted."""
        outcome = self.outcomes[rule_id]
        # The document does not describe the response of a gateway before the vendor's service.
        gateway = any(exchange.gateway and exchange.response.status != 401 for exchange in exchanges)
        note = self.target.live and ("drift" in outcome.rule.marks or gateway)
        outcome.operations.add(operation)
        outcome.notes += note
        outcome.failures += not note
        severity = NOTE if note else FAILURE
        expected, seen, place = difference
        shown = tuple(exchanges[-KEPT:])
        self._add(Finding(rule_id, operation, place, expected, Counter({seen: 1}), shown, severity))

    def _add(self, finding: Finding) -> None:
        key = (finding.severity, finding.rule, finding.operation, finding.place, finding.expected)
        if key in self._findings:
            self._findings[key].add(finding)
        else:
            self._findings[key] = finding

    @property
    def findings(self) -> list[Finding]:
        """The failures, then the notes, by weight: what opens data to others first."""
        return sorted(
            self._findings.values(),
            key=lambda each: (each.severity, WEIGHTS.index(each.rule.partition(".")[0]), each.rule, each.operation),
        )

    @property
    def failures(self) -> list[Finding]:
        return [each for each in self.findings if each.severity == FAILURE]

    @property
    def blocked(self) -> dict[str, str]:
        """Why rules could not be judged although they apply, by id."""
        return {name: outcome.blocked for name, outcome in self.outcomes.items() if outcome.blocked}

    @property
    def tested(self) -> bool:
        """Whether any operation ever succeeded. If none did, nothing was tested."""
        return any(count for name, count in self.successes.items() if name != NO_OPERATION)

    @property
    def status(self) -> int:
        """The exit status: 0 no difference, 1 differences or blocked rules, 2 nothing could be tested."""
        if self.interrupted:
            return 1 if self.failures else 2
        if not self.tested:
            return 2
        return 1 if self.failures or self.blocked else 0

    def dump(self) -> bytes:
        """The result as bytes that another process can `merge`."""
        counters = (self.sent, self.cases, self.successes)
        return pickle.dumps((self.outcomes, self.findings, counters, self.coverage, self.observations))

    def merge(self, content: bytes) -> None:
        """Add what another process of the same run dumped."""
        outcomes, findings, counters, coverage, observations = pickle.loads(content)  # noqa: S301 - from our own process
        for other in outcomes.values():
            own = self.start(other.rule)
            for name in ("cases", "failures", "notes", "seconds"):
                setattr(own, name, getattr(own, name) + getattr(other, name))
            own.skipped, own.blocked = own.skipped or other.skipped, own.blocked or other.blocked
            own.operations |= other.operations
        for each in findings:
            self._add(each)
        for mine, others in zip((self.sent, self.cases, self.successes), counters, strict=True):
            mine.update(others)
        self.coverage.merge(coverage)
        self.observations |= observations


def _operation(vendor: str, operation_id: str) -> Operation:
    return openapi.load(vendor).operation(operation_id)


# Operations hold compiled schemas, which only the process that made them can use.
copyreg.pickle(Operation, lambda each: (_operation, (each.vendor, each.id)))
