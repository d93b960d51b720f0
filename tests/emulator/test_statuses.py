"""Every documented status of every operation can be had on request, and others too."""

from __future__ import annotations

import pytest

from tests.emulator.support import Caller, check, operations

DOCUMENTED = [(each.id, status) for each in operations().values() for status in each.statuses]


@pytest.mark.parametrize(("operation_id", "status"), DOCUMENTED)
@pytest.mark.parametrize("key", ["us", None])
def test_every_documented_status_with_any_key(call: Caller, operation_id: str, status: int, key: str | None) -> None:
    operation = operations()[operation_id]
    key = "assemblyai-us" if key and operation.vendor == "assemblyai" else key
    response = call(operation_id, key=key, headers={"X-Emulator-Status": str(status)})
    assert response.status_code == status
    check(operation, response)
    assert response.headers.get("retry-after") == ("1" if status == 429 else None)
    assert call.emulator.requests[-1].status == status


@pytest.mark.parametrize("operation_id", list(operations()))
@pytest.mark.parametrize("status", [202, 418, 520, 599])
def test_an_undocumented_status_is_sent_raw(call: Caller, operation_id: str, status: int) -> None:
    response = call(operation_id, headers={"X-Emulator-Status": str(status)})
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(call: Caller, status: int) -> None:
    response = call("listConversations", headers={"X-Emulator-Status": str(status)})
    assert (response.status_code, response.content) == (status, b"")
    assert call("listConversations").status_code == 200


@pytest.mark.parametrize("after", ["7", "0", "3600", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-1"])
@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_is_sent_as_it_is_given(call: Caller, status: str, after: str) -> None:
    headers = {"X-Emulator-Status": status, "X-Emulator-Retry-After": after}
    assert call("listConversations", headers=headers).headers["retry-after"] == after


def test_retry_after_can_be_left_out(call: Caller) -> None:
    headers = {"X-Emulator-Status": "429", "X-Emulator-Retry-After": ""}
    response = call("listConversations", headers=headers)
    assert response.status_code == 429
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("status", ["", "abc", "99", "199", "600", "-1", "5 0"])
def test_a_status_that_is_none_is_refused(call: Caller, status: str) -> None:
    response = call("listConversations", headers={"X-Emulator-Status": status})
    assert response.status_code == 400
    assert "x-emulator-status" in response.json()["error_message"]


def test_a_forced_status_changes_nothing(call: Caller) -> None:
    before = call("getConversation").json()
    call("upsertNote", headers={"X-Emulator-Status": "201"})
    call("upsertNote", headers={"X-Emulator-Status": "503"})
    assert call("getConversation").json() == before


def test_the_host_of_signed_links_obeys_as_well(call: Caller) -> None:
    for status in (200, 403, 503):
        response = call.send("GET", "redacted-audio.example", "/x", headers={"X-Emulator-Status": str(status)})
        assert response.status_code == status
