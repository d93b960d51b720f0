"""3.0 becomes 3.1, by position and never by a name alone; components are renamed; references are checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.lift import lift, own_parameters, plain_servers, unwrap
from pipeline.openapi import check_references, circular_references, pointer_text, rename, resolve, walk

from tests.pipeline.case_files import each


def node(text: str) -> Any:
    return yaml_files.loads(text, "test")


def document(schema: Any, version: str = "3.0.3") -> Any:
    """A document with one schema in it."""
    return {"openapi": version, "paths": {}, "components": {"schemas": {"It": schema}}}


@each("lift")
def test_a_schema_is_lifted(case: dict[str, Any]) -> None:
    before, after = case["before"], case["after"]
    kept = [key for key in before if key in after and key not in {"exclusiveMinimum", "exclusiveMaximum", "anyOf"}]
    whole = document(before)
    assert lift(whole) == []
    assert whole == document(after, "3.1.0")
    assert [key for key in whole["components"]["schemas"]["It"] if key in kept] == kept


UNLIFTABLE = {
    "nullable: perhaps": "`nullable` is neither",
    "{type: number, exclusiveMinimum: true}": "without a `minimum`",
    "{type: number, exclusiveMaximum: true}": "without a `maximum`",
    "{example: 1, examples: [2]}": "both",
    "{format: byte, contentEncoding: base32}": "another `contentEncoding`",
}


@pytest.mark.parametrize("schema", UNLIFTABLE)
def test_what_cannot_be_lifted_is_named_with_its_pointer(schema: str) -> None:
    problem, other = lift(document({"properties": {"a/b": node(schema), "c": node(schema)}}))
    assert problem.startswith("/components/schemas/It/properties/a~1b: ")
    assert UNLIFTABLE[schema] in problem
    assert other.startswith("/components/schemas/It/properties/c: ")


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
    schemas = [item.pointer for item in walk(whole) if item.kind == "schema"]
    assert len(schemas) == 9
    assert lift(whole) == []
    it = "{type: [string, 'null'], examples: [lifted]}"
    expected = (
        EVERYWHERE.replace("3.0.1", "3.1.0")
        .replace("&it {type: string, nullable: true, example: lifted}", it)
        .replace("*it", it)
    )
    assert whole == node(expected)


@pytest.mark.parametrize("version", ["3.1.0", "3.1.1"])
def test_lifting_a_3_1_document_changes_nothing(version: str) -> None:
    schema = node("{nullable: true, example: 1, format: byte, minimum: 1, exclusiveMinimum: true}")
    whole = document(dict(schema), version)
    assert lift(whole) == []
    assert whole == document(schema, version)


SERVERS: list[tuple[Any, list[str] | str]] = [
    ({"url": "https://a.test", "variables": {"unused": 1}}, ["https://a.test"]),
    (
        node("{url: 'https://{r}.a.test/{b}', variables: {r: {enum: [us, eu], default: us}, b: {default: v1}}}"),
        ["https://us.a.test/v1", "https://eu.a.test/v1"],
    ),
    ({"url": "https://{r}.a.test"}, "'variables'"),
    ({"url": "https://{r}.a.test", "variables": {"r": {}}}, "'default'"),
    ({"url": "{r}{s}", "variables": {key: {"enum": [*"abcdefghijk"]} for key in "rs"}}, "more than 100 values"),
    ("https://a.test", "string indices"),
]


@pytest.mark.parametrize(("server", "outcome"), SERVERS)
@pytest.mark.parametrize("at", [(), ("paths", "/a"), ("paths", "/a", "get")])
def test_a_server_with_variables_becomes_one_for_each_value(server: Any, outcome: Any, at: tuple[str, ...]) -> None:
    whole = {**document({}, "3.1.0"), "paths": {"/a": {"get": {}}}}
    resolve(whole, at)["servers"] = [server]
    problems = plain_servers(whole)
    if isinstance(outcome, list):
        assert resolve(whole, at)["servers"] == [{"url": url} for url in outcome]
    else:
        (problem,) = problems
        assert problem.startswith(f"{pointer_text((*at, 'servers', '0'))}: ")
        assert outcome in problem


def test_an_operation_has_the_parameters_of_its_path_and_its_own_replaces_them() -> None:
    whole = node("""\
paths:
  x-else: [1]
  /a:
    parameters: [{$ref: '#/components/parameters/P'}, {name: q, in: query}, 1]
    get: {parameters: [{name: p, in: query, own: true}, {name: p, in: header}]}
    put: {}
  /b: {parameters: [], get: {}}
components: {parameters: {P: {name: p, in: query}}}
""")
    own_parameters(whole)
    shared = [{"$ref": "#/components/parameters/P"}, {"name": "q", "in": "query"}, 1]
    get = [*shared[1:], {"name": "p", "in": "query", "own": True}, {"name": "p", "in": "header"}]
    assert whole["paths"] == {
        "x-else": [1],
        "/a": {"get": {"parameters": get}, "put": {"parameters": shared}},
        "/b": {"get": {}},
    }


@pytest.mark.parametrize(
    ("schema", "outcome"),
    [
        ("{title: T, allOf: [{allOf: [{type: object}]}]}", "{type: object, title: T}"),
        ("{type: object, allOf: [{type: string}]}", None),
        ("{allOf: [{properties: {a: {}}}], additionalProperties: false}", None),
        ("{allOf: [{type: object}, {type: object}]}", None),
        ("{title: T, allOf: [{$ref: '#/a'}]}", None),
    ],
)
def test_an_all_of_of_one_part_is_that_part(schema: str, outcome: str | None) -> None:
    made = node(schema)
    unwrap(made)
    assert made == node(outcome or schema)


# Renaming.

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
}


@pytest.mark.parametrize("case", RENAMES)
def test_a_rename_reaches_every_use_and_nothing_else(case: str) -> None:
    at, replacements = RENAMES[case]
    expected = BEFORE
    for old, new in replacements:
        assert old in expected
        expected = expected.replace(old, new)
    whole = node(BEFORE)
    rename(whole, at, "New")
    assert json.dumps(whole) == json.dumps(node(expected))
    assert check_references(whole) == []


def test_a_rename_reaches_escaped_references() -> None:
    whole = document({"$ref": "#/components/schemas/a~1b%7Bc%7D/items"}, "3.1.0")
    schemas = whole["components"]["schemas"]
    schemas["a/b{c}"] = {"items": {}}
    assert check_references(whole) == []
    rename(whole, ("components", "schemas", "a/b{c}"), "New")
    assert schemas == {"It": {"$ref": "#/components/schemas/New/items"}, "New": {"items": {}}}


# Pointers and references.


@each("references")
def test_references(case: dict[str, Any]) -> None:
    assert check_references(document(case["schema"], "3.1.0")) == case["problems"]


def test_references_that_lead_back_to_themselves() -> None:
    whole = document({"$ref": "#/components/schemas/B"}, "3.1.0")
    whole["components"]["schemas"]["B"] = {"$ref": "#/components/schemas/It"}
    assert circular_references(whole) == [
        "/components/schemas/It/$ref: #/components/schemas/B refers to itself",
        "/components/schemas/B/$ref: #/components/schemas/It refers to itself",
    ]
    assert circular_references(document({"properties": {"next": {"$ref": "#/components/schemas/It"}}})) == []
