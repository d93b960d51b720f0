"""Overlays that are refused before anything is applied, and what errors say of them."""

from __future__ import annotations

from typing import Any

import pytest
from pipeline.overlay.format import parse_overlay
from pipeline.yaml_files import PipelineError

INFO = {"title": "Test", "version": "1"}
REMOVE_A = {"target": "$.a", "remove": True}
DROP = object()


def overlay(**changes: Any) -> dict[str, Any]:
    whole = {"overlay": "1.1.0", "info": INFO, "actions": [REMOVE_A], **changes}
    return {key: value for key, value in whole.items() if value is not DROP}


def action(**changes: Any) -> dict[str, Any]:
    whole = {"target": "$.a", "update": {}, **changes}
    return overlay(actions=[REMOVE_A, {key: value for key, value in whole.items() if value is not DROP}])


REFUSED: dict[str, tuple[Any, str]] = {
    "an array": ([], "an overlay is an object, this is an array"),
    "nothing at all": (None, "an overlay is an object, this is a primitive value"),
    "no version": (overlay(overlay=DROP), "it is missing"),
    "version 1.2": (overlay(overlay="1.2.0"), "it is '1.2.0'"),
    "version 2.0": (overlay(overlay="2.0.0"), "it is '2.0.0'"),
    "a version without patch": (overlay(overlay="1.0"), "it is '1.0'"),
    "a version that goes on": (overlay(overlay="1.0.0-rc1"), "it is '1.0.0-rc1'"),
    "a version that is a number": (overlay(overlay=1.0), "it is 1.0"),
    "no info": (overlay(info=DROP), "info is missing"),
    "info that is text": (overlay(info="Test"), "info: must be an object"),
    "info without title": (overlay(info={"version": "1"}), "info: title is missing"),
    "info without version": (overlay(info={"title": "Test"}), "info: version is missing"),
    "a title that is a number": (overlay(info={"title": 1, "version": "1"}), "info: title must be a string"),
    "a version of the overlay that is a number": (
        overlay(info={**INFO, "version": 1.0}),
        "info: version must be a string",
    ),
    "info with an unknown field": (overlay(info={**INFO, "author": "me"}), "info: unknown field 'author'"),
    "a description of info that is a number": (overlay(info={**INFO, "description": 1}), "info: description must be"),
    "a description of info in 1.0": (
        overlay(overlay="1.0.0", info={**INFO, "description": "d"}),
        "unknown field 'description'",
    ),
    "extends that is a list": (overlay(extends=["a.yaml"]), "extends must be a string"),
    "an unknown field": (
        overlay(action=[]),
        "unknown field 'action'; known are actions, extends, info, overlay and x-",
    ),
    "no actions": (overlay(actions=DROP), "actions is missing"),
    "actions that are an object": (overlay(actions={}), "actions must be a list of at least one"),
    "actions that are none": (overlay(actions=[]), "actions must be a list of at least one"),
    "the same action twice": (overlay(actions=[REMOVE_A, {**REMOVE_A}]), "actions[1] is the same as actions[0]"),
    "a key twice": (overlay(actions=[{"target": "$", "update": {1: "a", "1": "b"}}]), "the key '1' is there twice"),
    "an action that is text": (overlay(actions=["$.a"]), "actions[0]: must be an object"),
    "an action that is null": (overlay(actions=[None]), "actions[0]: must be an object"),
    "no target": (action(target=DROP), "actions[1]: target is missing"),
    "a target that is null": (action(target=None), "actions[1]: target must be a string"),
    "an unknown field of an action": (action(updated={}), "actions[1]: unknown field 'updated'; known are copy, "),
    "a description that is a list": (action(description=["d"]), "actions[1]: description must be a string"),
    "remove that is text": (action(remove="yes"), "actions[1]: remove must be true or false"),
    "remove that is a number": (action(remove=1), "actions[1]: remove must be true or false"),
    "copy that is an object": (action(update=DROP, copy={}), "actions[1]: copy must be a string"),
    "a wish that is text": (action(**{"x-may-match-nothing": "yes"}), "x-may-match-nothing must be true or false"),
    "update and copy": (action(copy="$.b"), "actions[1]: update and copy exclude each other"),
    "nothing to do": (action(update=DROP), "actions[1]: says nothing to do; one of copy, remove, update is needed"),
    "nothing to do in 1.0": (
        overlay(overlay="1.0.0", actions=[{"target": "$"}]),
        "actions[0]: says nothing to do; one of remove, update is needed",
    ),
    "a copy without end": (action(update=DROP, copy="$.b["), "actions[1]: copy '$.b[' is no JSONPath of RFC 9535"),
}

