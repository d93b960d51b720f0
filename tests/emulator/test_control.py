"""What the emulator serves for itself: its page, the documents, its clock and added conversations over HTTP."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Callable
from html import unescape
from importlib.resources import files
from typing import Any

import httpx
import pytest

from polyai_data.emulator.faults.random_faults import KINDS
from tests.emulator.conftest import Callers
from tests.emulator.support import Caller, vendor_hosts
from tests.support.document import VENDORS, operations

LOOPBACK = ["127.0.0.1", "localhost:80", "[::1]"]
NOON = "2026-05-04T12:00:00+00:00"
Post = Callable[..., httpx.Response]


def page(call: Caller) -> str:
    return call.http.get(call.emulator.url).text


def text_of(html: str) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", html, flags=re.DOTALL))


@pytest.fixture
def post(call: Caller) -> Post:
    """Posts to the control API."""
    return lambda name, **options: call.send("POST", "127.0.0.1", f"/_emulator/{name}", **options)


def curl(line: str, http: httpx.Client) -> httpx.Response:
    """Do what a line for curl does."""
    words = shlex.split(line.replace("\\\n", ""))
    options = list(itertools.pairwise(words))
    headers = dict(value.split(": ") for option, value in options if option == "-H")
    body = next((value for option, value in options if option == "-d"), None)
    url = next(word for word in words if word.startswith("http://"))
    return http.request("POST" if body else "GET", url, headers=headers, content=body)


def test_the_page_shows_what_there_is(call: Caller) -> None:
    text = text_of(page(call))
    names = [account.id for account in call.emulator.accounts.values()]
    names += [agent.id for account in call.emulator.accounts.values() for agent in account.agents]
    names += [key.value for key in call.emulator.keys.values()]
    names += [*vendor_hosts(), *KINDS, "redacted recordings only", "expires at", "(transcripts hidden)", "in memory"]
    names += [f"{name}={value}" for name, value in call.emulator.env().items()]
    names += [f"polyai-data report {each.id}" for each in call.emulator.conversations()[:5]]
    assert [name for name in names if name not in text] == []
    call.emulator.add_conversation()
    call.emulator.clock.advance(3600)
    assert "<td>1</td>" in page(call)
    assert "2026-05-04 13:00:00 UTC" in page(call)


def test_the_page_is_self_contained(call: Caller) -> None:
    response = call.http.get(call.emulator.url)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(re.findall(r"<(\w+)", response.text))
    assert set(re.findall(r'href="([^"?]*)', response.text)) == {"/openapi.yaml"}
    assert "url(" not in response.text
    assert "color-scheme: light dark" in response.text
    assert '<meta name="viewport"' in response.text


def test_every_line_of_the_page_works(call: Caller) -> None:
    lines = [text_of(line) for line in re.findall(r"<pre>(curl .*?)</pre>", page(call), re.DOTALL)]
    assert len(lines) == 10
    for line in lines:
        if "truncate" in line:
            with pytest.raises(httpx.RemoteProtocolError):
                curl(line, call.http)
        else:
            response = curl(line, call.http)
            assert response.status_code in {200, 201}, line
            assert response.json().get("conversations", True) if "json" in response.headers["content-type"] else True
    assert not call.emulator.effects  # the last line has reset everything


@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_world_has_a_page(caller: Callers, size: int) -> None:
    assert "Conversations of each agent" in page(caller(conversations=size))


def test_the_page_repeats_its_host_without_markup(call: Caller) -> None:
    assert "http://localhost:99/v1/" in call.send("GET", "localhost:99", "/").text
    response = call.send("GET", "127.0.0.1:80<script>", "/")
    assert response.status_code == 404
    assert "text/html" not in response.headers["content-type"]


@pytest.mark.parametrize("vendor", list(VENDORS))
def test_the_document_is_that_of_the_host(call: Caller, vendor: str) -> None:
    document = files(VENDORS[vendor]).joinpath("openapi.yaml").read_bytes()
    for host in {
        each.host(region) for each in operations().values() if each.vendor == vendor for region in each.servers
    }:
        response = call.send("GET", host, "/openapi.yaml")
        assert response.content == document
        assert response.headers["content-type"].startswith("application/yaml")
    for host in LOOPBACK:
        assert call.send("GET", host, f"/openapi.yaml?vendor={vendor}").content == document
    assert (call.send("GET", "127.0.0.1", "/openapi.yaml").content == document) == (vendor == "polyai")


def test_an_unknown_vendor_is_named(call: Caller) -> None:
    response = call.send("GET", "127.0.0.1", "/openapi.yaml?vendor=<b>acme")
    assert response.status_code == 400
    assert response.text == "vendor: '<b>acme' is not one of polyai, assemblyai\n"
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/", "/openapi.yaml", "/_emulator/clock", "/_emulator/reset"])
def test_a_wrong_method_is_refused(call: Caller, path: str) -> None:
    response = call.send("DELETE", "127.0.0.1", path)
    assert response.status_code == 405
    assert response.text == f"this path does not take DELETE, only {response.headers['allow']}\n"


def test_the_clock_can_be_set(call: Caller, post: Post) -> None:
    assert call.send("GET", "localhost", "/_emulator/clock").json() == {"now": NOON}
    assert post("clock", json={"advance": 90.5}).json() == {"now": "2026-05-04T12:01:30.500000+00:00"}
    shown = post("clock", json={"now": "2026-05-03T14:00:00+02:00"}).json()
    assert shown == {"now": "2026-05-03T12:00:00+00:00"} == {"now": call.emulator.clock.now().isoformat()}
    assert call("listConversations", key="us-expired").status_code == 401
    post("clock", json={"advance": -1})
    assert call("listConversations", key="us-expired").status_code == 200


def test_conversations_can_be_added_and_reset(call: Caller, post: Post) -> None:
    agent = call.emulator.accounts["eu"].agents[0]
    values = {
        "agentId": agent.id,
        "started_at": "2026-05-04T09:00:00Z",
        "environment": "sandbox",
        "channel": "WEBCHAT",
        "said": [["Ist da <jemand>?", "Ja, {wirklich} 🎉"], ["", "Tschüss"]],
    }
    added = post("conversations", json=values)
    assert added.status_code == 201
    shown = call("getConversation", region="eu", conversationId=added.json()["conversationId"]).json()
    assert [[turn["user_input"], turn["agent_response"]] for turn in shown["turns"]] == values["said"]
    assert (shown["startedAt"], shown["clientEnv"]) == ("2026-05-04T09:00:00.000000+00:00", "sandbox")
    assert post("conversations", json={}).status_code == 201
    assert len(call.emulator.conversations()) == 41
    assert post("reset", json={}).json() == {}
    assert len(call.emulator.conversations()) == 40


def test_a_state_is_put_back_as_it_was(call: Caller, post: Post) -> None:
    agent, body = call.emulator.accounts["us"].agents[0], {"note": "kept"}
    conversation = call.emulator.conversations()[3].id
    call("upsertNote", conversationId=conversation, json=body)
    post("clock", json={"advance": 60})
    kept = post("conversations", json={}).json()["conversationId"]
    chat = call("createDebugChat", json={"clientEnv": "live"}).json()["conversationId"]
    saved = call.send("GET", "127.0.0.1", "/_emulator/state").json()
    call("upsertNote", conversationId=conversation, json={"note": "later"})
    post("clock", json={"advance": 60})
    lost = post("conversations", json={}).json()["conversationId"]

    assert post("state", json={"entries": saved["entries"]}).json() == {}

    assert (saved["seed"], saved["conversations"]) == (1, 40)
    assert call.send("GET", "127.0.0.1", "/_emulator/state").json() == saved
    assert call("getConversation", conversationId=conversation).json()["note"] == "kept"
    assert call.emulator.clock.now().isoformat() == "2026-05-04T12:01:00+00:00"
    listed = [each.id for each in call.emulator.conversations(agent)]
    assert (kept in listed, lost in listed) == (True, False)
    # No id is given twice, also not one from before.
    assert call("createDebugChat", json={"clientEnv": "live"}).json()["conversationId"] != chat
    assert call.emulator.requests


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("clock", {}, "body: {} has less than 1 property"),
        ("clock", {"x": 1}, "'x' was unexpected"),
        ("clock", {"advance": 1, "now": "2026-01-01T00:00:00Z"}, "has more than 1 property"),
        ("clock", {"advance": "1"}, 'body.advance: "1" is not'),
        ("clock", {"advance": 1e300}, "cannot show that time"),
        ("clock", {"now": "2026-01-01T00:00:00"}, 'body.now: "2026-01-01T00:00:00" is not'),
        ("conversations", [], "body: [] is not"),
        ("conversations", {"agentId": "PROJECT-X"}, "there is no agent 'PROJECT-X'"),
        ("conversations", {"agentId": ["x"]}, "there is no agent ['x']"),
        ("conversations", {"started_at": "2026-01-01"}, 'conversation.started_at: "2026-01-01" is not'),
        ("conversations", {"channel": ""}, 'conversation.channel: "" is shorter'),
        ("conversations", {"in_progress": 1}, "conversation.in_progress: 1 is not"),
        ("conversations", {"colour": 1}, "'colour' was unexpected"),
        *(
            ("conversations", {"said": said}, "conversation.said")
            for said in ([], [["a"]], [["a", "b", "c"]], [["a", 1]])
        ),
        ("conversations", {"said": [["\ud800", "b"]]}, "can't encode"),
        ("state", {}, 'body: "entries" is a required property'),
        ("state", {"entries": [["notes", 5, "x"]]}, "body.entries[0][1]: 5 is not of type"),
        ("state", {"entries": [["clock", "now", "noon"]]}, "no state can be made of the entries ("),
        ("state", {"entries": [["clock", "now", "2026-05-05T12:00:00"]]}, "has no time zone"),
        ("state", {"entries": [["clock", "now", 5]]}, "no state can be made of the entries ("),
        ("state", {"entries": [["additions PROJECT-58RP822I", "CA1", [1]]]}, "no state can be made"),
        ("reset", {"really": True}, 'body: {"really":true} has more than 0'),
    ],
)
def test_an_invalid_body_is_refused_and_changes_nothing(
    call: Caller, post: Post, name: str, body: Any, message: str
) -> None:
    response = post(name, content=json.dumps(body).encode(), headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert message in response.text
    assert len(call.emulator.conversations()) == 40
    assert call.emulator.clock.now().isoformat() == NOON


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_another_page_changes_nothing(call: Caller, post: Post, content_type: str) -> None:
    response = post("clock", content=b'{"advance": 60}', headers={"content-type": content_type})
    assert response.status_code == 415
    assert f"the content type is {content_type!r}" in response.text
    assert call.emulator.clock.now().isoformat() == NOON


def test_the_control_api_is_on_loopback_names_only(call: Caller, post: Post) -> None:
    for host in [*vendor_hosts(), "emulator.example", "redacted-audio.example"]:
        assert call.send("POST", host, "/_emulator/clock", json={"advance": 60}).status_code in {404, 405}
    assert call.emulator.clock.now().isoformat() == NOON
    assert post("secrets").text == "'secrets' is not one of clock, conversations, reset, state\n"
    broken = post("clock", content=b"{", headers={"content-type": "application/json"})
    assert broken.text.startswith("the body is not JSON")
