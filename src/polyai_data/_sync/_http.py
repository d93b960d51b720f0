# Written by `make generate` from _async/_http.py. Do not edit it: change that and run it again.
"""The one place that knows the HTTP library: a pool of connections, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from polyai_data import __version__, errors
from polyai_data.config import Timeout
from polyai_data.hosts import Loopback


class Answer:
    """An answer whose body has not been read: status, headers, and the body once, whole or in pieces."""

    def __init__(self, response: httpx.Response, what: str) -> None:
        self._response = response
        self._what = what
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def read(self) -> bytes:
        """The whole body.

        Raises:
            TransportError: it broke off, or took too long.
        """
        guard = _Guard(self._what)
        with guard:
            return self._response.read()
        raise guard.failure

    def iter_bytes(self) -> Iterator[bytes]:
        """The body in pieces, as they arrive.

        Raises:
            TransportError: it broke off, or took too long.
        """
        guard = _Guard(self._what)
        with guard:
            for piece in self._response.iter_bytes():
                yield piece
            return
        raise guard.failure


class HTTP:
    """A pool of connections, which sends requests to their true hosts, or all of them to one loopback address."""

    def __init__(self, timeout: Timeout, connect_to: Loopback | None) -> None:
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout.read, connect=timeout.connect, pool=timeout.connect),
            headers={"User-Agent": f"polyai-data/{__version__}"},
            transport=None if connect_to is None else _ConnectTo(connect_to),
            # A proxy from the environment must not come between us and the loopback address.
            trust_env=connect_to is None,
            follow_redirects=False,
        )

    @contextmanager
    def stream(self, method: str, url: str, *, what: str, **options: Any) -> Iterator[Answer]:
        """Send a request; gives its answer as soon as the headers are there.

        Args:
            method: HTTP method.
            url: the whole true URL.
            what: what to call the request in errors, without ids or secrets.
            options: `params`, `headers`, `json` as the HTTP library takes them.

        Raises:
            TransportError: the connection failed, or the headers took too long.
        """
        response = self._send(what, method, url, options)
        try:
            yield Answer(response, what)
        finally:
            response.close()

    def _send(self, what: str, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        guard = _Guard(what)
        with guard:
            return self._client.send(self._client.build_request(method, url, **options), stream=True)
        raise guard.failure

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class _Guard:
    """Catches the HTTP library's errors and keeps the one of ours that says the same.

    It is raised after the block, where it has no context: the library's errors hold the request, and that holds the
    key.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self.failure = errors.TransportError(what)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, httpx.HTTPError):
            return False
        self.failure = _own_error(error, self._what)
        return True


def _own_error(error: httpx.HTTPError, what: str) -> errors.TransportError:
    if isinstance(error, httpx.TimeoutException):
        waited = {
            httpx.ConnectTimeout: "no connection within the timeout",
            httpx.PoolTimeout: "all connections were busy for longer than the timeout",
            httpx.WriteTimeout: "the request could not be sent within the timeout",
        }
        return errors.TimeoutError(f"{what}: {waited.get(type(error), 'no data within the timeout')}")
    if isinstance(error, httpx.ConnectError):
        return errors.ConnectionError(f"{what}: no connection: {error}")
    if isinstance(error, httpx.LocalProtocolError):
        # Its own words quote the header at fault.
        return errors.ConnectionError(f"{what}: the request cannot be sent as HTTP; check headers=")
    return errors.ConnectionError(f"{what}: the connection broke before the answer was complete")


class _ConnectTo(httpx.BaseTransport):
    """Sends each request, true URL and Host header kept, over plain HTTP to one loopback address."""

    def __init__(self, address: Loopback) -> None:
        self._address = address
        # There is no TLS on this way, so the certificates, which take long to load, are not needed.
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host=self._address.host, port=self._address.port)
        # The copy keeps the headers, Host among them; the response belongs to the request with the true URL.
        sent = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return self._inner.handle_request(sent)

    def close(self) -> None:
        self._inner.close()
