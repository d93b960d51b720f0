"""The one module here that knows the HTTP library: sends a request, and returns its whole response."""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol, Self

import httpx

from polyai_data.conformance.exchange import Request, Response
from polyai_data.hosts import Loopback
from polyai_data.options import Secret

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

    def send(self, request: Request, key: Secret | None) -> Response:
        """Send one request, with the key in its `key_header`; `SendError` when no complete response comes."""
        ...


class HTTP:
    """A pool of connections, which sends requests to their true hosts, or all of them to one loopback address.

    Args:
        connect_to: the loopback address, or None.
        rate: requests a second at most; None for any number. Where it is set, a 429 is waited for once.
    """

    def __init__(self, connect_to: Loopback | None, rate: float | None = None) -> None:
        self._connect_to = connect_to
        self._pause = None if rate is None else 1 / rate
        self._next = 0.0
        direct = connect_to is None
        # Servers close after 5 s, as httpx does: a request could meet a connection that is being closed.
        limits = httpx.Limits(keepalive_expiry=2)
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=direct, verify=direct, limits=limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, request: Request, key: Secret | None) -> Response:
        """Send one request, with the key in its `key_header`; `SendError` when no complete response comes."""
        response = self._once(request, key)
        if self._pause is not None and response.status == 429:
            after = response.headers.get("retry-after", "")
            time.sleep(min(float(after) if after.isdigit() else 2.0, _LONGEST_PAUSE))
            response = self._once(request, key)
        return response

    def _once(self, request: Request, key: Secret | None) -> Response:
        if self._pause is not None:
            at = max(time.monotonic(), self._next)
            self._next = at + self._pause
            time.sleep(max(0.0, at - time.monotonic()))
        token = _sending.set(True)
        try:
            sent = self._client.build_request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
            if key is not None:
                sent.headers[request.key_header] = key.reveal()
            if self._connect_to is not None:
                # The Host header keeps the true host.
                sent.url = sent.url.copy_with(scheme="http", host=self._connect_to.host, port=self._connect_to.port)
            response = self._client.send(sent)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Response(response.status_code, headers, response.content)
        except httpx.HTTPError as error:
            failure = type(error).__name__
        finally:
            _sending.reset(token)
        # Raised here, where it has no context: the library's errors hold the request, and that holds the key.
        raise SendError(f"no complete response came ({failure})")
