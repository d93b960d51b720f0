"""No log, warning, `repr` or error shows a secret or personal data, whatever goes wrong."""

from __future__ import annotations

import importlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import DecodeError, PolyAIError
from tests.facade.calls import Connect, do, one_flavour, unwrapped
from tests.facade.masking import (
    ACCOUNT_ID,
    AGENT_ID,
    CARD,
    CONVERSATION_ID,
    HEADER,
    IDS,
    KEY,
    MESSAGE,
    NAME,
    NOTE,
    PERSONAL,
    PHONE,
    SECOND_KEY,
    SECRETS,
    SIGNATURE,
    TRANSCRIPT_ID,
    WORDS,
    check,
    check_error,
    check_logs,
)
from tests.facade.scripted import DONE, audio, example_response, json_response, link_to
from tests.support.document import operations
from tests.support.scripted_server import ScriptedServer, Step, cut, late, refused_url, reset, response

pytestmark = pytest.mark.usefixtures("pauses")

PRIVATE = {"fromNumber": PHONE, "note": NOTE, "state": {"name": NAME, "card": CARD}, "somethingNew": MESSAGE}
REPLY = example_response("createDebugChat", conversationId="AS_CHAT_1", response=NAME, userInput=MESSAGE, x=PHONE)
READY = link_to(f"https://files.example/{TRANSCRIPT_ID}.wav?Signature={SIGNATURE}")
SEARCH: dict[str, Any] = {
    "query": WORDS,
    "query_type": "semantic",
    "start_time": "2026-06-01T00:00Z",
    "end_time": "2026-06-02T00:00Z",
}
SIGNED_LINK = "the signed link"
Call = Callable[[Any, Path], Any]


def chat(client: Any, _: Path) -> Any:
    started = client.debug_chat.start(client_env="sandbox", integration_attributes={"caller": PHONE})
    return started.send(MESSAGE, metadata={"name": NAME})


def plain(operation_id: str, identifier: str) -> Call:
    return lambda client, _: do(client, operation_id, identifier)


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged; in the end none of it may be private."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    check_logs(caplog.get_records("call"))


OPERATIONS: dict[str, tuple[Call, list[Step]]] = {
    "listConversations": (
        lambda client, _: list(client.conversations.list(on_invalid="raise")),
        [json_response({"conversations": [PRIVATE], "count": 1, "limit": 1, "offset": 0, "x": NAME})],
    ),
    "searchConversations": (
        lambda client, _: list(client.conversations.search(**SEARCH)),
        [json_response({"conversations": [{**PRIVATE, "started_at": NAME}], "x": NAME})],
    ),
    "getConversation": (
        plain("getConversation", CONVERSATION_ID),
        [example_response("getConversation", **PRIVATE, conversationId=CONVERSATION_ID)],
    ),
    "getConversationRecording": (plain("getConversationRecording", CONVERSATION_ID), [audio()]),
    "addAnnotations": (plain("addAnnotations", CONVERSATION_ID), [DONE]),
    "upsertNote": (lambda client, _: client.conversations.set_note(CONVERSATION_ID, NOTE), [DONE]),
    "sendDebugChatMessage": (chat, [REPLY, REPLY]),
    "getRedactedAudio": (plain("getRedactedAudio", TRANSCRIPT_ID), [READY]),
    SIGNED_LINK: (
        lambda client, folder: client.redacted_audio.save(TRANSCRIPT_ID, folder / "audio.wav"),
        [READY, audio()],
    ),
}
CASES = [
    *((operation_id, None) for operation_id in OPERATIONS),
    *((operation_id, "httpx2") for operation_id in ("searchConversations", "upsertNote", SIGNED_LINK)),
]
"""Each operation over our own connections, and each kind of request over those of the other library."""


def brought(connect: Connect, library: str | None) -> Any:
    """An HTTP client of that library, or None for our own connections."""
    return None if library is None else connect.http_client(importlib.import_module(library))


