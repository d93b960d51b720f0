"""What differs between two versions of a document: every difference once, with its name and its pointers."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from drift_report.changes import Difference, compare
from drift_report.likeness import matched
from drift_report.normal import normal
from pipeline.openapi import differ, resolve

FILE = "things.yaml"
OK = {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
Line = tuple[str, str, str, str]


def document(paths: Any = None, *, schemas: Any = None, servers: Any = None, **root: Any) -> Any:
    made: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": paths or {}}
    made |= {} if schemas is None else {"components": {"schemas": schemas}}
    return copy.deepcopy(made | ({} if servers is None else {"servers": [{"url": url} for url in servers]}) | root)


def operation(**keys: Any) -> dict[str, Any]:
    return {"summary": "Get a thing", "parameters": [ID], "responses": OK, **keys}


def between(old: Any, new: Any) -> list[Difference]:
    return compare({FILE: (old, new)})


def lines(differences: Iterable[Difference]) -> list[Line]:
    return [(one.kind, one.subject, one.name, one.detail) for one in differences]


def of_schemas(old: Any, new: Any) -> list[Difference]:
    return between(document(schemas=old), document(schemas=new))


def of_schema(old: Any, new: Any) -> list[Difference]:
    return of_schemas({"S": old}, {"S": new})


BASE = document({"/things/{id}": {"get": operation()}}, schemas={"Thing": THING}, servers=["a"])


def edited(at: str, value: Any, base: Any = BASE) -> Any:
    """The base with another node, at keys separated by spaces; None removes the node."""
    made = copy.deepcopy(base)
    *above, key = at.split(" ")
    resolve(made, above)[key] = value
    if value is None:
        del resolve(made, above)[key]
    return made


GET = "GET /things/{id}"
AT = "paths /things/{id}"
S = "components schemas Thing"
ONE: list[tuple[str, Any, Line]] = [
    (f"{AT} get deprecated", True, ("added", "operation", GET, "deprecated: True")),
    (f"{AT} get parameters", [], ("removed", "operation", GET, "parameters id (path)")),
    (f"{AT} get parameters", [{**ID, "name": "n"}], ("renamed", "operation", GET, "parameters id (path) to n (path)")),
    (f"{AT} delete", operation(), ("added", "operation", "DELETE /things/{id}", "")),
    (f"{AT} get", None, ("removed", "operation", GET, "")),
    (f"{S} type", "null", ("changed", "schema", "Thing", "type: 'object' is now 'null'")),
    (f"{S} properties mood", {"type": "string"}, ("added", "schema", "Thing", "properties mood")),
    (f"{S} properties size", None, ("removed", "schema", "Thing", "properties size")),
    (f"{S} enum", ["a"], ("added", "schema", "Thing", "enum")),
    ("components schemas Other", {"type": "null"}, ("added", "schema", "Other", "")),
    ("components securitySchemes", {"key": {}}, ("added", "component", "securitySchemes/key", "")),
    ("security", [{"key": []}], ("added", "operation", GET, "security key")),
    ("info version", "2", ("changed", "document", FILE, "info version: '1' is now '2'")),
    ("webhooks", {"thing": {"post": operation()}}, ("added", "document", FILE, "webhooks")),
    ("servers", [{"url": "b"}], ("moved", "operation", GET, "to other hosts: a → b")),
    ("servers", [{"url": "a"}, {"url": "b"}], ("added", "operation", GET, "server b")),
    ("servers", [], ("removed", "operation", GET, "server a")),
]  # fmt: skip


@pytest.mark.parametrize(("at", "value", "expected"), ONE)
def test_one_difference(at: str, value: Any, expected: Line) -> None:
    assert lines(between(BASE, edited(at, value))) == [expected]


def test_equality_is_that_of_json() -> None:
    assert between(BASE, copy.deepcopy(BASE)) == compare({}) == []
    assert lines(of_schema({"default": 1}, {"default": True})) == [("changed", "schema", "S", "default: 1 is now True")]


def test_a_whole_document() -> None:
    expected = [("added", "operation", GET, ""), ("added", "schema", "Thing", ""), ("added", "document", FILE, "")]
    assert lines(between(None, BASE)) == expected
    assert lines(between(BASE, None)) == [("removed", *rest) for _, *rest in expected]


@pytest.mark.parametrize("holder", ["oneOf", "mapping", "long"])
def test_all_kinds_of_references_follow_a_renamed_schema(holder: str) -> None:
    old, new = ("Thing" * 12, "Thing" * 12 + "2") if holder == "long" else ("Thing", "Item")

    def schemas(name: str) -> Any:
        ref = {"$ref": f"#/components/schemas/{name}"}
        mapping = {"discriminator": {"propertyName": "kind", "mapping": {"thing": ref["$ref"]}}}
        holders = {"oneOf": {"oneOf": [ref]}, "mapping": mapping, "long": ref}
        return {name: THING, "Holder": holders[holder]}

    (one,) = of_schemas(schemas(old), schemas(new))
    assert lines([one]) == [("renamed", "schema", old, f"to {new}")]
    assert (one.old, one.new) == (("components", "schemas", old), ("components", "schemas", new))


def test_differences_between_pages() -> None:
    other = document(schemas={"Thing": THING}, servers=["a"])
    assert compare({"a": (BASE, other), "b": (other, BASE)}) == []  # callers see no difference
    new = edited(f"{S} properties mood", {"type": "string"})
    differences = compare({"a": (BASE, new), "b": (BASE, new)})
    assert [(one.file, one.detail) for one in differences] == [("a", "properties mood")]


BARE = document({"/others": {"get": {"responses": OK}}}, schemas={"Thing": THING}, servers=["a"])


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_what_another_page_has_is_neither_removed_nor_added(whole: bool, back: bool) -> None:
    other = None if whole else BARE
    differences = compare({"a": (other, BASE) if back else (BASE, other), "b": (BASE, BASE), "c": (BARE, BARE)})
    assert [one for one in lines(differences) if one[1] != "document"] == []


WORDING = [("description", "a", "b"), ("example", {"id": 1}, {"id": 2}), ("examples", ["a"], ["b"])]


@pytest.mark.parametrize(("key", "one", "other"), WORDING)
def test_wording_is_marked(key: str, one: Any, other: Any) -> None:
    none, had, has = ({"properties": {"id": {"type": "string", **words}}} for words in ({}, {key: one}, {key: other}))
    for pair in ((none, had), (had, none), (had, has)):
        marks = [difference.wording for difference in of_schema(*pair)]
        assert marks
        assert all(marks)


def test_wording_comes_last_and_a_property_of_such_a_name_is_none() -> None:
    both = of_schema({"description": "a"}, {"description": "b", "type": "string"})
    assert [difference.wording for difference in both] == [False, True]
    named = of_schema({"properties": {"title": {"type": "string"}}}, {"properties": {}})
    assert [difference.wording for difference in named] == [False]


# Keys of paths, variables of servers, the order of a list.
RARE = [(BASE, edited(f"{AT} {key}", "words")) for key in ("parameters", "summary", "description", "x-any")]
RARE += [
    (edited(at, [{"url": "{r}", "variables": {"r": {"default": "us"}}}]), edited(at, [{"url": "{r}"}]))
    for at in ("servers", f"{AT} servers", f"{AT} get servers")
]
RARE += [(edited(f"{S} prefixItems", [True, False]), edited(f"{S} prefixItems", [False, True]))]
# Parameters that are no objects, and kinds of components that are no maps.
RARE += [
    (document({"/a/b": {"get": operation(parameters=[None])}}), document({"/c/b": {"get": operation()}})),
    (document(components={"x-made": "now"}), document(components={"x-made": "then"})),
    (document(components={"x-made": ["now"]}), document(components={"x-made": ["then"]})),
]


def test_servers_that_say_the_same() -> None:
    inherited = edited("servers", None, edited(f"{AT} get servers", [{"url": "a"}]))
    assert between(BASE, inherited) == []
    assert between(*(edited("servers", [{"url": url} for url in order]) for order in ("ab", "ba"))) == []


ODD: list[Any] = [
    {"get": {"parameters": None, "responses": None}},
    {"get": {"responses": {"201": None, "200": {"content": {"x": None, "text/plain": {"schema": True}}}}}},
    {"get": None, "parameters": None},
    {"servers": [None, {}, {"url": None}], "get": operation(servers=None)},
    None,
]


def test_odd_shapes() -> None:
    schemas = {"A": None, "B": {"enum": None, "properties": None, "allOf": None}, "C": True, "D": {"oneOf": [True]}}
    for one, other in itertools.product(ODD, ODD):
        old = document({"/a/things": one, "/": one}, schemas=schemas, servers=[])
        assert between(old, copy.deepcopy(old)) == []
        for new in (document({"/b/things": other, "/": other}), document({}) | {"paths": None, "components": None}):
            forth, back = lines(between(old, new)), lines(between(new, old))
            assert sum(one[0] == "added" for one in forth) == sum(one[0] == "removed" for one in back)


def test_matched_pairs() -> None:
    scores = {("a", "x"): 0.6, ("a", "y"): 0.9, ("b", "y"): 0.95, ("b", "x"): 0.5, ("c", "x"): 0.55}
    assert matched("abc", "xyz", lambda *pair: scores.get(pair, 0.0)) == [("b", "y"), ("a", "x")]
    assert matched("c", "z", lambda *_: 0.49) == matched([], "xyz", lambda *_: 1.0) == []


@pytest.mark.parametrize(("old", "new"), [*RARE, *((BASE, edited(at, value)) for at, value, _ in ONE)])
def test_pointers_lead_to_the_differences(old: Any, new: Any) -> None:
    before, after = copy.deepcopy(old), copy.deepcopy(new)
    differences = between(old, new)
    assert differences
    for one in differences:
        was, now = (
            at if at is None else resolve(normal(side), at, one) for at, side in ((one.old, old), (one.new, new))
        )
        assert was is not one
        assert now is not one
        assert one.old is not None or one.kind == "added"
        assert one.new is not None or one.kind == "removed"
        if one.kind == "changed":
            assert differ(was, now)
    assert (old, new) == (before, after)


# New names.

TEXT = {"type": "string"}
FIELDS: dict[str, Any] = {"id": {"type": "string"}, "size": {"type": "integer"}}
RENAMED: list[tuple[str, Any, str, Any, bool]] = [
    ("conversation_id", TEXT, "conversationId", TEXT, True),
    ("color", TEXT, "colorText", TEXT, False),
    ("variantId", TEXT, "variantName", TEXT, False),
    ("redacted", {"type": "boolean"}, "redacted_version", {"type": "boolean"}, False),
    ("side", {**TEXT, "description": "Left or right."}, "face", {**TEXT, "description": "Left or right."}, True),
    ("color", TEXT, "colorText", {"type": "integer"}, False),
    ("account_id", TEXT, "agentId", TEXT, False),
    ("id", TEXT, "agentId", TEXT, False),
    ("start_time", TEXT, "query", TEXT, False),
    ("sample", TEXT, "simple", TEXT, False),
]


@pytest.mark.parametrize("holder", ["properties", "parameters", "a shared parameter"])
@pytest.mark.parametrize(("old", "was", "new", "now", "is_renamed"), RENAMED)
def test_a_new_name_takes_a_reason(  # noqa: PLR0917 - the columns of the table
    holder: str, old: str, was: Any, new: str, now: Any, is_renamed: bool
) -> None:
    def made(name: str, schema: Any) -> Any:
        if holder == "properties":
            return document(schemas={"S": {"properties": {name: schema}}})
        words = {"description": schema["description"]} if "description" in schema else {}
        parameter = {"name": name, "in": "query", "schema": {"type": schema["type"]}, **words}
        if holder == "parameters":
            return document({"/": {"get": operation(parameters=[parameter])}})
        shared = {"components": {"parameters": {name.title(): parameter}}}
        return document(
            {"/": {"get": operation(parameters=[{"$ref": f"#/components/parameters/{name.title()}"}])}}, **shared
        )

    kinds = sorted(one.kind for one in between(made(old, was), made(new, now)))
    assert kinds == (["renamed"] if is_renamed else ["added", "removed"])


SCHEMAS: list[tuple[str, Any, str, Any, bool]] = [
    ("Thing", THING, "Item", THING, True),  # the same in all fields
    ("Thing", THING, "ThingDetail", {"properties": {**FIELDS, "mood": {}}}, True),
    ("Thing", {**THING, "description": "A."}, "Item", {"properties": {"id": {}}, "description": "A."}, True),
    ("Thing", THING, "Item", {"properties": {**FIELDS, "mood": {}}}, False),
    ("Thing", THING, "ThingDetail", {"properties": {"mood": {}, "place": {}, "id": {}}}, False),
]


@pytest.mark.parametrize(("old", "was", "new", "now", "is_renamed"), SCHEMAS)
def test_a_new_name_of_a_schema_takes_a_reason(old: str, was: Any, new: str, now: Any, is_renamed: bool) -> None:
    whole = [one.kind for one in of_schemas({old: was}, {new: now}) if one.is_whole("schema", "added", "removed")]
    assert sorted(whole) == ([] if is_renamed else ["added", "removed"])
