"""The seeded world: accounts, agents, keys, conversations. The same number gives the same world, whatever the day.

A conversation follows from the seed, its agent and its number, so it is made when it is looked at and dropped again: a
world of a million has no more objects than one of a thousand. Numbers go from the newest to the oldest.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType

from polyai_data import openapi
from polyai_data.emulator.data import ids
from polyai_data.emulator.data.clock import START
from polyai_data.emulator.data.keys import Key, assemblyai_keys, polyai_keys
from polyai_data.emulator.data.model import VOICE, WEBCHAT, Account, Agent, Conversation
from polyai_data.emulator.data.scenarios import SCENARIOS, Scenario
from polyai_data.emulator.data.script import Draft, Script, fillings, number, with_trouble
from polyai_data.emulator.data.speech import Plan

# The examples of the documents, so that requests copied from there work.
_KNOWN_ACCOUNT, _KNOWN_AGENT = "ws-fd112d8f", "PROJECT-58RP822I"
_KNOWN_CONVERSATION, _KNOWN_INDEX = "CAabcd1234567abcdef1250065d4fc7389", 2
IN_PROGRESS = 2
"""How many conversations of an agent, the newest ones, are in progress, if it has twice as many."""
LARGEST = 10**9
"""How many conversations an agent can have."""
_VARIANTS = (("VAR-1", "main"), ("VAR-2", "friendlier greeting"), ("VAR-3", "größere Stimme"))
_SANDBOX = "sandbox"
_ENVIRONMENTS = ("live", "live", "live", "live", "live", _SANDBOX, "pre-release")
_CHANNELS = (VOICE, WEBCHAT, VOICE, VOICE)
PERIOD = math.lcm(len(_ENVIRONMENTS), len(_CHANNELS), len(_VARIANTS), len(SCENARIOS))
"""The traits of an agent's conversations repeat after so many numbers."""
ADDED = math.lcm(len(_ENVIRONMENTS), len(_CHANNELS))
"""Every number that this divides is a live call from a telephone number."""
_OUTBOUND = 3
# What is left of the numbers of outbound calls, divided by the number of environments: all of them are live.
_CALLERS = {1: "{email}", 4: "REDACTED", 8: "sip:{reference}@pbx.example", 9: "{email}", 10: "REDACTED", 18: "REDACTED"}
# How the live API names some callers, by what is left of the number divided by ADDED.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_STEP = 5 * 3600 * 1000
_SPAN = 4 * 365 * 24 * 3600 * 1000
# Milliseconds from one conversation to the next, and of all of them at most: many are closer to each other.
_CACHED = 2000
# How many conversations are cached, twice the largest page of a search.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Traits:
    """What the number of a conversation decides alone."""

    environment: str
    channel: str
    variant_id: str
    variant_name: str
    scenario: Scenario


