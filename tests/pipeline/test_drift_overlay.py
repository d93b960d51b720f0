"""What changed documents ask of those who keep the overlay: each thing by kind, advice, place and nearest node."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drift_report.changes import compare
from drift_report.overlay_effects import Consequence, consequences, of_pages
from pipeline import yaml_files
from pipeline.patch import patch_vendor

NAMED: dict[str, Any] = {
    "x-logical-host": "main", "servers": [{"url": "https://a.example"}], "security": [{"Key": []}],
}  # fmt: skip
OK = {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}


def operation(name: str, **keys: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": f"The {name}", "responses": OK, **NAMED, **keys}


THING = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "size": {"type": "integer", "description": "How big."}},
    "enum": ["a", "b"],
}
THINGS: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {"/things/{id}": {"get": operation("getThing")}, "/accounts": {"post": operation("makeAccount")}},
    "components": {
        "schemas": {"Thing": THING},
        "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "key"}},
    },
}
GET = "$.paths['/things/{id}'].get"
FILE = "overlay/acme/10-all.overlay.yaml"
Change = Callable[[Any], object]


def made(change: Change | None, base: Any = THINGS) -> Any:
    document = copy.deepcopy(base)
    if change is not None:
        change(document)
    return document


def moved(document: Any) -> None:
    document["paths"]["/v2/things/{id}"] = document["paths"].pop("/things/{id}")


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., list[Consequence]]:
    """What a change of the documents asks for, where the overlay has these actions."""

    def write(side: str, documents: dict[str, Any], actions: list[Any]) -> Path:
        root = tmp_path / side
        overlay = {"overlay": "1.1.0", "info": {"title": "T", "version": "1"}, "actions": actions}
        files = {f"specs/acme/{name}": json.dumps(document) for name, document in documents.items()}
        files |= {FILE: yaml_files.dumps(overlay)} if actions else {}
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return root

    def told(
        change: Change | None,
        *actions: dict[str, Any],
        more: dict[str, Any] | None = None,
        overlay: str = "",
        base: Any = THINGS,
    ) -> list[Consequence]:
        plain = [{"description": "Because.", **action} for action in actions]
        before, after = ({"things.json": base}, {"things.json": made(change, base)} | (more or {}))
        roots = write("old", before, plain), write("new", after, plain)
        if overlay:
            (roots[1] / FILE).parent.mkdir(parents=True, exist_ok=True)
            (roots[1] / FILE).write_text(overlay, encoding="utf-8")
        old = patch_vendor(roots[0], "acme")
        new = patch_vendor(roots[1], "acme", old.made)
        sides = [{source.name: source.document for source in side.sources} for side in (old, new)]
        return consequences(old, new, compare({name: (sides[0].get(name), sides[1][name]) for name in sides[1]}))

    return told


def in_short(found: list[Consequence]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.advice, one.text) for one in found]


SUMMARY = {"target": GET, "update": {"summary": "Ours"}}


def test_an_overlay_that_still_fits(told: Callable[..., list[Consequence]]) -> None:
    assert told(None, SUMMARY) == []
    assert told(lambda new: new["info"].update(version="2"), SUMMARY) == []
    assert told(lambda new: new["components"]["schemas"].update(Other=THING), SUMMARY) == []


def test_dead_as_its_operation_went(told: Callable[..., list[Consequence]]) -> None:
    (one,) = told(lambda new: new["paths"].pop("/things/{id}"), SUMMARY)
    assert one == Consequence(
        "dead", "drop", f"{FILE}:6", "the target matches nothing: its operation was removed", GET, "Because.",
        "$.paths, which has /accounts",
    )  # fmt: skip


def test_dead_as_its_operation_moved(told: Callable[..., list[Consequence]]) -> None:
    (one,) = told(moved, SUMMARY)
    assert (one.kind, one.advice, one.nearest) == ("dead", "mend", "$.paths['/v2/things/{id}'].get")
    assert one.text == "the target matches nothing: its operation moved to GET /v2/things/{id}"


def test_dead_as_its_operation_moved_to_where_the_overlay_had_put_it(told: Callable[..., list[Consequence]]) -> None:
    adds = {"target": "$.paths", "update": {"/v2/things/{id}": {"get": operation("getThing")}}}
    dead, published = sorted(told(moved, adds, SUMMARY), key=lambda one: one.kind)
    assert in_short([published, dead]) == [
        ("published", "drop", "the vendor now publishes GET /v2/things/{id}; the action says the same: drop it"),
        ("dead", "drop", "the target matches nothing: its operation moved to GET /v2/things/{id}"),
    ]


def test_dead_of_another_reason(told: Callable[..., list[Consequence]]) -> None:
    action = {"target": "$.components.schemas.Thing.properties.size", "update": {"type": "number"}}
    (one,) = told(lambda new: new["components"]["schemas"]["Thing"]["properties"].pop("size"), action)
    assert in_short([one]) == [("dead", "mend", "the target matches nothing")]
    assert one.nearest == "$.components.schemas.Thing.properties, which has id"


def test_dead_as_one_of_the_operations_of_a_path_moved(told: Callable[..., list[Consequence]]) -> None:
    both = made(lambda new: new["paths"]["/things/{id}"].update(put=operation("setThing")))
    target = "$.paths['/things/{id}'].put"
    (one,) = told(moved, {"target": target, "update": {"summary": "Ours"}}, base=both)
    assert one.text == "the target matches nothing: its operation moved to PUT /v2/things/{id}"


def test_dead_where_that_is_foreseen(told: Callable[..., list[Consequence]]) -> None:
    assert told(lambda new: new["paths"].pop("/things/{id}"), {**SUMMARY, "x-may-match-nothing": True}) == []


def test_needless(told: Callable[..., list[Consequence]]) -> None:
    (one,) = told(lambda new: new["paths"]["/things/{id}"]["get"].update(summary="Ours"), SUMMARY)
    assert one == Consequence(
        "needless", "drop", f"{FILE}:6", "changes nothing, as the document says the same already", GET, "Because."
    )


def test_repeated(told: Callable[..., list[Consequence]]) -> None:
    action = {"target": "$.components.schemas.Thing.enum", "update": ["c"]}
    (one,) = told(lambda new: new["components"]["schemas"]["Thing"]["enum"].append("c"), action)
    assert in_short([one]) == [
        ("repeated", "mend", "adds to $['components']['schemas']['Thing']['enum'] what is there already")
    ]


def test_failed(told: Callable[..., list[Consequence]]) -> None:
    action = {"target": "$.components.schemas.Thing.properties.size", "update": {"type": "number"}}
    (one,) = told(lambda new: new["components"]["schemas"]["Thing"]["properties"].update(size=True), action)
    assert (one.kind, one.advice, one.where, one.target) == ("failed", "mend", f"{FILE}:6", action["target"])
    assert one.text.startswith("cannot be applied: $['components']['schemas']['Thing']['properties']['size'] is a prim")


def test_failed_as_the_operation_that_it_copies_went(told: Callable[..., list[Consequence]]) -> None:
    action = {"target": "$.paths['/accounts'].post", "copy": "$.paths['/things/{id}'].get"}
    (one,) = told(lambda new: new["paths"].pop("/things/{id}"), action)
    assert (one.kind, one.advice) == ("failed", "mend")
    assert one.nearest == "$.paths, which has /accounts"


ADDED = operation("listOthers", parameters=[{"name": "limit", "in": "query", "schema": {"type": "integer"}}])
ADDS = {"target": "$.paths", "update": {"/others": {"get": ADDED}}}


def test_published_word_for_word(told: Callable[..., list[Consequence]]) -> None:
    (one,) = told(lambda new: new["paths"].update({"/others": {"get": copy.deepcopy(ADDED)}}), ADDS)
    assert one == Consequence(
        "published", "drop", f"{FILE}:6",
        "the vendor now publishes GET /others; the action says the same: drop it", "$.paths", "Because.",
    )  # fmt: skip


def test_published_less_than_ours(told: Callable[..., list[Consequence]]) -> None:
    theirs = {key: value for key, value in ADDED.items() if key not in {"operationId", "parameters"}}
    (one,) = told(lambda new: new["paths"].update({"/others": {"get": theirs}}), ADDS)
    assert (one.kind, one.advice) == ("published", "drop")
    assert one.text == (
        "the vendor now publishes GET /others; drop the action, or keep only what it says beyond that: "
        "added operationId: 'listOthers'; added parameters"
    )


def test_published_other_than_ours(told: Callable[..., list[Consequence]]) -> None:
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in "abcdefgh"}}
    action = {"target": "$.components.schemas", "update": {"New": schema, "Newer": {"type": "null"}}}
    theirs = {"New": {"type": "object", "properties": {}}, "Newer": {"type": "null"}}
    (one,) = told(lambda new: new["components"]["schemas"].update(theirs), action)
    assert one.text.startswith(
        "the vendor now publishes schemas/New, schemas/Newer; drop the action, or keep only what"
    )
    assert one.text.endswith(
        "beyond that: " + "; ".join(f"added properties {each}" for each in "abcdef") + "; and 2 more"
    )


def test_wording_is_no_reason_to_keep_an_action(told: Callable[..., list[Consequence]]) -> None:
    theirs = {**ADDED, "summary": "Other words", "description": "And more."}
    (one,) = told(lambda new: new["paths"].update({"/others": {"get": theirs}}), ADDS)
    assert one.text.endswith("the action says the same: drop it")


def test_published_for_all_operations_of_a_path(told: Callable[..., list[Consequence]]) -> None:
    limit = [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]
    action = {"target": "$.paths['/accounts']", "update": {"parameters": limit}}
    (one,) = told(lambda new: new["paths"]["/accounts"].update(parameters=limit), action)
    assert "PARAMETERS" not in one.text


def test_published_what_an_action_can_no_longer_copy(told: Callable[..., list[Consequence]]) -> None:
    def change(new: Any) -> None:
        new["paths"] = {"/others": {"post": operation("makeAccount")}}

    actions = (
        {"target": "$.paths", "update": {"/others": {"summary": "Others"}}},
        {"target": "$.paths['/others']", "copy": "$.paths['/accounts']"},
    )
    found = told(change, *actions)
    assert {"published", "failed"} >= {one.kind for one in found if one.target == "$.paths['/others']"}
    assert [one.text for one in found if "is now None" in one.text] == []


def test_a_conflict(told: Callable[..., list[Consequence]]) -> None:
    other = made(lambda new: new["info"].update(title="Others"))
    (one,) = told(None, SUMMARY, more={"others.json": other})
    assert one == Consequence(
        "conflict", "rule", "overlay/bundle.yaml",
        "/info: others.json against things.json: /title: Others against Things",
    )  # fmt: skip


def test_an_operation_that_nobody_names(told: Callable[..., list[Consequence]]) -> None:
    bare = {key: value for key, value in operation("x").items() if key in {"summary", "responses", "security"}}
    (one,) = told(lambda new: new["paths"].update({"/others": {"get": bare}}), SUMMARY)
    assert one == Consequence(
        "unnamed", "name", "overlay/acme/", "GET /others: no action gives it operationId, x-logical-host, servers"
    )


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("[]\n", FILE, "an overlay is an object, this is an array"),
        ("overlay: 1.1.0\nactions: [\n", f"{FILE}:3:1", "while parsing a flow"),
        ("overlay: 2.0.0\ninfo: {title: T, version: '1'}\nactions: []\n", FILE, "overlay must be the string 1.0.x"),
    ],
)
def test_what_is_no_overlay(text: str, where: str, problem: str, told: Callable[..., list[Consequence]]) -> None:
    (one,) = told(None, SUMMARY, overlay=text)
    assert (one.kind, one.advice, one.where) == ("overlay", "mend", where)
    assert one.text.startswith(problem)


def test_what_to_drop_comes_first(told: Callable[..., list[Consequence]]) -> None:
    def change(new: Any) -> None:
        new["components"]["schemas"]["Thing"]["enum"].append("c")
        new["paths"].pop("/things/{id}")
        new["paths"]["/others"] = {"get": {"responses": {}}}

    appends = {"target": "$.components.schemas.Thing.enum", "update": ["c"]}
    added: dict[str, Any] = {"components": {"schemas": {"Thing": {}}}, "paths": {}}
    found = told(change, appends, SUMMARY, more={"zzz.json": {**THINGS, **added}})
    assert [one.kind for one in found] == ["dead", "unnamed", "repeated", "conflict"]


def test_in_the_order_of_the_overlay(told: Callable[..., list[Consequence]]) -> None:
    actions = [{"target": f"{GET}.x{each}", "update": {}} for each in range(3)]
    found = told(lambda new: new["paths"].pop("/things/{id}"), *actions)
    assert [one.target for one in found] == [one["target"] for one in actions]


def test_pages() -> None:
    found = of_pages(
        {"acme/a.yaml": "https://x: HTTP 404"}, [("acme/b.yaml", "; read it again"), ("acme/c.yaml", "as is")]
    )
    assert [(one.kind, one.advice, one.where, one.text) for one in found] == [
        ("gone", "drop", "specs/acme/a.yaml",
         "https://x: HTTP 404; `make vendor DROP=specs/acme/a.yaml` forgets it"),
        ("reread", "read", "specs/acme/b.yaml", "read it again"),
        ("reread", "read", "specs/acme/c.yaml", "as is"),
    ]  # fmt: skip
    assert of_pages({}, []) == []
    assert found[0].as_json()["nearest"] is None
