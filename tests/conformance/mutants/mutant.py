"""What a mutant is: the sound emulator behind a server that changes requests on their way in or responses on their way
out."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from socket import socket
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from polyai_data import openapi
from polyai_data.emulator import Emulator
from polyai_data.openapi import Operation
from tests.support.scripted_server import Received, ScriptedServer

ALL, LINK = "*", "link"
"""Stand for every request, and for a request to the host of signed links."""
_OPERATIONS = tuple(operation for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations)
_HOSTS = {server.hostname: (server.region, each.vendor) for each in _OPERATIONS for server in each.servers}
Query = dict[str, list[str]]


@dataclass(frozen=True)
class Request:
    """A request; path and query as they are in the URL, header names in lower case."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def values(self) -> Query:
        """The query parameters, decoded."""
        return parse_qs(self.query, keep_blank_values=True)

    def value(self, name: str) -> str | None:
        """The last value of a query parameter; None where it is absent."""
        return self.values.get(name, [None])[-1]

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_query(self, **values: object) -> Request:
        """The request with other values of these parameters; None removes one."""
        new = {**self.values, **{name: [str(value)] for name, value in values.items()}}
        kept = {name: each for name, each in new.items() if values.get(name, "") is not None}
        return replace(self, query=urlencode(kept, doseq=True))

    def with_headers(self, **values: str | None) -> Request:
        """The request with other headers; None removes one."""
        return replace(self, headers=_changed(self.headers, values))

    def with_json(self, value: Any) -> Request:
        """The request with another body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True)
class Response:
    """A response; header names in lower case. One that is not `whole` breaks off in the middle of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = True

    def json(self) -> Any:
        """The body of a success in JSON; None for any other response."""
        json_type = self.headers.get("content-type") == "application/json"
        return json.loads(self.body) if self.status < 400 and json_type and self.body else None

    def with_headers(self, **values: str | None) -> Response:
        """The response with other headers; None removes one."""
        return replace(self, headers=_changed(self.headers, values))

    def with_json(self, value: Any, status: int | None = None) -> Response:
        """The response with another body, and perhaps another status."""
        changed = self.with_headers(content_type="application/json")
        return replace(changed, body=json.dumps(value).encode(), status=status or self.status)


def _changed(headers: Mapping[str, str], values: Mapping[str, str | None]) -> dict[str, str]:
    new = {**headers, **{name.replace("_", "-"): value for name, value in values.items()}}
    return {name: value for name, value in new.items() if value is not None}


