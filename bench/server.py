"""A server that costs its clients next to nothing: canned responses from memory, in a process of its own.

    with Canned({"/path": (200, headers, body)}, latency=0.02) as url: ...

What a benchmark measures is then the client. A path that ends in `*` stands for all that begin so.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection

JSON = {"Content-Type": "application/json"}
Responses = Mapping[str, tuple[Mapping[str, str], bytes]]
"""Headers and body by path, query included; all are 200."""
Maker = Callable[[bytes], bytes]
"""Makes the JSON for a path; it is pickled."""


class Canned:
    """The server, as a context manager that gives its URL. `latency` are seconds before each response."""

    def __init__(self, responses: Responses | Maker, latency: float = 0.0) -> None:
        near, far = multiprocessing.Pipe()
        self._near = near
        # A fresh process, as a fork would share this one's memory, which is measured.
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(far, responses, latency), daemon=True)

    def __enter__(self) -> str:
        self._process.start()
        return f"http://127.0.0.1:{self._near.recv()}"

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, responses: Responses | Maker, latency: float) -> None:
    canned: Responses = {} if callable(responses) else responses
    exact = {path.encode(): _written(*response) for path, response in canned.items() if not path.endswith("*")}
    begun = {path[:-1].encode(): _written(*response) for path, response in canned.items() if path.endswith("*")}

    def response(path: bytes) -> bytes:
        if callable(responses):
            return _written(JSON, responses(path))
        if path in exact:
            return exact[path]
        return next((each for begin, each in begun.items() if path.startswith(begin)), _MISSING)

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.received = b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            while (end := self.received.find(b"\r\n\r\n")) >= 0:
                path = self.received[: self.received.index(b"\r\n")].split(b" ")[1]
                self.received = self.received[end + 4 :]
                if latency:
                    asyncio.get_running_loop().call_later(latency, self.write, response(path))
                else:
                    self.write(response(path))

        def write(self, data: bytes) -> None:
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.write(data)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(main())


def _written(headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(body))}.items()]
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode() + body


_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
