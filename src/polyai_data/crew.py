"""Calls that run at once: as tasks, or in threads. The two classes are twins, so that what uses them is written once.

A call of a crew waits while another one was asked to wait by a `Retry-After`, and those that the server limits try
again as long as others get through.
"""

from __future__ import annotations

import concurrent.futures
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

current: ContextVar[Any] = ContextVar("polyai_data_crew", default=None)
"""The crew whose call this is."""


class _Pace:
    """What the calls of a crew share.

    Attributes:
        passed: how many requests got a response that was no error.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._running: set[Any] = set()
        self._resumes = 0.0
        self.passed = 0

    @property
    def idle(self) -> bool:
        """Whether no call is under way."""
        return not self._running

    @property
    def full(self) -> bool:
        """Whether no other call can begin now."""
        return len(self._running) >= self._size

    def hold(self, seconds: float) -> None:
        """Let no request begin within so many seconds."""
        self._resumes = max(self._resumes, monotonic() + seconds)

    def _left(self, until: float) -> float:
        """Seconds to wait for a turn; none where it would come after `until`, so that the server's error is raised."""
        return self._resumes - monotonic() if self._resumes < until else 0.0


class AsyncCrew(_Pace):
    """Calls as tasks, so many at once."""

    _running: set[asyncio.Task[Any]]

    async def aclose(self) -> None:
        """Cancel what is under way."""
        import asyncio  # noqa: PLC0415 - synchronous clients do without

        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def start(self, call: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Begin a call."""
        import asyncio  # noqa: PLC0415

        async def called() -> Any:
            current.set(self)
            return await call(*arguments)

        self._running.add(asyncio.create_task(called()))

    async def finished(self, *, wait: bool) -> list[Any]:
        """The results of calls that ended, after `wait` of one at least. Raises the error of one that failed."""
        import asyncio  # noqa: PLC0415

        if wait:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0)  # those that have begun go on meanwhile
        done = {task for task in self._running if task.done()}
        self._running -= done
        return [task.result() for task in done]

    async def turn(self, until: float) -> None:
        """Wait as long as requests are held, unless that is after the clock `monotonic` shows `until`."""
        while (left := self._left(until)) > 0:
            await self.sleep(left)

    async def sleep(self, seconds: float) -> None:
        """Wait, unless the crew ends."""
        import asyncio  # noqa: PLC0415

        await asyncio.sleep(seconds)

    def check(self, *_: object) -> None:
        """Nothing: a task that is cancelled ends by itself."""


class Crew(_Pace):
    """Calls in threads, so many at once.

    Args:
        size: how many.
        computing: how many of them compute at once, while others wait for the network; None for all. The interpreter
            runs one at a time, and those that take turns empty each other's caches.
    """

    _running: set[concurrent.futures.Future[Any]]

    def __init__(self, size: int, computing: int | None = None) -> None:
        super().__init__(size)
        self._computing = threading.Semaphore(computing or size)
        self._ended = threading.Event()
        self._sockets: set[Any] = set()
        self._threads = concurrent.futures.ThreadPoolExecutor(size, "polyai-data")

    def close(self) -> None:
        """End what is under way. What cannot be stopped is waited for: a look-up, and the making of a connection."""
        self._ended.set()
        for each in list(self._sockets):
            with suppress(OSError):  # it may be closed meanwhile
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # TLS has nothing more to say
        self._threads.shutdown(cancel_futures=True)

    def start(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Begin a call."""

        def called() -> Any:
            current.set(self)
            with self._computing:
                return call(*arguments)

        self._running.add(self._threads.submit(copy_context().run, called))

    def finished(self, *, wait: bool) -> list[Any]:
        """The results of calls that ended, after `wait` of one at least. Raises the error of one that failed."""
        first = concurrent.futures.FIRST_COMPLETED
        done, _ = concurrent.futures.wait(self._running, None if wait else 0, return_when=first)
        self._running -= done
        return [future.result() for future in done]

    def turn(self, until: float) -> None:
        """Wait as long as requests are held, unless that is after the clock `monotonic` shows `until`."""
        self.check()
        while (left := self._left(until)) > 0:
            self.sleep(left)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the crew ends."""
        with self.apart():
            self._ended.wait(seconds)
        self.check()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A block that does not compute."""
        self._computing.release()
        try:
            yield
        finally:
            self._computing.acquire()

    @contextmanager
    def waiting(self, connected: Any) -> Iterator[None]:
        """A block that waits for the network, and ends with the crew, in the error of `check`."""
        self._sockets.add(connected)
        try:
            self.check()  # after it was added, as the crew can end at any time
            with self.apart():
                yield
        finally:
            self._sockets.discard(connected)
            self.check()

    def check(self, *_: object) -> None:
        """Raise what ends a call of a crew that has ended."""
        if self._ended.is_set():
            raise concurrent.futures.CancelledError
