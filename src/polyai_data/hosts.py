"""The hosts of each vendor, as the generated packages know them, and the addresses that people write. No I/O.

The generated packages decide which host serves an operation and how its key is sent; no other module here knows either.
"""

from __future__ import annotations

import importlib
import ipaddress
import socket
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import SplitResult, quote, unquote, urlsplit

from assemblyai_client import servers as assemblyai_servers
from polyai_data.errors import ConfigError
from polyai_data_client import servers as polyai_servers

Operation: TypeAlias = polyai_servers.Operation | assemblyai_servers.Operation


class Route(NamedTuple):
    """Where one call goes.

    Attributes:
        operation: the operation's row in the servers table.
        region: canonical name of the region, or None with a `base_url` of the user's.
        base_url: what stands before the operation's path.
        studio_url: the Agent Studio that issues the region's keys, or None where the document names none.
    """

    operation: Operation
    region: str | None
    base_url: str
    studio_url: str | None


class Hosts:
    """What the generated package of one vendor knows: `servers` is its module of that name."""

    def __init__(self, servers: ModuleType) -> None:
        self._servers: Any = servers

    @property
    def _client(self) -> Any:
        # Imported on first use, as it takes long.
        return importlib.import_module(".client", self._servers.__package__)

    @property
    def regions(self) -> tuple[str, ...]:
        """Canonical names of all regions, in the document's order."""
        return tuple(dict.fromkeys(server.region for row in self._servers.SERVERS.values() for server in row))

    @property
    def logical_hosts(self) -> tuple[str, ...]:
        """Names of the logical hosts."""
        return tuple(self._servers.SERVERS)

    @property
    def operations(self) -> tuple[str, ...]:
        """Ids of all operations, in the document's order."""
        return tuple(self._servers.OPERATIONS)

    @property
    def requests_per_minute(self) -> float | None:
        """How many requests a minute the vendor allows a key, or None where the document does not say."""
        limit: float | None = self._servers.REQUESTS_PER_MINUTE
        return limit

    def operation(self, operation_id: str) -> Operation:
        """The operation's row in the servers table."""
        operation: Operation = self._servers.OPERATIONS[operation_id]
        return operation

    def studio_region(self, host: str) -> str | None:
        """The region whose Agent Studio is at `host`, or None."""
        for server in (server for row in self._servers.SERVERS.values() for server in row):
            if server.studio_url and urlsplit(server.studio_url).hostname == host.lower():
                return str(server.region)
        return None

    def conversation_url(self, region: str | None, account: str, agent: str, conversation: str) -> str | None:
        """Where Agent Studio shows a conversation, by the ids of its account and agent; None where it is not known."""
        for server in (server for row in self._servers.SERVERS.values() for server in row):
            if server.region == region and server.studio_url and server.studio_conversation:
                ids = [quote(each, safe="") for each in (account, agent, conversation)]
                names = dict(zip(("account_id", "project_id", "conversation_id"), ids, strict=True))
                return f"{server.studio_url}{server.studio_conversation.format(**names)}"
        return None

    def region(self, name: str) -> str:
        """The canonical name of the region `name`, which may be an alias: `us` for `us-1`.

        Raises:
            ConfigError: the vendor has no such region.
        """
        return str(_checked("region", self._servers.canonical_region, name))

    def base_url(self, url: str) -> str:
        """`url`, such as a gateway's, checked and ready to be put before the path of every operation.

        Raises:
            ConfigError: it is no HTTPS URL, or has a user, a query or a fragment. Keys are sent there.
        """
        return str(_checked("base_url", self._client.checked_base_url, url))

    def route(self, operation_id: str, region: str) -> Route:
        """The route of the operation in the region with the canonical name `region`.

        Raises:
            ConfigError: the region does not serve the operation.
        """
        operation = self.operation(operation_id)
        server = _checked("region", self._servers.server_for, operation, region)
        return Route(operation, region, server.url, server.studio_url)

    def client(self, base_url: str, key: str, headers: Mapping[str, str]) -> Any:
        """The generated client that sends `key` and the user's `headers`; its repr has neither."""
        return self._client.AuthenticatedClient(base_url, key, headers=dict(headers))


def _checked(argument: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of a generated package returns, or its error as ours, which does not hold its variables."""
    try:
        return call(*arguments)
    except ValueError as error:
        problem = str(error)
    raise ConfigError(problem, argument=argument)


POLYAI = Hosts(polyai_servers)
ASSEMBLYAI = Hosts(assemblyai_servers)


def _split(url: str) -> SplitResult:
    """The parts of `url`; none where it is malformed."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a connection to `host` would go to; None where `host` is a name."""
    host = host.removesuffix(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            # The system also takes 127.1, 0x7f000001 and 2130706433.
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    address = _address(host)
    return address is not None and address.is_loopback


def link_refusal(scheme: str, host: str, api: str) -> str | None:
    """Why a link that a server sent must not be followed, or None where it may be.

    Args:
        scheme, host: the link's.
        api: the host of the API itself, in whose network the link may lead to private addresses.
    """
    address, near = _address(host), _address(api)
    if scheme != "https" and not (scheme == "http" and is_loopback(host) and is_loopback(api)):
        return f"is not https but {scheme}"
    if address is not None and not address.is_global and (near is None or near.is_global):
        return "leads to a private address"
    return None


class Loopback(NamedTuple):
    """A loopback address that all requests are sent to: `connect_to`."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """As the base of a URL."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def loopback(connect_to: str) -> Loopback:
    """`connect_to` as an address: `http://127.0.0.1:8765` or `127.0.0.1:8765`.

    Raises:
        ConfigError: it is no loopback address, or has a path, a user or a query.
    """

    def refuse(why: str) -> ConfigError:
        return ConfigError(
            f"connect_to: {shown}{why}; give a loopback address such as http://127.0.0.1:8765",
            argument="connect_to",
        )

    text = connect_to.strip()
    # The part before an @ may be a password.
    shown = "it " if "@" in text else f"{connect_to!r} "
    parts = _split(text if "://" in text else f"http://{text}")
    host, port = parts.hostname, parts.port
    if not host or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise refuse("must be a host and a port, nothing else")
    if parts.scheme != "http":
        raise refuse("is not plain HTTP")
    if not is_loopback(host):
        raise refuse("is not a loopback address, and keys would go there unencrypted")
    return Loopback("127.0.0.1" if host == "localhost" else host, 80 if port is None else port)


class StudioURL(NamedTuple):
    """The parts of an Agent Studio URL: the region, where the host is a known studio's, the account and the agent."""

    region: str | None
    account_id: str
    agent_id: str


def studio_url(url: str, region: str | None = None) -> StudioURL:
    """The region, account and agent of `url`, as the browser shows it in Agent Studio.

    Args:
        url: the URL.
        region: the region, where the URL does not show it.

    Raises:
        ConfigError: its path has no account and agent, or its region is not `region`.
    """
    text = url.strip()
    parts = _split(text if "://" in text else f"https://{text}")
    host = parts.hostname
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if parts.scheme not in {"http", "https"} or not host or len(segments) < 2:
        raise ConfigError(
            "url is not an Agent Studio URL, which reads https://<studio>/<account id>/<project id>/…",
            argument="url",
        )
    known = POLYAI.studio_region(host)
    if known and region and POLYAI.region(region) != known:
        raise ConfigError(f"region: the URL is of region {known!r}, not {region!r}", argument="region")
    return StudioURL(known or region, segments[0], segments[1])
