"""JSON schemas of the patched documents: what they allow, what they say of each part of a value, and where."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

Pointer = tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """A schema within its document, compiled on first use.

    Attributes:
        pointer: where it is written in the document, as far as that is known.
        owners: where the schema is written that names a property, by the property; parts of `allOf` differ there.
        parts: the shapes that it is made of, where they are written at several places.
    """

    schema: Mapping[str, Any]
    components: Mapping[str, Any] = field(repr=False)
    pointer: Pointer = field(default=(), compare=False)
    owners: Mapping[str, Pointer] = field(default_factory=dict, repr=False, compare=False)
    parts: tuple[Shape, ...] = field(default=(), repr=False, compare=False)

    @functools.cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return self._compiled()

    @functools.cached_property
    def _masking_validator(self) -> jsonschema_rs.Draft202012Validator:
        return self._compiled(mask="the value")

    def _compiled(self, **options: Any) -> jsonschema_rs.Draft202012Validator:
        schema = dict(self.schema)
        if "$ref" in repr(schema):  # reading all components takes milliseconds, and most schemas need none
            schema["components"] = self.components
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, **options)

    def faults(self, value: object) -> list[tuple[tuple[str | int, ...], str]]:
        """What is wrong with `value`: the path to each fault, and a message without the value itself."""
        try:
            return [(_steps(error, value), error.message) for error in self._masking_validator.iter_errors(value)]
        except (ValueError, RecursionError):
            return [((), "it is not valid JSON: it nests too deeply, or holds half of a surrogate pair")]

    def allows(self, value: object) -> bool:
        """Whether nothing is wrong with `value`."""
        try:
            return self._validator.is_valid(value)
        except (ValueError, RecursionError):
            return False

    def complaints(self, value: object, where: str) -> list[str]:
        """What is wrong with `value`, a line for each fault: `where[0].name: message`."""
        try:
            return [
                f"{_path(where, _steps(error, value))}: {error.message}" for error in self._validator.iter_errors(value)
            ]
        except (ValueError, RecursionError) as error:
            return [f"{where}: cannot be read as JSON ({error})"]

    def resolved(self) -> Mapping[str, Any]:
        """The schema with its references followed; siblings of a reference win."""
        return self._followed().schema

    def inner(self, schema: Mapping[str, Any]) -> Shape:
        """Another schema of the same document."""
        return Shape(schema, self.components)

    def _followed(self) -> Shape:
        here = self
        while "$ref" in here.schema:
            pointer = tuple(here.schema["$ref"].removeprefix("#/").split("/"))
            siblings = {key: value for key, value in here.schema.items() if key != "$ref"}
            schema = {**follow(here.schema["$ref"], self.components), **siblings}
            here = Shape(schema, self.components, pointer)
        return here

    @functools.cached_property
    def variants(self) -> list[Shape]:
        """The alternatives that it names, without references, and with the parts of `allOf` joined."""
        here = self._followed()
        parts = self.parts or [part for word in ("anyOf", "oneOf") for part in here._inside(word)]
        if parts:
            return [variant for part in parts for variant in part.variants]
        own = {key: value for key, value in here.schema.items() if key != "allOf"}
        owners = here.owners or dict.fromkeys(own.get("properties", ()), here.pointer)
        plain = Shape(own, self.components, here.pointer, owners)
        every = itertools.product(*(part.variants for part in here._inside("allOf")))
        return [functools.reduce(_joined, each, plain) for each in every]

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """The JSON types that it allows."""
        kinds = frozenset(kind for each in self.variants for kind in _types(each.schema) or KINDS)
        return kinds | {"integer"} if "number" in kinds else kinds

    @functools.cached_property
    def expected(self) -> str:
        """The types that it allows, in words: `documented string (date-time) or null`."""
        names = dict.fromkeys(
            f"{name} ({each.schema['format']})" if "format" in each.schema and name != "null" else name
            for each in self.variants
            for name in _types(each.schema)
        )
        return f"documented {' or '.join(names) or 'value'}"

    def allowing(self, kind: str) -> list[Shape]:
        """The variants that allow a JSON type."""
        return [each for each in self.variants if kind in each.kinds]

    @functools.cached_property
    def properties(self) -> dict[str, Shape]:
        """The properties that a variant of it names."""
        names = dict.fromkeys(name for each in self.variants for name in each.schema.get("properties", ()))
        return {name: shape for name in names if (shape := self._either("properties", name))}

    @functools.cached_property
    def others(self) -> Shape | None:
        """The shape of the properties that it does not name; None where the document has none for them."""
        return self._either("additionalProperties")

    @functools.cached_property
    def items(self) -> Shape | None:
        """The shape of the items of a list; None where the document has none."""
        return self._either("items")

    def at(self, step: str | int) -> tuple[str | int, Shape]:
        """The name and the shape of a part of a value; `*` is each name that the document leaves open."""
        if isinstance(step, int):
            return step, self.items or ANYTHING
        named = self.properties.get(step)
        return (step, named) if named else ("*", self.others or ANYTHING)

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The properties that an object must have; where there are alternatives, those of the first one."""
        return tuple(name for each in self.allowing("object")[:1] for name in each.schema.get("required", ()))

    @functools.cached_property
    def example(self) -> Any:
        """A value that it allows, the schema's own where one fits, else the least. Copy it before changing it."""
        schema = self.resolved()
        own = [schema[word] for word in ("const", "default", "example") if word in schema]
        own += [*schema.get("enum", ()), *schema.get("examples", ())]
        made = (
            value for each in self.variants for kind in _types(each.schema) or ["object"] for value in each._made(kind)
        )
        value = None
        for value in itertools.chain(own, made):
            if self.allows(value):
                break
        return value

    def _made(self, kind: str) -> list[Any]:
        """Values of a type, of which the schema may allow one."""
        schema = self.schema
        if kind == "object":
            return [{name: self.at(name)[1].example for name in self.required}]
        if kind == "array":
            return [[self.at(0)[1].example] * schema.get("minItems", 0)]
        if kind == "string":
            text = _EXAMPLES.get(schema.get("format", ""), "example")
            return [text.ljust(schema.get("minLength", 0), "e")[: schema.get("maxLength")]]
        if kind in {"integer", "number"}:
            ends = [schema[word] for word in _ENDS if word in schema]
            return [0, *ends, *(end + step for end in ends for step in (1, -1))]
        return [None if kind == "null" else False]

    def filled(self, value: Any) -> Any:
        """The value, with an example for each required property that an object in it lacks."""
        if isinstance(value, list):
            return [self.at(0)[1].filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        lacking = [name for name in self.required if name not in value]
        return {
            **{name: self.at(name)[1].filled(part) for name, part in value.items()},
            **{name: self.at(name)[1].example for name in lacking},
        }

    def documented(self, path: Iterable[str | int]) -> tuple[str | int, ...]:
        """The path to a part of a value, with `*` for each name that the document leaves open."""
        here, steps = self, list[str | int]()
        for step in path:
            name, here = here.at(step)
            steps.append(name)
        return tuple(steps)

    def _either(self, *keys: str) -> Shape | None:
        """What variants have at `keys`, as alternatives; None where none has a schema there."""
        parts = []
        for each in self.variants:
            inside: Any = each.schema
            for key in keys:
                inside = inside.get(key, {} if key == "properties" else None)
            if isinstance(inside, Mapping):
                pointer = each.owners.get(keys[-1], each.pointer) if len(keys) > 1 else each.pointer
                parts.append(Shape(inside, self.components, (*pointer, *keys)))
        if not parts or all(part.schema == parts[0].schema for part in parts):
            return parts[0] if parts else None
        return Shape({"anyOf": [part.schema for part in parts]}, self.components, parts[0].pointer, parts=tuple(parts))

    def _inside(self, word: str) -> list[Shape]:
        return [
            Shape(schema, self.components, (*self.pointer, word, str(index)))
            for index, schema in enumerate(self.schema.get(word, ()))
        ]


ANYTHING = Shape({}, {})
KINDS = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
"""The types of JSON."""
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
_EXAMPLES = {
    "date": "2026-05-04",
    "date-time": "2026-05-04T12:00:00Z",
    "duration": "PT1M",
    "email": "example@mail.example",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "time": "12:00:00Z",
    "uri": "https://example.example/example",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_ENDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
_IMPLIED = {"properties": "object", "additionalProperties": "object", "items": "array", "format": "string"}


def kind_of(value: object) -> str:
    """The JSON type of a value. A number without a fraction is an integer, as in JSON Schema."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return _KINDS.get(type(value), "null")


def listed(schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The values that a schema allows; None where it lists none."""
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ())) or None


