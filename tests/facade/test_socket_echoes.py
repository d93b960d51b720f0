"""What a server repeats or sends in confidence is in no error: our keys nowhere, its data in `raw` and `body` alone."""

from __future__ import annotations

import base64
import contextlib
import html
import io
import json
import logging
import os
import pickle
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console
from rich.traceback import Traceback

from polyai_data.errors import DecodeError, PolyAIError
from polyai_data.models import RedactedAudio
from tests.facade.calls import Connect, do, one_flavour
from tests.facade.masking import PHONE, SIGNATURE, check_error, check_shown
from tests.facade.scripted import audio, example_response, json_response, link_to
from tests.facade.test_socket_secrets import FAILURES, LINK, OPERATIONS, RECEIVED, SIGNED_LINK, make
from tests.support.scripted_server import ScriptedServer, Step, response

pytestmark = pytest.mark.usefixtures("pauses")

KEY = 'sk/hidden+key=1234"&<5>'
HEADER = "gateway-hidden-token"

FORMS = [
    KEY, KEY.upper(), HEADER, quote(KEY, safe=""), quote(KEY, safe="").lower(), html.escape(KEY), json.dumps(KEY)[1:-1]
]  # fmt: skip
ALL = " ".join([*FORMS, base64.b64encode(f"user:{KEY}".encode()).decode()])
SHOWS = [*FORMS, base64.b64encode(f"user:{KEY}".encode()).decode()[8:-4], SIGNATURE]
"""What no error may show: it would give the key away."""

ECHOES: list[Step] = [
    json_response({"error_message": f"no access for {ALL}"}, status=403),
    json_response({"error": "x" * 480 + KEY}, status=400),  # cut within the key
    json_response({"error_message": "no", "error_code": ALL, "error_id": ALL}, status=403),
    json_response({}, f"X-PolyAI-Correlation-Id: {ALL}", status=403),
    response(502, f"<html><title>{ALL}</title>{ALL}".encode(), f"X: {ALL}", content_type=f"text/html; x={ALL}"),
    response(200, f'{{"key": "{ALL}'.encode(), content_type="text/plain"),
    json_response({"conversations": {ALL: ALL}, "x": ALL}),
    response(200, b"{}", f"X-PolyAI-Correlation-Id: {ALL}", content_type=f"application/json; x={ALL}"),
]


def client_of(connect: Connect, operation_id: str, url: str, **options: Any) -> Any:
    options = {"api_key": KEY, "headers": {"X-Gateway": f"Bearer {HEADER}"}, **options}
    return make(connect, operation_id, url, **options)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_key_that_the_server_repeats_is_struck_out_of_everything(
    connect: Connect, caplog: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str
) -> None:
    caplog.set_level(logging.DEBUG)
    raised, (call, steps) = 0, OPERATIONS[operation_id]
    with ScriptedServer(b"") as server:
        client = client_of(connect, operation_id, server.url)
        for echo in ECHOES:
            server.play(*steps[:-1], echo)
            try:
                call(client, tmp_path)
            except PolyAIError as error:
                raised += 1
                check_error(error, [*SHOWS, KEY[:12]], [])
                held = f"{vars(error)!r}".encode() + pickle.dumps(error)
                assert [text for text in SHOWS if text.encode() in held] == []
    assert raised >= 5
    logs = [record.getMessage() for record in caplog.records]
    assert [text for text in SHOWS if any(text in line for line in logs)] == []


@one_flavour
def test_what_is_struck_out_leaves_the_rest_of_the_message(connect: Connect) -> None:
    with ScriptedServer(json_response({"error_message": f"no access for {KEY}, sorry"}, status=403)) as server:
        with pytest.raises(PolyAIError, match=r"no access for \*{3}, sorry") as caught:
            client_of(connect, "getConversation", server.url).conversations.get("CA1")
        assert caught.value.body == b'{"error_message": "no access for ***, sorry"}'  # type: ignore[attr-defined]


def test_a_key_in_the_rows_that_were_passed_over_is_struck_out(connect: Connect) -> None:
    row = json.loads(example_response("getConversation").split(b"\r\n\r\n")[1])
    page = json_response({"conversations": [row, {"note": KEY}], "count": 2, "limit": 2, "offset": 0})
    with ScriptedServer(page) as server:
        client = client_of(connect, "listConversations", server.url)
        (invalid,) = next(iter(client.conversations.list(on_invalid="skip").pages())).invalid
    assert invalid.raw == {"note": "***"}
    assert invalid.__traceback__ is None


