"""Which differences break callers: what is made of Redocly's report, and what is said where there is none."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drift_report import breaking as drift_breaking
from drift_report.breaking import NO_NODE, REDOCLY, _touch, _verdicts, judged
from drift_report.changes import Difference, compare
from pipeline.openapi import Pointer

FILE = "specs/acme/things.yaml"
OLD: Any = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "servers": [{"url": "https://a.example"}],
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "part": {"$ref": "#/components/schemas/Part"}},
            },
            "Part": {"type": "string", "enum": ["a", "b"]},
        }
    },
}


def changed() -> Any:
    """The document with five changes, three of which break callers."""
    new = json.loads(json.dumps(OLD))
    parameters = new["paths"]["/things/{id}"]["get"]["parameters"]
    parameters.append({"name": "mood", "in": "query", "required": True, "schema": {"type": "string"}})
    properties = new["components"]["schemas"]["Thing"]["properties"]
    del properties["part"]
    properties["extra"] = {"type": "integer"}
    properties["name"]["type"] = "integer"
    new["components"]["schemas"]["Part"]["enum"].append("c")
    return new


NEW = changed()
THING = "#/components/schemas/Thing/properties"
IN_ANSWER = "#/paths/~1things~1{id}/get/responses/200/content/application~1json/schema/properties"
# What `redocly diff` 2.77.0 said of the two, less the values, lines and columns that nobody reads.
CHANGES: list[dict[str, Any]] = [
    {
        "path": "#/components/schemas/Part",
        "typeName": "Schema",
        "kind": "modified",
        "impact": "patch",
        "verdicts": [],
        "property": "enum",
        "base": {"file": "old.json", "pointer": "#/components/schemas/Part/enum", "line": 4, "col": 187},
        "revision": {"file": "new.json", "pointer": "#/components/schemas/Part/enum", "line": 1, "col": 663},
    },
    {
        "path": "#/paths/~1things~1{id}/get/parameters/1",
        "typeName": "Parameter",
        "kind": "added",
        "impact": "major",
        "verdicts": [
            {
                "ruleId": "parameter-became-required",
                "impact": "major",
                "message": "Required `mood` query parameter was added.",
                "location": {"file": "new.json", "pointer": "#/paths/~1things~1{id}/get/parameters/1/required"},
            }
        ],
        "revision": {"file": "new.json", "pointer": "#/paths/~1things~1{id}/get/parameters/1", "line": 1, "col": 260},
    },
    {
        "path": f"{IN_ANSWER}/extra",
        "typeName": "Schema",
        "kind": "added",
        "impact": "minor",
        "verdicts": [],
        "revision": {"file": "new.json", "pointer": f"{THING}/extra", "line": 1, "col": 605},
    },
    {
        "path": f"{IN_ANSWER}/name",
        "typeName": "Schema",
        "kind": "modified",
        "impact": "major",
        "verdicts": [{"ruleId": "schema-type-changed", "impact": "major", "message": "Type of `name` widened …"}],
        "property": "type",
        "base": {"file": "old.json", "pointer": f"{THING}/name/type", "line": 4, "col": 100, "value": "string"},
        "revision": {"file": "new.json", "pointer": f"{THING}/name/type", "line": 1, "col": 584, "value": "integer"},
    },
    {
        "path": f"{IN_ANSWER}/part",
        "typeName": "Schema",
        "kind": "removed",
        "impact": "major",
        "verdicts": [{"ruleId": "property-removed", "impact": "major", "message": "Property `part` … was removed."}],
        "base": {"file": "old.json", "pointer": f"{THING}/part", "line": 4, "col": 117},
    },
]
SAID = {"reportVersion": "1", "summary": {"major": 3, "minor": 1, "patch": 1}, "bump": "major", "changes": CHANGES}
EXPECTED = {
    "parameters mood (query)": True,
    "properties extra": False,
    "properties part": True,
    "properties name type: 'string' is now 'integer'": True,
    "enum `c`": False,
}


def ask(old: Any = OLD, new: Any = NEW) -> tuple[dict[str, bool | None], str | None]:
    pairs = {FILE: (old, new)}
    found, why = judged(compare(pairs), pairs)
    return {one.detail or one.name: one.breaking for one in found}, why


@pytest.fixture
def npx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a program of that name first on the PATH, which is a Python script."""

    def npx(script: str, *, executable: bool = True) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / "npx"
        path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}\n", encoding="utf-8")
        path.chmod(0o755 if executable else 0o644)
        monkeypatch.setenv("PATH", str(folder))

    return npx


