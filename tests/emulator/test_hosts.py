"""Regions and logical hosts are told apart by the Host header, and paths by their encoded form."""

from __future__ import annotations

import itertools

import pytest

from tests.emulator.support import Caller, operations, vendor_hosts

READS = [name for name, operation in operations().items() if operation.method == "GET"]


@pytest.mark.parametrize(("operation_id", "host"), list(itertools.product(READS, vendor_hosts())))
def test_an_operation_is_served_by_its_own_hosts_and_by_no_other(call: Caller, operation_id: str, host: str) -> None:
    operation = operations()[operation_id]
    region = next((name for name in operation.regions if operation.host(name) == host), None)
    response = call(operation_id, region=region or "us", host=host, faulty=region is None)
    assert response.status_code == (operation.success if region else 404)
    record = call.emulator.requests[-1]
    assert record.host == host
    assert record.operation_id == (operation_id if region else None)


@pytest.mark.parametrize(("home", "called"), list(itertools.permutations(["us", "eu", "uk", "studio"], 2)))
def test_a_key_of_another_region_is_answered_with_401(call: Caller, home: str, called: str) -> None:
    for operation_id in ("listConversations", "searchConversations"):
        if called in operations()[operation_id].regions:
            response = call(operation_id, region=called, key=home)
            assert response.status_code == 401
            assert home in response.json()["error_message"]


def test_the_wrong_logical_host_is_answered_with_404_that_names_the_right_ones(call: Caller) -> None:
    platform = operations()["searchConversations"]
    agents = operations()["listConversations"]
    response = call("listConversations", host=platform.host("us"))
    assert response.status_code == 404
    assert agents.host("us") in response.json()["error_message"]


def test_the_host_is_read_without_case_and_port(call: Caller) -> None:
    host = operations()["listConversations"].host("us")
    for spelling in (host.upper(), f"{host}:443", f"{host.title()}:8765"):
        assert call("listConversations", host=spelling).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:80", "localhost", "api.example", "[::1]:80"])
def test_an_unknown_host_is_answered_with_a_list_of_the_known_ones(call: Caller, host: str) -> None:
    own = ("/", "/openapi.yaml", "/_emulator/clock") if host == "api.example" else ()
    for path in ("/nothing", call.path(operations()["listConversations"]), *own):
        response = call.send("GET", host, path)
        assert response.status_code == 404
        for known in vendor_hosts():
            assert known in response.json()["error_message"]


@pytest.mark.parametrize("operation_id", list(operations()))
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_answered_with_405(call: Caller, operation_id: str, method: str) -> None:
    operation = operations()[operation_id]
    response = call.send(method, operation.host("us"), call.path(operation))
    assert response.status_code == 405
    assert response.headers["allow"] == operation.method


def test_the_head_of_an_answer_can_be_asked_for(call: Caller) -> None:
    operation = operations()["listConversations"]
    headers = {operation.key_header: call.emulator.keys["us"].value}
    response = call.send("HEAD", operation.host("us"), call.path(operation), headers=headers)
    assert response.status_code == 200
    assert int(response.headers["content-length"]) > 0
    assert response.content == b""


@pytest.mark.parametrize(
    "path", ["/", "/v1/agents", "/v1/agents//conversations", "/v1/agents/x/conversations/", "/%2e%2e"]
)
def test_an_unknown_path_is_answered_with_404(call: Caller, path: str) -> None:
    response = call.send("GET", operations()["listConversations"].host("us"), path)
    assert response.status_code == 404
    assert response.json()["error_message"] == "no operation has this path"


@pytest.mark.parametrize("identifier", ["a/b", "a?b", "a%b", "ü", "日本", "\n", "a b", '"<>', "%2F", "\x00", "{id}"])
def test_an_odd_id_stays_one_segment_and_is_not_found(call: Caller, identifier: str) -> None:
    response = call("getConversation", conversationId=identifier)
    assert response.status_code == 404
    assert response.json()["error_code"] == "CONVERSATIONS_NOT_FOUND"
    assert repr(identifier) in response.json()["error_message"]
    assert call.emulator.requests[-1].operation_id == "getConversation"


@pytest.mark.parametrize("segment", ["%FF%FE", "%", "%zz", "%ED%A0%80"])
def test_bytes_that_are_no_text_do_not_crash_it(call: Caller, segment: str) -> None:
    operation = operations()["getConversation"]
    headers = {operation.key_header: call.emulator.keys["us"].value}
    path = call.path(operations()["listConversations"]) + "/" + segment
    assert call.send("GET", operation.host("us"), path, headers=headers).status_code == 404
