"""Every answer that the patched document allows is decoded without loss: what is given out is what came."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from polyai_data.errors import APIError, DecodeError, class_for_status
from tests.facade.document_answers import answers_to, losses, shape
from tests.facade.document_check import examples
from tests.facade.document_clients import SPOKEN, World, answer_of, raw_answer, simple, worlds
from tests.facade.document_reader import JSON, operations

EXAMPLES = 20
PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "getConversation": lambda client: client.conversations.get("CA1"),
    "createDebugChat": lambda client: client.debug_chat.start(client_env="live").reply,
    "sendDebugChatMessage": lambda client: client.debug_chat.start(client_env="live").send("hello"),
    "getRedactedAudio": lambda client: client.redacted_audio.get("T1"),
}
"""Calls that give the whole answer."""
WRITES: Mapping[str, Callable[[Any], Any]] = {
    "addAnnotations": lambda client: client.conversations.annotate(
        "CA1", turn_id=0, role="user", annotation_type="wrong_info"
    ),
    "upsertNote": lambda client: client.conversations.set_note("CA1", "checked"),
}
LISTINGS: Mapping[str, Callable[[Any], Any]] = {
    "listConversations": lambda client: client.conversations.list(on_invalid="raise"),
    "searchConversations": lambda client: client.conversations.search(on_invalid="raise"),
}
IDENTITY = {"listConversations": "conversationId", "searchConversations": "id"}
LAST = {
    "listConversations": {"conversations": [], "count": 0, "limit": 50, "offset": 0},
    "searchConversations": {"conversations": []},
}


@pytest.fixture(params=["sync", "async"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with worlds(request.param, tmp_path, monkeypatch) as made:
        yield made


def read(client: Any, operation_id: str) -> Any:
    """Call an operation; a recording is read."""
    if "Recording" in operation_id:
        with client.conversations.recording("CA1", legacy=operation_id.endswith("V3")) as recording:
            return recording.read()
    if operation_id in LISTINGS:
        return list(LISTINGS[operation_id](client))
    return {**PLAIN, **WRITES}[operation_id](client)


@contextmanager
def client_of(world: World, operation_id: str, *, strict: bool) -> Iterator[Any]:
    vendor = operations()[operation_id].vendor
    with world.client(simple(vendor, options={"max_retries": 0, "strict": strict})) as client:
        yield client


def played(world: World, operation_id: str, *answers: bytes) -> None:
    greeting = [answer_of("createDebugChat", SPOKEN)] if operation_id == "sendDebugChatMessage" else []
    world.recorder.play([*greeting, *answers])


def check(operation_id: str, came: Any, got: Any) -> None:
    assert list(losses(operations()[operation_id], shape(operation_id), came, got)) == []


def test_every_json_answer_has_its_test() -> None:
    json_operations = {name for name, each in operations().items() if JSON in each.answers[each.success]}
    assert {*PLAIN, *WRITES, *LISTINGS} == json_operations
    successes = {name: [status for status in each.answers if status < 300] for name, each in operations().items()}
    assert all(len(statuses) == 1 for statuses in successes.values())


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("operation_id", sorted(PLAIN))
def test_a_model_gives_back_what_came(world: World, operation_id: str, strict: bool) -> None:
    with client_of(world, operation_id, strict=strict) as client:

        @examples(EXAMPLES)
        @given(answers_to(operation_id, nulls=not strict))
        def every(answer: Any) -> None:
            note(json.dumps(answer))
            played(world, operation_id, answer_of(operation_id, answer))
            check(operation_id, answer, read(client, operation_id).to_dict())

        every()


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("operation_id", sorted(WRITES))
def test_a_write_that_was_accepted_is_one(world: World, operation_id: str, strict: bool) -> None:
    with client_of(world, operation_id, strict=strict) as client:

        @examples(EXAMPLES // 2)
        @given(answers_to(operation_id))
        def every(answer: Any) -> None:
            played(world, operation_id, answer_of(operation_id, answer))
            assert read(client, operation_id) is None

        every()


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("operation_id", sorted(LISTINGS))
def test_a_page_gives_back_what_came(world: World, operation_id: str, strict: bool) -> None:
    items = operations()[operation_id].follow(shape(operation_id))["properties"]["conversations"]["items"]

    with client_of(world, operation_id, strict=strict) as client:

        @examples(EXAMPLES)
        @given(answers_to(operation_id, nulls=not strict))
        def every(answer: Any) -> None:
            note(json.dumps(answer))
            assume(leads_on(answer))
            played(world, operation_id, answer_of(operation_id, answer), answer_of(operation_id, LAST[operation_id]))
            page = next(iter(LISTINGS[operation_id](client).pages()))
            assert page.invalid == []
            # What comes twice is given once, and the first of the two is given.
            came = first_of_each(answer["conversations"], IDENTITY[operation_id])
            assert len(page.items) == len(came)
            for row, item in zip(came, page.items, strict=True):
                assert list(losses(operations()[operation_id], items, row, item.to_dict())) == []
            check_numbers(operation_id, answer, page)

        every()


def first_of_each(rows: list[Any], identity: str) -> list[Any]:
    """The rows without those that are of a conversation that came before."""
    seen: dict[str, Any] = {}
    for row in rows:
        seen.setdefault(row[identity], row)
    return list(seen.values())


def leads_on(answer: Any) -> bool:
    """Whether a page leads to a place that can come after it; what does not has a test of its own."""
    following = answer.get("next_offset")
    return bool(answer.get("cursor")) or following is None or (type(following) is int and following > 0)


def check_numbers(operation_id: str, answer: Any, page: Any) -> None:
    """Check that what the page itself says is not lost."""
    if operation_id == "searchConversations":
        if cursor := answer.get("cursor"):
            assert page.next.cursor == cursor
        elif answer.get("next_offset") is not None and answer["conversations"]:
            assert (page.next.cursor, page.next.offset) == (None, answer["next_offset"])
        else:
            assert page.next is None
    elif type(answer["count"]) is int and answer["count"] >= 0:
        assert page.total == answer["count"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("operation_id", list(operations()))
def test_an_error_keeps_what_came(world: World, operation_id: str) -> None:
    statuses = [status for status in operations()[operation_id].answers if status >= 400]
    assert all(shape(operation_id, status) == shape(operation_id, 400) for status in statuses)

    with client_of(world, operation_id, strict=False) as client:

        @examples(EXAMPLES)
        @given(st.sampled_from(statuses), answers_to(operation_id, status=400))
        def every(status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            played(world, operation_id, raw_answer(status, body))
            with pytest.raises(APIError) as caught:
                read(client, operation_id)
            error = caught.value
            assert type(error) is class_for_status(status)
            assert (error.status, error.body) == (status, body)
            said = answer.get("error_message") or answer.get("error")
            assert not said or len(said) > 500 or error.message == " ".join(said.split())
            assert not answer.get("error_code") or error.code == answer["error_code"]
            assert not answer.get("error_id") or error.correlation_id == answer["error_id"]

        every()


ROW = {"conversationId": "CA1", "accountId": "a", "projectId": "p"}


def answered(world: World, time: str) -> Any:
    """The start of a conversation whose answer says `time`, which the document allows."""
    answer = {**ROW, "startedAt": time}
    assert operations()["getConversation"].complaints(shape("getConversation"), answer) == []
    with client_of(world, "getConversation", strict=True) as client:
        played(world, "getConversation", answer_of("getConversation", answer))
        return read(client, "getConversation").started_at


def test_a_time_is_read_to_the_microsecond(world: World) -> None:
    assert answered(world, "2026-06-01T10:00:00.123456789Z").isoformat() == "2026-06-01T10:00:00.123456+00:00"


@pytest.mark.parametrize("time", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:60Z"])
def test_a_time_that_the_language_cannot_say_is_told_with_the_raw_answer(world: World, time: str) -> None:
    with pytest.raises(DecodeError) as caught:
        answered(world, time)
    assert caught.value.raw == {**ROW, "startedAt": time}


@pytest.mark.parametrize("following", [0, -1, 5.0])
def test_a_page_is_given_out_wherever_it_leads(world: World, following: float) -> None:
    row = {"id": "CA1", "account_id": "a", "project_id": "p", "environment": "live", "channel": "", "in_progress": True}
    answer = {"conversations": [{**row, "started_at": "2026-06-01T10:00:00Z"}], "next_offset": following}
    assert operations()["searchConversations"].complaints(shape("searchConversations"), answer) == []
    with client_of(world, "searchConversations", strict=True) as client:
        played(world, "searchConversations", answer_of("searchConversations", answer))
        pages = iter(client.conversations.search().pages())
        page = next(pages)
        assert [item.id for item in page.items] == ["CA1"]
        if following != 5.0:
            assert page.next is None
            with pytest.raises(DecodeError) as caught:
                next(pages)
            assert caught.value is page.broken
