"""New names in a copy of the overlay: the lines that change, and those that stay."""

from __future__ import annotations

from pathlib import Path

from drift_report.changes import Difference
from drift_report.mend import mend

from tests.pipeline.projects import write

OVERLAY = """\
actions:
  - target: $.paths['/v1/a'].get
  - target: $.paths['/v1/a/b'].get
  - target: $.components.schemas['Part', 'PartList']
    update: {items: {$ref: '#/components/schemas/Part'}}
"""
A = ("paths", "/v1/a", "get")
PART = ("components", "schemas", "Part")
MOVED = Difference("moved", "operation", "GET /v1/a", "from", "f", A, ("paths", "/v2/a", "get"))
RENAMED = Difference("renamed", "schema", "Part", "to Item", "f", PART, (*PART[:2], "Item"))
FIELD = Difference("renamed", "schema", "Part", "properties a to b", "f", (*PART, "a"), (*PART, "b"))


def test_new_names_are_written_and_said(tmp_path: Path) -> None:
    file = write(tmp_path, {"overlay/acme/10.overlay.yaml": OVERLAY}) / "overlay/acme/10.overlay.yaml"
    edits = mend(tmp_path, "acme", [MOVED, RENAMED, FIELD], {"paths": {}}, ())
    assert [(one.where, one.text, one.target) for one in edits] == [
        ("overlay/acme/10.overlay.yaml:2", "`/v1/a` is `/v2/a` now", "- target: $.paths['/v2/a'].get"),
        (
            "overlay/acme/10.overlay.yaml:4",
            "`Part` is `Item` now",
            "- target: $.components.schemas['Item', 'PartList']",
        ),
        (
            "overlay/acme/10.overlay.yaml:5",
            "`Part` is `Item` now",
            "update: {items: {$ref: '#/components/schemas/Item'}}",
        ),
    ]
    assert {(one.kind, one.advice) for one in edits} == {("renamed", "edit")}
    assert "['/v1/a/b']" in file.read_text(encoding="utf-8")


def test_a_name_that_is_still_in_use_stays(tmp_path: Path) -> None:
    file = write(tmp_path, {"overlay/acme/10.overlay.yaml": OVERLAY}) / "overlay/acme/10.overlay.yaml"
    published = {"paths": {"/v1/a": {}}, "components": {"schemas": {"Part": {}}}}
    assert mend(tmp_path, "acme", [MOVED, RENAMED], published, ()) == []
    assert mend(tmp_path, "acme", [MOVED], {}, {("paths", "/v2/a", "get")}) == []
    assert file.read_text(encoding="utf-8") == OVERLAY
