"""Faults on request."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

import httpx
import pytest

from polyai_data.emulator.faults import delivery, switches
from polyai_data.emulator.http.response import Answer
from tests.emulator.support import Caller, operations

LISTINGS = ["listConversations", "searchConversations"]
JSON_READS = [*LISTINGS, "getConversation", "getRedactedAudio"]
RECORDINGS = ["getConversationRecording", "getConversationRecordingV3"]


def faulty(call: Caller, operation_id: str, fault: str, **options: Any) -> httpx.Response:
    return call(operation_id, headers={"X-Emulator-Fault": fault}, faulty=True, **options)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_reset_closes_the_connection_without_an_answer(call: Caller, operation_id: str) -> None:
    with pytest.raises(httpx.NetworkError):
        faulty(call, operation_id, "reset")
    assert call.emulator.requests[-1].status is None
    assert call("listConversations").status_code == 200


@pytest.mark.parametrize("operation_id", [*JSON_READS, *RECORDINGS])
def test_truncate_declares_more_than_it_sends(call: Caller, operation_id: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        faulty(call, operation_id, "truncate")
    with call.http.stream(
        "GET",
        call.emulator.url + call.path(operations()[operation_id]),
        headers={
            "Host": operations()[operation_id].host("us"),
            "X-Emulator-Status": str(operations()[operation_id].success),
            "X-Emulator-Fault": "truncate",
        },
    ) as response:
        declared = int(response.headers["content-length"])
        arrived = bytearray()
        with contextlib.suppress(httpx.RemoteProtocolError):
            for piece in response.iter_raw():
                arrived += piece
    assert 0 < len(arrived) < declared


@pytest.mark.parametrize("operation_id", list(operations()))
def test_reset_before_leaves_everything_undone(call: Caller, operation_id: str) -> None:
    with pytest.raises(httpx.NetworkError):
        faulty(call, operation_id, "reset-before")
    assert (call.emulator.requests[-1].operation_id, call.emulator.requests[-1].status) == (operation_id, None)
    assert not call.emulator.effects


@pytest.mark.parametrize("operation_id", [*JSON_READS, *RECORDINGS])
def test_reset_midway_cuts_the_body(call: Caller, operation_id: str) -> None:
    whole = call(operation_id).content
    for _ in range(5):
        arrived, broke = call.arriving(operation_id, X_Emulator_Fault="reset-midway")
        assert broke
        assert 0 < len(arrived) < len(whole)
        assert call.emulator.requests[-1].status == 200


@pytest.mark.parametrize("operation_id", [*JSON_READS, *RECORDINGS, "upsertNote"])
def test_chunked_tells_no_length(call: Caller, operation_id: str) -> None:
    response = call(operation_id, headers={"X-Emulator-Fault": "chunked"})
    assert response.status_code == operations()[operation_id].success
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers


@pytest.mark.parametrize("operation_id", ["searchConversations", *RECORDINGS])
def test_chunked_sends_the_same_bytes(call: Caller, operation_id: str) -> None:
    whole = call(operation_id).content
    assert call.arriving(operation_id, X_Emulator_Fault="chunked") == (whole, False)
    assert call.arriving(operation_id, X_Emulator_Fault="slow=0.01, chunked") == (whole, False)


@pytest.mark.parametrize("order", ["chunked, {0}", "{0}, chunked"])
@pytest.mark.parametrize("fault", ["truncate", "reset-midway", "reset"])
def test_chunks_can_break_off(call: Caller, order: str, fault: str) -> None:
    whole = call("searchConversations").content
    arrived, broke = call.arriving("searchConversations", X_Emulator_Fault=order.format(fault))
    assert broke
    assert arrived == whole[: len(arrived)]
    assert bool(arrived) == (fault != "reset")


def test_truncate_works_without_a_body_too(call: Caller) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        faulty(call, "listConversations", "empty,truncate")


@pytest.mark.parametrize("operation_id", [*JSON_READS, *RECORDINGS])
def test_slow_sends_the_same_answer(call: Caller, operation_id: str) -> None:
    whole = call(operation_id)
    operation = operations()[operation_id]
    key = call.emulator.keys["us" if operation.vendor == "polyai" else "assemblyai-us"].value
    address = (call.emulator.url.rpartition(":")[0].removeprefix("http://"), call.emulator.port)
    with socket.create_connection(address) as connection:
        request = [
            f"GET {call.path(operation)} HTTP/1.1",
            f"Host: {operation.host('us')}",
            f"{operation.key_header}: {key}",
            "X-Emulator-Fault: slow=0.05",
            "Connection: close",
        ]
        connection.sendall(("\r\n".join(request) + "\r\n\r\n").encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
    assert answer.partition(b"\r\n\r\n")[2] == whole.content


async def test_slow_sends_many_small_pieces_with_pauses_between() -> None:
    messages: list[Any] = []
    pauses: list[float] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is to be received")

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    answer = Answer(200, bytes(range(256)) * 4, "audio/wav")
    connection = delivery.Connection({}, receive, send, pause)
    await switches.transmit(connection, answer, switches.read({"x-emulator-fault": "slow=2"}))
    pieces = [message["body"] for message in messages[1:]]
    assert b"".join(pieces) == answer.body
    assert len(pieces) == 21
    assert max(map(len, pieces)) < 60
    assert sum(pauses) == pytest.approx(2)


def test_delay_waits_before_the_answer(call: Caller) -> None:
    assert faulty(call, "listConversations", "delay=0.01").status_code == 200
    operation = operations()["listConversations"]
    impatient = httpx.Timeout(30, read=0.2)
    with pytest.raises(httpx.ReadTimeout):
        call.send(
            "GET",
            operation.host("us"),
            call.path(operation),
            headers={"X-Emulator-Fault": "delay=60"},
            timeout=impatient,
        )


@pytest.mark.parametrize("operation_id", list(operations()))
def test_html_is_a_gateways_page(call: Caller, operation_id: str) -> None:
    response = faulty(call, operation_id, "html")
    assert response.status_code == 502
    assert response.headers["content-type"] == "text/html"
    assert response.text.startswith("<html>")


@pytest.mark.parametrize("status", [200, 404, 500, 504, 520])
def test_html_can_come_with_any_status(call: Caller, status: int) -> None:
    response = faulty(call, "upsertNote", f"html={status}", json={"note": "kept"})
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html"
    assert f"<h1>{status} " in response.text
    assert call("getConversation").json()["note"] == "kept"


@pytest.mark.parametrize("operation_id", list(operations()))
def test_empty_leaves_the_status_and_takes_the_body(call: Caller, operation_id: str) -> None:
    expected = call(operation_id).status_code
    response = faulty(call, operation_id, "empty")
    assert (response.status_code, response.content) == (expected, b"")


def test_null_takes_every_optional_field(call: Caller) -> None:
    detail = faulty(call, "getConversation", "null").json()
    required = {"conversationId", "accountId", "projectId"}
    schema = set(detail)
    assert {name for name, value in detail.items() if value is not None} == required
    assert len(schema) > 20
    listing = faulty(call, "searchConversations", "null").json()
    assert listing["cursor"] is None
    assert listing["next_offset"] is None
    for item in listing["conversations"]:
        assert item["turns"] is None
        assert item["total_duration"] is None
        assert item["id"]
        assert item["started_at"]


@pytest.mark.parametrize("operation_id", JSON_READS)
def test_unknown_adds_fields_at_every_depth(call: Caller, operation_id: str) -> None:
    plain = call(operation_id).json()
    body = faulty(call, operation_id, "unknown").json()
    added = body.pop("x_emulator_unknown")
    assert added["nested"]
    items = [*body.get("conversations", ()), *body.get("turns", ())]
    for item in items:
        assert item.pop("x_emulator_unknown") == added
        for turn in item.get("turns", ()):
            assert turn.pop("x_emulator_unknown") == added
    if operation_id == "getRedactedAudio":
        assert set(body) == set(plain)
    else:
        assert body == plain


@pytest.mark.parametrize("operation_id", LISTINGS)
@pytest.mark.parametrize("fault", ["missing", "wrong-type"])
def test_one_item_of_a_listing_is_spoilt(call: Caller, operation_id: str, fault: str) -> None:
    plain = call(operation_id).json()["conversations"]
    body = faulty(call, operation_id, fault).json()["conversations"]
    name = {"listConversations": "conversationId", "searchConversations": "id"}[operation_id]
    assert body[0].get(name) == {"missing": None, "wrong-type": 17}[fault]
    assert (name in body[0]) == (fault == "wrong-type")
    assert body[1:] == plain[1:]


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [("getConversation", "conversationId"), ("createDebugChat", "conversationId"), ("getRedactedAudio", "status")],
)
def test_a_required_field_is_left_out_or_of_another_type(call: Caller, operation_id: str, name: str) -> None:
    body = faulty(call, operation_id, "missing").json()
    assert name not in body
    assert body
    assert faulty(call, operation_id, "wrong-type").json()[name] == 17


def test_a_field_can_be_named(call: Caller) -> None:
    listing = faulty(call, "searchConversations", "missing=started_at").json()
    assert not any("started_at" in item for item in listing["conversations"])
    assert "conversations" not in faulty(call, "searchConversations", "missing=conversations").json()
    assert faulty(call, "searchConversations", "wrong-type=conversations").json()["conversations"] == {"wrong": "type"}
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
def test_a_fault_of_json_does_not_go_with_a_recording(call: Caller, fault: str) -> None:
    response = faulty(call, "getConversationRecording", fault)
    assert response.status_code == 400
    assert fault in response.json()["error_message"]


@pytest.mark.parametrize(
    "fault",
    [
        "explode",
        "delay",
        "delay=",
        "delay=soon",
        "delay=-1",
        "delay=inf",
        "delay=nan",
        "slow=x",
        "missing=colour",
        "html=99",
        "html=x",
        "null, empty, unknown",
    ],
)
def test_a_fault_that_is_not_known_is_refused(call: Caller, fault: str) -> None:
    response = faulty(call, "listConversations", fault)
    assert response.status_code == 400
    assert "x-emulator-fault" in response.json()["error_message"]


def test_faults_can_be_combined(call: Caller) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        faulty(call, "searchConversations", "delay=0.01, unknown, truncate")
    response = faulty(call, "searchConversations", "unknown,slow=0.01")
    assert "x_emulator_unknown" in response.json()


def test_a_write_that_is_answered_badly_was_done(call: Caller) -> None:
    with pytest.raises(httpx.NetworkError):
        faulty(call, "upsertNote", "reset", json={"note": "kept"})
    assert call("getConversation").json()["note"] == "kept"


def test_signed_links_can_break_too(call: Caller) -> None:
    url = httpx.URL(call("getRedactedAudio").json()["redacted_audio_url"])
    path = url.raw_path.decode()
    with pytest.raises(httpx.RemoteProtocolError):
        call.send("GET", url.host, path, headers={"X-Emulator-Fault": "truncate"})
    with pytest.raises(httpx.NetworkError):
        call.send("GET", url.host, path, headers={"X-Emulator-Fault": "reset"})
    assert call.send("GET", url.host, path, headers={"X-Emulator-Fault": "slow=0.01"}).content[:4] == b"RIFF"


def test_a_faulty_answer_is_still_json_text(call: Caller) -> None:
    raw = faulty(call, "searchConversations", "null").content
    assert json.loads(raw)
    assert b"\\u" not in raw
