"""The patched documents as the tests of the wire read them, with nothing of the client's own reading of them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import yaml

Schema = Mapping[str, Any]
VENDORS = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
JSON = "application/json"
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))")


@dataclass(frozen=True)
class Operation:
    """An operation of a document, as it is written there."""

    id: str
    vendor: str
    method: str
    path: str
    raw: Mapping[str, Any] = field(repr=False)
    components: Mapping[str, Any] = field(repr=False)

    def follow(self, node: Schema) -> Schema:
        """What `node` stands for, where it is a reference; its siblings win."""
        while "$ref" in node:
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            node = {**self.components[kind][name], **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    @property
    def logical_host(self) -> str:
        """Which of the vendor's hosts serve it."""
        return str(self.raw["x-logical-host"])

    @property
    def parameters(self) -> list[Schema]:
        """Its parameters, each with its schema followed."""
        found = [self.follow(parameter) for parameter in self.raw.get("parameters", ())]
        return [{**parameter, "schema": self.follow(parameter["schema"])} for parameter in found]

    @property
    def body(self) -> Mapping[str, Schema]:
        """The schema of its body for each media type; none where it takes no body."""
        return _contents(self.follow(self.raw.get("requestBody", {})))

    @property
    def answers(self) -> Mapping[int, Mapping[str, Schema]]:
        """The schema of its answers for each status and media type."""
        return {int(status): _contents(self.follow(answer)) for status, answer in self.raw["responses"].items()}

    @property
    def success(self) -> int:
        """The status of a call that went well."""
        return min(status for status in self.answers if status < 300)

    @property
    def key_header(self) -> str:
        """The header that carries the key, in lower case."""
        ((scheme, _),) = self.raw["security"][0].items()
        return str(self.components["securitySchemes"][scheme]["name"]).lower()

    def host(self, region: str) -> str | None:
        """The host that serves it in a region, or None where none does."""
        for server in self.raw["servers"]:
            if server["x-region"] == region:
                return str(urlsplit(server["url"]).netloc)
        return None

    def complaints(self, schema: Schema, value: Any) -> list[str]:
        """What makes `value` none that `schema`, of the same document, allows."""
        whole = {**schema, "components": self.components}
        return [error.message for error in _validator(json.dumps(whole, sort_keys=True)).iter_errors(value)]


def _contents(node: Schema) -> dict[str, Schema]:
    return {name: content["schema"] for name, content in node.get("content", {}).items()}


@functools.cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)


@functools.cache
def operations() -> Mapping[str, Operation]:
    """The operations of both documents, by id."""
    found = {}
    for vendor, package in VENDORS.items():
        document = yaml.safe_load(files(package).joinpath("openapi.yaml").read_text(encoding="utf-8"))
        for path, item in document["paths"].items():
            for method in set(METHODS) & set(item):
                name = item[method]["operationId"]
                found[name] = Operation(name, vendor, method.upper(), path, item[method], document["components"])
    return dict(sorted(found.items()))


@functools.cache
def regions(vendor: str) -> Mapping[str, str]:
    """The canonical name of each region of a vendor, by each of its names."""
    return {
        name: server["x-region"]
        for operation in operations().values()
        if operation.vendor == vendor
        for server in operation.raw["servers"]
        for name in (server["x-region"], *server["x-region-aliases"])
    }


@functools.cache
def studio(region: str) -> str:
    """The address of the region's Agent Studio."""
    rows = (server for operation in operations().values() for server in operation.raw["servers"])
    return str(next(row["x-studio-url"] for row in rows if row["x-region"] == region and "x-studio-url" in row))


def instant(text: str) -> Fraction:
    """The point in time that an RFC 3339 date-time names: seconds, exactly. A leap second is the next minute's first.

    The language's own type for times is left out of it: it has fewer digits and fewer years.

    Raises:
        ValueError: it is none.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(found[number]) for number in range(1, 7))
    # The calendar repeats after 400 years, and the language's begins with the year 1 and ends with 9999.
    days = date(year % 400 + 400, month, day).toordinal() + year // 400 * 146097
    offset = (int(found[9]) * 60 + int(found[10])) * (-1 if found[8] == "-" else 1) if found[8] else 0
    return Fraction(((days * 24 + hour) * 60 + minute - offset) * 60 + second) + Fraction(f"0{found[7] or ''}")
