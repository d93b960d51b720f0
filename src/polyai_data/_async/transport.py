"""The one module that knows the HTTP library: a pool of connections, and the library's errors as ours.

No variable here holds a key, a signed link or a request longer than the call to the library: tracebacks can show
variables.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any, Protocol

import httpx

from polyai_data import errors
from polyai_data._version import __version__
from polyai_data.config import Secret, Timeout
from polyai_data.hosts import Loopback

_sending: ContextVar[bool] = ContextVar("polyai_data_sending", default=False)
_PARTS = ("connection", "http11", "http2", "proxy", "socks")
_LIBRARY_LOGGERS = ("httpx", "httpx2", *(f"httpcore{version}.{part}" for version in ("", "2") for part in _PARTS))


def _foreign(_record: logging.LogRecord) -> bool:
    return not _sending.get()


for _name in _LIBRARY_LOGGERS:
    # The library logs whole URLs, with ids and signatures. Our own log has the same lines without them.
    logging.getLogger(_name).addFilter(_foreign)


_LINK_HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range"}


class AsyncHTTPClient(Protocol):
    """The part of httpx's interface that a client passed as `http_client` must have."""

    def build_request(self, *arguments: Any, **options: Any) -> Any: ...
    async def send(self, *arguments: Any, **options: Any) -> Any: ...
    async def aclose(self) -> None: ...


