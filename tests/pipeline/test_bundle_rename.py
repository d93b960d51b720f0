"""A new name for a component or a tag reaches all that speaks of it in its own document, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.openapi import check_references, rename, tree


def node(text: str) -> Any:
    return tree(yaml_files.loads(text, "test"))


BEFORE = """\
openapi: 3.1.0
security: [{Key: []}, {Pet: []}]
tags: [{name: A}, {name: B}]
paths:
  /a:
    get:
      tags: [A, B]
      security: [{Other: [], Key: [read]}]
      parameters: [{$ref: '#/components/parameters/Pet'}]
      responses:
        '200':
          description: Key
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
              example: {$ref: '#/components/schemas/Pet'}
components:
  parameters: {Pet: {name: Pet, in: query, schema: {$ref: '#/components/schemas/Pet/properties/next'}}}
  schemas:
    First: {type: object}
    Pet: {type: object, properties: {Pet: {type: string, default: Pet}, next: {$ref: '#/components/schemas/Pet'}}}
    Petty: {$ref: '#/components/schemas/First'}
    Mapped:
      oneOf: [{$ref: '#/components/schemas/Pet'}]
      discriminator: {propertyName: t, mapping: {x: Pet, y: '#/components/schemas/Pet', z: Petty}}
    Implicit:
      anyOf: [{$ref: '#/components/schemas/Pet'}, {$ref: '#/components/schemas/First'}]
      discriminator: {propertyName: t}
  securitySchemes:
    Key: {type: apiKey, in: header, name: Key}
    Other: {type: http, scheme: basic}
    Pet: {type: http, scheme: basic}
"""
PET_REF = "$ref: '#/components/schemas/Pet"
RENAMES: dict[str, tuple[tuple[str, ...], list[tuple[str, str]]]] = {
    "a schema": (
        ("components", "schemas", "Pet"),
        [
            (PET_REF, "$ref: '#/components/schemas/New"),
            ("example: {$ref: '#/components/schemas/New'}", "example: {$ref: '#/components/schemas/Pet'}"),
            ("    Pet: {type: object", "    New: {type: object"),
            ("{x: Pet, y: '#/components/schemas/Pet'", "{x: New, y: '#/components/schemas/New'"),
            ("{propertyName: t}", "{propertyName: t, mapping: {Pet: '#/components/schemas/New'}}"),
        ],
    ),
    "a parameter": (
        ("components", "parameters", "Pet"),
        [("#/components/parameters/Pet", "#/components/parameters/New"), ("{Pet: {name: Pet", "{New: {name: Pet")],
    ),
    "a security scheme": (
        ("components", "securitySchemes", "Key"),
        [("{Key: []}", "{New: []}"), ("Key: [read]", "New: [read]"), ("    Key: {type", "    New: {type")],
    ),
    "a tag": (("tags", "A"), [("{name: A}", "{name: New}"), ("[A, B]", "[New, B]")]),
}


@pytest.mark.parametrize("case", RENAMES)
def test_a_new_name_reaches_every_use_and_nothing_else(case: str) -> None:
    at, replacements = RENAMES[case]
    expected = BEFORE
    for old, new in replacements:
        assert old in expected
        expected = expected.replace(old, new)
    whole = node(BEFORE)
    rename(whole, at, "New")
    assert yaml_files.dumps(whole) == yaml_files.dumps(node(expected))
    assert check_references(whole) == []


def test_an_escaped_name_is_found_in_references() -> None:
    schemas = {"It": {"$ref": "#/components/schemas/a~1b%7Bc%7D/items"}, "a/b{c}": {"items": {}}}
    whole = tree({"openapi": "3.1.0", "components": {"schemas": schemas}})
    assert check_references(whole) == []
    rename(whole, ("components", "schemas", "a/b{c}"), "New")
    assert yaml_files.plain(whole["components"]["schemas"]) == {
        "It": {"$ref": "#/components/schemas/New/items"},
        "New": {"items": {}},
    }
