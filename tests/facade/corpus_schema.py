"""What the corpus takes from the patched documents: the operations, an example of each shape, and what a shape allows.

`accepts` is written apart from the validator that the facade asks, so that the two can disagree.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

GENERATED = Path(__file__).resolve().parents[2] / "generated"
Schema = Mapping[str, Any]
METHODS = frozenset({"get", "put", "post", "delete", "patch"})
DEEPEST = 12
"""Levels down to which an example goes where a schema refers to itself."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Shape:
    """A schema, with the components that it refers to."""

    schema: Schema
    components: Mapping[str, Any]

    def inner(self, schema: Schema) -> Shape:
        """Another schema of the same document; references and `allOf` are followed."""
        return Shape(_followed(schema, self.components), self.components)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types that the schema names; none where it takes anything."""
        named = self.schema.get("type", [])
        return frozenset([named] if isinstance(named, str) else named)

    @property
    def variants(self) -> list[Shape]:
        """The schemas of which a value fits one; the schema itself where it offers no choice."""
        choices = self.schema.get("oneOf") or self.schema.get("anyOf")
        return [self.inner(choice) for choice in choices] if choices else [self]

    @property
    def required(self) -> frozenset[str]:
        """The properties that must be there."""
        return frozenset(self.schema.get("required", ()))

    def member(self, name: str) -> Shape | None:
        """What the property `name` holds, or None where the schema does not say."""
        found = self.schema.get("properties", {}).get(name, self.schema.get("additionalProperties"))
        return self.inner(found) if isinstance(found, Mapping) else None

    @property
    def items(self) -> Shape:
        """What a list holds."""
        return self.inner(self.schema.get("items", {}))


@dataclass(frozen=True)
class Operation:
    """An operation of a patched document.

    Attributes:
        success: the status of a call that went well.
        media_type: what its answer is then.
        shape: what is in that answer.
        errors: for each documented error, what its body holds.
    """

    id: str
    success: int
    media_type: str
    shape: Shape
    errors: Mapping[int, Shape]


@functools.cache
def operations(folder: Path = GENERATED) -> Sequence[Operation]:
    """Every operation of every patched document, in their order."""
    found: list[Operation] = []
    for path in sorted(folder.glob("*/openapi.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        components = document["components"]
        for item in document["paths"].values():
            found += [_operation(raw, components) for method, raw in item.items() if method in METHODS]
    return tuple(found)


def _operation(raw: Schema, components: Mapping[str, Any]) -> Operation:
    answers = {int(status): _answer(answer, components) for status, answer in raw["responses"].items()}
    success = min(status for status in answers if 200 <= status < 300)
    media_type, shape = answers[success]
    errors = {status: shape for status, (_, shape) in answers.items() if status >= 400}
    return Operation(raw["operationId"], success, media_type, shape, errors)


def _answer(raw: Schema, components: Mapping[str, Any]) -> tuple[str, Shape]:
    ((media_type, content),) = _followed(raw, components)["content"].items()
    return media_type, Shape({}, components).inner(content["schema"])


def _followed(schema: Schema, components: Mapping[str, Any]) -> Schema:
    while "$ref" in schema:
        kind, name = schema["$ref"].removeprefix("#/components/").split("/")
        schema = {**components[kind][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    for part in schema.get("allOf", ()):
        schema = _merged(schema, _followed(part, components))
    return {key: value for key, value in schema.items() if key != "allOf"}


def _merged(one: Schema, other: Schema) -> Schema:
    properties = {**one.get("properties", {}), **other.get("properties", {})}
    required = [*one.get("required", ()), *other.get("required", ())]
    return {**other, **one, "properties": properties, "required": required}


def example(shape: Shape, name: str = "value", number: int = 0, depth: int = 0) -> Any:
    """A value that fits `shape`, always the same: all properties, two items in each list, texts that name `name`.

    Args:
        shape: what to make an example of.
        name: the property that it is for.
        number: tells it from other items of the same list.
        depth: how many levels down it is.
    """
    shape = shape.variants[0]
    schema = shape.schema
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = next((each for each in _ORDER if each in shape.types), "string")
    if kind == "object":
        return _example_object(shape, number, depth)
    if kind == "array":
        count = 0 if depth > DEEPEST else max(2, schema.get("minItems", 0))
        return [example(shape.items, name, index, depth + 1) for index in range(count)]
    if kind == "string":
        return _example_text(schema, name, number)
    return {"integer": 7 + number, "number": 0.5 + number, "boolean": True, "null": None}[kind]


_ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")


def _example_object(shape: Shape, number: int, depth: int) -> dict[str, Any]:
    names = list(shape.schema.get("properties", {}))
    if depth > DEEPEST:
        names = [name for name in names if name in shape.required]
    made = {name: example(found, name, number, depth + 1) for name in names if (found := shape.member(name))}
    others = shape.schema.get("additionalProperties")
    if isinstance(others, Mapping):
        for index, variant in enumerate(shape.inner(others).variants):
            made[f"key{index}"] = example(variant, f"key{index}", number, depth + 1)
    return made or {"free": "Ada's own", "more": [1, None, {"deep": True}]}


def _example_text(schema: Schema, name: str, number: int) -> str:
    if given := [*schema.get("examples", ()), *words(schema)]:
        return given[0] if number == 0 or words(schema) else f"{given[0]}-{number}"
    by_format = {
        "date-time": f"2026-06-01T10:{number:02}:00Z",
        "date": f"2026-06-{number + 1:02}",
        "uri": f"https://files.example/audio-{number}.wav?Signature=Ada",
        "uuid": f"00000000-0000-4000-8000-{number:012}",
    }
    return by_format.get(schema.get("format", ""), f"Ada's {name} {number}")


def words(schema: Schema) -> list[str]:
    """The words that a string may be: those of its enum, or those that its description names in brackets."""
    if "enum" in schema or "const" in schema:
        return [word for word in schema.get("enum", [schema.get("const")]) if isinstance(word, str)]
    bracketed = re.findall(r"\(([^()]*)\)", schema.get("description", ""))
    return [word for text in bracketed for word in re.findall(r"`([^`]+)`", text)]


def accepts(shape: Shape, value: Any) -> bool:
    """Whether the document allows `value` there."""
    if shape.variants != [shape]:
        return sum(accepts(variant, value) for variant in shape.variants) == 1
    schema = shape.schema
    if shape.types and not shape.types & set(_kinds(value)):
        return False
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value is not schema["const"]):
        return False
    if isinstance(value, str):
        return _fits_format(schema.get("format"), value)
    return all(_parts(shape, value))


def _kinds(value: Any) -> Sequence[str]:
    if isinstance(value, float):
        return ("number", "integer") if value.is_integer() else ("number",) if math.isfinite(value) else ()
    kinds: dict[type, Sequence[str]] = {
        bool: ("boolean",),
        int: ("integer", "number"),
        str: ("string",),
        list: ("array",),
        dict: ("object",),
    }
    return kinds.get(type(value), ("null",))


def _parts(shape: Shape, value: Any) -> Iterator[bool]:
    if isinstance(value, dict):
        yield shape.required <= set(value)
        for name, part in value.items():
            yield (found := shape.member(name)) is None or accepts(found, part)
    elif isinstance(value, list):
        yield len(value) >= shape.schema.get("minItems", 0)
        for part in value:
            yield accepts(shape.items, part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value >= shape.schema.get("minimum", value)


def _fits_format(kind: str | None, text: str) -> bool:
    if kind == "uri":
        return bool(urlsplit(text).scheme) and text.isprintable() and " " not in text
    if kind != "date-time":
        return True
    # The validator of times that comes with the language knows no leap second.
    found = _TIME.fullmatch(text.replace(":59:60", ":59:59"))
    try:
        return found is not None and bool(datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4].upper()}"))
    except ValueError:
        return False
