"""What the tests of this room share: made-up responses, and a target and a sender that need no server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from polyai_data import openapi
from polyai_data.conformance.exchange import CORRELATION, JSON, Exchange, Request, Response
from polyai_data.conformance.result import Result
from polyai_data.conformance.session import run
from polyai_data.conformance.target import FULL, POLYAI, Account, Target
from polyai_data.hosts import loopback
from polyai_data.options import Secret

DOCUMENT = openapi.load(POLYAI)
KEY = "the-very-key"


def exchange(
    operation_id: str = "getConversation",
    *,
    status: int = 200,
    value: Any = None,
    body: bytes | None = None,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    request: Request | None = None,
    judged: bool = True,
) -> Exchange:
    """A call of an operation with a made-up response."""
    vendor = "assemblyai" if operation_id == "getRedactedAudio" else POLYAI
    operation = openapi.load(vendor).operation(operation_id)
    content = body if body is not None else json.dumps(value).encode()
    response = Response(status, {"content-type": content_type, CORRELATION: "an-id", **(headers or {})}, content)
    path = operation.path.replace("{conversationId}", "CA1")
    sent = request or Request(operation.method, operation.servers[0].url + path)
    return Exchange(operation, sent, response, judged, vendor == POLYAI)


def target(**change: Any) -> Target:
    """A target without a server."""
    return Target(
        name="a made-up server",
        documents={POLYAI: DOCUMENT},
        keys={(POLYAI, "us", FULL): (Secret(KEY), "POLYAI_API_KEY")},
        accounts={"us": Account("ws-1", ("PROJECT-1", "PROJECT-2"))},
        connect_to=loopback("127.0.0.1:9"),
        **change,
    )


def json_response(value: Any, status: int = 200) -> Response:
    """A response with a correlation id and a JSON body."""
    return Response(status, {"content-type": JSON, CORRELATION: "an-id"}, json.dumps(value).encode())


class CannedSender:
    """Sends nothing: a function of the method, the path and the query makes the responses."""

    def __init__(self, respond: Callable[[str, str, Mapping[str, str]], Response]) -> None:
        self.respond = respond
        self.sent: list[tuple[str, str]] = []

    def send(self, request: Request, key: Secret | None) -> Response:
        self.sent.append((request.method, request.url))
        query = {name: values[0] for name, values in request.query.items()}
        return self.respond(request.method, urlsplit(request.url).path, query)


def judge(sender: CannedSender, *only: str, **change: Any) -> Result:
    """The result of some rules with made-up responses."""
    return run(target(**change), only=only, wrap=lambda _: sender)


def seen(result: Result, rule: str) -> list[str]:
    """The values that broke a rule."""
    return [value for each in result.findings if each.rule == rule for value in each.values]
