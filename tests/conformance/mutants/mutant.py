"""What a mutant is: the sound emulator behind a server that changes requests on their way in or responses on their way
out."""

from __future__ import annotations

import http.client
import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from socket import socket
from typing import Any, Self, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlencode

from polyai_data import openapi
from polyai_data.emulator import Emulator
from polyai_data.openapi import Operation
from tests.support.scripted_server import Received

ALL, LINK = "*", "link"
"""Stand for every request, and for a request to the host of signed links."""
_OPERATIONS = tuple(operation for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations)
_HOSTS = {server.hostname: (server.region, each.vendor) for each in _OPERATIONS for server in each.servers}
Query = dict[str, list[str]]
_Fault = TypeVar("_Fault", bound=Callable[[Any], Any])


@dataclass(frozen=True, kw_only=True)
class _Message:
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = b""

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_headers(self, **values: str | None) -> Self:
        """The message with other headers; None removes one."""
        new = {**self.headers, **{name.replace("_", "-"): value for name, value in values.items()}}
        return replace(self, headers={name: value for name, value in new.items() if value is not None})

    def with_json(self, value: Any) -> Self:
        """The message with another body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True, kw_only=True)
class Request(_Message):
    """A request; path and query as they are in the URL."""

    method: str
    host: str
    path: str
    query: str

    @property
    def values(self) -> Query:
        """The query parameters, decoded."""
        return parse_qs(self.query, keep_blank_values=True)

    def value(self, name: str) -> str | None:
        """The last value of a query parameter; None where it is absent."""
        return self.values.get(name, [None])[-1]

    def with_query(self, **values: object) -> Request:
        """The request with other values of these parameters; None removes one."""
        new = {**self.values, **{name: [str(value)] for name, value in values.items()}}
        kept = {name: each for name, each in new.items() if values.get(name, "") is not None}
        return replace(self, query=urlencode(kept, doseq=True))


@dataclass(frozen=True, kw_only=True)
class Response(_Message):
    """A response. One that is not `whole` breaks off in the middle of its body."""

    status: int
    whole: bool = True

    def success(self) -> Any:
        """The JSON of a success; None for any other response."""
        return self.json() if self.status < 400 and self.headers.get("content-type") == "application/json" else None


class Call:
    """A request to a mutant, and what the mutant can do with it.

    Attributes:
        emulator: the sound server; mutants use its public attributes only.
        memory: what this mutant remembers from call to call.
        region, vendor: of the host; the region is empty for an unknown host.
        operation: the operation whose path it has, on whatever host; None for a signed link or an unknown path.
        name: id of the operation, `LINK` for an unknown host, or empty.
        path: the path's parameters, decoded.
        key_header: the header that carries the keys of the operation, or of the host.
        key: the key that the request carries; empty for none.
        sent: the requests that went to the emulator, with its responses.
    """

    def __init__(
        self, request: Request, emulator: Emulator, memory: dict[str, Any], forward: Callable[[Request], Response]
    ) -> None:
        self.request = request
        self.emulator = emulator
        self.memory = memory
        self.sent: list[tuple[Request, Response]] = []
        self._forward = forward
        self.region, self.vendor = _HOSTS.get(request.host, ("", "polyai"))
        self.operation: Operation | None = None
        self.path: dict[str, str] = {}
        self.name = "" if self.region else LINK
        segments = tuple(unquote(segment) for segment in request.path.split("/")[1:])
        method = "GET" if request.method == "HEAD" else request.method
        for operation in _OPERATIONS:
            if operation.method == method and (path := operation.match(segments)) is not None:
                self.operation, self.path = operation, path
                self.name, self.vendor = operation.id, operation.vendor
        self.key_header = next(each.key_header for each in _OPERATIONS if each.vendor == self.vendor)
        self.key = request.headers.get(self.key_header, "")

    @property
    def agents(self) -> list[str]:
        """The ids of the agents of the host's region."""
        return [agent.id for agent in self.emulator.accounts[self.region].agents]

    def full_key(self, region: str = "") -> str:
        """A key that may do everything in a region; that of the host unless another one is given."""
        prefix = "assemblyai-" if self.vendor == "assemblyai" else ""
        return self.emulator.keys[prefix + (region or self.region)].value

    def opened(self, *names: str) -> Request:
        """The request with a key that may do everything, where it carries one of these keys: `us-one-agent`, …."""
        named = self.key in {self.emulator.keys[name].value for name in names}
        return self.elsewhere(key=self.full_key()) if named and self.region else self.request

    def elsewhere(self, *, host: str | None = None, key: str | None = None, **path: str) -> Request:
        """The request to another host, with another key and other parameters of its path."""
        request = self.request if key is None else self.request.with_headers(**{self.key_header: key})
        if self.operation is not None and path:
            values = {name: quote(value, safe="") for name, value in {**self.path, **path}.items()}
            request = replace(request, path=self.operation.path.format_map(values))
        return replace(request, host=host or request.host)

    def send(self, request: Request | None = None) -> Response:
        """The emulator's response to the request, or to another one."""
        request = request or self.request
        response = self._forward(request)
        self.sent.append((request, response))
        return response


