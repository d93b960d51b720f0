"""What holds for any document and any overlay."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pipeline import yaml_files
from pipeline.overlay.apply import apply_overlay
from pipeline.overlay.format import find_matches, parse_overlay
from pipeline.yaml_files import PipelineError

NAMES = st.sampled_from(["a", "b", "c", "d", "x-y", "/p/{q}", "200", "é"])
PRIMITIVES = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "two\nlines\n", "true", "# no", "é"])
)


def nodes(primitives: st.SearchStrategy[Any] = PRIMITIVES, *, arrays: bool = True) -> st.SearchStrategy[Any]:
    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        objects = st.dictionaries(NAMES, inner, max_size=4)
        return objects | st.lists(inner, max_size=4) if arrays else objects

    return st.recursive(primitives, extend, max_leaves=12)


def objects(*, arrays: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NAMES, nodes(arrays=arrays), max_size=5)


SEGMENTS = st.sampled_from(
    [
        ".a",
        ".b",
        ".*",
        "..a",
        "..*",
        "[0]",
        "[-1]",
        "[*]",
        "[0:2]",
        "['x-y']",
        "['200']",
        "[?@.a]",
        "[?@ == 1]",
        "[?@.b != null]",
    ]
)
TARGETS = st.lists(SEGMENTS, max_size=3).map(lambda segments: "$" + "".join(segments))
UPDATES = st.fixed_dictionaries({"target": TARGETS, "update": nodes()})
REMOVES = st.fixed_dictionaries({"target": TARGETS, "remove": st.just(True)})
COPIES = st.fixed_dictionaries({"target": TARGETS, "copy": TARGETS})
ACTIONS = st.lists(
    UPDATES | REMOVES | COPIES, min_size=1, max_size=4, unique_by=lambda action: json.dumps(action, sort_keys=True)
)


def overlay_of(actions: list[dict[str, Any]], version: str = "1.1.0") -> dict[str, Any]:
    return {"overlay": version, "info": {"title": "Test", "version": "1"}, "actions": actions}


def outcome(document: Any, *overlays: dict[str, Any], lenient: bool = True) -> Any:
    """The result of all overlays as text, which tells 1 from true and knows the order of keys; None if refused."""
    try:
        for overlay in overlays:
            document = apply_overlay(document, overlay, name="o", lenient=lenient)
    except PipelineError:
        return None
    return json.dumps(yaml_files.plain(document))


def containers(node: Any) -> list[Any]:
    if not isinstance(node, dict | list):
        return []
    inner = node.values() if isinstance(node, dict) else node
    return [node, *(found for value in inner for found in containers(value))]


def orders(before: Any, after: Any) -> bool:
    """Whether the keys of `before` that `after` still has come in the same order, at every depth."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return True
    kept = [key for key in before if key in after]
    return kept == [key for key in after if key in before] and all(orders(before[key], after[key]) for key in kept)


@given(objects(), ACTIONS, st.sampled_from(["1.0.0", "1.1.0"]))
def test_neither_the_document_nor_the_overlay_changes(document: Any, actions: Any, version: str) -> None:
    overlay = overlay_of(actions, version)
    before = json.dumps([document, overlay])
    outcome(document, overlay)
    assert json.dumps([document, overlay]) == before


@given(objects(), ACTIONS)
def test_nothing_in_the_result_is_shared(document: Any, actions: Any) -> None:
    overlay = overlay_of(actions)
    try:
        result = apply_overlay(document, overlay, name="o", lenient=True)
    except PipelineError:
        return
    of_result = [id(node) for node in containers(result)]
    assert len(set(of_result)) == len(of_result), "one node in two places"
    assert not set(of_result) & {id(node) for node in [*containers(document), *containers(overlay)]}


@given(st.lists(st.just({}), min_size=2, max_size=4), nodes())
def test_what_one_target_gets_is_not_what_another_gets(targets: list[Any], value: Any) -> None:
    result = apply_overlay({"t": targets}, overlay_of([{"target": "$.t[*]", "update": {"v": value}}]), name="o")
    assert result["t"] == [{"v": value}] * len(targets)
    result["t"][0]["v"] = "changed"
    for node in containers(result["t"][1])[1:]:
        node.clear()
    assert all(target == {"v": value} for target in result["t"][2:])


@given(objects(), ACTIONS)
def test_keys_keep_their_order(document: Any, actions: Any) -> None:
    # A key that one action removes may come back at the end by another: that is a new key.
    kept = [action for action in actions if "remove" not in action]
    if not kept:
        return
    try:
        result = apply_overlay(document, overlay_of(kept), name="o", lenient=True)
    except PipelineError:
        return
    assert orders(document, result)


@given(objects(), REMOVES)
def test_a_removal_keeps_the_order_of_the_rest(document: Any, action: Any) -> None:
    if action["target"] != "$":
        assert orders(document, apply_overlay(document, overlay_of([action]), name="o", lenient=True))


