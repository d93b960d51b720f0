"""What is written in another way and says the same is no difference."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from drift_report.changes import compare
from hypothesis import given
from hypothesis import strategies as st
from pipeline.openapi import METHODS, Located, followed, references, resolve, target_pointer, walk

KEY = {"type": "apiKey", "in": "header", "name": "x-key"}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}
SHOP = {"name": "shopId", "in": "path", "required": True, "schema": {"type": "string"}}
RATE = {"description": "Per minute.", "schema": {"type": "integer"}}
PART = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "part": {"$ref": "#/components/schemas/Part"}},
}
KIND = {"type": "string", "enum": ["a"]}


def ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def json_of(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


BASE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "servers": [{"url": "https://a.test"}],
    "security": [{"Key": []}],
    "paths": {
        "/{shopId}/parts": {
            "get": {
                "parameters": [ref("parameters", "Shop"), ref("parameters", "Limit")],
                "responses": {
                    "200": {
                        "description": "OK",
                        "headers": {"x-rate": ref("headers", "Rate")},
                        "content": json_of({"type": "array", "items": ref("schemas", "Part")}),
                    },
                    "404": ref("responses", "Missing"),
                },
            },
            "post": {
                "parameters": [ref("parameters", "Shop")],
                "requestBody": ref("requestBodies", "Part"),
                "responses": {"204": {"description": "-"}},
            },
        }
    },
    "components": {
        "schemas": {"Part": PART, "Kind": KIND, "Any": {"anyOf": [ref("schemas", "Kind"), ref("schemas", "Part")]}},
        "parameters": {"Shop": SHOP, "Limit": LIMIT},
        "headers": {"Rate": RATE},
        "responses": {"Missing": {"description": "-", "content": json_of(ref("schemas", "Kind"))}},
        "requestBodies": {"Part": {"required": True, "content": json_of(ref("schemas", "Any"))}},
        "securitySchemes": {"Key": KEY},
    },
}
Rewrite = Callable[[Any, int], None]


def pick(every: list[Any], number: int) -> Any:
    return every[number % len(every)]


def of_kind(document: Any, *kinds: str) -> list[Any]:
    return [item.node for item in walk(document) if item.kind in kinds and "$ref" not in item.node]


def inline(document: Any, number: int) -> None:
    if all_of_it := list(references(document)):
        _, holder, key = pick(all_of_it, number)
        target = copy.deepcopy(resolve(document, target_pointer(holder[key])))
        del holder[key]
        holder |= target


SECTIONS = {
    "schema": "schemas",
    "parameter": "parameters",
    "response": "responses",
    "header": "headers",
    "request_body": "requestBodies",
}


def share(document: Any, number: int) -> None:
    items: list[Located] = [item for item in walk(document) if item.kind in SECTIONS and len(item.pointer) > 3]
    item = pick(items, number)
    section = document["components"].setdefault(SECTIONS[item.kind], {})
    name = f"Shared{len(section)}"
    section[name] = dict(item.node)
    item.node.clear()
    item.node.update(ref(SECTIONS[item.kind], name))


def write_defaults(document: Any, number: int) -> None:
    written: dict[str, dict[str, Any]] = {
        "parameter": {"deprecated": False, "explode": False, "style": "simple"},
        "schema": {"deprecated": False, "nullable": False, "uniqueItems": False, "minLength": 0},
        "operation": {"deprecated": False, "tags": []},
        "response": {"links": {}},
    }
    for kind, keys in written.items():
        node = pick(of_kind(document, kind), number)
        node |= {key: value for key, value in keys.items() if key not in node}
        if node.get("in") == "query":
            node |= {"required": False, **node, "style": "form", "explode": True}
        if node.get("type") == "object":
            node["additionalProperties"] = True


def to_the_path(document: Any, _: int) -> None:
    item = document["paths"]["/{shopId}/parts"]
    operations = [item[method] for method in METHODS if method in item]
    for parameter in list(operations[0].get("parameters", ())):
        if all(parameter in one.get("parameters", ()) for one in operations):
            item.setdefault("parameters", []).append(parameter)
            for one in operations:
                one["parameters"].remove(parameter)


def to_the_operations(document: Any, _: int) -> None:
    for item in document["paths"].values():
        shared = item.pop("parameters", [])
        for one in (item[method] for method in METHODS if method in item):
            one["parameters"] = copy.deepcopy(shared) + one["parameters"]
            one |= {"security": [{"Key": []}], "servers": document["servers"]}


def reorder(document: Any, _: int) -> None:
    for operation in of_kind(document, "operation"):
        operation["parameters"].reverse()


def wrap(document: Any, number: int) -> None:
    node = pick(of_kind(document, "schema"), number)
    inner = dict(node)
    node.clear()
    node["allOf"] = [inner]


def list_types(document: Any, _: int) -> None:
    for node in of_kind(document, "schema"):
        if isinstance(node.get("type"), str):
            node["type"] = [node["type"]] * 2
        if len(node.get("enum", ())) == 1:
            node["const"] = node.pop("enum")[0]


REWRITES: list[Rewrite] = [
    inline, share, write_defaults, to_the_path, to_the_operations, reorder, wrap, list_types,
]  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(REWRITES), st.integers(0, 50)), max_size=12)


def rewritten(document: Any, steps: list[tuple[Rewrite, int]]) -> Any:
    made = copy.deepcopy(document)
    for rewrite, number in steps:
        rewrite(made, number)
    return made


def differences(old: Any, new: Any) -> list[str]:
    """All differences, less the names of shared schemas, which Python shows as classes."""
    return [f"{one.kind} {one}" for one in compare({"f": (old, new)}) if not one.is_whole("schema", "added")]


@given(STEPS)
def test_what_says_the_same_is_no_difference(steps: list[tuple[Rewrite, int]]) -> None:
    new = rewritten(BASE, steps)
    assert differences(BASE, new) == []
    assert [one for one in compare({"f": (new, BASE)}) if not one.is_whole("schema", "removed")] == []


EDITS: list[Callable[[Any], None]] = [
    lambda d: d["components"]["schemas"]["Part"]["properties"].pop("n"),
    lambda d: d["components"]["schemas"]["Kind"]["enum"].append("b"),
    lambda d: d["components"]["parameters"]["Limit"]["schema"].update(maximum=5),
    lambda d: d["components"]["parameters"].update(Limit={**LIMIT, "required": True}),
    lambda d: d["components"]["headers"]["Rate"]["schema"].update(type="string"),
    lambda d: d["components"]["securitySchemes"]["Key"].update(name="x-other"),
    lambda d: d["paths"]["/{shopId}/parts"]["get"]["parameters"].pop(),
    lambda d: d["paths"]["/{shopId}/parts"]["post"].pop("requestBody"),
]


@given(st.sampled_from(EDITS), STEPS)
def test_a_difference_shows_however_it_is_written(
    edit: Callable[[Any], None], steps: list[tuple[Rewrite, int]]
) -> None:
    changed = copy.deepcopy(BASE)
    edit(changed)
    assert differences(BASE, rewritten(changed, steps))


def of_schema(schema: Any, version: str = "3.1.0") -> Any:
    return {"openapi": version, "paths": {}, "components": {"schemas": {"S": schema, "Part": PART}}}


def with_key(name: str) -> Any:
    made = copy.deepcopy(BASE)
    return {**made, "security": [{name: []}], "components": {**made["components"], "securitySchemes": {name: KEY}}}


NODE = {"properties": {"next": ref("schemas", "S")}}
SAME: dict[str, tuple[Any, Any]] = {
    "siblings in 3.0": (
        of_schema({"items": ref("schemas", "Part")}, "3.0.3"),
        of_schema({"items": {**ref("schemas", "Part"), "default": 1}}, "3.0.3"),
    ),
    "no additional limit": (of_schema({"type": "array"}), of_schema({"type": "array", "items": {}, "minItems": 0})),
    "the type of any": (of_schema({"type": "object"}), of_schema({"type": "object", "unevaluatedProperties": True})),
    "a description beside a reference": (
        of_schema({"items": {"allOf": [ref("schemas", "Part")], "description": "A."}}),
        of_schema({"items": {**ref("schemas", "Part"), "description": "A."}}),
    ),
    "a recursive schema": (of_schema(NODE), of_schema({"properties": {"next": NODE}})),
    "members of anyOf": (
        of_schema({"anyOf": [ref("schemas", "Part"), KIND]}), of_schema({"anyOf": [KIND, PART]}),
    ),
    "another name of the key": (BASE, with_key("ApiKey")),
    "no key, in two ways": ({**BASE, "security": []}, {**BASE, "security": [{}]}),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_no_difference(old: Any, new: Any) -> None:
    assert differences(old, new) == []
    assert differences(new, old) == []


def test_siblings_count_beside_a_schema_since_3_1() -> None:
    new = of_schema({"items": {**ref("schemas", "Part"), "maxProperties": 1}})
    assert differences(of_schema({"items": ref("schemas", "Part")}), new) == ["added `S`: added items maxProperties: 1"]


def test_references_that_lead_nowhere_or_to_themselves() -> None:
    loop = {"components": {"schemas": {"A": ref("schemas", "B"), "B": ref("schemas", "A")}}}
    assert followed(loop, ref("schemas", "A")) in (ref("schemas", "A"), ref("schemas", "B"))
    assert followed(loop, ref("schemas", "C")) == ref("schemas", "C")
    assert followed({}, {"$ref": "other.yaml#/x"}) == {"$ref": "other.yaml#/x"}
