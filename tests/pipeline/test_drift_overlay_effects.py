"""What changed documents ask of the people who maintain the overlay: each consequence with its texts and pointers."""

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

from tests.pipeline.projects import overlay_of, write

NAMED: dict[str, Any] = {
    "x-logical-host": "main", "servers": [{"url": "https://a.example"}], "security": [{"Key": []}],
}  # fmt: skip
OK = {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}


def operation(name: str, **keys: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": f"The {name}", "responses": OK, **NAMED, **keys}


THING: Any = {
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
FILE = "overlay/acme/10-all.overlay.yaml"
Change = Callable[[Any], object]
Ask = Callable[..., list[Consequence]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """What a change of the documents asks for, where the overlay has these actions."""

    def written(side: str, documents: dict[str, Any], text: str) -> Path:
        files = {f"specs/acme/{name}": json.dumps(document) for name, document in documents.items()}
        return write(tmp_path / side, {**files, FILE: text})

    def ask(
        change: Change, *actions: Any, more: Any = None, overlay: str = "", base: Any = THINGS
    ) -> list[Consequence]:
        described = [{"description": "Because.", **action} for action in actions]
        text = yaml_files.dumps(overlay_of(*described))
        document = copy.deepcopy(base)
        change(document)
        old = patch_vendor(written("old", {"things.json": base}, text), "acme")
        new = patch_vendor(written("new", {"things.json": document, **(more or {})}, overlay or text), "acme", old.made)
        before, after = ({source.name: source.document for source in side.sources} for side in (old, new))
        return consequences(old, new, compare({name: (before.get(name), after[name]) for name in after}))

    return ask


def moved(document: Any) -> None:
    document["paths"]["/v2/things/{id}"] = document["paths"].pop("/things/{id}")


def removed(document: Any) -> None:
    del document["paths"]["/things/{id}"]


def schema(document: Any, name: str = "Thing") -> Any:
    return document["components"]["schemas"].setdefault(name, {})


GET = "$.paths['/things/{id}'].get"
SUMMARY = {"target": GET, "update": {"summary": "Ours"}}
ENUM = {"target": "$.components.schemas.Thing.enum", "update": ["c"]}
SIZE = {"target": "$.components.schemas.Thing.properties.size", "update": {"type": "number"}}
COPY = {"target": "$.paths['/accounts'].post", "copy": GET}
ADDED = operation("listOthers", parameters=[{"name": "limit", "in": "query", "schema": {"type": "integer"}}])
ADDS = {"target": "$.paths", "update": {"/others": {"get": ADDED}}}
NEW = {"target": "$.components.schemas"}
LIST = "$.paths, which has /accounts"
ITEMS = "$.components.schemas.Thing.properties, which has id"


def publish(keys: Any) -> Change:
    return lambda new: new["paths"].update({"/others": {"get": keys}})


@pytest.mark.parametrize(
    ("change", "action", "expected", "text", "nearest"),
    [
        (removed, SUMMARY, "dead drop", "the target matches nothing: its operation was removed", None),
        (
            moved, SUMMARY, "dead mend",
            "the target matches nothing: its operation moved to GET /v2/things/{id}", "$.paths['/v2/things/{id}'].get",
        ),
        (lambda new: schema(new)["properties"].pop("size"), SIZE, "dead mend", "the target matches nothing", ITEMS),
        (
            lambda new: new["paths"]["/things/{id}"]["get"].update(summary="Ours"), SUMMARY, "needless drop",
            "changes nothing, as the document says the same already", None,
        ),
        (
            lambda new: schema(new)["enum"].append("c"), ENUM, "repeated mend",
            "adds to $['components']['schemas']['Thing']['enum'] an item that is there already", None,
        ),
        (lambda new: schema(new)["properties"].update(size=True), SIZE, "failed mend", "cannot be applied: ", None),
        (removed, COPY, "failed mend", "cannot be applied: ", LIST),
        (
            publish(ADDED), ADDS, "published drop",
            "the vendor now publishes GET /others; the action says the same: drop it", None,
        ),
        (
            publish({key: ADDED[key] for key in ("summary", "responses", *NAMED)}), ADDS, "published drop",
            "the vendor now publishes GET /others; drop the action, or keep only what it says beyond that:", None,
        ),
    ],
)  # fmt: skip
def test_what_becomes_of_an_action(  # noqa: PLR0917 - the columns of the table
    ask: Ask, change: Change, action: Any, expected: str, text: str, nearest: str | None
) -> None:
    (one,) = ask(change, action)
    assert (f"{one.kind} {one.advice}", one.nearest) == (expected, nearest)
    assert one.text.startswith(text)
    assert (one.where, one.target, one.reason) == (f"{FILE}:6", action["target"], "Because.")


def test_what_an_action_says_beyond_what_is_published(ask: Ask) -> None:
    ours = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    (one,) = ask(lambda new: schema(new, "New").update(type="object"), {**NEW, "update": {"New": ours}})
    assert one.details == ("added properties a", "added properties b")


def test_what_an_action_can_no_longer_copy_is_not_compared(ask: Ask) -> None:
    adds = {"target": "$.paths", "update": {"/others": {"summary": "Others"}}}
    copies = {"target": "$.paths['/others']", "copy": "$.paths['/accounts']"}
    result = ask(lambda new: new.update(paths={"/others": {"post": operation("makeAccount")}}), adds, copies)
    assert [one.text for one in result if "is now None" in one.text] == []


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("[]\n", FILE, "an overlay is an object, this is an array"),
        ("overlay: 1.1.0\nactions: [\n", f"{FILE}:3:1", "while parsing a flow"),
    ],
)
def test_an_overlay_that_cannot_be_read(text: str, where: str, problem: str, ask: Ask) -> None:
    (one,) = ask(str, SUMMARY, overlay=text)
    assert (one.kind, one.advice, one.where) == ("overlay", "mend", where)
    assert one.text.startswith(problem)


def test_what_to_drop_comes_first_and_the_rest_in_the_order_of_the_overlay(ask: Ask) -> None:
    def change(new: Any) -> None:
        schema(new)["enum"].append("c")
        removed(new)
        new["paths"]["/others"] = {"get": {"responses": {}, "security": []}}

    conflict: dict[str, Any] = {**THINGS, "info": {"title": "Others", "version": "1"}, "paths": {}, "components": {}}
    drops = [{"target": f"{GET}.x{each}", "update": {}} for each in range(3)]
    result = ask(change, ENUM, *drops, more={"zzz.json": conflict})
    assert [one.kind for one in result] == ["dead", "dead", "dead", "unnamed", "repeated", "conflict"]
    assert [one.target for one in result[:3]] == [one["target"] for one in drops]
    text = "GET /others: no action sets its operationId, x-logical-host, servers"
    assert result[3] == Consequence("unnamed", "name", "overlay/acme/", text)
    text = "/info: things.json against zzz.json: /title: Things against Others"
    assert result[5] == Consequence("conflict", "rule", "overlay/bundle.yaml", text)


def test_pages() -> None:
    gone, reread = of_pages({"acme/a.yaml": "https://x: HTTP 404"}, [("acme/b.yaml", "; read it again")])
    assert (gone.where, gone.details) == ("specs/acme/a.yaml", ("`make vendor DROP=specs/acme/a.yaml`",))
    assert (reread.where, reread.text) == ("specs/acme/b.yaml", "read it again")
