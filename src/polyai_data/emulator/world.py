"""The seeded world: accounts, agents, keys, conversations. The same number gives the same world, whatever the day."""

from __future__ import annotations

import functools
import random
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from polyai_data import document
from polyai_data.emulator.clock import START
from polyai_data.emulator.keys import Key, assemblyai_keys, polyai_keys
from polyai_data.emulator.model import VOICE, WEBCHAT, Account, Agent, Conversation, Turn
from polyai_data.emulator.scenarios import (
    COMPANIES,
    DAYS,
    NAMES,
    OUT_OF_DOMAIN,
    SCENARIOS,
    SILENCE,
    TIMES,
    Exchange,
    Scenario,
)
from polyai_data.emulator.speech import AGENT, RATE, USER, Line, Plan

# The examples of the documents, so that whoever copies one out of them finds something.
_KNOWN_ACCOUNTS = {"us": "ws-fd112d8f"}
_KNOWN_AGENTS = {("us", 0): "PROJECT-58RP822I"}
_KNOWN_CONVERSATIONS = {("us", 0, 2): "CAabcd1234567abcdef1250065d4fc7389"}
_IN_PROGRESS = 2
"""How many conversations of an agent are in progress, the newest ones, if it has twice as many."""
_VARIANTS = (("VAR-1", "main"), ("VAR-2", "friendlier greeting"), ("VAR-3", "größere Stimme"))
# Ranges that the regulators keep for fiction.
_NUMBERS = {"us": ("+1 202 555 01", 2), "eu": ("+49 30 23125 ", 3), "uk": ("+44 20 7946 00", 2)}
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class World:
    """Everything that follows from the seed number.

    Args:
        seed: any integer.
        conversations: how many conversations each agent has.
    """

    def __init__(self, seed: int, conversations: int) -> None:
        """Make the accounts and the keys; an agent's conversations are made when they are first asked for."""
        self.seed = seed
        self.size = conversations
        self.polyai = document.load("polyai")
        self.assemblyai = document.load("assemblyai")
        regions = dict.fromkeys(server.region for server in self.polyai.servers)
        self.accounts: Mapping[str, Account] = MappingProxyType({region: self._account(region) for region in regions})
        self.agents = {agent.id: agent for account in self.accounts.values() for agent in account.agents}
        self.keys: Mapping[str, Key] = MappingProxyType({
            **polyai_keys(
                self.polyai,
                {name: (account.id, [agent.id for agent in account.agents]) for name, account in self.accounts.items()},
            ),
            **assemblyai_keys(self.assemblyai),
        })  # fmt: skip
        self._conversations: dict[str, dict[str, Conversation]] = {}

    @functools.cached_property
    def sounds(self) -> tuple[Plan, ...]:
        """The recordings of AssemblyAI's transcripts."""
        agent = next(iter(self.agents.values()))
        return tuple(self.conversation(agent, 4 * number, START).plan for number in range(3))

    def random(self, *names: object) -> random.Random:
        """A source of numbers that follow from the seed and `names` alone."""
        return random.Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - repeatable on purpose

    def conversations(self, agent_id: str) -> Mapping[str, Conversation]:
        """The seeded conversations of an agent, by id, newest first."""
        if agent_id not in self._conversations:
            agent = self.agents[agent_id]
            made = [self.conversation(agent, index) for index in range(self.size)]
            made.sort(key=lambda conversation: conversation.started_at, reverse=True)
            self._conversations[agent_id] = {conversation.id: conversation for conversation in made}
        return self._conversations[agent_id]

    def conversation(self, agent: Agent, index: int, started_at: datetime | None = None) -> Conversation:
        """The conversation number `index` of `agent`; with `started_at` one that took place then and has ended."""
        rng = self.random(agent.id, index)
        account = self.accounts[agent.region]
        place = account.agents.index(agent)
        in_progress = started_at is None and index < _IN_PROGRESS <= self.size // 2
        if started_at is None:
            started_at = _start(rng, index, in_progress=in_progress)
        voice = index % 4 != 1
        scenario = SCENARIOS[(index + 3 * place) % len(SCENARIOS)]
        gaps = _gaps(rng, agent.region)
        script = _Script(rng, scenario, gaps, started_at, stop_after=2 if in_progress else None)
        variant_id, variant_name = agent.variants[index % len(agent.variants)]
        return Conversation(
            id=_KNOWN_CONVERSATIONS.get((agent.region, place, index)) or _conversation_id(rng, voice=voice),
            account_id=agent.account_id,
            agent_id=agent.id,
            region=agent.region,
            started_at=started_at,
            channel=VOICE if voice else WEBCHAT,
            environment={5: "sandbox", 6: "pre-release"}.get(index % 7, "live"),
            in_progress=in_progress,
            variant_id=variant_id,
            variant_name=variant_name,
            from_number=gaps["phone"].replace(" ", "") if voice else "",
            to_number=agent.number if voice else "",
            language=scenario.language,
            turns=tuple(script.turns),
            plan=Plan(tuple(script.lines), script.clock),
            topics=scenario.topics,
            summary=scenario.summary,
            functions=script.functions,
            state={"caller": {"verified": rng.random() < 0.5, "attempts": rng.randint(0, 3)}, "topic": scenario.name},
            score=round(rng.uniform(2.0, 5.0), 2),
            tags=("reviewed", scenario.topics[0]) if index % 5 == 0 else (),
            handoff_destination="" if in_progress else scenario.handoff_destination,
            handoff_reason="" if in_progress else scenario.handoff_reason,
            note="Überprüft: all good ✓" if index % 9 == 4 else "",
        )

    def _account(self, region: str) -> Account:
        rng = self.random(region)
        account_id = _KNOWN_ACCOUNTS.get(region) or f"ws-{rng.getrandbits(32):08x}"
        agents = tuple(
            Agent(
                id=_KNOWN_AGENTS.get((region, place)) or "PROJECT-" + "".join(rng.choices(_ALPHABET, k=8)),
                name=name,
                account_id=account_id,
                region=region,
                hides_transcripts=hides,
                number=_number(rng, region).replace(" ", ""),
                variants=_VARIANTS,
            )
            for place, (name, hides) in enumerate((("Front desk", False), ("Private line", True)))
        )
        return Account(account_id, region, agents)


