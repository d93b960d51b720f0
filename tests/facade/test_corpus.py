"""Whatever an answer drifts to, a call ends in a value or in an error of ours, and no data that can be read is lost."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from polyai_data.errors import (
    APIError,
    DecodeError,
    PolyAIError,
    TimeoutError,  # noqa: A004 - ours
    class_for_status,
)
from tests.facade import drift
from tests.facade.corpus import Case, corpus
from tests.facade.corpus_edits import EXTRA, Drift, Place
from tests.facade.corpus_schema import operations
from tests.facade.drift import CALLS, LISTINGS, Clients, End, called

if TYPE_CHECKING:
    from tests.conftest import Tally

OPERATIONS = [operation.id for operation in operations()]
JSON_OPERATIONS = [operation.id for operation in operations() if operation.media_type == "application/json"]


@functools.cache
def cases(operation_id: str) -> list[Case]:
    return list(corpus(operation_id))


@pytest.fixture(params=["sync", "async"])
def clients(
    request: pytest.FixtureRequest, clean_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clients]:
    # The HTTP library looks for this module at every request; where it is missing, that takes longer than the request.
    if importlib.util.find_spec("sniffio") is None:
        monkeypatch.setitem(cast("dict[str, Any]", sys.modules), "sniffio", None)
    with drift.clients(request.param, tmp_path) as made:
        yield made


def ends(clients: Clients, operation_id: str, tally: Tally, *, strictly: bool = False) -> Iterator[End]:
    """How calls end: every case in every way to call its operation, or strictly, every success in one way."""
    calls = list(CALLS[operation_id].items())
    for case in cases(operation_id):
        if strictly and case.kind == "status":
            continue
        # The ways differ in what becomes of what cannot be read, and in how a recording is read.
        alike = strictly or case.kind in {"body", "status"} or (case.drift is not None and case.outcome == "value")
        for mode, call in calls[:1] if alike else calls:
            end = called(clients, case, mode, call)
            tally.answers += 1
            tally.values += end.error is None
            tally.errors += end.is_ours
            tally.others += end.error is not None and not end.is_ours
            yield end


def check_none(complaints: list[tuple[str, End]]) -> None:
    """Check that there are none; tells how many there are of each kind, with some of them."""
    by_rule: dict[str, list[End]] = {}
    for rule, end in complaints:
        by_rule.setdefault(rule, []).append(end)
    told = [f"{len(found)} times {rule}: {', '.join(map(str, found[:4]))}" for rule, found in by_rule.items()]
    assert not complaints, "\n".join(told)


def test_every_operation_is_called_and_has_answers() -> None:
    assert set(CALLS) == set(OPERATIONS)
    names = [(case.operation_id, case.name) for case in corpus()]
    assert len(names) == len(set(names)) > 1000
    assert {operation for operation, _ in names} == set(OPERATIONS)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_answer_ends_in_a_value_or_an_error_of_ours(clients: Clients, operation_id: str, tally: Tally) -> None:
    check_none([(rule, end) for end in ends(clients, operation_id, tally) for rule in broken_rules(end)])


def broken_rules(end: End) -> Iterator[str]:
    """The rules that hold for every call, and that this one breaks."""
    if end.error is not None and not end.is_ours:
        yield "an error that is not ours"
    if isinstance(end.error, TimeoutError) or end.requests > 3:
        yield "no end"
    if end.case.outcome == "value" and end.error is not None:
        yield "an error in place of a value"
    if end.case.outcome == "error" and end.error is None:
        yield "a value in place of an error"
    if isinstance(end.error, DecodeError):
        yield from broken_by_decode_error(end.error, end.case)
    elif isinstance(end.error, APIError):
        yield from broken_by_api_error(end.error, end.case)
    elif end.error is None and end.case.drift is not None:
        yield from broken_by_value(end, end.case.drift)


def broken_by_decode_error(error: DecodeError, case: Case) -> Iterator[str]:
    if not isinstance(error.where, str) or not error.expected or not hasattr(error, "raw"):
        yield "an error that does not say where, or what was expected"
    if shown := [text for text in texts(error.raw) if text in str(error)]:
        yield f"an error that shows {shown}"
    if case.drift is not None and isinstance(error.raw, bytes):
        yield "the body where the item was due"
    if case.drift is not None and not (
        case.name.startswith(error.where) or error.where.startswith(case.name.partition(": ")[0])
    ):
        yield "an error that names another place"


def broken_by_api_error(error: APIError, case: Case) -> Iterator[str]:
    # A body that says that a write was not done is believed, whatever success the status tells.
    status = error.status if 200 <= case.status < 300 else case.status
    if (
        type(error) is not class_for_status(status)
        or error.status // 100 != case.status // 100
        or error.status != status
    ):
        yield "an error of another class or status"
    if not isinstance(error.message, str) or not error.message or error.body != case.body:
        yield "an error without a message or its body"
    for name in ("code", "correlation_id"):
        if not isinstance(getattr(error, name), str | None):
            yield f"an error whose {name} is no text"
    if not isinstance(error.retry_after, float | None) or (error.retry_after or 0) < 0:
        yield "an error whose retry_after is no time"


def texts(value: Any) -> Iterator[str]:
    """Every text in `value` that is long enough to be told from the words of a message."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, int | float | str) and len(str(value)) > 5:
        # A validator may quote a text with its quotation marks.
        yield from (str(value), *re.findall(r"Ada's \w+", str(value)))


