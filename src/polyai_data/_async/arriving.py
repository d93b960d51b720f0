"""The body of a response as it arrives, over as many connections as it takes."""

from __future__ import annotations

import asyncio
from random import random
from time import monotonic
from typing import Protocol

from polyai_data import retry
from polyai_data._async.transport import AsyncResponse
from polyai_data.config import Config
from polyai_data.crew import current
from polyai_data.errors import TransportError
from polyai_data.page_reader import Piece

WHOLE = 4 * 1024 * 1024
"""Bytes of a body that are read before the first piece is given out; a body with no more is one piece."""


class AsyncBody:
    """The body of a response that must be complete when the clock `monotonic` shows `until`.

    Args:
        response: the response.
        until: see above.
        kept: how many bytes are read before the first are given out; None for `WHOLE`.
    """

    def __init__(self, response: AsyncResponse, until: float, kept: int | None) -> None:
        self.response = response
        self.begun: list[bytes] = []
        self._kept = WHOLE if kept is None else kept
        self._rest = response.iter_bytes(until)

    async def begin(self) -> bool:
        """Read the beginning; whether there is more. If not, the response is closed."""
        size = 0
        try:
            while size <= self._kept and (piece := await anext(self._rest, b"")):
                self.begun.append(piece)
                size += len(piece)
        except TransportError as error:
            error.done = True
            raise
        finally:
            if size <= self._kept:
                await self.response.aclose()
        return size > self._kept

    async def next(self) -> bytes:
        """The next bytes; none at the end."""
        return self.begun.pop(0) if self.begun else await anext(self._rest, b"")


class AsyncOpen(Protocol):
    """Sends the request until there is a response: its whole body, or one that is still arriving."""

    async def __call__(self, *, until: float) -> bytes | AsyncBody: ...


class AsyncPieces:
    """The body in pieces. Where the connection breaks after the first, the body begins anew.

    The deadline does not run while a piece is used.

    Args:
        open_: sends the request.
        config: deadline and retries.
        largest: bytes that the body may have.
    """

    def __init__(self, open_: AsyncOpen, config: Config, largest: float) -> None:
        self._open = open_
        self._policy = config.policy
        self._largest = largest
        self._until = monotonic() + config.deadline
        self._body: AsyncBody | None = None
        self._used = 0.0
        self._arrived = self._furthest = self._failures = 0

    async def next(self) -> Piece:
        """The next piece.

        Raises:
            DecodeError: the body has more than `largest` bytes.
            PolyAIError: as a call.
        """
        while True:
            if self._body is None:
                body = await self._open(until=self._until)
                if isinstance(body, bytes):
                    return Piece(body)
                self._body, self._arrived = body, 0
            else:
                self._body.response.until += monotonic() - self._used
            try:
                data = await self._body.next()
            except TransportError as error:
                pause = self._pause(error)
            else:
                first, self._arrived = not self._arrived, self._arrived + len(data)
                if self._arrived > self._largest:
                    raise self._body.response.too_large()
                self._used = monotonic()
                return Piece(data, first=first, last=not data)
            await self.aclose()
            await (current.get() or asyncio).sleep(pause)

    def _pause(self, error: TransportError) -> float:
        """Seconds to wait before the next connection. Raises `error` where there is to be none."""
        error.done = True
        if self._body is not None:
            self._until = self._body.response.until
        # A connection that got further than all before it is no sign that the next one will fail.
        self._failures = 1 if self._arrived > self._furthest else self._failures + 1
        self._furthest = max(self._furthest, self._arrived)
        failed = retry.Attempt(self._failures, idempotent=True, time_left=self._until - monotonic())
        pause = retry.pause(failed, self._policy, random())  # noqa: S311 - spreads load, guards nothing
        if pause is None:
            raise error
        return pause

    async def aclose(self) -> None:
        """Close the connection where the body is not at its end."""
        if self._body is not None:
            await self._body.response.aclose()
        self._body = None
