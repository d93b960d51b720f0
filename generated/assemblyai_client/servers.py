# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""Which operation is served where: read from the servers of the patched document, and the only module that spells hosts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .errors import InvalidArgument


class Server(NamedTuple):
    """One host of a logical host.

    `studio_url` is where its keys come from, `studio_conversation` the template of a conversation's path there; both are None
    where the document does not say.
    """

    url: str
    region: str
    aliases: tuple[str, ...]
    studio_url: str | None
    studio_conversation: str | None


class Rule(NamedTuple):
    """Which parameters must stand beside a `parameter`, by name or as `name=value`, and which must not."""

    parameter: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


class Operation(NamedTuple):
    """Where an operation is served and how it is called.

    `path` is a template, `logical_host` a name in `SERVERS`, `key_header` the header of the API key, `key_prefix` what
    stands before the key there, `correlation_header` the header of a response with the server's id of the exchange, where there is
    one, `media_type` that of the documented success, `idempotent` whether calling it twice does no more than calling it once, `largest_page` the maximum of
    its `limit` where the document sets one.
    """

    id: str
    method: str
    path: str
    logical_host: str
    deprecated: bool
    key_header: str
    key_prefix: str
    correlation_header: str | None
    media_type: str
    idempotent: bool
    largest_page: int | None
    rules: tuple[Rule, ...]


SERVERS: Mapping[str, tuple[Server, ...]] = MappingProxyType(
    {
        "assemblyai": (
            Server("https://api.assemblyai.com", "us", (), None, None),
            Server("https://api.eu.assemblyai.com", "eu", (), None, None),
        ),
    }
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "getRedactedAudio": Operation(
            "getRedactedAudio",
            "GET",
            "/v2/transcript/{transcript_id}/redacted-audio",
            "assemblyai",
            False,
            "Authorization",
            "",
            None,
            "application/json",
            True,
            None,
            (),
        ),
    }
)

REQUESTS_PER_MINUTE: float | None = None
"""How many requests a minute the vendor allows a key, or None where the document does not say."""

OPERATION_MODULES: Mapping[str, Operation] = MappingProxyType(
    {
        "get_redacted_audio": OPERATIONS["getRedactedAudio"],
    }
)
"""The operations by the names of their modules."""


def canonical_region(name: str) -> str:
    """The name of the region `name`, which may be an alias; InvalidArgument when there is no such region."""
    names = {
        each: server.region for row in SERVERS.values() for server in row for each in (server.region, *server.aliases)
    }
    region = names.get(name.strip().lower()) if isinstance(name, str) else None
    if region is None:
        also = ", ".join(alias for alias, canonical in names.items() if alias != canonical)
        also = f" (also {also})" if also else ""
        raise InvalidArgument(
            f"region: {name!r} is not a region of AssemblyAI; use one of {', '.join(dict.fromkeys(names.values()))}{also}"
        )
    return region


def server_for(operation: Operation, region: str) -> Server:
    """The server of an operation in the region of this name; InvalidArgument when the region does not serve it."""
    servers = SERVERS[operation.logical_host]
    for server in servers:
        if server.region == region:
            return server
    raise InvalidArgument(
        f"region: {region!r} does not serve {operation.id} ({operation.method} {operation.path}); "
        f"its regions are {', '.join(server.region for server in servers)}"
    )
