"""Clients with their settings, a call of every operation, and documented responses to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

import polyai_data
from tests.facade.blocking import Blocking
from tests.facade.calls import CALLS, example_arguments
from tests.facade.scripted import audio, example_response, json_response
from tests.support.document import Operation, example, operations, regions
from tests.support.scripted_server import ScriptedServer

KEYS = {
    "api_key": "key-of-polyai-1f6a",
    "conversations_api_key": "key-of-conversations-7c2e",
    "assemblyai": "key-of-assemblyai-93bd",
}
IDS = {"agent_id": "PROJECT-1", "account_id": "ws-1"}
OpenCaller: TypeAlias = Callable[..., "Caller"]
"""Makes a `Caller` of a `Setting` and a flavour."""
GATEWAY = "https://gateway.example:8443/to/it"
LINK = "https://files.example/a%20b/audio.wav?Signature=x%2By/z=&Expires=1"
CURSOR = "next/=+ &?%é会"
CONVERSATION = CHAT = "CA-1"
IDENTITIES = {"getConversation": CONVERSATION, "sendDebugChatMessage": CHAT}
"""What a response must be about, which is what the examples are about."""


@pytest.fixture(scope="module")
def player() -> Iterator[ScriptedServer]:
    with ScriptedServer(b"") as server:
        yield server


@dataclass(frozen=True)
class Setting:
    """How a client is set up.

    Attributes:
        gateway: whether its requests go to a gateway.
        region: by any of its names.
        keys: which of PolyAI's keys there are.
        headers: the user's own.
        options: of the call.
    """

    vendor: str = "polyai"
    gateway: bool = False
    region: str = "us"
    keys: tuple[str, ...] = ("api_key", "conversations_api_key")
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def key(self, operation: Operation) -> str | None:
        """The key that the operation must be called with."""
        if self.vendor == "assemblyai":
            return KEYS["assemblyai"]
        order = ("conversations_api_key", "api_key") if operation.logical_host == "platform" else ("api_key",)
        return next((KEYS[name] for name in order if name in self.keys), None)

    def server(self, operation: Operation) -> tuple[str, str] | None:
        """The host and the base path that the operation must be called at; None where the region does not serve it."""
        region = regions(self.vendor)[self.region.lower()]
        if not self.gateway and region not in operation.servers:
            return None
        parts = urlsplit(GATEWAY if self.gateway else operation.servers[region]["url"])
        return parts.netloc, parts.path


@dataclass(frozen=True)
class Caller:
    """A client that is connected to a scripted server, its player; an asynchronous one is presented synchronously."""

    client: Any
    setting: Setting
    player: ScriptedServer
    folder: Path

    def __call__(self, operation_id: str, given: Mapping[str, Any], way: str | None = None) -> Any:
        """Call an operation, in its first way when none is given; listings and recordings are read to their end."""
        if way in {"wait", "save"}:
            path = {"path": self.folder / "audio.wav"} if way == "save" else {}
            return getattr(self.client.redacted_audio, way)(**given, **path)
        return CALLS[operation_id](self.client, **given)


@pytest.fixture
def open_caller(player: ScriptedServer, tmp_path: Path) -> Iterator[OpenCaller]:
    """Makes callers, which are closed after the test."""
    with asyncio.Runner() as runner, ExitStack() as stack:

        def opened(setting: Setting = Setting(), flavour: str = "sync") -> Caller:
            client = _client(setting, flavour, player.url, tmp_path)
            if flavour == "async":
                client = Blocking(client, runner)
            stack.callback(client.close)
            options = {"max_retries": 0, **setting.options}
            return Caller(client.with_options(**options), setting, player, tmp_path)

        yield opened


def _client(setting: Setting, flavour: str, url: str, folder: Path) -> Any:
    ours = setting.vendor == "polyai"
    keys = {name: KEYS[name] for name in setting.keys} if ours else {"api_key": KEYS["assemblyai"]}
    values: dict[str, Any] = {**keys, **(IDS if ours else {}), "region": setting.region}
    # The other vendor's key is always there, and must not be sent.
    other = {"ASSEMBLYAI_API_KEY": KEYS["assemblyai"]} if ours else {"POLYAI_API_KEY": KEYS["api_key"]}
    environment = {**other, "POLYAI_CONFIG": str(folder / "none.toml")}
    name = "PolyAI" if ours else "AssemblyAI"
    make: Any = getattr(polyai_data, f"Async{name}" if flavour == "async" else name)
    if setting.gateway:
        values |= {"region": None, "base_url": GATEWAY}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POLYAI_", "ASSEMBLYAI_"))}
    with patch.dict(os.environ, kept | environment, clear=True):
        return make(**values, headers=setting.headers, connect_to=url)


# Calls.


def example_call(operation_id: str) -> dict[str, Any]:
    """The arguments of a call with the document's example body, and with query parameters."""
    operation = operations()[operation_id]
    if operation_id == "searchConversations":
        return {"channel": ["a,b", "c d"], "in_progress": False, "end_time": "2026-06-08T00:00:00+02:00"}
    query = operation.parameters("query").items()
    return example_arguments(operation_id, CONVERSATION) | {
        name: example(operation, schema, number=1) for name, schema in query
    }


def ways(operation_id: str) -> tuple[str, ...]:
    """The ways to call an operation; one where none is named."""
    return ("get", "wait", "save") if operation_id == "getRedactedAudio" else ("call",)


# Responses.


def before(operation_id: str) -> list[bytes]:
    """The responses to what a call sends before its own operation."""
    return [example_response("createDebugChat", conversationId=CHAT)] if operation_id == "sendDebugChatMessage" else []


def after(operation_id: str) -> list[bytes]:
    """The responses to what a call sends after its own operation: the last page, or the file behind a link."""
    if operation_id in {"listConversations", "searchConversations"}:
        return [json_response({"conversations": [], "count": 0, "limit": 50, "offset": 0})]
    return [audio()] if operation_id == "getRedactedAudio" else []
