"""The drift report: what it concludes from what it holds, and that programs get all of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from typing import Any

import pytest
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import VERDICTS, Broken, Report, told
from drift_report.surface import SurfaceChange
from hypothesis import given
from hypothesis import strategies as st

AT = ("paths", "/things", "get")
FIELD = Difference("added", "schema", "Thing", "properties mood", "f", new=("components", "schemas", "Thing"))
WORDS = Difference("changed", "schema", "Thing", "description: 'a' is now 'b'", "f", wording=True)
NEW = Difference("added", "operation", "GET /things", "", "f", new=AT, breaking=False)
GONE = Difference("removed", "operation", "GET /things", "", "f", old=AT, breaking=True)
PART = Difference("removed", "operation", "GET /things", "parameters id (path)", "f", old=(*AT, "parameters", "0"))
MOVED = Difference("moved", "operation", "GET /things", "from /things at a to /items at a", "f", AT, AT, breaking=True)
DROP = Consequence("dead", "drop", "overlay/acme/10.overlay.yaml:3", "the target matches nothing", "$.x", "Why.", "$")
GREW = SurfaceChange(breaking=False, name="client.Thing.mood", text="attribute `mood` is new", exposed=True)
SHRANK = SurfaceChange(breaking=True, name="client.Thing.id", text="attribute `id` was removed", exposed=True)
SURE = Reference("src/a.py", 3, "get_thing", "names `get_thing`", sure=True, room="facade")
UNSURE = Reference("src/a.py", 3, "get_thing", "names `get_thing`", sure=False, room="facade")
SOURCE = Broken("page.md", 3, 4, "not valid YAML")


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (Report(), 0),
        (Report(references=[UNSURE], also=["GET /others"], remarks=["A remark."]), 0),
        (Report(differences=[FIELD]), 1),
        (Report(differences=[WORDS]), 1),
        (Report(differences=[NEW]), 1),
        (Report(differences=[PART]), 1),
        (Report(files=["changed: specs/acme/things.yaml"]), 1),
        (Report(surface=[SHRANK]), 1),
        (Report(differences=[FIELD], references=[UNSURE]), 1),
        (Report(differences=[GONE]), 2),
        (Report(differences=[MOVED]), 2),
        (Report(consequences=[DROP]), 2),
        (Report(references=[UNSURE, SURE]), 2),
        (Report(broken=[SOURCE]), 3),
        (Report(differences=[GONE], consequences=[DROP], broken=[SOURCE]), 3),
    ],
)
def test_status(report: Report, status: int) -> None:
    assert report.status == status
    assert report.verdict == VERDICTS[status]


@pytest.mark.parametrize(
    ("report", "step", "zero", "one"),
    [
        (Report(), "none", "0.3.4", "1.3.4"),
        (Report(differences=[WORDS]), "patch", "0.3.5", "1.3.5"),
        (Report(differences=[FIELD]), "patch", "0.3.5", "1.3.5"),
        (Report(files=["new: specs/a/b.yaml"]), "patch", "0.3.5", "1.3.5"),
        (Report(differences=[NEW]), "minor", "0.3.5", "1.4.0"),
        (Report(differences=[FIELD], surface=[GREW]), "minor", "0.3.5", "1.4.0"),
        (Report(surface=[GREW, SHRANK]), "major", "0.4.0", "2.0.0"),
        (Report(differences=[GONE]), "major", "0.4.0", "2.0.0"),
        (Report(differences=[NEW, MOVED]), "major", "0.4.0", "2.0.0"),
    ],
)
def test_the_version_step(report: Report, step: str, zero: str, one: str) -> None:
    for version, following in (("0.3.4", zero), ("1.3.4", one)):
        report.version = version
        assert (report.step, report.next_version) == (step, following)


@pytest.mark.parametrize(("version", "following"), [("0.1.0rc1", "0.1.1"), ("12.30.9.dev0", "12.30.10")])
def test_versions_with_a_tail(version: str, following: str) -> None:
    assert Report(differences=[WORDS], version=version).next_version == following


@pytest.mark.parametrize(("version", "following"), [("0.1", "0.1.1"), ("2", "2.0.1")])
def test_versions_of_fewer_numbers(version: str, following: str) -> None:
    assert Report(differences=[WORDS], version=version).next_version == following


def test_a_breaking_difference_is_no_patch() -> None:
    breaking = Difference("removed", "schema", "Thing", "properties id", "f", old=("components",), breaking=True)
    report = Report(differences=[breaking], version="1.2.3")
    assert report.changelog() == {"Changed": ["**Breaking:** `Thing`: removed properties id."]}
    assert report.step == "major"


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


def test_what_else_changed_of_a_moved_operation_goes_without_saying() -> None:
    other = Difference("added", "operation", "GET /others", "deprecated: True", "f", new=("paths", "/others", "get"))
    lines = Report(differences=[MOVED, PART, other]).changelog()
    assert lines == {
        "Changed": [
            "**Breaking:** `GET /things` moved from /things at a to /items at a.",
            "`GET /others`: added deprecated: True.",
        ]
    }


def test_a_changelog_of_words() -> None:
    assert Report().changelog() == {}
    assert Report(files=["changed: specs/a/b.yaml"]).changelog() == {}
    assert Report(differences=[WORDS]).changelog() == {"Changed": ["The wording of the vendor's documents."]}


def test_a_document_that_wants_a_key_now_is_no_wording() -> None:
    security = Difference("added", "document", "f", "security", "f", new=("security",), breaking=True)
    assert Report(differences=[security]).changelog() != {"Changed": ["The wording of the vendor's documents."]}


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (GONE, "`GET /things`"),
        (FIELD, "`Thing`: added properties mood"),
        (PART, "`GET /things`: removed parameters id (path)"),
        (WORDS, "`Thing`: description: 'a' is now 'b'"),
        (MOVED, "`GET /things` moved from /things at a to /items at a"),
    ],
)
def test_a_difference_in_a_line(difference: Difference, text: str) -> None:
    assert told(difference) == text


# What an error of the pipeline speaks of.

ERRORS = [
    ("a.yaml:3:4: bad", ("a.yaml", 3, 4, "bad")),
    ("a.yaml:3: bad", ("a.yaml", 3, 1, "bad")),
    ("a.yaml: bad", ("a.yaml", 1, 1, "bad")),
    ("bad", ("", 1, 1, "bad")),
    ("a b.yaml:1:2: /paths/x: bad: 7", ("a b.yaml", 1, 2, "/paths/x: bad: 7")),
    ("a.yaml:3:4: two\nlines: 5: x", ("a.yaml", 3, 4, "two\nlines: 5: x")),
    (r"C:\pages\a.yaml:3:4: bad", (r"C:\pages\a.yaml", 3, 4, "bad")),
    (r"C:\pages\a.yaml: bad", (r"C:\pages\a.yaml", 1, 1, "bad")),
    ("C:/pages/a.md:12: bad", ("C:/pages/a.md", 12, 1, "bad")),
    ("https://docs.example/a.md:3:4: bad", ("https://docs.example/a.md", 3, 4, "bad")),
    ("https://docs.example:8443/a.md:3: bad", ("https://docs.example:8443/a.md", 3, 1, "bad")),
    ("http://127.0.0.1:8080/a.md: HTTP 404", ("http://127.0.0.1:8080/a.md", 1, 1, "HTTP 404")),
    ("https://docs.example/a: no answer", ("https://docs.example/a", 1, 1, "no answer")),
    ("a.yaml:b: bad", ("a.yaml:b", 1, 1, "bad")),
]


@pytest.mark.parametrize(("message", "expected"), ERRORS)
def test_what_an_error_speaks_of(message: str, expected: tuple[str, int, int, str]) -> None:
    found = Broken.parse(message)
    assert (found.file, found.line, found.column, found.problem) == expected
    assert found.as_json() == {"file": found.file, "line": found.line, "column": found.column, "problem": found.problem}
    assert found.where == (":".join(map(str, expected[:3])) if found.placed else expected[0])
    assert found.placed is bool(re.search(r":\d+: ", message))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a.yaml: down since 12:30: sorry", ("a.yaml", 1, 1, "down since 12:30: sorry")),
        ("https://x.example/a: lost proxy:443: bad", ("https://x.example/a", 1, 1, "lost proxy:443: bad")),
        ("http://localhost:8080: connection refused", ("http://localhost:8080", 1, 1, "connection refused")),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_line(message: str, expected: tuple[str, int, int, str]) -> None:
    found = Broken.parse(message)
    assert (found.file, found.line, found.column, found.problem) == expected


NAMES = st.text(st.characters(codec="utf-8", exclude_characters=":\n\r"), min_size=1, max_size=8)


@given(NAMES, st.integers(1, 10**6), st.integers(1, 10**6), st.text(max_size=20))
def test_line_and_column_are_found(file: str, line: int, column: int, problem: str) -> None:
    assert Broken.parse(f"{file}:{line}:{column}: {problem}") == Broken(file, line, column, problem)
    assert Broken.parse(f"{file}:{line}: {problem}") == Broken(file, line, 1, problem, placed=True)


@given(st.text(max_size=30))
def test_no_message_is_too_odd(message: str) -> None:
    found = Broken.parse(message)
    assert found.problem in message
    assert found.file in message
    assert found.line >= 0


# For programs.

TEXTS = st.text(max_size=12)
POINTERS = st.none() | st.lists(TEXTS, max_size=4).map(tuple)
DIFFERENCES = st.builds(
    Difference, st.sampled_from(["added", "removed", "changed", "renamed", "moved"]),
    st.sampled_from(["operation", "schema", "component", "document"]), TEXTS, TEXTS, TEXTS, POINTERS, POINTERS,
    st.none() | st.booleans(), st.booleans(),
)  # fmt: skip
REPORTS = st.builds(
    Report,
    differences=st.lists(DIFFERENCES, max_size=4),
    consequences=st.lists(st.builds(Consequence, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | TEXTS), max_size=2),
    surface=st.lists(st.builds(SurfaceChange, st.booleans(), TEXTS, TEXTS, st.booleans()), max_size=2),
    references=st.lists(st.builds(Reference, TEXTS, st.integers(), TEXTS, TEXTS, st.booleans(), TEXTS), max_size=2),
    broken=st.lists(st.builds(Broken, TEXTS, st.integers(), st.integers(), TEXTS), max_size=2),
    files=st.lists(TEXTS, max_size=2), also=st.lists(TEXTS, max_size=2), remarks=st.lists(TEXTS, max_size=2),
    version=st.sampled_from(["0.1.0", "2.0.3"]),
)  # fmt: skip


@given(REPORTS)
def test_programs_get_all_of_it(report: Report) -> None:
    read: dict[str, Any] = json.loads(json.dumps(report.as_json()))
    assert (read["status"], read["verdict"]) == (report.status, VERDICTS[report.status])
    rooms = {"documents": "differences", "overlay": "consequences", "also_offered": "also"}
    told_of = {rooms.get(key, key) for key in read} - {"status", "verdict", "changelog", "version"}
    assert told_of | {"version"} == {one.name for one in fields(Report)}
    for key in ("overlay", "surface", "references"):
        assert read[key] == [asdict(one) for one in getattr(report, rooms.get(key, key))]
    assert read["broken"] == [one.as_json() for one in report.broken]
    for key in ("files", "also_offered", "remarks"):
        assert read[key] == getattr(report, rooms.get(key, key))
    for one, difference in zip(read["documents"], report.differences, strict=True):
        assert one.keys() == {each.name for each in fields(Difference)}
        for key in one.keys() - {"old", "new"}:
            assert one[key] == getattr(difference, key)
        assert (one["old"] is None, one["new"] is None) == (difference.old is None, difference.new is None)
    assert read["version"] == {"now": report.version, "step": report.step, "next": report.next_version}


@given(REPORTS)
def test_conclusions_agree_with_each_other(report: Report) -> None:
    assert not report.breaking or report.step == "major"
    assert (report.step == "none") == (report.next_version == report.version)
    assert report.step == "none" or report.next_version > report.version
    assert not report.lost or report.status >= 2
    assert bool(report.differences) == bool(report.changelog())
    lines = [line for texts in report.changelog().values() for line in texts]
    assert len(lines) <= max(1, len(report.differences))


def test_pointers_as_they_are_written() -> None:
    at = ("paths", "/things/{id}", "get", "a~b")
    read = Difference("removed", "operation", "GET /things/{id}", "a~b", "f", old=at).as_json()
    assert (read["old"], read["new"]) == ("/paths/~1things~1{id}/get/a~0b", None)
    assert Difference("changed", "document", "f", "x", "f", old=(), new=()).as_json()["old"] == ""
