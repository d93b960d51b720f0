"""How the tests over a socket reach the emulator, and a call of every operation by its id."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.resources import files
from typing import Any, Literal, cast

import yaml

import polyai_data
from polyai_data import AssemblyAI, DebugChat, PolyAI
from polyai_data.emulator import Emulator, RequestRecord
from tests.facade.blocking import Blocking

Flavour = Literal["sync", "async"]
AGENTS_HOSTS = {
    "us": "api.us.poly.ai",
    "eu": "api.eu.poly.ai",
    "uk": "api.uk.poly.ai",
    "studio": "api.studio.poly.ai",
}
PLATFORM_HOSTS = {
    "us": "api.us-1.platform.polyai.app",
    "eu": "api.euw-1.platform.polyai.app",
    "uk": "api.uk-1.platform.polyai.app",
}
ASSEMBLYAI_HOSTS = {"us": "api.assemblyai.com", "eu": "api.eu.assemblyai.com"}
ALIASES = {"us-1": "us", "euw": "eu", "euw-1": "eu", "uk-1": "uk"}
STUDIOS = {
    "us": "https://studio.us.poly.ai",
    "eu": "https://studio.eu.poly.ai",
    "uk": "https://studio.uk.poly.ai",
    "studio": "https://studio.poly.ai",
}


@functools.cache
def documented() -> dict[str, dict[str, Any]]:
    """The operations of both published documents by id, each with its `method`, `path` and `statuses` added."""
    found = {}
    for package in ("polyai_data_client", "assemblyai_client"):
        document = yaml.safe_load(files(package).joinpath("openapi.yaml").read_text(encoding="utf-8"))
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if "operationId" in operation:
                    statuses = sorted(int(status) for status in operation["responses"])
                    more = {"method": method.upper(), "path": path, "statuses": statuses}
                    found[operation["operationId"]] = {**operation, **more}
    return found


def hosts(operation_id: str) -> dict[str, str]:
    """The host of an operation in each of its regions."""
    by_logical_host = {"agents": AGENTS_HOSTS, "platform": PLATFORM_HOSTS, "assemblyai": ASSEMBLYAI_HOSTS}
    return by_logical_host[documented()[operation_id]["x-logical-host"]]


class Connect:
    """Makes clients of one flavour that are led to the emulator, and closes them in the end.

    The asynchronous ones are presented synchronously.
    """

    def __init__(self, emulator: Emulator, flavour: Flavour, runner: asyncio.Runner, stack: ExitStack) -> None:
        self.emulator = emulator
        self.flavour = flavour
        self._runner = runner
        self._stack = stack

    def polyai(self, **overrides: Any) -> PolyAI:
        """A PolyAI client, by default with all that it needs for the first agent of `us`, and without retries."""
        overrides = {"max_retries": 0, **overrides}
        if self.flavour == "sync":
            return self._stack.enter_context(self.emulator.client(**overrides))
        return cast("PolyAI", self._kept(self.emulator.async_client(**overrides)))

    def assemblyai(self, **overrides: Any) -> AssemblyAI:
        """An AssemblyAI client, by default of `us`, and without retries."""
        overrides = {"max_retries": 0, **overrides}
        if self.flavour == "sync":
            return self._stack.enter_context(self.emulator.assemblyai(**overrides))
        return cast("AssemblyAI", self._kept(self.emulator.async_assemblyai(**overrides)))

    def bare(self, kind: str, *arguments: Any, **options: Any) -> Any:
        """A client of the class `PolyAI` or `AssemblyAI` with nothing but what is passed."""
        if self.flavour == "sync":
            return self._stack.enter_context(getattr(polyai_data, kind)(*arguments, **options))
        return self._kept(getattr(polyai_data, f"Async{kind}")(*arguments, **options))

    def _kept(self, client: Any) -> Blocking:
        made = Blocking(client, self._runner)
        self._stack.callback(made.close)
        return made

    @property
    def last(self) -> RequestRecord:
        """The request that came in last."""
        return self.emulator.requests[-1]

    @property
    def sent(self) -> list[str | None]:
        """The operations that were called so far."""
        return [record.operation_id for record in self.emulator.requests]


def region_of(overrides: Mapping[str, Any]) -> str:
    """The canonical region that a client with these arguments calls."""
    region = str(overrides.get("region", "us"))
    return ALIASES.get(region, region)


def recorded(emulator: Emulator, region: str = "us") -> str:
    """A conversation of the region's first agent that has a recording and more than one turn."""
    agent = emulator.accounts[region].agents[0]
    return next(each.id for each in emulator.conversations(agent) if each.recorded and len(each.turns) > 1)