# Parted by lines, each line is a JSONPath.
BAD_PATHS = r"""
a
@.a
$.
$..
$.a[
$.a[]
$.a[?]
$['a"]
$.paths./x
$.x-tag
$[01]
$[-0]
$[1e3]
$[0:1e400]
$[9007199254740992]
$.a | $.b
$.a & $.b
$.a.~
^.a
$[#]
$['\ud800']
$.a[?(@.b)
$[?@.a = 1]
$[?@.a <> 1]
$[?@.a and @.b]
$[?not @.a]
$[?@.a in [1]]
$[?@.a =~ /x/]
$[?@.a contains 1]
$[?@.a == True]
$[?@.a == nil]
$[?@.* == 1]
$[?nope(@)]
$[?isinstance(@, 'string')]
$[?startswith(@, 'a')]
$[?count(1) == 1]
$[?count(@.*)]
$[?length(@.*) == 1]
""".strip().split("\n")
BAD_PATHS += ["", " $", "$ ", "$" + "[?" * 5000]

GOOD_PATHS = r"""
$
$.a
$['x-tag']
$["a", 'b', 0, -1, 1:, ::-1, *]
$..a[*]
$..true..null..false
$.ä_1.😀
$[?@.a]
$[?!@.a && (@.b == 1.5e3 || @['c'] != null)]
$[?count(@.*) > 1]
$[?length(value(@..a)) >= 2]
$[?match(@, '[a-z]+') && !search(@.b, "\u00e9")]
$[?@.a == $.b]
""".strip().split("\n")


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(document: Any, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_overlay(document, "some.overlay.yaml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("some.overlay.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: repr(path[:20]))
def test_a_target_that_is_no_jsonpath(path: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_overlay(action(target=path), "some.overlay.yaml")
    assert str(caught.value).startswith(f"some.overlay.yaml: actions[1]: target {path!r} is no JSONPath of RFC 9535: ")
    assert "\n" not in str(caught.value)


def test_an_error_in_a_jsonpath_says_where() -> None:
    with pytest.raises(PipelineError, match="unexpected token '-' at character 6"):
        parse_overlay(action(target="$.a.b-c"), "x")
    with pytest.raises(PipelineError, match="unexpected end of query at its end"):
        parse_overlay(action(target="$.a["), "x")


@pytest.mark.parametrize("path", GOOD_PATHS)
def test_a_target_that_is_a_jsonpath(path: str) -> None:
    assert parse_overlay(action(target=path), "x").actions[1].target == path


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.0.27", "1.1.0", "1.1.9"])
def test_the_patch_number_of_the_version_does_not_count(version: str) -> None:
    parsed = parse_overlay(overlay(overlay=version), "x")
    assert parsed.version == version
    assert parsed.actions[0].minor == int(version[2])


def test_extensions_are_allowed_everywhere() -> None:
    parsed = parse_overlay(
        overlay(**{"x-a": 1}, info={**INFO, "x-b": [2]}, actions=[{**REMOVE_A, "x-c": None}], extends="a.yaml"), "x"
    )
    assert parsed.extends == "a.yaml"
    assert parsed.title == "Test"


def test_what_an_action_holds() -> None:
    (first, second) = parse_overlay(
        action(description="Why", copy="$.b", update=DROP, **{"x-may-match-nothing": True}), "some.overlay.yaml"
    ).actions
    assert (first.index, first.modifier, first.may_match_nothing, first.description) == (0, "remove", False, None)
    assert (second.index, second.modifier, second.may_match_nothing, second.copy) == (1, "copy", True, "$.b")
    assert second.label == "some.overlay.yaml: actions[1], target $.a (Why)"


def test_a_long_description_is_cut_in_the_label() -> None:
    (_, second) = parse_overlay(action(description="why " * 100), "x").actions
    assert second.label.endswith("why…)")
    assert len(second.label) < 150


def test_a_later_change_of_the_overlay_does_not_reach_a_parsed_action() -> None:
    source = action(update={"a": [1]})
    (_, second) = parse_overlay(source, "x").actions
    source["actions"][1]["update"]["a"].append(2)
    assert second.update == {"a": [1]}
