"""What the tests of this room share: canned answers, and a loopback server that answers whatever it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from polyai_data import openapi
from polyai_data.config import Secret
from polyai_data.conformance.model import Answer, Exchange, Request

CORRELATION = "x-polyai-correlation-id"


def exchange(
    operation_id: str = "getConversation",
    *,
    status: int = 200,
    value: Any = None,
    body: bytes | None = None,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    request: Request | None = None,
    **options: Any,
) -> Exchange:
    """A request to an operation, and an answer to it that was made up."""
    vendor = "assemblyai" if operation_id == "getRedactedAudio" else "polyai"
    operation = openapi.load(vendor).operation(operation_id)
    content = body if body is not None else json.dumps(value).encode()
    answer = Answer(status, {"content-type": content_type, CORRELATION: "an-id", **(headers or {})}, content)
    url = operation.servers[0].url + operation.path
    sent = request or Request(operation.method, url)
    return Exchange(operation, sent, answer, polyai=vendor == "polyai", **options)


Canned = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


class CannedSender:
    """A sender that sends nothing: a function makes the answers."""

    def __init__(self, answer: Canned) -> None:
        self.answer = answer
        self.sent: list[tuple[str, str]] = []

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, key: tuple[str, Secret] | None
    ) -> Answer:
        self.sent.append((method, url))
        return self.answer(method, url, headers, body)


@contextmanager
def server(status: int, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """A server on loopback that answers everything alike; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
