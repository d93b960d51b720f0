"""What both flavours of the transport know of the HTTP library: how a request is built, and its errors as ours. No I/O.

No variable here holds a key, a signed link or a request longer than a call: tracebacks can show variables.
"""

from __future__ import annotations

import builtins
import importlib
import logging
import math
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpx

from polyai_data import errors
from polyai_data._version import __version__
from polyai_data.deadline import Wait
from polyai_data.hosts import Loopback, is_loopback
from polyai_data.masking import bare
from polyai_data.options import Secret, Timeout

sending: ContextVar[bool] = ContextVar("polyai_datasending", default=False)
_PARTS = ("connection", "http11", "http2", "proxy", "socks")
_LIBRARY_LOGGERS = ("httpx", "httpx2", *(f"httpcore{version}.{part}" for version in ("", "2") for part in _PARTS))


def _foreign(_record: logging.LogRecord) -> bool:
    return not sending.get()


for _name in _LIBRARY_LOGGERS:
    # The library logs whole URLs, with ids and signatures. Our own log has the same lines without them.
    logging.getLogger(_name).addFilter(_foreign)


_LINK_HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range"}
INCOMPLETE = "the response was not complete within the deadline"


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


def chosen(*, for_async: bool) -> Any:
    """The HTTP library: httpx, or httpx2 for asynchronous clients where that is installed, as it is faster there.

    Raises:
        ConfigError: POLYAI_HTTP_LIBRARY names another one, or one that is not installed.
    """
    asked = os.environ.get(VARIABLE)
    if asked not in {None, "", "httpx", "httpx2"}:
        raise errors.ConfigError(f"{VARIABLE} must be httpx or httpx2, not {asked!r}")
    if asked == "httpx2" or (for_async and not asked):
        with suppress(ImportError):
            return importlib.import_module("httpx2")
    if asked == "httpx2":
        raise errors.ConfigError(f"{VARIABLE} asks for httpx2, which is not installed: pip install 'polyai-data[fast]'")
    return httpx


def keep_no_cookies(client: Any) -> None:
    """Let `client` keep no cookie, as it could tie the calls of one key to another's."""
    client._cookies.extract_cookies = lambda _response: None


class Nearby:
    """A pattern of the HTTP library, which URLs match that lead to this machine."""

    def matches(self, url: Any) -> bool:
        return is_loopback(url.host)


VARIABLE = "POLYAI_HTTP_LIBRARY"
DEFAULTS = {
    # The library also asks for packings of which a small piece can fill the memory.
    "accept-encoding": ("Accept-Encoding", "gzip, deflate"),
    "connection": ("Connection", "keep-alive"),
    "user-agent": ("User-Agent", f"polyai-data/{__version__}"),
}
_PLAIN = r"(?a)(https?://[^/?#]+)((?:/(?!\.)(?:%[0-9A-Fa-f]{2}|[\w.~!$&'()*+,;=:@-])*)+)"


def waits(timeout: Timeout, until: float) -> dict[str, Wait]:
    """The timeouts of a request, as the library passes them on to the network."""
    connect, read = Wait.at_most(timeout.connect, until), Wait.at_most(timeout.read, until)
    # A pool that is busy is waited for.
    return {"connect": connect, "read": read, "write": read, "pool": Wait.at_most(math.inf, until)}


def built(
    library: Any, client: Any, outgoing: Outgoing, timeouts: Mapping[str, Wait], connect_to: Loopback | None
) -> Any:
    """The library's request. This function returns before the request is sent, so no traceback shows its variables.

    `library` is that of `client`; None where this is the user's, which may add to each request.
    """
    if library is None or outgoing.link is not None:
        request = client.build_request(**outgoing.arguments())
        request.headers["Accept-Encoding"] = DEFAULTS["accept-encoding"][1]
    else:
        request = _request(library, outgoing.arguments())
    request.extensions["timeout"] = timeouts
    if outgoing.link is not None:
        # Query parameters that the client adds to every request would break the signature.
        request.url = type(request.url)(outgoing.link.reveal())
        # The host of a signed link is another party: it gets no cookies and no headers of the user's.
        for name in set(request.headers) - _LINK_HEADERS:
            del request.headers[name]
    if connect_to is not None:
        # The Host header keeps the host of the URL.
        if library is None:
            request.url = request.url.copy_with(scheme="http", host=connect_to.host, port=connect_to.port)
        else:
            whole = request.url._uri_reference
            request.url = _at(_origin(library, connect_to.url), whole.path, whole.query)
    return request


def _request(library: Any, arguments: Mapping[str, Any]) -> Any:
    """What a client of the library builds, at half of its cost: a host is parsed once, and ids are quoted already."""
    named = {name.lower(): (name, value) for name, value in arguments["headers"].items()}
    url, params = arguments["url"], arguments.get("params")
    if match := re.fullmatch(_PLAIN, url):
        url = _at(_origin(library, match[1]), match[2], str(library.QueryParams(params)) if params else None)
        params = None
    headers = list({**DEFAULTS, **named}.values())
    return library.Request(arguments["method"], url, params=params, headers=headers, json=arguments.get("json"))


@lru_cache(maxsize=64)
def _origin(library: Any, url: str) -> Any:
    return library.URL(url)


def _at(origin: Any, path: str, query: str | None) -> Any:
    url = type(origin)(origin)
    url._uri_reference = origin._uri_reference._replace(path=path, query=query)
    return url


def leave_surplus(client: Any) -> None:
    """Let idle connections expire on which more than a response arrived: the next request would get the rest."""
    with suppress(AttributeError):  # a client of the user's can be made otherwise
        pools = [each._pool for each in (client._transport, *client._mounts.values()) if each is not None]
        for each in (each for pool in pools for each in pool.connections):
            connection = getattr(each, "_connection", None)  # None while it is being made
            if connection is not None and connection.is_idle() and connection._h11_state.trailing_data[0]:
                connection._expire_at = 0.0


class Guard:
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
        return errors.TimeoutError(f"{what}: {INCOMPLETE}", sent=getattr(error, "sent", True))
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
