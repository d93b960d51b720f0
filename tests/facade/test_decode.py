"""Response bodies: models where they fit, and errors that say what arrived instead."""

from __future__ import annotations

import datetime
import json
import sys
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import decode, errors
from polyai_data.hosts import ASSEMBLYAI, POLYAI, Route
from polyai_data.models import ConversationSummary
from polyai_data.page_reader import PageReader, Piece, Reading
from polyai_data.paging import LIST, SEARCH, Listing, OnInvalid, Page, Position, Walk
from polyai_data_client.models import ConversationDetailResponse

GET = POLYAI.route("getConversation", "eu")
REQUIRED = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}


def body(**fields: Any) -> bytes:
    return json.dumps({**REQUIRED, **fields}).encode()


def conversation(*, strict: bool = False, **fields: Any) -> ConversationDetailResponse:
    return decode.model(ConversationDetailResponse, body(**fields), GET, strict=strict)


def api_error(status: int, content: bytes | dict[str, Any] = b"", **headers: str) -> errors.APIError:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decode.api_error(status, httpx.Headers(named), raw, GET)


def test_a_response_becomes_a_model() -> None:
    made = conversation(
        startedAt="2026-06-01T10:00:00.123456789+02:00",
        turns=[{"user_input": "hi", "entities": [{"name": "Ada", "numbers": ["1", "2"]}]}],
        metrics={"BOOKED": [{"value": "yes"}]},
    )
    assert made.conversation_id == "CA1"
    assert made.started_at == datetime.datetime(2026, 6, 1, 8, 0, 0, 123456, datetime.UTC)
    assert made.turns is not None
    assert made.turns[0].user_input == "hi"
    assert made.turns[0].entities is not None
    assert dict(made.turns[0].entities[0]) == {"name": "Ada", "numbers": ["1", "2"]}
    assert made.metrics is not None
    assert [each.value for each in made.metrics["BOOKED"]] == ["yes"]
    assert made.metrics.get("OTHER") is None
    assert made.unread == ()


def test_absent_and_null_are_none() -> None:
    for made in (conversation(), conversation(startedAt=None, duration=None, turns=None, metrics=None)):
        assert (made.started_at, made.duration, made.turns, made.metrics) == (None, None, None, None)


def test_an_empty_time_is_none_and_one_without_an_offset_is_utc() -> None:
    assert conversation(startedAt="").started_at is None
    assert conversation(startedAt="2026-06-01T10:00:00").started_at == datetime.datetime(
        2026, 6, 1, 10, tzinfo=datetime.UTC
    )


@pytest.mark.parametrize(
    ("content", "where", "says"),
    [
        (b"", "", "not JSON but empty"),
        (b"<html><title>502 Bad Gateway</title></html>", "", "not JSON but an HTML page"),
        (b"oops", "", "not JSON but plain text"),
        (b"\xff\xfe\x00", "", "not JSON"),
        (b"null", "", "null, not an object"),
        (b"[]", "", "a list, not an object"),
        (b"3", "", "a number, not an object"),
        (b"[" * 100_000, "", "not JSON"),
        (b"{}", "conversationId", "conversationId is missing"),
        (body(conversationId=""), "conversationId", "an empty string, documented as a string that is not empty"),
        (body(conversationId=7), "conversationId", "conversationId is a number, documented as a string"),
        (body(conversationId=None), "conversationId", "conversationId is null, documented as a string"),
    ],
)
def test_what_has_no_identity_is_a_decode_error_with_the_body_at_hand(content: bytes, where: str, says: str) -> None:
    with pytest.raises(errors.DecodeError) as caught:
        decode.model(ConversationDetailResponse, content, GET)
    assert says in str(caught.value)
    assert "GET /v1/agents/{agentId}/conversations/{conversationId}" in str(caught.value)
    assert caught.value.where == where
    assert caught.value.raw is not None or content == b"null"
    assert caught.value.__cause__ is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_model_or_a_decode_error(content: bytes) -> None:
    with pytest.raises(errors.DecodeError):
        decode.model(ConversationDetailResponse, content, GET)


def test_both_shapes_of_the_error_body_are_read() -> None:
    short = api_error(404, {"error_message": "not here"}, X_PolyAI_Correlation_Id="c-1")
    assert (type(short), short.status) == (errors.NotFoundError, 404)
    assert (short.method, short.path) == ("GET", "/v1/agents/{agentId}/conversations/{conversationId}")
    assert (short.message, short.code, short.correlation_id) == ("not here", None, "c-1")
    long = api_error(
        404,
        {
            "success": False,
            "error": "NotFound",
            "error_id": "c-2",
            "error_code": "CONVERSATIONS_NOT_FOUND",
            "error_message": "not here",
            "data": None,
        },
    )
    assert (long.message, long.code, long.correlation_id) == ("not here", "CONVERSATIONS_NOT_FOUND", "c-2")
    assert str(long) == (
        "404 CONVERSATIONS_NOT_FOUND on GET /v1/agents/{agentId}/conversations/{conversationId}: not here "
        "[correlation id c-2]"
    )
    assert api_error(400, {"error": "not ready"}).message == "not ready"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><title>\n503 Service  Unavailable</title>", "an HTML page"),
        (b"<html>", "an HTML page"),
        (b"upstream error", "plain text or binary data"),
        (b"{}", "JSON without a message"),
        (b"[1]", "JSON without a message"),
        (b"\xff", "plain text or binary data"),
    ],
)
def test_a_gateways_page_is_named_for_what_it_is(content: bytes, says: str) -> None:
    made = api_error(503, content)
    assert made.message == f"the response is {says}"
    assert made.body == content


