"""Which base URL serves an operation in a region, read from the servers tables of the generated packages. No I/O.

The tables come out of the patched documents; nothing else in this package knows a host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from assemblyai_client import servers as assemblyai_servers
from polyai_data.errors import ConfigError
from polyai_data.rules import Rule
from polyai_data_client import servers as polyai_servers


class Server(Protocol):
    """A row of a servers table; each generated package has a class of its own for it."""

    @property
    def url(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def studio_url(self) -> str | None: ...


class Operation(Protocol):
    """An operation of a servers table; each generated package has a class of its own for it."""

    @property
    def id(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def logical_host(self) -> str: ...
    @property
    def deprecated(self) -> bool: ...
    @property
    def key_header(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def idempotent(self) -> bool: ...
    @property
    def largest_page(self) -> int | None: ...
    @property
    def rules(self) -> Sequence[Rule]: ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where one call goes.

    Attributes:
        operation: the row of the operation.
        region: canonical name of the region, or None where a base URL was given instead.
        base_url: scheme and host, without a path.
        studio_url: the Agent Studio that issues keys for the region, or None where the document tells none.
    """

    operation: Operation
    region: str | None
    base_url: str
    studio_url: str | None


class Hosts:
    """The servers table of one vendor."""

    def __init__(
        self, vendor: str, servers: Mapping[str, Sequence[Server]], operations: Mapping[str, Operation]
    ) -> None:
        self.vendor = vendor
        self._servers = servers
        self._operations = operations
        self._canonical = {
            name: server.region
            for row in servers.values()
            for server in row
            for name in (server.region, *server.aliases)
        }

    @property
    def regions(self) -> tuple[str, ...]:
        """Canonical names of all regions, in the document's order."""
        return tuple(dict.fromkeys(self._canonical.values()))

    @property
    def logical_hosts(self) -> tuple[str, ...]:
        """Names of the logical hosts."""
        return tuple(self._servers)

    def studio_region(self, host: str) -> str | None:
        """The region whose Agent Studio is at `host`, or None where the document names none there."""
        for server in (server for row in self._servers.values() for server in row):
            if server.studio_url and urlsplit(server.studio_url).hostname == host.lower():
                return server.region
        return None

    def region(self, name: str) -> str:
        """The canonical name of the region that users call `name`: `us` for `us-1`, for instance.

        Raises:
            ConfigError: no document knows it.
        """
        canonical = self._canonical.get(name.strip().lower())
        if canonical is None:
            aliases = [alias for alias, region in self._canonical.items() if alias != region]
            also = f" (also {', '.join(aliases)})" if aliases else ""
            raise ConfigError(
                f"region: {name!r} is not a region of {self.vendor}; use one of {', '.join(self.regions)}{also}",
                argument="region",
            )
        return canonical

    @property
    def operations(self) -> tuple[str, ...]:
        """Ids of all operations, in the document's order."""
        return tuple(self._operations)

    def operation(self, operation_id: str) -> Operation:
        """The row of an operation."""
        return self._operations[operation_id]

    def route(self, operation_id: str, region: str) -> Route:
        """Where `operation_id` is served in the region with the canonical name `region`.

        Raises:
            ConfigError: the region does not serve the operation.
        """
        operation = self._operations[operation_id]
        servers = self._servers[operation.logical_host]
        for server in servers:
            if server.region == region:
                return Route(operation, region, server.url, server.studio_url)
        raise ConfigError(
            f"region: {region!r} does not serve {operation_id} ({operation.method} {operation.path}); "
            f"its regions are {', '.join(server.region for server in servers)}",
            argument="region",
        )


POLYAI = Hosts("PolyAI", polyai_servers.SERVERS, polyai_servers.OPERATIONS)
ASSEMBLYAI = Hosts("AssemblyAI", assemblyai_servers.SERVERS, assemblyai_servers.OPERATIONS)


def base_url(url: str) -> str:
    """`url`, fit to stand before the path of every operation: a gateway of one's own, for instance.

    Raises:
        ConfigError: it is no HTTPS URL, or has a query; keys go there.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    plain = parts.scheme == "http" and host is not None and _is_loopback(host)
    if (
        not host
        or not (parts.scheme == "https" or plain)
        or parts.query
        or parts.fragment
        or parts.username is not None
    ):
        # The URL itself is not shown: what makes it wrong may be a password in it.
        raise ConfigError(
            "base_url must read https://host or https://host/path, without a user, a query or a fragment",
            argument="base_url",
        )
    return url.strip().rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Loopback:
    """A loopback address that requests are sent to instead of their true host: `connect_to`."""

    host: str
    port: int


def loopback(connect_to: str) -> Loopback:
    """The address that `connect_to` names: `http://127.0.0.1:8765`, or `127.0.0.1:8765`.

    Raises:
        ConfigError: it is no loopback address, or more than an address.
    """

    def refuse(why: str) -> ConfigError:
        return ConfigError(
            f"connect_to: {shown}{why}; give a loopback address such as http://127.0.0.1:8765",
            argument="connect_to",
        )

    text = connect_to.strip()
    # What stands before an @ may be a password.
    shown = "it " if "@" in text else f"{connect_to!r} "
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise refuse("is no address") from None
    if parts.scheme != "http":
        raise refuse("is not plain HTTP")
    if not host or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise refuse("is more or less than a host and a port")
    if not _is_loopback(host):
        raise refuse("is not a loopback address, and keys would go there unencrypted")
    return Loopback("127.0.0.1" if host == "localhost" else host, 80 if port is None else port)


@dataclass(frozen=True, slots=True)
class StudioPlace:
    """What an address of Agent Studio tells: the region where the host does, the account and the agent."""

    region: str | None
    account_id: str
    agent_id: str


def studio_place(url: str, region: str | None = None) -> StudioPlace:
    """The region, account and agent that `url`, an address as the browser shows it in Agent Studio, stands for.

    Args:
        url: the address.
        region: the region where the address does not tell it.

    Raises:
        ConfigError: it has no account and agent in its path, or tells another region than `region`.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if parts.scheme not in {"http", "https"} or not host or len(segments) < 2:
        raise ConfigError(
            "url: it is no address of Agent Studio; that reads https://<studio>/<account id>/<project id>/…",
            argument="url",
        )
    told = POLYAI.studio_region(host)
    if told and region and POLYAI.region(region) != told:
        raise ConfigError(f"region: the address is of {told!r}, not of {region!r}", argument="region")
    return StudioPlace(told or region, segments[0], segments[1])