@given(objects(), TARGETS.filter(lambda target: "[0" not in target and "[-1" not in target and target != "$"))
def test_removing_twice_is_removing_once(document: Any, target: str) -> None:
    # By position there is always a next one to remove; by name or by value there is not.
    overlay = overlay_of([{"target": target, "remove": True}])
    once = outcome(document, overlay)
    assert once is not None
    assert outcome(document, overlay, overlay) == once


@given(objects(), TARGETS)
def test_what_is_removed_is_gone(document: Any, target: str) -> None:
    overlay = overlay_of([{"target": target, "remove": True}])
    (action,) = parse_overlay(overlay, "o").actions
    count = len(find_matches(document, action))
    if target == "$":
        assert outcome(document, overlay) is None
    elif count == 0:
        assert outcome(document, overlay) == json.dumps(document)
        assert outcome(document, overlay, lenient=False) is None
    else:
        result = json.loads(outcome(document, overlay, lenient=False))
        assert len(everything(result)) <= len(everything(document)) - count


def everything(node: Any) -> list[Any]:
    """All nodes below `node`, primitive ones included."""
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return [*inner, *(found for value in inner for found in everything(value))]


@given(objects(), TARGETS, objects(arrays=False))
def test_updating_twice_without_arrays_is_updating_once(document: Any, target: str, value: Any) -> None:
    overlay = overlay_of([{"target": target, "update": value}])
    (action,) = parse_overlay(overlay, "o").actions
    once = outcome(document, overlay)
    places = find_matches(document, action)
    # An array as target gets an element more each time, and a filter or a wildcard may match what was just added.
    if once is None or any(not isinstance(at(document, match.parts), dict) for match in places):
        return
    if find_matches(json.loads(once), action) == places:
        assert outcome(document, overlay, overlay) == once


def at(node: Any, parts: tuple[int | str, ...]) -> Any:
    for part in parts:
        node = node[part]
    return node


@given(objects(), ACTIONS, st.integers(0, 4), st.booleans())
def test_one_overlay_is_its_actions_one_by_one(document: Any, actions: Any, cut: int, lenient: bool) -> None:
    parts = [part for part in (actions[:cut], actions[cut:]) if part]
    whole = outcome(document, overlay_of(actions), lenient=lenient)
    assert outcome(document, *(overlay_of(part) for part in parts), lenient=lenient) == whole
    assert outcome(document, *(overlay_of([action]) for action in actions), lenient=lenient) == whole


@given(objects(), ACTIONS)
def test_yaml_and_plain_nodes_give_the_same(document: Any, actions: Any) -> None:
    overlay = overlay_of(actions)
    loaded = yaml_files.loads(yaml_files.dumps(copy.deepcopy(document)), "d")
    assert outcome(loaded, yaml_files.loads(yaml_files.dumps(overlay), "o")) == outcome(document, overlay)


@st.composite
def commented(draw: st.DrawFn, node: Any, indent: str = "") -> str:
    """`node` as YAML with comments and blank lines wherever they may stand, and here and there in flow style."""
    if not isinstance(node, dict | list) or not node or draw(st.integers(0, 4)) == 0:
        if isinstance(node, str) and node.endswith("\n") and indent:
            return draw(st.sampled_from(["|", ">"])) + "\n" + "".join(f"{indent}{line}\n" for line in node.splitlines())
        return json.dumps(node, ensure_ascii=False) + draw(st.sampled_from(["", " # eol", "  # eol"])) + "\n"
    lines = draw(st.sampled_from(["", " # beside"])) + "\n" if indent else ""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        lines += draw(st.sampled_from(["", "", f"{indent}# before\n", f"\n{indent}# one\n\n  # two\n", "\n"]))
        inner = draw(commented(value, indent + "  "))
        name = f"{json.dumps(key)}:" if isinstance(node, dict) else "-"
        lines += f"{indent}{name}{inner}" if inner.startswith(("\n", " #")) else f"{indent}{name} {inner}"
    return lines + draw(st.sampled_from(["", f"{indent}# after\n", "\n# far\n"]))


@given(st.data(), objects(), ACTIONS)
def test_a_result_with_comments_reads_back_as_what_it_is(data: st.DataObject, document: Any, actions: Any) -> None:
    overlay = yaml_files.loads(data.draw(commented(overlay_of(actions))), "o")
    loaded = yaml_files.loads(data.draw(commented(document)), "d")
    before = yaml_files.dumps(loaded)
    try:
        result = apply_overlay(loaded, overlay, name="o", lenient=True)
    except PipelineError:
        return
    text = yaml_files.dumps(result)
    assert json.dumps(yaml_files.plain(yaml_files.loads(text, "r"))) == json.dumps(yaml_files.plain(result))
    assert yaml_files.dumps(loaded) == before
