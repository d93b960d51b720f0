"""What the emulator serves for itself: a page about it, the documents, and a way to turn its clock and add rows."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from polyai_data.emulator.control import page
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import JSON, Answer, to_json
from polyai_data.emulator.state.state import State
from polyai_data.openapi import PACKAGES

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""What the Host header names when somebody comes to the emulator and not to a host that it plays."""
DOCUMENT = "/openapi.yaml"
_CONTROL = "/_emulator/"
_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
# The page needs nothing but itself, and nothing else may be loaded into it.
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
}


class _Wrong(Exception):  # noqa: N818 - of the request, not of the program
    """A request that cannot be done."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def is_for(request: Request, vendor: str | None) -> bool:
    """Whether a request is for the emulator itself: for a document, or anything of its own on a loopback name."""
    if request.path == DOCUMENT and (vendor is not None or request.host in HOSTS):
        return True
    return request.host in HOSTS and (request.path in {"", "/"} or request.path.startswith(_CONTROL))


def serve(state: State, request: Request, vendor: str | None, renew: Callable[[], None]) -> Answer:
    """The answer to such a request.

    Args:
        state: what the emulator holds.
        request: what came in.
        vendor: whose host it is for; None for a loopback name.
        renew: puts the emulator back to its first state.
    """
    try:
        if request.path == DOCUMENT:
            _check_method(request, "GET", "HEAD")
            return _document(request, vendor)
        if request.path.startswith(_CONTROL):
            return _controlled(state, request, renew)
        _check_method(request, "GET", "HEAD")
    except _Wrong as wrong:
        return Answer(wrong.status, f"{wrong}\n".encode(errors="backslashreplace"), _TEXT, wrong.headers)
    return Answer(200, page.written(state, request.headers.get("host", "")).encode(), _HTML, _SAFE)


def _document(request: Request, vendor: str | None) -> Answer:
    wanted = request.query_values.get("vendor", [vendor or "polyai"])[-1]
    if wanted not in PACKAGES:
        raise _Wrong(400, f"vendor: {wanted!r} is none of {', '.join(PACKAGES)}")
    spec = importlib.util.find_spec(PACKAGES[wanted])
    if spec is None or not spec.submodule_search_locations:
        raise _Wrong(404, f"the document of {wanted} is not installed")
    content = Path(spec.submodule_search_locations[0], "openapi.yaml").read_bytes()
    return Answer(200, content, "application/yaml; charset=utf-8")


def _controlled(state: State, request: Request, renew: Callable[[], None]) -> Answer:
    name = request.path.removeprefix(_CONTROL)
    if name == "clock":
        _check_method(request, "GET", "HEAD", "POST")
        if request.method == "POST":
            _turn(state, _body(request, "now", "advance"))
        return Answer(200, to_json({"now": state.clock.now().isoformat()}), JSON)
    if name == "conversations":
        _check_method(request, "POST")
        return Answer(201, to_json({"conversationId": _added(state, request)}), JSON)
    if name == "reset":
        _check_method(request, "POST")
        _body(request)
        renew()
        return Answer(200, to_json({}), JSON)
    raise _Wrong(404, f"{name!r} is none of clock, conversations, reset")


def _turn(state: State, told: Mapping[str, Any]) -> None:
    if len(told) != 1:
        raise _Wrong(400, "give either now, a time with a time zone, or advance, a number of seconds")
    try:
        if "now" in told:
            state.clock.set(_moment("now", told["now"]))
        elif isinstance(told["advance"], bool) or not isinstance(told["advance"], int | float):
            raise _Wrong(400, f"advance: {told['advance']!r} is no number of seconds")
        else:
            state.clock.advance(told["advance"])
    except (ValueError, OverflowError) as error:
        raise _Wrong(400, f"the clock cannot be turned there ({error})") from error


def _added(state: State, request: Request) -> str:
    told = dict(_body(request, "agentId", "started_at", "channel", "environment", "in_progress", "said"))
    default = next(iter(state.world.agents))
    agent_id = told.pop("agentId", default)
    agent = state.world.agents.get(agent_id) if isinstance(agent_id, str) else None
    if agent is None:
        raise _Wrong(400, f"agentId: there is no agent {agent_id!r}")
    started_at = _moment("started_at", told.pop("started_at")) if "started_at" in told else None
    if isinstance(said := told.get("said"), list):
        told["said"] = tuple(tuple(turn) if isinstance(turn, list) else turn for turn in said)
    elif "said" in told:
        raise _Wrong(400, "said: must be a list with a pair of texts for each turn")
    try:
        return state.add_conversation(agent, started_at, **told).id
    except (ValueError, OverflowError) as error:
        raise _Wrong(400, str(error)) from error


def _moment(name: str, value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _Wrong(400, f"{name}: {value!r} is no date and time") from error
    if moment.tzinfo is None:
        raise _Wrong(400, f"{name}: {value!r} has no time zone")
    return moment


def _body(request: Request, *names: str) -> Mapping[str, Any]:
    # A page of the web can make a browser send a form here, but no JSON.
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
        raise _Wrong(415, f"the body must be declared as {JSON}")
    try:
        told = json.loads(request.body.decode() or "{}")
    except (ValueError, RecursionError) as error:
        raise _Wrong(400, f"the body is no JSON ({error})") from error
    if not isinstance(told, dict):
        raise _Wrong(400, "the body must be a JSON object")
    for name in told:
        if name not in names:
            raise _Wrong(400, f"the body has {name!r}; what it may have: {', '.join(names) or 'nothing'}")
    return told


def _check_method(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise _Wrong(
            405, f"{request.method} is not for this path; it takes {', '.join(methods)}", allow=", ".join(methods)
        )
