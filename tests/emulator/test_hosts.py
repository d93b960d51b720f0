"""The Host header selects region and logical host; the encoded path selects the operation."""

from __future__ import annotations

import pytest

from tests.emulator.support import Caller, vendor_hosts
from tests.support.document import operations


def test_the_wrong_logical_host_names_the_right_ones(call: Caller) -> None:
    response = call("listConversations", host=operations()["searchConversations"].host("us"))
    assert response.status_code == 404
    assert operations()["listConversations"].host("us") in response.json()["detail"]


def test_the_host_is_read_without_case_and_port(call: Caller) -> None:
    host = operations()["listConversations"].host("us")
    for spelling in (host.upper(), f"{host}:443"):
        assert call("listConversations", host=spelling).status_code == 200
    assert call.emulator.requests[-1].host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "api.example", "[::1]:80"])
def test_an_unknown_host_is_404_with_a_list_of_the_known_ones(call: Caller, host: str) -> None:
    own = ("/", "/openapi.yaml", "/_emulator/clock") if host == "api.example" else ()
    for path in ("/nothing", call.path(operations()["listConversations"]), *own):
        response = call.send("GET", host, path)
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
