"""The patched documents, read at run time: operations, the hosts that serve them, and what is valid.

It needs what the extras `emulator` and `strict` bring, so it is imported only where those are used.
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
    """A host that serves operations: one region of one logical host."""

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
    """A schema within its document, compiled when it is first asked about a value."""

    schema: Mapping[str, Any]
    components: Mapping[str, Any] = field(repr=False)

    @functools.cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator({**self.schema, "components": self.components}, validate_formats=True)

    @functools.cached_property
    def _discreet(self) -> jsonschema_rs.Draft202012Validator:
        schema = {**self.schema, "components": self.components}
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask="what is there")

    def faults(self, value: object) -> list[tuple[tuple[str | int, ...], str]]:
        """What is wrong with `value`: the steps down to each fault, and what it is, without the value itself."""
        try:
            return [(tuple(error.instance_path), error.message) for error in self._discreet.iter_errors(value)]
        except (ValueError, RecursionError):
            return [((), "it holds what no JSON does, such as half a character")]

    def complaints(self, value: object, where: str) -> list[str]:
        """What is wrong with `value`, a line for each fault, which begins with its place; `where` is the root."""
        try:
            return [
                f"{_place(where, error.instance_path)}: {error.message}" for error in self._validator.iter_errors(value)
            ]
        except (ValueError, RecursionError) as error:
            return [f"{where}: cannot be read as JSON ({error})"]

    def resolved(self) -> Mapping[str, Any]:
        """The schema itself, where it was a reference to another one; siblings of the reference win."""
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
        """The JSON type that the parameter's text is read as."""
        return str(self.shape.resolved().get("type", "string"))

    @functools.cached_property
    def default(self) -> Any:
        """What the operation takes when the parameter is absent; None where the document tells nothing."""
        return self.shape.resolved().get("default")

    def read(self, texts: list[str]) -> Any:
        """The value that `texts` (at least one) stand for; text that is no such value is returned as it is."""
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

    @functools.cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path between its slashes."""
        return tuple(self.path.strip("/").split("/"))

    @property
    def success(self) -> int:
        """The status of a call that went well."""
        return min(status for status in self.responses if 200 <= status < 300)

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The path parameters when `segments` (percent-decoded) are this operation's path; None when they are not."""
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
        """The address of the operation in `region`, a region of its servers, with `values` for its path parameters."""
        base = next(server.url for server in self.servers if server.region == region)
        return base + self.path.format(**values)


@dataclass(frozen=True)
class Document:
    """The patched document of one vendor."""

    vendor: str
    operations: tuple[Operation, ...]

    @functools.cached_property
    def servers(self) -> tuple[Server, ...]:
        """Every host of the document, once, in its order."""
        return tuple(dict.fromkeys(server for operation in self.operations for server in operation.servers))

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id; KeyError when there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


@functools.cache
def load(vendor: str) -> Document:
    """Read the patched document of `vendor`, `polyai` or `assemblyai`."""
    package = PACKAGES[vendor]
    # Found without importing the package, which would bring the HTTP client and every model with it.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    source = Path(spec.submodule_search_locations[0], "openapi.yaml").read_bytes()
    content = yaml.load(source, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    return Document(vendor, tuple(_operations(vendor, content)))


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
    )


def _server(raw: Mapping[str, Any]) -> Server:
    return Server(raw["url"].rstrip("/"), raw["x-region"], tuple(raw["x-region-aliases"]), raw["x-logical-host"])


def _parameter(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Parameter:
    return Parameter(raw["name"], raw["in"], bool(raw.get("required")), Shape(raw["schema"], components))


def _body(raw: Mapping[str, Any] | None, components: Mapping[str, Any]) -> Shape | None:
    if raw is None:
        return None
    return _contents(_deref(raw, components), components)["application/json"]


def _contents(raw: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Shape]:
    return {name: Shape(content.get("schema", {}), components) for name, content in raw.get("content", {}).items()}


def _deref(raw: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    return _follow(raw["$ref"], components) if "$ref" in raw else raw


def _follow(reference: str, components: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, name = reference.removeprefix("#/components/").split("/")
    found: Mapping[str, Any] = components[kind][name]
    return found


def _scalar(kind: str, text: str) -> Any:
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _place(where: str, path: list[str | int]) -> str:
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
