"""Routing: which host and operation a request is for."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from polyai_data.emulator.data.keys import Key
from polyai_data.emulator.http.errors import METHOD_NOT_ALLOWED, Refusal
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import JSON, Response, documented
from polyai_data.openapi import Document, Operation, Server

CORRELATION = "x-polyai-correlation-id"
SIGNED_LINK_HOST = "redacted-audio.example"
"""The host of signed links, which belongs to no vendor: their own links lead to an object store outside the API."""
SIGNED_LINK_FOLDER = "/redacted-audio/"
"""What the paths of signed links begin with."""
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""What the Host header names in requests to the emulator itself, and in those of clients that cannot set it."""
DOCUMENT_PATH = "/openapi.yaml"
CONTROL_PREFIX = "/_emulator/"
_WITH_CODE = frozenset({400, 404})
# The service on the platform hosts sends these itself, with a code; a gateway before it sends the other statuses.


class Kind(StrEnum):
    OPERATION = "operation"
    SIGNED_LINK = "signedLink"
    CONTROL = "control"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Target:
    kind: Kind
    vendor: str | None = None
    server: Server | None = None
    operation: Operation | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    """The path parameters."""
    correlation_id: str = ""
    refusal: Refusal | None = None
    """Why no operation serves the request."""

    @property
    def name(self) -> str | None:
        """The name that a schedule uses: an operation id, or `signedLink`."""
        return str(self.kind) if self.kind is Kind.SIGNED_LINK else self.operation.id if self.operation else None

    @property
    def region(self) -> str | None:
        """The region of the host; None for a host without one."""
        return self.server.region if self.server else None

    def refuse(self, refusal: Refusal, *, by_gateway: bool = False) -> Response:
        """The error response of this host, or of PolyAI's gateway before it."""
        body = {"detail": refusal.message} if by_gateway and self.vendor == "polyai" else self._error_body(refusal)
        if self.operation is not None and refusal.status in self.operation.responses:
            return replace(documented(self.operation, refusal.status, body), headers=refusal.headers)
        # Ids from a request may hold what UTF-8 cannot encode, so this JSON is ASCII.
        return Response(refusal.status, json.dumps(body).encode(), JSON, refusal.headers)

    def _error_body(self, refusal: Refusal) -> dict[str, object]:
        if self.vendor == "assemblyai":
            return {"error": refusal.message}
        host = self.server.logical_host if self.server else None
        whole = {
            "success": False,
            "error": refusal.code.replace("_", " ").capitalize(),
            "error_id": self.correlation_id,
            "error_code": refusal.code,
            "error_message": refusal.message,
            "data": None,
        }
        if host is not None and (host != "platform" or refusal.status in _WITH_CODE):
            return whole
        shape = self.operation.responses.get(refusal.status, {}).get(JSON) if self.operation else None
        required = shape.required if shape else ()
        return {name: value for name, value in whole.items() if name in {"error_message", *required}}


class Router:
    """Finds the target of each request among the hosts and operations of `documents`.

    The Host header selects the host. Where it names this machine, the path selects vendor and logical host, and the
    region is that of the key, which must be one of `keys`, or else the first one.
    """

    def __init__(self, documents: Sequence[Document], keys: Collection[Key]) -> None:
        self._documents = documents
        self._regions = {(key.vendor, key.value): key.region for key in keys}
        self._servers = {server.hostname: (document, server) for document in documents for server in document.servers}

    def locate(self, request: Request, fresh_id: Callable[[], str]) -> Target:
        """The target of `request`; `fresh_id` makes a correlation id for a request that brings none."""
        loopback = request.host in LOOPBACK_HOSTS
        if request.host == SIGNED_LINK_HOST or (loopback and request.path.startswith(SIGNED_LINK_FOLDER)):
            return Target(Kind.SIGNED_LINK)
        if loopback and (request.path in {"", "/", DOCUMENT_PATH} or request.path.startswith(CONTROL_PREFIX)):
            return Target(Kind.CONTROL)
        document, server = self._by_path(request) if loopback else self._servers.get(request.host, (None, None))
        if document is None or server is None:
            hosts = ", ".join([*self._servers, SIGNED_LINK_HOST])
            message = f"the Host header names {request.host!r}; this emulator plays {hosts}"
            if loopback:
                message = f"no operation of any host has the path {request.path!r}; the emulator's own page is at /"
            return Target(Kind.NOTHING, refusal=Refusal(404, "NOT_FOUND", message))
        correlation_id = ""
        if document.vendor == "polyai":
            correlation_id = request.headers.get(CORRELATION) or fresh_id()
        if request.path == DOCUMENT_PATH:
            return Target(Kind.CONTROL, document.vendor, server, correlation_id=correlation_id)
        matches = [(each, path) for each in document.operations if (path := each.match(request.segments)) is not None]
        here = [match for match in matches if match[0].logical_host == server.logical_host]
        method = "GET" if request.method == "HEAD" else request.method
        for operation, path in here:
            if operation.method == method:
                return Target(Kind.OPERATION, document.vendor, server, operation, path, correlation_id)
        refusal = _refusal(request, matches, [operation for operation, _ in here])
        return Target(Kind.NOTHING, document.vendor, server, correlation_id=correlation_id, refusal=refusal)

    def _by_path(self, request: Request) -> tuple[Document | None, Server | None]:
        for document in self._documents:
            for operation in document.operations:
                if operation.match(request.segments) is not None:
                    key = request.headers.get(operation.key_header, "")
                    region = self._regions.get((document.vendor, key))
                    first, *others = operation.servers
                    return document, next((each for each in others if each.region == region), first)
        return None, None


def _refusal(
    request: Request, matches: Sequence[tuple[Operation, Mapping[str, str]]], here: Sequence[Operation]
) -> Refusal:
    if here:
        allowed = ", ".join(sorted(operation.method for operation in here))
        message = f"this path does not take {request.method}, only {allowed}"
        return Refusal(405, METHOD_NOT_ALLOWED, message, {"allow": allowed})
    message = f"no operation has the path {request.path!r}"
    if matches:
        hosts = ", ".join(server.hostname for server in matches[0][0].servers)
        message = f"the host {request.host} does not serve this path; these do: {hosts}"
    return Refusal(404, "NOT_FOUND", message)
