"""What the emulator serves for itself: its page, the documents, its clock and added rows over HTTP."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.random_faults import KINDS
from tests.emulator.support import Caller, operations, vendor_hosts

LOOPBACK = ["127.0.0.1", "localhost:80", "[::1]"]


class Page(HTMLParser):
    """The text of a page, its elements in order, and what stands in each `pre`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", list[str](), list[tuple[str, str | None]]()
        self.lines: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "pre":
            self.lines.append("")
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data
        if "pre" in self._open:
            self.lines[-1] += data


@pytest.fixture
def page(call: Caller) -> Page:
    return Page(call.http.get(call.emulator.url).text)


def curl(line: str, http: httpx.Client) -> httpx.Response:
    """Do what a line for curl does."""
    arguments = iter(shlex.split(line.replace("\\\n", ""))[1:])
    headers, body, url = {}, None, ""
    for argument in arguments:
        if argument == "-H":
            name, _, value = next(arguments).partition(": ")
            headers[name] = value
        elif argument == "-d":
            body = next(arguments)
        elif argument == "-o":
            next(arguments)
        else:
            url = argument
    return http.request("POST" if body else "GET", url, headers=headers, content=body)


def test_the_page_tells_what_there_is(call: Caller, page: Page) -> None:
    for account in call.emulator.accounts.values():
        assert account.id in page.text
        assert all(agent.id in page.text for agent in account.agents)
    for key in call.emulator.keys.values():
        assert key.value in page.text
    assert all(host in page.text for host in vendor_hosts())
    assert all(kind in page.text for kind in KINDS)
    assert "redacted recordings only" in page.text
    assert "expires at" in page.text
    assert "one agent" in page.text


def test_the_page_needs_nothing_but_itself(call: Caller, page: Page) -> None:
    response = call.http.get(call.emulator.url)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.tags)
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "class", "scope", "href"}
    assert all((value or "").startswith("/openapi.yaml") for name, value in page.attributes if name == "href")
    assert "url(" not in response.text
    assert "prefers-color-scheme: dark" in response.text
    assert ("name", "viewport") in page.attributes


def test_every_line_of_the_page_works(call: Caller, page: Page) -> None:
    lines = [line for line in page.lines if line.startswith("curl ")]
    assert len(lines) == 10
    for line in lines:
        if "truncate" in line:
            with pytest.raises(httpx.RemoteProtocolError):
                curl(line, call.http)
        else:
            response = curl(line, call.http)
            assert response.status_code in {200, 201}, line
            assert response.json().get("conversations", True) if "json" in response.headers["content-type"] else True
    assert not call.emulator.annotations  # the last line has reset everything


def test_the_page_follows_what_changes(call: Caller) -> None:
    call.emulator.add_conversation()
    call.emulator.clock.advance(3600)
    text = Page(call.http.get(call.emulator.url).text).text
    assert "Added since1" in text
    assert "2026-05-04 13:00:00 UTC" in text
    assert "in memory" in text


@pytest.mark.parametrize("size", [0, 1])
def test_there_is_a_page_of_an_empty_world(http: httpx.Client, size: int) -> None:
    with Emulator(conversations=size) as emulator:
        assert "Conversations of each agent" in Page(http.get(emulator.url).text).text


def test_the_host_is_the_one_that_was_asked_for_and_cannot_bring_markup(call: Caller) -> None:
    assert "http://localhost:99/v1/" in call.send("GET", "localhost:99", "/").text
    response = call.send("GET", "127.0.0.1:80<script>", "/")
    assert response.status_code == 404
    assert "text/html" not in response.headers["content-type"]


@pytest.mark.parametrize("vendor", ["polyai", "assemblyai"])
def test_the_document_is_that_of_the_host(call: Caller, vendor: str) -> None:
    package = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}[vendor]
    document = files(package).joinpath("openapi.yaml").read_bytes()
    hosts = {each.host(region) for each in operations().values() if each.vendor == vendor for region in each.regions}
    for host in hosts:
        response = call.send("GET", host, "/openapi.yaml")
        assert response.content == document
        assert response.headers["content-type"].startswith("application/yaml")
    for host in LOOPBACK:
        assert call.send("GET", host, f"/openapi.yaml?vendor={vendor}").content == document
    assert (call.send("GET", "127.0.0.1", "/openapi.yaml").content == document) == (vendor == "polyai")


def test_an_unknown_vendor_is_named(call: Caller) -> None:
    response = call.send("GET", "127.0.0.1", "/openapi.yaml?vendor=<b>nobody")
    assert response.status_code == 400
    assert response.text == "vendor: '<b>nobody' is none of polyai, assemblyai\n"
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/", "/openapi.yaml", "/_emulator/clock", "/_emulator/reset"])
def test_a_wrong_method_is_refused(call: Caller, path: str) -> None:
    response = call.send("DELETE", "127.0.0.1", path)
    assert response.status_code == 405
    assert "DELETE" not in response.headers["allow"]


