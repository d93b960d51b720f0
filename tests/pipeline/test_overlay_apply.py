"""What each action of an overlay makes of a document, alone and one after the other."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pipeline.overlay.apply import apply_action, apply_overlay
from pipeline.overlay.format import Overlay, parse_overlay, select
from pipeline.yaml_files import PipelineError

from tests.pipeline.case_files import each
from tests.pipeline.projects import overlay_of

KEYS = {"target", "description", "update", "copy", "remove", "x-may-match-nothing"}


def parsed(*actions: dict[str, Any]) -> Overlay:
    return parse_overlay(overlay_of(*actions), "o")


def deep(depth: int) -> Any:
    document: dict[str, Any] = {"z": 1}
    for _ in range(depth):
        document = {"a": document}
    return document


@each("overlay_apply")
def test_case(case: dict[str, Any]) -> None:
    actions = case.get("actions") or [{key: case[key] for key in case if key in KEYS}]
    document, overlay = copy.deepcopy(case["before"]), overlay_of(*actions, version=case.get("version", "1.1.0"))
    warnings: list[str] = []
    if "error" not in case:
        result = apply_overlay(document, overlay, name="test.overlay.yaml", warn=warnings.append)
        assert bool(warnings) == ("warning" in case)
        assert case.get("warning", "") in "".join(warnings[:1])
        # As text, because the order of keys counts, and 1 is not true.
        assert json.dumps(result) == json.dumps(case["after"])
    else:
        with pytest.raises(PipelineError) as caught:
            apply_overlay(document, overlay, name="test.overlay.yaml")
        assert case["error"] in str(caught.value)
        assert str(caught.value).startswith("test.overlay.yaml:")
    assert document == case["before"]


def test_matches_have_normalized_paths_and_the_steps_to_them() -> None:
    document = {"paths": {"/it's": {"get": {"tags": ["a"]}}, "/b": {"get": {"tags": ["b", {"200": 1}]}}}}
    (action,) = parsed({"target": "$.paths.*.get.tags[-1]", "update": 1}).actions
    matches = select(document, action.target_query)
    assert [match.path for match in matches] == [
        "$['paths']['/it\\'s']['get']['tags'][0]",
        "$['paths']['/b']['get']['tags'][1]",
    ]
    assert matches[1].parts == ("paths", "/b", "get", "tags", 1)


def test_a_query_that_cannot_be_evaluated() -> None:
    message = r"^x: actions\[0\], target \$\.\.z: .* cannot be evaluated: recursion limit"
    with pytest.raises(PipelineError, match=message):
        apply_overlay(deep(120), overlay_of({"target": "$..z", "update": 2}), name="x")


@pytest.mark.parametrize("document", [None, "text"], ids=repr)
def test_a_document_is_no_scalar(document: Any) -> None:
    with pytest.raises(PipelineError, match="the document to apply x to must be an object, this is a primitive value"):
        apply_overlay(document, overlay_of({"target": "$", "update": {}}), name="x")


def test_a_document_may_be_an_array() -> None:
    overlay = overlay_of({"target": "$", "update": [2]}, {"target": "$[0]", "remove": True})
    assert apply_overlay([1], overlay, name="x") == [2]


# One by one.


def test_a_step_that_fails_half_way_changes_nothing() -> None:
    document = {"a": {"x": 1}, "b": 2}
    (action,) = parsed({"target": "$", "update": {"a": {"x": 2}, "b": {}}}).actions
    step = apply_action(document, action)
    assert (step.after, step.changes) == (document, False)
    assert step.problem == "$['b'] is a primitive value, which an object cannot be merged into"
    assert document == {"a": {"x": 1}, "b": 2}


def test_a_step_that_matches_nothing_has_no_problem() -> None:
    step = apply_action({}, parsed({"target": "$.a", "remove": True}).actions[0])
    assert (step.matches, step.problem, step.changes) == ((), None, False)
    assert "matches nothing" in str(step.error())


def test_actions_copy_only_what_they_change() -> None:
    document = {"a": {"x": {"y": 1}}, "b": {"z": [1]}}
    step = apply_action(document, parsed({"target": "$.a.x", "update": {"y": 2}}).actions[0])
    assert step.after["b"] is document["b"]
    assert step.after["a"] is not document["a"]