def make(connect: Connect, operation_id: str, url: str, http_client: Any = None, **options: Any) -> Any:
    """A client with secrets wherever they can be."""
    common = {"connect_to": url, "headers": {"X-Own": HEADER}, "timeout": 9, "http_client": http_client, **options}
    if operation_id in {"getRedactedAudio", SIGNED_LINK}:
        return connect.assemblyai(**{"api_key": KEY, **common})
    ids = {"agent_id": AGENT_ID, "account_id": ACCOUNT_ID, "conversations_api_key": SECOND_KEY}
    return connect.polyai(**{"api_key": KEY, **ids, **common})


def error(status: int, *more: str) -> Step:
    body = {"success": False, "error_message": "no", "error_code": "NO", "data": PRIVATE}
    return json_response(body, *more, status=status)


RECEIVED = "Grace Example-Hopper"
LINK = f"https://files.example/a.mp3?Signature={SIGNATURE}"
PRIVATE_JSON = json.dumps({**PRIVATE, "x": RECEIVED}).encode()
PAGE = f"<html><title>{RECEIVED}</title>{NAME} {PHONE}</html>".encode()
FAILURES: dict[str, Step] = {
    "a reset": reset,
    "a cut body": cut(response(200, PRIVATE_JSON, length=10_000)),
    "no response": late(b"", 0.15),
    "no HTTP": cut(f"SSH-2.0 {PHONE} {SIGNATURE}\r\n\r\n".encode()),
    "half of the JSON": response(200, PRIVATE_JSON[:-3]),
    "other fields": json_response(PRIVATE),
    "other types": json_response({"conversations": PRIVATE, "turns": NAME, "metadata": PHONE, RECEIVED: [LINK]}),
    "rows of another type": json_response({"conversations": [{"note": RECEIVED}], "redacted_audio_url": [LINK]}),
    "a list": json_response([RECEIVED, LINK]),
    "a link that is cut": response(200, json.dumps({"redacted_audio_url": LINK}).encode()[:-1]),
    "an HTML page": response(200, PAGE, content_type="text/html"),
    "a gateway's page": response(502, PAGE, content_type="text/html"),
    "plain text": response(500, f"{NAME} {PHONE} {RECEIVED}".encode(), content_type="text/plain"),
    "another shape": json_response({"errors": [RECEIVED], "message": {"x": RECEIVED}, "data": RECEIVED}, status=400),
    "another's shape": json_response({"title": RECEIVED, "detail": [{"input": RECEIVED}]}, status=422),
    "a redirect": response(302, b"", f"Location: https://elsewhere.example/{CONVERSATION_ID}?x={SIGNATURE}"),
    **{f"status {status}": error(status) for status in (400, 401, 404, 429, 503)},
    "a cookie": error(418, f"Set-Cookie: session={SIGNATURE}", f"X-Own: {PHONE}"),
}


@pytest.mark.parametrize(("operation_id", "library"), CASES)
def test_a_call_that_succeeds_is_logged_without_anything_private(
    connect: Connect, logs: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str, library: str | None
) -> None:
    call, steps = OPERATIONS[operation_id]
    with ScriptedServer(*steps) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            call(make(connect, operation_id, server.url, brought(connect, library)), tmp_path)
        except DecodeError as raised:
            check_error(raised)
        assert len(server.requests) == len(steps)
    assert [record for record in logs.records if record.name == "polyai_data"]
    check(repr([str(each.message) for each in warned]), "warnings", [*SECRETS, *PERSONAL, *IDS])


