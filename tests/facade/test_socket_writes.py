"""What a caller learns over a socket of a request that changes something: that it was done, refused, or left open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import Timeout, errors
from tests.facade import document_clients as clients
from tests.facade.calls import Connect, do, one_flavour
from tests.facade.document_clients import OpenCaller
from tests.facade.scripted import HTML, LONG_ERROR, RESPONSES, SHORT_ERROR, json_response
from tests.support.scripted_server import ScriptedServer, Step, cut, reset, response, trickle

pytestmark = pytest.mark.usefixtures("pauses")
player, open_caller = clients.player, clients.open_caller

WRITES = ["addAnnotations", "upsertNote"]
CHATS = ["createDebugChat", "sendDebugChatMessage"]
REFUSAL = {"success": False, "error_code": "LOCKED", "error_message": "not now"}
WORDS = {
    "createDebugChat": "the chat was started; its response was lost: ",
    "sendDebugChatMessage": "the message was delivered; its response was lost: ",
}


def call(connect: Connect, operation_id: str, *steps: Step, **options: Any) -> int:
    """Call an operation that gets `steps`, the last one again and again; how many requests of it were sent."""
    before = [RESPONSES["createDebugChat"]] if operation_id == "sendDebugChatMessage" else []
    with ScriptedServer(*before, *steps) as server:
        client = connect.of(operation_id, **{"connect_to": server.url, "max_retries": 2, **options})
        try:
            do(client, operation_id, "CA1")
        finally:
            sent = len(server.requests) - len(before)
    return sent


def fails(connect: Connect, operation_id: str, step: Step, **options: Any) -> Any:
    with pytest.raises(errors.PolyAIError) as caught:
        call(connect, operation_id, step, **options)
    return caught.value


STALLS = trickle(response(201, length=17), b"", 20, 1)
TRICKLES = trickle(response(201, length=1000), b" ", 0.05, 400)
LIMITS: dict[Step, dict[str, Any]] = {STALLS: {"timeout": Timeout(connect=30, read=0.25)}, TRICKLES: {"deadline": 0.4}}
DONE = {
    "202": response(202),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "299": response(299, b"?"),
    "an empty body": response(201),
    "an empty object": response(201, b"{}"),
    "null": response(200, b'{"success": null}'),
    "a list": response(200, b"[false]"),
    "a page": response(200, HTML, content_type="text/html"),
    "no text": response(201, b"\xff\xfe{"),
    "half an object": response(201, b'{"success": fal'),
    "no gzip": response(201, b"{}", "Content-Encoding: gzip"),
    "a body cut off": cut(response(201, b'{"succ', length=17)),
    "no body": cut(response(201, length=17)),
    "a body that stalls": STALLS,
    "a body that trickles": TRICKLES,
}


@pytest.mark.parametrize("step", DONE.values(), ids=DONE)
def test_a_write_with_a_2xx_is_done_whatever_its_body(connect: Connect, step: Step) -> None:
    assert call(connect, "upsertNote", step, **LIMITS.get(step, {})) == 1


@one_flavour
@pytest.mark.parametrize("operation_id", WRITES + CHATS)
@pytest.mark.parametrize("status", [200, 299])
def test_an_explicit_refusal_is_an_error_with_its_true_status(connect: Connect, operation_id: str, status: int) -> None:
    more = ("X-PolyAI-Correlation-Id: c-1", "Retry-After: 7")
    error = fails(connect, operation_id, json_response(REFUSAL, *more, status=status))
    assert type(error) is errors.UnexpectedStatusError
    assert (error.status, error.code, error.message) == (status, "LOCKED", "not now")
    assert (error.correlation_id, error.retry_after) == ("c-1", 7)
    assert (error.sent, error.done) == (False, False)
    assert str(error).startswith(f"{status} LOCKED on POST /")


@one_flavour
@pytest.mark.parametrize("operation_id", WRITES + CHATS)
@pytest.mark.parametrize("status", [302, 304, 308])
def test_a_redirect_of_a_write_is_no_success(connect: Connect, operation_id: str, status: int) -> None:
    error = fails(connect, operation_id, response(status, b"", "Location: /elsewhere"))
    assert (type(error), error.status) == (errors.UnexpectedStatusError, status)
    # What comes before a redirect may have been all there was to do.
    assert (error.sent, error.done) == (True, False)


LOST: dict[str, tuple[Step, type[errors.PolyAIError]]] = {
    "cut off": (cut(response(201, b'{"conv', length=170)), errors.ConnectionError),
    "stalls": (STALLS, errors.TimeoutError),
    "trickles": (TRICKLES, errors.TimeoutError),
    "empty": (response(202), errors.DecodeError),
    "without content": (b"HTTP/1.1 204 No Content\r\n\r\n", errors.DecodeError),
    "a page": (response(200, HTML, content_type="text/html"), errors.DecodeError),
    "half an object": (response(299, b'{"conversationId": "AS'), errors.DecodeError),
}


@pytest.mark.parametrize("operation_id", CHATS)
@pytest.mark.parametrize("lost", LOST)
def test_a_chat_whose_response_is_lost_says_that_it_was_done(connect: Connect, operation_id: str, lost: str) -> None:
    step, kind = LOST[lost]
    error = fails(connect, operation_id, step, **LIMITS.get(step, {}))
    assert type(error) is kind
    assert (error.sent, error.done) == (True, True)
    assert str(error).startswith(WORDS[operation_id])
    assert "POST /v1/agents/{agentId}/debug-chat" in str(error)


@one_flavour
@pytest.mark.parametrize("operation_id", CHATS)
def test_a_chat_with_an_undocumented_success_is_read(connect: Connect, operation_id: str) -> None:
    whole = json_response(json.loads(RESPONSES["createDebugChat"].partition(b"\r\n\r\n")[2]), status=202)
    assert call(connect, operation_id, whole) == 1


VENDORS = ("Retry-After: 0", SHORT_ERROR), ("Retry-After-Ms: 1", LONG_ERROR)
OPEN = {
    **{f"{status}": response(status, LONG_ERROR, "Retry-After: 0") for status in (408, 500, 502, 504, 520)},
    "a page of 503": response(503, HTML, "Retry-After: 0", content_type="text/html"),
    "a 503 of a gateway": response(503, b'{"message": "Service Unavailable"}', "Retry-After: 0"),
    "a 503 that names no time": response(503, LONG_ERROR),
    "a 503 that names nonsense": response(503, LONG_ERROR, "Retry-After: soon"),
    "an empty 503": response(503, b"", "Retry-After: 0"),
    "reset": reset,
    "a status cut off": cut(b"HTTP/1.1 20"),
    "an error cut off": cut(response(500, b"oops", length=9)),
}
REFUSED = {
    **{f"{status}": response(status, SHORT_ERROR) for status in (400, 401, 403, 404, 405, 409, 410, 422, 429, 501)},
    **{f"503, {wait}": response(503, body, wait) for wait, body in VENDORS},
}


@pytest.mark.parametrize("operation_id", ["addAnnotations", "sendDebugChatMessage"])
@pytest.mark.parametrize("step", OPEN.values(), ids=OPEN)
def test_what_may_have_been_done_is_not_sent_again(connect: Connect, operation_id: str, step: Step) -> None:
    # A second request would succeed.
    with pytest.raises(errors.PolyAIError) as caught:
        call(connect, operation_id, step, RESPONSES[operation_id])
    assert (caught.value.sent, caught.value.done) == (True, False)


@one_flavour
@pytest.mark.parametrize("operation_id", ["addAnnotations", *CHATS])
@pytest.mark.parametrize("name", ["429", *(name for name in REFUSED if "503" in name)])
def test_what_was_not_done_is_sent_again(connect: Connect, operation_id: str, name: str) -> None:
    assert call(connect, operation_id, REFUSED[name], RESPONSES[operation_id]) == 2


@one_flavour
@pytest.mark.parametrize("operation_id", ["upsertNote", "sendDebugChatMessage"])
@pytest.mark.parametrize("step", REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_that_nothing_was_done(connect: Connect, operation_id: str, step: Step) -> None:
    error = fails(connect, operation_id, step, max_retries=0)
    assert (error.sent, error.done) == (False, False)


@pytest.mark.parametrize("step", [reset, response(500)], ids=["reset", "500"])
def test_an_earlier_attempt_that_may_have_been_carried_out_is_not_forgotten(connect: Connect, step: Step) -> None:
    with ScriptedServer(step, response(429)) as server:
        with pytest.raises(errors.RateLimitError) as caught:
            connect.polyai(connect_to=server.url, max_retries=1).conversations.get("CA1")
        assert len(server.requests) == 2
    assert (caught.value.sent, caught.value.done) == (True, False)


def test_a_message_that_was_delivered_leaves_the_chat_as_it_was(connect: Connect) -> None:
    started = RESPONSES["createDebugChat"]
    with ScriptedServer(started, LOST["cut off"][0], started) as server:
        chat = connect.polyai(connect_to=server.url).debug_chat.start(client_env="sandbox")
        greeting = chat.reply
        with pytest.raises(errors.ConnectionError):
            chat.send("hello")
        assert chat.reply is greeting
        assert chat.send("hello again").response


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["success", "error", "a"]), inner),
    max_leaves=5,
)


def test_only_an_explicit_no_is_a_refusal(open_caller: OpenCaller) -> None:
    caller = open_caller()

    @given(JSON_VALUES.map(json.dumps).map(str.encode) | st.binary(max_size=20), st.sampled_from([200, 201, 202, 299]))
    def every(body: bytes, status: int) -> None:
        caller.player.play(response(status, body))
        refused = False
        try:
            caller("upsertNote", clients.example_call("upsertNote"))
        except errors.APIError as error:
            refused = error.status == status
            assert refused
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        assert refused == (type(document) is dict and document.get("success", True) is False)

    every()


@one_flavour
@pytest.mark.parametrize("operation_id", ["searchConversations", "getConversation"])
def test_a_read_that_is_only_accepted_is_not_ready(connect: Connect, operation_id: str) -> None:
    error = fails(connect, operation_id, response(202, b"{}", "Retry-After: 5"))
    assert type(error) is errors.NotReadyError
    assert (error.status, error.retry_after) == (202, 5)
    assert "202 on GET" in str(error)
    assert "still processing; ask again later" in str(error)
