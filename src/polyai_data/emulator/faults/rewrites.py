"""Rewriting answers as servers and the gateways before them do that do not keep to their documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from polyai_data.emulator.http.response import Answer, to_json
from polyai_data.openapi import Shape

FAULT = "x-emulator-fault"
_UNKNOWN_FIELD = "x_emulator_unknown"
_OF_FILES = frozenset({"accept-ranges", "content-range", "etag"})


class SwitchError(ValueError):
    """A switch that the emulator does not know, or that does not go with the answer."""


def _html(answer: Answer, argument: str) -> Answer:
    status = int(argument or 502)
    # Not every status that gateways use is a registered one.
    known = status in set(HTTPStatus)
    title = f"{status} {HTTPStatus(status).phrase if known else 'Unknown Error'}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    # A gateway says when to come back, but nothing about the file that it could not get.
    kept = {name: value for name, value in answer.headers.items() if name not in _OF_FILES}
    return replace(answer, status=status, body=page.encode(), content_type="text/html", headers=kept, shape=None)


def _empty(answer: Answer, _argument: str) -> Answer:
    return replace(answer, body=b"", shape=None)


def _null(value: Any, shape: Shape, _argument: str) -> None:
    for found, schema in list(_objects(value, shape)):
        found.update({name: None for name in schema["properties"] if name not in schema.get("required", ())})


def _unknown(value: Any, shape: Shape, _argument: str) -> None:
    for found, _ in list(_objects(value, shape)):
        found[_UNKNOWN_FIELD] = {"nested": [1, None, "ü"]}


def _missing(value: Any, shape: Shape, argument: str) -> None:
    for found, name in _targets(value, shape, argument):
        del found[name]


def _wrong_type(value: Any, shape: Shape, argument: str) -> None:
    for found, name in _targets(value, shape, argument):
        found[name] = _mistyped(found[name])


def _mistyped(value: Any) -> Any:
    if isinstance(value, list):
        return {"wrong": "type"}
    return 17 if isinstance(value, str) or value is None else "wrong type"


def _targets(value: Any, shape: Shape, name: str) -> list[tuple[dict[str, Any], str]]:
    """The objects and the field to spoil: `name` wherever it is, else a required field of the first item or the top."""
    objects = list(_objects(value, shape))
    if name:
        found = [(candidate, name) for candidate, _ in objects if name in candidate]
    else:
        # In a listing one item is spoilt and not the page, as the others must be readable all the same.
        chosen = [pair for pair in objects[1:] if pair[1].get("required")] or objects
        found = [
            (candidate, field)
            for candidate, schema in chosen[:1]
            for field in (*schema.get("required", ()), *schema["properties"])
            if field in candidate
        ][:1]
    if not found:
        raise SwitchError(f"{FAULT}: the answer has no field {name!r}")
    return found


def _objects(value: Any, shape: Shape) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Every object in `value` whose fields the document knows, with its schema, outermost first."""
    schema = shape.resolved()
    if isinstance(value, dict) and "properties" in schema:
        yield value, schema
        for name, inner in schema["properties"].items():
            yield from _objects(value.get(name), shape.inner(inner))
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            yield from _objects(item, shape.inner(schema["items"]))


def _on_json(name: str, change: Callable[[Any, Shape, str], None]) -> Callable[[Answer, str], Answer]:
    def rewrite(answer: Answer, argument: str) -> Answer:
        if answer.shape is None or answer.length == 0:
            raise SwitchError(f"{FAULT}: {name} needs a JSON answer that the document describes")
        value = json.loads(b"".join(answer.pieces()))
        change(value, answer.shape, argument)
        return replace(answer, body=to_json(value))

    return rewrite


Rewrite = Callable[[Answer, str], Answer]
REWRITES: Mapping[str, Rewrite] = {
    "html": _html,
    "empty": _empty,
    "null": _on_json("null", _null),
    "unknown": _on_json("unknown", _unknown),
    "missing": _on_json("missing", _missing),
    "wrong-type": _on_json("wrong-type", _wrong_type),
}
"""The ways of changing an answer, by name."""