def test_the_verdicts_of_a_report() -> None:
    verdicts = list(_verdicts(SAID))
    assert [breaking for breaking, _ in verdicts] == [False, True, False, True, True]
    part = ("components", "schemas", "Part")
    assert verdicts[0][1] == {part, (*part, "enum")}
    assert verdicts[1][1] == {("paths", "/things/{id}", "get", "parameters", "1")}
    thing = ("components", "schemas", "Thing", "properties", "part")
    answer = ("paths", "/things/{id}", "get", "responses", "200", "content", "application/json", "schema")
    assert verdicts[4][1] == {thing, (*answer, "properties", "part")}
    assert list(_verdicts({"changes": []})) == list(_verdicts({})) == []


@pytest.mark.parametrize("pointer", ["#/paths/~1a%7Bb%7D/get", "#/paths/~1a{b}/get", "/paths/~1a{b}/get"])
def test_pointers_however_they_are_written(pointer: str) -> None:
    ((breaking, pointers),) = _verdicts({"changes": [{"impact": "major", "base": {"pointer": pointer}}]})
    assert (breaking, pointers) == (True, {("paths", "/a{b}", "get")})


@pytest.mark.parametrize(
    ("own", "verdict", "touch"),
    [
        ("a/b/c", "a/b/c", True),
        ("a/b/c", "a/b/c/d/e", False),  # too wide: all that a schema has
        ("a/b/c/d", "a/b/c/d/e/f", True),
        ("a/b/c/d", "a/b/c", False),  # said of a sibling as well
        ("a/b/c/enum/0", "a/b/c/enum", True),
        ("a/b/c/d", "a/b/c/e", False),
        ("a/b/c/d", "a/b/c/dd", False),
    ],
)
def test_what_a_verdict_is_about(own: str, verdict: str, touch: bool) -> None:
    assert _touch(tuple(own.split("/")), tuple(verdict.split("/"))) is touch


def test_redocly_is_asked_once_and_for_json(npx: Any, tmp_path: Path) -> None:
    npx(f"""
both = [json.load(open(name)) for name in sys.argv[4:6]]
asked = dict(arguments=sys.argv[1:], telemetry=os.environ["REDOCLY_TELEMETRY"], both=both)
open({str(tmp_path / "asked")!r}, "a").write(json.dumps(asked) + "\\n")
print(json.dumps({SAID!r}))
print("a banner", file=sys.stderr)
""")
    assert ask() == (EXPECTED, None)
    (asked,) = map(json.loads, (tmp_path / "asked").read_text(encoding="utf-8").splitlines())
    assert asked["arguments"][:3] == ["--yes", REDOCLY, "diff"]
    assert asked["arguments"][5:] == ["--format", "json", "--fail-on", "none"]
    assert (asked["telemetry"], asked["both"]) == ("off", [OLD, NEW])
    assert "@2.77.0" in REDOCLY


def test_nobody_is_asked_what_is_plain(npx: Any) -> None:
    npx("sys.exit('I was asked')")
    wordier = json.loads(json.dumps(OLD))
    wordier["info"]["description"] = "Words."
    assert ask(OLD, wordier) == ({"info description: 'Words.'": False}, None)
    assert ask(OLD, OLD) == ({}, None)
    everything = {"GET /things/{id}": False, "Thing": False, "Part": False, FILE: False}
    assert ask(None, OLD) == (everything, None)
    gone, why = ask(OLD, None)
    assert (gone["GET /things/{id}"], gone[FILE], why) == (True, False, None)
    moved = json.loads(json.dumps(OLD))
    moved["servers"] = [{"url": "https://b.example"}]
    found, why = ask(OLD, moved)
    assert (list(found.values()), why) == ([True], None)


def test_a_change_that_redocly_does_not_speak_of_breaks_nobody(npx: Any) -> None:
    npx("print(json.dumps({'changes': []}))")
    found, why = ask()
    assert why is None
    assert set(found.values()) == {False}


