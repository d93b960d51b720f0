"""What a client is set up with: arguments, then the environment, then a profile of the user's own. Limits stand here,
once."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any, TypedDict

from polyai_data import hosts, profiles
from polyai_data.arguments import path_id
from polyai_data.errors import ConfigError
from polyai_data.retry import Policy

CONNECT_TIMEOUT = 10.0
"""Seconds to make a connection, or to get one from the pool."""
READ_TIMEOUT = 60.0
"""Seconds between two pieces of an answer, or of a request that is sent. Pages can be large and slow to begin."""

DEADLINE = 300.0
"""Seconds for a call in all: its attempts, the pauses between them, and the body of its answer.

It does not bind a recording's bytes, which may take long, nor headers that trickle in byte by byte, of which the HTTP
library tells nothing before they are complete: those the timeout binds, from piece to piece.
"""

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


class ClientOptions(TypedDict, total=False):
    """The options of a client that are about neither its key nor its place."""

    connect_to: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    deadline: float | None
    headers: Mapping[str, str] | None
    http_client: Any
    strict: bool


@dataclass(frozen=True, slots=True)
class Config:
    """What a client of one vendor needs to know.

    Attributes:
        table: the vendor's hosts.
        region: canonical name of the region, or None with a `base_url`.
        base_url: what stands before the path of every operation instead of a region's hosts, or None.
        keys: the key for each logical host; a logical host without one cannot be called.
        profile: names for agents, and what is used by calls that name none.
        agent_id, account_id: used by calls that name none.
        connect_to: the loopback address to send everything to instead, or None.
        timeout: seconds to wait.
        policy: what is sent again, and how patiently.
        deadline: seconds for a call in all.
        headers: sent with every request to the vendor's hosts, and to no other host.
        http_client: the HTTP client to use instead of one of our own.
        strict: whether an answer that is not what the document says is an error, whatever could be made of it.
    """

    table: hosts.Hosts
    region: str | None
    base_url: str | None = None
    keys: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    profile: profiles.Profile = field(default_factory=profiles.Profile)
    agent_id: str | None = None
    account_id: str | None = None
    connect_to: hosts.Loopback | None = None
    timeout: Timeout = field(default_factory=Timeout)
    policy: Policy = field(default_factory=Policy)
    deadline: float = DEADLINE
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    http_client: Any = field(default=None, repr=False)
    strict: bool = False

    def route(self, operation_id: str) -> hosts.Route:
        """Where a call of the operation goes.

        Raises:
            ConfigError: the region does not serve it.
        """
        if self.base_url is not None:
            return hosts.Route(self.table.operation(operation_id), None, self.base_url, None)
        assert self.region is not None
        return self.table.route(operation_id, self.region)

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
        """The agent of a call: the one it names, by id or by its name in the profile, else the client's own.

        Raises:
            ConfigError: there is none, or it is no id.
        """
        remedy = "pass agent_id= to the call or the client, or set POLYAI_AGENT_ID"
        named = self.profile.agent_id(self.agent_id if agent_id is None else agent_id)
        return path_id("agent_id", named, remedy=remedy)

    def account(self, account_id: str | None) -> str:
        """The account of a call: the one it names, else the client's own.

        Raises:
            ConfigError: there is none, or it is no id.
        """
        remedy = "pass account_id= to the call or the client, or set POLYAI_ACCOUNT_ID"
        return path_id("account_id", self.account_id if account_id is None else account_id, remedy=remedy)

    def with_options(
        self, *, timeout: float | Timeout | None, max_retries: int | None, deadline: float | None, strict: bool | None
    ) -> Config:
        """A copy in which what is not None is replaced.

        Raises:
            ConfigError: an option cannot work.
        """
        return replace(
            self,
            timeout=self.timeout if timeout is None else _timeout(timeout),
            policy=self.policy if max_retries is None else replace(self.policy, max_retries=_retries(max_retries)),
            deadline=self.deadline if deadline is None else _deadline(deadline),
            strict=self.strict if strict is None else _strict(strict),
        )


def attempted(make: Callable[[], Config]) -> Config | ConfigError:
    """What `make` gives, or its error without the frames that it went through: their variables hold keys."""
    try:
        return make()
    except ConfigError as error:
        return error.with_traceback(None)


def polyai(
    *,
    api_key: str | None = None,
    conversations_api_key: str | None = None,
    region: str | None = None,
    base_url: str | None = None,
    agent_id: str | None = None,
    account_id: str | None = None,
    profile: str | None = None,
    options: ClientOptions | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """The configuration of a PolyAI client: what was passed, else the environment's, else that of a profile.

    Raises:
        ConfigError: something is missing or cannot work, with the argument and the remedy.
    """
    kept = _profile(profile, environment)
    first = _secret("api_key", api_key or environment.get("POLYAI_API_KEY"))
    second = _secret("conversations_api_key", conversations_api_key or environment.get("POLYAI_CONVERSATIONS_API_KEY"))
    if first is None and second is None:
        # Both or neither: a key of the profile beside one that was passed could be of another account.
        first = _secret("api_key", kept.api_key)
        second = _secret("conversations_api_key", kept.conversations_api_key)
    if first is None and second is None:
        raise ConfigError("api_key is missing; pass api_key= or set POLYAI_API_KEY", argument="api_key")
    table = hosts.POLYAI
    keys = {
        host: secret
        for host in table.logical_hosts
        if (secret := (second or first) if host == "platform" else first) is not None
    }
    agent = environment.get("POLYAI_AGENT_ID") or kept.agent
    account = environment.get("POLYAI_ACCOUNT_ID") or kept.account_id
    made = Config(
        table,
        *_place(table, region, base_url, environment.get("POLYAI_REGION") or kept.region),
        keys=keys,
        profile=kept,
        agent_id=agent if agent_id is None else agent_id,
        account_id=account if account_id is None else account_id,
        **_options(options or {}, environment),
    )
    if made.agent_id is not None:
        made.agent(None)
    if made.account_id is not None:
        made.account(None)
    return made


def assemblyai(
    *,
    api_key: str | None = None,
    region: str | None = None,
    base_url: str | None = None,
    profile: str | None = None,
    options: ClientOptions | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """The configuration of an AssemblyAI client: what was passed, else the environment's, else that of a profile.

    Raises:
        ConfigError: something is missing or cannot work, with the argument and the remedy.
    """
    kept = _profile(profile, environment)
    key = _secret("api_key", api_key or environment.get("ASSEMBLYAI_API_KEY") or kept.assemblyai_api_key)
    if key is None:
        raise ConfigError("api_key is missing; pass api_key= or set ASSEMBLYAI_API_KEY", argument="api_key")
    table = hosts.ASSEMBLYAI
    # The vendor's examples call the first host without naming a region, so that one is what users expect.
    usual = environment.get("ASSEMBLYAI_REGION") or kept.assemblyai_region or table.regions[0]
    return Config(
        table,
        *_place(table, region, base_url, usual),
        keys=dict.fromkeys(table.logical_hosts, key),
        **_options(options or {}, environment),
    )


def load_profiles(environment: Mapping[str, str] = os.environ) -> profiles.Profiles:
    """The user's profiles: those of the file that POLYAI_CONFIG names, or of the one in their configuration folder.

    Raises:
        ConfigError: the file cannot be read, or says something that no profile has.
    """
    return profiles.load(profiles.path(environment))


def save_profiles(kept: profiles.Profiles, environment: Mapping[str, str] = os.environ) -> None:
    """Write the user's profiles where `load_profiles` finds them, readable for their owner alone.

    Raises:
        ConfigError: the file cannot be written.
    """
    profiles.save(kept, profiles.path(environment))


def _profile(name: str | None, environment: Mapping[str, str]) -> profiles.Profile:
    return load_profiles(environment).get(name or environment.get("POLYAI_PROFILE"))


def _place(
    table: hosts.Hosts, region: str | None, base_url: str | None, usual: str | None
) -> tuple[str | None, str | None]:
    """The region and the base URL, of which one is None."""
    if region and base_url:
        raise ConfigError("region and base_url exclude each other: a base URL has no region", argument="base_url")
    if base_url:
        return None, hosts.base_url(base_url)
    name = region or usual
    if not name:
        raise ConfigError(
            "region is missing; pass region= or set POLYAI_REGION, to the region of the Agent Studio that issued the "
            f"key: one of {', '.join(table.regions)}",
            argument="region",
        )
    return table.region(name), None


def _options(given: ClientOptions, environment: Mapping[str, str]) -> dict[str, Any]:
    address = given.get("connect_to") or environment.get("POLYAI_CONNECT_TO")
    timeout, retries, deadline = given.get("timeout"), given.get("max_retries"), given.get("deadline")
    return {
        "connect_to": hosts.loopback(address) if address else None,
        "timeout": Timeout() if timeout is None else _timeout(timeout),
        "policy": Policy() if retries is None else Policy(max_retries=_retries(retries)),
        "deadline": DEADLINE if deadline is None else _deadline(deadline),
        "headers": _headers(given.get("headers") or {}),
        "http_client": given.get("http_client"),
        "strict": _strict(given.get("strict")),
    }


def _secret(name: str, value: str | None) -> Secret | None:
    if value is None or not value.strip():
        return None
    # Copied keys bring spaces and line ends along; inside a key either would be another header.
    secret = Secret(value.strip())
    sound = secret.reveal().isascii() and secret.reveal().isprintable() and " " not in secret.reveal()
    del value  # a traceback would show it
    if not sound:
        raise ConfigError(f"{name} holds a character that no key has; copy it again from Agent Studio", argument=name)
    return secret


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    for name, value in given.items():
        sound = all(isinstance(text, str) and text.isascii() and text.isprintable() for text in (name, value))
        if not sound or not name or set(name) & set(' :,;()<>@[]{}?=/\\"'):
            # The value is not shown: headers carry secrets too.
            raise ConfigError(f"headers: {name!r} and its value must be printable ASCII", argument="headers")
    return dict(given)


def _timeout(value: float | Timeout) -> Timeout:
    seconds = (value.connect, value.read) if isinstance(value, Timeout) else (value,)
    if not all(isinstance(each, int | float) for each in seconds):
        raise ConfigError(f"timeout must be a number of seconds or a Timeout, not {value!r}", argument="timeout")
    timeout = value if isinstance(value, Timeout) else Timeout(min(value, CONNECT_TIMEOUT), value)
    if not (timeout.connect > 0 and timeout.read > 0):
        raise ConfigError(f"timeout must be more than 0 seconds, not {value!r}", argument="timeout")
    if math.isinf(timeout.connect) or math.isinf(timeout.read):
        raise ConfigError("timeout must be a number of seconds; waiting cannot be endless", argument="timeout")
    return timeout


def _strict(value: bool | None) -> bool:
    for name in ("jsonschema_rs", "yaml") if value else ():
        if find_spec(name) is None:
            raise ConfigError(f"strict=True needs {name}: pip install 'polyai-data[strict]'", argument="strict")
    return bool(value)


def _retries(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"max_retries must be a whole number of at least 0, not {value!r}", argument="max_retries")
    return value


def _deadline(value: float) -> float:
    if not isinstance(value, int | float) or not value > 0:
        raise ConfigError(f"deadline must be more than 0 seconds, not {value!r}", argument="deadline")
    return value
