"""A server on loopback that answers with the bytes that a test gives it: for what the emulator never says."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self


def wav(sound: bytes = b"\x01\x00" * 80) -> bytes:
    """A WAV file: 8 kHz, 16 bits, one channel."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def answer(
    status: str, body: bytes = b"", *, kind: str = "audio/wav", length: int | None = None, more: str = ""
) -> bytes:
    """An HTTP answer that declares `length` bytes (those of `body` when not given); `more` are header lines."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\n{more}\r\n"
    return head.encode("latin-1") + body


def json_answer(value: Any, *, more: str = "") -> bytes:
    """An HTTP answer with the status 200 and a JSON body."""
    return answer("200 OK", json.dumps(value).encode(), kind="application/json", more=more)


@contextmanager
def nobody() -> Iterator[str]:
    """A URL on loopback where every connection is refused."""
    with socket.socket() as held:
        # Bound, the port can be nobody else's; a server that has closed leaves its own to whoever asks next.
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


class Canned:
    """Gives one answer to each request, in their order, and closes the connection after it.

    Attributes:
        url: where it listens.
        requests: the requests as they came in, to the last byte.
    """

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []

    def _serve(self) -> None:
        for given in self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request and (piece := connection.recv(65536)):
                    request += piece
                if not request:
                    return
                self.requests.append(request)
                connection.sendall(given)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake a thread that waits for a connection.
        with socket.socket() as last:
            last.settimeout(5)
            last.connect_ex(self._listener.getsockname())
        self._listener.close()
        self._thread.join(5)
