"""Clients of both flavours that are connected to the emulator, and a call of every operation by its id."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Literal, cast

import pytest

from polyai_data import AssemblyAI, PolyAI
from polyai_data.emulator import Emulator, RequestRecord
from polyai_data.models import Annotation
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


def argument(name: str) -> str:
    """The facade's name of a parameter or of a property of a request body."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return {"project_id": "agent_id"}.get(snake, snake)


def arguments_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request body as arguments of a call."""
    given = {argument(name): part for name, part in body.items()}
    if "annotations" in given:
        given["annotations"] = [Annotation(**arguments_of(each)) for each in given["annotations"]]
    return given


def example_arguments(operation_id: str, item: str) -> dict[str, Any]:
    """The arguments of a call for a conversation or a transcript: its id, and the document's example body."""
    operation = operations()[operation_id]
    ids = {argument(name) for name in operation.parameters("path")} - {"agent_id", "account_id"}
    if operation_id == "sendDebugChatMessage":  # the server names the chat
        ids.clear()
    return dict.fromkeys(ids, item) | arguments_of(operation.body or {})


def _recording(client: Any, **given: Any) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return read(client.conversations.recording(**given))


def _send(client: Any, **given: Any) -> Any:
    start = {name: given.pop(name) for name in ("client_env", "agent_id") if name in given}
    return client.debug_chat.start(**start or {"client_env": "sandbox"}).send(**given)


CALLS: Mapping[str, Callable[..., Any]] = {
    "listConversations": lambda client, **given: list(client.conversations.list(**given)),
    "searchConversations": lambda client, **given: list(client.conversations.search(**given)),
    "getConversation": lambda client, **given: client.conversations.get(**given),
    "getConversationRecording": _recording,
    "getConversationRecordingV3": functools.partial(_recording, legacy=True),
    "addAnnotations": lambda client, **given: client.conversations.annotate(**given),
    "upsertNote": lambda client, **given: client.conversations.set_note(**given),
    "createDebugChat": lambda client, **given: client.debug_chat.start(**given),
    "sendDebugChatMessage": _send,
    "getRedactedAudio": lambda client, **given: client.redacted_audio.get(**given),
}
"""Each operation as a function of a client and its arguments; listings and recordings are read to their end."""

OPERATIONS = sorted(CALLS)


def do(client: Any, operation_id: str, item: str) -> Any:
    """Call an operation for a conversation or a transcript."""
    return CALLS[operation_id](client, **example_arguments(operation_id, item))


def perform(connect: Connect, operation_id: str, **overrides: Any) -> Any:
    """Call an operation of the emulator by a client with `overrides`."""
    own = transcript(connect.emulator, "ready") if operation_id == "getRedactedAudio" else recorded(connect.emulator)
    return do(connect.of(operation_id, **overrides), operation_id, own)
