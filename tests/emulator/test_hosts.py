"""The Host header selects region and logical host, or else path and key do; the path selects the operation."""

from __future__ import annotations

import pytest

from tests.emulator.support import READS, Caller, vendor_hosts
from tests.support.document import operations
from tests.support.rooms import complete

LOOPBACK = ["127.0.0.1", "localhost:8765", "[::1]"]
EVERYWHERE = [(each.id, region) for each in complete().values() for region in each.servers]


def test_the_wrong_logical_host_names_the_right_ones(call: Caller) -> None:
    response = call("listConversations", host=operations()["searchConversations"].host("us"))
    assert response.status_code == 404
    assert operations()["listConversations"].host("us") in response.json()["detail"]


def test_the_host_is_read_without_case_and_port(call: Caller) -> None:
    host = operations()["listConversations"].host("us")
    for spelling in (host.upper(), f"{host}:443"):
        assert call("listConversations", host=spelling).status_code == 200
    assert call.emulator.requests[-1].host == host


@pytest.mark.parametrize(("operation_id", "region"), EVERYWHERE)
def test_a_client_that_names_no_host_is_led_by_path_and_key(call: Caller, operation_id: str, region: str) -> None:
    here, there = (call(operation_id, region=region, host=host) for host in ("127.0.0.1", None))
    assert here.status_code == there.status_code
    assert call.emulator.requests[-2].operation_id == operation_id
    if operation_id in READS and operation_id != "getRedactedAudio":
        assert (here.status_code, here.content) == (200, there.content)


@pytest.mark.parametrize("host", LOOPBACK)
def test_without_a_host_nothing_opens_that_is_closed_with_one(call: Caller, host: str) -> None:
    for name in ("listConversations", "searchConversations", "getRedactedAudio"):
        operation = operations()[name]
        known = call.path(operation)
        for headers in ({}, {operation.key_header: "unknown"}, {"x-other": call.emulator.keys["us"].value}):
            assert call.send("GET", host, known, headers=headers).status_code == 401
    response = call("searchConversations", region="us", key="studio", host=host)
    assert (response.status_code, "region studio" in response.json()["error_message"]) == (401, True)
    assert call("listConversations", key="us-platform", host=host).status_code == 401
    assert call("listConversations", region="us", key="eu", host=host).status_code == 403
    response = call.send("PUT", host, call.path(operations()["upsertNote"]))
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    response = call.send("GET", host, "/nothing")
    assert response.status_code == 404
    assert response.json()["error_message"].startswith("no operation of any host has the path '/nothing'")


def test_an_unknown_host_is_404_with_a_list_of_the_known_ones(call: Caller) -> None:
    for path in ("/nothing", call.path(operations()["listConversations"]), "/", "/openapi.yaml", "/_emulator/clock"):
        response = call.send("GET", "api.example", path)
        assert response.status_code == 404
        assert all(known in response.json()["error_message"] for known in vendor_hosts())


@pytest.mark.parametrize("path", ["/", "/v1/agents//conversations", "/v1/agents/x/conversations/", "/%2e%2e"])
def test_an_unknown_path_is_404(call: Caller, path: str) -> None:
    response = call.send("GET", operations()["listConversations"].host("us"), path)
    assert response.status_code == 404
    assert response.json()["detail"] == f"no operation has the path {path!r}"


@pytest.mark.parametrize("identifier", ["a/b", "a?b", "a%b", "日本", "\n", '"<>', "%2F", "\x00", "{id}"])
def test_an_odd_id_stays_one_segment(call: Caller, identifier: str) -> None:
    response = call("getConversation", conversationId=identifier)
    assert response.status_code == 404
    assert response.json()["error_code"] == "CONVERSATIONS_NOT_FOUND"
    assert repr(identifier) in response.json()["error_message"]
    assert call.emulator.requests[-1].operation_id == "getConversation"


@pytest.mark.parametrize("segment", ["%FF%FE", "%", "%zz", "%ED%A0%80"])
def test_bytes_that_are_not_text_are_404(call: Caller, segment: str) -> None:
    operation = operations()["getConversation"]
    headers = {operation.key_header: call.emulator.keys["us"].value}
    path = call.path(operations()["listConversations"]) + "/" + segment
    assert call.send("GET", operation.host("us"), path, headers=headers).status_code == 404
