"""Sending responses: whole, or in one of the ways in which connections and servers fail."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from polyai_data.emulator.data.audio import Recording
from polyai_data.emulator.faults.switches import Switches
from polyai_data.emulator.http.request import Receive, Scope, Send
from polyai_data.emulator.http.response import Response

TRANSPORT = "polyai_data.emulator.transport"
"""The ASGI extension that holds the connection's transport."""
_AT_ONCE = 1 << 18
"""Bytes from which on other clients take their turn while a body is sent."""
_PIECES = 20
_SLOW_SECONDS = 0.2
Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    scope: Scope
    receive: Receive
    send: Send
    pause: Pause
    """Waits for that many seconds, or until the emulator stops."""
    chunked: bool = False
    """Whether the length is left out, so that HTTP/1.1 sends the body in chunks."""

    @property
    def transport(self) -> Any:
        return self.scope["extensions"][TRANSPORT]

    async def start(self, response: Response, length: int | None) -> None:
        """Send the status and the headers, declaring a body of `length` bytes; None leaves the length out."""
        headers = {"date": _date(int(time.time())), "content-type": response.content_type, **response.headers}
        if length is not None and not self.chunked:
            headers["content-length"] = str(length)
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items() if value
        ]
        await self.send({"type": "http.response.start", "status": response.status, "headers": encoded})

    async def body(self, piece: bytes, *, more: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def stream(self, pieces: Iterator[bytes]) -> None:
        """Send pieces of the body, until the client leaves; others must follow."""
        for piece in pieces:
            if self.transport.is_closing():
                return await self.closed()
            await self.body(piece, more=True)
            # Other clients take their turn, however long this response is.
            await asyncio.sleep(0)
        return None

    async def closed(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Sender:
    """Sends responses, until it is stopped. To be used in the server's loop."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._streaming: set[Connection] = set()

    def stop(self) -> None:
        """End all pauses, and abort all responses that are being streamed."""
        self._stopping.set()
        for connection in self._streaming:
            connection.transport.abort()

    async def deliver(self, scope: Scope, receive: Receive, send: Send, response: Response, switches: Switches) -> None:
        connection = Connection(scope, receive, send, self._pause, switches.has("chunked"))
        if not isinstance(response.body, bytes):
            # A client that reads slowly, or no longer, would delay the end of the server.
            self._streaming.add(connection)
        try:
            await transmit(connection, response, switches)
        finally:
            self._streaming.discard(connection)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)


async def transmit(connection: Connection, response: Response, switches: Switches) -> None:
    """Send the response, in the last of the ways that the switches ask for."""
    await connection.pause(switches.delay)
    way, argument = next(
        ((_WAYS[name], argument) for name, argument in reversed(switches.faults) if name in _WAYS), (_whole, "")
    )
    await way(connection, response if way is _whole else response.sized(), argument)


async def _whole(connection: Connection, response: Response, _argument: str = "") -> None:
    await connection.start(response, response.length)
    if connection.scope["method"] == "HEAD":
        await connection.body(b"")
    elif isinstance(response.body, bytes):
        await connection.body(response.body)
    elif isinstance(response.body, Recording) and len(response.body) < _AT_ONCE:
        await connection.body(response.body.content)
    else:
        await connection.stream(response.pieces())
        await connection.body(b"")


@functools.lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


async def _reset(connection: Connection, _response: Response, _argument: str) -> None:
    # Lingering for zero seconds makes the system send a reset instead of an orderly end.
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
    await connection.closed()


async def _half(connection: Connection, response: Response) -> None:
    length = response.length or 0
    half = length // 2
    await connection.start(response, max(length, half + 1))
    await connection.stream(response.pieces(0, half))


async def _reset_midway(connection: Connection, response: Response, argument: str) -> None:
    await _half(connection, response)
    await _reset(connection, response, argument)


async def _truncate(connection: Connection, response: Response, _argument: str) -> None:
    await _half(connection, response)
    connection.transport.close()
    await connection.closed()


async def _slow(connection: Connection, response: Response, argument: str) -> None:
    length = response.length or 0
    await connection.start(response, length)
    size = max(1, math.ceil(length / _PIECES))
    for begin in range(0, length, size):
        for piece in response.pieces(begin, begin + size):
            await connection.body(piece, more=True)
        await connection.pause(float(argument or _SLOW_SECONDS) / _PIECES)
    await connection.body(b"")


_WAYS: Mapping[str, Callable[[Connection, Response, str], Awaitable[None]]] = {
    "reset": _reset,
    "reset-before": _reset,
    "reset-midway": _reset_midway,
    "truncate": _truncate,
    "slow": _slow,
}
