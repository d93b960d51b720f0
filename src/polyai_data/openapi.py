"""The patched documents, read at run time: operations, their parameters, rules and examples, servers and schemas.

It needs the extra `strict`, `emulator` or `conformance`, so only what those are for imports it.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import yaml

from polyai_data.rules import Rule

PACKAGES = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
"""The package that carries the patched document of each vendor."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_BASE_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE_LOADER):  # type: ignore[misc]
    """Reads a document as JSON would: what looks like a date stays a string."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class's own attribute, narrowed
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _BASE_LOADER.yaml_implicit_resolvers.items()
    }


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
class Shape:
    """A schema within its document, compiled on first use."""

    schema: Mapping[str, Any]
    components: Mapping[str, Any] = field(repr=False)

    @functools.cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator({**self.schema, "components": self.components}, validate_formats=True)

    @functools.cached_property
    def _masking_validator(self) -> jsonschema_rs.Draft202012Validator:
        schema = {**self.schema, "components": self.components}
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask="the value")

    def faults(self, value: object) -> list[tuple[tuple[str | int, ...], str]]:
        """What is wrong with `value`: the path to each fault, and a message without the value itself."""
        try:
            return [(tuple(error.instance_path), error.message) for error in self._masking_validator.iter_errors(value)]
        except (ValueError, RecursionError):
            return [((), "it is not valid JSON: it nests too deeply, or holds half of a surrogate pair")]

    def complaints(self, value: object, where: str) -> list[str]:
        """What is wrong with `value`, a line for each fault: `where[0].name: message`."""
        try:
            return [
                f"{_path(where, error.instance_path)}: {error.message}" for error in self._validator.iter_errors(value)
            ]
        except (ValueError, RecursionError) as error:
            return [f"{where}: cannot be read as JSON ({error})"]

    def resolved(self) -> Mapping[str, Any]:
        """The schema with its references followed; siblings of a reference win."""
        schema = self.schema
        while "$ref" in schema:
            siblings = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**_follow(schema["$ref"], self.components), **siblings}
        return schema

    def inner(self, schema: Mapping[str, Any]) -> Shape:
        """Another schema of the same document."""
        return Shape(schema, self.components)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    location: str
    required: bool
    shape: Shape

    @functools.cached_property
    def type(self) -> str:
        """The JSON type of the parameter's value."""
        return str(self.shape.resolved().get("type", "string"))

    @functools.cached_property
    def default(self) -> Any:
        """The value when the parameter is absent, or None."""
        return self.shape.resolved().get("default")

    @functools.cached_property
    def minimum(self) -> Any:
        """The least number allowed, or None."""
        return self.shape.resolved().get("minimum")

    @functools.cached_property
    def maximum(self) -> Any:
        """The largest number allowed, or None."""
        return self.shape.resolved().get("maximum")

    @functools.cached_property
    def enum(self) -> tuple[Any, ...]:
        """The values allowed, in the document's order; empty where any are."""
        return tuple(self.shape.resolved().get("enum", ()))

    def read(self, texts: list[str]) -> Any:
        """The value of `texts` (at least one), by the parameter's type; text of another type is returned unchanged."""
        if self.type == "array":
            return list(texts)
        return _scalar(self.type, texts[-1])


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
    return Document(vendor, tuple(_operations(vendor, content(vendor))))


def content(vendor: str) -> dict[str, Any]:
    """The patched document of `vendor` as it is written, read anew."""
    package = PACKAGES[vendor]
    # Located without importing the package, which would import the HTTP client and every model.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    source = Path(spec.submodule_search_locations[0], "openapi.yaml").read_bytes()
    document: dict[str, Any] = yaml.load(source, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    return document


def response_faults(operation_id: str, value: object) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with `value` as the JSON body of the operation's documented success; see `Shape.faults`."""
    operation = next(
        operation for vendor in PACKAGES for operation in load(vendor).operations if operation.id == operation_id
    )
    return operation.responses[operation.success]["application/json"].faults(value)


def _operations(vendor: str, content: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in content["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(vendor, method.upper(), path, item[method], content["components"])


def _operation(vendor: str, method: str, path: str, raw: Mapping[str, Any], components: Mapping[str, Any]) -> Operation:
    scheme = next(iter(raw["security"][0]))
    return Operation(
        id=raw["operationId"],
        vendor=vendor,
        method=method,
        path=path,
        logical_host=raw["x-logical-host"],
        servers=tuple(_server(server) for server in raw["servers"]),
        parameters=tuple(
            _parameter(_deref(parameter, components), components) for parameter in raw.get("parameters", ())
        ),
        body=_body(raw.get("requestBody"), components),
        responses={
            int(status): _contents(_deref(response, components), components)
            for status, response in raw["responses"].items()
        },
        key_header=components["securitySchemes"][scheme]["name"].lower(),
        rules=tuple(_rule(rule) for rule in raw.get("x-parameter-rules", ())),
        example=_example(raw.get("requestBody"), components),
    )


def _server(raw: Mapping[str, Any]) -> Server:
    return Server(raw["url"].rstrip("/"), raw["x-region"], tuple(raw["x-region-aliases"]), raw["x-logical-host"])


def _parameter(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Parameter:
    return Parameter(raw["name"], raw["in"], bool(raw.get("required")), Shape(raw["schema"], components))


def _body(raw: Mapping[str, Any] | None, components: Mapping[str, Any]) -> Shape | None:
    if raw is None:
        return None
    return _contents(_deref(raw, components), components)["application/json"]


def _example(raw: Mapping[str, Any] | None, components: Mapping[str, Any]) -> Any:
    return None if raw is None else _deref(raw, components)["content"]["application/json"].get("example")


def _rule(raw: Mapping[str, Any]) -> Rule:
    return Rule(raw["parameter"], tuple(raw.get("needs", ())), tuple(raw.get("excludes", ())))


def _contents(raw: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Shape]:
    return {name: Shape(content.get("schema", {}), components) for name, content in raw.get("content", {}).items()}


def _deref(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    return _follow(raw["$ref"], components) if "$ref" in raw else raw


def _follow(reference: str, components: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, name = reference.removeprefix("#/components/").split("/")
    component: Mapping[str, Any] = components[kind][name]
    return component


def _scalar(kind: str, text: str) -> Any:
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _path(where: str, path: list[str | int]) -> str:
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
