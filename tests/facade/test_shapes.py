"""What is kept of a response, and what of it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from polyai_data import shape_record, shapes
from polyai_data.openapi import Operation
from polyai_data.schema import Shape, kind_of
from polyai_data.shapes import ANY_NAME, ITEMS, UNKNOWN, Guide, Node, Shapes

COMPONENTS: dict[str, Any] = {
    "schemas": {
        "Base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        "Own": {
            "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["b"], "properties": {"b": {"const": True}}}]
        },
        "Either": {"oneOf": [{"$ref": "#/components/schemas/Own"}, {"type": ["number", "null"]}]},
        "Tree": {
            "properties": {
                "new": {"type": "null"},
                "inner": {"$ref": "#/components/schemas/Tree"},
                "map": {"type": "object"},
            }
        },
    }
}


def guide(name: str) -> Guide:
    return Guide(Shape({"$ref": f"#/components/schemas/{name}"}, COMPONENTS))


def seen(*values: Any, schema: Any = None) -> Node:
    """What is published of values."""
    return shapes_of(*values, schema=schema).published().roots["one", 200]


def shapes_of(*values: Any, schema: Any = None) -> Shapes:
    shape = Shape(schema or {"$ref": "#/components/schemas/Tree"}, COMPONENTS)
    responses = {200: {"application/json": shape}}
    operation = Operation("one", "polyai", "GET", "/one", "agents", (), (), None, responses, "x-api-key")
    made = Shapes([operation])
    for value in values:
        made.add("one", 200, json.dumps(value).encode())
    return made


def test_a_guide_follows_references_and_alternatives_and_joins_what_belongs_together() -> None:
    either = guide("Either")
    assert either.kinds == {"object", "number", "integer", "null"}
    assert either.structured
    name, inner = either.step("a")
    assert (name, *inner.kinds) == ("a", "string")
    assert inner.shape is not None
    assert inner.shape.pointer == ("components", "schemas", "Base", "properties", "a")
    second = either.step("b")[1]
    assert second.values == ("true",)
    assert second.shape is not None
    assert second.shape.pointer == ("components", "schemas", "Own", "allOf", "1", "properties", "b")
    assert either.shape is not None
    assert either.shape.variants[0].schema["required"] == ["a", "b"]
    assert either.step("c") == ("c", UNKNOWN)
    assert guide("Tree").step("inner")[1].step("inner")[1].step("map")[1].step("ada")[0] == ANY_NAME


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        ("2026-06-03T14:00:38.58+00:00", "date-time"),
        ("2026-06-03T14:00:38", "other"),
        ("2026-13-03T14:00:38Z", "other"),
        ("2026-06-03", "date"),
        ("-73.5", "number"),
        ("https://files.example/a?b", "url"),
        ("conversations/CA1/audio", "path"),
        ("ada@example.org", "e-mail"),
        ('{"heading": "H"}', "JSON"),
        ("Ada", "other"),
        ("[" + "1," * 10_000 + "1]", "other"),
    ],
)
def test_the_form_of_a_text(text: str, form: str) -> None:
    assert shapes.form_of(text) == form


def test_numbers_without_a_fraction_are_integers() -> None:
    assert [*map(kind_of, (1, 1.0, 1.5, True, None))] == ["integer", "integer", "number", "boolean", "null"]


def test_names_of_an_object_that_no_document_describes_are_kept_when_many_have_the_same() -> None:
    one = {"label": None, "seconds": 1, "inner": {"ada": 1, "eve": 2}}
    assert [*seen(*[{"new": one}] * 19).children["new"].children] == [ANY_NAME]
    kept = seen(*[{"new": one}] * 20).children["new"].children
    assert {*kept} == {"label", "seconds", "inner"}
    assert [*kept["inner"].children] == [ANY_NAME]
    assert [*seen(*[{"new": one}] * 20, {"new": {"label": 1}}).children["new"].children] == [ANY_NAME]
    assert [*seen(*[{"new": {"ada": 1}}] * 20).children["new"].children] == [ANY_NAME]
    assert [*seen(*[{"map": one}] * 20).children["map"].children] == [ANY_NAME]


def test_names_that_a_described_object_should_not_have_are_kept_when_they_are_seen_often() -> None:
    few = seen({"janesmith": 1}, *[{"inner": {"johndoe": 1}}] * 19)
    assert {*few.children} == {ANY_NAME, "inner"}
    assert {*few.children["inner"].children} == {ANY_NAME}
    often = seen(*[{"mood": 1}] * 20, {"janesmith": 1})
    assert {name: node.total for name, node in often.children.items()} == {"mood": 20, ANY_NAME: 1}


def test_a_record_that_is_continued_learns_what_a_later_run_sees_often(tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonl"
    one = {"new": {"label": None, "seconds": 1}, "mood": 1}
    kept = []
    for values in ([one] * 3, [one] * 20, [one, {"new": {"label": 1}, "zoe": 2}], [{"new": {"ada": 1}}] * 30):
        made = shapes_of(*values)
        if path.exists():
            shape_record.read(path, made)
        path.write_bytes(b"".join(shape_record.lines(made.published())))
        root = made.published().roots["one", 200]
        kept.append({name: node.total for name, node in {**root.children, **root.children["new"].children}.items()})
    assert kept[0] == {ANY_NAME: 6, "new": 3}
    assert kept[1] == {ANY_NAME: 6, "new": 23, "mood": 20, "label": 20, "seconds": 20}
    assert kept[2] == {ANY_NAME: 6, "new": 25, "mood": 21, "label": 22, "seconds": 21}
    assert kept[3] == {ANY_NAME: 36, "new": 55, "mood": 21, "label": 22, "seconds": 21}


def test_a_record_names_no_word_and_no_property_that_it_cannot_have_seen_often(tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonl"
    entry = {"operation": "one", "status": 200, "kinds": {"object": 19}}
    every = [shape_record.HEAD, *(entry | {"place": place} for place in ("", "janesmith", "janesmith.johndoe"))]
    words = entry | {"place": "listed", "kinds": {"string": 20}, "words": {"done": 1, "ada": 19}}
    path.write_text("".join(json.dumps(each) + "\n" for each in (*every, words)))
    made = shapes_of(schema={"properties": {"listed": {"enum": ["done"]}}, "additionalProperties": False})
    shape_record.read(path, made)
    root = made.published().roots["one", 200]
    assert {*root.children} == {"listed", ANY_NAME}
    assert {*root.children[ANY_NAME].children} == {ANY_NAME}
    assert root.children["listed"].words == {"done": 1, "": 19}


def test_words_are_kept_where_the_document_lists_words_and_when_they_are_seen_often() -> None:
    listed = {"enum": ["on_hold", "done"]}
    assert seen(*["done"], *["gone"] * 19, *["sent"] * 20, "Ada", *["ADA"] * 20, schema=listed).words == {
        "done": 1,
        "sent": 20,
        "": 40,
    }
    many = [f"state_{first}{second}" for first in "abcdef" for second in "abc"] * 20
    assert seen(*many, schema=listed).words == {"": 360}
    assert seen(*["done"] * 20, schema={"type": "string"}).words == {}


def test_places_levels_and_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert seen({"new": deep}).children["new"].children[ITEMS].kinds == {"array": 1}
    wide = {f"n{number}": number for number in range(1000)}
    assert len(seen(*[wide] * 20).children) == shapes.MOST_NAMES + 1
    monkeypatch.setattr(shapes, "MOST_PLACES", 3)
    assert len(seen(*[wide] * 20).children) == 3
