"""The configuration of a client: arguments, then the environment, then a profile. The default limits stand here."""

from __future__ import annotations

import logging
import math
import numbers
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from polyai_data import hosts, profiles
from polyai_data.arguments import kinds, path_id, texts
from polyai_data.errors import ConfigError
from polyai_data.paging import whole
from polyai_data.retry import Policy

if TYPE_CHECKING:
    from polyai_data.shape_record import Recorder

logger = logging.getLogger("polyai_data")

CONNECT_TIMEOUT = 10.0
"""Seconds to connect. A connection of a pool that is busy is waited for until the deadline."""
READ_TIMEOUT = 60.0
"""Seconds between two pieces of a response or of a request. Large pages are slow to begin."""

DEADLINE = 300.0
"""Seconds for a call in all: its attempts, the pauses between them, and the body of its response.

A recording's bytes may take longer: for them, the timeout between two pieces applies. In a synchronous client, so may
the look-up of a host's name, and with an `http_client` of the user's what arrives byte by byte before a body, or
unpacks to nothing.
"""

WAIT_TIMEOUT = 600.0
"""Seconds to wait for AssemblyAI's redacted audio."""
FIRST_POLL, LONGEST_POLL = 1.0, 15.0
"""Seconds between two polls for AssemblyAI's redacted audio: the first pause, and the one that doubling stops at."""

_PLACEHOLDER = r"(?i)your[-_ ].*|[a-z_ -]*api[-_ ]?key[a-z_ -]*|<.*>|\{.*\}|\$\{?\w+\}?|x+|\.+"


class Secret:
    """A key that no `repr`, log or traceback shows. `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, and between two pieces of a response. Neither can be turned off."""

    connect: float = CONNECT_TIMEOUT
    read: float = READ_TIMEOUT


class ClientOptions(TypedDict, total=False):
    """The options that the clients of both vendors have in common, but for key, region and profile."""

    connect_to: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    deadline: float | None
    headers: Mapping[str, str] | None
    http_client: Any
    strict: bool
    record: str | os.PathLike[str] | None


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
    record: Recorder | None = None
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
        return replace(self, **_checked(options, self.policy))


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
    first = _secret("api_key", api_key or environment.get("POLYAI_API_KEY"))
    second = _secret("conversations_api_key", conversations_api_key or environment.get("POLYAI_CONVERSATIONS_API_KEY"))
    if first is None and second is None:
        # Both or neither: a key of the profile and one that was passed can belong to different accounts.
        first = _secret("api_key", stored.api_key)
        second = _secret("conversations_api_key", stored.conversations_api_key)
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
        **_checked(options or {}, environment=environment),
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
    key = _secret("api_key", api_key or environment.get("ASSEMBLYAI_API_KEY") or stored.assemblyai_api_key)
    if key is None:
        raise ConfigError("api_key is missing; pass api_key= or set ASSEMBLYAI_API_KEY", argument="api_key")
    table = hosts.ASSEMBLYAI
    # The vendor's examples call the first host without naming a region, so users expect it.
    default = environment.get("ASSEMBLYAI_REGION") or stored.assemblyai_region or table.regions[0]
    return Config(
        table,
        *_region_or_url(table, region, base_url, default),
        keys=dict.fromkeys(table.logical_hosts, key),
        **_checked(options or {}, environment=environment),
    )


def load_profiles(environment: Mapping[str, str] | None = None) -> profiles.Profiles:
    """The profiles of the file that POLYAI_CONFIG names, or of the one in the user's configuration folder.

    Raises:
        ConfigError: the file cannot be read, or is not valid.
    """
    return profiles.load(profiles.path(environment))


def save_profiles(stored: profiles.Profiles, environment: Mapping[str, str] | None = None) -> None:
    """Write the profiles to the file that `load_profiles` reads. Only its owner can read it.

    Raises:
        ConfigError: the file cannot be written.
    """
    profiles.save(stored, profiles.path(environment))


def _profile(name: str | None, environment: Mapping[str, str], *, given: object) -> profiles.Profile:
    """The profile. Where none is named, and key and region are `given`, a file that cannot be read is left out."""
    name = name or environment.get("POLYAI_PROFILE")
    try:
        return load_profiles(environment).get(name)
    except ConfigError as error:
        if name or not given:
            raise
        logger.warning("%s; no profile is used", error)
    return profiles.Profile()


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


