# Written by `make generate` from _async/session.py. Do not edit it: change that and run it again.
"""What the resources of a client send through: the server and the key of a call, its attempts, and its response."""

from __future__ import annotations

import datetime
import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from random import random
from time import monotonic
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from polyai_data import decode, retry
from polyai_data._sync.transport import HTTP, Outgoing, Response
from polyai_data.config import Config, Secret, Timeout
from polyai_data.errors import APIError, DownloadError, PolyAIError, TransportError
from polyai_data.hosts import Route

logger = logging.getLogger("polyai_data")

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
DOCUMENTED = frozenset({200, 201})
"""The statuses of a read that bring what was asked for."""
CARRIED_OUT = frozenset(range(200, 300))
"""The statuses of any other request that say that it was carried out."""
MOST_LOGGED = 1000
"""Places at which values were unread, after which a client logs no more."""


class Attempt(Protocol[R_co]):
    """One attempt at a call, which must be over when the clock `monotonic` shows `until`."""

    def __call__(self, number: int, until: float) -> R_co: ...


class Session:
    """The connections and the configuration that the resources of one client share."""

    def __init__(
        self, config: Config, http: HTTP | None = None, logged: set[tuple[str, str, str]] | None = None
    ) -> None:
        self.config = config
        self.logged = set() if logged is None else logged
        self.http = http or HTTP(config.connect_to, config.http_client)

    def call(self, operation_id: str, request: dict[str, Any], read: decode.Read[R], *, until: float = math.inf) -> R:
        """Send a request, again where that may help, and read its response.

        Args:
            operation_id: the operation, as the patched document names it.
            request: what its generated request builder gives.
            read: reads the response's body.
            until: what the clock `monotonic` shows when the call must be over; the client's deadline may be earlier.

        Raises:
            ConfigError: the region does not serve the operation, there is no key for its host, or an argument cannot be
                sent.
            TransportError: no complete response arrived.
            APIError: the server responded with an error.
            DecodeError: the response is not what the document says.
        """
        route = self.config.route(operation_id)
        attempt = partial(self._body, route, self._outgoing(route, request, {}))
        body = self._attempts(attempt, idempotent=route.operation.idempotent, until=until)
        result = read(body, route, strict=self.config.strict)
        self._log_drift(route, result)
        return result

    def write(self, operation_id: str, request: dict[str, Any]) -> None:
        """As `call`, for a request that changes something and returns nothing.

        Any 2xx is success, whatever its body is and whether or not that arrives, unless it says `success: false`, which
        is an APIError.
        """
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, {})

        def attempt(number: int, until: float) -> None:
            try:
                self._body(route, outgoing, number, until)
            except TransportError as error:
                if not error.done:
                    raise

        self._attempts(attempt, idempotent=route.operation.idempotent)

    def _log_drift(self, route: Route, result: object) -> None:
        for place, reason in sorted(decode.drift(result)):
            row = (route.operation.id, place, reason)
            if row not in self.logged and len(self.logged) < MOST_LOGGED:
                self.logged.add(row)
                message = "%s %s: %s is %s; it reads as None, and `unread` has it"
                logger.warning(message, route.operation.method, route.operation.path, place, reason)

    def open(self, operation_id: str, request: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
        """As `call`, but the response's body is unread, and the caller must close it. `headers` may ask for a range."""
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, headers or {})
        attempt = partial(self._accepted, route, outgoing, DOCUMENTED | {206, 416})
        return self._attempts(attempt, idempotent=route.operation.idempotent)

    def open_link(self, link: Secret, headers: Mapping[str, str] | None = None) -> Response:
        """Fetch a signed link of another host: without the key, and without the user's headers.

        Raises:
            TransportError: no complete response arrived.
            DownloadError: it is no link, or its host refuses it.
        """
        host = _host(link)
        # The query is the signature, which gives access to the file: it stays out of every message.
        what = f"GET the signed link at {host}"
        outgoing = Outgoing(what, lambda: {"method": "GET", "url": link.reveal(), "headers": headers}, link)

        def attempt(number: int, until: float) -> Response:
            response = self._sent(outgoing, number, until)
            if response.status in {200, 206, 416}:
                return response
            response.close()
            raise LinkRefusedError(outgoing.what, response)

        return self._attempts(attempt, idempotent=True)

    def _outgoing(self, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]) -> Outgoing:
        operation = route.operation
        self.config.key(route)  # a missing key is no failed attempt
        return Outgoing(
            f"{operation.method} {operation.path} at {route.base_url} ({operation.logical_host})",
            partial(
                self.config.request_arguments, route, {**request, "headers": {**request.get("headers", {}), **headers}}
            ),
        )

    def _body(self, route: Route, outgoing: Outgoing, number: int, until: float) -> bytes:
        """One attempt, up to the end of the body of a response that says that the request was carried out."""
        accepted = DOCUMENTED if route.operation.method == "GET" else CARRIED_OUT
        response = self._accepted(route, outgoing, accepted, number, until)
        try:
            body = self._seen(route, response.status, response.read(until))
        except TransportError as error:
            error.done = True
            raise
        if accepted is CARRIED_OUT:
            decode.written(response.status, response.headers, body, route)
        return body

    def _accepted(
        self, route: Route, outgoing: Outgoing, accepted: frozenset[int], number: int, until: float
    ) -> Response:
        """One attempt, up to the headers of a response with an accepted status."""
        response = self._sent(outgoing, number, until)
        if response.status in accepted:
            return response
        body = self._seen(route, response.status, response.read(until))
        now = datetime.datetime.now(datetime.UTC)
        raise decode.api_error(response.status, response.headers, body, route, now)

    def _sent(self, outgoing: Outgoing, number: int, until: float) -> Response:
        started = monotonic()
        left = max(until - started, 0.001)
        timeout = Timeout(min(self.config.timeout.connect, left), min(self.config.timeout.read, left))
        try:
            response = self.http.open(outgoing, timeout)
        except PolyAIError as error:
            logger.debug(
                "%s: attempt %d, %s, %.3f s", outgoing.what, number, type(error).__name__, monotonic() - started
            )
            raise
        correlation_id = response.headers.get(decode.CORRELATION_ID)
        logger.debug(
            "%s: attempt %d, status %d, %.3f s, correlation id %s",
            *(outgoing.what, number, response.status, monotonic() - started, correlation_id),
        )
        return response

    def _attempts(self, attempt: Attempt[R], *, idempotent: bool, until: float = math.inf) -> R:
        until = min(until, monotonic() + self.config.deadline)
        number = 0
        sent = done = False
        while True:
            number += 1
            try:
                return attempt(number, until)
            except (TransportError, APIError, LinkRefusedError) as error:
                # An earlier attempt may have been carried out, whatever became of this one.
                error.sent = sent = sent or error.sent
                error.done = done = done or error.done
                failed = retry.Attempt(
                    number,
                    idempotent,
                    sent=sent,
                    status=getattr(error, "status", None),
                    retry_after=getattr(error, "retry_after", None),
                    time_left=until - monotonic(),
                )
                pause = retry.pause(failed, self.config.policy, random())  # noqa: S311 - spreads load, guards nothing
                if pause is None:
                    raise
            time.sleep(pause)

    def _seen(self, route: Route, status: int, body: bytes) -> bytes:
        if self.config.record is not None:
            self.config.record.add(route.operation.id, status, body)
        return body

    def close(self) -> None:
        """Close the connections."""
        if self.config.record is not None:
            self.config.record.write()
        self.http.close()


class LinkRefusedError(DownloadError):
    """The host of a signed link responded with an error.

    Attributes:
        status: HTTP status.
        retry_after: seconds that the host asks to wait, or None.
    """

    def __init__(self, what: str, response: Response) -> None:
        super().__init__(f"{what}: status {response.status}")
        self.status = response.status
        self.retry_after = retry.retry_after(response.headers, datetime.datetime.now(datetime.UTC))


def _host(link: Secret) -> str:
    """The host of a signed link. No variable holds the rest, as tracebacks show variables."""
    with suppress(ValueError):
        if link.reveal().isprintable() and urlsplit(link.reveal()).scheme in {"http", "https"}:
            host, port = urlsplit(link.reveal()).hostname, urlsplit(link.reveal()).port
            if host and port != 0:
                return host
    raise DownloadError("the response has no valid link to a file; call get() or save() again")