def _types(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("type") or list(dict.fromkeys(map(kind_of, listed(schema) or ())))
    named = named or next((kind for word, kind in _IMPLIED.items() if word in schema), [])
    return [named] if isinstance(named, str) else named


def _joined(one: Shape, other: Shape) -> Shape:
    """Two parts of `allOf`."""
    names = {**one.schema.get("properties", {}), **other.schema.get("properties", {})}
    required = [*one.schema.get("required", ()), *other.schema.get("required", ())]
    schema = {**one.schema, **other.schema, "required": required, **({"properties": names} if names else {})}
    return Shape(schema, one.components, other.pointer, {**one.owners, **other.owners})


def follow(reference: str, components: Mapping[str, Any]) -> Mapping[str, Any]:
    """The component that a reference names."""
    kind, name = reference.removeprefix("#/components/").split("/")
    component: Mapping[str, Any] = components[kind][name]
    return component


def _steps(error: jsonschema_rs.ValidationError, value: Any) -> tuple[str | int, ...]:
    """The path to a fault in `value`. The validator takes names such as `3`, `007` and `+44` for indexes."""
    steps: list[str | int] = []
    for step in error.instance_path:
        if isinstance(step, int) and isinstance(value, Mapping):
            steps.append(next(name for name in value if (name.removeprefix("+").lstrip("0") or "0") == str(step)))
        else:
            steps.append(step)
        value = value[steps[-1]]
    return tuple(steps)


def _path(where: str, path: Iterable[str | int]) -> str:
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
