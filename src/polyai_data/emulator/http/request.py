"""Requests: reading them, and validating parameters and bodies against the document."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from polyai_data.emulator.http.errors import VALIDATION_FAILED, Refusal
from polyai_data.emulator.http.response import JSON
from polyai_data.openapi import Operation, Parameter

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    """Name in the Host header, in lower case and without a port; empty when there is none."""
    path: str
    """Still percent-encoded."""
    query: str
    headers: Mapping[str, str]
    """By name in lower case; of a repeated header, the last value."""
    body: bytes

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path, decoded one by one, so that an encoded slash does not split an id."""
        return tuple(unquote(segment) for segment in self.path.split("/")[1:])

    @cached_property
    def query_values(self) -> dict[str, list[str]]:
        return parse_qs(self.query, keep_blank_values=True)

    @property
    def media_type(self) -> str:
        """The content type in lower case and without its parameters; empty when there is none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


async def read(scope: Scope, receive: Receive) -> Request | None:
    """Read the request of an ASGI scope; None when the client disconnects before it is complete."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        host=_hostname(headers.get("host", "")),
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=bytes(body),
    )


def _hostname(host: str) -> str:
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdigit() else host.strip().lower()


def checked_query(operation: Operation, request: Request, path: Mapping[str, str]) -> dict[str, Any]:
    """All parameters except those of the path, by name: the value that was sent, else the default, else None.

    Raises a refusal when the document does not allow a value. Unknown parameters are ignored.
    """
    sent = {
        "path": {name: [value] for name, value in path.items()},
        "query": request.query_values,
        "header": {name: [value] for name, value in request.headers.items()},
    }
    values = {}
    for parameter in operation.parameters:
        name = parameter.name.lower() if parameter.location == "header" else parameter.name
        value = _checked(parameter, sent.get(parameter.location, {}).get(name))
        if parameter.location != "path":
            values[parameter.name] = value
    return values


def _checked(parameter: Parameter, texts: list[str] | None) -> Any:
    name = f"{parameter.location}.{parameter.name}"
    if texts is None:
        if parameter.required:
            _refuse([f"{name}: is required"])
        return parameter.default
    value = parameter.read(texts)
    if not parameter.shape.allows(value):
        _refuse(parameter.shape.complaints(value, name))
    return value


def checked_body(operation: Operation, request: Request) -> Any:
    """The JSON body; None for an operation without one. Raises a refusal when the document does not allow it."""
    if operation.body is None:
        return None
    if request.media_type not in {"", JSON}:
        _refuse([f"body: its content type is {request.media_type!r}, and must be {JSON}"])
    try:
        value = json.loads(request.body.decode("utf-8"))
        # Python reads NaN, which is not JSON, and JSON can spell a lone surrogate, which no response could carry.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refusal(400, VALIDATION_FAILED, f"body: is not JSON in UTF-8 ({error})") from error
    _refuse(operation.body.complaints(value, "body"))
    return value


def _refuse(complaints: list[str]) -> None:
    if complaints:
        raise Refusal(400, VALIDATION_FAILED, "; ".join(complaints))
