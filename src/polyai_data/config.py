"""What a client is set up with: arguments, then the environment. No I/O but reading the environment that is handed in.

Limits and timeouts stand here, once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from polyai_data import hosts
from polyai_data.arguments import path_id
from polyai_data.errors import ConfigError

CONNECT_TIMEOUT = 10.0
"""Seconds to make a connection, or to get one from the pool."""
READ_TIMEOUT = 60.0
"""Seconds between two pieces of an answer, or of a request that is sent. Pages can be large and slow to begin."""

LARGEST_SEARCH_PAGE = 1000
"""The largest page of the v3 listing, as its document says."""

WAIT_TIMEOUT = 600.0
"""Seconds to wait for AssemblyAI's redacted audio."""
FIRST_POLL, LONGEST_POLL = 1.0, 15.0
"""Seconds between two looks at AssemblyAI's redacted audio: the first pause, and the one that doubling stops at."""


class Secret:
    """An API key that shows itself to nobody: not in a `repr`, a log or a traceback. `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the request header."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, and between two pieces of an answer. Neither can be turned off."""

    connect: float = CONNECT_TIMEOUT
    read: float = READ_TIMEOUT


@dataclass(frozen=True, slots=True)
class Config:
    """What a client of one vendor needs to know.

    Attributes:
        table: the vendor's hosts.
        region: canonical name of the region.
        keys: the key for each logical host; a logical host without one cannot be called.
        agent_id, account_id: used by calls that name none.
        connect_to: the loopback address to send everything to instead, or None.
        timeout: seconds to wait.
        headers: sent with every request to the vendor's hosts, and to no other host.
    """

    table: hosts.Hosts
    region: str
    keys: Mapping[str, Secret] = field(repr=False)
    agent_id: str | None = None
    account_id: str | None = None
    connect_to: hosts.Loopback | None = None
    timeout: Timeout = field(default_factory=Timeout)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def key(self, route: hosts.Route) -> Secret:
        """The key for a call.

        Raises:
            ConfigError: there is none for the logical host that serves the operation.
        """
        secret = self.keys.get(route.operation.logical_host)
        if secret is None:
            raise ConfigError(
                f"api_key is missing: {route.operation.id} is served from the {route.operation.logical_host!r} hosts, "
                "which the conversations key does not open; pass api_key= or set POLYAI_API_KEY",
                argument="api_key",
            )
        return secret

    def agent(self, agent_id: str | None) -> str:
        """The agent of a call: the one it names, else the client's own.

        Raises:
            ConfigError: there is none, or it is no id.
        """
        remedy = "pass agent_id= to the call or the client, or set POLYAI_AGENT_ID"
        return path_id("agent_id", self.agent_id if agent_id is None else agent_id, remedy=remedy)

    def account(self, account_id: str | None) -> str:
        """The account of a call: the one it names, else the client's own.

        Raises:
            ConfigError: there is none, or it is no id.
        """
        remedy = "pass account_id= to the call or the client, or set POLYAI_ACCOUNT_ID"
        return path_id("account_id", self.account_id if account_id is None else account_id, remedy=remedy)


def polyai(
    *,
    api_key: str | None,
    conversations_api_key: str | None,
    region: str | None,
    agent_id: str | None,
    account_id: str | None,
    connect_to: str | None,
    timeout: float | Timeout | None,
    headers: Mapping[str, str] | None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """The configuration of a PolyAI client: what was passed, else what the environment says.

    Raises:
        ConfigError: something is missing or cannot work, with the argument and the remedy.
    """
    first = _secret("api_key", api_key or environment.get("POLYAI_API_KEY"))
    second = _secret("conversations_api_key", conversations_api_key or environment.get("POLYAI_CONVERSATIONS_API_KEY"))
    if first is None and second is None:
        raise ConfigError("api_key is missing; pass api_key= or set POLYAI_API_KEY", argument="api_key")
    table = hosts.POLYAI
    name = region or environment.get("POLYAI_REGION")
    if not name:
        raise ConfigError(
            "region is missing; pass region= or set POLYAI_REGION, to the region of the Agent Studio that issued the "
            f"key: one of {', '.join(table.regions)}",
            argument="region",
        )
    keys = {
        host: secret
        for host in table.logical_hosts
        if (secret := (second or first) if host == "platform" else first) is not None
    }
    return Config(
        table,
        table.region(name),
        keys,
        agent_id=_id("agent_id", agent_id, environment.get("POLYAI_AGENT_ID")),
        account_id=_id("account_id", account_id, environment.get("POLYAI_ACCOUNT_ID")),
        connect_to=_loopback(connect_to, environment),
        timeout=_timeout(timeout),
        headers=dict(headers or {}),
    )


def assemblyai(
    *,
    api_key: str | None,
    region: str | None,
    connect_to: str | None,
    timeout: float | Timeout | None,
    headers: Mapping[str, str] | None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """The configuration of an AssemblyAI client: what was passed, else what the environment says.

    Raises:
        ConfigError: something is missing or cannot work, with the argument and the remedy.
    """
    key = _secret("api_key", api_key or environment.get("ASSEMBLYAI_API_KEY"))
    if key is None:
        raise ConfigError("api_key is missing; pass api_key= or set ASSEMBLYAI_API_KEY", argument="api_key")
    table = hosts.ASSEMBLYAI
    # The vendor's examples call the first host without naming a region, so that one is what users expect.
    name = region or environment.get("ASSEMBLYAI_REGION") or table.regions[0]
    return Config(
        table,
        table.region(name),
        dict.fromkeys(table.logical_hosts, key),
        connect_to=_loopback(connect_to, environment),
        timeout=_timeout(timeout),
        headers=dict(headers or {}),
    )


def _secret(name: str, value: str | None) -> Secret | None:
    if value is None or not value.strip():
        return None
    # Copied keys bring spaces and line ends along; inside a key either would be another header.
    key = value.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{name} holds a character that no key has; copy it again from Agent Studio", argument=name)
    return Secret(key)


def _id(name: str, value: str | None, from_environment: str | None) -> str | None:
    if value is None:
        value = from_environment or None
    return None if value is None else path_id(name, value)


def _loopback(connect_to: str | None, environment: Mapping[str, str]) -> hosts.Loopback | None:
    address = connect_to or environment.get("POLYAI_CONNECT_TO")
    return hosts.loopback(address) if address else None


def _timeout(value: float | Timeout | None) -> Timeout:
    if value is None:
        return Timeout()
    timeout = value if isinstance(value, Timeout) else Timeout(min(value, CONNECT_TIMEOUT), value)
    if not (timeout.connect > 0 and timeout.read > 0):
        raise ConfigError(f"timeout must be more than 0 seconds, not {value!r}", argument="timeout")
    return timeout
