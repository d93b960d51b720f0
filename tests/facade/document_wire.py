"""Requests as they cross the wire, and whether they are what the patched document says."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import unquote_plus, unquote_to_bytes, urlsplit

from tests.facade.document_reader import JSON, Operation, Schema, instant, operations

NOTHING = object()
"""Stands for a body that is not there."""
_TRANSPORT = frozenset({"host", "accept-encoding", "connection", "user-agent", "accept"})
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$'()*,;:@/?-]|[+&=]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True)
class Wire:
    """A request, to the last byte."""

    raw: bytes

    @property
    def method(self) -> str:
        return self._line[0]

    @property
    def target(self) -> str:
        return self._line[1]

    @property
    def _line(self) -> list[str]:
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names, in lower case, and values in their order."""
        lines = self.raw.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def values(self, name: str) -> list[str]:
        """What a header says, as often as it is there."""
        return [value for each, value in self.headers if each == name.lower()]

    @property
    def body(self) -> bytes:
        return self.raw.split(b"\r\n\r\n", 1)[1]


@dataclass(frozen=True)
class Expected:
    """What a request must be, beyond what the document says of every one.

    Attributes:
        place: the host, and what stands before the operation's path: a server of the document, or a gateway.
        key: the only key that it may carry.
        secrets: all keys that there are.
        path, query, body: what was asked for; times as instants.
        headers: the user's own that must arrive; names in lower case.
        ranged: whether it asks for the rest of an answer that broke off.
    """

    operation: Operation
    place: tuple[str, str]
    key: str
    secrets: frozenset[str]
    path: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = NOTHING
    headers: Mapping[str, str] = field(default_factory=dict)
    ranged: bool = False


def complaints(wire: Wire, expected: Expected) -> list[str]:
    """What is wrong with a request: by the document, or by what was asked for."""
    found = [f"line: {wire.raw[:80]!r}"] if len(wire._line) != 3 or wire._line[2] != "HTTP/1.1" else []
    if found:
        return found
    # A question mark with nothing after it asks for nothing, as none does.
    path, _, query = wire.target.partition("?")
    return [
        *_host(wire, expected),
        *_path(wire.method, path, expected),
        *_query(query, expected),
        *_headers(wire, expected),
        *_keys(wire, expected),
        *_body(wire, expected),
    ]


def served(operation: Operation, region: str) -> tuple[str, str]:
    """Where the document says that an operation is served in a region: the host, and what stands before its path."""
    url = next(server["url"] for server in operation.raw["servers"] if server["x-region"] == region)
    return urlsplit(url).netloc, urlsplit(url).path.rstrip("/")


def _host(wire: Wire, expected: Expected) -> Iterator[str]:
    if wire.values("host") != [expected.place[0]]:
        yield f"host: {wire.values('host')} where {expected.place[0]} serves {expected.operation.id}"


def _path(method: str, path: str, expected: Expected) -> Iterator[str]:
    prefix = expected.place[1]
    if not path.startswith(f"{prefix}/"):
        yield f"path: {path} is not under {prefix}"
        return
    segments = path.removeprefix(prefix).split("/")[1:]
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        yield f"path: {path} holds what no path may, or an empty segment"
        return
    matching = [
        (operation, values)
        for operation in operations().values()
        if operation.method == method and (values := _matched(operation, segments)) is not None
    ]
    # A path of one vendor's is none of the other's, as no template of theirs is alike.
    if [operation.id for operation, _ in matching] != [expected.operation.id]:
        yield f"path: {method} {path} is {[operation.id for operation, _ in matching]}, not {expected.operation.id}"
        return
    values = matching[0][1]
    for parameter in _of(expected.operation, "path"):
        for problem in expected.operation.complaints(parameter["schema"], values[parameter["name"]]):
            yield f"path: {parameter['name']}: {problem}"
    if values != expected.path:
        yield f"path: {values} where {expected.path} was asked for"


def _matched(operation: Operation, segments: Sequence[str]) -> dict[str, str] | None:
    """The path parameters, where `segments` are of the operation's path."""
    template = operation.path.split("/")[1:]
    if len(template) != len(segments):
        return None
    values = {}
    for pattern, segment in zip(template, segments, strict=True):
        if pattern.startswith("{"):
            values[pattern.strip("{}")] = unquote_to_bytes(segment).decode("utf-8", "replace")
        elif pattern != segment:
            return None
    return values


def _of(operation: Operation, location: str) -> list[Schema]:
    return [parameter for parameter in operation.parameters if parameter["in"] == location]


def _query(query: str, expected: Expected) -> Iterator[str]:
    if not _QUERY.fullmatch(query):
        yield f"query: {query!r} holds what no query may"
        return
    known = {parameter["name"]: parameter for parameter in _of(expected.operation, "query")}
    texts: dict[str, list[str]] = {}
    for pair in query.split("&") if query else ():
        name, _, text = pair.partition("=")
        texts.setdefault(unquote_plus(name), []).append(unquote_plus(text, errors="strict"))
    for name in texts.keys() - known.keys():
        yield f"query: the document knows no {name!r}"
    for name, parameter in known.items():
        if parameter.get("required") and name not in texts:
            yield f"query: {name} is missing"
    values: dict[str, Any] = {}
    for name in texts.keys() & known.keys():
        problems, values[name] = _value(known[name], texts[name], expected.operation)
        yield from (f"query: {name}: {problem}" for problem in problems)
    if values != expected.query:
        yield f"query: {values} where {dict(expected.query)} was asked for"


