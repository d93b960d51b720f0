"""The requests that a call must send, as the document says, and what is wrong with those that it did send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.facade.calls import argument
from tests.facade.document_clients import CHAT, CURSOR, IDS, KEYS, LINK, Setting
from tests.facade.document_values import canonical
from tests.support.document import JSON, Operation, Schema, operations
from tests.support.scripted_server import Received

_TRANSPORT = frozenset({"host", "accept", "accept-encoding", "connection", "user-agent"})
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$'()*,;:@/?+&=-]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True)
class Expected:
    """A request that a call must send.

    Attributes:
        server: the host and the base path.
        arguments: by the facade's names; what is None was not given.
        headers: the user's own that must arrive, by name in lower case.
    """

    operation: Operation
    server: tuple[str, str]
    key: str
    arguments: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def expected(setting: Setting, operation_id: str, given: Mapping[str, Any]) -> list[Expected]:
    """The requests of a call in their order, where a listing has two pages and the server names a chat CHAT."""
    ids = {**IDS, **{name: value for name, value in given.items() if value is not None}}
    steps: list[tuple[str, dict[str, Any]]] = [(operation_id, ids)]
    if operation_id == "sendDebugChatMessage":
        start = {name: ids[name] for name in ("agent_id", "client_env")}
        steps = [("createDebugChat", start), (operation_id, {"conversation_id": CHAT, **ids})]
    elif operation_id == "listConversations":
        steps.append((operation_id, {**ids, "offset": ids.get("offset", 0) + 1}))
    elif operation_id == "searchConversations":
        ids.pop("offset" if ids.get("cursor") else "cursor", None)
        following = {name: value for name, value in ids.items() if name != "offset"} | {"cursor": CURSOR}
        steps += [] if "sample" in ids else [(operation_id, following)]
    ours = {"accept", "host", operations()[operation_id].key_header.lower()}
    kept = {name.lower(): value for name, value in setting.headers.items() if name.lower() not in ours}
    requests = []
    for name, arguments in steps:
        operation = operations()[name]
        server, key = setting.server(operation), setting.key(operation)
        assert server is not None
        assert key is not None
        requests.append(Expected(operation, server, key, arguments, kept))
    return requests


def problems(request: Received, wanted: Expected) -> list[str]:
    """What is wrong with a request."""
    path, _, query = request.target.partition("?")
    return [
        *_line(request, path, wanted),
        *_query(query, wanted),
        *_headers(request, wanted),
        *_keys(request, wanted),
        *_body(request, wanted),
    ]


def _line(request: Received, path: str, wanted: Expected) -> Iterator[str]:
    if request.method != wanted.operation.method:
        yield f"method: {request.method}, not {wanted.operation.method}"
    values = {name: wanted.arguments[argument(name)] for name in wanted.operation.parameters("path")}
    template = (wanted.server[1] + wanted.operation.path).split("/")
    segments = [values[part[1:-1]] if part.startswith("{") else part for part in template]
    # A path that holds a raw slash or a dot segment reaches another operation.
    if not _PATH.fullmatch(path) or [unquote(part) for part in path.split("/")] != segments:
        yield f"path: {path}, not {segments}"


def _query(query: str, wanted: Expected) -> Iterator[str]:
    if not _QUERY.fullmatch(query):
        yield f"query: {query!r} has an unquoted character"
    known = wanted.operation.parameters("query")
    sent: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        sent.setdefault(name, []).append(text)
    errors = []
    for name in sent.keys() & known.keys():
        if known[name]["type"] != "array" and len(sent[name]) == 1:
            sent[name] = _value(known[name]["type"], sent[name][0])
        errors += [f"query: {name}: {error}" for error in wanted.operation.errors(known[name], sent[name])]
    yield from errors
    given = {name: _plain(known[name], wanted.arguments.get(name)) for name in known}
    given = {name: value for name, value in given.items() if value not in (None, [])}
    schema = {"properties": known}
    if not errors and canonical(wanted.operation, schema, sent) != canonical(wanted.operation, schema, given):
        yield f"query: {sent}, not {given}"


def _value(kind: str, text: str) -> Any:
    return json.loads(text) if kind in {"integer", "boolean"} else text


def _plain(schema: Schema, value: Any) -> Any:
    """An argument as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return [value] if schema["type"] == "array" and isinstance(value, str) else value


def _headers(request: Received, wanted: Expected) -> Iterator[str]:
    names = [name for name, _ in request.lines]
    yield from (f"headers: {name} is repeated" for name in sorted(set(names)) if names.count(name) > 1)
    allowed = _TRANSPORT | {wanted.operation.key_header} | wanted.headers.keys()
    allowed |= {"content-type", "content-length"} if wanted.operation.body_schema else set()
    must = {"host": wanted.server[0], "accept": wanted.operation.media_type, **wanted.headers}
    yield from (f"headers: {name} is not expected" for name in sorted(set(names) - allowed))
    for name, value in must.items():
        if request.headers.get(name) != value:
            yield f"headers: {name} is {request.headers.get(name)!r}, not {value!r}"


def _keys(request: Received, wanted: Expected) -> Iterator[str]:
    if request.headers.get(wanted.operation.key_header) != wanted.key:
        yield f"key: {wanted.operation.key_header} is {request.headers.get(wanted.operation.key_header)!r}"
    everything = f"{request.target}\n{request.lines}\n{request.body!r}"
    for secret in KEYS.values():
        if everything.count(secret) > (secret == wanted.key):
            yield f"key: {secret} is where it must not be"


def _body(request: Received, wanted: Expected) -> Iterator[str]:
    schema = wanted.operation.body_schema
    if schema is None:
        if request.body:
            yield f"body: {request.body!r}, where the document has none"
        return
    if request.headers.get("content-type") != JSON:
        yield f"body: its type is {request.headers.get('content-type')!r}"
    try:
        value = json.loads(request.body.decode("utf-8"), parse_constant=_refuse)
    except ValueError as error:
        yield f"body: not JSON ({error})"
        return
    yield from (f"body: {error}" for error in wanted.operation.errors(schema, value))
    names = {name: argument(name) for name in schema["properties"]}
    given = {name: wanted.arguments[key] for name, key in names.items() if wanted.arguments.get(key) is not None}
    if "annotations" in given:
        given["annotations"] = [each.to_dict() for each in given["annotations"]]
    if canonical(wanted.operation, schema, value) != canonical(wanted.operation, schema, given):
        yield f"body: {value}, not {given}"


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


def link_problems(request: Received) -> list[str]:
    """What is wrong with the request for a signed link: it goes as it was given, without keys and own headers."""
    link = urlsplit(LINK)
    line = (request.method, request.target, request.headers["host"])
    wrong = [] if line == ("GET", f"{link.path}?{link.query}", link.netloc) else [f"line: {line}"]
    wrong += [f"headers: {name} is not expected" for name, _ in request.lines if name not in _TRANSPORT]
    return wrong + [f"key: {key}" for key in KEYS.values() if key in f"{request.lines}"]
