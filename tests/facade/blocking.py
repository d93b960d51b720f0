"""The asynchronous client behind the synchronous one's interface, so that a test of both flavours is written once."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any


class Blocking:
    """Stands in front of an object of the asynchronous facade: whatever would be awaited is run to its end.

    Coroutines give their result, asynchronous iterators become iterators, asynchronous context managers become context
    managers, and `close` is `aclose`. `unwrapped` is the object itself.
    """

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self.unwrapped = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return _blocking(getattr(self.unwrapped, "aclose" if name == "close" else name), self._runner)

    def __enter__(self) -> Any:
        return _blocking(self._runner.run(_awaited(self.unwrapped.__aenter__())), self._runner)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        done: bool | None = self._runner.run(_awaited(self.unwrapped.__aexit__(kind, error, trace)))
        return done

    def __iter__(self) -> Iterator[Any]:
        iterator: AsyncIterator[Any] = aiter(self.unwrapped)
        while True:
            try:
                item = self._runner.run(_next(iterator))
            except StopAsyncIteration:
                return
            yield _blocking(item, self._runner)

    def __repr__(self) -> str:
        return repr(self.unwrapped)


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator)  # within the event loop, which closes the generators that were begun in it


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _blocking(value: Any, runner: asyncio.Runner) -> Any:
    if inspect.ismethod(value):

        @functools.wraps(value)
        def call(*arguments: Any, **options: Any) -> Any:
            result = value(*arguments, **options)
            return _blocking(runner.run(_awaited(result)) if inspect.isawaitable(result) else result, runner)

        return call
    asynchronous = hasattr(value, "__aiter__") or hasattr(value, "__aenter__")
    return Blocking(value, runner) if asynchronous or type(value).__module__.startswith("polyai_data._async") else value