@pytest.mark.parametrize("body", ["half of the JSON", "a link that is cut", "a list"])
def test_rich_shows_nothing_that_was_received(connect: Connect, body: str) -> None:
    with ScriptedServer(FAILURES[body]) as server, pytest.raises(DecodeError) as caught:
        client_of(connect, "getRedactedAudio", server.url).redacted_audio.get("T1")
    console = Console(file=io.StringIO(), width=200)
    error = caught.value
    own = error.__traceback__ and error.__traceback__.tb_next  # without this test's own variables
    console.print(Traceback.from_exception(type(error), error, own, show_locals=True))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "get_redacted_audio" in shown or "locals" in shown
    assert [text for text in (RECEIVED, SIGNATURE) if text in shown] == []


@one_flavour
@pytest.mark.parametrize(
    ("operation_id", "changes", "where"),
    [
        ("getConversation", {"metrics": {PHONE: 7}}, "metrics.*"),
        ("getConversation", {"functionEvents": {PHONE: {PHONE: 1}}}, "functionEvents.*"),
        ("getConversation", {"functionEvents": {PHONE: [{"id": 7, PHONE: 1}]}}, "functionEvents.*[0].id"),
        ("getConversation", {"functionEvents": {"3": 1}}, "functionEvents.*"),
        ("createDebugChat", {"metadata": {"nodeTrace": [7]}}, "metadata.nodeTrace[0]"),
    ],
)
def test_names_that_are_data_are_a_star_in_places(
    connect: Connect, operation_id: str, changes: dict[str, Any], where: str
) -> None:
    body = example_response(operation_id, **changes)
    with ScriptedServer(body) as server, pytest.raises(DecodeError) as caught:
        do(client_of(connect, operation_id, server.url, strict=True), operation_id, "CA1")
    assert caught.value.where == where
    check_error(caught.value, [PHONE], [])


@one_flavour
def test_control_characters_of_a_message_are_shown_escaped(connect: Connect) -> None:
    words = "\x1b[2Jno\r\nright \u202eto \x07this\ud800\x7f"
    body = {"error_message": words, "error_code": "NO\x1b[1m\ud800", "error_id": "1\x1b\ud800\n"}
    with ScriptedServer(json_response(body, status=403)) as server, pytest.raises(PolyAIError) as caught:
        client_of(connect, "getConversation", server.url).conversations.get("CA1")
    shown = str(caught.value)
    assert shown.isprintable()
    assert shown.encode()
    assert r"403 NO\x1b[1m\ud800 on GET" in shown
    assert r"\x1b[2Jno right \u202eto \x07this\ud800\x7f" in shown
    assert r"[correlation id 1\x1b\ud800]" in shown


def test_a_link_is_in_no_repr_and_in_to_dict(connect: Connect) -> None:
    with ScriptedServer(link_to(LINK)) as server:
        audio_of = client_of(connect, "getRedactedAudio", server.url).redacted_audio.get("T1")
    check_link(audio_of)


@one_flavour
def test_a_link_to_the_agents_sound_is_in_no_repr(connect: Connect) -> None:
    with ScriptedServer(example_response("createDebugChat", metadata={"agentResponseAudioUrl": LINK})) as server:
        chat = client_of(connect, "createDebugChat", server.url).debug_chat.start(client_env="sandbox")
    check_link(chat.reply)


def check_link(model: Any) -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(model)
    assert SIGNATURE not in f"{model!r} {model} {[model]} {console.file.getvalue()}"  # type: ignore[attr-defined]
    assert LINK in json.dumps(model.to_dict())


@one_flavour
def test_a_model_shows_whether_there_is_a_link(connect: Connect) -> None:
    assert "url='…'" in repr(RedactedAudio.from_dict({"redacted_audio_url": LINK}))
    assert "url" not in repr(RedactedAudio.from_dict({"redacted_audio_url": None}))


def interrupting(begin: bytes) -> Step:
    """Send bytes, then press Ctrl-C, and send nothing more."""

    def step(connection: socket.socket, _: object) -> None:
        connection.sendall(begin)
        time.sleep(0.1)  # the client has read it
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        with contextlib.suppress(OSError):
            connection.recv(1)

    return step


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT be KeyboardInterrupt, whatever the test runner does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


JSON_BEGUN = response(200, f'{{"x": "{LINK} {RECEIVED}'.encode(), length=5000)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pthread_kill")
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("operation_id", ["searchConversations", "upsertNote", "getConversationRecording", SIGNED_LINK])
@pytest.mark.parametrize("begun", ["before the headers", "in the body"])
def test_an_interruption_shows_nothing(connect: Connect, tmp_path: Path, operation_id: str, begun: str) -> None:
    """Ctrl-C; for the asynchronous flavour it is a cancellation, which is the error's context."""
    sound = "Recording" in operation_id or operation_id == SIGNED_LINK
    body = audio()[:-20] if sound else JSON_BEGUN
    call, steps = OPERATIONS[operation_id]
    with ScriptedServer(*steps[:-1], interrupting(body if begun == "in the body" else b"")) as server:
        client = client_of(connect, operation_id, server.url)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(client, tmp_path)
    check_shown(caught.value, [*SHOWS, RECEIVED], [])
