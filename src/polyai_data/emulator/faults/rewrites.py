"""Rewriting responses, as servers that break their documents and the gateways before them do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from polyai_data.emulator.faults.switches import FAULT, SwitchError, Switches
from polyai_data.emulator.http.response import Response, to_json
from polyai_data.schema import Shape

_UNKNOWN_FIELD = "x_emulator_unknown"
_FILE_HEADERS = frozenset({"accept-ranges", "content-range", "etag"})
Object = tuple[dict[str, Any], Mapping[str, Any]]
"""A JSON object and its schema."""


def rewrite(response: Response, switches: Switches) -> Response:
    """The response after all rewriting faults.

    A fault that does not fit the response raises SwitchError when the request asked for it; else the response stays.
    """
    original = response
    try:
        for name, argument in switches.faults:
            if name == "html":
                response = _html(response, int(argument or 502))
            elif name == "empty":
                response = replace(response, body=b"", shape=None)
            elif name in _JSON_REWRITES:
                response = _json(response, name, argument)
    except SwitchError:
        if switches.unasked is None:
            raise
        return original
    return response


def _html(response: Response, status: int) -> Response:
    # Gateways use statuses that are not registered, too.
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown Error"
    title = f"{status} {phrase}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    # A gateway says when to come back, but nothing about the file that it could not get.
    headers = {name: value for name, value in response.headers.items() if name not in _FILE_HEADERS}
    return replace(response, status=status, body=page.encode(), content_type="text/html", headers=headers, shape=None)


def _json(response: Response, name: str, argument: str) -> Response:
    if response.shape is None or response.length == 0:
        raise SwitchError(f"{FAULT}: {name} needs a JSON response that the document describes")
    value = json.loads(b"".join(response.pieces()))
    _JSON_REWRITES[name](list(_objects(value, response.shape)), argument)
    return replace(response, body=to_json(value))


def _null(objects: list[Object], _argument: str) -> None:
    for value, schema in objects:
        value.update({name: None for name in schema["properties"] if name not in schema.get("required", ())})


def _unknown(objects: list[Object], _argument: str) -> None:
    for value, _ in objects:
        value[_UNKNOWN_FIELD] = {"nested": [1, None, "ü"]}


def _missing(objects: list[Object], argument: str) -> None:
    for value, name in _fields(objects, argument):
        del value[name]


def _wrong_type(objects: list[Object], argument: str) -> None:
    for value, name in _fields(objects, argument):
        value[name] = _mistyped(value[name])


def _mistyped(value: Any) -> Any:
    if isinstance(value, list):
        return {"wrong": "type"}
    return 17 if isinstance(value, str) or value is None else "wrong type"


def _fields(objects: list[Object], name: str) -> list[tuple[dict[str, Any], str]]:
    """The fields to spoil: `name` wherever it occurs, else a required field of the first item or of the top."""
    if name:
        fields = [(value, name) for value, _ in objects if name in value]
    else:
        # In a listing one item is spoilt and not the page, as the other items must stay readable.
        value, schema = next((item for item in objects[1:] if item[1].get("required")), objects[0])
        names = (*schema.get("required", ()), *schema["properties"])
        fields = [(value, each) for each in names if each in value][:1]
    if not fields:
        raise SwitchError(f"{FAULT}: the response has no field {name!r}")
    return fields


def _objects(value: Any, shape: Shape) -> Iterator[Object]:
    """Every object in `value` whose fields the document describes, outermost first."""
    schema = shape.resolved()
    if isinstance(value, dict) and "properties" in schema:
        yield value, schema
        for name, inner in schema["properties"].items():
            yield from _objects(value.get(name), shape.inner(inner))
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            yield from _objects(item, shape.inner(schema["items"]))


_JSON_REWRITES: Mapping[str, Callable[[list[Object], str], None]] = {
    "null": _null,
    "unknown": _unknown,
    "missing": _missing,
    "wrong-type": _wrong_type,
}
