"""The patched documents as the tests read them: plain YAML, without the reader that the package itself uses."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import yaml

Schema = Mapping[str, Any]
JSON = "application/json"
VENDORS = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d(?:\.\d+)?)(?:[Zz]|([+-])(\d\d):(\d\d))")


@dataclass(frozen=True)
class Operation:
    """An operation of a document.

    Attributes:
        raw: the operation as the document writes it.
        components: the components of its document.
    """

    id: str
    vendor: str
    method: str
    path: str
    raw: Mapping[str, Any] = field(repr=False)
    components: Mapping[str, Any] = field(repr=False)

    def resolve(self, node: Schema) -> Schema:
        """`node` with its reference followed; siblings of the reference win."""
        while "$ref" in node:
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            node = {**self.components[kind][name], **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    @property
    def logical_host(self) -> str:
        return str(self.raw["x-logical-host"])

    @property
    def servers(self) -> Mapping[str, Mapping[str, Any]]:
        """The server of each region."""
        return {server["x-region"]: server for server in self.raw["servers"]}

    def host(self, region: str) -> str:
        """The host that serves the operation in a region."""
        return str(urlsplit(self.servers[region]["url"]).netloc)

    @property
    def key_header(self) -> str:
        """The header that carries the key, in lower case."""
        ((scheme, _),) = self.raw["security"][0].items()
        return str(self.components["securitySchemes"][scheme]["name"]).lower()

    def parameters(self, location: str) -> Mapping[str, Schema]:
        """The schemas of the parameters in `path`, `query` or `header`."""
        resolved = [self.resolve(parameter) for parameter in self.raw.get("parameters", ())]
        return {each["name"]: self.resolve(each["schema"]) for each in resolved if each["in"] == location}

    @property
    def rules(self) -> list[Mapping[str, Any]]:
        """Which query parameters need or exclude others."""
        return list(self.raw.get("x-parameter-rules", ()))

    @property
    def body_schema(self) -> Schema | None:
        """The schema of the request body; None where there is no body."""
        content = self.resolve(self.raw.get("requestBody", {})).get("content")
        return self.resolve(content[JSON]["schema"]) if content else None

    @property
    def body(self) -> Any:
        """The example request body; None where there is no body."""
        content = self.resolve(self.raw.get("requestBody", {})).get("content")
        return content[JSON]["example"] if content else None

    def content(self, status: int) -> tuple[str, Schema]:
        """The media type and the schema of a response."""
        ((media_type, content),) = self.resolve(self.raw["responses"][str(status)])["content"].items()
        return media_type, self.resolve(content["schema"])

    @property
    def statuses(self) -> list[int]:
        """The documented statuses, in order."""
        return sorted(int(status) for status in self.raw["responses"] if status.isdecimal())

    @property
    def success(self) -> int:
        """The first documented status of a success."""
        return self.statuses[0]

    @property
    def media_type(self) -> str:
        """The media type of a success."""
        return self.content(self.success)[0]

    @property
    def response(self) -> Schema:
        """The schema of a success."""
        return self.content(self.success)[1]

    def errors(self, schema: Schema, value: Any) -> list[str]:
        """What `schema`, of the same document, does not allow in `value`."""
        validator = _validator(self.vendor, json.dumps(schema, sort_keys=True))
        try:
            return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]
        except ValueError as error:
            return [f"not JSON: {error}"]


@functools.cache
def _document(vendor: str) -> Mapping[str, Any]:
    text = files(VENDORS[vendor]).joinpath("openapi.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


@functools.cache
def _validator(vendor: str, schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": _document(vendor)["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@functools.cache
def operations() -> Mapping[str, Operation]:
    """The operations of both documents, by id."""
    result = {}
    for vendor in VENDORS:
        document = _document(vendor)
        for path, item in document["paths"].items():
            for method in _METHODS & set(item):
                raw = item[method]
                operation = Operation(raw["operationId"], vendor, method.upper(), path, raw, document["components"])
                result[operation.id] = operation
    return dict(sorted(result.items()))


@functools.cache
def regions(vendor: str) -> Mapping[str, str]:
    """The canonical name of each region of a vendor, by each of its names."""
    return {
        name: region
        for operation in operations().values()
        if operation.vendor == vendor
        for region, server in operation.servers.items()
        for name in (region, *server["x-region-aliases"])
    }


def instant(text: str) -> Fraction:
    """The point in time of an RFC 3339 date-time, in exact seconds. A leap second is the next minute's first.

    Raises:
        ValueError: `text` is not a date-time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, clock, seconds, sign, hours, minutes = match.groups()
    # Only the minute goes through `datetime`, which has fewer digits.
    minute = Fraction(datetime.fromisoformat(f"{day}T{clock}:00+00:00").timestamp())
    offset = (int(hours) * 60 + int(minutes)) * 60 * int(f"{sign}1") if sign else 0
    return minute + Fraction(seconds) - offset


def example(operation: Operation, schema: Schema, name: str = "value", number: int = 0) -> Any:
    """A value that `schema` allows, always the same: all properties, two items in each list, texts that name `name`.

    Args:
        operation: the operation whose document the schema is from.
        schema: what to make an example of.
        name: the property that it is for.
        number: the index of the item that it is in.
    """
    schema = operation.resolve(schema)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return example(operation, schema[word][0], name, number)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    match first_type(schema):
        case "object":
            made = {key: example(operation, part, key, number) for key, part in schema.get("properties", {}).items()}
            if isinstance(extra := schema.get("additionalProperties"), Mapping):
                for index, variant in enumerate(extra.get("oneOf", [extra])):
                    made[f"key{index}"] = example(operation, variant, f"key{index}", number)
            return made or {"free": "Ada's own", "more": [1, None, {"deep": True}]}
        case "array":
            return [example(operation, schema.get("items", {}), name, index) for index in range(2)]
        case kind:
            return _scalar(schema, kind, name, number)


def _scalar(schema: Schema, kind: str, name: str, number: int) -> Any:
    if kind in {"integer", "number"}:
        value = number + (7 if kind == "integer" else 0.5)
        return max(schema.get("minimum", value), min(value, schema.get("maximum", value)))
    if kind != "string":
        return True if kind == "boolean" else None
    if name == "conversationId":
        return f"CA-{number + 1}"  # an id that a path can have, and that a response must repeat
    by_format = {
        "date-time": f"2026-06-01T10:{number:02}:00Z",
        "date": "2026-06-01",
        "uri": "https://files.example/a.wav?key=Ada",
    }
    # The documents promise no format for some texts that are usually times, and are read as such.
    form = schema.get("format", "date-time" if name.endswith("At") else "")
    return by_format.get(form, f"Ada's {name} {number}")


def first_type(schema: Schema) -> str:
    """The first JSON type that a schema names; `string` where it names none."""
    named = schema.get("type", "string")
    return str(named if isinstance(named, str) else named[0])