@pytest.mark.parametrize(("operation_id", "library"), CASES)
def test_no_failure_shows_anything_private(
    connect: Connect, logs: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str, library: str | None
) -> None:
    call, steps = OPERATIONS[operation_id]
    failed, http_client = 0, brought(connect, library)
    with ScriptedServer(b"") as server:
        client = make(connect, operation_id, server.url, http_client)
        for name, failure in FAILURES.items():
            server.play(*steps[:-1], failure)
            try:
                call(client.with_options(timeout=0.05) if name == "no response" else client, tmp_path)
            except PolyAIError as raised:
                failed += 1
                check_error(raised, [*SECRETS, RECEIVED])
                # Tools such as cgitb show what `dir` lists.
                listed = {name: getattr(raised, name, None) for name in dir(raised) if not name.startswith("_")}
                check(repr(listed), name, [RECEIVED, SIGNATURE])
    assert failed >= len(FAILURES) - 8


def test_a_refused_connection_shows_nothing(connect: Connect, logs: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with refused_url() as url:
        for operation_id, library in CASES:
            client = make(connect, operation_id, url, brought(connect, library))
            with pytest.raises(PolyAIError) as caught:
                OPERATIONS[operation_id][0](client, tmp_path)
            check_error(caught.value)


LINKS: list[Any] = [
    f"ftp://files.example/a?Signature={SIGNATURE}",
    f"https://files.example:0/a?Signature={SIGNATURE}",
    f"https://files.example/a\n?Signature={SIGNATURE}",
    f"//files.example/a?Signature={SIGNATURE}",
    f"https://[files/a?Signature={SIGNATURE}",
    f"https://files.example:99999/a?Signature={SIGNATURE}",
    {"href": f"https://files.example/a?Signature={SIGNATURE}"},
    "",
    None,
    17,
]


@pytest.mark.parametrize("library", [None, "httpx2"])
def test_an_invalid_link_does_not_show_its_signature(
    connect: Connect, logs: pytest.LogCaptureFixture, tmp_path: Path, library: str | None
) -> None:
    with ScriptedServer(b"") as server:
        client = make(connect, SIGNED_LINK, server.url, brought(connect, library))
        for link in LINKS:
            server.play(link_to(link))
            with pytest.raises(PolyAIError) as caught:
                client.redacted_audio.save(TRANSCRIPT_ID, tmp_path / "audio.wav")
            assert len(server.requests) == 1
            check_error(caught.value)


@one_flavour
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_attempt_is_logged_with_its_operation_and_outcome(
    connect: Connect, logs: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str
) -> None:
    call, steps = OPERATIONS[operation_id]
    failures: list[Step] = [error(503, "X-PolyAI-Correlation-Id: 71e2", "Retry-After: 0"), reset]
    with ScriptedServer(*steps[:-1], *failures) as server, pytest.raises(PolyAIError):
        call(make(connect, operation_id, server.url, max_retries=1), tmp_path)
    records = [record for record in logs.records if record.name == "polyai_data"]
    assert {record.levelno for record in records} == {logging.DEBUG}
    first, second = (line for record in records if "status 20" not in (line := record.getMessage()))
    if operation_id == SIGNED_LINK:
        operation = ["GET the signed link at files.example"]
    else:
        row = operations()[operation_id]
        operation = [f"{row.method} {row.path} at https://", f"({row.logical_host})"]
    assert all(each in line for each in [*operation, " s"] for line in (first, second))
    assert "attempt 1, status 503, " in first
    assert "correlation id 71e2" in first
    assert "attempt 2, ConnectionError, " in second


def test_no_repr_shows_anything_private(connect: Connect) -> None:
    with ScriptedServer(DONE) as server:
        for operation_id in ("getConversation", "getRedactedAudio"):
            client = make(connect, operation_id, server.url)
            settings = unwrapped(client)._session.config
            for each in (client, client.with_options(timeout=5), settings, settings.keys, settings.profile):
                check(f"{each} {each!r}", "repr", SECRETS)
        conversations = make(connect, "getConversation", server.url).conversations
        listing, recording = conversations.search(**SEARCH), conversations.recording(CONVERSATION_ID)
        check(f"{listing!r} {recording!r} {conversations!r}", "repr", [*SECRETS, *PERSONAL])