class World:
    """Everything that follows from the seed number.

    Args:
        seed: any integer.
        conversations: how many conversations each agent has, at most `LARGEST`; ValueError when there are more.
        start: the conversations took place in the days before it.
    """

    def __init__(self, seed: int, conversations: int, start: datetime = START) -> None:
        if not 0 <= conversations <= LARGEST:
            raise ValueError(f"an agent can have from 0 to {LARGEST} conversations, not {conversations}")
        self.seed = seed
        self.size = conversations
        self.start = start
        self.in_progress = IN_PROGRESS if conversations // 2 >= IN_PROGRESS else 0
        """How many conversations of an agent are in progress."""
        self._step = min(_STEP, _SPAN // max(conversations, 1))
        self.polyai = openapi.load("polyai")
        self.assemblyai = openapi.load("assemblyai")
        regions = dict.fromkeys(server.region for server in self.polyai.servers)
        self.accounts: Mapping[str, Account] = MappingProxyType({region: self._account(region) for region in regions})
        self.agents = {agent.id: agent for account in self.accounts.values() for agent in account.agents}
        self._ranks = {agent.id: rank for each in self.accounts.values() for rank, agent in enumerate(each.agents)}
        self.keys: Mapping[str, Key] = MappingProxyType({
            **polyai_keys(self.polyai, self.accounts),
            **assemblyai_keys(self.assemblyai),
        })  # fmt: skip
        self.documents = (self.polyai, self.assemblyai)
        self.key_headers = {operation.key_header for each in self.documents for operation in each.operations}
        """Names of the headers that carry keys."""
        self._cached: Callable[[str, int], Conversation] = functools.lru_cache(maxsize=_CACHED)(self._make)

    @functools.cached_property
    def sounds(self) -> tuple[Plan, ...]:
        """The recordings of AssemblyAI's transcripts."""
        agent = next(iter(self.agents.values()))
        drafts = [self.draft(agent, number, started_at=START) for number in (0, 4, 8)]
        return tuple(Plan(tuple(script.lines), script.clock) for script in map(Script, drafts))

    def environment(self, url: str) -> dict[str, str]:
        account = self.accounts["us"]
        return {
            "POLYAI_API_KEY": self.keys["us-agents"].value,
            "POLYAI_CONVERSATIONS_API_KEY": self.keys["us-platform"].value,
            "POLYAI_REGION": "us",
            "POLYAI_ACCOUNT_ID": account.id,
            "POLYAI_AGENT_ID": account.agents[0].id,
            "POLYAI_CONNECT_TO": url,
            "ASSEMBLYAI_API_KEY": self.keys["assemblyai-us"].value,
            "ASSEMBLYAI_REGION": "us",
            # Read by the vendor's own SDK.
            "ASSEMBLYAI_BASE_URL": url,
        }

    def random(self, *names: object) -> Random:
        """A source of numbers that follow from the seed and `names` alone."""
        return Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - repeatable on purpose

    def conversation(self, agent_id: str, index: int) -> Conversation:
        return self._cached(agent_id, index)

    def index(self, agent_id: str, conversation_id: str) -> int | None:
        """The number of the seeded conversation of that id; None when the agent has none."""
        known = conversation_id == _KNOWN_CONVERSATION
        number = _KNOWN_INDEX if known else ids.number(conversation_id)
        if number is None or number >= self.size or self.conversation(agent_id, number).id != conversation_id:
            return None
        return number

    def started(self, agent_id: str, index: int) -> datetime:
        """When the seeded conversation began; the larger the number, the longer ago."""
        return self._start(self.random(agent_id, index), index)

    def between(self, agent_id: str, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        """The first number, and one more than the last, of the conversations from `start` on and before `end`."""

        def age(index: int) -> timedelta:
            return _EPOCH - self.started(agent_id, index)

        every = range(self.size)
        begin = 0 if end is None else bisect.bisect_right(every, _EPOCH - end, key=age)
        return begin, self.size if start is None else bisect.bisect_right(every, _EPOCH - start, lo=begin, key=age)

    def traits(self, agent_id: str, index: int) -> Traits:
        environment = _ENVIRONMENTS[index % len(_ENVIRONMENTS)]
        variant_id, variant_name = ("", "") if environment == _SANDBOX else _VARIANTS[index % len(_VARIANTS)]
        return Traits(
            environment=environment,
            channel=_CHANNELS[index % len(_CHANNELS)],
            variant_id=variant_id,
            variant_name=variant_name,
            scenario=SCENARIOS[(index + 3 * self._ranks[agent_id]) % len(SCENARIOS)],
        )

    def draft(
        self,
        agent: Agent,
        index: int,
        *,
        started_at: datetime | None = None,
        in_progress: bool = False,
        scenario: Scenario | None = None,
    ) -> Draft:
        """What conversation number `index` is about; with `started_at` it is not a seeded one, and began then."""
        rng = self.random(agent.id, index)
        if started_at is None:
            in_progress = index < self.in_progress
            started_at = self._start(rng, index)
        gaps = fillings(rng, agent.region)
        if scenario is not None:
            # Its words are given, so no trouble comes in between.
            return Draft(rng, started_at, in_progress, scenario, gaps, scenario.exchanges)
        scenario = self.traits(agent.id, index).scenario
        exchanges = list(with_trouble(rng, scenario.exchanges))
        return Draft(rng, started_at, in_progress, scenario, gaps, exchanges[:2] if in_progress else exchanges)

    def play(self, agent: Agent, index: int, draft: Draft, traits: Traits) -> Conversation:
        rng, scenario = draft.rng, draft.scenario
        script = Script(draft)
        voice = traits.channel == VOICE
        outbound = voice and index % len(_ENVIRONMENTS) == _OUTBOUND
        person = draft.gaps["phone"].replace(" ", "") if voice else ""
        if index % 11 == 7:  # some projects mask numbers
            person = person and f"{person[:-2]}**"
        ours = agent.number if voice else ""
        prefix = ids.OUTBOUND if outbound else ids.CALL if voice else ids.CHAT
        prefix = ids.LOCAL if traits.environment == _SANDBOX else prefix
        identifier = ids.make(index, rng.getrandbits(128), prefix)
        return Conversation(
            id=_KNOWN_CONVERSATION if (agent.id, index) == (_KNOWN_AGENT, _KNOWN_INDEX) else identifier,
            number=index,
            account_id=agent.account_id,
            agent_id=agent.id,
            region=agent.region,
            started_at=draft.started_at,
            channel=traits.channel,
            environment=traits.environment,
            in_progress=draft.in_progress,
            variant_id=traits.variant_id,
            variant_name=traits.variant_name,
            outbound=outbound,
            from_number=ours if outbound else person,
            to_number=person if outbound else ours,
            caller=_CALLERS.get(index % ADDED, "").format_map(draft.gaps),
            language=scenario.language,
            turns=tuple(script.turns),
            plan=Plan(tuple(script.lines), script.clock),
            topics=scenario.topics,
            summary=scenario.summary,
            functions=tuple(script.functions),
            state={"caller": {"verified": rng.random() < 0.5, "attempts": rng.randint(0, 3)}, "topic": scenario.name},
            score=round(rng.uniform(2.0, 5.0), 2),
            tags=("reviewed", scenario.topics[0]) if index % 5 == 0 else (),
            handoff_destination="" if draft.in_progress else scenario.handoff_destination,
            handoff_reason="" if draft.in_progress else scenario.handoff_reason,
            note="Überprüft: all good ✓" if index % 9 == 4 else "",
        )

    def _make(self, agent_id: str, index: int) -> Conversation:
        agent = self.agents[agent_id]
        return self.play(agent, index, self.draft(agent, index), self.traits(agent_id, index))

    def _start(self, rng: Random, index: int) -> datetime:
        if index < self.in_progress:  # It began shortly ago.
            return self.start - timedelta(milliseconds=min(10_000, self._step // 2) * (index + 1))
        pause = self._step // 5
        return self.start - timedelta(milliseconds=self._step * index + pause + rng.randrange(self._step - pause))

    def _account(self, region: str) -> Account:
        rng = self.random(region)
        account_id = _KNOWN_ACCOUNT if region == "us" else f"ws-{rng.getrandbits(32):08x}"
        agents = tuple(
            Agent(
                id=_KNOWN_AGENT if known else "PROJECT-" + "".join(rng.choices(_ALPHABET, k=8)),
                name=name,
                account_id=account_id,
                region=region,
                hides_transcripts=hides,
                number=number(rng, region).replace(" ", ""),
                variants=_VARIANTS,
            )
            for name, hides, known in (("Front desk", False, region == "us"), ("Private line", True, False))
        )
        return Account(account_id, region, agents)


@functools.lru_cache(maxsize=4)
def world(seed: int, conversations: int, start: datetime = START) -> World:
    """The world of that seed; it never changes, so it is cached."""
    return World(seed, conversations, start)