class _Script:
    """A scenario played through: its turns, and the words as sound."""

    def __init__(
        self, rng: random.Random, scenario: Scenario, gaps: Mapping[str, str], start: datetime, stop_after: int | None
    ) -> None:
        self.turns: list[Turn] = []
        self.lines: list[Line] = []
        self.functions: dict[str, list[dict[str, object]]] = {}
        self.clock = RATE // 4
        self._rng, self._gaps, self._start = rng, gaps, start
        self._filling = tuple(gaps.items())
        for exchange in list(_with_trouble(rng, scenario.exchanges))[:stop_after]:
            self._play(exchange)
        self.clock += RATE // 4

    def _play(self, exchange: Exchange) -> None:
        if self.turns:
            self.clock += RATE // 5
        self._say(USER, exchange.user)
        user_at = self._now()
        latency = self._rng.randrange(250, 900) / 1000
        self.clock += int(latency * RATE)
        agent_at = self._now()
        self._say(AGENT, exchange.agent)
        if exchange.function:
            self.functions.setdefault(exchange.function, []).append(
                {"turn": len(self.turns), "succeeded": True, "duration_ms": self._rng.randrange(20, 200)}
            )
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


def _with_trouble(rng: random.Random, exchanges: tuple[Exchange, ...]) -> Iterator[Exchange]:
    trouble = rng.choice((None, None, None, SILENCE, OUT_OF_DOMAIN))
    where = rng.randrange(1, len(exchanges))
    for place, exchange in enumerate(exchanges):
        yield exchange
        if place == where and trouble is not None:
            yield trouble


def _gaps(rng: random.Random, region: str) -> Mapping[str, str]:
    name = rng.choice(NAMES)
    return {
        "name": name,
        "phone": _number(rng, region),
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


def _number(rng: random.Random, region: str) -> str:
    prefix, digits = _NUMBERS.get(region, _NUMBERS["us"])
    return f"{prefix}{rng.randrange(10**digits):0{digits}}"


def _start(rng: random.Random, index: int, *, in_progress: bool) -> datetime:
    if in_progress:
        return START - timedelta(seconds=10 * (index + 1))
    return START - timedelta(hours=5 * index + 1, milliseconds=rng.randrange(4 * 3600 * 1000))


def _conversation_id(rng: random.Random, *, voice: bool) -> str:
    if voice:
        return f"CA{rng.getrandbits(128):032x}"
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


@functools.lru_cache(maxsize=4)
def world(seed: int, conversations: int) -> World:
    """The world of that seed; made once, as nothing changes it."""
    return World(seed, conversations)