def broken_by_value(end: End, change: Drift) -> Iterator[str]:
    """What a value must hold where one property of the answer drifted."""
    model, place = end.value, change.place
    if end.case.operation_id in LISTINGS:
        yield from lost(end, change)
        in_an_item = place[0] == "conversations" and len(place) > 2
        model, place = (end.value[0] if in_an_item else None), place[2:]
    if model is not None and change.outcome == "value" and not isinstance(model, dict):
        yield from changed(getattr(model, "reply", model).to_dict(), place, change)


def lost(end: End, change: Drift) -> Iterator[str]:
    """Which items of a page of two are lost, where the first of them, or the page itself, drifted."""
    if change.place == ("conversations",):
        return
    may_cost_one = change.place[0] == "conversations" and change.outcome == "any" and end.mode == "skip"
    if len(end.value) not in ({1, 2} if may_cost_one else {2}):
        yield "items that are lost"
    elif end.value[-1].to_dict() != json.loads(end.case.body)["conversations"][1] | end.value[-1].to_dict():
        yield "another item that is not as it came"


def changed(found: Any, place: Place, change: Drift) -> Iterator[str]:
    """Whether the change is in `found` as it must be."""
    for step in place[:-1]:
        found = found[step]
    there = found.get(place[-1]) if isinstance(found, dict) else found[place[-1]]
    if change.kind == "extra" and there != EXTRA:
        yield "an extra field that is not kept"
    if change.kind == "word" and there != change.value:
        yield "a word that is not kept"
    if change.kind in {"null", "date"} and not change.value and there is not None:
        yield "something where None was due"
    if change.kind == "date" and change.value and there is None:
        yield "a time that is lost"


@pytest.mark.parametrize("operation_id", JSON_OPERATIONS)
def test_strictly_what_the_document_does_not_say_is_an_error(clients: Clients, operation_id: str, tally: Tally) -> None:
    complaints: list[tuple[str, End]] = []
    for end in ends(clients.strictly(), operation_id, tally, strictly=True):
        if end.error is not None and not end.is_ours:
            complaints.append(("an error that is not ours", end))
        if end.error is None and not end.case.valid:
            complaints.append(("a value in place of an error", end))
        if end.error is not None and end.case.valid and end.case.outcome == "value":
            complaints.append(("an error in place of a value", end))
        if isinstance(end.error, DecodeError):
            complaints += [(rule, end) for rule in broken_by_decode_error(end.error, end.case)]
    check_none(complaints)


@pytest.mark.parametrize("listing", ["list", "search"])
def test_what_no_item_can_be_read_from_is_given_out_as_often_as_it_comes(clients: Clients, listing: str) -> None:
    rows: list[Any] = [None, None, 7, 7, "a", "a", {}, {}]
    clients.player.play(drift.page(conversations=rows, count=len(rows), offset=0))
    found = getattr(clients.polyai.conversations, listing)(on_invalid="raw")
    assert list(found) == rows
    assert found.invalid == len(rows)


@pytest.mark.parametrize("numbers", [{"count": 8, "offset": 0}, {"count": None, "offset": 0}, {}])
def test_a_listing_that_stays_where_it_is_ends(clients: Clients, numbers: dict[str, Any]) -> None:
    rows = [{"conversationId": f"CA{number}", "accountId": "a", "projectId": "p"} for number in range(2)]
    clients.player.play(drift.page(conversations=rows, **numbers))
    pages = clients.polyai.conversations.list().pages()
    with contextlib.suppress(PolyAIError):
        for _ in itertools.islice(pages, 20):
            pass
    assert clients.player.requests < 20
