"""The drift report: what it concludes from its content, and its form for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import VERDICTS, Broken, Report
from drift_report.surface import SurfaceChange

AT = ("paths", "/things", "get")
FIELD = Difference("added", "schema", "Thing", "properties mood", "f", new=("components", "schemas", "Thing"))
WORDS = Difference("changed", "schema", "Thing", "description: 'a' is now 'b'", "f", wording=True)
NEW = Difference("added", "operation", "GET /things", "", "f", new=AT, breaking=False)
GONE = Difference("removed", "operation", "GET /things", "", "f", old=AT, breaking=True)
PART = Difference("removed", "operation", "GET /things", "parameters id (path)", "f", old=(*AT, "parameters", "0"))
MOVED = Difference("moved", "operation", "GET /things", "from /things at a to /items at a", "f", AT, AT, breaking=True)
DROP = Consequence("dead", "drop", "overlay/acme/10.overlay.yaml:3", "the target matches nothing", "$.x", "Why.", "$")
LIMIT = Difference(
    "changed", "operation", "GET /things", "parameters limit (query) schema maximum", "f", AT, AT, breaking=True
)
OFFERED = Difference("added", "operation", "GET /things", "parameters deep (query)", "f", new=AT, argument=True)
VALUE = Difference("added", "schema", "Thing", "properties mood enum `glad`", "f", new=AT, breaking=False)
GREW = SurfaceChange(breaking=False, name="client.Thing.mood", text="attribute `mood` is new", exposed=True)
SHRANK = SurfaceChange(breaking=True, name="client.Thing.id", text="attribute `id` was removed", exposed=True)
SURE = Reference("src/a.py", 3, "get_thing", "names `get_thing`", sure=True, room="facade")
UNSURE = Reference("src/a.py", 3, "get_thing", "names `get_thing`", sure=False, room="facade")
SOURCE = Broken("page.md:3:4", "not valid YAML")


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (Report(), 0),
        (Report(references=[UNSURE], also=["GET /others"], remarks=["A remark."]), 0),
        (Report(differences=[FIELD]), 1),
        (Report(files=["changed: specs/acme/things.yaml"]), 1),
        (Report(surface=[GREW]), 1),
        (Report(surface=[SHRANK]), 2),
        (Report(differences=[LIMIT]), 2),
        (Report(differences=[OFFERED]), 2),
        (Report(differences=[VALUE]), 1),
        (Report(differences=[PART]), 1),
        (Report(differences=[FIELD], references=[UNSURE]), 1),
        (Report(differences=[GONE]), 2),
        (Report(differences=[MOVED]), 2),
        (Report(consequences=[DROP]), 2),
        (Report(references=[UNSURE, SURE]), 2),
        (Report(broken=[SOURCE]), 3),
    ],
)
def test_status(report: Report, status: int) -> None:
    assert report.status == status
    assert report.verdict == VERDICTS[status]


@pytest.mark.parametrize(
    ("report", "step", "zero", "one"),
    [
        (Report(), "none none", "0.3.4", "1.3.4"),
        (Report(differences=[WORDS]), "patch patch", "0.3.5", "1.3.5"),
        (Report(differences=[VALUE]), "patch patch", "0.3.5", "1.3.5"),
        (Report(differences=[NEW]), "patch minor", "0.3.5", "1.4.0"),
        (Report(differences=[FIELD], surface=[GREW]), "patch minor", "0.3.5", "1.4.0"),
        (Report(surface=[GREW, SHRANK]), "minor major", "0.4.0", "2.0.0"),
        (Report(differences=[GONE]), "minor major", "0.4.0", "2.0.0"),
        (Report(differences=[LIMIT]), "minor major", "0.4.0", "2.0.0"),
        (Report(differences=[NEW, MOVED]), "minor major", "0.4.0", "2.0.0"),
    ],
)
def test_the_version_step(report: Report, step: str, zero: str, one: str) -> None:
    for version, named, following in zip(("0.3.4", "1.3.4"), step.split(), (zero, one), strict=True):
        report.version = version
        assert (report.step, report.next_version) == (named, following)


def test_the_changelog() -> None:
    renamed = Difference("renamed", "schema", "Thing", "to Item", "f", breaking=True)
    typed = Difference("changed", "schema", "Item", "type: 'a' is now 'b'", "f", breaking=True)
    schema = Difference("added", "schema", "Part", "", "f")
    document = Difference("added", "document", "f", "", "f")
    differences = [GONE, NEW, FIELD, WORDS, PART, renamed, typed, schema, document]
    assert Report(differences=differences).changelog() == {
        "Changed": [
            "`Thing`: added properties mood.",
            "`GET /things`: removed parameters id (path).",
            "**Breaking:** `Thing` renamed to Item.",
            "**Breaking:** `Item`: type: 'a' is now 'b'.",
        ],
        "Added": ["`GET /things`.", "`Part`."],
        "Removed": ["**Breaking:** `GET /things`."],
    }


def test_parts_of_a_moved_operation_are_no_entry() -> None:
    other = Difference("added", "operation", "GET /others", "deprecated: True", "f", new=("paths", "/others", "get"))
    lines = Report(differences=[MOVED, PART, other]).changelog()
    assert lines == {
        "Changed": [
            "**Breaking:** `GET /things` moved from /things at a to /items at a.",
            "`GET /others`: added deprecated: True.",
        ]
    }


def test_a_changelog_of_wording() -> None:
    assert Report().changelog() == {}
    assert Report(files=["changed: specs/a/b.yaml"]).changelog() == {}
    assert Report(differences=[WORDS]).changelog() == {"Changed": ["The wording of the vendor's documents."]}


def test_programs_get_everything() -> None:
    report = Report([GONE], [DROP], [GREW], [SURE], [SOURCE], ["changed: f"], ["GET /others"], ["f.json"], ["make"])
    report.remarks, report.version = ["A remark."], "1.2.3"
    read: dict[str, Any] = json.loads(json.dumps(report.as_json()))
    assert read == {
        "status": 3,
        "verdict": "broken source",
        "documents": [{**asdict(GONE), "old": "/paths/~1things/get", "new": None}],
        "overlay": [{**asdict(DROP), "details": []}],
        "surface": [asdict(GREW)],
        "references": [asdict(SURE)],
        "broken": [{"where": "page.md:3:4", "problem": "not valid YAML"}],
        "files": ["changed: f"],
        "also_offered": ["GET /others"],
        "nothing_of_ours": ["f.json"],
        "commands": ["make"],
        "remarks": ["A remark."],
        "changelog": {"Removed": ["**Breaking:** `GET /things`."]},
        "version": {"now": "1.2.3", "step": "major", "next": "2.0.0", "breaking": True},
    }


def test_reports_are_added_up() -> None:
    report = Report([GONE], remarks=["A."], version="1.2.3")
    report.add(Report([NEW], [DROP], remarks=["A.", "B."]))
    assert (report.differences, report.consequences) == ([GONE, NEW], [DROP])
    assert (report.remarks, report.version) == (["A.", "B."], "1.2.3")
