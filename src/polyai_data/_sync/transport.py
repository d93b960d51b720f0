# Written by `make generate` from _async/transport.py. Do not edit it: change that and run it again.
"""The one module that knows the HTTP library: a pool of connections, and the library's errors as ours.

No variable here holds a key, a signed link or a request longer than the call to the library: tracebacks can show
variables.
"""

from __future__ import annotations

import builtins
import logging
import math
import os
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
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
from polyai_data.deadline import Runtime, Wait
from polyai_data.hosts import Loopback, is_loopback
from polyai_data.masking import Mask, bare

_sending: ContextVar[bool] = ContextVar("polyai_data_sending", default=False)
_PARTS = ("connection", "http11", "http2", "proxy", "socks")
_LIBRARY_LOGGERS = ("httpx", "httpx2", *(f"httpcore{version}.{part}" for version in ("", "2") for part in _PARTS))


def _foreign(_record: logging.LogRecord) -> bool:
    return not _sending.get()


for _name in _LIBRARY_LOGGERS:
    # The library logs whole URLs, with ids and signatures. Our own log has the same lines without them.
    logging.getLogger(_name).addFilter(_foreign)


LARGEST = 256 * 1024 * 1024
"""Bytes that the body of a response may have in memory, unpacked. The largest pages have a few dozen MB."""
LARGEST_ERROR = 64 * 1024
"""Bytes of an error's body that are read."""
_INCOMPLETE = "the response was not complete within the deadline"
_PACKINGS = {"gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd"}
_LINK_HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range"}


class HTTPClient(Protocol):
    """The part of httpx's interface that a client passed as `http_client` must have."""

    def build_request(self, *arguments: Any, **options: Any) -> Any: ...
    def send(self, *arguments: Any, **options: Any) -> Any: ...
    def close(self) -> None: ...


_ASYNCHRONOUS = "Async" in HTTPClient.__name__


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


class Response:
    """A response: status, headers, and the body, which can be read once, whole or in pieces."""

    def __init__(self, response: Any, what: str, timeout: Timeout) -> None:
        self._response = response
        self._what = what
        self._timeout = timeout
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def strike(self, mask: Mask) -> None:
        """Strike secrets out of the headers."""
        self.headers = type(self._response.headers)(mask(list(self._response.headers.raw)))

    def read(self, until: float) -> bytes:
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
            for piece in self.iter_bytes(until):
                pieces.append(piece)
                size += len(piece)
                if self.status >= 300 and size >= LARGEST_ERROR:
                    break
                if size > LARGEST:
                    problem = f"{self._what}: the response is larger than {LARGEST} bytes"
                    raise errors.DecodeError(problem, where="", expected="", raw=None)
        finally:
            self.close()
        body = b"".join(pieces)
        return body[:LARGEST_ERROR] if self.status >= 300 else body

    def iter_bytes(self, until: float = math.inf) -> Iterator[bytes]:
        """The body in pieces, as they arrive, until the clock `monotonic` shows `until`.

        Raises:
            TransportError: it broke off, or took too long.
            DownloadError: it has been read already, or the response is closed.
            DecodeError: it is packed in a way that was not asked for, such as twice, and so could fill the memory.
        """
        if self._overpacked():
            problem = f"{self._what}: the response is packed in another way than once as gzip or deflate"
            raise errors.DecodeError(problem, where="", expected="", raw=None)
        guard = _Guard(self._what)
        pieces = self._response.iter_bytes()
        # The library looks up the timeout between two pieces here, when the body begins.
        wait = self._response.request.extensions["timeout"]["read"] = Wait.at_most(self._timeout.read, until)
        while True:
            wait.until = min(until, monotonic() + self._timeout.read)
            piece = None
            with guard:
                with Runtime.bound(wait.until):
                    piece = next(pieces, b"")
            if piece is None:
                raise guard.failure
            if not piece and self.status < 300 and self._cut_short():
                raise errors.TransportError(f"{self._what}: what the body packs is not whole")
            if not piece:
                return
            if monotonic() > until:  # what nothing binds to the deadline: a synchronous client of the user's
                raise errors.TimeoutError(f"{self._what}: {_INCOMPLETE}")
            yield piece

    def _overpacked(self) -> bool:
        """Whether the body is packed as was not asked for, such as twice: a few bytes could fill the memory."""
        how = self.headers.get("Content-Encoding", "").lower()
        packings = {each.strip() for each in how.split(",")} & _PACKINGS
        return bool(packings) and how.strip() not in {"gzip", "deflate"}

    def _cut_short(self) -> bool:
        """Whether a packed body ended before what it packs, or went on after it: the library unpacks what it can."""
        unpacker = getattr(getattr(self._response, "_decoder", None), "decompressor", None)
        return unpacker is not None and not (unpacker.eof and not unpacker.unused_data)

    def close(self) -> None:
        """Return the connection to the pool, or close it when the body was not read to its end."""
        guard = _Guard(self._what)
        with guard:
            self._response.close()

    def drop(self) -> None:
        """Close the connection of a response that was read, so that no other request is sent on it."""
        stream = self._response.extensions.get("network_stream")
        if stream is not None:
            with suppress(Exception):  # it may be closed, or another request's by now, for which it is as useless
                stream.close()


