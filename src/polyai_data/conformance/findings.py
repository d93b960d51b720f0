"""What a run found: judgements, differences and coverage. It can be read at any time, also after Ctrl-C."""

from __future__ import annotations

import io
import pickle
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from polyai_data import openapi
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.exchange import NO_OPERATION, Exchange
from polyai_data.conformance.rule import RESPONSE, Rule
from polyai_data.openapi import Operation

FAILURE, NOTE = "failure", "note"
OK, FAILED, NOTED, SKIPPED, BLOCKED = "ok", "failed", "noted", "skipped", "blocked"
KEPT = 3
"""How many requests of a difference are kept."""
ALIKE = 3
"""How many differences that only vary in the value that was seen are kept apart; more are counted with the last one."""


@dataclass(slots=True)
class Finding:
    """A difference, with the rule that it breaks and the requests that show it.

    Attributes:
        rule: id of the rule.
        operation: id of the operation.
        severity: `failure` or `note`.
        exchanges: the first requests that showed it, in the order they were sent.
        count: how many times it was seen.
    """

    rule: str
    operation: str
    expected: str
    seen: str
    exchanges: tuple[Exchange, ...]
    severity: str = FAILURE
    count: int = 1


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
        """The outcome in a word."""
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
        reason = self.blocked or self.skipped
        return reason or ("no request led to it" if not self.cases else "")


class Findings:
    """The findings of a run.

    Args:
        operations: what coverage is counted of.
        rules: the rules that judge every response.
        live: whether the target is a vendor's own, where breaches of rules marked `drift` are notes.
    """

    def __init__(self, operations: Sequence[Operation], rules: Iterable[Rule], *, live: bool = False) -> None:
        self.coverage = Coverage(operations)
        self.live = live
        self.outcomes: dict[str, Outcome] = {}
        self._alike: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
        self.cases: Counter[str] = Counter()
        """Judgements, by operation id."""
        self.requests: Counter[str] = Counter()
        """Requests with a response, by operation id."""
        self.successes: Counter[str] = Counter()
        """Responses with status 2xx, by operation id."""
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
        self.requests[exchange.name] += 1
        self.judge("document.answered", exchange.name)
        self.coverage.add(exchange)
        if exchange.response.ok:
            self.successes[exchange.name] += 1
        for rule_id, check in self._checks:
            self.judge(rule_id, exchange.name)
            for difference in check(exchange) if check else ():
                self.differ(rule_id, exchange.name, difference.expected, difference.seen, (exchange,))

    def judge(self, rule_id: str, operation: str) -> None:
        """Count a judgement."""
        outcome = self.outcomes[rule_id]
        outcome.cases += 1
        outcome.operations.add(operation)
        self.cases[operation] += 1

    def differ(
        self, rule_id: str, operation: str, expected: str, seen: str, exchanges: Sequence[Exchange] = ()
    ) -> None:
        """Add a difference; the same one again is only counted."""
        outcome = self.outcomes[rule_id]
        # What a gateway before the vendor's service responds is outside the document.
        gateway = any(exchange.gateway and exchange.response.status != 401 for exchange in exchanges)
        note = self.live and ("drift" in outcome.rule.marks or gateway)
        outcome.operations.add(operation)
        outcome.notes += note
        outcome.failures += not note
        severity = NOTE if note else FAILURE
        self._add(Finding(rule_id, operation, expected, seen, tuple(exchanges[-KEPT:]), severity))

    def _add(self, finding: Finding) -> None:
        alike = self._alike[finding.rule, finding.operation, finding.expected]
        known = [each for each in alike if each.seen == finding.seen] or alike[ALIKE - 1 :]
        if known:
            known[0].count += finding.count
        else:
            alike.append(finding)

    @property
    def all(self) -> list[Finding]:
        """The failures and notes, in the order in which they were seen first."""
        return [each for alike in self._alike.values() for each in alike]

    def known(self, rule_id: str, operation: str) -> bool:
        """Whether the operation is known to break the rule."""
        return any(each.rule == rule_id and each.operation == operation for each in self.all)

    def of(self, severity: str, rule_id: str | None = None) -> list[Finding]:
        """The failures or notes, by rule and operation; of one rule, if it is given."""
        chosen = [each for each in self.all if each.severity == severity and rule_id in {None, each.rule}]
        return sorted(chosen, key=lambda finding: (finding.rule, finding.operation))

    @property
    def tested(self) -> bool:
        """Whether any operation ever succeeded. If none did, nothing was tested."""
        return any(count for name, count in self.successes.items() if name != NO_OPERATION)

    @property
    def status(self) -> int:
        """The exit status: 0 no difference, 1 differences or blocked rules, 2 nothing could be tested."""
        if not self.tested:
            return 2
        return 1 if any(each.failures or each.blocked for each in self.outcomes.values()) else 0

    def dump(self) -> bytes:
        """The findings as bytes that another process can `merge`."""
        stream = io.BytesIO()
        counts = (self.cases, self.requests, self.successes)
        _Pickler(stream).dump((self.outcomes, self.all, counts, self.coverage.seen))
        return stream.getvalue()

    def merge(self, content: bytes) -> None:
        """Add what another process of the same run dumped."""
        outcomes, findings, counts, seen = _Unpickler(io.BytesIO(content)).load()
        for other in outcomes.values():
            own = self.start(other.rule)
            for name in ("cases", "failures", "notes", "seconds"):
                setattr(own, name, getattr(own, name) + getattr(other, name))
            own.skipped, own.blocked = own.skipped or other.skipped, own.blocked or other.blocked
            own.operations |= other.operations
        for each in findings:
            self._add(each)
        for mine, theirs in zip((self.cases, self.requests, self.successes), counts, strict=True):
            mine.update(theirs)
        self.coverage.merge(seen)


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> tuple[str, str] | None:
        # Operations hold compiled schemas, which only the process that made them can use.
        return (obj.vendor, obj.id) if isinstance(obj, Operation) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: tuple[str, str]) -> Operation:
        return openapi.load(pid[0]).operation(pid[1])