def _checked(
    options: Mapping[str, Any], policy: Policy | None = None, *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The fields of a Config that the `options` that are not None, and the `environment`, give."""
    given = {name: value for name, value in options.items() if value is not None}
    checked = {name: check(given[name]) for name, check in _CHECKS.items() if name in given}
    if "max_retries" in given:
        checked["policy"] = (policy or Policy())._replace(max_retries=_retries(given["max_retries"]))
    if address := given.get("connect_to") or (environment or {}).get("POLYAI_CONNECT_TO"):
        texts(connect_to=address)
        checked["connect_to"] = hosts.loopback(address)
    return checked


def _secret(name: str, value: str | None) -> Secret | None:
    if value is not None and not isinstance(value, str):
        kind = type(value).__name__
        del value  # tracebacks show variables
        raise ConfigError(f"{name} must be a string, not {kind}", argument=name)
    if value is None or not value.strip():
        return None
    # Keys are copied with spaces and line ends around them; inside a key, a line end would begin another header.
    secret = Secret(value.strip())
    placeholder = re.fullmatch(_PLACEHOLDER, secret.reveal()) is not None
    valid = secret.reveal().isascii() and secret.reveal().isprintable() and " " not in secret.reveal()
    del value  # tracebacks show variables
    if placeholder:
        raise ConfigError(f"{name} is a placeholder; replace it with your key", argument=name)
    if not valid:
        raise ConfigError(f"{name} holds a character that no key has; copy it again from Agent Studio", argument=name)
    return secret


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    kinds(Mapping, "a mapping", headers=given)
    for name, value in given.items():
        valid = all(isinstance(text, str) and text.isascii() and text.isprintable() for text in (name, value))
        if not valid or not name or set(name) & set(' :,;()<>@[]{}?=/\\"'):
            # The message leaves the value out, as headers can carry secrets.
            raise ConfigError(f"headers: {name!r} and its value must be printable ASCII", argument="headers")
    return dict(given)


def _timeout(value: float | Timeout) -> Timeout:
    seconds = (value.connect, value.read) if isinstance(value, Timeout) else (value,)
    if not all(_is_number(each) for each in seconds):
        raise ConfigError(f"timeout must be a number of seconds or a Timeout, not {value!r}", argument="timeout")
    timeout = value if isinstance(value, Timeout) else Timeout(min(value, CONNECT_TIMEOUT), value)
    if not (timeout.connect > 0 and timeout.read > 0):
        raise ConfigError(f"timeout must be more than 0 seconds, not {value!r}", argument="timeout")
    if math.isinf(timeout.connect) or math.isinf(timeout.read):
        raise ConfigError("timeout must be a finite number of seconds, not infinity", argument="timeout")
    return Timeout(float(timeout.connect), float(timeout.read))


def _strict(value: bool | None) -> bool:
    kinds(bool, "True or False", strict=value)
    if value:
        _check_extra("strict=True")
    return bool(value)


def _record(value: str | os.PathLike[str]) -> Recorder:
    kinds((str, os.PathLike), "a path", record=value)
    _check_extra("record=")
    # Imported here: the document costs more than a client that does not record should pay.
    from polyai_data.shape_record import Recorder  # noqa: PLC0415

    return Recorder(Path(value))


def _check_extra(what: str) -> None:
    for name in ("jsonschema_rs", "yaml"):
        if find_spec(name) is None:
            argument = what.partition("=")[0]
            raise ConfigError(f"{what} needs {name}: pip install 'polyai-data[strict]'", argument=argument)


def _retries(value: int) -> int:
    retries = whole(value)
    if retries is None:
        raise ConfigError(f"max_retries must be a whole number of at least 0, not {value!r}", argument="max_retries")
    return retries


def _deadline(value: float) -> float:
    if not _is_number(value) or not value > 0:
        raise ConfigError(f"deadline must be more than 0 seconds, not {value!r}", argument="deadline")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _http_client(value: Any) -> Any:
    if not all(callable(getattr(value, name, None)) for name in ("build_request", "send")):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise ConfigError(f"http_client must have the interface of httpx's clients, not {kind}", argument="http_client")
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "timeout": _timeout,
    "deadline": _deadline,
    "headers": _headers,
    "http_client": _http_client,
    "strict": _strict,
    "record": _record,
}
