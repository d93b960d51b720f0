"""Patched that goes on where something does not fit: where all fits, it is what is generated from."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline import yaml_files
from pipeline.generate import PACKAGES
from pipeline.openapi import operations
from pipeline.overlay.apply import apply_overlay
from pipeline.patch import NEEDED, Patched, patch_vendor, patched_document, without_unnamed
from pipeline.yaml_files import PipelineError

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
    found = [{"description": "Because.", **action} for action in actions]
    return json.dumps({"overlay": "1.1.0", "info": {"title": "T", "version": "1"}, "actions": found})


def project(root: Path, *actions: Any, things: Any = THINGS, **more: str) -> Path:
    """A project folder; what else is in it is named with underscores for slashes."""
    files = {"specs/acme/things.json": json.dumps(things)} | ({FILE: overlay(*actions)} if actions else {})
    files |= {name.replace("__", "/").replace("_", ".", 1) + ".yaml": text for name, text in more.items()}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def published(change: Any) -> Any:
    document = copy.deepcopy(THINGS)
    for key, value in change.items():
        document[key] = {**document[key], **value}
    return document


def assert_all_fits(found: Patched) -> None:
    assert (found.conflicts, found.errors, found.taken, found.unnamed) == ([], [], [], {})
    assert [step.problem for step in found.steps if step.problem or not step.changes] == []


@pytest.mark.parametrize("vendor", PACKAGES)
def test_the_project_as_it_is(vendor: str) -> None:
    expected = patched_document(REAL, vendor)
    found = patch_vendor(REAL, vendor)
    assert found.patched == expected
    assert list(found.patched["paths"]) == list(expected["paths"])
    tolerance = yaml_files.load(REAL / "overlay" / "generator" / f"{vendor}.overlay.yaml")
    assert found.for_generator == apply_overlay(expected, tolerance, name="tolerance")
    assert_all_fits(found)
    assert all(source.document["openapi"] == "3.1.0" for source in found.sources)
    assert without_unnamed(found.patched, found.unnamed) == found.patched
    # What actions add is not yet there when they do, so that knowing it changes nothing.
    again = patch_vendor(REAL, vendor, found.made)
    assert (again.patched, again.for_generator, again.taken) == (found.patched, found.for_generator, [])
    added = {at for each in found.made.values() for at in each if at[0] == "paths"}
    known = {(method.lower(), path) for method, path in (name.split(" ", 1) for name in operations(found.published))}
    assert not {(at[2], at[1]) for at in added} & known
    assert {(at[2], at[1]) for at in added} | known == {
        (method.lower(), path) for method, path in (name.split(" ", 1) for name in operations(found.patched))
    }


def test_a_small_project(tmp_path: Path) -> None:
    root = project(tmp_path, PART, ADDS, TAGS, overlay__generator__acme_overlay=overlay(PART))
    found = patch_vendor(root, "acme")
    assert found.patched == patched_document(root, "acme")
    assert [step.action.file for step in found.steps] == [FILE] * 3 + ["overlay/generator/acme.overlay.yaml"]
    assert found.published["components"]["schemas"]["Thing"] == {"type": ["string", "null"]}
    assert found.published["components"]["schemas"]["Part"] == {"type": "integer"}
    assert {key: set(value) for key, value in found.made.items() if value} == {(FILE, 1): {("paths", "/others", "get")}}


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


@settings(max_examples=50)
@given(st.lists(ACTIONS, max_size=5, unique_by=json.dumps), st.booleans())
def test_where_all_fits_it_is_what_is_generated_from(actions: list[Any], in_two: bool) -> None:
    with scratch() as folder:
        cut = len(actions) // 2 if in_two else 0
        second = {"overlay__acme__20-b_overlay": overlay(*actions[:cut])} if cut else {}
        root = project(folder, *actions[cut:], **second)
        found = patch_vendor(root, "acme")
        fits = all(step.problem is None and (step.matches or step.action.may_match_nothing) for step in found.steps)
        try:
            assert found.patched == patched_document(root, "acme")
            assert fits
        except PipelineError:
            assert not fits
        assert patch_vendor(root, "acme", found.made).patched == found.patched
        assert all(one.before == other.after for one, other in zip(found.steps[1:], found.steps, strict=False))


def test_what_does_not_fit_is_left_out(tmp_path: Path) -> None:
    clash = {"target": "$.components.schemas.Part.type", "update": {"a": 1}}
    found = patch_vendor(project(tmp_path, PART, {"target": "$.none", "update": {}}, clash, TAGS), "acme")
    assert [bool(step.matches) for step in found.steps] == [True, False, True, True]
    assert [step.problem is None for step in found.steps] == [True, True, False, True]
    assert found.patched["components"]["schemas"]["Part"] == {"type": "number"}
    assert found.patched["paths"]["/things"]["get"]["tags"] == ["Things"]


def test_what_is_published_meanwhile(tmp_path: Path) -> None:
    old = patch_vendor(project(tmp_path / "old", ADDS, TAGS), "acme")
    theirs = {"/others": {"get": {"summary": "Theirs", "responses": {}}}}
    root = project(tmp_path / "new", ADDS, TAGS, things=published({"paths": theirs}))
    (taken,) = patch_vendor(root, "acme", old.made).taken
    assert (taken.action.index, taken.at) == (0, ("paths", "/others", "get"))
    assert (taken.published, taken.ours) == (theirs["/others"]["get"], OTHERS["/others"]["get"])
    found = patch_vendor(root, "acme", old.made)
    assert found.patched == old.patched  # what the action says stands in its place
    assert found.published["paths"]["/others"] == theirs["/others"]
    assert patch_vendor(root, "acme").taken == []
    assert patch_vendor(root, "acme").patched["paths"]["/others"]["get"]["summary"] == "Theirs"


def test_a_component_that_is_published_meanwhile(tmp_path: Path) -> None:
    action = {"target": "$.components.schemas", "update": {"New": {"enum": ["a"]}, "Newer": {"type": "null"}}}
    old = patch_vendor(project(tmp_path / "old", action), "acme")
    root = project(
        tmp_path / "new", action, things=published({"components": {"schemas": {"New": {"enum": ["a", "b"]}}}})
    )
    (taken,) = patch_vendor(root, "acme", old.made).taken
    assert (taken.at, taken.published["enum"], taken.ours["enum"]) == (
        ("components", "schemas", "New"), ["a", "b"], ["a"],
    )  # fmt: skip


def test_what_is_published_stays_where_the_action_fails(tmp_path: Path) -> None:
    actions = (
        {"target": "$.paths", "update": {"/others": {"summary": "Others"}}},
        {"target": "$.paths['/others']", "copy": "$.paths['/things']"},
    )
    old = patch_vendor(project(tmp_path / "old", *actions), "acme")
    things = {**THINGS, "paths": OTHERS}
    found = patch_vendor(project(tmp_path / "new", *actions, things=things), "acme", old.made)
    assert "get" in found.patched["paths"]["/others"]


def test_conflicts_do_not_stop_it(tmp_path: Path) -> None:
    other = json.dumps({**THINGS, "info": {"title": "Others", "version": "1"}})
    rulings = "acme:\n  - {at: /tags/Gone, winner: things.json, reason: Why.}\n"
    root = project(tmp_path, TAGS, specs__acme__others=other, overlay__bundle=rulings)
    with pytest.raises(PipelineError):
        patched_document(root, "acme")
    found = patch_vendor(root, "acme")
    assert found.conflicts == [
        "the winner at /tags/Gone is not needed: the sources do not differ there",
        "/info: others.yaml against things.json: /title: Others against Things",
    ]
    assert found.patched["info"]["title"] == "Others"
    assert found.patched["paths"]["/things"]["get"]["tags"] == ["Things"]


def test_a_ruling_on_a_page_that_went(tmp_path: Path) -> None:
    rulings = "acme:\n  - {at: /info, winner: gone.json, reason: Why.}\n"
    found = patch_vendor(project(tmp_path, TAGS, overlay__bundle=rulings), "acme")
    assert found.conflicts == ["the winner at /info: there is no source gone.json"]


@pytest.mark.parametrize("text", ["[]", "overlay: [", "overlay: 1.1.0\n", "overlay: 1.1.0\n\tx"])
def test_what_is_no_overlay_is_told_and_left_out(text: str, tmp_path: Path) -> None:
    found = patch_vendor(project(tmp_path, TAGS, **{"overlay__acme__05-x_overlay": text}), "acme")
    (problem,) = found.errors
    assert str(problem).startswith("overlay/acme/05-x.overlay.yaml")
    assert found.patched["paths"]["/things"]["get"]["tags"] == ["Things"]


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
    found = patch_vendor(project(tmp_path, things=published({"paths": bare})), "acme")
    assert found.unnamed == {"GET /bare": list(NEEDED), "GET /none": list(NEEDED)}
    rest = without_unnamed(found.patched, found.unnamed)
    assert sorted(operations(rest)) == ["GET /things", "PUT /bare"]
    assert "/none" not in rest["paths"]
    assert sorted(operations(found.patched)) == ["GET /bare", "GET /none", "GET /things", "PUT /bare"]
