"""What is tested: the servers, the keys of each role, and what else is known of the data.

The servers come from the patched documents, so that nothing here spells a host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from polyai_data import config, openapi
from polyai_data.conformance.control import Control, ControlError
from polyai_data.errors import ConfigError
from polyai_data.hosts import Loopback, loopback
from polyai_data.openapi import Document, Operation, Server
from polyai_data.options import Secret

if TYPE_CHECKING:
    from polyai_data.emulator import Emulator

FULL, AGENTS, PLATFORM = "full", "agents", "platform"
NO_PII, NO_PERMISSION, ONE_AGENT, EXPIRED = "no-pii", "no-permission", "one-agent", "expired"
POLYAI, ASSEMBLYAI = "polyai", "assemblyai"
LIVE_RATE = 5.0
"""Requests a second that a vendor's own servers get at most."""
LIVE_DEPTH = 40
"""How many conversations of a live agent are looked at."""
READY, PENDING, GONE = "ready", "pending", "gone"


@dataclass(frozen=True, slots=True)
class Account:
    """An account and its agents in a region."""

    id: str
    agent_ids: tuple[str, ...]
    hiding: frozenset[str] | None = None
    """The agents whose transcripts are hidden; None where that is not known."""


@dataclass(frozen=True)
class Target:
    """A server, or several.

    Attributes:
        name: its name in reports.
        documents: the patched documents that it is tested against, by vendor.
        keys: by vendor, region and role; with each the environment variable that stands for it in reports.
        accounts: by region; the first region is the main one.
        connect_to: a loopback address that plays all hosts; None for the hosts themselves.
        live: whether it is a vendor's own, to be treated with care.
        writable: whether requests may change something.
        switches: whether it obeys the headers `X-Emulator-…`.
        powers: the control API of the emulator, which can turn its clock and change its data; None where there is none.
        knowledge: an emulator with the same data, or None.
        transcripts: of AssemblyAI, by region: the state that each one's redacted file is in at first, by id.
        headers: headers that every request carries besides its own.
        depth: how many conversations of an agent are looked at.
        seed: number that an emulator's data follow from, or None.
        start: the line for a shell that starts an emulator which ends with this process again; empty for any other.
    """

    name: str
    documents: Mapping[str, Document]
    keys: Mapping[tuple[str, str, str], tuple[Secret, str]] = field(repr=False)
    accounts: Mapping[str, Account]
    connect_to: Loopback | None = None
    live: bool = False
    writable: bool = True
    switches: bool = False
    powers: Control | None = None
    knowledge: Emulator | None = None
    transcripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    depth: int = 200
    seed: int | None = None
    start: str = ""

    @property
    def addresses(self) -> list[str]:
        """Where the requests go: the loopback address, or the servers of the main region."""
        if self.connect_to is not None:
            return [self.connect_to.url]
        servers = (self.server(operation, self.region) for operation in self.operations)
        return list(dict.fromkeys(server.url for server in servers if server is not None))

    @property
    def region(self) -> str:
        return next(iter(self.accounts))

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(operation for each in self.documents.values() for operation in each.operations)

    @property
    def rate(self) -> float | None:
        """Requests a second at most; None for any number."""
        return LIVE_RATE if self.live else None

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id; KeyError when there is none."""
        return {each.id: each for each in self.operations}[operation_id]

    def server(self, operation: Operation, region: str) -> Server | None:
        return next((server for server in operation.servers if server.region == region), None)

    def key(self, operation: Operation, region: str, role: str) -> tuple[Secret, str] | None:
        """The key of a role for an operation in a region, and its variable; None where there is none."""
        # One key for everything, where there is one, else the key of the logical host.
        roles = (role, operation.logical_host) if role == FULL else (role,)
        keys = (self.keys.get((operation.vendor, region, each)) for each in roles)
        return next((key for key in keys if key is not None), None)

    def secrets(self) -> list[str]:
        """The values of all keys, to be taken out of reports."""
        return [secret.reveal() for secret, _ in self.keys.values()]


def of_emulator(
    emulator: Emulator,
    *,
    connect_to: str | None = None,
    headers: Mapping[str, str] | None = None,
    powers: Control | None = None,
) -> Target:
    """The emulator as a target.

    Args:
        emulator: the emulator, which must be running unless `connect_to` is given.
        connect_to: the address of another server on this machine that plays the same data.
        headers: headers that every request carries besides its own.
        powers: the control API of that server, if it has one; without it, rules that need it are skipped.
    """
    documents = {vendor: openapi.load(vendor) for vendor in (POLYAI, ASSEMBLYAI)}
    keys = {}
    for name, key in emulator.keys.items():
        role = name.removeprefix(f"{ASSEMBLYAI}-").removeprefix(key.region).removeprefix("-") or FULL
        keys[key.vendor, key.region, role] = Secret(key.value), "KEY_" + re.sub(r"\W", "_", name).upper()
    transcripts: dict[str, dict[str, str]] = {}
    for transcript in emulator.transcripts.values():
        transcripts.setdefault(transcript.region, {})[transcript.id] = transcript.state
    saved = emulator.saved()
    seed, size = saved["seed"], saved["conversations"]
    address = loopback(connect_to or emulator.url)
    name, start = f"the emulator at {address.url} (seed {seed})", ""
    if connect_to is None:
        powers = Control(address)
        start = f"python -m polyai_data.emulator --seed {seed} --conversations {size} --port {address.port}"
        start += " --as-documented" * emulator.as_documented
    elif powers is None:
        name = f"the server at {address.url} (with the data of the emulator's seed {seed})"
    return Target(
        name=name,
        documents=documents,
        keys=keys,
        accounts={
            region: Account(
                account.id,
                tuple(agent.id for agent in account.agents),
                frozenset(agent.id for agent in account.agents if agent.hides_transcripts),
            )
            for region, account in emulator.accounts.items()
        },
        connect_to=address,
        switches=True,
        powers=powers,
        knowledge=emulator,
        transcripts=transcripts,
        headers=dict(headers or {}),
        seed=seed,
        start=start,
    )


def at_address(connect_to: str, *, seed: int, headers: Mapping[str, str] | None = None) -> Target:
    """A server on this machine as a target: an emulator with the data that it has, or another one that plays the data.

    Args:
        connect_to: its address.
        seed: the number that its data follow from, where it is no emulator.
        headers: headers that every request carries besides its own.

    Raises:
        ConfigError: it is no loopback address.
    """
    from polyai_data.emulator import Emulator  # noqa: PLC0415 - a live target does without

    control = Control(loopback(connect_to))
    try:
        saved = control.saved()
    except ControlError:
        return of_emulator(Emulator(seed), connect_to=connect_to, headers=headers)
    # Not started: it only knows the same data.
    same = Emulator(saved["seed"], saved["conversations"])
    same.restore(saved["entries"])
    return of_emulator(same, connect_to=connect_to, headers=headers, powers=control)


def live(environment: Mapping[str, str], *, write_agent: str | None = None, transcript: str | None = None) -> Target:
    """The vendors' servers as a target, with the keys of the environment.

    Args:
        environment: names the keys, region, account and agent, as for the client.
        write_agent: a test agent whose data may be changed; None to change nothing.
        transcript: id of an AssemblyAI transcript whose redacted file is ready; it needs `ASSEMBLYAI_API_KEY`.

    Raises:
        ConfigError: a key, the region or the agent is missing.
    """
    settings = config.polyai(environment=environment)
    agent = write_agent or settings.agent(None)
    if settings.region is None:
        raise ConfigError("base_url: a gateway cannot be tested; name a region instead", argument="base_url")
    region = settings.region
    documents = {POLYAI: openapi.load(POLYAI)}
    keys = {}
    for operation in documents[POLYAI].operations:
        if any(server.region == region for server in operation.servers):
            own = operation.logical_host == PLATFORM and environment.get("POLYAI_CONVERSATIONS_API_KEY")
            variable = "POLYAI_CONVERSATIONS_API_KEY" if own else "POLYAI_API_KEY"
            keys[POLYAI, region, operation.logical_host] = settings.key(settings.route(operation.id)), variable
    transcripts: dict[str, dict[str, str]] = {}
    if transcript and environment.get("ASSEMBLYAI_API_KEY"):
        other = environment.get("ASSEMBLYAI_REGION", "us")
        documents[ASSEMBLYAI] = openapi.load(ASSEMBLYAI)
        keys[ASSEMBLYAI, other, FULL] = Secret(environment["ASSEMBLYAI_API_KEY"]), "ASSEMBLYAI_API_KEY"
        transcripts[other] = {transcript: READY}
    return Target(
        name=f"the live API, region {region}"
        if settings.connect_to is None
        else f"the server at {settings.connect_to.url} (region {region})",
        documents=documents,
        keys=keys,
        accounts={region: Account(settings.account_id or "", (agent,))},
        connect_to=settings.connect_to,
        live=True,
        writable=write_agent is not None,
        transcripts=transcripts,
        depth=LIVE_DEPTH,
    )
