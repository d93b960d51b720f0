"""`scripts/lift.py`: 3.0 becomes 3.1, by position and never by a name alone; references are checked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline import yaml_files
from pipeline.lift import lift
from pipeline.openapi import check_references, pointer_text, tree, walk


def node(text: str) -> Any:
    return tree(yaml_files.loads(text, "test"))


def document(schema: Any, version: str = "3.0.3") -> Any:
    """A document with one schema in it."""
    return tree({"openapi": version, "paths": {}, "components": {"schemas": {"It": schema}}})


def lifted(schema: Any) -> Any:
    """The schema after lifting, plain."""
    whole = document(schema)
    assert lift(whole) == []
    assert whole["openapi"] == "3.1.0"
    return yaml_files.plain(whole["components"]["schemas"]["It"])


NULL = {"type": "null"}
REF = {"$ref": "#/components/schemas/It"}
LIFTS: dict[str, tuple[Any, Any]] = {
    "nullable": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "not nullable": ({"type": "string", "nullable": False}, {"type": "string"}),
    "nullable enum": (
        {"type": "string", "enum": ["a", "b"], "nullable": True},
        {"type": ["string", "null"], "enum": ["a", "b", None]},
    ),
    "nullable enum with null": (
        {"type": "string", "enum": [None, "a"], "nullable": True},
        {"type": ["string", "null"], "enum": [None, "a"]},
    ),
    "nullable enum without type": ({"enum": ["a"], "nullable": True}, {"anyOf": [{"enum": ["a"]}, NULL]}),
    "nullable reference": ({"nullable": True, **REF}, {"anyOf": [REF, NULL]}),
    "nullable reference with notes": (
        {"description": "d", "nullable": True, **REF, "x-more": 1},
        {"description": "d", "anyOf": [REF, NULL], "x-more": 1},
    ),
    "nullable allOf": (
        {"allOf": [REF], "nullable": True, "example": {"a": 1}},
        {"anyOf": [{"allOf": [REF]}, NULL], "examples": [{"a": 1}]},
    ),
    "nullable allOf with type": (
        {"type": "object", "allOf": [REF], "nullable": True},
        {"anyOf": [{"type": "object", "allOf": [REF]}, NULL]},
    ),
    "nullable anyOf": (
        {"anyOf": [{"type": "string", "nullable": True}], "nullable": True},
        {"anyOf": [{"anyOf": [{"type": ["string", "null"]}]}, NULL]},
    ),
    "nullable anything": ({"description": "any", "nullable": True}, {"description": "any"}),
    "exclusive limits": (
        {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 2.5, "exclusiveMaximum": True},
        {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2.5},
    ),
    "inclusive limits": (
        {"type": "number", "minimum": 1, "exclusiveMinimum": False, "exclusiveMaximum": False},
        {"type": "number", "minimum": 1},
    ),
    "example": ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}),
    "example null": (
        {"type": "string", "nullable": True, "example": None},
        {"type": ["string", "null"], "examples": [None]},
    ),
    "example list": ({"type": "array", "items": {}, "example": [1]}, {"type": "array", "items": {}, "examples": [[1]]}),
    "bytes": ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
    "binary": ({"type": "string", "format": "binary"}, {"type": "string", "format": "binary"}),
    "deep down": (
        {"type": "object", "additionalProperties": {"oneOf": [{"not": {"type": "array", "items": {"example": 1}}}]}},
        {"type": "object", "additionalProperties": {"oneOf": [{"not": {"type": "array", "items": {"examples": [1]}}}]}},
    ),
    "properties that are called like keywords": (
        {
            "type": "object",
            "properties": {
                "nullable": {"type": "boolean"},
                "example": {"type": "string", "example": {"nullable": True}},
                "exclusiveMinimum": {"type": "boolean", "default": {"example": 1}},
                "format": {"enum": ["byte"]},
                "$ref": {"type": "string"},
            },
            "default": {"nullable": True, "example": 1},
        },
        {
            "type": "object",
            "properties": {
                "nullable": {"type": "boolean"},
                "example": {"type": "string", "examples": [{"nullable": True}]},
                "exclusiveMinimum": {"type": "boolean", "default": {"example": 1}},
                "format": {"enum": ["byte"]},
                "$ref": {"type": "string"},
            },
            "default": {"nullable": True, "example": 1},
        },
    ),
}


@pytest.mark.parametrize("case", LIFTS)
def test_a_schema_is_lifted(case: str) -> None:
    before, after = LIFTS[case]
    assert lifted(before) == after


@pytest.mark.parametrize("case", LIFTS)
def test_lifting_keeps_the_order_of_what_it_does_not_touch(case: str) -> None:
    before, _ = LIFTS[case]
    result = lifted(before)
    kept = [key for key in before if key in result and key not in {"exclusiveMinimum", "exclusiveMaximum", "anyOf"}]
    assert [key for key in result if key in kept] == kept


UNLIFTABLE = {
    "nullable: perhaps": "`nullable` is neither",
    "{type: number, exclusiveMinimum: true}": "without a `minimum`",
    "{type: number, exclusiveMaximum: true}": "without a `maximum`",
    "{example: 1, examples: [2]}": "both",
    "{format: byte, contentEncoding: base32}": "another `contentEncoding`",
}


@pytest.mark.parametrize("schema", UNLIFTABLE)
def test_what_cannot_be_lifted_is_named_with_its_pointer(schema: str) -> None:
    whole = document({"properties": {"a/b": yaml_files.plain(node(schema))}})
    (problem,) = lift(whole)
    assert problem.startswith("/components/schemas/It/properties/a~1b: ")
    assert UNLIFTABLE[schema] in problem


def test_all_that_cannot_be_lifted_is_named_at_once() -> None:
    bad = {"exclusiveMinimum": True, "example": 1, "examples": []}
    assert len(lift(document({"allOf": [bad, bad]}))) == 4


EVERYWHERE = """\
openapi: 3.0.1
paths:
  /a:
    parameters:
      - {name: p, in: query, example: kept, schema: &it {type: string, nullable: true, example: lifted}}
    post:
      requestBody: {content: {application/json: {example: {nullable: true}, schema: *it}}}
      callbacks: {done: {'{$url}': {post: {responses: {}, parameters: [{name: c, in: query, schema: *it}]}}}}
      responses:
        x-note: {content: {a: {schema: {nullable: true}}}}
        '200':
          description: d
          headers: {h: {example: kept, schema: *it}}
          content:
            audio/wav: {schema: {type: string, format: binary}}
            multipart/mixed: {schema: *it, encoding: {a: {headers: {h: {schema: *it}}}}}
          links: {next: {parameters: {nullable: true, example: 1}}}
