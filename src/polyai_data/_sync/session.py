# Written by `make generate` from _async/session.py. Do not edit it: change that and run it again.
"""What every resource sends through: the host and the key of a call, its attempts, and what its answer means."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import random
from time import monotonic
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from polyai_data import decode, retry
from polyai_data._sync.transport import HTTP, Answer, Outgoing
from polyai_data.config import Config, Secret, Timeout
from polyai_data.errors import APIError, DownloadError, PolyAIError, TransportError
from polyai_data.hosts import Route

logger = logging.getLogger("polyai_data")

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
DOCUMENTED = frozenset({200, 201})
"""The successes that documents name. An operation that answers with the other one has done its work all the same."""


class Attempt(Protocol[R_co]):
    """One attempt at a call, which must be over when the clock `monotonic` shows `until`."""

    def __call__(self, number: int, until: float) -> R_co: ...


class Session:
    """The connections and the configuration that the resources of one client share."""

    def __init__(self, config: Config, http: HTTP | None = None) -> None:
        self.config = config
        self.http = http or HTTP(config.connect_to, config.http_client)

    def call(self, operation_id: str, request: dict[str, Any], read: Callable[[bytes, Route], R]) -> R:
        """Send a request, again where that may help, and read its answer.

        Args:
            operation_id: the operation, as the patched document names it.
            request: what its generated request builder gives.
            read: what makes a value of the answer's body.

        Raises:
            ConfigError: the region does not serve the operation, there is no key for its host, or an argument cannot be
                sent.
            TransportError: no complete answer came.
            APIError: the server answered with an error.
            DecodeError: the answer is not what the document says.
        """
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, {})

        def attempt(number: int, until: float) -> bytes:
            answer = self._answer(route, outgoing, number, until)
            try:
                return answer.read(until)
            finally:
                answer.close()

        body = self._attempts(attempt, idempotent=route.operation.idempotent)
        return read(body, route)

    def open(self, operation_id: str, request: dict[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request, again where that may help; gives its answer with the body unread. The answer must be closed.

        Args:
            operation_id: the operation, as the patched document names it.
            request: what its generated request builder gives.
            headers: more headers, for a part of the answer.

        Raises:
            ConfigError, TransportError, APIError: as for `call`.
        """
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, headers or {})

        def attempt(number: int, until: float) -> Answer:
            return self._answer(route, outgoing, number, until, accepted=DOCUMENTED | {206, 416})

        return self._attempts(attempt, idempotent=route.operation.idempotent)

    def open_link(self, link: Secret, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch a signed link of another host: without the key, and without headers of the user's own.

        Raises:
            TransportError: no complete answer came.
            DownloadError: it is no link, or its host refuses it.
        """
        host = _host(link)
        # The query is the signature, and whoever has it can fetch the file: it stays out of every message.
        outgoing = Outgoing(f"GET the signed link at {host}", "GET", link, headers or {})

        def attempt(number: int, until: float) -> Answer:
            answer = self._sent(outgoing, number, until)
            if answer.status in {200, 206, 416}:
                return answer
            answer.close()
            raise LinkRefusedError(outgoing.what, answer)

        return self._attempts(attempt, idempotent=True)

    def _outgoing(self, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]) -> Outgoing:
        operation = route.operation
        own = {**request.get("headers", {}), **headers, "Accept": operation.media_type}
        # Names of headers know no case: a header of the user's own must not stand beside ours of the same name.
        taken = {name.lower() for name in [*own, operation.key_header, "Host"]}
        return Outgoing(
            f"{operation.method} {operation.path} at {route.base_url} ({operation.logical_host})",
            operation.method,
            Secret(route.base_url + request["url"]),
            {**{name: value for name, value in self.config.headers.items() if name.lower() not in taken}, **own},
            operation.key_header,
            self.config.key(route),
            {name: value for name, value in request.items() if name in {"params", "json"}},
        )

    def _answer(
        self,
        route: Route,
        outgoing: Outgoing,
        number: int,
        until: float,
        accepted: frozenset[int] = DOCUMENTED,
    ) -> Answer:
        """One attempt, up to the headers of an answer that is no error."""
        answer = self._sent(outgoing, number, until)
        if answer.status in accepted:
            return answer
        try:
            body = answer.read(until)
        finally:
            answer.close()
        now = datetime.datetime.now(datetime.UTC)
        raise decode.api_error(answer.status, answer.headers, body, route, now)

    def _sent(self, outgoing: Outgoing, number: int, until: float) -> Answer:
        started = monotonic()
        left = max(until - started, 0.001)
        timeout = Timeout(min(self.config.timeout.connect, left), min(self.config.timeout.read, left))
        try:
            answer = self.http.open(outgoing, timeout)
        except PolyAIError as error:
            logger.debug(
                "%s: attempt %d, %s, %.3f s", outgoing.what, number, type(error).__name__, monotonic() - started
            )
            raise
        logger.debug(
            "%s: attempt %d, status %d, %.3f s, correlation id %s",
            *(outgoing.what, number, answer.status, monotonic() - started, answer.headers.get(decode.CORRELATION_ID)),
        )
        return answer

    def _attempts(self, attempt: Attempt[R], *, idempotent: bool) -> R:
        until = monotonic() + self.config.deadline
        number = 0
        while True:
            number += 1
            try:
                return attempt(number, until)
            except (TransportError, APIError, LinkRefusedError) as error:
                failed = _failed(error, number, until - monotonic(), idempotent=idempotent)
                pause = retry.pause(failed, self.config.policy, random())  # noqa: S311 - spreads load, guards nothing
                if pause is None:
                    raise
            time.sleep(pause)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


class LinkRefusedError(DownloadError):
    """The host of a signed link answered with an error.

    Attributes:
        status: HTTP status.
        retry_after: seconds that the host asks to wait, or None.
    """

    def __init__(self, what: str, answer: Answer) -> None:
        super().__init__(f"{what}: answered with {answer.status}")
        self.status = answer.status
        self.retry_after = retry.retry_after(answer.headers, datetime.datetime.now(datetime.UTC))


def _failed(
    error: TransportError | APIError | LinkRefusedError, number: int, left: float, *, idempotent: bool
) -> retry.Attempt:
    if isinstance(error, TransportError):
        return retry.Attempt(number, idempotent, sent=error.sent, time_left=left)
    return retry.Attempt(number, idempotent, status=error.status, retry_after=error.retry_after, time_left=left)


def _host(link: Secret) -> str:
    """The host of a signed link. No variable holds any of the rest, which a traceback would show."""
    with suppress(ValueError):
        if link.reveal().isprintable() and urlsplit(link.reveal()).scheme in {"http", "https"}:
            host, port = urlsplit(link.reveal()).hostname, urlsplit(link.reveal()).port
            if host and port != 0:
                return host
    raise DownloadError("the answer holds no link to a file; ask for it again")
