"""However a response drifts, a call ends in a value or in a PolyAIError, and no data that can be read is lost."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from polyai_data.errors import (
    APIError,
    DecodeError,
    PolyAIError,
    TimeoutError,  # noqa: A004 - ours
    class_for_status,
)
from tests.facade import document_clients as clients
from tests.facade.corpus import Case, corpus
from tests.facade.corpus_edits import EXTRA, Edit, value_at
from tests.facade.document_clients import (
    Caller,
    OpenCaller,
    Setting,
    after,
    before,
    example_call,
    json_response,
    ways,
)
from tests.support.document import JSON, operations

player, open_caller = clients.player, clients.open_caller
JSON_OPERATIONS = [name for name, each in operations().items() if each.media_type == JSON]
LISTINGS = ("listConversations", "searchConversations")


@functools.cache
def cases(operation_id: str) -> list[Case]:
    return list(corpus(operation_id))


@dataclass(frozen=True)
class End:
    """How a call ended that was answered with a case.

    Attributes:
        way: the way in which the operation was called.
        value: what the call returned; None where it raised.
        error: what it raised, or None.
        requests: how many requests it sent.
    """

    case: Case
    way: str
    value: Any
    error: Exception | None
    requests: int

    def __str__(self) -> str:
        ended = repr(self.error)[:300] if self.error else "a value"
        return f"{self.case.operation_id} [{self.way}] {self.case.name}: {ended}"


def ended(caller: Caller, case: Case, way: str) -> End:
    """Call an operation that is answered with `case`."""
    following = after(case.operation_id) if case.operation_id in LISTINGS else []
    caller.player.play(*before(case.operation_id), case.response, *following)
    value, error = None, None
    try:
        value = caller(case.operation_id, example_call(case.operation_id), way)
    except Exception as raised:  # noqa: BLE001 - which one it is, is what this looks for
        error = raised
    return End(case, way, value, error, len(caller.player.requests))


def check_none(broken: list[tuple[str, End]]) -> None:
    """Fail with how often each rule is broken, and with some of the calls."""
    by_rule: dict[str, list[str]] = {}
    for rule, end in broken:
        by_rule.setdefault(rule, []).append(str(end))
    assert not broken, "\n".join(f"{len(each)} times {rule}: {', '.join(each[:4])}" for rule, each in by_rule.items())


# The asynchronous source is the one that the synchronous client is written from: a sample shows that both read alike,
# and the bytes of recordings take a way of their own.
@pytest.mark.parametrize(("flavour", "step"), [("sync", 1), ("async", 8)])
@pytest.mark.parametrize("operation_id", list(operations()))
def test_every_response_ends_in_a_value_or_an_error(
    open_caller: OpenCaller, flavour: str, step: int, operation_id: str
) -> None:
    caller = open_caller(Setting(operations()[operation_id].vendor), flavour)
    broken: list[tuple[str, End]] = []
    for case in cases(operation_id)[:: 1 if "Recording" in operation_id else step]:
        # The ways differ in what becomes of what cannot be read, and in how a recording is read.
        alike = case.kind in {"body", "status"} or (case.kind == "edit" and case.outcome == "value")
        chosen = ways(operation_id) if operation_id != "getRedactedAudio" else ("get",)
        for way in chosen[:1] if alike else chosen:
            end = ended(caller, case, way)
            broken += [(rule, end) for rule in broken_rules(end)]
    check_none(broken)


@pytest.mark.parametrize("operation_id", JSON_OPERATIONS)
def test_strictly_what_the_document_does_not_say_is_an_error(open_caller: OpenCaller, operation_id: str) -> None:
    caller = open_caller(Setting(operations()[operation_id].vendor, options={"strict": True}))
    broken: list[tuple[str, End]] = []
    for case in cases(operation_id):
        if case.kind == "status":
            continue
        end = ended(caller, case, "raise" if operation_id in LISTINGS else "get")
        if end.error is None and not case.valid:
            broken.append(("a value in place of an error", end))
        if end.error is not None and case.valid and case.outcome == "value":
            broken.append(("an error in place of a value", end))
        broken += [(rule, end) for rule in broken_by_error(end)]
    check_none(broken)


def broken_rules(end: End) -> Iterator[str]:
    """The rules that hold for every call, and that this one breaks."""
    if isinstance(end.error, TimeoutError) or end.requests > 3:
        yield "no end"
    if end.case.outcome == "value" and end.error is not None:
        yield "an error in place of a value"
    if end.case.outcome == "error" and end.error is None:
        yield "a value in place of an error"
    yield from broken_by_error(end)
    if end.error is None and end.case.edit is not None:
        yield from broken_by_value(end, end.case.edit)


def broken_by_error(end: End) -> Iterator[str]:
    if end.error is not None and not isinstance(end.error, PolyAIError):
        yield "an error that is no PolyAIError"
    if isinstance(end.error, DecodeError):
        yield from broken_by_decode_error(end.error, end.case)
    elif isinstance(end.error, APIError):
        yield from broken_by_api_error(end.error, end.case)


def broken_by_decode_error(error: DecodeError, case: Case) -> Iterator[str]:
    if not error.expected:
        yield "an error that does not say what was expected"
    if shown := [text for text in texts(error.raw) if text in str(error)]:
        yield f"an error that shows {shown}"
    if case.edit is not None:
        if isinstance(error.raw, bytes):
            yield "the body in place of the item"
        if not (case.edit.path.startswith(error.where) or error.where.startswith(case.edit.path)):
            yield "an error that names another property"


def broken_by_api_error(error: APIError, case: Case) -> Iterator[str]:
    # A body that says that a write was not done is believed, whatever the status.
    status = error.status if 200 <= case.status < 300 else case.status
    if type(error) is not class_for_status(status) or error.status != status or status // 100 != case.status // 100:
        yield "an error of another class or status"
    if not error.message or error.body != case.body:
        yield "an error without a message or its body"
    if not all(isinstance(text, str | None) for text in (error.message, error.code, error.correlation_id)):
        yield "an error whose message, code or correlation id is no text"
    if not isinstance(error.retry_after, float | None) or (error.retry_after or 0) < 0:
        yield "an error whose retry_after is no time"


def texts(value: Any) -> Iterator[str]:
    """Every text in `value` that is long enough to tell from the words of a message."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)
    elif isinstance(value, int | float | str) and len(str(value)) > 5:
        # A validator may quote a text with its quotation marks.
        yield from (str(value), *re.findall(r"Ada's \w+", str(value)))