_ASYNCHRONOUS = "Async" in AsyncHTTPClient.__name__


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that has not been built yet.

    Attributes:
        what: its name in errors and logs, without ids or secrets.
        arguments: gives what the HTTP library builds it from; as that holds the key, it is made for each attempt.
        link: the signed link that it fetches, or None.
    """

    what: str
    arguments: Callable[[], Mapping[str, Any]] = field(repr=False)
    link: Secret | None = None


class AsyncResponse:
    """A response: status, headers, and the body, which can be read once, whole or in pieces."""

    def __init__(self, response: Any, what: str) -> None:
        self._response = response
        self._what = what
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def read(self, until: float) -> bytes:
        """The whole body, which must be complete when the clock `monotonic` shows `until`; then the response is closed.

        Raises:
            TransportError: it broke off, or took too long.
        """
        pieces = []
        # The library looks up the timeout between two pieces here, when the body begins.
        timeouts = self._response.request.extensions["timeout"]
        timeouts["read"] = min(timeouts["read"], max(until - monotonic(), 0.001))
        try:
            async for piece in self.iter_bytes():
                pieces.append(piece)
                if monotonic() > until:
                    raise errors.TimeoutError(f"{self._what}: the response was not complete within the deadline")
        finally:
            await self.aclose()
        return b"".join(pieces)

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body in pieces, as they arrive.

        Raises:
            TransportError: it broke off, or took too long.
            DownloadError: it has been read already, or the response is closed.
        """
        guard = _Guard(self._what)
        with guard:
            async for piece in self._response.aiter_bytes():
                yield piece
            return
        raise guard.failure

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it when the body was not read to its end."""
        guard = _Guard(self._what)
        with guard:
            await self._response.aclose()


class AsyncHTTP:
    """A pool of connections. Requests go to the hosts of their URLs, or all to one loopback address.

    Args:
        connect_to: the loopback address, or None.
        http_client: a client of the user's to send through; it is not closed with this.
    """

    def __init__(self, connect_to: Loopback | None, http_client: AsyncHTTPClient | None) -> None:
        if http_client is not None and iscoroutinefunction(http_client.send) is not _ASYNCHRONOUS:
            other = "an asynchronous" if _ASYNCHRONOUS else "a synchronous"
            raise errors.ConfigError(f"http_client must be {other} client here", argument="http_client")
        self._connect_to = connect_to
        self._given = http_client
        self._client: Any = http_client or self._new_client()
        self._parents: Any = None
        self._process = os.getpid()
        self.closed = False

    async def open(self, outgoing: Outgoing, timeout: Timeout) -> AsyncResponse:
        """Send a request. Returns when the response's headers have arrived; the caller must close the response.

        Raises:
            ConfigError: the request cannot be written, or the client is closed.
            TransportError: no response arrived.
        """
        client = self._current()
        _leave_surplus(client)
        guard = _Guard(outgoing.what, writing=True)
        token = _sending.set(True)
        try:
            with guard:
                # No variable holds the request, as its URL can be a signed link.
                return AsyncResponse(
                    await client.send(
                        _built(client, outgoing, timeout, self._connect_to),
                        stream=True,
                        auth=None,
                        follow_redirects=False,
                    ),
                    outgoing.what,
                )
        finally:
            _sending.reset(token)
        raise guard.failure

    def _current(self) -> Any:
        if self.closed:
            raise errors.ConfigError("the client is closed; make a new one")
        if self._process != os.getpid():
            # A forked process shares its parent's sockets, and both would read from them.
            if self._given is not None:
                raise errors.ConfigError(
                    "http_client= was made in another process; make one in each", argument="http_client"
                )
            # Kept, as deleting the parent's client would close the parent's connections.
            self._parents, self._client, self._process = self._client, self._new_client(), os.getpid()
        return self._client

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers={"User-Agent": f"polyai-data/{__version__}"},
            # The loopback address needs neither a proxy from the environment nor certificates, which take long to load.
            trust_env=self._connect_to is None,
            verify=self._connect_to is None,
        )

    async def aclose(self) -> None:
        """Close the connections. Closing again does nothing; a client of the user's stays open."""
        if not self.closed:
            self.closed = True
            if self._given is None and self._process == os.getpid():
                await self._client.aclose()

    def __del__(self) -> None:
        if not getattr(self, "closed", True) and self._given is None:
            warnings.warn(
                "a client of polyai-data was not closed; use it as a context manager, or close it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


def _built(client: Any, outgoing: Outgoing, timeout: Timeout, connect_to: Loopback | None) -> Any:
    """The library's request. This function returns before the request is sent, so no traceback shows its variables."""
    request = client.build_request(
        **outgoing.arguments(), timeout=(timeout.connect, timeout.read, timeout.read, timeout.connect)
    )
    if outgoing.link is not None:
        # Query parameters that the client adds to every request would break the signature.
        request.url = type(request.url)(outgoing.link.reveal())
        # The host of a signed link is another party: it gets no cookies and no headers of the user's.
        for name in set(request.headers) - _LINK_HEADERS:
            del request.headers[name]
    if connect_to is not None:
        # The Host header keeps the host of the URL.
        request.url = request.url.copy_with(scheme="http", host=connect_to.host, port=connect_to.port)
    return request


def _leave_surplus(client: Any) -> None:
    """Let idle connections expire on which more than a response arrived: the next request would get the rest."""
    with suppress(AttributeError):  # a client of the user's can be made otherwise
        pools = [each._pool for each in (client._transport, *client._mounts.values()) if each is not None]
        for each in (each for pool in pools for each in pool.connections):
            connection = getattr(each, "_connection", None)  # None while it is being made
            if connection is not None and connection.is_idle() and connection._h11_state.trailing_data[0]:
                connection._expire_at = 0.0


class _Guard:
    """Catches the HTTP library's errors and keeps ours in `failure`.

    The caller raises that after the block, without a context: the library's errors hold the request, and so the key.
    """

    def __init__(self, what: str, *, writing: bool = False) -> None:
        self._what = what
        self._writing = writing
        self.failure: errors.PolyAIError = errors.TransportError(what)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if kind is None or error is None:
            return False
        failure = _own_error(kind, error, self._what)
        if failure is None and self._writing and issubclass(kind, UnicodeError | TypeError | ValueError):
            why = "an argument cannot be written into the request; is it text, or plain JSON?"
            failure = errors.ConfigError(f"{self._what}: {why}")
        if failure is None:
            return False
        self.failure = failure
        return True


def _own_error(kind: type[BaseException], error: BaseException, what: str) -> errors.PolyAIError | None:
    """Our error for the library's. Classes are compared by name, as `http_client` can be of another library."""
    names = {each.__name__ for each in kind.__mro__ if each.__module__.startswith("httpx")}
    for name, make in _OWN.items():
        if name in names:
            return make(what, error)
    return None


def _timed_out(why: str, *, sent: bool = True) -> Callable[[str, BaseException], errors.PolyAIError]:
    return lambda what, _: errors.TimeoutError(f"{what}: {why}", sent=sent)


_OWN: Mapping[str, Callable[[str, BaseException], errors.PolyAIError]] = {
    # In order, special classes before general ones. The library's message is left out where it quotes the request.
    "ConnectTimeout": _timed_out("no connection within the timeout", sent=False),
    "PoolTimeout": _timed_out("all connections were busy for longer than the timeout", sent=False),
    "WriteTimeout": _timed_out("the request could not be sent within the timeout"),
    "TimeoutException": _timed_out("no data within the timeout"),
    "ConnectError": lambda what, error: errors.ConnectionError(f"{what}: no connection: {error}", sent=False),
    "ProxyError": lambda what, _: errors.ConnectionError(f"{what}: the proxy refused", sent=False),
    "LocalProtocolError": lambda what, _: errors.ConfigError(f"{what}: cannot be sent as HTTP; check headers="),
    "UnsupportedProtocol": lambda what, _: errors.ConfigError(f"{what}: not an http or https URL"),
    "InvalidURL": lambda what, _: errors.ConfigError(f"{what}: an argument makes no valid URL"),
    "StreamError": lambda what, _: errors.DownloadError(f"{what}: its bytes were read already, or its block has ended"),
    "HTTPError": lambda what, _: errors.ConnectionError(
        f"{what}: the connection broke before the response was complete"
    ),
}