class HTTP:
    """A pool of connections. Requests go to the hosts of their URLs, or all to one loopback address.

    Args:
        connect_to: the loopback address, or None.
        http_client: a client of the user's to send through; it is not closed with this.
    """

    def __init__(self, connect_to: Loopback | None, http_client: HTTPClient | None) -> None:
        if http_client is not None and iscoroutinefunction(http_client.send) is not _ASYNCHRONOUS:
            other = "an synchronous" if _ASYNCHRONOUS else "a synchronous"
            raise errors.ConfigError(f"http_client must be {other} client here", argument="http_client")
        self._connect_to = connect_to
        self._given = http_client
        self._process = os.getpid()
        self._tls = connect_to is None and http_client is None and _certificates()
        # The first is made at once, as what it reads from the environment can be wrong.
        self._clients: dict[tuple[int, object], Any] = {(self._process, None): http_client or self._new_client()}
        self.closed = False

    def open(self, outgoing: Outgoing, timeout: Timeout, until: float) -> Response:
        """Send a request. Returns when the response's headers have arrived; the caller must close the response.

        Args:
            outgoing: the request.
            timeout: seconds to wait for a connection, and between two pieces.
            until: what the clock `monotonic` shows when the headers must have arrived.

        Raises:
            ConfigError: the request cannot be written, or the client is closed.
            TransportError: no response arrived.
        """
        client = self._current()
        _leave_surplus(client)
        what = outgoing.what if self._connect_to is None else f"{outgoing.what}, by connect_to {self._connect_to.url}"
        guard = _Guard(what, writing=True)
        token = _sending.set(True)
        try:
            with guard:
                with Runtime.bound(until):
                    # No variable holds the request, as its URL can be a signed link.
                    return Response(
                        client.send(
                            _built(client, outgoing, timeout, until, self._connect_to),
                            stream=True,
                            auth=None,
                            follow_redirects=False,
                        ),
                        what,
                        timeout,
                    )
        finally:
            _sending.reset(token)
        raise guard.failure

    def _current(self) -> Any:
        """The client of this process and this event loop, whose sockets no other may use."""
        if self.closed:
            raise errors.ConfigError("the client is closed; make a new one")
        process = os.getpid()
        if self._given is not None:
            Runtime.loop()
            if self._process != process:
                raise errors.ConfigError(
                    "http_client= was made in another process; make one in each", argument="http_client"
                )
            return self._given
        home = (process, Runtime.loop())
        client = self._clients.get(home)
        if client is None or client.is_closed:
            # A parent process's clients are kept, as deleting them would close the parent's connections.
            for other in list(self._clients):
                if other[0] == process and self._clients[other].is_closed:
                    del self._clients[other]
            client = self._clients[home] = self._clients.pop((process, None), None) or self._new_client()
            client._ending = Runtime.ending(client)
        return client

    def _new_client(self) -> Any:
        client: Any = self._library_client()
        client._cookies = _NoCookies()
        if client._mounts:
            # Nothing for this machine goes through a proxy, which would get the key in plain text.
            client._mounts = {_Nearby(): None, **client._mounts}
        for each in (client._transport, *client._mounts.values()):
            if each is not None:
                Runtime.bind(each._pool)
        return client

    def _library_client(self) -> httpx.Client:
        try:
            return httpx.Client(
                headers={"User-Agent": f"polyai-data/{__version__}"},
                # The loopback address needs neither a proxy from the environment nor certificates, which take long to
                # load.
                trust_env=self._connect_to is None,
                verify=self._tls,
            )
        except ImportError:
            problem = f"{_variable('socks')} asks for a SOCKS proxy, which needs a package: pip install socksio"
        except (ValueError, httpx.InvalidURL):
            # The library's message is left out: the URL of a proxy can hold a password.
            problem = f"{_variable('')} cannot be read: give proxies as URLs, and NO_PROXY as names of hosts"
        raise errors.ConfigError(problem)

    def close(self) -> None:
        """Close the connections. Closing again does nothing; a client of the user's stays open."""
        if not self.closed:
            self.closed = True
            if self._given is None and (client := self._clients.get((os.getpid(), Runtime.loop()))):
                client.close()

    def __del__(self) -> None:
        if not getattr(self, "closed", True) and self._given is None:
            warnings.warn(
                "a client of polyai-data was not closed; use it as a context manager, or close it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


class _NoCookies(httpx.Cookies):
    """Keeps none: a cookie could tie the calls of one key to another's."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Nothing is taken over from a response."""


class _Nearby:
    """A pattern of the HTTP library, which URLs match that lead to this machine."""

    def matches(self, url: Any) -> bool:
        return is_loopback(url.host)


def _certificates() -> ssl.SSLContext:
    """The certificates to trust, which all clients of an `AsyncHTTP` share."""
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError):
        set_ = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)]
    raise errors.ConfigError(f"{' or '.join(set_) or 'certifi'} names no file of certificates that can be read")


