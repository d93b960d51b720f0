"""Which differences break callers, and which add what callers may send: by direction, narrower or wider."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drift_report.changes import compare
from pipeline.openapi import resolve


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def json_of(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 1, "maximum": 100}
FIELDS: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {**TEXT, "maxLength": 9},
        "mood": {**TEXT, "enum": ["calm", "cross"]},
        "at": {**TEXT, "format": "date-time"},
        "size": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "part": ref("Part"),
    },
}
OLD: Any = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "security": [{"Key": []}],
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "putThing",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": TEXT},
                    {"name": "limit", "in": "query", "schema": NUMBER},
                    {"name": "sort", "in": "query", "required": True, "schema": {**TEXT, "enum": ["up", "down"]}},
                ],
                "requestBody": {"content": json_of(ref("Sent"))},
                "responses": {
                    "200": {"description": "-", "headers": {"x-n": {"schema": NUMBER}}, "content": json_of(ref("Got"))},
                    "404": {"description": "-", "content": json_of(ref("Error"))},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Sent": FIELDS,
            "Got": FIELDS,
            "Part": {"type": "object", "properties": {"n": NUMBER}},
            "Error": {"type": "object", "properties": {"text": TEXT}},
            "Unused": {"type": "object", "properties": {"text": TEXT}},
        },
        "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "x-key"}},
    },
}
PUT = "paths /things/{id} put"
LIMIT, SORT = f"{PUT} parameters 1", f"{PUT} parameters 2"
SENT, GOT = "components schemas Sent", "components schemas Got"
NEW = {"name": "deep", "in": "query", "schema": {"type": "boolean"}}
CASES: list[tuple[str, Any, str]] = [
    # Parameters.
    (f"{PUT} parameters 3", NEW, "argument"),
    (f"{PUT} parameters 3", {**NEW, "required": True}, "breaking argument"),
    (LIMIT, None, "breaking"),
    (f"{LIMIT} name", "Limit", "breaking"),
    (f"{LIMIT} name", "most", "breaking argument"),
    (f"{PUT} parameters 0 name", "key", ""),  # which is no part of the URL
    (f"{LIMIT} required", True, "breaking"),
    (f"{SORT} required", False, ""),
    (f"{LIMIT} schema maximum", 50, "breaking"),
    (f"{LIMIT} schema minimum", 5, "breaking"),
    (f"{LIMIT} schema multipleOf", 5, "breaking"),
    (f"{LIMIT} schema type", "number", ""),
    (f"{LIMIT} schema type", "string", "breaking"),
    (f"{LIMIT} style", "pipeDelimited", "breaking"),
    (f"{SORT} schema enum 2", "random", ""),
    (f"{SORT} schema enum 1", None, "breaking"),
    (f"{SORT} schema enum", None, ""),
    # The request's body.
    (f"{PUT} requestBody", None, "breaking"),
    (f"{PUT} requestBody required", True, "breaking"),
    (f"{PUT} requestBody content text/csv", {"schema": TEXT}, ""),
    (f"{SENT} properties note", TEXT, "argument"),
    (f"{SENT} properties mood", None, "breaking"),
    (f"{SENT} required 1", "mood", "breaking"),
    (f"{SENT} properties name maxLength", 5, "breaking"),
    (f"{SENT} properties mood enum 2", "glad", ""),
    (f"{SENT} properties size anyOf 1", None, "breaking"),
    (f"{SENT} additionalProperties", False, "breaking"),
    # Responses.
    (f"{PUT} responses 202", {"description": "-"}, ""),
    (f"{PUT} responses 404", None, "breaking"),
    (f"{PUT} responses 200 headers x-n", None, "breaking"),
    (f"{PUT} responses 200 content application/json", None, "breaking"),
    (f"{GOT} properties note", TEXT, ""),
    (f"{GOT} properties mood", None, "breaking"),
    (f"{GOT} required 1", "mood", ""),
    (f"{GOT} required 0", None, "breaking"),
    (f"{GOT} properties name type", "integer", "breaking"),
    (f"{GOT} properties name type", ["string", "null"], "breaking"),
    (f"{GOT} properties mood enum 2", "glad", ""),
    (f"{GOT} properties mood enum", None, "breaking"),
    (f"{GOT} properties at format", None, "breaking"),
    (f"{GOT} properties size anyOf 2", {"type": "null"}, "breaking"),
    (f"{GOT} properties name", True, "breaking"),
    # In both directions, and in none, which counts as received.
    ("components schemas Part properties n maximum", 50, "breaking"),
    ("components schemas Part properties m", TEXT, "argument"),
    ("components schemas Part required", ["n"], "breaking"),
    ("components schemas Error required", ["text"], ""),
    ("components schemas Unused properties text", None, "breaking"),
    ("components schemas Unused", None, ""),
    # Keys, servers and the rest.
    ("components securitySchemes Key name", "x-other", "breaking"),
    ("security", [], ""),
    ("security", [{"Key": []}, {"Other": []}], ""),
    (f"{PUT} security", [{"Other": []}], "breaking"),
    ("webhooks", {"thing": {"post": {"responses": {}}}}, ""),
    (f"{PUT}", None, "breaking"),
    ("paths /things/{id} get", {"responses": {}}, ""),
]  # fmt: skip


def edited(at: str, value: Any) -> Any:
    made = json.loads(json.dumps(OLD))  # in which no two places share a node
    *above, key = at.split(" ")
    holder = resolve(made, above)
    if isinstance(holder, list):
        holder[int(key) : int(key) + 1] = [] if value is None else [value]
    elif value is None:
        del holder[key]
    else:
        holder[key] = value
    return made


def marks(old: Any, new: Any) -> str:
    """The marks of the differences together."""
    made = compare({"f": (old, new)})
    assert made
    return " ".join(mark for mark in ("breaking", "argument") if any(getattr(one, mark) for one in made))


@pytest.mark.parametrize(("at", "value", "expected"), CASES, ids=[f"{at} {value}" for at, value, _ in CASES])
def test_what_breaks_callers(at: str, value: Any, expected: str) -> None:
    assert marks(OLD, edited(at, value)) == expected


def test_a_key_that_was_not_needed_breaks_callers() -> None:
    assert marks(edited("security", None), OLD) == "breaking"