def test_a_long_message_is_cut_and_folded() -> None:
    message = api_error(400, {"error_message": "x\n" * 2000}).message
    assert len(message) <= decode.LONGEST_MESSAGE
    assert "\n" not in message


def test_a_401_says_that_key_and_region_must_match_and_where_the_key_comes_from() -> None:
    hint = str(api_error(401, {"error_message": "no"}))
    assert "Key and region must match" in hint
    assert "'eu'" in hint
    assert GET.studio_url is not None
    assert GET.studio_url in hint
    other = ASSEMBLYAI.route("getRedactedAudio", "us")
    assert "Key and region must match" in str(decode.api_error(401, httpx.Headers(), b"", other))
    gateway = Route(GET.operation, None, "https://gateway.example", None)
    assert "this call went to https://gateway.example." in str(decode.api_error(401, httpx.Headers(), b"", gateway))


def test_the_hint_of_a_401_fits_its_cause() -> None:
    expired = str(api_error(401, {"error_message": "the API key has Expired"}))
    assert f"Make a new key at {GET.studio_url}." in expired
    assert "must match" not in expired
    search = POLYAI.route("searchConversations", "eu")
    kind = str(decode.api_error(401, httpx.Headers(), b"", search))
    assert "API (conversations_api_key=) of the same region: it went to region 'eu'," in kind
    assert str(search.studio_url) in kind
    gateway = Route(GET.operation, None, "https://gateway.example", None)
    assert "Make a new key." in str(decode.api_error(401, httpx.Headers(), b'{"error": "key expired"}', gateway))


def test_the_error_says_how_long_to_wait() -> None:
    assert api_error(429, retry_after="3").retry_after == 3
    assert api_error(429).retry_after is None


ROUTE = POLYAI.route("listConversations", "us")


def page_of(
    content: bytes,
    on_invalid: OnInvalid = "skip",
    *,
    listing: Listing = LIST,
    at: Position | None = None,
    strict: bool = False,
) -> Page[Any]:
    reader = PageReader(Reading(listing, ROUTE, on_invalid, strict=strict), at or Position(), Walk())
    items = [item for part in reader.read(Piece(content)) for item in part]
    rest, made = reader.end()
    return replace(made, items=items + rest)


def page(rows: Any, *, on_invalid: OnInvalid = "skip", **more: Any) -> Page[Any]:
    content = json.dumps({"conversations": rows, **more}).encode()
    return page_of(content, on_invalid)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (None, "conversations[1]"),
        (["CA1"], "conversations[1]"),
        ({}, "conversations[1].conversationId"),
        ({**REQUIRED, "conversationId": None}, "conversations[1].conversationId"),
        ({**REQUIRED, "conversationId": 7}, "conversations[1].conversationId"),
        ({**REQUIRED, "conversationId": ""}, "conversations[1].conversationId"),
    ],
)
def test_an_item_that_cannot_be_read_costs_that_item_alone(row: Any, where: str) -> None:
    made = page([REQUIRED, row, {**REQUIRED, "conversationId": "CA2"}], count=4, offset=0)
    assert [type(item) for item in made.items] == [ConversationSummary, ConversationSummary]
    assert [(error.where, error.raw) for error in made.invalid] == [(where, row)]
    assert (made.total, made.next, made.broken) == (4, Position(offset=3), None)
    assert page([REQUIRED, row], on_invalid="raw").items[1] == row
    with pytest.raises(errors.DecodeError) as caught:
        page([REQUIRED, row], on_invalid="raise")
    assert caught.value.where == where


def test_a_page_that_leads_nowhere_still_has_its_items() -> None:
    content = b'{"conversations": [{"id": "CA1"}], "cursor": ["a"]}'
    made = page_of(content, listing=SEARCH, at=Position(cursor="a"))
    assert [each.id for each in made.items] == ["CA1"]
    assert made.next is None
    assert isinstance(made.broken, errors.DecodeError)


@pytest.mark.parametrize("rows", [None, {}, "rows", 7])
def test_a_page_without_a_list_of_items_is_an_error(rows: Any) -> None:
    with pytest.raises(errors.DecodeError, match=r"conversations is .*, not a list") as caught:
        page(rows)
    assert caught.value.where == "conversations"


