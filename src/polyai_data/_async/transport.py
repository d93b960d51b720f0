"""A pool of connections of the HTTP library, and its responses.

No variable here holds a key, a signed link or a request longer than the call to the library: tracebacks can show
variables.
"""

from __future__ import annotations

import math
import os
import ssl
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any, Protocol, cast

from polyai_data import errors, http_library
from polyai_data.deadline import AsyncRuntime, Wait
from polyai_data.hosts import Loopback
from polyai_data.http_library import Outgoing
from polyai_data.masking import Mask
from polyai_data.options import Timeout

LARGEST = 256 * 1024 * 1024
"""Bytes that the body of a response may have in memory, unpacked. The largest pages have a few dozen MB."""
LARGEST_ERROR = 64 * 1024
"""Bytes of an error's body that are read."""
_PACKINGS = {"gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd"}


class AsyncHTTPClient(Protocol):
    """The part of httpx's interface that a client passed as `http_client` must have."""

    def build_request(self, *arguments: Any, **options: Any) -> Any: ...
    async def send(self, *arguments: Any, **options: Any) -> Any: ...
    async def aclose(self) -> None: ...


_ASYNCHRONOUS = "Async" in AsyncHTTPClient.__name__


class AsyncResponse:
    """A response: status, headers, and the body, which can be read once, whole or in pieces.

    Attributes:
        until: what the clock `monotonic` shows when the body must be complete; it can be moved while it is iterated.
    """

    def __init__(self, response: Any, what: str, timeout: Timeout) -> None:
        self._response = response
        self._what = what
        self._timeout = timeout
        self.until = math.inf
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def strike(self, mask: Mask) -> None:
        """Strike secrets out of the headers."""
        self.headers = type(self._response.headers)(mask(list(self._response.headers.raw)))

    async def read(self, until: float) -> bytes:
        """The whole body, which must be complete when the clock `monotonic` shows `until`; then the response is closed.

        Of an error's body, the first 64 KB.

        Raises:
            TransportError: it broke off, or took too long.
            DecodeError: it is larger than 256 MB.
        """
        pieces, size = [], 0
        try:
            if self.status >= 300 and self._overpacked():
                return b""
            async for piece in self.iter_bytes(until):
                pieces.append(piece)
                size += len(piece)
                if self.status >= 300 and size >= LARGEST_ERROR:
                    break
                if size > LARGEST:
                    raise self.too_large()
        finally:
            await self.aclose()
        body = b"".join(pieces)
        return body[:LARGEST_ERROR] if self.status >= 300 else body

    async def iter_bytes(self, until: float = math.inf) -> AsyncIterator[bytes]:
        """The body in pieces, as they arrive, until the clock `monotonic` shows `until`.

        Raises:
            TransportError: it broke off, or took too long.
            DownloadError: it has been read already, or the response is closed.
            DecodeError: it is packed in a way that was not asked for, such as twice, and so could fill the memory.
        """
        if self._overpacked():
            problem = f"{self._what}: the response is packed in another way than once as gzip or deflate"
            raise errors.DecodeError(problem, where="", expected="", raw=None)
        guard = http_library.Guard(self._what)
        self.until = until
        pieces = self._response.aiter_bytes()
        # The library looks up the timeout between two pieces here, when the body begins.
        wait = self._response.request.extensions["timeout"]["read"] = Wait.at_most(self._timeout.read, until)
        while True:
            wait.until = min(self.until, monotonic() + self._timeout.read)
            piece = None
            with guard:
                async with AsyncRuntime.bound(wait.until):
                    piece = await anext(pieces, b"")
            if piece is None:
                raise guard.failure
            if not piece and self.status < 300 and self._cut_short():
                raise errors.TransportError(f"{self._what}: what the body packs is not whole")
            if not piece:
                return
            if monotonic() > self.until:  # what nothing binds to the deadline: a synchronous client of the user's
                raise errors.TimeoutError(f"{self._what}: {http_library.INCOMPLETE}")
            yield piece

    def too_large(self) -> errors.DecodeError:
        """The error for a body that would fill the memory."""
        problem = f"{self._what}: the response is larger than {LARGEST} bytes"
        return errors.DecodeError(problem, where="", expected="", raw=None)

    def _overpacked(self) -> bool:
        """Whether the body is packed as was not asked for, such as twice: a few bytes could fill the memory."""
        how = self.headers.get("Content-Encoding", "").lower()
        packings = {each.strip() for each in how.split(",")} & _PACKINGS
        return bool(packings) and how.strip() not in {"gzip", "deflate"}

    def _cut_short(self) -> bool:
        """Whether a packed body ended before what it packs, or went on after it: the library unpacks what it can."""
        unpacker: Any = getattr(self._response, "_decoder", None)
        while hasattr(unpacker, "decompressor"):  # httpx2 wraps it twice
            unpacker = unpacker.decompressor
        return hasattr(unpacker, "eof") and not (unpacker.eof and not unpacker.unused_data)

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it when the body was not read to its end."""
        guard = http_library.Guard(self._what)
        with guard:
            await self._response.aclose()

    async def drop(self) -> None:
        """Close the connection of a response that was read, so that no other request is sent on it."""
        stream = self._response.extensions.get("network_stream")
        if stream is not None:
            with suppress(Exception):  # it may be closed, or another request's by now, for which it is as useless
                await stream.aclose()


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
        self._process = os.getpid()
        self._library: Any = None if http_client is not None else http_library.chosen(for_async=_ASYNCHRONOUS)
        self._tls = connect_to is None and http_client is None and _certificates(self._library)
        # The first is made at once, as what it reads from the environment can be wrong.
        self._clients: dict[tuple[int, object], Any] = {(self._process, None): http_client or self._new_client()}
        self.closed = False

    async def open(self, outgoing: Outgoing, timeout: Timeout, until: float) -> AsyncResponse:
        """Send a request. Returns when the response's headers have arrived; the caller must close the response.

        Args:
            outgoing: the request.
            timeout: seconds to wait for a connection, and between two pieces.
            until: what the clock `monotonic` shows when the headers must have arrived.

        Raises:
            ConfigError: the request cannot be written, or the client is closed.
            TransportError: no response arrived.
        """
        client = await self._current()
        http_library.leave_surplus(client)
        what = outgoing.what if self._connect_to is None else f"{outgoing.what}, by connect_to {self._connect_to.url}"
        guard = http_library.Guard(what, writing=True)
        timeouts = http_library.waits(timeout, until)
        token = http_library.sending.set(True)
        try:
            with guard:
                async with AsyncRuntime.bound(until):
                    # No variable holds the request, as its URL can be a signed link.
                    return AsyncResponse(
                        await client.send(
                            http_library.built(self._library, client, outgoing, timeouts, self._connect_to),
                            stream=True,
                            auth=None,
                            follow_redirects=False,
                        ),
                        what,
                        timeout,
                    )
        finally:
            http_library.sending.reset(token)
        if isinstance(guard.failure, errors.ConfigError):
            self._check_open()
        raise guard.failure

    def _check_open(self) -> None:
        if self.closed:
            raise errors.ConfigError("the client is closed; make a new one")

    async def _current(self) -> Any:
        """The client of this process and this event loop, whose sockets no other may use."""
        self._check_open()
        process = os.getpid()
        if self._given is not None:
            AsyncRuntime.loop()
            if self._process != process:
                raise errors.ConfigError(
                    "http_client= was made in another process; make one in each", argument="http_client"
                )
            return self._given
        home = (process, AsyncRuntime.loop())
        client = self._clients.get(home)
        if client is None or client.is_closed:
            # A parent process's clients are kept, as deleting them would close the parent's connections.
            for other in list(self._clients):
                if other[0] == process and self._clients[other].is_closed:
                    del self._clients[other]
            client = self._clients[home] = self._clients.pop((process, None), None) or self._new_client()
            client._ending = await AsyncRuntime.ending(client)
        return client

    def _new_client(self) -> Any:
        client: Any = self._library_client()
        http_library.keep_no_cookies(client)
        if client._mounts:
            # Nothing for this machine goes through a proxy, which would get the key in plain text.
            client._mounts = {http_library.Nearby(): None, **client._mounts}
        for each in (client._transport, *client._mounts.values()):
            if each is not None:
                AsyncRuntime.bind(each._pool)
        return client

    def _library_client(self) -> Any:
        try:
            return self._library.AsyncClient(
                headers=dict(http_library.DEFAULTS.values()),
                # The loopback address needs neither a proxy from the environment nor certificates, which take long to
                # load.
                trust_env=self._connect_to is None,
                verify=self._tls,
            )
        except ImportError:
            proxy = _variable(self._library, "socks")
            problem = f"{proxy} asks for a SOCKS proxy, which needs a package: pip install socksio"
        except (ValueError, self._library.InvalidURL):
            # The library's message is left out: the URL of a proxy can hold a password.
            problem = (
                f"{_variable(self._library, '')} cannot be read: give proxies as URLs, and NO_PROXY as names of hosts"
            )
        raise errors.ConfigError(problem)

    async def aclose(self) -> None:
        """Close the connections. Closing again does nothing; a client of the user's stays open."""
        if not self.closed:
            self.closed = True
            if self._given is None and (client := self._clients.get((os.getpid(), AsyncRuntime.loop()))):
                await client.aclose()

    def __del__(self) -> None:
        if not getattr(self, "closed", True) and self._given is None:
            warnings.warn(
                "a client of polyai-data was not closed; use it as a context manager, or close it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


def _certificates(library: Any) -> ssl.SSLContext:
    """The certificates to trust, which all clients of an `AsyncHTTP` share."""
    try:
        return cast("ssl.SSLContext", library.create_ssl_context())
    except (OSError, ValueError):
        set_ = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)]
    raise errors.ConfigError(f"{' or '.join(set_) or 'certifi'} names no file of certificates that can be read")


def _variable(library: Any, scheme: str) -> str:
    """The environment variable whose value, a URL that begins with `scheme`, is no proxy for the HTTP library."""
    for name, value in os.environ.items():
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} and value.startswith(scheme):
            if scheme:
                return name
            try:
                library.Proxy(value if "://" in value else f"http://{value}")
            except (ValueError, library.InvalidURL):
                return name
    return "NO_PROXY, or the system's setting for proxies,"