def _variable(scheme: str) -> str:
    """The environment variable whose value, a URL that begins with `scheme`, is no proxy for the HTTP library."""
    for name, value in os.environ.items():
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} and value.startswith(scheme):
            if scheme:
                return name
            try:
                httpx.Proxy(value if "://" in value else f"http://{value}")
            except (ValueError, httpx.InvalidURL):
                return name
    return "NO_PROXY, or the system's setting for proxies,"


def _built(client: Any, outgoing: Outgoing, timeout: Timeout, until: float, connect_to: Loopback | None) -> Any:
    """The library's request. This function returns before the request is sent, so no traceback shows its variables."""
    connect, read = Wait.at_most(timeout.connect, until), Wait.at_most(timeout.read, until)
    # A pool that is busy is waited for.
    request = client.build_request(**outgoing.arguments(), timeout=(connect, read, read, Wait.at_most(math.inf, until)))
    # The library also asks for packings of which a small piece can fill the memory.
    request.headers["Accept-Encoding"] = "gzip, deflate"
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
        if failure is None and kind is RuntimeError:
            why = f"http_client cannot be used: {error}; has it been closed, or used in another event loop?"
            failure = errors.ConfigError(f"{self._what}: {why}", argument="http_client")
        if failure is None and self._writing and issubclass(kind, UnicodeError | TypeError | ValueError):
            why = "an argument cannot be written into the request; is it text, or plain JSON?"
            failure = errors.ConfigError(f"{self._what}: {why}")
        if failure is None:
            bare(error)  # the library's frames hold the request
            return False
        self.failure = failure
        return True


def _own_error(kind: type[BaseException], error: BaseException, what: str) -> errors.PolyAIError | None:
    """Our error for the library's. Classes are compared by name, as `http_client` can be of another library."""
    names = {each.__name__ for each in kind.__mro__ if each.__module__.startswith("httpx")}
    for name, make in _OWN.items():
        if name in names:
            return make(what, error)
    if issubclass(kind, builtins.TimeoutError):
        return errors.TimeoutError(f"{what}: {_INCOMPLETE}", sent=getattr(error, "sent", True))
    if issubclass(kind, OSError):
        return errors.ConnectionError(f"{what}: the connection broke before the response was complete")
    return None


def _unconnected(what: str, error: BaseException) -> errors.PolyAIError:
    unverified = "CERTIFICATE_VERIFY_FAILED" in str(error)
    advice = "; if you trust its issuer, name a file with its certificate in SSL_CERT_FILE" if unverified else ""
    return errors.ConnectionError(f"{what}: no connection: {error}{advice}", sent=False, permanent=unverified)


def _refused_by_proxy(what: str, error: BaseException) -> errors.PolyAIError:
    # What follows the status are the proxy's own words.
    status = str(error)[:3] if str(error)[:3].isdigit() else ""
    why = f"the proxy refused with status {status}" if status else "the proxy refused"
    return errors.ConnectionError(f"{what}: {why}", sent=False, permanent=status.startswith("4"))


def _timed_out(why: str, *, sent: bool = True) -> Callable[[str, BaseException], errors.PolyAIError]:
    return lambda what, _: errors.TimeoutError(f"{what}: {why}", sent=sent)


_OWN: Mapping[str, Callable[[str, BaseException], errors.PolyAIError]] = {
    # In order, special classes before general ones. The library's message is left out where it quotes the request.
    "ConnectTimeout": _timed_out("no connection within the timeout", sent=False),
    "PoolTimeout": _timed_out("all connections were busy until the deadline", sent=False),
    "WriteTimeout": _timed_out("the request could not be sent within the timeout"),
    "TimeoutException": _timed_out("no data within the timeout"),
    "ConnectError": _unconnected,
    "ProxyError": _refused_by_proxy,
    "LocalProtocolError": lambda what, _: errors.ConfigError(f"{what}: cannot be sent as HTTP; check headers="),
    "UnsupportedProtocol": lambda what, _: errors.ConfigError(f"{what}: not an http or https URL"),
    "InvalidURL": lambda what, _: errors.ConfigError(f"{what}: an argument makes no valid URL"),
    "DecodingError": lambda what, _: errors.TransportError(f"{what}: the body is not packed as Content-Encoding says"),
    "StreamError": lambda what, _: errors.DownloadError(f"{what}: its bytes were read already, or its block has ended"),
    "HTTPError": lambda what, _: errors.ConnectionError(
        f"{what}: the connection broke before the response was complete"
    ),
}