@dataclass
class Call:
    """A request to a mutant, and what the mutant can do with it.

    Attributes:
        emulator: the sound server; mutants use its public attributes only.
        memory: what this mutant remembers from call to call.
        operation: the operation whose path it has, on whatever host; None for a signed link or an unknown path.
        path: the path's parameters, decoded.
        region, vendor: of the host; empty for an unknown one.
        sent: the requests that went to the emulator, with its responses.
    """

    request: Request
    emulator: Emulator
    memory: dict[str, Any]
    forward: Callable[[Request], Response]
    operation: Operation | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    sent: list[tuple[Request, Response]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.region, self.vendor = _HOSTS.get(self.request.host, ("", ""))
        segments = tuple(unquote(segment) for segment in self.request.path.split("/")[1:])
        method = "GET" if self.request.method == "HEAD" else self.request.method
        for operation in _OPERATIONS:
            if operation.method == method and (path := operation.match(segments)) is not None:
                self.operation, self.path = operation, path

    @property
    def name(self) -> str:
        """Id of the operation, or `LINK`, or empty."""
        return self.operation.id if self.operation else "" if self.vendor else LINK

    @property
    def key_header(self) -> str:
        """The header that carries the keys of the operation, or of the host's vendor."""
        vendor = self.operation.vendor if self.operation else self.vendor
        return next((each.key_header for each in _OPERATIONS if each.vendor == vendor), "x-api-key")

    @property
    def key(self) -> str:
        """The key that the request carries; empty for none."""
        return self.request.headers.get(self.key_header, "")

    def full_key(self, region: str = "") -> str:
        """A key that may do everything in a region; that of the request unless another one is given."""
        vendor = self.operation.vendor if self.operation else self.vendor
        return self.emulator.keys[("assemblyai-" if vendor == "assemblyai" else "") + (region or self.region)].value

    def opened(self, *names: str) -> Request:
        """The request with a key that may do everything, where it carries a key that ends so: `us-one-agent`, …."""
        keys = {key.value for name, key in self.emulator.keys.items() if name.endswith(names)}
        return self.elsewhere(key=self.full_key()) if self.vendor and self.key in keys else self.request

    def elsewhere(self, *, host: str | None = None, key: str | None = None, **path: str) -> Request:
        """The request to another host, with another key and other parameters of its path."""
        request = self.request.with_headers(**({} if key is None else {self.key_header: key}))
        if self.operation is not None and path:
            values = {name: quote(value, safe="") for name, value in {**self.path, **path}.items()}
            request = replace(request, path=self.operation.path.format_map(values))
        return replace(request, host=host or request.host)

    def agents(self, region: str = "") -> list[str]:
        """The ids of the agents of a region."""
        return [agent.id for agent in self.emulator.accounts[region or self.region].agents]

    def send(self, request: Request | None = None) -> Response:
        """The emulator's response to the request, or to another one."""
        request = request or self.request
        response = self.forward(request)
        self.sent.append((request, response))
        return response


Fault = Callable[[Call], Response]


@dataclass(frozen=True)
class Mutant:
    """An emulator with one fault.

    Attributes:
        what: what is wrong with it, in a sentence.
        operations: ids of the operations that it concerns, or `ALL` or `LINK`.
        rules: ids of the rules that must be broken, named from the meaning of rule and fault.
        via: beginnings of the ids of the rules that are run; by default the themes of `rules`.
    """

    name: str
    what: str
    operations: tuple[str, ...]
    rules: tuple[str, ...]
    fault: Fault
    via: tuple[str, ...] = ()

    @property
    def only(self) -> tuple[str, ...]:
        """Beginnings of the ids of the rules that are run."""
        return self.via or tuple(sorted({rule.partition(".")[0] for rule in self.rules}))


MUTANTS: dict[str, Mutant] = {}
"""All mutants by name, once their modules are imported."""


def _registers(adapt: Callable[[Any], Fault]) -> Callable[..., Callable[[Any], Any]]:
    """A decorator `(operations, rules, via)` that registers functions of one kind; ids are separated by spaces."""

    def decorator(operations: str, rules: str, via: str = "") -> Callable[[Any], Any]:
        def register(function: Any) -> Any:
            name = function.__name__.replace("_", "-")
            if name in MUTANTS:
                raise ValueError(f"there are two mutants {name}")
            what = " ".join((function.__doc__ or "").split())
            named, must_catch, run = (tuple(text.split()) for text in (operations, rules, via))
            MUTANTS[name] = Mutant(name, what, named, must_catch, adapt(function), run)
            return function

        return register

    return decorator


def _edited_query(edit: Callable[[Query], object]) -> Fault:
    def fault(call: Call) -> Response:
        values = call.request.values
        edit(values)
        changed = values != call.request.values
        return call.send(replace(call.request, query=urlencode(values, doseq=True)) if changed else None)

    return fault


def _edited_body(edit: Callable[[Any], Any]) -> Fault:
    def fault(call: Call) -> Response:
        value = edit(call.request.json())
        return call.send(call.request.with_json(value) if value != call.request.json() else None)

    return fault


def _edited_json(edit: Callable[[Any], object]) -> Fault:
    def fault(call: Call) -> Response:
        response = call.send()
        if (value := response.json()) is None:
            return response
        edit(value)
        return response.with_json(value) if value != response.json() else response

    return fault


def _edited_wav(edit: Callable[[bytes], bytes]) -> Fault:
    def fault(call: Call) -> Response:
        response = call.send()
        wav = response.status == 200 and response.body.startswith(b"RIFF")
        return replace(response, body=edit(response.body)) if wav else response

    return fault


mutant = _registers(lambda fault: fault)
"""Registers `(call) -> response`."""
edits_request = _registers(lambda edit: lambda call: call.send(edit(call)))
"""Registers `(call) -> request`: the request that is sent on."""
edits_query = _registers(_edited_query)
"""Registers `(query)`, which changes the query parameters in place."""
edits_body = _registers(_edited_body)
"""Registers `(value) -> value`: the JSON body that is sent on."""
edits_response = _registers(lambda edit: lambda call: edit(call.send()))
"""Registers `(response) -> response`."""
edits_json = _registers(_edited_json)
"""Registers `(value)`, which changes the JSON of a success in place."""
edits_wav = _registers(_edited_wav)
"""Registers `(content) -> content` for the bytes of a whole recording."""


class Server:
    """A mutant on the wire.

    Attributes:
        url: where it listens.
        reached: at how many requests its fault showed.
        errors: what the mutant's own code raised.
    """

    def __init__(self, chosen: Mutant, emulator: Emulator) -> None:
        self.url = ""
        self.reached = 0
        self.errors: list[Exception] = []
        self._chosen = chosen
        self._emulator = emulator
        self._memory: dict[str, Any] = {}

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Listen, until the context ends."""
        with ScriptedServer(self._step) as listener:
            self.url = listener.url
            yield self

    def _step(self, connection: socket, received: Received) -> bytes | None:
        path, _, query = received.target.partition("?")
        host = received.headers.get("host", "").partition(":")[0]
        request = Request(received.method, host, path, query, received.headers, received.body)
        call = Call(request, self._emulator, self._memory, self._forward)
        concerned = ALL in self._chosen.operations or call.name in self._chosen.operations
        try:
            response = self._chosen.fault(call) if concerned else call.send()
        except Exception as error:  # noqa: BLE001 - the trial reports it
            self.errors.append(error)
            response = Response(500, {})
        self.reached += call.sent != [(request, response)]
        content = _wire(response, head=request.method == "HEAD")
        if response.whole:
            return content
        connection.sendall(content[: -len(response.body) // 2])
        connection.close()
        return None

    def _forward(self, request: Request) -> Response:
        target = f"{request.path}?{request.query}" if request.query else request.path
        headers = {**request.headers, "host": request.host}
        if "content-length" in headers:
            headers["content-length"] = str(len(request.body))
        with closing(http.client.HTTPConnection("127.0.0.1", self._emulator.port, timeout=60)) as connection:
            connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(request.body or None)
            response = connection.getresponse()
            body = response.read()
        kept = {name.lower(): value for name, value in response.headers.items() if name.lower() != "transfer-encoding"}
        return Response(response.status, kept, body)


def _wire(response: Response, *, head: bool) -> bytes:
    length = response.headers.get("content-length", "0") if head else str(len(response.body))
    headers = {**response.headers, "content-length": length}
    lines = [f"HTTP/1.1 {response.status} Mutated", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if head else response.body)
