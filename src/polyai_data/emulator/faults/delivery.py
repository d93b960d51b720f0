"""How answers are sent: whole, or in one of the ways in which connections and servers fail."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from polyai_data.emulator.http.request import Receive, Scope, Send
from polyai_data.emulator.http.response import Answer

TRANSPORT = "polyai_data.emulator.transport"
"""The ASGI extension that holds the connection's transport."""
_PIECES = 20
_SLOW_SECONDS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """The client's connection, for the ways of sending an answer."""

    scope: Scope
    receive: Receive
    send: Send
    pause: Callable[[float], Awaitable[None]]
    """Waits for that many seconds, or until the emulator stops."""
    chunked: bool = False
    """Whether the length is not told, so that HTTP/1.1 sends the body in chunks."""

    @property
    def transport(self) -> Any:
        """The transport below HTTP."""
        return self.scope["extensions"][TRANSPORT]

    async def start(self, answer: Answer, length: int | None) -> None:
        """Send the status and the headers, declaring that `length` bytes follow; None: it is not told how many."""
        headers = {"date": formatdate(usegmt=True), "content-type": answer.content_type, **answer.headers}
        if length is not None and not self.chunked:
            headers["content-length"] = str(length)
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items() if value
        ]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": encoded})

    async def body(self, piece: bytes, *, more: bool = False) -> None:
        """Send a piece of the body."""
        await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def stream(self, pieces: Iterator[bytes]) -> None:
        """Send pieces of the body, of which there may be more than a client waits for; others must follow."""
        for piece in pieces:
            if self.transport.is_closing():
                return await self.gone()
            await self.body(piece, more=True)
            # Other clients have their turn too, however long this one's answer is.
            await asyncio.sleep(0)
        return None

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def whole(connection: Connection, answer: Answer) -> None:
    """Send the answer as it should be sent."""
    await connection.start(answer, answer.length)
    if connection.scope["method"] == "HEAD":
        await connection.body(b"")
    elif isinstance(answer.body, bytes):
        await connection.body(answer.body)
    else:
        await connection.stream(answer.pieces())
        await connection.body(b"")


async def _reset(connection: Connection, _answer: Answer, _argument: str) -> None:
    # Lingering for zero seconds makes the system send a reset instead of an orderly end.
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
    await connection.gone()


async def _half(connection: Connection, answer: Answer) -> None:
    length = answer.length or 0
    half = length // 2
    await connection.start(answer, max(length, half + 1))
    await connection.stream(answer.pieces(0, half))


async def _reset_midway(connection: Connection, answer: Answer, argument: str) -> None:
    await _half(connection, answer)
    await _reset(connection, answer, argument)


async def _truncate(connection: Connection, answer: Answer, _argument: str) -> None:
    await _half(connection, answer)
    connection.transport.close()
    await connection.gone()


async def _slow(connection: Connection, answer: Answer, argument: str) -> None:
    await _in_pieces(connection, answer, float(argument or _SLOW_SECONDS) / _PIECES)


async def _chunked(connection: Connection, answer: Answer, _argument: str) -> None:
    await _in_pieces(connection, answer, 0)


async def _in_pieces(connection: Connection, answer: Answer, seconds: float) -> None:
    length = answer.length or 0
    await connection.start(answer, length)
    size = max(1, math.ceil(length / _PIECES))
    for begin in range(0, length, size):
        for piece in answer.pieces(begin, begin + size):
            await connection.body(piece, more=True)
        await connection.pause(seconds)
    await connection.body(b"")


RESET, RESET_BEFORE, CHUNKED = "reset", "reset-before", "chunked"
WITHOUT_ANSWER = frozenset({RESET, RESET_BEFORE})
"""The ways in which the client does not even see a status."""
Way = Callable[[Connection, Answer, str], Awaitable[None]]
WAYS: Mapping[str, Way] = {
    RESET: _reset,
    RESET_BEFORE: _reset,
    "reset-midway": _reset_midway,
    "truncate": _truncate,
    "slow": _slow,
    CHUNKED: _chunked,
}
"""The ways of sending an answer, by name."""
