"""Every response that the patched document allows is read without loss."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from polyai_data.decode import shown
from polyai_data.errors import APIError, DecodeError, class_for_status
from tests.facade import document_clients as clients
from tests.facade.document_clients import Caller, OpenCaller, Setting
from tests.facade.document_values import canonical, values
from tests.facade.scripted import LONG_ERROR, example_response, json_response
from tests.support.document import JSON, example, operations
from tests.support.rooms import complete
from tests.support.scripted_server import response

player, open_caller = clients.player, clients.open_caller
LISTINGS = {"listConversations": "conversationId", "searchConversations": "id"}
"""The property that tells the items of each listing apart."""
METHODS = {"listConversations": "list", "searchConversations": "search"}
WRITES = {"addAnnotations", "upsertNote"}
WHOLE = [name for name, each in complete().items() if each.media_type == JSON and name not in LISTINGS]
examples = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
tolerant_and_strict = pytest.mark.parametrize("strict", [False, True])


def called(caller: Caller, operation_id: str, *responses: bytes) -> Any:
    """Call an operation that gets `responses`."""
    caller.player.play(*clients.before(operation_id), *responses)
    return caller(operation_id, clients.example_call(operation_id))


@tolerant_and_strict
@pytest.mark.parametrize("operation_id", WHOLE)
def test_a_response_is_read_without_loss(open_caller: OpenCaller, strict: bool, operation_id: str) -> None:
    operation = operations()[operation_id]
    caller = open_caller(Setting(operation.vendor, options={"strict": strict}))

    @examples
    @given(values(operation, operation.response, extras=True, nulls=not strict))
    def every(body: Any) -> None:
        if operation_id in clients.IDENTITIES:  # the response to another request would be asked for again
            body["conversationId"] = clients.IDENTITIES[operation_id]
        note(json.dumps(body))
        received = json_response(body, status=operation.success)
        if operation_id in WRITES and body.get("success") is False:
            with pytest.raises(APIError):
                called(caller, operation_id, received)
            return
        result = called(caller, operation_id, received)
        if operation_id in WRITES:
            assert result is None
        else:
            read = getattr(result, "reply", result).to_dict()
            assert canonical(operation, operation.response, read) == canonical(operation, operation.response, body)

    every()


@tolerant_and_strict
@pytest.mark.parametrize("operation_id", LISTINGS)
def test_a_page_is_read_without_loss(open_caller: OpenCaller, strict: bool, operation_id: str) -> None:
    operation, identity = operations()[operation_id], LISTINGS[operation_id]
    items = operation.response["properties"]["conversations"]["items"]
    caller = open_caller(Setting(operation.vendor, options={"strict": strict}))

    @examples
    @given(values(operation, operation.response, extras=True, nulls=not strict))
    def every(body: Any) -> None:
        note(json.dumps(body))
        following = body.get("next_offset")
        assume(body.get("cursor") or following is None or following >= 0)
        caller.player.play(json_response(body), *clients.after(operation_id))
        page = next(iter(getattr(caller.client.conversations, METHODS[operation_id])(on_invalid="raise").pages()))
        first = {row[identity]: row for row in reversed(body["conversations"])}
        unique = [row for row in body["conversations"] if first[row[identity]] is row]
        assert page.invalid == []
        read = [canonical(operation, items, item.to_dict()) for item in page.items]
        assert read == [canonical(operation, items, row) for row in unique]
        if operation_id == "listConversations":
            assert page.total == (body["count"] if body["count"] >= 0 else None)
        elif body.get("cursor"):
            assert page.next.cursor == body["cursor"]
        elif following is not None:
            assert (page.next.cursor, page.next.offset) == (None, following)
        else:
            assert page.next is None

    every()


GOOD = json.dumps(example(operations()["getConversation"], operations()["getConversation"].response)).encode()
ODD = {
    "with a byte order mark": response(200, b"\xef\xbb\xbf" + GOOD),
    "in UTF-16": response(200, GOOD.decode().encode("utf-16")),
    "on many lines": response(200, json.dumps(json.loads(GOOD), indent=2).encode()),
    "with a key twice": response(200, b'{"x_new":1,"x_new":2,' + GOOD[1:]),
    "100 levels deep": response(200, b'{"x_new":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"," + GOOD[1:]),
    "of another type": response(200, GOOD, content_type="text/html; charset=klingon"),
    "compressed": response(200, gzip.compress(GOOD), "Content-Encoding: gzip"),
}
WRONG = {
    "in a list": b"[" + GOOD + b"]",
    "in a string": json.dumps(GOOD.decode()).encode(),
    "NUL bytes": bytes(64),
    "cut by one": GOOD[:-1],
    "twice": GOOD + GOOD,
    "in Latin-1": b'{"x_new":"\xe9",' + GOOD[1:],
    "100,000 objects deep": b'{"a":' * 100_000,
    "a number of 5,000 digits": b"1" * 5000,
}


@pytest.mark.parametrize("flavour", ["sync", "async"])
def test_a_body_is_read_in_any_form_of_json_and_in_no_other(open_caller: OpenCaller, flavour: str) -> None:
    caller = open_caller(flavour=flavour)
    for odd in ODD.values():
        made = called(caller, "getConversation", odd).to_dict()
        assert {name: made[name] for name in json.loads(GOOD)} == json.loads(GOOD)
    for wrong in WRONG.values():
        with pytest.raises(DecodeError):
            called(caller, "getConversation", response(200, wrong))
    for status in (204, 299, 302, 418, 520, 599):
        with pytest.raises(APIError) as caught:
            called(caller, "getConversation", response(status, b"" if status == 204 else LONG_ERROR))
        assert (type(caught.value), caught.value.status) == (class_for_status(status), status)


@pytest.mark.parametrize("operation_id", list(complete()))
def test_an_error_keeps_what_the_response_says(open_caller: OpenCaller, operation_id: str) -> None:
    operation = operations()[operation_id]
    caller = open_caller(Setting(operation.vendor))
    statuses = [status for status in operation.statuses if status >= 400]

    @examples
    @given(st.sampled_from(statuses), values(operation, operation.content(400)[1], extras=True))
    def every(status: int, body: Any) -> None:
        assert operation.content(status)[1] == operation.content(400)[1]
        with pytest.raises(APIError) as caught:
            called(caller, operation_id, response(status, json.dumps(body).encode()))
        error = caught.value
        assert (type(error), error.status) == (class_for_status(status), status)
        assert error.body == json.dumps(body).encode()
        message = body.get("error_message") or body.get("error")
        assert not message or error.message == shown(message)
        assert not body.get("error_code") or error.code == shown(body["error_code"])
        assert not body.get("error_id") or error.correlation_id == shown(body["error_id"])

    every()


@pytest.mark.parametrize("flavour", ["sync", "async"])
def test_a_page_that_leads_nowhere_is_given_out_before_the_error(open_caller: OpenCaller, flavour: str) -> None:
    caller = open_caller(flavour=flavour)
    caller.player.play(example_response("searchConversations", cursor=None, next_offset=-1))
    pages = iter(caller.client.conversations.search().pages())
    page = next(pages)
    assert (len(page.items), page.next) == (2, None)
    with pytest.raises(DecodeError) as caught:
        next(pages)
    assert caught.value is page.broken
