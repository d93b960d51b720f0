"""Clients in every setting: where their keys, regions and ids come from, and what that makes of a call."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import strategies as st

import polyai_data
from polyai_data import config, profiles
from polyai_data.models import Annotation
from tests.facade.blocking import Blocking
from tests.facade.document_calls import OPTIONAL, TAKES, Call, Given, plain_ids
from tests.facade.document_reader import JSON, Operation, operations, regions, studio
from tests.facade.document_rules import CHAT, CURSOR, Sent, id_may_be_sent, may_be_sent
from tests.facade.document_wire import Expected, Recorder, served
from tests.facade.scripted import wav

KEYS = {
    "api_key": "key-of-polyai-1f6a",
    "conversations_api_key": "key-of-conversations-7c2e",
    "assemblyai": "key-of-assemblyai-93bd",
}
SECRETS = frozenset(KEYS.values())
NICKNAME = "support"
LINK = "https://files.example/a%20b/audio.wav?Signature=x%2By/z=&Expires=1"
OWN_HEADERS = {"X-Trace": "1, 2", "User-Agent": "mine/1", "Accept": "text/html", "Host": "elsewhere.example"}


@dataclass(frozen=True)
class Setting:
    """How a client of a vendor is set up.

    Attributes:
        source: where its keys and its place come from: arguments, environment, profile, or address.
        region: as the user writes it; None where the vendor has a usual one, or with a gateway.
        keys: which of the vendor's keys there are.
        agent_id, account_id: the client's own.
        headers: the user's own.
        options: for the call.
        gateway: a base URL.
    """

    vendor: str
    source: str
    region: str | None
    keys: tuple[str, ...]
    agent_id: str | None
    account_id: str | None
    headers: Mapping[str, str]
    options: Given
    gateway: str | None

    @property
    def canonical(self) -> str:
        return regions(self.vendor)[(self.region or "us").strip().lower()]

    def key(self, operation: Operation) -> str | None:
        """The key that opens the hosts of an operation."""
        if self.vendor == "assemblyai":
            return KEYS["assemblyai"]
        order = ("conversations_api_key", "api_key") if operation.logical_host == "platform" else ("api_key",)
        return next((KEYS[name] for name in order if name in self.keys), None)

    def place(self, operation: Operation) -> tuple[str, str] | None:
        """The host of an operation and what stands before its path, or None where it is not served."""
        if self.gateway:
            return urlsplit(self.gateway).netloc, urlsplit(self.gateway).path
        return served(operation, self.canonical) if operation.host(self.canonical) else None

    def id(self, call: Call, name: str) -> str | None:
        """An id of a call: the one that it names, or the client's own."""
        given: str | None = call.given.get(name)
        if name not in OPTIONAL:
            return given
        named = {"agent_id": self.agent_id, "account_id": self.account_id}[name] if given is None else given
        return self.agent_id if self.source == "profile" and named == NICKNAME and name == "agent_id" else named


def simple(vendor: str = "polyai", **changes: Any) -> Setting:
    """A setting with all that a call needs, but for what `changes` says."""
    given: dict[str, Any] = {
        "source": "arguments",
        "region": "us",
        "keys": ("api_key",),
        "agent_id": "PROJECT-1",
        "account_id": "ws-1",
        "headers": {},
        "options": {"max_retries": 0},
        "gateway": None,
    }
    return Setting(vendor, **{**given, **changes})


def _regions(vendor: str) -> st.SearchStrategy[str]:
    names = st.sampled_from(sorted(regions(vendor)))
    return st.one_of(names, names, names.map(str.upper), names.map(" {} ".format))


@st.composite
def settings_of(draw: st.DrawFn, vendor: str) -> Setting:
    """Settings of a client, in all combinations."""
    source = draw(st.sampled_from(["arguments", "environment", "profile", "address"]))
    gateway = draw(st.sampled_from([None, None, "https://gateway.example", "https://gateway.example:8443/to/it"]))
    ids = draw(st.sampled_from([plain_ids, plain_ids, plain_ids, st.none()]))
    agent, account = draw(ids), draw(ids)
    if source == "address" and (agent is None or account is None):
        source = "arguments"
    usual = vendor == "assemblyai" and draw(st.booleans())
    return Setting(
        vendor,
        source,
        None if usual else draw(_regions(vendor)),
        draw(st.sampled_from([("api_key",), *[("api_key", "conversations_api_key")] * 3, ("conversations_api_key",)])),
        agent,
        account,
        dict(draw(st.sets(st.sampled_from(sorted(OWN_HEADERS.items()))))),
        draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "timeout": st.just(30.0),
                    "max_retries": st.integers(0, 3),
                    "deadline": st.just(60.0),
                    "strict": st.booleans(),
                },
            )
        ),
        gateway if source == "arguments" else None,
    )


