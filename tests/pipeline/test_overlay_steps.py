"""Actions one by one: what each of them finds, what it changes, and where they lead together."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.bundle import bundle_vendor
from pipeline.generate import patched_document
from pipeline.overlay.apply import changes, differ, node_at, overlay_files, read_below, steps, vendors
from pipeline.overlay.format import Overlay, parse_overlay
from pipeline.yaml_files import PipelineError

REAL = Path(__file__).parents[2]


def overlays(*actions: dict[str, Any]) -> list[Overlay]:
    return [parse_overlay({"overlay": "1.1.0", "info": {"title": "T", "version": "1"}, "actions": list(actions)}, "o")]


@pytest.mark.parametrize("vendor", ["polyai", "assemblyai"])
def test_steps_lead_where_applying_at_once_leads(vendor: str) -> None:
    files = overlay_files(REAL, vendor)
    parsed = [parse_overlay(read_below(REAL, file), file.name) for file in files]
    taken = list(steps(bundle_vendor(REAL, vendor), parsed))
    assert taken[-1].after == yaml_files.plain(patched_document(REAL, vendor))
    assert [step.action for step in taken] == [action for overlay in parsed for action in overlay.actions]
    assert all(one.after is other.before for one, other in pairwise(taken))
    assert all(step.changes and step.problem is None for step in taken)


def test_the_vendors_of_the_project() -> None:
    assert vendors(REAL) == ["assemblyai", "polyai"]


def test_a_step_that_fails_half_way_leaves_nothing_behind() -> None:
    document = {"a": {"x": 1}, "b": 2}
    actions = [{"target": "$", "update": {"a": {"x": 2}, "b": {}}}, {"target": "$.a", "update": {"y": 1}}]
    first, second = steps(document, overlays(*actions))
    assert (first.after, first.changes) == (document, False)
    assert first.problem == "$['b'] is a primitive value, which an object cannot be merged into"
    assert second.after == {"a": {"x": 1, "y": 1}, "b": 2}
    assert document == {"a": {"x": 1}, "b": 2}


def test_a_step_that_matches_nothing_has_no_problem() -> None:
    (step,) = steps({}, overlays({"target": "$.a", "remove": True}))
    assert (step.matches, step.problem, step.changes) == ((), None, False)


def test_a_path_that_cannot_be_evaluated_is_a_problem() -> None:
    document: dict[str, Any] = {}
    for _ in range(200):
        document = {"a": document}
    (step,) = steps(document, overlays({"target": "$..x", "remove": True}))
    assert step.problem is not None
    assert "cannot be evaluated" in step.problem


@pytest.mark.parametrize("document", [None, 1, {"200": 1, 200: 2}])
def test_what_is_no_document(document: Any) -> None:
    with pytest.raises(PipelineError, match="the document to apply overlays to"):
        next(steps(document, []), None)


def test_a_document_that_contains_itself() -> None:
    document: dict[str, Any] = {}
    document["a"] = document
    with pytest.raises(PipelineError, match="contains itself"):
        next(steps(document, []), None)


def test_a_file_that_cannot_be_read_is_named_as_below_the_root(root: Path) -> None:
    with pytest.raises(PipelineError, match=r"^overlay/none\.yaml: "):
        read_below(root, root / "overlay" / "none.yaml")


CHANGES = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1}, {"a": True}, [("a",)]),
    ({"a": 1}, {"b": 1}, [("a",), ("b",)]),
    ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, [("a", "b", 1), ("a", "b", 2)]),
    ([1, 2, 3], [1], [(1,), (2,)]),
    ({"a": []}, {"a": {}}, [("a",)]),
    (None, {}, [()]),
]


@pytest.mark.parametrize(("before", "after", "pointers"), CHANGES)
def test_changes(before: Any, after: Any, pointers: list[Any]) -> None:
    assert list(changes(before, after)) == pointers
    assert differ(before, after) == bool(pointers)


NODES = [
    ((), {"a": [{"b": None}]}),
    (("a", 0), {"b": None}),
    (("a", "0"), {"b": None}),
    (("a", 1), None),
    (("a", "b"), None),
    (("x", "y"), None),
]


@pytest.mark.parametrize(("pointer", "node"), NODES)
def test_node_at(pointer: tuple[int | str, ...], node: Any) -> None:
    assert node_at({"a": [{"b": None}]}, pointer) == node
