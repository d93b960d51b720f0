"""Which differences break callers: how Redocly's report is read, and what happens without one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from drift_report import breaking
from drift_report.breaking import NO_NODE, REDOCLY, UNJUDGED, judged
from drift_report.changes import compare

FILE = "specs/acme/things.yaml"
RESPONSE = {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
OLD: Any = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "servers": [{"url": "https://a.example"}],
    "paths": {"/things/{id}": {"get": {"parameters": [ID], "responses": {"200": RESPONSE}}}},
    "components": {
        "schemas": {
            "Thing": {"properties": {"name": {"type": "string"}, "part": {"$ref": "#/components/schemas/Part"}}},
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
IN_RESPONSE = "#/paths/~1things~1%7Bid%7D/get/responses/200/content/application~1json/schema/properties"


def change(path: str, impact: str, pointer: str, *sides: str, **more: str) -> dict[str, Any]:
    return {"path": path, "impact": impact, **{side: {"pointer": pointer} for side in sides}, **more}


PART, MOOD = "#/components/schemas/Part", "#/paths/~1things~1{id}/get/parameters/1"
# What `redocly diff` 2.77.0 reports on the two, less the keys that are not read.
CHANGES = [
    change(PART, "patch", f"{PART}/enum", "base", "revision", property="enum"),
    change(MOOD, "major", MOOD, "revision"),
    change(f"{IN_RESPONSE}/extra", "minor", f"{THING}/extra", "revision"),
    change(f"{IN_RESPONSE}/name", "major", f"{THING}/name/type", "base", "revision", property="type"),
    change(f"{IN_RESPONSE}/part", "major", f"{THING}/part", "base"),
]
REPORT = {"changes": CHANGES}
EXPECTED = {
    "parameters mood (query)": True,
    "properties extra": False,
    "properties part": True,
    "properties name type: 'string' is now 'integer'": True,
    "enum `c`": False,
}


def ask(old: Any = OLD, new: Any = NEW) -> tuple[dict[str, bool | None], str | None]:
    pairs = {FILE: (old, new)}
    result, why = judged(compare(pairs), pairs)
    return {one.detail or one.name: one.breaking for one in result}, why


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


@pytest.mark.parametrize(
    ("pointer", "breaking"),
    [
        ("#/components/schemas/Thing/properties/part", True),
        ("#/components/schemas/Thing/properties/part/type", True),
        ("#/components/schemas/Thing/properties", False),  # also about its siblings
        ("#/components/schemas/Thing/properties/parts", False),
        ("#/components/schemas/Thing/properties/name", False),
    ],
)
def test_which_difference_a_judgement_concerns(pointer: str, breaking: bool, npx: Any) -> None:
    npx(f"print(json.dumps({{'changes': [{change(pointer, 'major', pointer, 'base')!r}]}}))")
    assert ask()[0]["properties part"] is breaking


def test_a_new_name_breaks_where_the_old_one_was(npx: Any) -> None:
    renamed = change(f"{THING}/extra", "major", f"{THING}/part", "base", property="key")
    npx(f"print(json.dumps({{'changes': [{renamed!r}]}}))")
    result, _ = ask()
    assert (result["properties part"], result["properties extra"]) == (True, False)


def test_redocly_is_asked_once_and_for_json(npx: Any, tmp_path: Path) -> None:
    npx(f"""
both = [json.load(open(name)) for name in sys.argv[4:6]]
asked = dict(arguments=sys.argv[1:], telemetry=os.environ["REDOCLY_TELEMETRY"], both=both)
open({str(tmp_path / "asked")!r}, "a").write(json.dumps(asked) + "\\n")
print(json.dumps({REPORT!r}))
print("a banner", file=sys.stderr)
""")
    assert ask() == (EXPECTED, None)
    (asked,) = map(json.loads, (tmp_path / "asked").read_text(encoding="utf-8").splitlines())
    assert asked["arguments"][:3] == ["--yes", REDOCLY, "diff"]
    assert asked["arguments"][5:] == ["--format", "json", "--fail-on", "none"]
    assert (asked["telemetry"], asked["both"]) == ("off", [OLD, NEW])
    assert "@2.77.0" in REDOCLY


def test_whole_operations_are_judged_without_redocly(npx: Any) -> None:
    npx("sys.exit('asked')")
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
    result, why = ask(OLD, moved)
    assert (list(result.values()), why) == ([True], None)


def test_a_change_that_redocly_does_not_report_breaks_no_caller(npx: Any) -> None:
    npx("print(json.dumps({'changes': []}))")
    result, why = ask()
    assert why is None
    assert set(result.values()) == {False}


def test_without_node_nothing_is_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result, why = ask()
    assert why == NO_NODE
    assert result == dict.fromkeys(EXPECTED)


FAILS = {
    "fails": ("sys.exit('npm error code E404\\n\\n')", "failed: npm error code E404"),
    "fails silently": ("sys.exit(1)", "failed"),
    "prints words": ("print('need to install'); print('why', file=sys.stderr)", "failed: why"),
    "prints bytes": ("sys.stdout.buffer.write(bytes([255, 254]))", "failed"),
    "prints a list": ("print('[]')", "failed"),
    "prints no changes": ("print('{\"changes\": [null]}')", "failed"),
}


@pytest.mark.parametrize(("script", "words"), FAILS.values(), ids=FAILS)
def test_an_npx_that_fails(script: str, words: str, npx: Any) -> None:
    npx(script)
    result, why = ask()
    assert result == dict.fromkeys(EXPECTED)
    assert why == f"{UNJUDGED}{REDOCLY} {words}"


def test_an_npx_that_cannot_be_started(npx: Any, tmp_path: Path) -> None:
    npx("")
    (tmp_path / "bin" / "npx").write_text("#!/nowhere/node\n", encoding="utf-8")
    assert ask() == (dict.fromkeys(EXPECTED), f"{UNJUDGED}{REDOCLY} could not be run: No such file or directory")
    npx("", executable=False)
    assert ask() == (dict.fromkeys(EXPECTED), NO_NODE)


def test_an_npx_that_hangs(npx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaking, "TIMEOUT", 0.3)
    npx("time.sleep(60)")
    result, why = ask()
    assert result == dict.fromkeys(EXPECTED)
    assert why == f"{UNJUDGED}{REDOCLY} did not finish within 0.3 s"


def test_judgements_of_several_documents_stay_apart(npx: Any) -> None:
    npx(f"print(json.dumps({REPORT!r} if 'extra' in open(sys.argv[5]).read() else dict(changes=[])))")
    other = json.loads(json.dumps(OLD))
    other["components"]["schemas"]["Thing"]["properties"]["part"] = {"type": "null"}
    pairs = {FILE: (OLD, NEW), "specs/acme/others.yaml": (OLD, other)}
    result, why = judged(compare(pairs), pairs)
    assert why is None
    assert {one.breaking for one in result if one.file != FILE} == {False}
    assert {one.detail: one.breaking for one in result if one.file == FILE} == EXPECTED
