"""The one module here that knows the HTTP library: sends a request, and returns its whole response."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol, Self

import httpx

from polyai_data.config import Secret
from polyai_data.conformance.exchange import Response
from polyai_data.hosts import Loopback

_TIMEOUT = 60.0
_LONGEST_PAUSE = 30.0
_sending: ContextVar[bool] = ContextVar("polyai_data_conformance_sending", default=False)

for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    # They log whole URLs, signatures included.
    logging.getLogger(_name).addFilter(lambda _record: not _sending.get())


class SendError(Exception):
    """No complete response came. The message holds neither the URL nor the key."""


class Sender(Protocol):
    """What sends requests."""

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, key: tuple[str, Secret] | None
    ) -> Response:
        """Send one request; `SendError` when no complete response comes."""
        ...


class Pacer:
    """Lets at most so many requests a second through."""

    def __init__(self, rate: float | None) -> None:
        """`rate` requests a second; None for any number."""
        self._pause = 0.0 if rate is None else 1 / rate
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._pause
        if moment > now:
            time.sleep(moment - now)


class HTTP:
    """A pool of connections, which sends requests to their true hosts, or all of them to one loopback address.

    Args:
        connect_to: the loopback address, or None.
        rate: requests a second at most; None for any number. Where it is set, a 429 is waited for once.
    """

    def __init__(self, connect_to: Loopback | None, rate: float | None = None) -> None:
        self._connect_to = connect_to
        self._pacer = Pacer(rate)
        self._patient = rate is not None
        direct = connect_to is None
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=direct, verify=direct)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, key: tuple[str, Secret] | None
    ) -> Response:
        """Send one request; `SendError` when no complete response comes."""
        response = self._once(method, url, headers, body, key)
        if self._patient and response.status == 429:
            after = response.headers.get("retry-after", "")
            time.sleep(min(float(after) if after.isdigit() else 2.0, _LONGEST_PAUSE))
            response = self._once(method, url, headers, body, key)
        return response

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, key: tuple[str, Secret] | None
    ) -> Response:
        self._pacer.wait()
        token = _sending.set(True)
        failure = ""
        try:
            request = self._client.build_request(method, url, headers=dict(headers), content=body)
            if key is not None:
                request.headers[key[0]] = key[1].reveal()
            if self._connect_to is not None:
                # The Host header keeps the true host.
                request.url = request.url.copy_with(
                    scheme="http", host=self._connect_to.host, port=self._connect_to.port
                )
            response = self._client.send(request)
            return Response(
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                response.content,
            )
        except httpx.HTTPError as error:
            failure = type(error).__name__
        finally:
            _sending.reset(token)
        # Raised here, where it has no context: the library's errors hold the request, and that holds the key.
        raise SendError(f"no complete response came ({failure})")
