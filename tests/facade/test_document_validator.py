"""What holds requests and answers against the documents finds what is wrong with them: else the rest would prove
nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from tests.facade.corpus_schema import example
from tests.facade.corpus_schema import operations as shapes
from tests.facade.document_answers import losses, places, shape
from tests.facade.document_clients import KEYS, SECRETS
from tests.facade.document_reader import JSON, VENDORS, Operation, instant, operations, regions
from tests.facade.document_wire import NOTHING, Expected, Wire, complaints, served

ALL = list(operations())
SEARCH, NOTE = "searchConversations", "upsertNote"
QUERIES: Mapping[str, list[tuple[str, str]]] = {
    "listConversations": [("limit", "2"), ("offset", "0")],
    SEARCH: [
        ("start_time", "2026-06-01T02:00:00%2B02:00"),
        ("limit", "1000"),
        ("client_env", "live"),
        ("channel", "a"),
        ("channel", "b%20c"),
        ("in_progress", "false"),
        ("query", "x+y"),
    ],
    "getConversationRecording": [("direction", "user"), ("redacted", "true")],
}
ASKED: Mapping[str, dict[str, Any]] = {
    "listConversations": {"limit": 2, "offset": 0},
    SEARCH: {
        "start_time": instant("2026-06-01T00:00:00Z"),
        "limit": 1000,
        "client_env": "live",
        "channel": ["a", "b c"],
        "in_progress": False,
        "query": "x y",
    },
    "getConversationRecording": {"direction": "user", "redacted": True},
}
BODIES: Mapping[str, dict[str, Any]] = {
    "addAnnotations": {"annotations": [{"turnId": 0, "role": "user", "annotationType": "wrong_info"}]},
    NOTE: {"note": "ä"},
    "createDebugChat": {"clientEnv": "live"},
    "sendDebugChatMessage": {"clientEnv": "live", "message": ""},
}
ID = "CA é"


@dataclasses.dataclass
class Draft:
    """A request that can be spoilt."""

    operation: Operation
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def wire(self) -> Wire:
        query = "&".join(f"{name}={text}" for name, text in self.query)
        target = f"{self.path}?{query}" if query else self.path
        lines = [f"{self.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return Wire("\r\n".join([*lines, "", ""]).encode("latin-1") + self.body)

    def set(self, name: str, *values: str) -> None:
        """Say a header so often, and no more."""
        self.headers = [header for header in self.headers if header[0].lower() != name.lower()]
        self.headers += [(name, value) for value in values]

    def write(self, text: str) -> None:
        """Take another body."""
        self.body = text.encode()
        self.set("Content-Length", str(len(self.body)))


def good(operation_id: str) -> tuple[Draft, Expected]:
    """A request with which nothing is wrong, and what was asked for."""
    operation = operations()[operation_id]
    host, prefix = served(operation, "us")
    names = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    path = prefix + operation.path.format(**dict.fromkeys(names, quote(ID)))
    key = KEYS["assemblyai" if operation.vendor == "assemblyai" else "api_key"]
    headers = [
        ("Host", host),
        (operation.key_header, key),
        ("Accept", next(iter(operation.answers[operation.success]))),
    ]
    draft = Draft(operation, operation.method, path, [*QUERIES.get(operation_id, [])], headers, b"")
    body = BODIES.get(operation_id, NOTHING)
    if body is not NOTHING:
        draft.set("Content-Type", JSON)
        draft.write(json.dumps(body, ensure_ascii=False))
    ids = dict.fromkeys(names, ID)
    return draft, Expected(operation, (host, prefix), key, SECRETS, ids, ASKED.get(operation_id, {}), body)


@pytest.mark.parametrize("operation_id", ALL)
def test_nothing_is_wrong_with_a_good_request(operation_id: str) -> None:
    draft, expected = good(operation_id)
    assert complaints(draft.wire, expected) == []
    assert (operations()[operation_id].body == {}) is (operation_id not in BODIES)


def host_of(draft: Draft, region: str | None, *, other: bool = False) -> str:
    """A host of another region, or of operations that are served elsewhere."""
    for each in operations().values():
        if (each.logical_host != draft.operation.logical_host) is other:
            return next(served(each, name)[0] for name in regions(each.vendor).values() if region in {None, name})
    raise AssertionError


def swap(name: str, *texts: str) -> Callable[[Draft], None]:
    """Give a query parameter these texts in place of its own."""

    def change(draft: Draft) -> None:
        draft.query = [pair for pair in draft.query if pair[0] != name] + [(name, text) for text in texts]

    return change


def key(draft: Draft) -> str:
    (found,) = draft.wire.values(draft.operation.key_header)
    return found


SPOILT: Mapping[str, tuple[str, Callable[[Draft], Any]]] = {
    "the host of another region": ("host", lambda draft: draft.set("Host", host_of(draft, "eu"))),
    "a host of other operations": ("host", lambda draft: draft.set("Host", host_of(draft, None, other=True))),
    "a host with a port": ("host", lambda draft: draft.set("Host", f"{host_of(draft, 'us')}:443")),
    "no host": ("host", lambda draft: draft.set("Host")),
    "two hosts": ("host", lambda draft: draft.set("Host", *[host_of(draft, "us")] * 2)),
    "another method": ("path", lambda draft: setattr(draft, "method", "PUT")),
    "a method in lower case": ("path", lambda draft: setattr(draft, "method", draft.method.lower())),
    "a longer path": ("path", lambda draft: setattr(draft, "path", f"{draft.path}/more")),
    "an empty segment": ("path", lambda draft: setattr(draft, "path", f"{draft.path}/")),
    "another version": ("path", lambda draft: setattr(draft, "path", f"/v9{draft.path[3:]}")),
    "another id": ("path", lambda draft: setattr(draft, "path", draft.path.replace("CA", "CB"))),
    "an id that is quoted twice": ("path", lambda draft: setattr(draft, "path", draft.path.replace("%", "%25"))),
    "an id that is not quoted": ("line", lambda draft: setattr(draft, "path", draft.path.replace("%20", " "))),
    "a character that no path has": ("path", lambda draft: setattr(draft, "path", draft.path.replace("CA", "C|"))),
    "an unknown parameter": ("query", lambda draft: draft.query.append(("verbose", "1"))),
    "an id of the user's own": ("headers", lambda draft: draft.set("X-Extra", "1")),
    "a cookie": ("headers", lambda draft: draft.set("Cookie", "a=1")),
    "a part that nobody asked for": ("headers", lambda draft: draft.set("Range", "bytes=1-")),
    "no word of what is accepted": ("headers", lambda draft: draft.set("Accept")),
    "anything accepted": ("headers", lambda draft: draft.set("Accept", "*/*")),
    "no key": ("key", lambda draft: draft.set(draft.operation.key_header)),
    "two keys": ("key", lambda draft: draft.headers.append((draft.operation.key_header, key(draft)))),
    "a key with a prefix": ("key", lambda draft: draft.set(draft.operation.key_header, f"Bearer {key(draft)}")),
    "another key": ("key", lambda draft: draft.set(draft.operation.key_header, KEYS["conversations_api_key"])),
    "the key in the query too": ("key", lambda draft: draft.query.append(("key", key(draft)))),
    "the key in another header too": ("key", lambda draft: draft.set("User-Agent", key(draft))),
    "a key of the other vendor's too": (
        "key",
        lambda draft: draft.set(
            *(
                ("x-api-key", KEYS["api_key"])
                if draft.operation.vendor == "assemblyai"
                else ("Authorization", KEYS["assemblyai"])
            )
        ),
    ),
}
"""What makes any request a wrong one, and what is complained about then."""


@pytest.mark.parametrize("operation_id", ALL)
@pytest.mark.parametrize("what", list(SPOILT))
def test_what_is_wrong_with_any_request_is_found(operation_id: str, what: str) -> None:
    draft, expected = good(operation_id)
    topic, spoil = SPOILT[what]
    spoil(draft)
    found = complaints(draft.wire, expected)
    assert any(each.startswith(f"{topic}:") for each in found), found


WRONG: list[tuple[str, str, Callable[[Draft], Any]]] = [
    (SEARCH, "query", swap("channel", "a,b%20c")),
    (SEARCH, "query", swap("channel", "%5B%22a%22,%22b%20c%22%5D")),
    (SEARCH, "query", swap("channel", "b%20c", "a")),
    (SEARCH, "query", swap("channel", "a")),
    (SEARCH, "query", swap("channel")),
    (SEARCH, "query", swap("channel%5B%5D", "a")),
    (SEARCH, "query", swap("start_time", "2026-06-01T02:00:00+02:00")),
    (SEARCH, "query", swap("start_time", "2026-06-01T00:00:00")),
    (SEARCH, "query", swap("start_time", "2026-06-01")),
    (SEARCH, "query", swap("start_time", "1780272000")),
    (SEARCH, "query", swap("start_time", "2026-06-01T00:00:01Z")),
    (SEARCH, "query", swap("in_progress", "False")),
    (SEARCH, "query", swap("in_progress", "0")),
    (SEARCH, "query", swap("in_progress", "true")),
    (SEARCH, "query", swap("limit", "1001")),
    (SEARCH, "query", swap("limit", "10.0")),
    (SEARCH, "query", swap("limit", "1000", "1000")),
    (SEARCH, "query", swap("client_env", "LIVE")),
    (SEARCH, "query", swap("query", "x%2By")),
    (SEARCH, "query", swap("query", "x y")),
    (SEARCH, "query", swap("query")),
    (SEARCH, "query", swap("cursor", "")),
    ("listConversations", "query", swap("limit", "0")),
    ("listConversations", "query", swap("offset", "-1")),
    ("listConversations", "query", swap("client_env", "live")),
    ("getConversationRecording", "query", swap("direction", "both")),
    ("getConversationRecording", "query", swap("redacted", "yes")),
    ("getConversation", "body", lambda draft: draft.write("{}")),
    ("getConversation", "headers", lambda draft: draft.set("Content-Type", JSON)),
    (NOTE, "body", lambda draft: draft.write("")),
    (NOTE, "body", lambda draft: draft.write("note=a")),
    (NOTE, "body", lambda draft: draft.write('{"note": NaN}')),
    (NOTE, "body", lambda draft: draft.write('{"note": 7}')),
    (NOTE, "body", lambda draft: draft.write('{"note": null}')),
    (NOTE, "body", lambda draft: draft.write('{"text": "ä"}')),
    (NOTE, "body", lambda draft: draft.write('{"note": "a"}')),
    (NOTE, "body", lambda draft: draft.write('{"note": "a", "note": "ä"}')),
    (NOTE, "body", lambda draft: draft.write('{"note": "ä", "agentId": "a"}')),
    (NOTE, "body", lambda draft: draft.write('["ä"]')),
    (NOTE, "body", lambda draft: setattr(draft, "body", draft.body.replace("ä".encode(), b"\xe4"))),
    (NOTE, "body", lambda draft: draft.set("Content-Type", "text/plain")),
    (NOTE, "body", lambda draft: draft.set("Content-Type")),
    (NOTE, "body", lambda draft: draft.set("Content-Length")),
    (NOTE, "body", lambda draft: draft.set("Content-Length", "3")),
    ("addAnnotations", "body", lambda draft: draft.write('{"annotations": []}')),
    ("addAnnotations", "body", lambda draft: draft.write(json.dumps(BODIES["addAnnotations"]).replace("0", "true"))),
    ("addAnnotations", "body", lambda draft: draft.write(json.dumps(BODIES["addAnnotations"]).replace("user", "me"))),
    ("createDebugChat", "body", lambda draft: draft.write('{"clientEnv": "live", "channel": null}')),
    ("createDebugChat", "body", lambda draft: draft.write("{}")),
]


@pytest.mark.parametrize(("operation_id", "topic", "spoil"), WRONG)
def test_what_is_wrong_with_a_parameter_or_a_body_is_found(
    operation_id: str, topic: str, spoil: Callable[[Draft], Any]
) -> None:
    draft, expected = good(operation_id)
    spoil(draft)
    found = complaints(draft.wire, expected)
    # A query that breaks the line cannot be told apart from what follows it.
    assert any(each.startswith((f"{topic}:", "line:")) for each in found), found


@pytest.mark.parametrize("location", ["query", "header"])
def test_a_parameter_that_must_be_there_is_missed(location: str) -> None:
    draft, expected = good("getConversation")
    parameter = {"name": "X-Version", "in": location, "required": True, "schema": {"type": "string"}}
    raw = {**expected.operation.raw, "parameters": [*expected.operation.raw["parameters"], parameter]}
    expected = dataclasses.replace(expected, operation=dataclasses.replace(expected.operation, raw=raw))
    assert any("X-Version is missing" in each for each in complaints(draft.wire, expected))


JSON_OPERATIONS = [name for name, each in operations().items() if JSON in each.answers[each.success]]


def whole(operation_id: str) -> Any:
    """An answer with every property that the document names."""
    return example(next(each.shape for each in shapes() if each.id == operation_id))


@pytest.mark.parametrize("operation_id", JSON_OPERATIONS)
def test_whatever_an_answer_loses_is_found(operation_id: str) -> None:
    operation, schema = operations()[operation_id], shape(operation_id)
    assert list(losses(operation, schema, whole(operation_id), whole(operation_id))) == []
    count = len(list(places(operation, schema, whole(operation_id))))
    assert count
    for number in range(count):
        for spoil in (drop, blank, wrap):
            given = whole(operation_id)
            holder, name, _, _ = list(places(operation, schema, given))[number]
            spoil(holder, name)
            assert list(losses(operation, schema, whole(operation_id), given)), (name, spoil)


def drop(holder: Any, name: str) -> None:
    del holder[name]


def blank(holder: Any, name: str) -> None:
    holder[name] = None


def wrap(holder: Any, name: str) -> None:
    holder[name] = [holder[name]]


@pytest.mark.parametrize(
    ("came", "given", "lost"),
    [
        ({"note": None}, {}, False),
        ({}, {"note": None}, False),
        ({"more": None}, {}, True),
        ({"metrics": {"a": None}}, {"metrics": {}}, True),
        ({"metrics": {}}, {}, True),
        ({"conversationId": None}, {}, True),
        ({"startedAt": "2026-06-01T10:00:00Z"}, {"startedAt": "2026-06-01T12:00:00.000+02:00"}, False),
        ({"startedAt": "2016-12-31T23:59:60Z"}, {"startedAt": "2017-01-01T00:00:00Z"}, False),
        ({"startedAt": "2026-06-01T10:00:00Z"}, {"startedAt": "2026-06-01T10:00:00+00:01"}, True),
        ({"startedAt": "2026-06-01T10:00:00.0000001Z"}, {"startedAt": "2026-06-01T10:00:00Z"}, True),
        ({"note": "2026-06-01T10:00:00Z"}, {"note": "2026-06-01T10:00:00+00:00"}, True),
        ({"duration": 1}, {"duration": 1.0}, False),
        ({"duration": 1}, {"duration": True}, True),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, True),
        ({"turns": [{}, {"latency": 0.1}]}, {"turns": [{}, {"latency": 0.10000001}]}, True),
    ],
)
def test_what_is_as_good_and_what_is_not(came: Any, given: Any, lost: bool) -> None:
    assert bool(list(losses(operations()["getConversation"], shape("getConversation"), came, given))) is lost


def test_the_documents_of_both_vendors_are_read() -> None:
    assert {each.vendor for each in operations().values()} == set(VENDORS)
    assert {each.id for each in shapes()} == set(ALL)
