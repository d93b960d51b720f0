"""What has been found so far: cases, differences and coverage. It can be read at any time, also after Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.model import FAILURE, NO_OPERATION, NOTE, Exchange, Finding, Outcome
from polyai_data.conformance.rule import ANSWER, RULES, Rule, of_kind

KEPT = 3
"""How many requests of a difference are kept."""


class Ledger:
    """The books of a run.

    Args:
        live: whether the target is a vendor's own, where a rule marked as drift gives notes.
    """

    def __init__(self, coverage: Coverage, *, live: bool = False) -> None:
        self.coverage = coverage
        self.live = live
        self.outcomes: dict[str, Outcome] = {name: Outcome() for name in RULES}
        self.findings: dict[tuple[str, str, str, str], Finding] = {}
        self.cases: Counter[str] = Counter()
        """Judgements, by operation id."""
        self.failures: Counter[str] = Counter()
        self.successes: Counter[str] = Counter()
        """Answers with a status of success, by operation id."""
        self.sent: Counter[str] = Counter()
        """Requests that were answered, by operation id."""
        self.interrupted = False
        self._judges = of_kind(ANSWER)

    def received(self, exchange: Exchange) -> None:
        """Enter an answer: count what it covers, and hold it against the rules for every answer."""
        self.sent[exchange.name] += 1
        self.judged("document.answered", exchange.name)
        self.coverage.enter(exchange)
        if exchange.operation is not None and exchange.answer.ok:
            self.successes[exchange.operation.id] += 1
        for each in self._judges:
            self._judge(each, exchange)

    def _judge(self, each: Rule, exchange: Exchange) -> None:
        if each.judge is None:
            return
        found = list(each.judge(exchange))
        self.judged(each.id, exchange.name)
        for difference in found:
            self.differs(each.id, exchange.name, difference.expected, difference.seen, (exchange,))

    def judged(self, rule_id: str, operation: str) -> None:
        """Count a judgement."""
        outcome = self.outcomes[rule_id]
        outcome.cases += 1
        outcome.operations.add(operation)
        self.cases[operation] += 1

    def differs(
        self, rule_id: str, operation: str, expected: str, seen: str, exchanges: Sequence[Exchange] = ()
    ) -> None:
        """Enter a difference; the same one again is only counted."""
        severity = NOTE if self.live and self._is_note(RULES[rule_id], exchanges) else FAILURE
        outcome = self.outcomes[rule_id]
        outcome.operations.add(operation)
        if severity == NOTE:
            outcome.notes += 1
        else:
            outcome.failures += 1
            self.failures[operation] += 1
        key = (rule_id, operation, expected, seen)
        known = self.findings.get(key)
        if known is not None:
            known.count += 1
            return
        self.findings[key] = Finding(rule_id, operation, expected, seen, tuple(exchanges[-KEPT:]), severity)

    def known(self, rule_id: str, operation: str) -> bool:
        """Whether the operation is known to break the rule."""
        return any(rule == rule_id and name == operation for rule, name, _, _ in self.findings)

    @staticmethod
    def _is_note(each: Rule, exchanges: Sequence[Exchange]) -> bool:
        # What a gateway before the vendor's service answers is outside the document.
        return each.drift or any(exchange.gateway and exchange.answer.status != 401 for exchange in exchanges)

    @property
    def broken(self) -> list[Finding]:
        """The failures, by rule and operation."""
        return self._of(FAILURE)

    @property
    def notes(self) -> list[Finding]:
        """The notes, by rule and operation."""
        return self._of(NOTE)

    def _of(self, severity: str) -> list[Finding]:
        found = [finding for finding in self.findings.values() if finding.severity == severity]
        return sorted(found, key=lambda finding: (finding.rule, finding.operation))

    @property
    def blocked(self) -> dict[str, str]:
        """Why rules could not be judged, by rule id."""
        return {name: outcome.blocked for name, outcome in self.outcomes.items() if outcome.blocked}

    @property
    def skipped(self) -> dict[str, str]:
        """Why rules do not apply to this target, by rule id."""
        return {name: outcome.skipped for name, outcome in self.outcomes.items() if outcome.skipped}

    @property
    def tested(self) -> bool:
        """Whether anything could be tested: whether any operation was ever answered with success."""
        return any(count for name, count in self.successes.items() if name != NO_OPERATION)

    @property
    def status(self) -> int:
        """The exit status: 0 no difference, 1 differences, 2 nothing could be tested."""
        if not self.tested:
            return 2
        return 1 if self.broken or self.blocked else 0