def _value(parameter: Schema, texts: list[str], operation: Operation) -> tuple[list[str], Any]:
    """What is wrong with a parameter, and its value; a time's is its instant."""
    schema = parameter["schema"]
    if schema["type"] == "array":
        # `form`, exploded, is what the documents ask for, and OpenAPI's own default.
        assert (parameter.get("style", "form"), parameter.get("explode", True)) == ("form", True)
        kind = str(operation.follow(schema["items"])["type"])
        items: list[Any] = [_scalar(kind, text) for text in texts]
        return operation.complaints(schema, items), items
    if len(texts) > 1:
        return [f"there {len(texts)} times"], texts
    value = _scalar(schema["type"], texts[0])
    problems = operation.complaints(schema, value)
    if schema.get("format") == "date-time" and not problems:
        value = instant(texts[0])
    return problems, value


def _scalar(kind: str, text: str) -> Any:
    if kind == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _headers(wire: Wire, expected: Expected) -> Iterator[str]:
    operation, names = expected.operation, [name for name, _ in wire.headers]
    own = {operation.key_header, *({"content-type", "content-length"} if expected.body is not NOTHING else ())}
    own |= {parameter["name"].lower() for parameter in _of(operation, "header")}
    own |= {"range", "if-range"} if expected.ranged else set()
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield f"headers: {name} is there {names.count(name)} times"
        if name not in _TRANSPORT | own | expected.headers.keys():
            yield f"headers: nobody asked for {name}"
    for parameter in _of(operation, "header"):
        if parameter.get("required") and parameter["name"].lower() not in names:
            yield f"headers: {parameter['name']} is missing"
    for name, value in expected.headers.items():
        if wire.values(name) != [value]:
            yield f"headers: {name} is {wire.values(name)} where the user gave {value!r}"
    if wire.values("accept") != list(operation.answers[operation.success]):
        yield f"headers: accept is {wire.values('accept')}"
    if expected.ranged and not re.fullmatch(r"bytes=[1-9][0-9]*-", "".join(wire.values("range"))):
        yield f"headers: range is {wire.values('range')}"


def _keys(wire: Wire, expected: Expected) -> Iterator[str]:
    if wire.values(expected.operation.key_header) != [expected.key]:
        yield f"key: {expected.operation.key_header} is {wire.values(expected.operation.key_header)}"
    everything = wire.raw.decode("latin-1")
    for secret in expected.secrets:
        allowed = 1 if secret == expected.key else 0
        if everything.count(secret) > allowed:
            yield f"key: {secret} is there {everything.count(secret)} times, where {allowed} may be"


def _body(wire: Wire, expected: Expected) -> Iterator[str]:
    if expected.body is NOTHING:
        if wire.body:
            yield "body: it is there, and the document takes none"
        return
    schemas = expected.operation.body
    media = wire.values("content-type")
    if len(media) != 1 or media[0] not in schemas:
        yield f"body: it is of {media} where {list(schemas)} is taken"
        return
    if wire.values("content-length") != [str(len(wire.body))]:
        yield f"body: {wire.values('content-length')} bytes are told, and {len(wire.body)} are there"
    assert media[0] == JSON
    try:
        value = json.loads(wire.body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except ValueError as error:
        yield f"body: it is no JSON ({error})"
        return
    schema = expected.operation.follow(schemas[media[0]])
    yield from (f"body: {problem}" for problem in expected.operation.complaints(schema, value))
    if isinstance(value, dict) and (unknown := value.keys() - schema["properties"].keys()):
        yield f"body: the document knows no {sorted(unknown)}"
    if not same(value, expected.body):
        yield f"body: {value} where {expected.body} was asked for"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name is there twice")
    return made


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON's")


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: true is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and not isinstance(one, Fraction)


class Recorder:
    """A server on loopback that keeps every request to the last byte, and answers as it is told.

    Attributes:
        url: where it listens.
        requests: what came in since `play`.
    """

    def __init__(self) -> None:
        self._answers: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Wire] = []

    def play(self, answers: Sequence[bytes]) -> None:
        """Give these answers to the requests from now on; the last one to every request after it."""
        self._answers, self.requests = list(answers), []

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            try:
                while raw := _read(stream):
                    self.requests.append(Wire(raw))
                    answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
                    connection.sendall(answer)
                    if b"connection: close" in answer.split(b"\r\n\r\n", 1)[0].lower():
                        return
            except OSError:
                # The client may close the connection on an answer that it does not want.
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake a thread that waits for a connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


def _read(stream: BinaryIO) -> bytes:
    """One request as it comes; empty when the connection has ended."""
    head, length = b"", 0
    while line := stream.readline():
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        if line == b"\r\n":
            return head + stream.read(length)
    return b""
