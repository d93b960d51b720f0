"""Overlays that are refused before anything is applied, and what errors say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.overlay.format import parse_overlay, read_overlay
from pipeline.yaml_files import PipelineError

from tests.pipeline.case_files import FOLDER, each

INFO = {"title": "Test", "version": "1"}


def action(**changes: Any) -> dict[str, Any]:
    return {
        "overlay": "1.1.0",
        "info": INFO,
        "actions": [{"target": "$.b", "remove": True}, {"target": "$.a", **changes}],
    }


@each("overlay_structure")
def test_a_document_that_is_refused(case: dict[str, Any]) -> None:
    second = [case["action"]] if "action" in case else []
    sound = {"overlay": "1.1.0", "info": INFO, "actions": [{"target": "$.a", "remove": True}, *second]}
    changed = {key: value for key, value in {**sound, **case.get("change", {})}.items() if value is not None}
    with pytest.raises(PipelineError) as caught:
        parse_overlay(case.get("overlay", changed), "some.overlay.yaml")
    assert case["error"] in str(caught.value)
    assert str(caught.value).startswith("some.overlay.yaml: ")
    assert "\n" not in str(caught.value)


PATHS = yaml_files.load(FOLDER / "jsonpaths.yaml")


@pytest.mark.parametrize("path", PATHS["valid"])
def test_a_target(path: str) -> None:
    assert parse_overlay(action(target=path, update=1), "x").actions[1].target == path


@pytest.mark.parametrize("path", PATHS["invalid"])
def test_a_target_that_is_none(path: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_overlay(action(target=path, update=1), "x")
    assert str(caught.value).startswith(f"x: actions[1]: target {path!r} is no JSONPath of RFC 9535: ")
    assert "\n" not in str(caught.value)


def test_an_error_in_a_jsonpath_has_a_position() -> None:
    with pytest.raises(PipelineError, match="unexpected token '-' at character 6"):
        parse_overlay(action(target="$.a.b-c", update=1), "x")
    with pytest.raises(PipelineError, match="unexpected end of query at its end"):
        parse_overlay(action(target="$.a[", update=1), "x")
    with pytest.raises(PipelineError, match="is no JSONPath"):
        parse_overlay(action(target="$" + "[?" * 5000, update=1), "x")


@pytest.mark.parametrize("version", ["1.0.27", "1.1.9"])
def test_the_patch_number_of_the_version_does_not_count(version: str) -> None:
    assert parse_overlay({**action(update=1), "overlay": version}, "x").actions[0].minor == int(version[2])


def test_extensions_are_allowed_everywhere() -> None:
    document = {**action(update=1, **{"x-c": None}), "x-a": 1, "info": {**INFO, "x-b": [2]}, "extends": "a.yaml"}
    assert len(parse_overlay(document, "x").actions) == 2


def test_what_an_action_holds() -> None:
    first, second = parse_overlay(
        action(description="Why", copy="$.b", **{"x-may-match-nothing": True}), "some.overlay.yaml"
    ).actions
    assert (first.index, first.modifier, first.may_match_nothing, first.description) == (0, "remove", False, None)
    assert (second.index, second.modifier, second.may_match_nothing, second.copy) == (1, "copy", True, "$.b")
    assert str(second.error("No.")) == "some.overlay.yaml: actions[1], target $.a (Why): No."


def test_a_long_description_is_cut_in_an_error() -> None:
    _, second = parse_overlay(action(description="why " * 100, update=1), "x").actions
    assert len(str(second.error("No."))) < 150


def test_an_error_of_a_file_has_the_line_of_the_action(tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    head = 'overlay: 1.1.0\ninfo: {title: T, version: "1"}\nactions:\n'
    path.write_text(f"{head}- target: $.a\n  remove: true\n- {{target: $.b}}\n")
    overlay, (error,) = read_overlay(tmp_path, path)
    assert (overlay.count, [each.line for each in overlay.actions]) == (2, [4])
    assert str(error) == "o.yaml:6: actions[1]: has no modifier; one of copy, remove, update is needed"
    path.write_text("overlay: [\n")
    overlay, (error,) = read_overlay(tmp_path, path)
    assert (overlay.actions, error.line, str(error)[:12]) == ((), 2, "o.yaml:2:1: ")
    _, (error,) = read_overlay(tmp_path, tmp_path / "none.yaml")
    assert str(error) == "none.yaml: No such file or directory"
