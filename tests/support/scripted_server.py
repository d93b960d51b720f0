"""The one server of the tests that is not the emulator: it sends exactly the bytes that a test scripts."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """A request as it came in.

    Attributes:
        at: when its head was complete, on the monotonic clock.
        connection: the number of its connection, from 1.
        headers: by name in lower case.
        lines: the header lines, each with its name in lower case, repeated ones too.
    """

    at: float
    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    lines: list[tuple[str, str]]


Step = bytes | Callable[[socket.socket, Received], bytes | None]
"""The bytes of a response, or a function that returns them or does with the connection what it likes."""


class ScriptedServer:
    """Responds to each request, on whatever connection it comes, with the next step; the last step repeats.

    A connection stays open unless a step closes it.

    Attributes:
        url: where the server listens.
        requests: the requests received.
        connections: how many connections were accepted.
    """

    def __init__(self, *steps: Step, listener: socket.socket | None = None) -> None:
        self._steps = list(steps)
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Received] = []
        self.connections = 0

    def play(self, *steps: Step) -> None:
        """Respond with these steps from now on, and forget the requests received."""
        with self._lock:
            self._steps = list(steps)
            self.requests.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):  # closing alone would not wake a thread that waits
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            while (request := _read(connection, number)) is not None:
                with self._lock:
                    self.requests.append(request)
                    step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
                content = step(connection, request) if callable(step) else step
                if content is not None:
                    connection.sendall(content)


def _read(connection: socket.socket, number: int) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    at = time.monotonic()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    lines = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    headers = dict(lines)
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Received(at, number, method, target, headers, body, lines)


def response(
    status: int, body: bytes = b"", *more: str, content_type: str = "application/json", length: int | None = None
) -> bytes:
    """The bytes of a response that keeps the connection open; `more` are header lines, `length` a false length."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}", f"Content-Length: {size}", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def by_path(steps: Mapping[str, Step], missing: bytes = response(404)) -> Step:
    """A step that takes the step of the path of the request, query included."""

    def step(connection: socket.socket, request: Received) -> bytes | None:
        chosen = steps.get(request.target, missing)
        return chosen(connection, request) if callable(chosen) else chosen

    return step


def reset(connection: socket.socket, _: Received) -> None:
    """Break the connection without a response."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut(content: bytes) -> Step:
    """Send bytes, then close the connection in good order."""

    def step(connection: socket.socket, _: Received) -> None:
        connection.sendall(content)
        connection.close()

    return step


def late(content: bytes, seconds: float) -> Step:
    """Send bytes after a pause."""

    def step(_connection: socket.socket, _: Received) -> bytes:
        time.sleep(seconds)
        return content

    return step


def trickle(begin: bytes, piece: bytes, seconds: float, times: int) -> Step:
    """Send bytes, then a piece every so many seconds, so many times, and close the connection."""

    def step(connection: socket.socket, _: Received) -> None:
        connection.sendall(begin)
        for _number in range(times):
            time.sleep(seconds)
            connection.sendall(piece)
        connection.close()

    return step


@contextmanager
def refused_url() -> Iterator[str]:
    """A URL on loopback where every connection is refused."""
    with socket.socket() as bound:
        # Bound and not listening: no other server can take the port meanwhile.
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
