"""Conversations played through: from a script and a source of numbers to turns and sound."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from polyai_data.emulator.data.model import FunctionRun, Turn
from polyai_data.emulator.data.scenarios import (
    COMPANIES,
    DAYS,
    NAMES,
    OUT_OF_DOMAIN,
    SILENCE,
    TIMES,
    Exchange,
    Scenario,
)
from polyai_data.emulator.data.speech import AGENT, RATE, USER, Line

# Ranges that regulators reserve for fiction.
_NUMBERS = {"us": ("+1 202 555 01", 2), "eu": ("+49 30 23125 ", 3), "uk": ("+44 20 7946 00", 2)}
TROUBLE = (None, None, None, SILENCE, OUT_OF_DOMAIN)
"""What comes in between; each is as likely as the others."""
_SLOW = 10
# One turn in so many takes the agent 2 seconds longer.


@dataclass(frozen=True, slots=True)
class Draft:
    """What a conversation is about, before it is played."""

    rng: random.Random
    """The random numbers for the rest."""
    started_at: datetime
    in_progress: bool
    scenario: Scenario
    gaps: Mapping[str, str]
    exchanges: Sequence[Exchange]
    """What is said, with gaps."""


def spoken(said: Sequence[tuple[str, str]]) -> Scenario:
    """A scenario with these words of user and agent, in English."""
    exchanges = tuple(Exchange(_literal(user), _literal(agent)) for user, agent in said)
    return Scenario("own", "The words of this conversation were given.", exchanges, ("own words", "test"))


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class Script:
    """A scenario played through: its turns, and the words as sound."""

    def __init__(self, draft: Draft) -> None:
        self.turns: list[Turn] = []
        self.lines: list[Line] = []
        self.functions: list[FunctionRun] = []
        self.clock = RATE // 4
        self._rng, self._gaps, self._start = draft.rng, draft.gaps, draft.started_at
        self._filling = tuple(draft.gaps.items())
        for exchange in draft.exchanges:
            self._play(exchange)
        self.clock += RATE // 4

    def _play(self, exchange: Exchange) -> None:
        if self.turns:
            self.clock += RATE // 5
        self._say(USER, exchange.user)
        user_at = self._now()
        milliseconds = self._rng.randrange(250, 900)
        latency = (milliseconds if milliseconds % _SLOW else milliseconds + 2000) / 1000
        self.clock += int(latency * RATE)
        agent_at = self._now()
        self._say(AGENT, exchange.agent)
        if exchange.function:
            took = self._rng.randrange(20, 200)
            self.functions.append(FunctionRun(exchange.function, len(self.turns), user_at, took))
        self.turns.append(
            Turn(
                user=exchange.user.format_map(self._gaps),
                agent=exchange.agent.format_map(self._gaps),
                user_at=user_at,
                agent_at=agent_at,
                latency=latency,
                intents=exchange.intents,
                entities=tuple({name: self._value(gap)} for name, gap in exchange.entities.items()),
                user_english=exchange.user_english.format_map(self._gaps),
                agent_english=exchange.agent_english.format_map(self._gaps),
                dtmf=exchange.dtmf,
                out_of_domain=exchange is OUT_OF_DOMAIN,
                silence=exchange is SILENCE,
            )
        )

    def _value(self, gap: str | list[str]) -> str | list[str]:
        return self._gaps[gap] if isinstance(gap, str) else [self._gaps[name] for name in gap]

    def _say(self, speaker: str, template: str) -> None:
        line = Line(speaker, self.clock, template, self._filling)
        self.lines.append(line)
        self.clock += line.samples

    def _now(self) -> datetime:
        return self._start + timedelta(milliseconds=1000 * self.clock // RATE)


def with_trouble(rng: random.Random, exchanges: tuple[Exchange, ...]) -> Iterator[Exchange]:
    """The exchanges of a script, with or without some trouble after one of them."""
    trouble = rng.choice(TROUBLE)
    where = rng.randrange(1, len(exchanges))
    for index, exchange in enumerate(exchanges):
        yield exchange
        if index == where and trouble is not None:
            yield trouble


def fillings(rng: random.Random, region: str) -> Mapping[str, str]:
    name = rng.choice(NAMES)
    return {
        "name": name,
        "phone": number(rng, region),
        "email": f"caller{rng.randrange(100, 999)}@mail.example",
        "card": f"{rng.randrange(10000):04}",
        "company": rng.choice(COMPANIES),
        "count": str(rng.randrange(2, 9)),
        "days": str(rng.randrange(3, 8)),
        "day": rng.choice(DAYS),
        "time": rng.choice(TIMES),
        "amount": f"€{rng.randrange(10, 300)}.{rng.randrange(100):02}",
        "reference": f"{rng.choice('ABCDEFGH')}{rng.randrange(1000, 9999)}",
    }


def number(rng: random.Random, region: str) -> str:
    """A telephone number that belongs to no one."""
    prefix, digits = _NUMBERS.get(region, _NUMBERS["us"])
    return f"{prefix}{rng.randrange(10**digits):0{digits}}"