def verdict(setting: Setting, call: Call) -> bool | None:
    """Whether a call must be sent; None where it may be, if what is sent is right."""
    names = {call.operation_id} | ({"createDebugChat"} if call.operation_id == "sendDebugChatMessage" else set())
    found = [may_be_sent(call)]
    for each in (operations()[name] for name in names):
        found += [setting.place(each) is not None, setting.key(each) is not None]
    for name in TAKES[call.operation_id]:
        value = setting.id(call, name)
        if value is not None or not (call.operation_id == "createDebugChat" and name == "conversation_id"):
            found.append(id_may_be_sent(value))
    return False if False in found else None if None in found else True


def expected(setting: Setting, call: Call, sent: Sent) -> Expected:
    """What a request of a call must be."""
    operation = operations()[sent.operation_id]
    place, key = setting.place(operation), setting.key(operation)
    assert place is not None
    assert key is not None
    ids = {name: setting.id(call, name) for name in ("agent_id", "account_id", "conversation_id", "transcript_id")}
    ids |= sent.more
    named = {
        parameter["name"]: str(ids[_ROLES[parameter["name"]]])
        for parameter in operation.parameters
        if parameter["in"] == "path"
    }
    kept = {name.lower(): value for name, value in setting.headers.items() if name not in {"Accept", "Host"}}
    return Expected(operation, place, key, SECRETS, named, sent.query, sent.body, kept)


_ROLES = {
    "agentId": "agent_id",
    "project_id": "agent_id",
    "account_id": "account_id",
    "conversationId": "conversation_id",
    "conversation_id": "conversation_id",
    "transcript_id": "transcript_id",
}


class World:
    """A recorder, and clients of one flavour that are led to it; asynchronous ones are presented synchronously."""

    def __init__(self, recorder: Recorder, flavour: str, runner: asyncio.Runner, folder: Path) -> None:
        self.recorder = recorder
        self.flavour = flavour
        self.folder = folder
        self._runner = runner

    @contextmanager
    def client(self, setting: Setting) -> Iterator[Any]:
        """A client in a setting, with the options of the call."""
        with patch.dict(os.environ, self._environment(setting), clear=True):
            kind = {"polyai": "PolyAI", "assemblyai": "AssemblyAI"}[setting.vendor]
            made = getattr(polyai_data, f"Async{kind}" if self.flavour == "async" else kind)
            options: dict[str, Any] = {"headers": setting.headers, "connect_to": self.recorder.url}
            if setting.source == "address" and setting.vendor == "polyai":
                path = "/".join(quote(str(each), safe="") for each in (setting.account_id, setting.agent_id))
                address = f"{studio(setting.canonical)}/{path}/home?tab=1"
                client = made.from_url(address, **self._keys(setting), **options)
            elif setting.source in {"arguments", "address"}:
                place = {"base_url": setting.gateway} if setting.gateway else {"region": setting.region}
                if setting.vendor == "polyai":
                    place |= {"agent_id": setting.agent_id, "account_id": setting.account_id}
                client = made(**self._keys(setting), **place, **options)
            else:
                client = made(**options)
            if self.flavour == "async":
                client = Blocking(client, self._runner)
            try:
                yield client.with_options(**setting.options)
            finally:
                client.close()

    def _keys(self, setting: Setting) -> dict[str, str]:
        return (
            {"api_key": KEYS["assemblyai"]}
            if setting.vendor == "assemblyai"
            else {name: KEYS[name] for name in setting.keys}
        )

    def _environment(self, setting: Setting) -> dict[str, str]:
        """An environment that holds the other vendor's key in any case, and the setting where it comes from there."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("POLYAI_", "ASSEMBLYAI_"))}
        ours, other = {"polyai": ("POLYAI", "ASSEMBLYAI"), "assemblyai": ("ASSEMBLYAI", "POLYAI")}[setting.vendor]
        kept[f"{other}_API_KEY"] = KEYS["assemblyai" if other == "ASSEMBLYAI" else "api_key"]
        # A file that is not there holds no profiles.
        kept["POLYAI_CONFIG"] = str(self.folder / ("config.toml" if setting.source == "profile" else "none.toml"))
        values = {"region": setting.region, **self._keys(setting)}
        if setting.vendor == "polyai":
            values |= {"agent_id": setting.agent_id, "account_id": setting.account_id}
        if setting.source == "environment":
            kept |= {f"{ours}_{name.upper()}": value for name, value in values.items() if value is not None}
        elif setting.source == "profile" and setting.vendor == "assemblyai":
            self._save(profiles.Profile(assemblyai_api_key=KEYS["assemblyai"], assemblyai_region=setting.region), kept)
        elif setting.source == "profile":
            agent = values.pop("agent_id")
            agents = {} if agent is None else {NICKNAME: agent}
            self._save(profiles.Profile(agent=agent and NICKNAME, agents=agents, **values), kept)
        return kept

    @staticmethod
    def _save(profile: profiles.Profile, environment: Mapping[str, str]) -> None:
        config.save_profiles(profiles.Profiles({"mine": profile}), environment)

    def perform(self, setting: Setting, call: Call) -> Any:
        """Make a call by a client in a setting."""
        given = {**call.given}
        if "annotations" in given:
            given["annotations"] = [Annotation(**each) for each in given["annotations"]]
        with self.client(setting) as client, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return RUNS[call.operation_id](client, given, self.folder)


@contextmanager
def worlds(flavour: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world of one flavour."""
    # The HTTP library looks for this module at every request; where it is missing, that takes longer than the request.
    if importlib.util.find_spec("sniffio") is None:
        monkeypatch.setitem(cast("dict[str, Any]", sys.modules), "sniffio", None)
    with Recorder() as recorder, asyncio.Runner() as runner:
        yield World(recorder, flavour, runner, folder)


