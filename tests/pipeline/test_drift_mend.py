"""What another form of the same document leads to in a copy of the overlay: lines that change, and lines that stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drift_report.changes import Difference, compare
from drift_report.mend import mend
from pipeline.openapi import check_references
from pipeline.overlay.apply import apply_overlay
from pipeline.patch import Patched
from pipeline.yaml_files import load

from tests.pipeline.projects import write

FILE = "overlay/acme/10.overlay.yaml"
OVERLAY = """\
actions:
  - target: $.paths['/v1/a'].get  # as /v1/a was, which Part is for
    description: The Part of /v1/a.
  - target: $.paths['/v1/a/b'].get
  - target: $.components.schemas['Part', 'PartList']
    update: {items: {$ref: '#/components/schemas/Part'}, title: Part of}
  - target: $.components.schemas
    update: {Part: {type: object}}
"""
A = ("paths", "/v1/a", "get")
PART = ("components", "schemas", "Part")
MOVED = Difference("moved", "operation", "GET /v1/a", "from", "f", A, ("paths", "/v2/a", "get"))
RENAMED = Difference("renamed", "schema", "Part", "to Item", "f", PART, (*PART[:2], "Item"))
FIELD = Difference("renamed", "schema", "Part", "properties a to b", "f", (*PART, "a"), (*PART, "b"))
NOTHING = Patched("acme", published={"paths": {}})


def test_new_names_are_written_where_they_name_something(tmp_path: Path) -> None:
    file = write(tmp_path, {FILE: OVERLAY}) / FILE
    edits = mend(tmp_path, [MOVED, RENAMED, FIELD], NOTHING, NOTHING, ())
    assert [(one.where.rpartition(":")[2], one.text, one.target) for one in edits] == [
        ("2", "`/v1/a` is `/v2/a` now", "- target: $.paths['/v2/a'].get  # as /v1/a was, which Part is for"),
        ("5", "`Part` is `Item` now", "- target: $.components.schemas['Item', 'PartList']"),
        ("6", "`Part` is `Item` now", "update: {items: {$ref: '#/components/schemas/Item'}, title: Part of}"),
        ("8", "`Part` is `Item` now", "update: {Item: {type: object}}"),
    ]
    assert {(one.kind, one.advice) for one in edits} == {("renamed", "edit")}
    text = file.read_text(encoding="utf-8")
    assert ("['/v1/a/b']" in text, "The Part of /v1/a." in text) == (True, True)


def test_a_name_that_is_still_in_use_stays(tmp_path: Path) -> None:
    file = write(tmp_path, {FILE: OVERLAY}) / FILE
    published = Patched("acme", published={"paths": {"/v1/a": {}}, "components": {"schemas": {"Part": {}}}})
    assert mend(tmp_path, [MOVED, RENAMED], NOTHING, published, ()) == []
    assert mend(tmp_path, [MOVED], NOTHING, NOTHING, {("paths", "/v2/a", "get")}) == []
    assert file.read_text(encoding="utf-8") == OVERLAY


# What is inline now.


def before() -> Any:
    def ref(name: str) -> Any:
        return {"$ref": f"#/components/{name}"}

    ok = {"description": "OK", "content": {"application/json": {"schema": ref("schemas/Thing")}}}
    part = {"type": "object", "properties": {"id": {"type": "string"}}}
    thing = {"type": "object", "properties": {"part": ref("schemas/Part"), "id": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/a/{b}": {"get": {"responses": {"200": ok, "404": ref("responses/Gone")}}}},
        "components": {"schemas": {"Thing": thing, "Part": part}, "responses": {"Gone": {"description": "Not found"}}},
    }


def schema(document: Any) -> None:
    content = document["paths"]["/a/{b}"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = document["components"]["schemas"].pop("Thing")


def both(document: Any) -> None:
    schemas = document["components"]["schemas"]
    schemas["Thing"]["properties"]["part"] = schemas.pop("Part")
    schema(document)


def response(document: Any) -> None:
    document["paths"]["/a/{b}"]["get"]["responses"]["404"] = document["components"].pop("responses")["Gone"]


def another(document: Any) -> None:
    document["components"]["schemas"]["Thing"]["properties"]["part"] = {"type": "string"}
    del document["components"]["schemas"]["Part"]


@pytest.mark.parametrize(
    ("edit", "names"),
    [(schema, "schemas/Thing"), (both, "schemas/Thing, schemas/Part"), (response, "responses/Gone"), (another, None)],
)
def test_what_is_inline_gets_its_name_again(edit: Any, names: str | None, tmp_path: Path) -> None:
    old, new = before(), before()
    edit(new)

    def mended() -> Any:
        return mend(tmp_path, [], Patched("acme", published=old), Patched("acme", published=new), ())

    if names is None:
        assert mended() == []
        return
    (one,) = mended()
    assert (one.kind, one.advice, one.text.partition(". ")[0]) == ("inline", "edit", f"published inline: {names}")
    text, made = (tmp_path / one.where).read_text(encoding="utf-8"), load(tmp_path / one.where)
    assert all(action["description"] for action in made["actions"])  # which lint asks for
    assert [line.strip("`") for line in one.details] == text.splitlines()
    again = apply_overlay(new, made, name="made")
    assert again["components"] == old["components"]
    assert (check_references(again), compare({"f": (old, again)})) == ([], [])
    # A second change goes on where the first one was put back.
    assert len(mended()[0].details) == 2 * len(one.details) - 3
