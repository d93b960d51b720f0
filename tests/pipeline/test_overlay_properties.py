"""What holds for any document and any overlay."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pipeline.openapi import changes, differ, resolve
from pipeline.overlay.apply import apply_overlay
from pipeline.yaml_files import PipelineError

from tests.pipeline.projects import overlay_of

NAMES = st.sampled_from(["a", "b", "c", "d", "x-y", "/p/{q}", "200", "é"])
PRIMITIVES = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "true", "é"])


NODES = st.recursive(
    PRIMITIVES, lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(NAMES, NODES, max_size=5)


SEGMENTS = st.sampled_from([
    ".a", ".b", ".*", "..a", "..*", "[0]", "[-1]", "[*]", "[0:2]", "['x-y']", "['200']", "[?@.a]", "[?@ == 1]",
    "[?@.b != null]",
])  # fmt: skip
TARGETS = st.lists(SEGMENTS, max_size=3).map(lambda segments: "$" + "".join(segments))
FOR_ALL = {"target": TARGETS, "x-may-match-nothing": st.booleans() | st.just(True)}
UPDATES = st.fixed_dictionaries({**FOR_ALL, "update": NODES})
REMOVES = st.fixed_dictionaries({**FOR_ALL, "remove": st.just(True)})
COPIES = st.fixed_dictionaries({**FOR_ALL, "copy": TARGETS})
ACTIONS = st.lists(UPDATES | REMOVES | COPIES, min_size=1, max_size=4)


def outcome(document: Any, *overlays: dict[str, Any]) -> Any:
    """The result of all overlays as text, where 1 is not true and the order of keys counts; None if refused."""
    try:
        for overlay in overlays:
            document = apply_overlay(document, overlay, name="o")
    except PipelineError:
        return None
    return json.dumps(document)


def orders(before: Any, after: Any) -> bool:
    """Whether the keys of `before` that `after` still has come in the same order, at every depth."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return True
    kept = [key for key in before if key in after]
    return kept == [key for key in after if key in before] and all(orders(before[key], after[key]) for key in kept)


@given(OBJECTS, ACTIONS, st.sampled_from(["1.0.0", "1.1.0"]))
def test_neither_the_document_nor_the_overlay_changes(document: Any, actions: Any, version: str) -> None:
    overlay = overlay_of(*actions, version=version)
    before = json.dumps([document, overlay])
    outcome(document, overlay)
    assert json.dumps([document, overlay]) == before


@given(OBJECTS, ACTIONS)
def test_keys_keep_their_order(document: Any, actions: Any) -> None:
    # A key that one action removes may come back at the end by another: that is a new key.
    kept = [action for action in actions if "remove" not in action] or actions[:1]
    if any(action["target"] == "$" and "remove" in action for action in kept):
        return
    text = outcome(document, overlay_of(*kept))
    assert text is None or orders(document, json.loads(text))


@given(OBJECTS, ACTIONS)
def test_one_overlay_is_its_actions_one_by_one(document: Any, actions: Any) -> None:
    whole = outcome(document, overlay_of(*actions))
    assert outcome(document, *(overlay_of(action) for action in actions)) == whole


@given(NODES, NODES)
def test_two_values_differ_as_their_json_does(one: Any, other: Any) -> None:
    assert differ(one, other) == (json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    for pointer in changes(one, other):
        absent = object()
        assert resolve(one, pointer, absent) is not resolve(other, pointer, absent)
