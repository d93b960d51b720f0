# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""Which operation is served where: read from the servers of the patched document, and the only module that spells hosts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Server(NamedTuple):
    """One host of a logical host. `studio_url` is where its keys come from, or None where the document does not say."""

    url: str
    region: str
    aliases: tuple[str, ...]
    studio_url: str | None


class Rule(NamedTuple):
    """Which parameters must stand beside a `parameter`, by name or as `name=value`, and which must not."""

    parameter: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


class Operation(NamedTuple):
    """Where an operation is served and how it is called.

    `path` is a template, `logical_host` a name in `SERVERS`, `key_header` the header of the API key, `media_type` that of the
    documented success, `idempotent` whether calling it twice does no more than calling it once, `largest_page` the maximum of
    its `limit` where the document sets one.
    """

    id: str
    method: str
    path: str
    logical_host: str
    deprecated: bool
    key_header: str
    media_type: str
    idempotent: bool
    largest_page: int | None
    rules: tuple[Rule, ...]


SERVERS: Mapping[str, tuple[Server, ...]] = MappingProxyType(
    {
        "assemblyai": (
            Server("https://api.assemblyai.com", "us", (), None),
            Server("https://api.eu.assemblyai.com", "eu", (), None),
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
            "application/json",
            True,
            None,
            (),
        ),
    }
)
