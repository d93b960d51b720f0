"""What new names lead to in a copy of the overlay: lines that change, and lines that stay."""

from __future__ import annotations

from pathlib import Path

from drift_report.changes import Difference
from drift_report.mend import mend
from pipeline.patch import Patched

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
    edits = mend(tmp_path, [MOVED, RENAMED, FIELD], NOTHING, ())
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
    assert mend(tmp_path, [MOVED, RENAMED], published, ()) == []
    assert mend(tmp_path, [MOVED], NOTHING, {("paths", "/v2/a", "get")}) == []
    assert file.read_text(encoding="utf-8") == OVERLAY
