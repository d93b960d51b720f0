"""From published documents to the patched one: everything that does not fit is collected, strict callers raise."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline import yaml_files
from pipeline.generate import PACKAGES
from pipeline.openapi import operations
from pipeline.overlay.apply import apply_overlay
from pipeline.overlay.format import read_overlay
from pipeline.patch import NEEDED, patch_vendor, without_unnamed
from pipeline.yaml_files import PipelineError

from tests.pipeline.projects import overlay_of, patched_document, write

REAL = Path(__file__).parents[2]
NAMED: dict[str, Any] = {
    "operationId": "getThing", "x-logical-host": "main", "servers": [{"url": "https://a.example"}], "security": [],
}  # fmt: skip
THINGS: Any = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "paths": {"/things": {"get": {"responses": {"200": {"description": "OK"}}, **NAMED}}},
    "components": {"schemas": {"Thing": {"type": "string", "nullable": True}, "Part": {"type": "integer"}}},
}
OTHERS: dict[str, Any] = {"/others": {"get": {**NAMED, "operationId": "listOthers", "responses": {}}}}
PART = {"target": "$.components.schemas.Part", "update": {"type": "number"}}
ADDS = {"target": "$.paths", "update": OTHERS}
TAGS = {"target": "$.paths.*.get", "update": {"tags": ["Things"]}}
FILE = "overlay/acme/10-a.overlay.yaml"


def overlay(*actions: dict[str, Any]) -> str:
    return json.dumps(overlay_of(*({"description": "Because.", **action} for action in actions)))


def project(root: Path, *actions: Any, things: Any = THINGS, **more: str) -> Path:
    """A project folder; the names of `more` are paths with underscores for slashes."""
    files = {"specs/acme/things.json": json.dumps(things)} | ({FILE: overlay(*actions)} if actions else {})
    files |= {name.replace("__", "/").replace("_", ".", 1) + ".yaml": text for name, text in more.items()}
    return write(root, files)


def published(change: Any) -> Any:
    document = copy.deepcopy(THINGS)
    for key, value in change.items():
        document[key] = {**document[key], **value}
    return document


@pytest.mark.parametrize("name", ["others.yml", "others.YAML", "others.JSON"])
def test_a_document_is_read_however_its_name_ends(tmp_path: Path, name: str) -> None:
    root = project(tmp_path)
    write(root, {f"specs/acme/{name}": json.dumps({**THINGS, "paths": OTHERS, "components": {}})})
    assert set(operations(patched_document(root, "acme"))) == {"GET /things", "GET /others"}


@pytest.mark.parametrize("vendor", PACKAGES)
def test_the_project_as_it_is(vendor: str) -> None:
    result = patch_vendor(REAL, vendor)
    tolerance = yaml_files.load(REAL / "overlay" / "generator" / f"{vendor}.overlay.yaml")
    assert result.for_generator == apply_overlay(result.patched, tolerance, name="tolerance")
    assert (result.conflicts, result.errors, result.taken, result.unnamed) == ([], [], [], {})
    must = [step for step in result.steps if not step.action.may_match_nothing]
    assert [step.problem for step in must if step.problem or not step.changes] == []
    assert all(source.document["openapi"] == "3.1.0" for source in result.sources)
    assert without_unnamed(result.patched, result.unnamed) == result.patched
    # No document has what actions add before they do, so `made` changes nothing.
    again = patch_vendor(REAL, vendor, result.made)
    assert (again.patched, again.for_generator, again.taken) == (result.patched, result.for_generator, [])
    added = {f"{at[2].upper()} {at[1]}" for each in result.made.values() for at in each if at[0] == "paths"}
    assert added == operations(result.patched).keys() - operations(result.published).keys()


def test_a_small_project(tmp_path: Path) -> None:
    root = project(tmp_path, PART, ADDS, TAGS, overlay__generator__acme_overlay=overlay(PART))
    result = patch_vendor(root, "acme")
    assert result.patched == patched_document(root, "acme")
    assert [step.action.file for step in result.steps] == [FILE] * 3 + ["overlay/generator/acme.overlay.yaml"]
    assert result.published["components"]["schemas"]["Thing"] == {"type": ["string", "null"]}
    assert result.published["components"]["schemas"]["Part"] == {"type": "integer"}
    assert {key: set(value) for key, value in result.made.items() if value} == {
        (FILE, 1): {("paths", "/others", "get")}
    }


ACTIONS = st.sampled_from([
    PART, ADDS, TAGS,
    {"target": "$.components.schemas", "update": {"New": {"type": "null"}}},
    {"target": "$.components.schemas.New", "update": {"title": "New"}},
    {"target": "$.paths['/things']", "update": {"put": {**NAMED, "operationId": "setThing", "responses": {}}}},
    {"target": "$.paths['/things'].put", "copy": "$.paths['/things'].get"},
    {"target": "$.paths['/others']", "remove": True},
    {"target": "$.none", "update": {}, "x-may-match-nothing": True},
    {"target": "$.none", "update": {}},
])  # fmt: skip


@settings(max_examples=30)
@given(st.lists(ACTIONS, max_size=5, unique_by=json.dumps), st.booleans())
def test_strict_and_collecting_callers_agree(actions: list[Any], in_two: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cut = len(actions) // 2 if in_two else 0
        second = {"overlay__acme__20-b_overlay": overlay(*actions[:cut])} if cut else {}
        root = project(Path(folder), *actions[cut:], **second)
        result = patch_vendor(root, "acme")
        fits = all(step.problem is None and (step.matches or step.action.may_match_nothing) for step in result.steps)
        try:
            assert result.patched == patched_document(root, "acme")
            assert fits
        except PipelineError:
            assert not fits
        assert patch_vendor(root, "acme", result.made).patched == result.patched
        assert all(one.before == other.after for one, other in zip(result.steps[1:], result.steps, strict=False))


def test_actions_that_do_not_fit_are_skipped(tmp_path: Path) -> None:
    clash = {"target": "$.components.schemas.Part.type", "update": {"a": 1}}
    bad = {"overlay__acme__05-x_overlay": "overlay: 1.1.0\n\tx"}
    result = patch_vendor(project(tmp_path, PART, {"target": "$.none", "update": {}}, clash, TAGS, **bad), "acme")
    assert [bool(step.matches) for step in result.steps] == [True, False, True, True]
    assert [step.problem is None for step in result.steps] == [True, True, False, True]
    assert result.patched["components"]["schemas"]["Part"] == {"type": "number"}
    assert result.patched["paths"]["/things"]["get"]["tags"] == ["Things"]
    (problem,) = result.errors
    assert str(problem).startswith("overlay/acme/05-x.overlay.yaml:2:1: ")


def test_an_operation_that_is_published_meanwhile(tmp_path: Path) -> None:
    old = patch_vendor(project(tmp_path / "old", ADDS, TAGS), "acme")
    theirs = {"/others": {"get": {"summary": "Theirs", "responses": {}}}}
    root = project(tmp_path / "new", ADDS, TAGS, things=published({"paths": theirs}))
    (taken,) = patch_vendor(root, "acme", old.made).taken
    assert (taken.action.index, taken.at) == (0, ("paths", "/others", "get"))
    assert (taken.published, taken.ours) == (theirs["/others"]["get"], OTHERS["/others"]["get"])
    result = patch_vendor(root, "acme", old.made)
    assert result.patched == old.patched  # with what the action says
    assert result.published["paths"]["/others"] == theirs["/others"]
    assert patch_vendor(root, "acme").taken == []
    assert patch_vendor(root, "acme").patched["paths"]["/others"]["get"]["summary"] == "Theirs"


def test_conflicts_are_collected(tmp_path: Path) -> None:
    other = json.dumps({**THINGS, "info": {"title": "Others", "version": "1"}})
    rulings = "acme:\n  - {at: /tags/Gone, winner: things.json, reason: Why.}\n"
    root = project(tmp_path, TAGS, specs__acme__others=other, overlay__bundle=rulings)
    with pytest.raises(PipelineError):
        patched_document(root, "acme")
    result = patch_vendor(root, "acme")
    assert result.conflicts == [
        "the winner at /tags/Gone is not needed: the sources do not differ there",
        "/info: others.yaml against things.json: /title: Others against Things",
    ]
    assert result.patched["info"]["title"] == "Others"
    assert result.patched["paths"]["/things"]["get"]["tags"] == ["Things"]


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ({**THINGS, "openapi": "2.0"}, "only 3.0 and 3.1 can be bundled"),
        ({**THINGS, "paths": {"/a": {"$ref": "#/paths/~1none"}}}, "none"),
        ([], "is not a mapping"),
    ],
)
def test_nothing_to_patch(things: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=words):
        patch_vendor(project(tmp_path, things=things), "acme")
    with pytest.raises(PipelineError, match="specs/none: has no documents"):
        patch_vendor(tmp_path, "none")


def test_operations_that_cannot_be_generated(tmp_path: Path) -> None:
    bare = {"/bare": {"get": {"responses": {}}, "put": {"responses": {}, **NAMED}}, "/none": {"get": {"responses": {}}}}
    result = patch_vendor(project(tmp_path, things=published({"paths": bare})), "acme")
    assert result.unnamed == {"GET /bare": list(NEEDED), "GET /none": list(NEEDED)}
    rest = without_unnamed(result.patched, result.unnamed)
    assert sorted(operations(rest)) == ["GET /things", "PUT /bare"]
    assert "/none" not in rest["paths"]
    assert sorted(operations(result.patched)) == ["GET /bare", "GET /none", "GET /things", "PUT /bare"]


@pytest.mark.parametrize("name", ["ApiKeyAuth", "polyApiKey"])
def test_the_scheme_of_the_key_has_one_name_whatever_the_page_calls_it(name: str) -> None:
    whole = patch_vendor(REAL, "polyai").patched
    expected = {key: whole[key] for key in ("paths", "components")}
    document = copy.deepcopy(whole)
    document["components"]["securitySchemes"] = {name: {"type": "apiKey", "in": "header", "name": "X-API-KEY"}}
    document["security"] = [{name: []}]
    for operation in operations(document).values():
        operation["security"] = [{name: []}]
    file, errors = read_overlay(REAL, REAL / "overlay/polyai/70-security.overlay.yaml")
    assert errors == []
    made = apply_overlay(document, file, name=name)
    assert {key: made[key] for key in expected} == expected
