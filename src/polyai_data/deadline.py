"""What binds a call to its deadline: asyncio's timeouts, or a network stream of our own where there are none."""

from __future__ import annotations

import math
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from time import monotonic
from typing import Any, Generic, TypeVar

from polyai_data.crew import Crew, current
from polyai_data.errors import ConfigError, TimeoutError  # noqa: A004 - ours

R = TypeVar("R")

_LONGEST = 1e6
_SHORTEST = 0.001
_GRACE = 0.05
"""Seconds by which the HTTP library's timeouts come first, as they say whether anything was sent."""
_PIECE = 65536
_LARGE_PIECE = 4 * _PIECE
_ALONE = nullcontext()


class Wait(float):
    """Seconds to wait for one step, as the HTTP library passes them on to the network, and the deadline."""

    until: float

    @classmethod
    def at_most(cls, seconds: float, until: float) -> Wait:
        """`seconds`, or as many as are left until the clock `monotonic` shows `until`."""
        wait = cls(max(min(seconds, until - monotonic(), _LONGEST), _SHORTEST))
        wait.until = until
        return wait


class AsyncRuntime:
    """What the asynchronous flavour runs on: asyncio."""

    @staticmethod
    def loop() -> object:
        """The event loop, to which connections belong; ConfigError under another library than asyncio."""
        import asyncio  # noqa: PLC0415 - synchronous clients do without

        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            why = "the asynchronous clients need asyncio; under trio, use the synchronous ones in a thread"
        raise ConfigError(why)

    @staticmethod
    def bound(until: float) -> AbstractAsyncContextManager[object]:
        """A block that ends in a builtin TimeoutError once the clock `monotonic` has passed `until`."""
        import asyncio  # noqa: PLC0415

        return asyncio.timeout(None if math.isinf(until) else until - monotonic() + _GRACE)

    @staticmethod
    def bind(_pool: Any) -> None:
        """Nothing: the block is enough."""

    @staticmethod
    async def ending(client: Any) -> AsyncGenerator[None, None]:
        """What closes `client` as the event loop ends, as long as it is kept: a generator, which loops close."""

        async def end() -> AsyncGenerator[None, None]:
            try:
                yield
            finally:
                await client.aclose()

        ending = end()
        await anext(ending)
        return ending

    @staticmethod
    async def turn() -> None:
        """Let the event loop do what else is to be done."""
        import asyncio  # noqa: PLC0415

        await asyncio.sleep(0)

    @staticmethod
    async def off_loop(act: Callable[..., R], *arguments: Any) -> R:
        """What `act` returns, which may block: it runs in a thread, and a cancellation waits for its end."""
        import asyncio  # noqa: PLC0415

        acting = asyncio.ensure_future(asyncio.to_thread(act, *arguments))
        try:
            return await asyncio.shield(acting)
        except asyncio.CancelledError:
            while not acting.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([acting])
            acting.exception()  # it has been looked at
            raise

    class Ahead(Generic[R]):
        """A call that is made while others go on."""

        def __init__(self, call: Callable[[], Coroutine[Any, Any, R]]) -> None:
            import asyncio  # noqa: PLC0415

            AsyncRuntime.loop()
            self._task = asyncio.ensure_future(call())

        async def result(self) -> R:
            """What it returns or raises."""
            return await self._task

        async def stop(self) -> R | None:
            """Cancel it; what it returned where it was over."""
            import asyncio  # noqa: PLC0415

            if not self._task.done():
                with suppress(RuntimeError):  # there is no loop any more
                    self._task.cancel()
                    await asyncio.wait([self._task])
            over = self._task.done() and not self._task.cancelled() and self._task.exception() is None
            return self._task.result() if over else None


class Runtime:
    """What the synchronous flavour runs on: threads. Its pools are bound one by one."""

    @staticmethod
    def loop() -> object:
        """None, as connections belong to no loop."""
        return None

    @staticmethod
    def bound(_until: float) -> nullcontext[None]:
        """A block that is not bound, as nothing can stop a thread."""
        return nullcontext()

    @staticmethod
    def bind(pool: Any) -> None:
        """Make a connection pool read and write with what is left of the deadline."""
        pool._network_backend = _Network(pool._network_backend)

    @staticmethod
    def ending(_client: Any) -> None:
        """Nothing, as there is no loop to end."""

    @staticmethod
    def turn() -> None:
        """Nothing, as there is no loop."""

    @staticmethod
    def off_loop(act: Callable[..., R], *arguments: Any) -> R:
        """What `act` returns."""
        return act(*arguments)

    class Ahead(Generic[R]):
        """A call that is made when its result is wanted: a thread that waits for a server could not be stopped."""

        def __init__(self, call: Callable[[], R]) -> None:
            self._call = call

        def result(self) -> R:
            """What it returns or raises."""
            return self._call()

        def stop(self) -> R | None:
            """Nothing, as it was not begun, or is over."""
            return None


class _Network:
    """Connects as `inner` does, which is a network backend of the HTTP library."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> _Stream:
        until = getattr(timeout, "until", math.inf)
        left = _left(timeout, until, sent=False)
        with _apart():
            return _Stream(self._inner.connect_tcp(host, port, timeout=left, **options), until)


def _apart() -> AbstractContextManager[None]:
    crew = current.get()
    return crew.apart() if isinstance(crew, Crew) else _ALONE


class _Stream:
    """A connection whose every step has what is left of the deadline.

    The library's own timeouts begin anew with each piece, and so would never end where a server sends byte by byte.
    """

    def __init__(self, inner: Any, until: float) -> None:
        self._inner = inner
        self._until = until
        self._filled = False

    def _left(self, timeout: float | None) -> float | None:
        # Some steps on the way through a proxy have no timeout.
        self._until = getattr(timeout, "until", self._until)
        return _left(timeout, self._until)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # What fills a piece has more to come, and large ones cost less.
        most = _LARGE_PIECE if self._filled else max_bytes
        with self._waiting():
            piece: bytes = self._inner.read(most, self._left(timeout))
        self._filled = len(piece) >= max_bytes
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            with self._waiting():
                self._inner.write(buffer[start : start + _PIECE], self._left(timeout))

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        with _apart():
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def _waiting(self) -> AbstractContextManager[None]:
        crew = current.get()
        return crew.waiting(self.get_extra_info("socket")) if isinstance(crew, Crew) else _ALONE

    def close(self) -> None:
        with suppress(OSError):  # it may be closed already
            # Another thread can wait for it, and would not end.
            socket.socket.shutdown(self.get_extra_info("socket"), socket.SHUT_RDWR)
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, until: float, *, sent: bool = True) -> float | None:
    if math.isinf(until):
        return timeout
    left = until - monotonic()
    if left <= 0:
        # A short timeout would not do: it never ends a flood of bytes that are always there.
        raise TimeoutError("the deadline has passed", sent=sent)
    return left if timeout is None else min(timeout, left)