def test_what_nobody_was_asked_about_stays_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found, why = ask()
    assert why == NO_NODE
    assert found == dict.fromkeys(EXPECTED)


FAILS = {
    "fails": ("sys.exit('npm error code E404\\n\\n')", "could not be run: npm error code E404"),
    "fails silently": ("sys.exit(1)", "could not be run"),
    "says nothing": ("", "could not be run"),
    "prints words": ("print('need to install'); print('why', file=sys.stderr)", "could not be run: why"),
    "breaks off": ("print('{\"changes\": [')", "could not be run"),
    "prints bytes": ("sys.stdout.buffer.write(bytes([255, 254]))", "could not be run"),
}


@pytest.mark.parametrize(("script", "words"), FAILS.values(), ids=FAILS)
def test_an_npx_that_is_of_no_use(script: str, words: str, npx: Any) -> None:
    npx(script)
    found, why = ask()
    assert found == dict.fromkeys(EXPECTED)
    assert why == f"no verdict on what breaks callers: {REDOCLY} {words}"


def test_an_npx_that_cannot_be_started(npx: Any, tmp_path: Path) -> None:
    npx("")
    (tmp_path / "bin" / "npx").write_text("#!/nowhere/node\n", encoding="utf-8")
    assert ask() == (dict.fromkeys(EXPECTED), f"no verdict on what breaks callers: {REDOCLY} could not be run")
    npx("", executable=False)
    assert ask() == (dict.fromkeys(EXPECTED), NO_NODE)


def test_an_npx_that_hangs(npx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_breaking, "TIMEOUT", 0.3)
    npx("time.sleep(60)")
    found, why = ask()
    assert found == dict.fromkeys(EXPECTED)
    assert why == f"no verdict on what breaks callers: {REDOCLY} did not answer within 0.3 s"


@pytest.mark.parametrize("said", ["null", "3", "[]", '"words"', '{"changes": null}', '{"changes": [null]}'])
def test_an_npx_that_prints_other_json(said: str, npx: Any) -> None:
    npx(f"print({said!r})")
    found, why = ask()
    assert found == dict.fromkeys(EXPECTED)
    assert why == f"no verdict on what breaks callers: {REDOCLY} could not be run"


def test_verdicts_of_several_documents_stay_apart(npx: Any) -> None:
    npx(f"print(json.dumps({SAID!r} if 'extra' in open(sys.argv[5]).read() else dict(changes=[])))")
    other = json.loads(json.dumps(OLD))
    other["components"]["schemas"]["Thing"]["properties"]["part"] = {"type": "null"}
    pairs = {FILE: (OLD, NEW), "specs/acme/others.yaml": (OLD, other)}
    found, why = judged(compare(pairs), pairs)
    assert why is None
    assert {one.breaking for one in found if one.file != FILE} == {False}
    assert {one.detail: one.breaking for one in found if one.file == FILE} == EXPECTED


def test_what_a_page_had_that_went_stays_open(npx: Any) -> None:
    npx(f"print(json.dumps({SAID!r}))")
    gone = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"Gone": {"type": "null"}}}}
    pairs = {FILE: (OLD, NEW), "specs/acme/gone.yaml": (gone, None)}
    found, _ = judged(compare(pairs), pairs)
    alone, _ = judged(compare({"x": (gone, None)}), {"x": (gone, None)})
    of_both = ([one.breaking for one in each if one.name == "Gone"] for each in (found, alone))
    assert next(of_both) == next(of_both)


def test_a_difference_without_a_place_is_not_lost() -> None:
    one = Difference("changed", "schema", "S", "type: 1 is now 2", FILE)
    assert drift_breaking._with_verdict(one, [(True, {()})]) == replace(one, breaking=False)
    at: Pointer = ("components", "schemas", "S", "type")
    placed = replace(one, new=at)
    assert drift_breaking._with_verdict(placed, [(False, {at}), (True, {at})]).breaking is True
    assert drift_breaking._with_verdict(replace(placed, breaking=False), [(True, {at})]).breaking is False


@pytest.mark.skipif(shutil.which("npx") is None, reason="there is no Node on this machine")
def test_the_real_redocly() -> None:
    found, why = ask()
    if why is not None:
        pytest.skip(why)  # Node without a way to npm's registry, and without a copy of Redocly from earlier
    assert found == EXPECTED
