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
        "platform": (
            Server(
                "https://api.us-1.platform.polyai.app",
                "us",
                ("us-1",),
                "https://studio.us.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
            Server(
                "https://api.euw-1.platform.polyai.app",
                "eu",
                ("euw", "euw-1"),
                "https://studio.eu.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
            Server(
                "https://api.uk-1.platform.polyai.app",
                "uk",
                ("uk-1",),
                "https://studio.uk.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
        ),
        "agents": (
            Server(
                "https://api.us.poly.ai",
                "us",
                ("us-1",),
                "https://studio.us.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
            Server(
                "https://api.eu.poly.ai",
                "eu",
                ("euw", "euw-1"),
                "https://studio.eu.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
            Server(
                "https://api.uk.poly.ai",
                "uk",
                ("uk-1",),
                "https://studio.uk.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
            Server(
                "https://api.studio.poly.ai",
                "studio",
                (),
                "https://studio.poly.ai",
                "/{account_id}/{project_id}/conversations/{conversation_id}",
            ),
        ),
    }
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "getConversationRecordingV3": Operation(
            "getConversationRecordingV3",
            "GET",
            "/v3/{account_id}/{project_id}/conversations/{conversation_id}/audio",
            "platform",
            True,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "audio/wav",
            True,
            None,
            (),
        ),
        "getConversation": Operation(
            "getConversation",
            "GET",
            "/v1/agents/{agentId}/conversations/{conversationId}",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            True,
            None,
            (),
        ),
        "getConversationRecording": Operation(
            "getConversationRecording",
            "GET",
            "/v1/agents/{agentId}/conversations/{conversationId}/audio",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "audio/wav",
            True,
            None,
            (),
        ),
        "listConversations": Operation(
            "listConversations",
            "GET",
            "/v1/agents/{agentId}/conversations",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            True,
            None,
            (),
        ),
        "searchConversations": Operation(
            "searchConversations",
            "GET",
            "/v3/{account_id}/{project_id}/conversations",
            "platform",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            True,
            1000,
            (
                Rule(parameter="variant_id", needs=(), excludes=("variant_name",)),
                Rule(parameter="query_type", needs=(), excludes=("sample",)),
                Rule(parameter="query_type", needs=("query",), excludes=()),
                Rule(parameter="query", needs=("query_type",), excludes=()),
                Rule(parameter="query_type", needs=("start_time", "end_time"), excludes=()),
                Rule(parameter="sample", needs=("start_time", "end_time"), excludes=()),
                Rule(parameter="turn_type", needs=("query_type=transcript",), excludes=()),
            ),
        ),
        "addAnnotations": Operation(
            "addAnnotations",
            "POST",
            "/v1/agents/{agentId}/conversations/{conversationId}/annotation",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            False,
            None,
            (),
        ),
        "upsertNote": Operation(
            "upsertNote",
            "POST",
            "/v1/agents/{agentId}/conversations/{conversationId}/note",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            False,
            None,
            (),
        ),
        "createDebugChat": Operation(
            "createDebugChat",
            "POST",
            "/v1/agents/{agentId}/debug-chat",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            False,
            None,
            (),
        ),
        "sendDebugChatMessage": Operation(
            "sendDebugChatMessage",
            "POST",
            "/v1/agents/{agentId}/debug-chat/{conversationId}",
            "agents",
            False,
            "x-api-key",
            "",
            "X-PolyAI-Correlation-Id",
            "application/json",
            False,
            None,
            (),
        ),
    }
)

REQUESTS_PER_MINUTE: float | None = 100.0
"""How many requests a minute the vendor allows a key, or None where the document does not say."""

OPERATION_MODULES: Mapping[str, Operation] = MappingProxyType(
    {
        "get_conversation_recording_v3": OPERATIONS["getConversationRecordingV3"],
        "get_conversation": OPERATIONS["getConversation"],
        "get_conversation_recording": OPERATIONS["getConversationRecording"],
        "list_conversations": OPERATIONS["listConversations"],
        "search_conversations": OPERATIONS["searchConversations"],
        "add_annotations": OPERATIONS["addAnnotations"],
        "upsert_note": OPERATIONS["upsertNote"],
        "create_debug_chat": OPERATIONS["createDebugChat"],
        "send_debug_chat_message": OPERATIONS["sendDebugChatMessage"],
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
            f"region: {name!r} is not a region of PolyAI; use one of {', '.join(dict.fromkeys(names.values()))}{also}"
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