def test_a_page_without_its_list_is_an_error() -> None:
    with pytest.raises(errors.DecodeError, match="conversations is missing"):
        page_of(b"{}")


def test_strictly_a_response_is_what_the_document_says() -> None:
    assert conversation(duration="12").to_dict()["duration"] == "12"
    with pytest.raises(
        errors.DecodeError, match=r"duration: the value is not of types \"null\", \"integer\""
    ) as caught:
        conversation(duration="12", secret="Ada Lovelace", strict=True)
    assert caught.value.where == "duration"
    allowed = conversation(strict=True, startedAt="at noon", shortSummary={"heading": "Ada"}, note=None)
    assert [each.place for each in allowed.unread] == ["startedAt"]
    rows = json.dumps({"conversations": [REQUIRED], "count": 1, "limit": None, "offset": 0}).encode()
    with pytest.raises(errors.DecodeError):
        page_of(rows, strict=True)


@pytest.mark.parametrize("on_invalid", ["skip", "raw", "raise"])
def test_a_page_of_which_nothing_can_be_read_is_an_error(on_invalid: OnInvalid) -> None:
    with pytest.raises(errors.DecodeError, match=r"conversations\[0\].conversationId is missing") as caught:
        page([{"id": "CA1"}, 7], on_invalid=on_invalid)
    assert caught.value.raw == {"id": "CA1"}
    assert page([], on_invalid=on_invalid).items == []


def test_what_does_not_fit_is_named_where_it_stands() -> None:
    made = page([{**REQUIRED, "startedAt": "never", "duration": {"s": 7}}, REQUIRED], count="many", offset=0)
    assert (made.total, made.invalid, made.items[0].started_at, made.items[0].duration) == (None, [], None, None)
    assert [(each.place, each.reason) for each in made.unread] == [("count", "a string, documented as an integer")]
    assert [each.place for each in made.items[0].unread] == ["startedAt", "duration"]
    assert decode.drift(made) == {
        ("count", "a string, documented as an integer"),
        ("conversations[].startedAt", "a string, documented as a time"),
        ("conversations[].duration", "an object, documented as an integer"),
    }


@pytest.mark.parametrize("error_id", [7, True, ["c-1"], {"id": "c-1"}])
def test_a_correlation_id_is_text_or_none(error_id: Any) -> None:
    correlation_id = api_error(404, {"error_message": "not here", "error_id": error_id}).correlation_id
    assert correlation_id is None
    assert api_error(404, {"error_id": error_id}, X_PolyAI_Correlation_Id="c-1").correlation_id == "c-1"


@pytest.mark.parametrize("message", [7, ["no"], {"why": "no"}, True])
def test_a_message_or_a_code_that_is_no_text_is_passed_over(message: Any) -> None:
    error = api_error(400, {"error_message": message, "error_code": message, "message": "of no vendor's"})
    assert (error.message, error.code) == ("the response is JSON without a message", None)


@pytest.mark.parametrize(
    ("body", "sent"), [({"error_message": "busy"}, False), ({"error_code": "BUSY"}, False), ({}, True)]
)
def test_a_503_of_the_vendors_own_says_that_nothing_was_done(body: Any, sent: bool) -> None:
    assert api_error(503, body, Retry_After="1").sent is sent
    assert api_error(503, body).sent


def test_the_words_of_a_shorter_error_body_are_its_message() -> None:
    assert api_error(404, {"detail": "Not Found"}).message == "Not Found"


@pytest.mark.parametrize(
    "text",
    ["this is not Ada", "Ada does not match Bob", "Ada has 7", "Ada is less than 7", "Ada is a required property"],
)
def test_strictly_no_value_is_shown_whatever_its_words(text: str) -> None:
    with pytest.raises(errors.DecodeError) as caught:
        conversation(duration=text, strict=True)
    assert "Ada" not in str(caught.value)
    assert caught.value.where == "duration"


@pytest.mark.parametrize("text", ["\ud83d", "Ada \udfff", "\x00"])
def test_strictly_a_text_that_no_validator_can_take_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(errors.DecodeError) as caught:
        conversation(turns=[{"user_input_datetime": text}], strict=True)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        *(
            "1e999",
            "NaN",
            "-Infinity",
            '"\\ud83d"',
            "1" + "0" * 99,
            "18446744073709551617",
            "-0.0",
            "123456789.123456789",
        ),
        *('{"a": 1, "a": 2}', '"\\ud83d\\ude00 \u00e9"', "[[[]]]"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_reads_alike_with_and_without_the_extra(
    value: str, encoding: str, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fast:
        monkeypatch.setitem(sys.modules, "msgspec.json", None)
    monkeypatch.setattr(decode, "_quick", decode._quick.__wrapped__)
    assert (decode._quick() is not None) is fast
    body = f'{{"conversationId": "CA1", "new": {value}}}'
    made = decode.parse(body.encode(encoding), "Conversation", GET)
    assert repr(made) == repr(json.loads(body))
