"""However a response drifts, a call ends in a value or in a PolyAIError, and no data that can be read is lost."""

from __future__ import annotations

import functools
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
from tests.facade.corpus import LONG_ERROR, Case, corpus
from tests.facade.corpus_edits import Edit
from tests.facade.document_clients import Caller, OpenCaller, Setting, ways
from tests.support.document import JSON, operations
from tests.support.models import lies, same
from tests.support.rooms import complete

player, open_caller = clients.player, clients.open_caller
LISTINGS = ("listConversations", "searchConversations")
WRITES = ("addAnnotations", "upsertNote")


@functools.cache
def cases(operation_id: str) -> list[Case]:
    return list(corpus(operation_id))


@dataclass(frozen=True)
class End:
    """How a call ended that got a case as its response.

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
    """Call an operation that gets `case` as its response."""
    caller.player.play(*clients.before(case.operation_id), case.response, *clients.after(case.operation_id))
    value, error = None, None
    try:
        value = caller(case.operation_id, clients.example_call(case.operation_id), way)
    except Exception as raised:  # noqa: BLE001 - which one it is, is what this looks for
        error = raised
    return End(case, way, value, error, len(caller.player.requests))


# The asynchronous source is the one that the synchronous client is written from: a sample shows that both read alike,
# and the bytes of recordings take a way of their own.
@pytest.mark.parametrize(
    ("mode", "step", "operation_id"),
    [
        (mode, step, name)
        for mode, step in (("sync", 2), ("strict", 3), ("async", 8))
        for name, operation in complete().items()
        if mode != "strict" or operation.media_type == JSON
    ],
)
def test_every_response_ends_in_a_value_or_an_error(
    open_caller: OpenCaller, mode: str, step: int, operation_id: str
) -> None:
    operation, strict = operations()[operation_id], mode == "strict"
    caller = open_caller(Setting(operation.vendor, options={"strict": strict}), "async" if mode == "async" else "sync")
    broken: list[str] = []
    for case in cases(operation_id)[:: 1 if operation.media_type != JSON else step]:
        if strict and case.kind not in {"edit", "body"}:
            continue
        # The ways differ in what becomes of what cannot be read, and in how a recording is read.
        one = case.kind in {"body", "status"} or (case.kind == "edit" and case.outcome == "value")
        chosen = ways(operation_id)[:1] if one or operation_id == "getRedactedAudio" else ways(operation_id)
        for way in chosen[:1] if strict else chosen:
            end = ended(caller, case, way)
            broken += [f"{rule}: {end}" for rule in broken_rules(end, strict=strict)]
    assert not broken, "\n".join(broken[:20])


def broken_rules(end: End, *, strict: bool) -> Iterator[str]:
    """The rules that hold for every call, and that this one breaks."""
    outcome = "error" if strict and not end.case.valid else end.case.outcome
    if end.case.operation_id in WRITES and 200 <= end.case.status < 300:
        outcome = "error" if refuses(end.case) else "value"
    if isinstance(end.error, TimeoutError) or end.requests > 3:
        yield "no end"
    if outcome == "value" and end.error is not None:
        yield "an error instead of a value"
    if outcome == "error" and end.error is None:
        yield "a value instead of an error"
    yield from broken_by_error(end)
    if end.error is None and end.case.edit is not None:
        yield from broken_by_value(end, end.case.edit)


def refuses(case: Case) -> bool:
    """Whether the body of a response to a write says that it was not done; whatever else it holds, it was."""
    edited = case.edit is not None and case.edit.pointer == ("success",) and case.edit.value is False
    return edited or case.body == LONG_ERROR


def broken_by_error(end: End) -> Iterator[str]:
    if end.error is not None and not isinstance(end.error, PolyAIError):
        yield "an error that is no PolyAIError"
    if isinstance(end.error, PolyAIError) and end.error.done and not end.error.sent:
        yield "an error after something was done that was not sent"
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
            yield "the body instead of the item"
        # A name that no document gives is data, and is shown as `*`.
        where = re.escape(error.where).replace(r"\*", r"[^.\[]*")
        if not (re.match(where, case.edit.path) or error.where.startswith(case.edit.path)):
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
    model, came = end.value, json.loads(end.case.body)
    if end.case.operation_id in LISTINGS:
        yield from lost_items(end, edit)
        in_an_item = edit.pointer[0] == "conversations" and len(edit.pointer) > 2
        model, came = (end.value[0], came["conversations"][0]) if in_an_item else (None, None)
    if model is None or edit.outcome != "value" or isinstance(model, dict):
        return
    model = getattr(model, "reply", model)
    if not same(model.to_dict(), came):
        yield "a value that is lost"
    yield from lies(model, type(model))


def lost_items(end: End, edit: Edit) -> Iterator[str]:
    """What is lost of a page of two items, where the first one, or the page itself, was edited."""
    if edit.pointer == ("conversations",):
        return
    may_cost_one = edit.pointer[0] == "conversations" and edit.outcome == "any" and end.way == "default"
    items: list[Any] = end.value
    if len(items) not in ({1, 2} if may_cost_one else {2}):
        yield "items that are lost"
    elif items[-1].to_dict() != json.loads(end.case.body)["conversations"][1] | items[-1].to_dict():
        yield "another item that is not as it came"
