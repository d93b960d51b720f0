"""What each action of an overlay makes of a document, case by case along the specification's sections."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.overlay.apply import apply_overlay
from pipeline.overlay.format import find_matches, parse_overlay
from pipeline.yaml_files import PipelineError


def overlay_of(*actions: dict[str, Any], version: str = "1.1.0") -> dict[str, Any]:
    return {"overlay": version, "info": {"title": "Test", "version": "1"}, "actions": list(actions)}


@dataclass(frozen=True)
class Case:
    """`actions` make `after` of `before`; or, where `error` is given, are refused with these words."""

    name: str
    before: Any
    actions: list[dict[str, Any]]
    after: Any = None
    error: str | None = None
    version: str = "1.1.0"
    lenient: bool = False


def update(target: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"target": target, "update": value, **more}


def remove(target: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "remove": True, **more}


def copied(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "copy": source, **more}


TRAITS = "$.paths[?(@.get['x-oai-traits'][?(@ == 'paged')])].get"
INCOMPATIBLE = "cannot be merged into"

OBJECTS = [
    Case("a new property is added", {"a": {"x": 1}}, [update("$.a", {"y": 2})], {"a": {"x": 1, "y": 2}}),
    Case("a property of both is replaced", {"a": {"x": 1}}, [update("$.a", {"x": 2})], {"a": {"x": 2}}),
    Case("a property of the target alone stays", {"a": {"x": 1}}, [update("$.a", {})], {"a": {"x": 1}}),
    Case(
        "objects merge at any depth",
        {"a": {"b": {"c": {"d": 1}}}},
        [update("$.a", {"b": {"c": {"e": 2}}})],
        {"a": {"b": {"c": {"d": 1, "e": 2}}}},
    ),
    Case("arrays inside are concatenated", {"a": {"t": [1]}}, [update("$.a", {"t": [2, 1]})], {"a": {"t": [1, 2, 1]}}),
    Case("a primitive takes any primitive", {"a": {"x": "s"}}, [update("$.a", {"x": 1})], {"a": {"x": 1}}),
    Case("null is a primitive to give", {"a": {"x": 1}}, [update("$.a", {"x": None})], {"a": {"x": None}}),
    Case("null is a primitive to replace", {"a": {"x": None}}, [update("$.a", {"x": "s"})], {"a": {"x": "s"}}),
    Case("null is no object", {"a": {"x": None}}, [update("$.a", {"x": {}})], error=f"an object {INCOMPATIBLE}"),
    Case(
        "an object takes no null", {"a": {"x": {}}}, [update("$", {"a": {"x": None}})], error="$['a']['x'] is an object"
    ),
    Case("an object takes no array", {"a": {"x": {}}}, [update("$.a", {"x": []})], error=f"an array {INCOMPATIBLE}"),
    Case(
        "an array inside takes no object",
        {"a": {"x": []}},
        [update("$.a", {"x": {}})],
        error=f"an object {INCOMPATIBLE}",
    ),
    Case("an array inside takes no primitive", {"a": {"x": []}}, [update("$.a", {"x": 1})], error=INCOMPATIBLE),
    Case("a primitive inside takes no array", {"a": {"x": 1}}, [update("$.a", {"x": [1]})], error=INCOMPATIBLE),
    Case("an object target takes no primitive", {"a": {}}, [update("$.a", 1)], error="$['a'] is an object"),
    Case("an object target takes no array", {"a": {}}, [update("$.a", [{}])], error="$['a'] is an object"),
    Case("the root is an object like any other", {"a": 1}, [update("$", {"b": {"c": 2}})], {"a": 1, "b": {"c": 2}}),
    Case(
        "a number and its text are one name", {200: {"a": 1}}, [update("$", {"200": {"b": 2}})], {200: {"a": 1, "b": 2}}
    ),
]

ARRAYS = [
    Case("an object is appended", {"a": [{"n": 1}]}, [update("$.a", {"n": 2})], {"a": [{"n": 1}, {"n": 2}]}),
    Case("a primitive is appended", {"a": ["x"]}, [update("$.a", "y")], {"a": ["x", "y"]}),
    Case("null is appended", {"a": []}, [update("$.a", None)], {"a": [None]}),
    Case("an array is concatenated", {"a": [1]}, [update("$.a", [2, 3])], {"a": [1, 2, 3]}),
    Case("an array in an array is one element", {"a": [1]}, [update("$.a", [[2, 3]])], {"a": [1, [2, 3]]}),
    Case("an empty array adds nothing", {"a": [1]}, [update("$.a", [])], {"a": [1]}),
    Case("1.0 appends an array as one entry", {"a": [1]}, [update("$.a", [2])], {"a": [1, [2]]}, version="1.0.0"),
    Case(
        "1.0 concatenates arrays inside an object",
        {"a": {"t": [1]}},
        [update("$.a", {"t": [2]})],
        {"a": {"t": [1, 2]}},
        version="1.0.0",
    ),
    Case(
        "an element found by a filter is merged",
        {"a": [{"n": "x"}, {"n": "y"}]},
        [update("$.a[?@.n == 'y']", {"z": 1})],
        {"a": [{"n": "x"}, {"n": "y", "z": 1}]},
    ),
]

PRIMITIVES = [
    Case("a primitive is replaced", {"a": {"x": "old"}}, [update("$.a.x", "new")], {"a": {"x": "new"}}),
    Case("in an array too", {"a": [1, 2, 1]}, [update("$.a[?@ == 1]", 5)], {"a": [5, 2, 5]}),
    Case("by another type too", {"x": "old"}, [update("$.x", False)], {"x": False}),
    Case("null is replaced", {"x": None}, [update("$.x", 1)], {"x": 1}),
    Case("but not by an object", {"x": 1}, [update("$.x", {"y": 1})], error=f"an object {INCOMPATIBLE}"),
    Case("but not by an array", {"x": 1}, [update("$.x", [1])], error=f"an array {INCOMPATIBLE}"),
    Case("1.0 updates none", {"x": 1}, [update("$.x", 2)], error="$['x'] is a primitive value", version="1.0.0"),
    Case("1.0 removes none", {"x": [1]}, [remove("$.x[0]")], error="$['x'][0] is a primitive value", version="1.0.1"),
]

REMOVALS = [
    Case("a property", {"a": 1, "b": 2}, [remove("$.a")], {"b": 2}),
    Case("an array's element", {"a": [1, 2, 3]}, [remove("$.a[1]")], {"a": [1, 3]}),
    Case("the last element by -1", {"a": [1, 2, 3]}, [remove("$.a[-1]")], {"a": [1, 2]}),
    Case("neighbours", {"a": [1, 2, 3, 4]}, [remove("$.a[1:3]")], {"a": [1, 4]}),
    Case("elements in an odd order", {"a": [0, 1, 2, 3, 4]}, [remove("$.a[4,0,2,-1]")], {"a": [1, 3]}),
    Case("all elements", {"a": [1, {}, []]}, [remove("$.a[*]")], {"a": []}),
    Case("in several arrays", {"a": [1, 2], "b": [2, 1]}, [remove("$.*[?@ == 1]")], {"a": [2], "b": [2]}),
    Case("a primitive by its value", {"t": ["x", "dummy", "dummy"]}, [remove("$.t[?@ == 'dummy']")], {"t": ["x"]}),
    Case("a node and what is in it", {"a": {"x": {"x": 1}}, "b": 1}, [remove("$..x")], {"a": {}, "b": 1}),
    Case("elements inside removed elements", {"a": [[1, 2], 3, [4]]}, [remove("$.a..*")], {"a": []}),
    Case("an object from an array, in 1.0", {"a": [{"n": 1}, {}]}, [remove("$.a[?@.n]")], {"a": [{}]}, version="1.0.0"),
    Case("update is ignored beside it", {"a": {"b": {}}}, [remove("$.a.b", update={"c": 1})], {"a": {}}),
    Case("copy is ignored beside it", {"a": 1, "b": 2}, [remove("$.a", copy="no path at all")], {"b": 2}),
    Case("remove: false leaves room for update", {"a": {}}, [update("$.a", {"b": 1}, remove=False)], {"a": {"b": 1}}),
    Case("remove: false alone changes nothing", {"a": 1}, [{"target": "$.a", "remove": False}], {"a": 1}),
    Case("never the root", {"a": 1}, [remove("$")], error="the root of the document cannot be removed"),
    Case("a key that is a number", {"r": {200: 1, "404": 2}}, [remove("$.r['200']")], {"r": {"404": 2}}),
    Case(
        "of mixed kinds at once",
        {"a": {"x": 1}, "b": {"x": []}, "c": {"x": {}}},
        [remove("$.*.x")],
        {"a": {}, "b": {}, "c": {}},
    ),
]

COPIES = [
    Case(
        "an object is merged",
        {"a": {"x": 1}, "b": {"y": 2}},
        [copied("$.a", "$.b")],
        {"a": {"x": 1}, "b": {"y": 2, "x": 1}},
    ),
    Case("an array is concatenated", {"a": [1], "b": [2]}, [copied("$.a", "$.b")], {"a": [1], "b": [2, 1]}),
    Case("an object is appended", {"a": {"x": 1}, "b": []}, [copied("$.a", "$.b")], {"a": {"x": 1}, "b": [{"x": 1}]}),
    Case("a primitive replaces", {"a": "x", "b": 2}, [copied("$.a", "$.b")], {"a": "x", "b": "x"}),
    Case(
        "into several targets",
        {"a": {"x": 1}, "b": {"p": {}, "q": {}}},
        [copied("$.a", "$.b.*")],
        {"a": {"x": 1}, "b": {"p": {"x": 1}, "q": {"x": 1}}},
    ),
    Case(
        "into a part of itself", {"a": {"b": {"c": 1}}}, [copied("$.a", "$.a.b")], {"a": {"b": {"c": 1, "b": {"c": 1}}}}
    ),
    Case("an array onto itself", {"a": [1, 2]}, [copied("$.a", "$.a")], {"a": [1, 2, 1, 2]}),
    Case(
        "a move: make, copy, remove",
        {"paths": {"/items": {"get": {"x": 1}}, "/some": {}}},
        [
            update("$.paths", {"/new": {}}),
            copied("$.paths['/items']", "$.paths['/new']"),
            remove("$.paths['/items']"),
        ],
        {"paths": {"/some": {}, "/new": {"get": {"x": 1}}}},
    ),
    Case("no source", {"a": {}}, [copied("$.b", "$.a")], error="copy $.b must select one node, and selects none"),
    Case("no source, lenient", {"a": {}}, [copied("$.b", "$.a")], error="selects none", lenient=True),
    Case("two sources", {"a": {}, "b": [1, 2]}, [copied("$.b[*]", "$.a")], error="must select one node, and selects 2"),
    Case("an incompatible source", {"a": {}, "b": [1]}, [copied("$.b", "$.a")], error=f"an array {INCOMPATIBLE}"),
    Case("not in 1.0", {"a": {}, "b": {}}, [copied("$.b", "$.a")], error="unknown field 'copy'", version="1.0.0"),
]

MATCHES = [
    Case(
        "a wildcard updates each",
        {"a": {"g": {}}, "b": {"g": {}}},
        [update("$.*.g", {"x": 1})],
        {"a": {"g": {"x": 1}}, "b": {"g": {"x": 1}}},
    ),
    Case("a node that is named twice changes once", {"a": [[1]]}, [update("$.a[0,0,-1]", 2)], {"a": [[1, 2]]}),
    Case(
        "descendants",
        {"a": {"s": {"t": 1}}, "b": [{"s": {}}]},
        [update("$..s", {"u": 2})],
        {"a": {"s": {"t": 1, "u": 2}}, "b": [{"s": {"u": 2}}]},
    ),
    Case(
        "what an action adds, it does not match", {"a": {}}, [update("$..a", {"a": {"b": 1}})], {"a": {"a": {"b": 1}}}
    ),
    Case("a node inside another match", {"a": {"a": {}}}, [update("$..a", {"x": 1})], {"a": {"a": {"x": 1}, "x": 1}}),
    Case(
        "objects and arrays at once",
        {"a": {}, "b": []},
        [update("$.*", {"x": 1})],
        error="cannot suit both $['a'] (object) and $['b'] (array)",
    ),
    Case(
        "which 1.0 does not forbid",
        {"a": {}, "b": []},
        [update("$.*", {"x": 1})],
        {"a": {"x": 1}, "b": [{"x": 1}]},
        version="1.0.0",
    ),
    Case(
        "actions build on each other",
        {},
        [update("$", {"a": {}}), update("$.a", {"b": {}}), remove("$.a.b"), update("$.a", {"c": 1})],
        {"a": {"c": 1}},
    ),
    Case("remove and create again", {"a": {"x": 1}}, [remove("$.a"), update("$", {"a": {"y": 2}})], {"a": {"y": 2}}),
    Case(
        "traits",
        {"paths": {"/i": {"get": {"x-oai-traits": ["paged"]}}, "/o": {"get": {}}}},
        [update(TRAITS, {"p": [1]})],
        {"paths": {"/i": {"get": {"x-oai-traits": ["paged"], "p": [1]}}, "/o": {"get": {}}}},
    ),
    Case("a filter over a number as key", {200: {"d": 1}}, [update("$[?@.d == 1]", {"e": 2})], {200: {"d": 1, "e": 2}}),
    Case("true is not 1", {"a": [True, 1]}, [update("$.a[?@ == 1]", 2)], {"a": [True, 2]}),
    Case("a slice takes no letters", {"a": ["abc"]}, [update("$.a[0:1][0:1]", "x")], error="matches nothing"),
    Case("length()", {"a": {}, "b": {"x": 1}}, [remove("$[?length(@) == 0]")], {"b": {"x": 1}}),
    Case("search()", {"a": ["x1", "y1", "1x"]}, [remove("$.a[?search(@, '[xy]1')]")], {"a": ["1x"]}),
    Case(
        "a regular expression that is none matches nothing",
        {"a": ["["]},
        [remove("$.a[?match(@, '[')]")],
        error="nothing",
    ),
    Case(
        "nothing",
        {"a": 1},
        [remove("$.b", description="gone since May")],
        error="actions[0], target $.b (gone since May): the target matches nothing",
    ),
    Case("nothing, where that may be", {"a": 1}, [remove("$.b", **{"x-may-match-nothing": True})], {"a": 1}),
    Case(
        "nothing, where that may not be",
        {"a": 1},
        [remove("$.b", **{"x-may-match-nothing": False})],
        error="matches nothing",
    ),
    Case("nothing, lenient", {"a": 1}, [update("$.b", {"c": 1}), copied("$.none", "$.d")], {"a": 1}, lenient=True),
]

CASES = {
    f"{section}: {case.name}": case
    for section, cases in (
        ("objects", OBJECTS),
        ("arrays", ARRAYS),
        ("primitives", PRIMITIVES),
        ("remove", REMOVALS),
        ("copy", COPIES),
        ("matches", MATCHES),
    )
    for case in cases
}


def through_yaml(node: Any) -> Any:
    return yaml_files.loads(yaml_files.dumps(node), "test")


@pytest.mark.parametrize("make", [copy.deepcopy, through_yaml], ids=["plain", "yaml"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_case(case: Case, make: Any) -> None:
    document, overlay = make(case.before), make(overlay_of(*case.actions, version=case.version))
    if case.error is None:
        result = apply_overlay(document, overlay, name="test.overlay.yaml", lenient=case.lenient)
        # As text, because the order of keys counts, and 1 is not true.
        assert json.dumps(yaml_files.plain(result)) == json.dumps(yaml_files.plain(case.after))
    else:
        with pytest.raises(PipelineError) as caught:
            apply_overlay(document, overlay, name="test.overlay.yaml", lenient=case.lenient)
        assert case.error in str(caught.value)
        assert str(caught.value).startswith("test.overlay.yaml:")
    assert document == case.before


def test_there_are_no_two_cases_of_one_name() -> None:
    assert len(CASES) == sum(map(len, (OBJECTS, ARRAYS, PRIMITIVES, REMOVALS, COPIES, MATCHES)))


def test_an_error_names_the_failing_action_and_nothing_of_the_others() -> None:
    overlay = overlay_of(update("$.a", {"b": 1}), remove("$.c", description="First line\nand second"))
    with pytest.raises(PipelineError) as caught:
        apply_overlay({"a": {}}, overlay, name="x.yaml")
    assert str(caught.value).startswith("x.yaml: actions[1], target $.c (First line and second): ")


def test_an_error_names_the_line_of_an_action_that_comes_from_a_file() -> None:
    text = yaml_files.dumps(overlay_of(update("$", {}), remove("$.b")))
    line = text.splitlines().index("  - target: $.b") + 1
    with pytest.raises(PipelineError, match=rf"^x\.yaml:{line}: actions\[1\]"):
        apply_overlay({"a": {}}, yaml_files.loads(text, "x.yaml"), name="x.yaml")


def test_matches_have_normalized_paths_and_the_steps_to_them() -> None:
    document = {"paths": {"/it's": {"get": {"tags": ["a"]}}, "/b": {"get": {"tags": ["b", {200: 1}]}}}}
    (action,) = parse_overlay(overlay_of(update("$.paths.*.get.tags[-1]", 1)), "x").actions
    matches = find_matches(document, action)
    assert [match.path for match in matches] == [
        "$['paths']['/it\\'s']['get']['tags'][0]",
        "$['paths']['/b']['get']['tags'][1]",
    ]
    assert matches[1].parts == ("paths", "/b", "get", "tags", 1)


def test_an_alias_is_a_copy() -> None:
    document = yaml_files.loads("a: &x {k: [1]}\nb: *x\nc: &t true\nd: *t\n", "test")
    overlay = overlay_of(update("$.a.k", 2), update("$.c", False))
    result = apply_overlay(document, overlay, name="x")
    assert yaml_files.plain(result) == {"a": {"k": [1, 2]}, "b": {"k": [1]}, "c": False, "d": True}
    assert "&" not in yaml_files.dumps(result)


def test_anchors_of_text_and_numbers_are_dropped() -> None:
    document = yaml_files.loads('a: &x "q"\nb: *x\nc: &n 1.50\nd: *n\n', "test")
    result = apply_overlay(document, overlay_of(remove("$.a")), name="x")
    assert yaml_files.dumps(result) == 'b: "q"\nc: 1.50\nd: 1.50\n'


def test_a_query_that_cannot_be_evaluated() -> None:
    document: dict[str, Any] = {"z": 1}
    for _ in range(120):
        document = {"a": document}
    with pytest.raises(
        PipelineError, match=r"^x: actions\[0\], target \$\.\.z: .* cannot be evaluated: recursion limit"
    ):
        apply_overlay(document, overlay_of(update("$..z", 2)), name="x")


def test_an_anchored_boolean_is_a_boolean_to_filters() -> None:
    document = yaml_files.loads("c: &t true\nd: *t\ne: 1\n", "test")
    result = apply_overlay(document, overlay_of(update("$[?@ == true]", "x")), name="x")
    assert yaml_files.plain(result) == {"c": "x", "d": "x", "e": 1}


@pytest.mark.parametrize("document", [None, "text", 5, True], ids=repr)
def test_a_document_is_no_scalar(document: Any) -> None:
    with pytest.raises(PipelineError, match="must be an object, this is a primitive value"):
        apply_overlay(document, overlay_of(update("$", {})), name="x")


def test_a_document_that_is_an_array() -> None:
    assert apply_overlay([1], overlay_of(update("$", [2]), remove("$[0]")), name="x") == [2]


def test_keys_that_json_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(PipelineError, match="the key '200' is there twice"):
        apply_overlay({"r": [{200: 1, "200": 2}]}, overlay_of(update("$", {})), name="x")


def test_a_document_that_contains_itself_is_refused() -> None:
    document: dict[str, Any] = {}
    document["a"] = document
    with pytest.raises(PipelineError, match="contains itself"):
        apply_overlay(document, overlay_of(update("$", {})), name="x")
