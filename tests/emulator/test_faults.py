"""Faults on request."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.emulator.support import READS, RECORDINGS, Caller
from tests.support.document import operations

LISTINGS = ["listConversations", "searchConversations"]


def faulty(call: Caller, operation_id: str, fault: str, **options: Any) -> httpx.Response:
    return call(operation_id, headers={"X-Emulator-Fault": fault}, faulty=True, **options)


@pytest.mark.parametrize("fault", ["truncate", "reset-midway"])
@pytest.mark.parametrize("operation_id", READS)
def test_a_body_breaks_off_in_its_middle(call: Caller, operation_id: str, fault: str) -> None:
    whole = call(operation_id)
    with pytest.raises(httpx.TransportError):
        faulty(call, operation_id, fault)
    arrived, broke = call.arriving(operation_id, X_Emulator_Fault=fault)
    assert broke
    # Signed links differ from call to call, though not in length.
    assert 0 < len(arrived) < len(whole.content)
    assert operation_id == "getRedactedAudio" or arrived == whole.content[: len(arrived)]
    assert call.emulator.requests[-1].status == 200


def test_truncate_declares_the_length_of_the_whole(call: Caller) -> None:
    whole = call("getConversation").content
    message = f"received {len(whole) // 2} bytes, expected {len(whole)}"
    with pytest.raises(httpx.RemoteProtocolError, match=message):
        faulty(call, "getConversation", "truncate")
    with pytest.raises(httpx.RemoteProtocolError, match="received 0 bytes, expected 1"):
        faulty(call, "listConversations", "empty,truncate")


@pytest.mark.parametrize("operation_id", ["searchConversations", *RECORDINGS])
def test_slow_and_chunked_send_the_same_bytes(call: Caller, operation_id: str) -> None:
    whole = call(operation_id).content
    for fault in ("slow=0.01", "chunked", "slow=0.01, chunked"):
        response = call(operation_id, headers={"X-Emulator-Fault": fault})
        assert response.content == whole
        assert ("content-length" in response.headers) == ("chunked" not in fault)
        assert (response.headers.get("transfer-encoding") == "chunked") == ("chunked" in fault)


@pytest.mark.parametrize("order", ["chunked, {0}", "{0}, chunked"])
@pytest.mark.parametrize("fault", ["truncate", "reset-midway", "reset"])
def test_chunks_can_break_off(call: Caller, order: str, fault: str) -> None:
    whole = call("searchConversations").content
    arrived, broke = call.arriving("searchConversations", X_Emulator_Fault=order.format(fault))
    assert broke
    assert arrived == whole[: len(arrived)]
    assert bool(arrived) == (fault != "reset")


def test_delay_waits_before_the_response(call: Caller) -> None:
    assert faulty(call, "listConversations", "delay=0.01").status_code == 200
    operation = operations()["listConversations"]
    with pytest.raises(httpx.ReadTimeout):
        call.send(
            "GET",
            operation.host("us"),
            call.path(operation),
            headers={"X-Emulator-Fault": "delay=60"},
            timeout=httpx.Timeout(30, read=0.2),
        )


@pytest.mark.parametrize("status", [None, 200, 520])
def test_html_is_a_gateways_page_with_any_status(call: Caller, status: int | None) -> None:
    fault = "html" if status is None else f"html={status}"
    response = faulty(call, "upsertNote", fault, json={"note": "kept"})
    assert response.status_code == (status or 502)
    assert response.headers["content-type"] == "text/html"
    assert f"<h1>{status or 502} " in response.text
    assert call("getConversation").json()["note"] == "kept"


def test_null_takes_every_optional_field(call: Caller) -> None:
    detail = faulty(call, "getConversation", "null").json()
    required = {"conversationId", "accountId", "projectId"}
    assert {name for name, value in detail.items() if value is not None} == required
    assert len(detail) > 20
    listing = faulty(call, "searchConversations", "null").json()
    assert listing["cursor"] is listing["next_offset"] is None
    for item in listing["conversations"]:
        assert item["turns"] is item["total_duration"] is None
        assert item["id"]
        assert item["started_at"]


@pytest.mark.parametrize("operation_id", [*LISTINGS, "getConversation"])
def test_unknown_adds_fields_at_every_depth(call: Caller, operation_id: str) -> None:
    body = faulty(call, operation_id, "unknown").json()
    added = body.pop("x_emulator_unknown")
    assert added["nested"]
    for item in [*body.get("conversations", ()), *body.get("turns", ())]:
        assert item.pop("x_emulator_unknown") == added
        for turn in item.get("turns", ()):
            assert turn.pop("x_emulator_unknown") == added
    assert body == call(operation_id).json()


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [
        ("listConversations", "conversationId"),
        ("searchConversations", "id"),
        ("getConversation", "conversationId"),
        ("getRedactedAudio", "status"),
    ],
)
def test_one_required_field_is_spoilt(call: Caller, operation_id: str, name: str) -> None:
    missing, wrong = (faulty(call, operation_id, fault).json() for fault in ("missing", "wrong-type"))
    if "conversations" in missing:
        # One item is, and the others are as they were.
        missing, *others = missing["conversations"]
        wrong, *rest = wrong["conversations"]
        assert others == rest == call(operation_id).json()["conversations"][1:]
    assert name not in missing
    assert missing
    assert wrong[name] == 17


def test_a_field_can_be_named(call: Caller) -> None:
    listing = faulty(call, "searchConversations", "missing=started_at").json()
    assert not any("started_at" in item for item in listing["conversations"])
    assert "conversations" not in faulty(call, "searchConversations", "missing=conversations").json()
    detail = faulty(call, "getConversation", "wrong-type=turns,missing=metrics").json()
    assert detail["turns"] == {"wrong": "type"}
    assert "metrics" not in detail
    durations = faulty(call, "getConversation", "wrong-type=totalDuration").json()
    assert durations["totalDuration"] == "wrong type"


def test_an_error_can_be_spoilt_as_well(call: Caller) -> None:
    response = call("getConversation", headers={"X-Emulator-Status": "404", "X-Emulator-Fault": "null"}, faulty=True)
    assert response.status_code == 404
    assert set(response.json().values()) == {None}
    missing = call("searchConversations", key=None, headers={"X-Emulator-Fault": "missing"}, faulty=True)
    assert (missing.status_code, missing.json()) == (401, {})


@pytest.mark.parametrize("fault", ["null", "unknown", "missing", "wrong-type"])
def test_a_fault_of_json_does_not_fit_a_recording(call: Caller, fault: str) -> None:
    response = faulty(call, "getConversationRecording", fault)
    assert response.status_code == 400
    assert f"{fault} needs a JSON response" in response.json()["error_message"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("explode", "'explode' is not one of delay"),
        ("delay", "delay needs a number of seconds, not ''"),
        ("delay=soon", "not 'soon'"),
        ("delay=inf", "not 'inf'"),
        ("slow=x", "slow needs a number"),
        ("missing=colour", "no field 'colour'"),
        ("html=99", "'99' is not a status"),
        ("null, empty, unknown", "unknown needs a JSON response"),
    ],
)
def test_an_invalid_fault_is_refused(call: Caller, fault: str, message: str) -> None:
    response = faulty(call, "listConversations", fault)
    assert response.status_code == 400
    assert "x-emulator-fault: " in response.json()["error_message"]
    assert message in response.json()["error_message"]


def test_signed_links_can_break_too(call: Caller) -> None:
    host, path = call.link()
    for fault, error in (("truncate", httpx.RemoteProtocolError), ("reset", httpx.NetworkError)):
        with pytest.raises(error):
            call.send("GET", host, path, headers={"X-Emulator-Fault": fault})
    assert call.send("GET", host, path, headers={"X-Emulator-Fault": "slow=0.01"}).content[:3] == b"ID3"
