"""A run: all rules, then the requests made from the document."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import polyai_data.conformance.rules  # noqa: F401 - registers them
from polyai_data.conformance.client import HTTP, Sender
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.findings import Ledger
from polyai_data.conformance.generated import Effort
from polyai_data.conformance.generated import run as generate
from polyai_data.conformance.model import Blocked, Skipped
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import ANSWER, RULES, SCENARIO, Rule, of_kind
from polyai_data.conformance.target import Target

PROFILES: Mapping[str, Effort] = MappingProxyType({
    "quick": Effort(3, ("coverage", "stateful"), twice=False),
    "full": Effort(40, ("examples", "coverage", "fuzzing", "stateful"), 8),
})  # fmt: skip
"""How much is generated, by name."""
_LIVE_PHASES = ("examples", "fuzzing")


@dataclass(frozen=True)
class Settings:
    """How to run.

    Attributes:
        effort: how much is generated.
        seed: number that the generated requests follow from.
        only: beginnings of the ids of the rules to judge; empty for all. Rules for every answer are always judged.
        tell: is told what is being done: a name, how much is done, how much there is.
    """

    effort: Effort = PROFILES["full"]
    seed: int = 1
    only: tuple[str, ...] = ()
    tell: Callable[[str, int, int], None] = field(default=lambda _name, _done, _all: None)


@dataclass
class Result:
    """What a run has found, whole or interrupted."""

    target: Target
    ledger: Ledger
    settings: Settings
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def status(self) -> int:
        """The exit status: 0 no difference, 1 differences, 2 nothing could be tested."""
        return self.ledger.status


def run(target: Target, settings: Settings | None = None, *, sender: Sender | None = None) -> Result:
    """Hold a target against all rules; Ctrl-C ends it early, with what was found so far.

    Args:
        target: what is tested.
        settings: how; the full profile by default.
        sender: what sends the requests of the rules; by default one that goes where the target is.
    """
    settings = settings or Settings()
    ledger = Ledger(Coverage(target.operations), live=target.live)
    result = Result(target, ledger, settings)
    began = time.monotonic()
    try:
        if sender is not None:
            _run(target, settings, ledger, sender)
        else:
            with HTTP(target.connect_to, target.rate) as http:
                _run(target, settings, ledger, http)
    except KeyboardInterrupt:
        result.interrupted = True
    result.seconds = time.monotonic() - began
    return result


def _run(target: Target, settings: Settings, ledger: Ledger, sender: Sender) -> None:
    kept: dict[Any, Any] = {}
    rules = [each for each in of_kind(SCENARIO) if not settings.only or each.id.startswith(settings.only)]
    generates = not settings.only or any(name.startswith(("document", "errors")) for name in settings.only)
    everything = len(rules) + generates
    early = [each for each in rules if not each.last]
    for number, each in enumerate(early):
        settings.tell(each.id, number, everything)
        _judge(Probe(target, sender, ledger, each, kept), ledger, each)
    if generates and (ledger.tested or not rules):
        each = RULES["document.generated"]
        probe = Probe(target, sender, ledger, each, kept)

        def tell(part: str) -> None:
            settings.tell(part, len(early), everything)

        _guarded(
            ledger, each, lambda: generate(probe, ledger, _effort(target, settings), seed=settings.seed, tell=tell)
        )
    for number, each in enumerate(rules[len(early) :], len(early) + generates):
        settings.tell(each.id, number, everything)
        # What was kept may be of before the change.
        _judge(Probe(target, sender, ledger, each, {}), ledger, each)
    for name, outcome in ledger.outcomes.items():
        if not outcome.cases and not outcome.skipped and not outcome.blocked and RULES[name].kind != ANSWER:
            chosen = not settings.only or name.startswith(settings.only)
            outcome.skipped = "no request led to it" if chosen else "it was not chosen"
    settings.tell("", everything, everything)


def _effort(target: Target, settings: Settings) -> Effort:
    if not target.live:
        return settings.effort
    return Effort(min(settings.effort.examples, 10), _LIVE_PHASES)


def _judge(probe: Probe, ledger: Ledger, each: Rule) -> None:
    scenario = each.scenario
    if scenario is None:
        return
    if each.writes and not probe.target.writable:
        ledger.outcomes[each.id].skipped = "nothing may be written here"
        return
    _guarded(ledger, each, lambda: scenario(probe))


def _guarded(ledger: Ledger, each: Rule, work: Callable[[], None]) -> None:
    outcome = ledger.outcomes[each.id]
    began = time.monotonic()
    try:
        work()
    except Skipped as reason:
        outcome.skipped = str(reason)
    except Blocked as reason:
        outcome.blocked = str(reason)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # What rules build on is what a document says of answers; where it is not so, the rules for answers have told.
        outcome.blocked = f"an answer cannot be read: {type(error).__name__}: {error}"
    outcome.seconds = time.monotonic() - began
