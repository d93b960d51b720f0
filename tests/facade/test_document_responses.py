"""Every response that the patched document allows is read without loss."""

from __future__ import annotations

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
from tests.facade.scripted import example_response, json_response
from tests.support.document import JSON, operations
from tests.support.rooms import complete
from tests.support.scripted_server import response

player, open_caller = clients.player, clients.open_caller
LISTINGS = {"listConversations": "conversationId", "searchConversations": "id"}
"""The property that tells the items of each listing apart."""
WRITES = {"addAnnotations", "upsertNote"}
WHOLE = [name for name, each in complete().items() if each.media_type == JSON and name not in LISTINGS]
both_flavours = pytest.mark.parametrize("flavour", ["sync", "async"])
tolerant_and_strict = pytest.mark.parametrize("strict", [False, True])


def examples(flavour: str) -> settings:
    return settings(
        max_examples=20 if flavour == "sync" else 6,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def called(caller: Caller, operation_id: str, *responses: bytes) -> Any:
    """Call an operation that gets `responses`."""
    caller.player.play(*clients.before(operation_id), *responses)
    return caller(operation_id, clients.example_call(operation_id))


@both_flavours
@tolerant_and_strict
@pytest.mark.parametrize("operation_id", WHOLE)
def test_a_response_is_read_without_loss(
    open_caller: OpenCaller, flavour: str, strict: bool, operation_id: str
) -> None:
    operation = operations()[operation_id]
    caller = open_caller(Setting(operation.vendor, options={"strict": strict}), flavour)

    @examples(flavour)
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


@both_flavours
@tolerant_and_strict
@pytest.mark.parametrize("operation_id", LISTINGS)
def test_a_page_is_read_without_loss(open_caller: OpenCaller, flavour: str, strict: bool, operation_id: str) -> None:
    operation, identity = operations()[operation_id], LISTINGS[operation_id]
    items = operation.response["properties"]["conversations"]["items"]
    caller = open_caller(Setting(operation.vendor, options={"strict": strict}), flavour)
    method = {"listConversations": "list", "searchConversations": "search"}[operation_id]

    @examples(flavour)
    @given(values(operation, operation.response, extras=True, nulls=not strict))
    def every(body: Any) -> None:
        note(json.dumps(body))
        following = body.get("next_offset")
        assume(body.get("cursor") or following is None or following >= 0)
        caller.player.play(json_response(body), *clients.after(operation_id))
        page = next(iter(getattr(caller.client.conversations, method)(on_invalid="raise").pages()))
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


@pytest.mark.parametrize("operation_id", list(complete()))
def test_an_error_keeps_what_the_response_says(open_caller: OpenCaller, operation_id: str) -> None:
    operation = operations()[operation_id]
    caller = open_caller(Setting(operation.vendor))
    statuses = [status for status in operation.statuses if status >= 400]

    @examples("sync")
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


@both_flavours
def test_a_page_that_leads_nowhere_is_given_out_before_the_error(open_caller: OpenCaller, flavour: str) -> None:
    caller = open_caller(flavour=flavour)
    caller.player.play(example_response("searchConversations", cursor=None, next_offset=-1))
    pages = iter(caller.client.conversations.search().pages())
    page = next(pages)
    assert (len(page.items), page.next) == (2, None)
    with pytest.raises(DecodeError) as caught:
        next(pages)
    assert caught.value is page.broken
