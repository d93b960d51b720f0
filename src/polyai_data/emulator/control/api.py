"""What the emulator serves for itself: its page, the documents, its clock, added conversations and the reset."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from polyai_data import openapi
from polyai_data.emulator.control import page
from polyai_data.emulator.http.errors import METHOD_NOT_ALLOWED, NOT_FOUND, VALIDATION_FAILED, Refusal
from polyai_data.emulator.http.locate import CONTROL_PREFIX, DOCUMENT_PATH
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import JSON, Response, to_json
from polyai_data.emulator.state.state import State
from polyai_data.openapi import PACKAGES
from polyai_data.schema import Shape

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
# The page is self-contained, and nothing else may be loaded into it.
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
}

_METHODS = {
    "clock": ("GET", "HEAD", "POST"),
    "conversations": ("POST",),
    "reset": ("POST",),
    "state": ("GET", "HEAD", "POST"),
}
_CLOCK = Shape(
    {
        "type": "object",
        "properties": {"now": {"type": "string", "format": "date-time"}, "advance": {"type": "number"}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
    {},
)
_OBJECT = Shape({"type": "object"}, {})
_NOTHING = Shape({"type": "object", "maxProperties": 0}, {})
_ENTRY = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "minItems": 3, "maxItems": 3}
_ENTRIES = Shape(
    {"type": "object", "properties": {"entries": {"type": "array", "items": _ENTRY}}, "required": ["entries"]}, {}
)


Restore: TypeAlias = Callable[[list[tuple[str, str, Any]] | None], None]
"""Goes back to the changes that were saved, or (None) to the first state."""


def respond(state: State, request: Request, vendor: str | None, restore: Restore) -> Response:
    """The response to a request for the emulator itself, on a host of `vendor` or (None) on a loopback name."""
    try:
        if request.path.startswith(CONTROL_PREFIX):
            return _controlled(state, request, restore)
        _check_method(request, "GET", "HEAD")
        if request.path == DOCUMENT_PATH:
            return _document(request, vendor)
    except Refusal as refusal:
        return Response(refusal.status, f"{refusal}\n".encode(errors="backslashreplace"), _TEXT, refusal.headers)
    return Response(200, page.render(state, request.headers.get("host", "")).encode(), _HTML, _SAFE)


def _document(request: Request, vendor: str | None) -> Response:
    name = request.query_values.get("vendor", [vendor or "polyai"])[-1]
    if name not in PACKAGES:
        raise Refusal(400, VALIDATION_FAILED, f"vendor: {name!r} is not one of {', '.join(PACKAGES)}")
    return Response(200, openapi.source(name), "application/yaml; charset=utf-8")


def _controlled(state: State, request: Request, restore: Restore) -> Response:
    name = request.path.removeprefix(CONTROL_PREFIX)
    if name not in _METHODS:
        raise Refusal(404, NOT_FOUND, f"{name!r} is not one of {', '.join(_METHODS)}")
    _check_method(request, *_METHODS[name])
    if name == "clock":
        if request.method == "POST":
            _set_clock(state, _body(request, _CLOCK))
        return Response(200, to_json({"now": state.clock.now().isoformat()}), JSON)
    if name == "conversations":
        return Response(201, to_json({"conversationId": _add_conversation(state, request)}), JSON)
    if name == "state":
        if request.method == "POST":
            entries = _body(request, _ENTRIES)["entries"]
            try:
                restore(entries)
            except ValueError as error:
                raise Refusal(400, VALIDATION_FAILED, str(error)) from error
            return Response(200, to_json({}), JSON)
        return Response(200, to_json(state.saved()), JSON)
    _body(request, _NOTHING)
    restore(None)
    return Response(200, to_json({}), JSON)


def _set_clock(state: State, values: Mapping[str, Any]) -> None:
    try:
        if "now" in values:
            state.clock.set(datetime.fromisoformat(values["now"]))
        else:
            state.clock.advance(values["advance"])
    except (ValueError, OverflowError) as error:
        raise Refusal(400, VALIDATION_FAILED, f"the clock cannot show that time ({error})") from error


def _add_conversation(state: State, request: Request) -> str:
    values = dict(_body(request, _OBJECT))
    agent_id = values.pop("agentId", next(iter(state.world.agents)))
    agent = state.world.agents.get(agent_id) if isinstance(agent_id, str) else None
    if agent is None:
        raise Refusal(400, VALIDATION_FAILED, f"agentId: there is no agent {agent_id!r}")
    try:
        return state.add_conversation(agent, values).id
    except (ValueError, OverflowError) as error:
        raise Refusal(400, VALIDATION_FAILED, str(error)) from error


def _body(request: Request, shape: Shape) -> Mapping[str, Any]:
    # A web page can make a browser send a form here, but not JSON.
    if request.media_type != JSON:
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"the content type is {request.media_type!r}, and must be {JSON}")
    try:
        values: Mapping[str, Any] = json.loads(request.body.decode() or "{}")
    except (ValueError, RecursionError) as error:
        raise Refusal(400, VALIDATION_FAILED, f"the body is not JSON ({error})") from error
    if complaints := shape.complaints(values, "body"):
        raise Refusal(400, VALIDATION_FAILED, "; ".join(complaints))
    return values


def _check_method(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Refusal(
            405, METHOD_NOT_ALLOWED, f"this path does not take {request.method}, only {allowed}", {"allow": allowed}
        )