def test_the_clock_can_be_turned(call: Caller) -> None:
    clock = "/_emulator/clock"
    assert call.send("GET", "localhost", clock).json() == {"now": "2026-05-04T12:00:00+00:00"}
    assert call.send("POST", "localhost", clock, json={"advance": 90.5}).json() == {
        "now": "2026-05-04T12:01:30.500000+00:00"
    }
    told = call.send("POST", "localhost", clock, json={"now": "2026-05-03T14:00:00+02:00"}).json()
    assert told == {"now": "2026-05-03T12:00:00+00:00"} == {"now": call.emulator.clock.now().isoformat()}
    assert call("listConversations", key="us-expired").status_code == 401
    call.send("POST", "localhost", clock, json={"advance": -1})
    assert call("listConversations", key="us-expired").status_code == 200


def test_rows_can_be_added(call: Caller) -> None:
    agent = call.emulator.accounts["eu"].agents[0]
    told = {
        "agentId": agent.id,
        "started_at": "2026-05-04T09:00:00Z",
        "environment": "sandbox",
        "channel": "WEBCHAT",
        "said": [["Ist da <jemand>?", "Ja, {wirklich} 🎉"], ["", "Tschüss"]],
    }
    added = call.send("POST", "127.0.0.1", "/_emulator/conversations", json=told)
    assert added.status_code == 201
    found = call("getConversation", region="eu", conversationId=added.json()["conversationId"]).json()
    assert [(turn["user_input"], turn["agent_response"]) for turn in found["turns"]] == [tuple(t) for t in told["said"]]
    assert (found["startedAt"], found["clientEnv"]) == ("2026-05-04T09:00:00.000Z", "sandbox")
    assert call.send("POST", "127.0.0.1", "/_emulator/conversations", json={}).status_code == 201
    assert len(call.emulator.conversations()) == 41
    assert call.send("POST", "127.0.0.1", "/_emulator/reset", json={}).json() == {}
    assert len(call.emulator.conversations()) == 40


WRONG: list[tuple[str, Any]] = [
    ("clock", {}),
    ("clock", []),
    ("clock", {"x": 1}),
    ("clock", {"advance": 1, "now": "2026-01-01T00:00:00Z"}),
    ("clock", {"advance": "1"}),
    ("clock", {"advance": True}),
    ("clock", {"advance": 1e300}),
    ("clock", {"now": "soon"}),
    ("clock", {"now": "2026-01-01T00:00:00"}),
    ("clock", {"now": None}),
    ("conversations", {"agentId": "PROJECT-NOBODY"}),
    ("conversations", {"agentId": ["x"]}),
    ("conversations", {"started_at": "2026-01-01"}),
    ("conversations", {"environment": "production"}),
    ("conversations", {"environment": []}),
    ("conversations", {"channel": ""}),
    ("conversations", {"in_progress": 1}),
    *(("conversations", {"said": said}) for said in ([], [["a"]], [["a", 1]], ["ab"], "ab", None, [["\ud800", "b"]])),
    ("reset", {"really": True}),
]


@pytest.mark.parametrize(("name", "body"), WRONG)
def test_what_cannot_be_is_refused_and_nothing_changes(call: Caller, name: str, body: Any) -> None:
    headers = {"content-type": "application/json"}
    response = call.send("POST", "127.0.0.1", f"/_emulator/{name}", content=json.dumps(body).encode(), headers=headers)
    assert response.status_code == 400
    assert response.text.strip()
    assert "emulator has a bug" not in response.text
    assert len(call.emulator.conversations()) == 40
    assert call.emulator.clock.now().isoformat() == "2026-05-04T12:00:00+00:00"


def test_a_form_of_another_page_changes_nothing(call: Caller) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {"content-type": content_type}
        response = call.send("POST", "127.0.0.1", "/_emulator/clock", content=b'{"advance": 60}', headers=headers)
        assert response.status_code == 415
    broken = call.send(
        "POST", "127.0.0.1", "/_emulator/clock", content=b"{", headers={"content-type": "application/json"}
    )
    assert broken.status_code == 400
    assert call.emulator.clock.now().isoformat() == "2026-05-04T12:00:00+00:00"


def test_the_control_is_on_loopback_names_only(call: Caller) -> None:
    for host in [*vendor_hosts(), "emulator.example", "redacted-audio.example"]:
        response = call.send("POST", host, "/_emulator/clock", json={"advance": 60})
        assert response.status_code in {404, 405}
    assert call.send("GET", "127.0.0.1", "/_emulator/secrets").status_code == 404
    assert re.match("2026-05-04T12:00:00", call.emulator.clock.now().isoformat())
