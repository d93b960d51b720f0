"""A run: a target, the sender of requests, and the result. `plugin` drives it from pytest; `run` does without."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from polyai_data.conformance import rule as rules
from polyai_data.conformance.client import HTTP, Sender
from polyai_data.conformance.exchange import Blocked, Response
from polyai_data.conformance.options import PROFILES, Effort
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.result import Outcome, Result
from polyai_data.conformance.rule import Rule
from polyai_data.conformance.target import Target
from polyai_data.errors import ConfigError

_LIVE_EXAMPLES, _LIVE_PHASES = 10, ("examples", "fuzzing")


class Session:
    """What all rules of a run share."""

    def __init__(self, target: Target, sender: Sender, *, effort: Effort = PROFILES["full"], seed: int = 1) -> None:
        self.sender = sender
        self.effort = Effort(min(effort.examples, _LIVE_EXAMPLES), _LIVE_PHASES) if target.live else effort
        self.result = Result(target, rules.always(), seed)
        self.cache: dict[Any, Any] = {}

    def probe(self, rule: Rule) -> Probe:
        # What is cached may be from before a change that a rule marked `last` makes.
        return Probe(self.result, self.sender, rule, {} if "last" in rule.marks else self.cache, self.effort)

    def judge(self, rule: Rule) -> Outcome:
        outcome = self.result.start(rule)
        if "writes" in rule.marks and not self.result.target.writable:
            outcome.skipped = "nothing may be written here"
            return outcome
        began = time.monotonic()
        try:
            if rule.function is not None:
                rule.function(self.probe(rule))
        except pytest.skip.Exception as reason:
            outcome.skipped = str(reason)
        except Blocked as reason:
            outcome.blocked = str(reason)
        except KeyError as error:
            # Rules build on what the document says of responses; where one differs, `document.schema` reports it.
            outcome.blocked = f"a response lacks the field {error}"
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            outcome.blocked = f"a response cannot be read: {type(error).__name__}"
            if not isinstance(error, ValueError):  # whose message has the value, which may be personal
                outcome.blocked += f": {error}"
        finally:
            outcome.seconds = time.monotonic() - began
        return outcome


@contextmanager
def kept(target: Target) -> Iterator[None]:
    """Put the emulator's data back at the end, so that the next run begins as this one, and its user misses nothing."""
    saved = None if target.powers is None else target.powers.saved()
    try:
        yield
    finally:
        if target.powers is not None and saved is not None:
            target.powers.restore(saved)


def unusable(target: Target, sender: Sender) -> str:
    """Why nothing can be tested here, in a sentence; empty when one of the operations succeeds.

    It is for servers that are not the right one: with these every rule would differ.
    """
    every = rules.load(["errors"])
    probe = Probe(Result(target, rules.always()), sender, every["errors.correlation-unique"], {}, PROFILES["quick"])
    seen: dict[str, str] = {}
    # Those whose ids are known beforehand.
    for operation in probe.operations():
        if operation.id not in {"listConversations", "searchConversations", "getRedactedAudio"}:
            continue
        try:
            exchange = probe.call(operation.id, **probe.valid(operation))
        except pytest.skip.Exception:
            continue
        except Blocked as reason:
            seen[operation.id] = str(reason)
            continue
        if exchange.response.ok and exchange.json() is not None:
            return ""
        seen[operation.id] = _outline(exchange.response)
    where, ways = " and ".join(target.addresses), set(seen.values())
    if ways <= {"401", "403"} and ways:
        return f"{where} refuses every key with {' or '.join(sorted(ways))}; set the keys of this server"
    if len(ways) == 1:
        return f"{where} plays no API that could be tested: for every operation, {ways.pop()}"
    return f"{where} plays no API that could be tested: {'; '.join(f'{name}: {way}' for name, way in seen.items())}"


def _outline(response: Response) -> str:
    if not response.ok:
        return str(response.status)
    return f"{response.status} with {response.content_type or 'no content type'} instead of JSON"


def run(
    target: Target,
    *,
    only: Sequence[str] = (),
    effort: Effort = PROFILES["full"],
    seed: int = 1,
    wrap: Callable[[Sender], Sender] | None = None,
) -> Result:
    """Test a target in this process, without pytest's collection and reports. Ctrl-C ends it early.

    Args:
        target: what is tested.
        only: beginnings of the ids of the rules to judge; empty for all. Rules for every response are always judged.
        effort: how much is generated.
        seed: number that the generated requests follow from.
        wrap: makes the sender of the rules' requests from the usual one. schemathesis sends its requests by itself.

    Raises:
        ConfigError: no operation succeeds there, and there is no `wrap`; the message says why.
    """
    began = time.monotonic()
    with HTTP(target.connect_to, target.rate) as http, kept(target):
        if wrap is None and (why := unusable(target, http)):
            raise ConfigError(why, argument="target")
        session = Session(target, wrap(http) if wrap else http, effort=effort, seed=seed)
        result = session.result
        try:
            for rule in rules.load(rules.themes_of(only)).values():
                if rule.kind == rules.SCENARIO and (not only or rule.id.startswith(tuple(only))):
                    session.judge(rule)
        except KeyboardInterrupt:
            result.interrupted = True
    result.seconds = time.monotonic() - began
    return result