def broken_by_value(end: End, edit: Edit) -> Iterator[str]:
    """What a value must hold where one property of the response was edited."""
    model, place = end.value, edit.place
    if end.case.operation_id in LISTINGS:
        yield from lost_items(end, edit)
        in_an_item = place[0] == "conversations" and len(place) > 2
        model, place = (end.value[0] if in_an_item else None), place[2:]
    if model is None or edit.outcome != "value" or isinstance(model, dict):
        return
    parent = value_at(getattr(model, "reply", model).to_dict(), place[:-1])
    value = parent.get(place[-1]) if isinstance(parent, dict) else parent[place[-1]]
    if edit.kind == "extra" and value != EXTRA:
        yield "an extra field that is not kept"
    if edit.kind == "word" and value != edit.value:
        yield "a word that is not kept"
    if edit.kind in {"null", "time"} and not edit.value and value is not None:
        yield "something in place of None"
    if edit.kind == "time" and edit.value and value is None:
        yield "a time that is lost"


def lost_items(end: End, edit: Edit) -> Iterator[str]:
    """What is lost of a page of two items, where the first one, or the page itself, was edited."""
    if edit.place == ("conversations",):
        return
    may_cost_one = edit.place[0] == "conversations" and edit.outcome == "any" and end.way == "skip"
    if len(end.value) not in ({1, 2} if may_cost_one else {2}):
        yield "items that are lost"
    elif end.value[-1].to_dict() != json.loads(end.case.body)["conversations"][1] | end.value[-1].to_dict():
        yield "another item that is not as it came"


@pytest.mark.parametrize("flavour", ["sync", "async"])
@pytest.mark.parametrize("listing", ["list", "search"])
def test_items_that_cannot_be_read_are_given_out_as_often_as_they_come(
    open_caller: OpenCaller, flavour: str, listing: str
) -> None:
    caller = open_caller(flavour=flavour)
    rows: list[Any] = [None, None, 7, 7, "a", "a", {}, {}]
    caller.player.play(json_response("getConversation", {"conversations": rows, "count": len(rows), "offset": 0}))
    items = getattr(caller.client.conversations, listing)(on_invalid="raw")
    assert list(items) == rows
    assert items.invalid == len(rows)


@pytest.mark.parametrize("numbers", [{"count": 8, "offset": 0}, {"count": None, "offset": 0}, {}])
def test_a_listing_that_stays_where_it_is_ends(open_caller: OpenCaller, numbers: dict[str, Any]) -> None:
    caller = open_caller()
    rows = [{"conversationId": f"CA{number}", "accountId": "a", "projectId": "p"} for number in range(2)]
    caller.player.play(json_response("getConversation", {"conversations": rows, **numbers}))
    with contextlib.suppress(PolyAIError):
        for _ in itertools.islice(caller.client.conversations.list().pages(), 20):
            pass
    assert len(caller.player.requests) < 20
