"""The configuration of a client: arguments, then the environment, then a profile."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from polyai_data import hosts
from polyai_data.arguments import path_id, texts
from polyai_data.errors import ConfigError
from polyai_data.options import DEADLINE, ClientOptions, Secret, Timeout, checked, rate, secret_of
from polyai_data.rate import Rate
from polyai_data.retry import Policy

if TYPE_CHECKING:
    from polyai_data import profiles
    from polyai_data.shape_record import Recorder

logger = logging.getLogger("polyai_data")


def _no_profile() -> profiles.Profile:
    from polyai_data import profiles  # noqa: PLC0415 - here and below late, as importing a client must be quick

    return profiles.Profile()


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of a client of one vendor.

    Attributes:
        table: the vendor's hosts.
        region: canonical name of the region, or None with a `base_url`.
        base_url: what stands before the path of every operation instead of a region's hosts, or None.
        keys: the key for each logical host that has one.
        profile: the profile, with names for agents.
        agent_id, account_id: the defaults of calls.
        connect_to: the loopback address to send everything to, or None.
        timeout: seconds to wait.
        policy: what is sent again, and when.
        deadline: seconds for a call in all.
        headers: sent with every request to the vendor's hosts, and to no other host.
        http_client: the user's HTTP client, or None.
        strict: whether a response that is not exactly what the document says is an error.
        record: keeps the shapes of responses, or None.
        rates: how many requests a minute may be sent with the key of a logical host, where that is limited.
    """

    table: hosts.Hosts
    region: str | None
    base_url: str | None = None
    keys: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    profile: profiles.Profile = field(default_factory=_no_profile)
    agent_id: str | None = None
    account_id: str | None = None
    connect_to: hosts.Loopback | None = None
    timeout: Timeout = field(default_factory=Timeout)
    policy: Policy = field(default_factory=Policy)
    deadline: float = DEADLINE
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    http_client: Any = field(default=None, repr=False)
    strict: bool = False
    record: Recorder | None = None
    rates: Mapping[str, Rate] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def route(self, operation_id: str) -> hosts.Route:
        """Where a call of the operation goes; ConfigError when the region does not serve it."""
        if self.base_url is not None:
            return hosts.Route(self.table.operation(operation_id), None, self.base_url, None)
        assert self.region is not None
        return self.table.route(operation_id, self.region)

    def key(self, route: hosts.Route) -> Secret:
        """The key for a call; ConfigError when there is none for the logical host."""
        secret = self.keys.get(route.operation.logical_host)
        if secret is None:
            raise ConfigError(
                f"api_key is missing: {route.operation.id} is served from the {route.operation.logical_host!r} hosts, "
                "which the conversations key does not open; pass api_key= or set POLYAI_API_KEY",
                argument="api_key",
            )
        return secret

    def request_arguments(self, route: hosts.Route, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the HTTP library builds a call's request from, key included; ConfigError as for `key`."""
        key, host = self.key(route), (route.base_url, route.operation.logical_host)
        if host not in self._clients:
            self._clients[host] = self.table.client(route.base_url, key.reveal(), self.headers)
        arguments: dict[str, Any] = self._clients[host].request_arguments(route.operation, request)
        return arguments

    def agent(self, agent_id: str | None) -> str:
        """The id of the agent given to a call, by id or by its name in the profile, or else to the client.

        Raises:
            ConfigError: there is none, or it is no valid id.
        """
        remedy = "pass agent_id= to the call or the client, or set POLYAI_AGENT_ID"
        named = self.profile.agent_id(self.agent_id if agent_id is None else agent_id)
        return path_id("agent_id", named, remedy=remedy)

    def account(self, account_id: str | None) -> str:
        """The id of the account given to a call, or else to the client.

        Raises:
            ConfigError: there is none, or it is no valid id.
        """
        remedy = "pass account_id= to the call or the client, or set POLYAI_ACCOUNT_ID"
        return path_id("account_id", self.account_id if account_id is None else account_id, remedy=remedy)

    def with_options(
        self, *, timeout: float | Timeout | None, max_retries: int | None, deadline: float | None, strict: bool | None
    ) -> Config:
        """A copy with the options that are not None; ConfigError when one is invalid."""
        options = {"timeout": timeout, "max_retries": max_retries, "deadline": deadline, "strict": strict}
        return replace(self, **checked(options, self.policy))


def attempted(make: Callable[[], Config]) -> Config | ConfigError:
    """What `make` returns, or its error without a traceback, as the variables of its frames hold keys."""
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
    requests_per_minute: float | Rate | None = None,
    options: ClientOptions | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """The configuration of a PolyAI client, from its arguments, the environment and a profile, in this order.

    Raises:
        ConfigError: something is missing or invalid.
    """
    environment = os.environ if environment is None else environment  # as a default, help() would show its keys
    stored = _profile(
        profile,
        environment,
        given=(api_key or conversations_api_key or environment.get("POLYAI_API_KEY"))
        and (region or base_url or environment.get("POLYAI_REGION")),
    )
    first = secret_of("api_key", api_key or environment.get("POLYAI_API_KEY"))
    second = secret_of(
        "conversations_api_key", conversations_api_key or environment.get("POLYAI_CONVERSATIONS_API_KEY")
    )
    if first is None and second is None:
        # Both or neither: a key of the profile and one that was passed can belong to different accounts.
        first = secret_of("api_key", stored.api_key)
        second = secret_of("conversations_api_key", stored.conversations_api_key)
    if first is None and second is None:
        raise ConfigError("api_key is missing; pass api_key= or set POLYAI_API_KEY", argument="api_key")
    table = hosts.POLYAI
    keys = {
        host: secret
        for host in table.logical_hosts
        if (secret := (second or first) if host == "platform" else first) is not None
    }
    agent = environment.get("POLYAI_AGENT_ID") or stored.agent
    account = environment.get("POLYAI_ACCOUNT_ID") or stored.account_id
    made = Config(
        table,
        *_region_or_url(table, region, base_url, environment.get("POLYAI_REGION") or stored.region),
        keys=keys,
        profile=stored,
        agent_id=agent if agent_id is None else agent_id,
        account_id=account if account_id is None else account_id,
        rates=_rates(keys, requests_per_minute),
        **checked(options or {}, environment=environment),
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
    environment: Mapping[str, str] | None = None,
) -> Config:
    """The configuration of an AssemblyAI client, from its arguments, the environment and a profile, in this order.

    Raises:
        ConfigError: something is missing or invalid.
    """
    environment = os.environ if environment is None else environment  # as a default, help() would show its keys
    stored = _profile(
        profile,
        environment,
        given=(api_key or environment.get("ASSEMBLYAI_API_KEY"))
        and (region or base_url or environment.get("ASSEMBLYAI_REGION")),
    )
    key = secret_of("api_key", api_key or environment.get("ASSEMBLYAI_API_KEY") or stored.assemblyai_api_key)
    if key is None:
        raise ConfigError("api_key is missing; pass api_key= or set ASSEMBLYAI_API_KEY", argument="api_key")
    table = hosts.ASSEMBLYAI
    # The vendor's examples call the first host without naming a region, so users expect it.
    default = environment.get("ASSEMBLYAI_REGION") or stored.assemblyai_region or table.regions[0]
    return Config(
        table,
        *_region_or_url(table, region, base_url, default),
        keys=dict.fromkeys(table.logical_hosts, key),
        **checked(options or {}, environment=environment),
    )


def _rates(keys: Mapping[str, Secret], requests_per_minute: float | Rate | None) -> dict[str, Rate]:
    """A rate for each key, or one for all where it is given as such."""
    made: dict[str, Rate] = {}
    for secret in keys.values():
        if (limit := rate(requests_per_minute)) is not None:
            made.setdefault(secret.reveal(), limit)
    return {host: made[secret.reveal()] for host, secret in keys.items() if made}


def _profile(name: str | None, environment: Mapping[str, str], *, given: object) -> profiles.Profile:
    """The profile. Where none is named, and key and region are `given`, none is needed."""
    from polyai_data import profiles  # noqa: PLC0415

    name = name or environment.get("POLYAI_PROFILE")
    try:
        stored = profiles.load(profiles.path(environment))
        return stored.get(name) if name or stored.default or len(stored.profiles) < 2 or not given else _no_profile()
    except ConfigError as error:
        if name or not given:
            raise
        logger.warning("%s; no profile is used", error)
    return _no_profile()


def _region_or_url(
    table: hosts.Hosts, region: str | None, base_url: str | None, default: str | None
) -> tuple[str | None, str | None]:
    """The region and the base URL, of which one is None."""
    texts(region=region, base_url=base_url)
    if region and base_url:
        raise ConfigError("region and base_url exclude each other: a base URL has no region", argument="base_url")
    if base_url:
        return None, table.base_url(base_url)
    name = region or default
    if not name:
        raise ConfigError(
            "region is missing; pass region= or set POLYAI_REGION, to the region of the Agent Studio that issued the "
            f"key: one of {', '.join(table.regions)}",
            argument="region",
        )
    return table.region(name), None