@dataclass(frozen=True)
class Mutant:
    """An emulator with one fault.

    Attributes:
        what: what is wrong with it, in a sentence.
        operations: ids of the operations that it concerns, or `ALL` or `LINK`.
        rules: ids of the rules that must be broken, named from the meaning of rule and fault.
        fault: a function whose parameter's name says what it changes: `(query)` the query parameters in place,
            `(value)` the JSON of a success in place; `(body)` returns another JSON body of the request, `(response)`
            another response, `(wav)` other bytes of a recording; `(call)` returns the request to send on, or a
            response.
        via: beginnings of the ids of the rules that are run; by default the themes of `rules`.
    """

    name: str
    what: str
    operations: tuple[str, ...]
    rules: tuple[str, ...]
    fault: Callable[[Any], Any]
    via: tuple[str, ...] = ()

    @property
    def only(self) -> tuple[str, ...]:
        """Beginnings of the ids of the rules that are run."""
        return self.via or tuple(sorted({rule.partition(".")[0] for rule in self.rules}))

    def respond(self, call: Call) -> Response:
        """The mutant's response to a request."""
        if not {ALL, call.name} & set(self.operations):
            return call.send()
        request = call.request
        match next(iter(inspect.signature(self.fault).parameters)):
            case "call":
                result = self.fault(call)
                return call.send(result) if isinstance(result, Request) else result
            case "query":
                self.fault(values := request.values)
                changed = replace(request, query=urlencode(values, doseq=True))
                return call.send(changed if values != request.values else request)
            case "body":
                body = self.fault(request.json())
                return call.send(request.with_json(body) if body != request.json() else request)
            case "response":
                edited: Response = self.fault(call.send())
                return edited
            case "wav":
                response = call.send()
                wav = response.status == 200 and response.body.startswith(b"RIFF")
                return replace(response, body=self.fault(response.body)) if wav else response
        response = call.send()
        if (value := response.success()) is None:
            return response
        self.fault(value)
        return response.with_json(value) if value != response.success() else response


MUTANTS: dict[str, Mutant] = {}
"""All mutants by name, once their modules are imported."""


def mutant(operations: str, rules: str, via: str = "") -> Callable[[_Fault], _Fault]:
    """Register a function as a mutant with its name and docstring; ids are separated by spaces."""

    def register(fault: _Fault) -> _Fault:
        name = fault.__name__.replace("_", "-")
        if name in MUTANTS:
            raise ValueError(f"there are two mutants {name}")
        what = " ".join((fault.__doc__ or "").split())
        named, must_catch, run = (tuple(text.split()) for text in (operations, rules, via))
        MUTANTS[name] = Mutant(name, what, named, must_catch, fault, run)
        return fault

    return register


class Front:
    """What a mutant's server does with requests.

    Attributes:
        reached: how many requests it did not just pass on, or whose responses it changed.
        errors: what the mutant's own code raised.
    """

    def __init__(self, chosen: Mutant, emulator: Emulator) -> None:
        self.reached = 0
        self.errors: list[Exception] = []
        self._chosen = chosen
        self._emulator = emulator
        self._memory: dict[str, Any] = {}

    def step(self, connection: socket, received: Received) -> bytes | None:
        """Respond to one request: a step of `ScriptedServer`."""
        path, _, query = received.target.partition("?")
        host = received.headers.get("host", "").partition(":")[0]
        request = Request(
            method=received.method, host=host, path=path, query=query, headers=received.headers, body=received.body
        )
        call = Call(request, self._emulator, self._memory, self._forward)
        try:
            response = self._chosen.respond(call)
        except Exception as error:  # noqa: BLE001 - the trial reports it
            self.errors.append(error)
            response = Response(status=500, headers={})
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
        return Response(status=response.status, headers=kept, body=body)


def _wire(response: Response, *, head: bool) -> bytes:
    length = response.headers.get("content-length", "0") if head else str(len(response.body))
    headers = {**response.headers, "content-length": length}
    lines = [f"HTTP/1.1 {response.status} Mutated", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if head else response.body)
