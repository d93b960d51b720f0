"""The emulator follows its document: what a response must newly have, it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from polyai_data import openapi
from polyai_data.emulator import Emulator
from polyai_data.emulator.data import world as worlds
from polyai_data.emulator.http import response
from polyai_data.emulator.operations import conversations
from tests.emulator.support import Caller
from tests.support.document import operations

EXTRA = {"required": ["size"], "properties": {"size": {"type": "integer", "maximum": -3}}}
KINDS: dict[str, Any] = {
    "string": {"type": "string", "minLength": 9},
    "short string": {"type": "string", "maxLength": 3},
    "pattern with an example": {"type": "string", "pattern": "^A[0-9]$", "examples": ["wrong", "A7"]},
    "enum": {"type": "string", "enum": ["a", "b"]},
    "date-time": {"type": "string", "format": "date-time"},
    "bounds": {"type": "integer", "minimum": 5, "maximum": 9},
    "open bounds": {"type": "number", "exclusiveMinimum": 5, "exclusiveMaximum": 7},
    "array": {"type": "array", "minItems": 2, "items": {"$ref": "#/components/schemas/Extra"}},
    "object": {"type": "object", **EXTRA},
    "untyped object": EXTRA,
    "reference": {"$ref": "#/components/schemas/Extra"},
    "parts": {
        "allOf": [{"$ref": "#/components/schemas/Extra"}, {"required": ["b"], "properties": {"b": {"const": 1}}}]
    },
    "nullable": {"type": ["string", "null"]},
    "one of two": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Extra"}]},
    "undescribed": None,  # required and not named
}


def grow(schema: Any, components: Any, seen: list[Any]) -> None:
    """Require a property of each kind in every object that a schema describes."""
    if not isinstance(schema, dict) or any(each is schema for each in seen):
        return
    seen.append(schema)
    if "$ref" in schema:
        grow(components["schemas"][schema["$ref"].rpartition("/")[2]], components, seen)
    for name, inner in list(schema.items()):
        for each in inner.values() if name == "properties" else inner if isinstance(inner, list) else [inner]:
            grow(each, components, seen)
    if "properties" in schema:
        schema["required"] = [*schema.get("required", ()), *KINDS]
        schema["properties"] |= {name: kind for name, kind in KINDS.items() if kind is not None}


def changed(vendor: str) -> openapi.Document:
    content = openapi.content(vendor)
    components, seen = content["components"], list[Any]()
    for raw in (item[method] for item in content["paths"].values() for method in openapi.METHODS if method in item):
        raw["responses"]["default"] = {"description": "Anything else."}
        for each in raw["responses"].values():
            whole = components["responses"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for media in whole.get("content", {}).values():
                grow(media.get("schema"), components, seen)
    components["schemas"]["Extra"] = EXTRA
    return openapi.read(vendor, content)


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, openapi.Document]]:
    documents = {vendor: changed(vendor) for vendor in openapi.PACKAGES}
    monkeypatch.setattr(openapi, "load", documents.__getitem__)
    for module in (response, conversations):
        monkeypatch.setattr(module, "CHUNK_ROWS", 5)
    worlds.world.cache_clear()
    yield documents
    worlds.world.cache_clear()


def exchanges(call: Caller) -> Iterator[tuple[str, int, httpx.Response]]:
    """Operation and status expected, and the response: each documented status, and those that requests earn."""
    for each in operations().values():
        path = {}
        if each.id == "sendDebugChatMessage":
            path = {"conversationId": call("createDebugChat", faulty=True).json()["conversationId"]}
        for status in each.statuses:
            headers = {"X-Emulator-Status": str(status)}
            yield each.id, status, call(each.id, faulty=True, headers=headers, **path)
        if each.id == "sendDebugChatMessage":
            call(each.id, faulty=True, json={"clientEnv": "live", "message": "bye"}, **path)
            yield each.id, 410, call(each.id, faulty=True, **path)
            path = {"conversationId": call("createDebugChat", faulty=True).json()["conversationId"]}
        yield each.id, each.success, call(each.id, faulty=True, **path)
        yield each.id, 401, call(each.id, faulty=True, key=None)
    for name in ("listConversations", "searchConversations"):
        yield name, 200, call(name, faulty=True, params={"limit": 6})
        yield name, 400, call(name, faulty=True, params={"limit": -1})
    yield "getConversation", 404, call("getConversation", faulty=True, conversationId="none")
    yield "getRedactedAudio", 404, call("getRedactedAudio", faulty=True, transcript_id="none")


@pytest.mark.parametrize("as_documented", [False, True])
def test_what_a_response_must_newly_have_it_has(
    documents: dict[str, openapi.Document], http: httpx.Client, *, as_documented: bool
) -> None:
    with Emulator(conversations=9, as_documented=as_documented) as emulator:
        for operation_id, status, got in exchanges(Caller(emulator, http)):
            operation = documents[operations()[operation_id].vendor].operation(operation_id)
            assert got.status_code == status, (operation_id, got.text)
            if shape := operation.responses.get(status, {}).get("application/json"):
                assert shape.complaints(got.json(), f"{operation_id} {status}") == []
                assert not shape.properties or KINDS.keys() <= got.json().keys()
