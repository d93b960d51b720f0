"""The patched documents, read at run time: operations, their parameters, rules and examples, servers and schemas.

It needs the extra `strict`, `emulator` or `conformance`, so only what those are for imports it.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from polyai_data.rules import Rule
from polyai_data.schema import Shape, follow

PACKAGES = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
"""The package that carries the patched document of each vendor."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# The document is written so that YAML 1.1 reads it as JSON; the C loader is many times faster, where there is one.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Server:
    """A server of operations: one region of one logical host."""

    url: str
    region: str
    aliases: tuple[str, ...]
    logical_host: str

    @property
    def hostname(self) -> str:
        """The host's name in lower case, without a port."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        location: `path`, `query` or `header`.
        type: the JSON type of the value.
        default: the value when the parameter is absent, or None.
        minimum, maximum: the least and the largest number allowed, or None.
        enum: the values allowed, in the document's order; empty where any are.
    """

    name: str
    location: str
    required: bool
    shape: Shape
    type: str
    default: Any
    minimum: Any
    maximum: Any
    enum: tuple[Any, ...]

    def read(self, texts: list[str]) -> Any:
        """The value of `texts` (at least one), by the parameter's type; text of another type is returned unchanged."""
        if self.type == "array":
            return list(texts)
        text = texts[-1]
        if self.type == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        if self.type == "boolean" and text in {"true", "false"}:
            return text == "true"
        return text


@dataclass(frozen=True)
class Operation:
    """An operation of a document."""

    id: str
    vendor: str
    method: str
    path: str
    logical_host: str
    servers: tuple[Server, ...]
    parameters: tuple[Parameter, ...]
    body: Shape | None
    responses: Mapping[int, Mapping[str, Shape]]
    """For each documented status, the shape of each documented content type."""
    key_header: str
    """Name of the header that carries the key, in lower case."""
    rules: tuple[Rule, ...] = ()
    """Which parameters go together; `polyai_data.rules.broken_rule` judges by them."""
    example: Any = None
    """An example of the request's JSON body, or None where the operation has no body. Copy it before changing it."""

    @functools.cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path between its slashes."""
        return tuple(self.path.strip("/").split("/"))

    @property
    def success(self) -> int:
        """The documented status of success."""
        return min(status for status in self.responses if 200 <= status < 300)

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; KeyError when there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The path parameters when the percent-decoded `segments` match the operation's path, else None."""
        if len(segments) != len(self.segments):
            return None
        values = {}
        for pattern, segment in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                values[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return values if all(values.values()) else None

    def url(self, region: str, **values: str) -> str:
        """The URL of the operation in `region`, with `values` for its path parameters."""
        base = next(server.url for server in self.servers if server.region == region)
        return base + self.path.format(**values)


@dataclass(frozen=True)
class Document:
    """The patched document of one vendor."""

    vendor: str
    operations: tuple[Operation, ...]

    @functools.cached_property
    def servers(self) -> tuple[Server, ...]:
        """Every server of the document, once, in its order."""
        return tuple(dict.fromkeys(server for operation in self.operations for server in operation.servers))

    def operation(self, operation_id: str) -> Operation:
        """The operation with that id; KeyError when there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


@functools.cache
def load(vendor: str) -> Document:
    """Read the patched document of `vendor`, `polyai` or `assemblyai`."""
    return read(vendor, content(vendor))


def read(vendor: str, document: Mapping[str, Any]) -> Document:
    """A document as it is written, read as that of `vendor`."""
    operations = (
        _operation(vendor, method, path, item[method], document["components"])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    )
    return Document(vendor, tuple(operations))


def content(vendor: str) -> dict[str, Any]:
    """The patched document of `vendor`, read anew."""
    document: dict[str, Any] = yaml.load(source(vendor), Loader=_LOADER)  # noqa: S506 - a safe one
    return document


def source(vendor: str) -> bytes:
    """The patched document of `vendor` as it is installed, in YAML."""
    package = PACKAGES[vendor]
    # Located without importing the package, which would import the HTTP client and every model.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return Path(spec.submodule_search_locations[0], "openapi.yaml").read_bytes()


def response_faults(operation_id: str, value: object) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with `value` as the JSON body of the operation's documented success; see `Shape.faults`.

    `*` stands for a name that the document leaves open: it is data, and may be personal.
    """
    operation = next(
        operation for vendor in PACKAGES for operation in load(vendor).operations if operation.id == operation_id
    )
    shape = operation.responses[operation.success]["application/json"]
    return [(shape.documented(path), message) for path, message in shape.faults(value)]


def _operation(vendor: str, method: str, path: str, raw: Mapping[str, Any], components: Mapping[str, Any]) -> Operation:
    scheme = next(iter(raw["security"][0]))
    body = _deref(raw.get("requestBody", {}), components)
    return Operation(
        id=raw["operationId"],
        vendor=vendor,
        method=method.upper(),
        path=path,
        logical_host=raw["x-logical-host"],
        servers=tuple(
            Server(
                server["url"].rstrip("/"),
                server["x-region"],
                tuple(server["x-region-aliases"]),
                server["x-logical-host"],
            )
            for server in raw["servers"]
        ),
        parameters=tuple(
            _parameter(_deref(parameter, components), components) for parameter in raw.get("parameters", ())
        ),
        body=_contents(body, components).get("application/json"),
        responses={
            int(status): _contents(_deref(response, components), components)
            for status, response in raw["responses"].items()
            if status.isdecimal()  # `default` and `4XX` are no statuses
        },
        key_header=components["securitySchemes"][scheme]["name"].lower(),
        rules=tuple(
            Rule(rule["parameter"], tuple(rule.get("needs", ())), tuple(rule.get("excludes", ())))
            for rule in raw.get("x-parameter-rules", ())
        ),
        example=body.get("content", {}).get("application/json", {}).get("example"),
    )


def _parameter(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Parameter:
    shape = Shape(raw["schema"], components)
    schema = shape.resolved()
    return Parameter(
        name=raw["name"],
        location=raw["in"],
        required=bool(raw.get("required")),
        shape=shape,
        type=str(schema.get("type", "string")),
        default=schema.get("default"),
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        enum=tuple(schema.get("enum", ())),
    )


def _contents(raw: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Shape]:
    return {name: Shape(content.get("schema", {}), components) for name, content in raw.get("content", {}).items()}


def _deref(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    return follow(raw["$ref"], components) if "$ref" in raw else raw
