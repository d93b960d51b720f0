"""Cases of the drift laboratory: what vendors change in schemas, and in what they say to people only."""

from __future__ import annotations

from typing import Any

from tests.pipeline.drift_cases.case import REWRITTEN, Asked, Bench, Cases, Expected, NotApplicableError, Sheet, Told

case = Cases()


def _field(sheet: Sheet, number: int) -> str:
    fields = sheet.fields()
    if number >= len(fields):
        raise NotApplicableError(f"{sheet.answer} has no {number + 1} optional texts")
    return fields[number]


def _part(sheet: Sheet) -> tuple[str, str, Any]:
    """A schema that the answer has a list of: the property, the schema's name, and the reference to it."""
    for name, node in sheet.schema["properties"].items():
        reference = node.get("items", {}).get("$ref", "")
        if reference.startswith("#/components/schemas/"):
            return name, reference.rpartition("/")[2], node
    raise NotApplicableError(f"{sheet.answer} has no list of a schema with a name")


def _said(name: str) -> Any:
    return lambda _, action: f"#/components/schemas/{name}'" in repr(action)


@case("schema", "schema")
def field_added(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.schema["properties"]["sentimentScore"] = {"type": "number", "description": "How content the caller was."}
    told = Told("added", "schema", sheet.answered, "properties sentimentScore", breaking=False)
    return Expected(1, [told], surface=["sentiment_score"])


@case("schema", "field 0", program=True)
def field_removed(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 0)
    del sheet.schema["properties"][name]
    return Expected(
        1, [Told("removed", "schema", sheet.answered, f"properties {name}", breaking=True)], surface=["removed"]
    )


@case("schema", "field 1")
def field_renamed(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 1)
    new = f"{name}Text"
    properties = sheet.schema["properties"]
    sheet.document["components"]["schemas"][sheet.answer]["properties"] = {
        new if key == name else key: value for key, value in properties.items()
    }
    return Expected(1, [Told("renamed", "schema", sheet.answered, f"properties {name} to {new}", breaking=True)])


@case("schema", "field 2")
def field_type_changed(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 2)
    sheet.schema["properties"][name]["type"] = "integer"
    detail = f"properties {name} type: 'string' is now 'integer'"
    return Expected(1, [Told("changed", "schema", sheet.answered, detail, breaking=True)], surface=["int"])


@case("schema", "field 3")
def field_format_changed(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 3)
    sheet.schema["properties"][name]["format"] = "uuid"
    return Expected(1, [Told("added", "schema", sheet.answered, f"properties {name} format: 'uuid'")])


@case("schema", "field 4", "version")
def field_nullable(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 4)
    sheet.schema["properties"][name]["nullable"] = True
    return Expected(1, [Told("changed", "schema", sheet.answered, f"properties {name} type", breaking=True)])


@case("schema", "required 0")
def field_required_now(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 5)
    sheet.schema["required"].append(name)
    return Expected(1, [Told("added", "schema", sheet.answered, f"required `{name}`", breaking=False)])


@case("schema", "required 1")
def field_optional_now(bench: Bench) -> Expected:
    sheet = bench.detail
    if not sheet.schema.get("required"):
        raise NotApplicableError(f"{sheet.answer} requires nothing")
    name = sheet.schema["required"].pop()
    return Expected(1, [Told("removed", "schema", sheet.answered, f"required `{name}`", breaking=True)])


@case("schema", "field 6")
def field_enum_introduced(bench: Bench) -> Expected:
    sheet = bench.detail
    name = _field(sheet, 6)
    sheet.schema["properties"][name]["enum"] = ["one", "another"]
    return Expected(1, [Told("added", "schema", sheet.answered, f"properties {name} enum")])


@case("schema", "schema added")
def schema_added(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.document["components"]["schemas"]["Sentiment"] = {
        "type": "object",
        "description": "How the caller felt.",
        "properties": {"score": {"type": "number"}, "label": {"type": "string"}},
    }
    sheet.schema["properties"]["sentiment"] = {"$ref": "#/components/schemas/Sentiment"}
    told = [
        Told("added", "schema", "Sentiment", breaking=False),
        Told("added", "schema", sheet.answered, "properties sentiment", breaking=False),
    ]
    return Expected(1, told)


@case("schema", "part")
def schema_removed(bench: Bench) -> Expected:
    """What was a schema with a name is said in place now; our corrections may refer to that name."""
    sheet = bench.detail
    name, part, node = _part(sheet)
    schemas = sheet.document["components"]["schemas"]
    node["items"] = {"type": "object", "properties": {"text": {"type": "string"}}}
    del schemas[part]
    told = [
        Told("removed", "schema", part),
        Told("", "schema", sheet.answered, f"properties {name} items"),
    ]
    asked = [Asked("", one.file, "mend", part) for one in bench.corrections(_said(part))]
    return Expected(2 if asked else 1, told, [*asked, Asked("generation", may=True)])


@case("schema", "part")
def schema_renamed(bench: Bench) -> Expected:
    sheet = bench.detail
    _, part, node = _part(sheet)
    new = f"{part}Item"
    node["items"] = {"$ref": f"#/components/schemas/{new}"}
    schemas = sheet.document["components"]["schemas"]
    schemas[new] = schemas.pop(part)
    asked = [Asked("", one.file, "mend", part) for one in bench.corrections(_said(part))]
    asked.append(Asked("generation", may=True))
    return Expected(2 if len(asked) > 1 else 1, [Told("renamed", "schema", part, f"to {new}")], asked)


@case("schema", "part", "schema renamed")
def schema_copied_by_a_correction_renamed(bench: Bench) -> Expected:
    """An action that copies the schema finds it no more."""
    sheet = bench.detail
    old = sheet.answer
    new = f"{old}Body"
    schemas = sheet.document["components"]["schemas"]
    schemas[new] = schemas.pop(old)
    body = sheet.operation["responses"]["200"]["content"]["application/json"]
    body["schema"] = {"$ref": f"#/components/schemas/{new}"}
    copying = bench.corrections(lambda _, action: action.get("copy", "").endswith(f".{old}"))
    asked = [Asked("failed", one.file, "mend", target=one.target) for one in copying]
    # What that copy was made for is changed by further actions, which then find nothing or mean another thing.
    asked += [Asked(kind, one.file, may=True) for one in copying for kind in ("dead", "failed")]
    asked += [Asked("generation", full=True, may=True)]
    return Expected(2 if copying else 1, [Told("renamed", "schema", old, f"to {new}")], asked)


@case("schema", "version", alone=True)
def the_same_schemas_in_another_order(bench: Bench) -> Expected:
    sheet = bench.detail
    schemas = sheet.document["components"]["schemas"]
    sheet.document["components"]["schemas"] = dict(reversed(schemas.items()))
    sheet.schema["properties"] = dict(reversed(sheet.schema["properties"].items()))
    sheet.dress.append(lambda text: text.replace("openapi: 3.0.1\n", "# Made anew.\nopenapi: 3.0.1\n"))
    # A plain dict is the same in any order: only its text is another one.
    sheet.block = ""
    return REWRITTEN


@case("wording", "words")
def wording_of_schemas(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.schema["description"] = "All that is known of one conversation."
    name = sheet.schema["required"][0]
    sheet.schema["properties"][name]["description"] = "Which conversation this is."
    return Expected(1, [Told("changed", "schema", sheet.answered, "description", breaking=False, wording=True)])


@case("wording", "words of the operation")
def wording_of_an_operation(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["summary"] = "Fetch one conversation"
    sheet.operation["description"] = "Fetches one conversation with its turns."
    sheet.operation["responses"]["200"]["description"] = "The conversation."
    told = [
        Told("changed", "operation", sheet, "summary", breaking=False, wording=True),
        Told("changed", "operation", sheet, "description", breaking=False, wording=True),
    ]
    return Expected(1, told)


@case("wording", "words of a parameter")
def example_of_a_parameter(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["parameters"][-1]["example"] = "CA0000"
    return Expected(1, [Told("", "operation", sheet, "example", breaking=False, wording=True)])


@case("wording", "words of a tag")
def wording_of_a_tag(bench: Bench) -> Expected:
    sheet = bench.detail
    if not sheet.document.get("tags"):
        raise NotApplicableError(f"{sheet.slug} has no tags")
    sheet.document["tags"][0]["description"] = "Conversations and what was recorded of them."
    return Expected(1, [Told("changed", "document", "", "tags", breaking=False, wording=True)])


@case("version", "version")
def openapi_3_1_of_the_same_content(bench: Bench) -> Expected:
    """Where no schema says what 3.1 says otherwise, the version is all that differs."""
    for sheet in bench.sheets:
        sheet.document["openapi"] = "3.1.0"
    return REWRITTEN


@case("version", "version", alone=True)
def openapi_3_1_of_one_page_alone(bench: Bench) -> Expected:
    bench.detail.document["openapi"] = "3.1.1"
    return REWRITTEN


@case("version", "version", "field 4", alone=True)
def openapi_3_1_with_a_type_that_3_0_calls_nullable(bench: Bench) -> Expected:
    """The one difference is that the field may be null now, whatever the version calls it."""
    sheet = bench.detail
    name = _field(sheet, 4)
    sheet.document["openapi"] = "3.1.0"
    sheet.schema["properties"][name]["type"] = ["string", "null"]
    return Expected(1, [Told("changed", "schema", sheet.answered, f"properties {name} type", breaking=True)])


@case("version", "document version")
def version_of_the_document(bench: Bench) -> Expected:
    """Another number alone: the titles of both pages still agree on it."""
    for sheet in bench.sheets:
        sheet.document["info"]["version"] = "3.0.1"
    return Expected(1, [Told("changed", "document", "", "info version")])
