"""Clients of both flavours that are connected to the emulator, and a call of every operation by its id."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Literal, cast

import pytest

from polyai_data import AssemblyAI, PolyAI
from polyai_data.emulator import Emulator, RequestRecord
from tests.facade.blocking import Blocking
from tests.support.document import operations

Flavour = Literal["sync", "async"]
STUDIOS = {region: str(server["x-studio-url"]) for region, server in operations()["getConversation"].servers.items()}
one_flavour = pytest.mark.parametrize("connect", ["sync"], indirect=True)
"""For tests of code in which the flavours cannot differ, since it neither sends nor waits."""


class Connect:
    """Makes clients of one flavour that are connected to the emulator, and closes them at the end.

    Asynchronous clients are wrapped, so that they are used like synchronous ones.
    """

    def __init__(self, emulator: Emulator, flavour: Flavour, runner: asyncio.Runner, stack: ExitStack) -> None:
        self.emulator = emulator
        self.flavour = flavour
        self._runner = runner
        self._stack = stack

    def polyai(self, **overrides: Any) -> PolyAI:
        """A PolyAI client; by default it is set up for the first agent of `us`, and does not retry."""
        overrides = {"max_retries": 0, **overrides}
        if self.flavour == "sync":
            return self._stack.enter_context(self.emulator.client(**overrides))
        return cast("PolyAI", self._wrapped(self.emulator.async_client(**overrides)))

    def assemblyai(self, **overrides: Any) -> AssemblyAI:
        """An AssemblyAI client; by default it is of `us`, and does not retry."""
        overrides = {"max_retries": 0, **overrides}
        if self.flavour == "sync":
            return self._stack.enter_context(self.emulator.assemblyai(**overrides))
        return cast("AssemblyAI", self._wrapped(self.emulator.async_assemblyai(**overrides)))

    def of(self, operation_id: str, **overrides: Any) -> Any:
        """A client of the vendor that serves the operation."""
        return (self.assemblyai if operation_id == "getRedactedAudio" else self.polyai)(**overrides)

    def http_client(self, library: Any, **options: Any) -> Any:
        """An HTTP client of this flavour from `library`, as a user makes one."""
        if self.flavour == "sync":
            return self._stack.enter_context(library.Client(**options))
        client = library.AsyncClient(**options)
        self._stack.callback(lambda: self._runner.run(client.aclose()))
        return client

    def _wrapped(self, client: Any) -> Blocking:
        wrapped = Blocking(client, self._runner)
        self._stack.callback(wrapped.close)
        return wrapped

    @property
    def last(self) -> RequestRecord:
        """The last request that the emulator received."""
        return self.emulator.requests[-1]

    @property
    def sent(self) -> list[str | None]:
        """The operations called so far."""
        return [record.operation_id for record in self.emulator.requests]


def unwrapped(client: Any) -> Any:
    """The client itself, without the wrapper that makes it synchronous."""
    return client.unwrapped if isinstance(client, Blocking) else client


def recorded(emulator: Emulator) -> str:
    """A conversation of the default agent that has a recording and more than one turn."""
    return next(each.id for each in emulator.conversations() if each.recorded and len(each.turns) > 1)


def transcript(emulator: Emulator, state: str) -> str:
    """A transcript of the region `us` that is `ready`, `pending` or `gone`."""
    return next(key for key, each in emulator.transcripts.items() if (each.region, each.state) == ("us", state))


def read(opened: Any) -> bytes:
    """The bytes of a recording."""
    with opened as recording:
        content: bytes = recording.read()
        return content


def _legacy(client: Any, item: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return read(client.conversations.recording(item, legacy=True))


CALLS: Mapping[str, Callable[[Any, str], Any]] = {
    "listConversations": lambda client, _: list(client.conversations.list()),
    "searchConversations": lambda client, _: list(client.conversations.search()),
    "getConversation": lambda client, item: client.conversations.get(item),
    "getConversationRecording": lambda client, item: read(client.conversations.recording(item)),
    "getConversationRecordingV3": _legacy,
    "addAnnotations": lambda client, item: client.conversations.annotate(
        item, turn_id=0, role="agent", annotation_type="wrong_info"
    ),
    "upsertNote": lambda client, item: client.conversations.set_note(item, "checked"),
    "createDebugChat": lambda client, _: client.debug_chat.start(client_env="sandbox"),
    "sendDebugChatMessage": lambda client, _: client.debug_chat.start(client_env="sandbox").send("I want a refund."),
    "getRedactedAudio": lambda client, item: client.redacted_audio.get(item),
}
"""A call of every operation with a client and the id of a conversation or a transcript; recordings are read."""

OPERATIONS = sorted(CALLS)


def perform(connect: Connect, operation_id: str, **overrides: Any) -> Any:
    """Call an operation of the emulator by a client with `overrides`."""
    client = connect.of(operation_id, **overrides)
    if operation_id == "getRedactedAudio":
        return CALLS[operation_id](client, transcript(connect.emulator, "ready"))
    return CALLS[operation_id](client, recorded(connect.emulator))
