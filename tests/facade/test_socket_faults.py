"""Whatever a server does to its answer, a call ends in a value or in an error of ours, which gives no secret away."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import polyai_data
from polyai_data import PolyAI
from polyai_data.errors import (
    BadRequestError,
    ConfigError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    DecodeError,
    DownloadError,
    PolyAIError,
    ServerError,
    TimeoutError,  # noqa: A004
    TransportError,
)
from tests.facade.calls import OPERATIONS, RECORDINGS, Connect, documented, perform, recorded, transcript
from tests.facade.canned import Canned, answer, json_answer, nobody

JSON_OPERATIONS = [name for name in OPERATIONS if name not in RECORDINGS]
LISTINGS = ["listConversations", "searchConversations"]
SILENT = [*RECORDINGS, "addAnnotations", "upsertNote"]
"""Operations whose calls give no model."""
SOURCE = str(Path(polyai_data.__file__).parent)


def faulty(connect: Connect, operation_id: str, fault: str, **overrides: Any) -> Any:
    return perform(connect, operation_id, headers={"X-Emulator-Fault": fault}, **overrides)


def chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    for next_one in (error.__cause__, error.__context__):
        if next_one is not None:
            yield from chain(next_one)


def check_that_it_is_ours_alone(error: BaseException) -> None:
    assert isinstance(error, PolyAIError)
    for each in chain(error):
        for value in (each, *each.args, *vars(each).values()):
            assert not type(value).__module__.startswith(("httpx", "httpcore", "anyio", "h11"))


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.parametrize("fault", ["reset", "truncate"])
def test_a_connection_that_breaks_is_a_connection_error(connect: Connect, operation_id: str, fault: str) -> None:
    with pytest.raises(ConnectionError, match="the connection broke before the response was complete") as caught:
        faulty(connect, operation_id, fault)
    check_that_it_is_ours_alone(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert documented()[operation_id]["path"] in str(caught.value)
    assert connect.last.operation_id == operation_id


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.parametrize("fault", ["delay=3", "slow=60"])
def test_an_answer_that_takes_too_long_is_a_timeout(connect: Connect, operation_id: str, fault: str) -> None:
    with pytest.raises(TimeoutError, match="within the timeout") as caught:
        faulty(connect, operation_id, fault, timeout=0.1)
    check_that_it_is_ours_alone(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_slow_answer_is_an_answer(connect: Connect, operation_id: str) -> None:
    def shown(value: Any) -> Any:
        return getattr(value, "reply", value)

    clean = shown(perform(connect, operation_id))
    connect.emulator.reset()
    assert shown(faulty(connect, operation_id, "slow=0.05")) == clean


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_gateways_page_is_an_error_with_its_title(connect: Connect, operation_id: str) -> None:
    with pytest.raises(ServerError) as caught:
        faulty(connect, operation_id, "html")
    assert caught.value.status == 502
    assert "an HTML page titled '502 Bad Gateway'" in caught.value.message
    check_that_it_is_ours_alone(caught.value)


@pytest.mark.parametrize("operation_id", JSON_OPERATIONS)
def test_an_empty_answer_is_told(connect: Connect, operation_id: str) -> None:
    with pytest.raises(DecodeError, match="not JSON but empty") as caught:
        faulty(connect, operation_id, "empty")
    assert (caught.value.where, caught.value.raw) == ("", b"")
    check_that_it_is_ours_alone(caught.value)


@pytest.mark.parametrize("operation_id", RECORDINGS)
def test_an_empty_recording_is_told(connect: Connect, operation_id: str) -> None:
    with pytest.raises(DownloadError, match="it is empty") as caught:
        faulty(connect, operation_id, "empty")
    check_that_it_is_ours_alone(caught.value)


def models(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [getattr(value, "reply", value)]


@pytest.mark.parametrize("operation_id", JSON_OPERATIONS)
def test_null_where_nothing_need_be_is_none(connect: Connect, operation_id: str) -> None:
    value = faulty(connect, operation_id, "null")
    if operation_id in SILENT:
        return
    for model in models(value):
        required = {field.name for field in type(model).__attrs_attrs__ if field.default is not None}
        assert all(
            getattr(model, field.name) is None
            for field in type(model).__attrs_attrs__
            if field.name not in required and field.name not in {"started_at", "metadata"}
        )


@pytest.mark.parametrize("operation_id", [name for name in JSON_OPERATIONS if name not in SILENT])
def test_a_field_that_no_document_names_is_kept(connect: Connect, operation_id: str) -> None:
    for model in models(faulty(connect, operation_id, "unknown")):
        assert model.additional_properties == {"x_emulator_unknown": {"nested": [1, None, "ü"]}}
        assert model.to_dict()["x_emulator_unknown"] == {"nested": [1, None, "ü"]}


@pytest.mark.parametrize("operation_id", [name for name in JSON_OPERATIONS if name not in LISTINGS])
def test_a_required_field_that_is_missing_is_told_with_what_came(connect: Connect, operation_id: str) -> None:
    with pytest.raises(DecodeError) as caught:
        faulty(connect, operation_id, "missing")
    assert caught.value.where
    assert caught.value.expected
    assert isinstance(caught.value.raw, dict)
    check_that_it_is_ours_alone(caught.value)


@pytest.mark.parametrize(
    ("operation_id", "field"), [("listConversations", "conversationId"), ("searchConversations", "channel")]
)
def test_an_item_that_cannot_be_read_is_named_by_its_place_and_handed_over(
    connect: Connect, operation_id: str, field: str
) -> None:
    conversations = connect.polyai(headers={"X-Emulator-Fault": f"missing={field}"}).conversations
    listing = conversations.list if operation_id == "listConversations" else conversations.search
    paginator = listing()
    (page,) = paginator.pages()
    error = page.invalid[0]
    assert paginator.invalid == len(page.invalid)
    assert error.where == f"conversations[0].{field}"
    assert "conversations" not in error.raw
    assert error.raw["variantId" if operation_id == "listConversations" else "variant_id"]
    assert len(list(listing(on_invalid="raw"))) == len(page.items) + len(page.invalid)
    with pytest.raises(DecodeError) as caught:
        list(listing(on_invalid="raise"))
    assert caught.value.where == error.where
    with pytest.raises(ConfigError, match="on_invalid"):
        listing(on_invalid=cast("Any", "ignore"))


@pytest.mark.parametrize("operation_id", LISTINGS)
def test_what_is_left_out_is_reported(connect: Connect, operation_id: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "polyai_data"):
        faulty(connect, operation_id, "missing")
    assert "1 of " in caplog.text
    assert "could not be read; the first: GET " in caplog.text


def fields(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(name for inner in value.values() for name in fields(inner))}
    return {name for inner in value for name in fields(inner)} if isinstance(value, list) else set()


PAGES = {"listConversations": {"conversations", "count", "limit", "offset"}, "searchConversations": {"conversations"}}
FREE = {"CALL_REASON", "TOPICS", "RESOLVED", "caller", "verified", "attempts", "topic", "messages", "environment"}


@pytest.mark.parametrize("operation_id", [name for name in JSON_OPERATIONS if name not in SILENT])
@pytest.mark.parametrize("fault", ["missing", "wrong-type"])
def test_any_field_can_be_spoilt_and_the_call_ends_in_a_value_or_an_error_of_ours(
    connect: Connect, operation_id: str, fault: str
) -> None:
    clean = [each.to_dict() for each in models(perform(connect, operation_id))]
    names = {*fields(clean), *PAGES.get(operation_id, ())}
    spoilt, leaked = set(), {}
    for name in sorted(names):
        connect.emulator.reset()
        try:
            faulty(connect, operation_id, f"{fault}={name}")
        except BadRequestError as error:
            # The emulator spoils fields that the document names; this one is inside of a free-form object.
            assert "has no field" in error.message  # noqa: PT017
            continue
        except PolyAIError as error:
            check_that_it_is_ours_alone(error)
        except Exception as error:  # noqa: BLE001 - any other is what this looks for
            leaked[name] = repr(error)
        spoilt.add(name)
    assert leaked == {}
    assert len(spoilt) >= 2


def test_a_link_that_is_no_link_is_an_error_of_ours(connect: Connect, tmp_path: Path) -> None:
    client = connect.assemblyai(headers={"X-Emulator-Fault": "wrong-type=redacted_audio_url"})
    with pytest.raises(PolyAIError) as caught:
        client.redacted_audio.save(transcript(connect.emulator, "ready"), tmp_path / "audio.wav")
    check_that_it_is_ours_alone(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_connection_is_a_connection_error(connect: Connect) -> None:
    with nobody() as dead, pytest.raises(ConnectionError, match="no connection") as caught:
        connect.polyai(connect_to=dead).conversations.get("CA1")
    check_that_it_is_ours_alone(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("nonsense", [b"", b"\x00\xff\n\n", b"HTTP/9.9 what\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"])
def test_what_is_no_http_is_a_transport_error(connect: Connect, nonsense: bytes) -> None:
    with Canned([nonsense]) as server, pytest.raises(TransportError) as caught:
        connect.polyai(connect_to=server.url).conversations.get("CA1")
    check_that_it_is_ours_alone(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        17,
        {"conversations": None, "count": 1, "limit": 1, "offset": 0},
        {"conversations": [], "count": None, "limit": None, "offset": None},
        {"conversations": [None], "count": 1, "limit": 1, "offset": 0},
        {
            "conversations": [{"conversationId": [1], "accountId": 2, "projectId": 3}],
            "count": 1,
            "limit": 1,
            "offset": 0,
        },
    ],
)
def test_a_page_of_another_shape_ends_in_a_value_or_an_error_of_ours(connect: Connect, document: Any) -> None:
    with Canned([json_answer(document)]) as server:
        listing = connect.polyai(connect_to=server.url).conversations.list()
        try:
            assert list(listing) == []
        except PolyAIError as error:
            check_that_it_is_ours_alone(error)
            assert isinstance(error, DecodeError)  # noqa: PT017


@pytest.mark.parametrize(
    "document",
    [
        {"conversations": [], "cursor": "again"},
        {"conversations": [{}], "next_offset": "soon"},
        {"conversations": [], "cursor": 17},
        {"conversations": [], "cursor": {"a": 1}},
    ],
)
def test_a_cursor_that_leads_nowhere_ends_in_an_error_of_ours(connect: Connect, document: Any) -> None:
    with Canned([json_answer(document)] * 3) as server, pytest.raises(PolyAIError):
        list(connect.polyai(connect_to=server.url).conversations.search(cursor="again"))


def failures(connect: Connect) -> Iterator[BaseException]:
    """One error of each kind."""
    for switches, timeout in (
        ({"X-Emulator-Fault": "reset"}, None),
        ({"X-Emulator-Fault": "delay=3"}, 0.1),
        ({"X-Emulator-Fault": "missing=turns"}, None),
        ({"X-Emulator-Fault": "html"}, None),
        ({"X-Emulator-Fault": "wrong-type=metrics"}, None),
        ({"X-Emulator-Status": "401"}, None),
        ({"X-Emulator-Status": "404"}, None),
        ({"X-Emulator-Status": "500"}, None),
        ({"X-Emulator-Status": "302"}, None),
    ):
        client = connect.polyai(headers=switches, timeout=timeout, api_key=connect.emulator.keys["us"].value)
        for attempt in (get, read, save_nowhere):
            try:
                attempt(connect, client)
            except PolyAIError as error:
                yield error


def get(connect: Connect, client: PolyAI) -> None:
    client.conversations.get(recorded(connect.emulator))


def read(connect: Connect, client: PolyAI) -> None:
    with client.conversations.recording(recorded(connect.emulator)) as recording:
        recording.read()


def save_nowhere(connect: Connect, client: PolyAI) -> None:
    with client.conversations.recording(recorded(connect.emulator)) as recording:
        recording.save("/nonexistent/folder/call.wav")


def test_no_error_gives_the_key_away(connect: Connect) -> None:
    key = connect.emulator.keys["us"].value
    seen = list(failures(connect))
    assert len({type(error) for error in seen}) >= 6
    for error in seen:
        for each in chain(error):
            assert key not in f"{each}{each!r}{each.args}{vars(each)}"
        assert key not in "".join(traceback.format_exception(error))


def test_no_traceback_with_its_variables_gives_the_key_away(connect: Connect) -> None:
    key = connect.emulator.keys["us"].value
    for error in failures(connect):
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename.startswith(SOURCE):
                shown = {name: repr(value) for name, value in frame.f_locals.items() if key in repr(value)}
                assert shown == {}, f"in {frame.f_code.co_name}"


def test_no_log_gives_the_key_or_a_signature_away(
    connect: Connect, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    perform(connect, "getConversation")
    link = "https://files.example/audio.wav?Signature=whoever-has-this-gets-the-file"
    answers = [json_answer({"status": "redacted_audio_ready", "redacted_audio_url": link}), answer("200 OK", b"RIFF")]
    with Canned(answers) as server:
        connect.assemblyai(connect_to=server.url).redacted_audio.save("T1", tmp_path / "audio.wav")
    for name in ("us-agents", "us-platform", "assemblyai-us"):
        assert connect.emulator.keys[name].value not in caplog.text
    assert "whoever-has-this-gets-the-file" not in caplog.text
