"""A small server on the loopback interface for cases of the drift laboratory: pages, refusals, answers cut short."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the server says; `missing` is how many bytes it promises and never sends."""

    body: str | bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0


class _Handler(BaseHTTPRequestHandler):
    answers: dict[str, Answer]

    def do_GET(self) -> None:
        """Answer as the case wants it."""
        answer = self.answers.get(self.path, Answer("gone", 404))
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) + answer.missing))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


class Loopback:
    """The server, in a thread of its own while it is entered; no proxy is asked on the way to it."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self._proxies: dict[str, str | None] = {}

    def __enter__(self) -> Loopback:
        handler = type("Handler", (_Handler,), {"answers": self.answers})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        for name in ("NO_PROXY", "no_proxy"):
            self._proxies[name] = os.environ.get(name)
            os.environ[name] = "127.0.0.1"
        return self

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        """Stop, and leave the environment as it was."""
        for name, value in self._proxies.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