def _recording(client: Any, given: dict[str, Any], **more: Any) -> bytes:
    with client.conversations.recording(given.pop("conversation_id"), **given, **more) as recording:
        read: bytes = recording.read()
    return read


def _send(client: Any, given: dict[str, Any]) -> Any:
    chat = client.debug_chat.start(client_env=given.pop("client_env"), agent_id=given.pop("agent_id", None))
    return chat.send(given.pop("message"), **given)


def _redacted(client: Any, given: dict[str, Any], folder: Path) -> Any:
    target = (folder / "audio.wav",) if given["way"] == "save" else ()
    return getattr(client.redacted_audio, given["way"])(given["transcript_id"], *target)


RUNS: Mapping[str, Callable[[Any, dict[str, Any], Path], Any]] = {
    "listConversations": lambda client, given, _: list(client.conversations.list(**given)),
    "searchConversations": lambda client, given, _: list(client.conversations.search(**given)),
    "getConversation": lambda client, given, _: client.conversations.get(given.pop("conversation_id"), **given),
    "getConversationRecording": lambda client, given, _: _recording(client, given),
    "getConversationRecordingV3": lambda client, given, _: _recording(client, given, legacy=True),
    "addAnnotations": lambda client, given, _: client.conversations.annotate(given.pop("conversation_id"), **given),
    "upsertNote": lambda client, given, _: client.conversations.set_note(
        given.pop("conversation_id"), given.pop("note"), **given
    ),
    "createDebugChat": lambda client, given, _: client.debug_chat.start(**given),
    "sendDebugChatMessage": lambda client, given, _: _send(client, given),
    "getRedactedAudio": _redacted,
}


def raw_answer(status: int, body: bytes, kind: str = JSON, more: str = "") -> bytes:
    """An answer over a connection that stays open."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body


def answer_of(operation_id: str, value: Any) -> bytes:
    """The documented success of an operation, with a JSON body."""
    return raw_answer(operations()[operation_id].success, json.dumps(value).encode())


def _row(number: int) -> dict[str, Any]:
    return {"conversationId": f"CA{number}", "accountId": "ws-1", "projectId": "PROJECT-1"}


def _row_v3(number: int) -> dict[str, Any]:
    named = {"id": f"CA{number}", "account_id": "ws-1", "project_id": "PROJECT-1", "channel": "VOICE-SIP"}
    return {**named, "environment": "live", "started_at": "2026-06-01T10:00:00Z", "in_progress": False}


SPOKEN = {
    "conversationId": CHAT,
    "userInput": "",
    "response": "hello",
    "metadata": {},
    "conversationEnded": False,
    "delayedResponse": False,
}


def answers(call: Call) -> list[bytes]:
    """Answers to the requests of a call: two pages of a listing, the link and the file behind it."""
    name = call.operation_id
    start = call.given.get("offset") or 0
    page = {"count": start + 2, "limit": 1}
    bodies: Mapping[str, list[Any]] = {
        "listConversations": [
            {"conversations": [_row(number)], "offset": start + number, **page} for number in range(2)
        ],
        "searchConversations": [
            {"conversations": [_row_v3(1)], "cursor": CURSOR},
            {"conversations": [_row_v3(2)], "cursor": None},
        ],
        "getConversation": [_row(1)],
        "addAnnotations": [{"success": True}],
        "upsertNote": [{"success": True}],
        "createDebugChat": [SPOKEN],
        "getRedactedAudio": [{"status": "redacted_audio_ready", "redacted_audio_url": LINK}],
    }
    if "Recording" in name:
        return [raw_answer(200, wav(), "audio/wav")]
    if name == "sendDebugChatMessage":
        return [answer_of("createDebugChat", SPOKEN), answer_of(name, SPOKEN)]
    file = [raw_answer(200, wav(), "audio/wav")] if name == "getRedactedAudio" else []
    return [answer_of(name, body) for body in bodies[name]] + file
