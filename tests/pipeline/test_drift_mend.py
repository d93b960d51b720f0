"""What another form of the same document leads to in a copy of the overlay: lines that change, and lines that stay."""

from __future__ import annotations

import copy
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
NOTHING: dict[str, Any] = {"paths": {}}


def sides(before: Any, after: Any) -> tuple[Patched, Patched]:
    return Patched("acme", published=before), Patched("acme", published=after)


def test_new_names_are_written_where_they_name_something(tmp_path: Path) -> None:
    file = write(tmp_path, {FILE: OVERLAY}) / FILE
    edits = mend(tmp_path, [MOVED, RENAMED, FIELD], *sides(NOTHING, NOTHING), ())
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
    published = {"paths": {"/v1/a": {}}, "components": {"schemas": {"Part": {}}}}
    assert mend(tmp_path, [MOVED, RENAMED], *sides(NOTHING, published), ()) == []
    assert mend(tmp_path, [MOVED], *sides(NOTHING, NOTHING), {("paths", "/v2/a", "get")}) == []
    assert file.read_text(encoding="utf-8") == OVERLAY


# The same in another form.


def ref(kind: str, name: str) -> Any:
    return {"$ref": f"#/components/{kind}/{name}"}


def before() -> Any:
    ok = {"description": "OK", "content": {"application/json": {"schema": ref("schemas", "Thing")}}}
    part = {"type": "object", "properties": {"id": {"type": "string"}}}
    thing = {"type": "object", "properties": {"part": ref("schemas", "Part"), "id": {"type": "string"}}}
    gone = {"description": "Not found"}
    return {
        "openapi": "3.1.0",
        "paths": {"/a/{b}": {"get": {"responses": {"200": ok, "404": ref("responses", "Gone")}}}},
        "components": {"schemas": {"Thing": thing, "Part": part}, "responses": {"Gone": gone}},
    }


def schema_inline(document: Any) -> None:
    content = document["paths"]["/a/{b}"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = document["components"]["schemas"].pop("Thing")


def both_inline(document: Any) -> None:
    schemas = document["components"]["schemas"]
    schemas["Thing"]["properties"]["part"] = schemas.pop("Part")
    schema_inline(document)


def response_inline(document: Any) -> None:
    document["paths"]["/a/{b}"]["get"]["responses"]["404"] = document["components"].pop("responses")["Gone"]


def wrapped(document: Any) -> None:
    schemas = document["components"]["schemas"]
    schemas["Thing"] = {"allOf": [schemas["Thing"]]}


def another(document: Any) -> None:
    schemas = document["components"]["schemas"]
    schemas["Thing"]["properties"]["part"] = {"type": "string"}
    del schemas["Part"]


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (schema_inline, "schemas/Thing is published inline"),
        (both_inline, "schemas/Thing is published inline; schemas/Part is published inline"),
        (response_inline, "responses/Gone is published inline"),
        (wrapped, "schemas/Thing is published in an allOf of its own"),
        (another, None),
    ],
)
def test_what_is_inline_or_wrapped_is_put_back(edit: Any, text: str | None, tmp_path: Path) -> None:
    old, new = before(), before()
    edit(new)
    published = copy.deepcopy(new)
    edits = mend(tmp_path, [], *sides(old, new), ())
    assert new == published
    if text is None:
        assert edits == []
        return
    (one,) = edits
    assert (one.kind, one.advice, one.text.partition(". ")[0]) == ("rewritten", "edit", text)
    made = load(tmp_path / one.where)
    assert all(action["description"] for action in made["actions"])  # which lint asks for
    assert [line.strip("`") for line in one.details] == (tmp_path / one.where).read_text(encoding="utf-8").splitlines()
    mended = apply_overlay(new, made, name="made")
    assert mended["components"] == old["components"]
    assert (check_references(mended), compare({"f": (old, mended)})) == ([], [])
    # A second change goes on where the first one was put back.
    assert len(mend(tmp_path, [], *sides(old, new), ())[0].details) == 2 * len(one.details) - 3