def transcript(emulator: Emulator, state: str, region: str = "us") -> str:
    """A transcript of the region that is `ready`, `pending` or `gone`."""
    return next(key for key, each in emulator.transcripts.items() if (each.region, each.state) == (region, state))


def started_chat(connect: Connect, overrides: Mapping[str, Any]) -> DebugChat:
    """A debug chat that was started without trouble, and that goes on through a client with `overrides`."""
    chat = connect.polyai(region=overrides.get("region", "us")).debug_chat.start(client_env="sandbox")
    client = connect.polyai(**overrides)
    if isinstance(chat, Blocking):
        chat.unwrapped._session = cast("Any", client).unwrapped._session
    else:
        chat._session = client._session
    return chat


def _recording(connect: Connect, overrides: Mapping[str, Any], **options: Any) -> bytes:
    client, conversation = connect.polyai(**overrides), recorded(connect.emulator, region_of(overrides))
    with client.conversations.recording(conversation, **options) as recording:
        return recording.read()


def _legacy(connect: Connect, overrides: Mapping[str, Any]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return _recording(connect, overrides, legacy=True)


def _annotate(connect: Connect, overrides: Mapping[str, Any]) -> None:
    client, conversation = connect.polyai(**overrides), recorded(connect.emulator, region_of(overrides))
    client.conversations.annotate(conversation, turn_id=0, role="agent", annotation_type="wrong_info")


def _set_note(connect: Connect, overrides: Mapping[str, Any]) -> None:
    client, conversation = connect.polyai(**overrides), recorded(connect.emulator, region_of(overrides))
    client.conversations.set_note(conversation, "checked")


def _get_redacted(connect: Connect, overrides: Mapping[str, Any]) -> Any:
    identifier = transcript(connect.emulator, "ready", region_of(overrides))
    return connect.assemblyai(**overrides).redacted_audio.get(identifier)


CALLS: Mapping[str, Callable[[Connect, Mapping[str, Any]], Any]] = {
    "listConversations": lambda connect, given: list(connect.polyai(**given).conversations.list()),
    "searchConversations": lambda connect, given: list(connect.polyai(**given).conversations.search()),
    "getConversation": lambda connect, given: connect.polyai(**given).conversations.get(
        recorded(connect.emulator, region_of(given))
    ),
    "getConversationRecording": _recording,
    "getConversationRecordingV3": _legacy,
    "addAnnotations": _annotate,
    "upsertNote": _set_note,
    "createDebugChat": lambda connect, given: connect.polyai(**given).debug_chat.start(client_env="sandbox"),
    "sendDebugChatMessage": lambda connect, given: started_chat(connect, given).send("I want my money back."),
    "getRedactedAudio": _get_redacted,
}
"""A call of every operation, by a client with the arguments that are handed in; recordings are read."""

OPERATIONS = sorted(CALLS)
POLYAI_OPERATIONS = [name for name in OPERATIONS if name != "getRedactedAudio"]
PLATFORM_OPERATIONS = ["getConversationRecordingV3", "searchConversations"]
RECORDINGS = ["getConversationRecording", "getConversationRecordingV3"]


def perform(connect: Connect, operation_id: str, **overrides: Any) -> Any:
    """Call an operation by a client with `overrides`."""
    return CALLS[operation_id](connect, overrides)