components:
  schemas: {x-name: *it}
  examples: {e: {value: {nullable: true, example: 1}}}
  parameters: {q: {name: q, in: query, content: {application/json: {schema: *it}}}}
"""


def test_schemas_are_lifted_wherever_they_stand_and_nothing_else_is() -> None:
    whole = node(EVERYWHERE)
    schemas = [place.pointer for place in walk(whole) if place.kind == "schema"]
    assert len(schemas) == 9
    assert lift(whole) == []
    it = "{type: [string, 'null'], examples: [lifted]}"
    expected = (
        EVERYWHERE.replace("3.0.1", "3.1.0")
        .replace("&it {type: string, nullable: true, example: lifted}", it)
        .replace("*it", it)
    )
    assert yaml_files.plain(whole) == yaml_files.plain(node(expected))


# Any schema at all.

names = st.sampled_from(
    ["nullable", "example", "exclusiveMinimum", "minimum", "format", "type", "$ref", "enum", "x-a", "a"]
)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just("byte"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=4,
)
leaf = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "number", "object"]),
        "nullable": st.booleans(),
        "example": data,
        "default": data,
        "enum": st.lists(st.text(max_size=2), min_size=1, max_size=2),
        "format": st.sampled_from(["byte", "binary", "date"]),
        "minimum": st.integers(),
        "x-note": data,
    },
)


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = {
        "properties": st.dictionaries(names, inner, max_size=3),
        "items": inner,
        "allOf": st.lists(inner, max_size=2),
    }
    return st.builds(lambda one, more: one | more, leaf, st.fixed_dictionaries({}, optional=keys))


schemas = st.recursive(leaf, _deeper, max_leaves=6)


def property_names(whole: Any) -> list[list[str]]:
    """The names of the properties of every schema, whatever was wrapped around them."""
    return [list(place.node["properties"]) for place in walk(whole) if "properties" in place.node]


@given(schema=schemas)
def test_lifting_never_touches_the_names_of_properties(schema: Any) -> None:
    whole = document(schema)
    before = property_names(whole)
    lift(whole)
    assert property_names(whole) == before


@given(schema=schemas)
def test_lifting_leaves_no_keyword_of_3_0_behind(schema: Any) -> None:
    whole = document(schema)
    assert lift(whole) == []
    left = [place.node for place in walk(whole) if place.kind == "schema"]
    assert not any({"nullable", "example"} & set(schema) or schema.get("format") == "byte" for schema in left)


@given(schema=schemas)
def test_lifting_keeps_data(schema: Any) -> None:
    whole = document({"default": schema, "x-note": schema, "enum": [schema], "example": schema})
    assert lift(whole) == []
    assert yaml_files.plain(whole["components"]["schemas"]["It"]) == {
        "default": schema,
        "x-note": schema,
        "enum": [schema],
        "examples": [schema],
    }


@given(schema=schemas, version=st.sampled_from(["3.1.0", "3.1.1"]))
def test_lifting_a_3_1_document_changes_nothing(schema: Any, version: str) -> None:
    whole = document(schema, version)
    before = yaml_files.dumps(whole)
    assert lift(whole) == []
    assert yaml_files.dumps(whole) == before


@given(schema=schemas)
def test_lifting_twice_is_lifting_once(schema: Any) -> None:
    whole = document(schema)
    lift(whole)
    once = yaml_files.dumps(whole)
    whole["openapi"] = "3.0.3"
    lift(whole)
    assert yaml_files.dumps(whole) == once


# Trees, pointers, references.


def test_a_tree_has_no_anchors_no_merges_and_no_numbers_for_keys() -> None:
    original = yaml_files.loads("a: &a {x: &s text, y: &t true}\nb: {<<: *a, 200: z}\nc: *a\nd: *t\n", "test")
    copy = tree(original)
    assert yaml_files.plain(copy) == {
        "a": {"x": "text", "y": True},
        "b": {"x": "text", "y": True, "200": "z"},
        "c": {"x": "text", "y": True},
        "d": True,
    }
    assert copy["c"] is not copy["a"]
    assert not {"&", "*", "<<"} & set(yaml_files.dumps(copy).replace("<<", "< <<").split())
    copy["c"]["x"] = "other"
    assert (copy["a"]["x"], original["a"]["x"]) == ("text", "text")


def test_a_tree_keeps_comments_and_styles() -> None:
    text = "# top\na:\n  # above\n  b: 'quoted' # beside\n  c: >-\n    folded\n    text\n  \"200\": [1, 2]\n# below\n"
    assert yaml_files.dumps(node(text)) == text


@pytest.mark.parametrize("pointer", [("a", "b/c", "d~e"), ("",), ()])
def test_pointers_are_escaped(pointer: tuple[str, ...]) -> None:
    text = pointer_text(pointer)
    assert tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]) == pointer


REFERENCES: dict[str, list[str]] = {
    "{$ref: '#/components/schemas/It'}": [],
    "{$ref: '#'}": [],
    "{$ref: '#/components/schemas/It/allOf/0', allOf: [{}]}": [],
    "{$ref: '#/components/schemas/%49t'}": [],
    "{properties: {$ref: {type: string}}}": [],
    "{properties: {a: {$ref: '#/components/schemas/It'}}}": [],
    "{example: {$ref: '#/no/where'}, enum: [{$ref: other.yaml}]}": [],
    "{discriminator: {propertyName: a, mapping: {a: It, b: '#/components/schemas/It'}}}": [],
    "{$ref: '#/components/schemas/No'}": ["/components/schemas/It/$ref: #/components/schemas/No leads to nowhere"],
    "{$ref: '#/components/schemas/It/allOf/1', allOf: [{}]}": [
        "/components/schemas/It/$ref: #/components/schemas/It/allOf/1 leads to nowhere"
    ],
    "{$ref: other.yaml}": ["/components/schemas/It/$ref: other.yaml leads out of the document and cannot be bundled"],
    "{$ref: 'other.yaml#/components/schemas/It'}": [
        "/components/schemas/It/$ref: other.yaml#/components/schemas/It leads out of the document and cannot be bundled"
    ],
    "{items: {$ref: '#anchor'}}": [
        "/components/schemas/It/items/$ref: #anchor leads out of the document and cannot be bundled"
    ],
    "{discriminator: {propertyName: a, mapping: {a: No}}}": [
        "/components/schemas/It/discriminator/mapping/a: #/components/schemas/No leads to nowhere"
    ],
}


@pytest.mark.parametrize("schema", REFERENCES)
def test_references_are_checked_by_position(schema: str) -> None:
    assert check_references(document(node(schema), "3.1.0")) == REFERENCES[schema]
