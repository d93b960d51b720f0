# Written by `make generate` from _async/session.py. Do not edit it: change that and run it again.
"""What the resources of a client send through: the server and the key of a call, its attempts, and its response."""

from __future__ import annotations

import datetime
import logging
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial, wraps
from random import random
from time import monotonic
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urljoin, urlsplit

from polyai_data import decode, errors, retry, tracing
from polyai_data._sync.arriving import Body, Pieces
from polyai_data._sync.transport import HTTP, Response
from polyai_data.config import Config
from polyai_data.crew import Crew, current
from polyai_data.deadline import Runtime
from polyai_data.errors import APIError, DecodeError, DownloadError, PolyAIError, RateLimitError, TransportError
from polyai_data.hosts import Route, link_refusal
from polyai_data.http_library import Outgoing
from polyai_data.masking import Mask, bare
from polyai_data.options import Secret
from polyai_data.rate import Rate

logger = logging.getLogger("polyai_data")

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
DOCUMENTED = frozenset({200, 201})
"""The statuses of a read that bring what was asked for."""
CARRIED_OUT = frozenset(range(200, 300))
"""The statuses of any other request that say that it was carried out."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""The statuses with which the host of a signed link leads to another."""
MOST_REDIRECTS = 5
"""How often the host of a signed link may lead to another."""
MOST_LOGGED = 1000
"""Places at which values were unread, after which a client logs no more."""
EXAMINED, ONE_OF = 100, 10
"""Responses of an operation, or slices of its pages, of which all unread values are logged, then of one of ten: to
look for them takes a tenth of a call. `unread` has them all."""


class Attempt(Protocol[R_co]):
    """One attempt at a call, which must be over when the clock `monotonic` shows `until`."""

    def __call__(self, number: int, until: float) -> R_co: ...


class Call(Protocol[R_co]):
    """Something to be done."""

    def __call__(self) -> R_co: ...


F = TypeVar("F", bound=Callable[..., Any])


def _outermost(method: F) -> F:
    """Let what `method` raises show nothing of requests and responses: neither a secret, nor a variable below here."""

    @wraps(method)
    def called(self: Session, *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except BaseException as error:  # noqa: BLE001 - Ctrl-C and cancellation too
            failure = bare(error, self.mask)
        del arguments, options
        try:
            raise failure
        finally:
            del failure  # a frame that holds its own error is not freed at once

    return cast("F", called)


class Session:
    """The connections and the configuration that the resources of one client share."""

    def __init__(
        self, config: Config, http: HTTP | None = None, logged: set[tuple[str, str, str]] | None = None
    ) -> None:
        self.config = config
        self.logged = set() if logged is None else logged
        self._examined = dict[str, int]()
        self._shared = http is not None
        self.http = http or HTTP(config.connect_to, config.http_client)
        # The user's headers can carry a gateway's key. Their correlation id is to be shown.
        values = [value for name, value in config.headers.items() if name.lower() != decode.CORRELATION_ID.lower()]
        keys = [key.reveal() for key in config.keys.values()]
        self.mask = Mask([*keys, *(word for value in values for word in value.split())])

    @_outermost
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
        reader = partial(self._read, route, read)
        attempt = partial(self._body, route, self._outgoing(route, request, {}), reader)
        result = self._attempts(route, attempt, until)
        self.log_drift(route, result)
        return result

    @_outermost
    def write(self, operation_id: str, request: dict[str, Any]) -> None:
        """As `call`, for a request that changes something and returns nothing.

        Any 2xx is success, whatever its body is and whether or not that arrives, unless it says `success: false`, which
        is an APIError.
        """
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, {})

        def attempt(number: int, until: float) -> None:
            try:
                self._body(route, outgoing, lambda _: None, number, until)
            except (TransportError, DecodeError) as error:
                if not error.done:
                    raise

        self._attempts(route, attempt)

    def log_drift(self, route: Route, result: object) -> None:
        """Log the places of values that were not read, each once."""
        count = self._examined[route.operation.id] = self._examined.get(route.operation.id, 0) + 1
        if count > EXAMINED and count % ONE_OF:
            return
        for place, reason in sorted(decode.drift(result)):
            row = (route.operation.id, place, reason)
            if row not in self.logged and len(self.logged) < MOST_LOGGED:
                self.logged.add(row)
                message = "%s %s: %s is %s; it is not read, and `unread` has it"
                logger.warning(message, route.operation.method, route.operation.path, place, reason)

    def pieces(self, operation_id: str, request: dict[str, Any], *, largest: float, kept: int | None = None) -> Pieces:
        """As `call`, but the body of the response as it arrives; it is one piece unless it has more than is kept.

        Args:
            operation_id, request: as for `call`.
            largest: bytes that the body may have.
            kept: bytes that are read before the first are given out; None for a few MB.
        """
        route = self.config.route(operation_id)
        attempt = partial(self._arriving, route, self._outgoing(route, request, {}), kept)
        return Pieces(partial(self._attempts, route, attempt), self.config, largest)

    def _arriving(self, route: Route, outgoing: Outgoing, kept: int | None, number: int, until: float) -> bytes | Body:
        """One attempt, up to the whole body, or to more of it than is kept."""
        if self.config.strict or self.config.record is not None:  # both look at it whole
            return self._body(route, outgoing, bytes, number, until)
        body = Body(self._accepted(route, outgoing, DOCUMENTED, number, until), until, kept)
        return body if body.begin() else b"".join(body.begun)

    @_outermost
    def guarded(self, call: Call[R]) -> R:
        """The result of `call`, whose errors show nothing of requests and responses."""
        return call()

    @_outermost
    def open(self, operation_id: str, request: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
        """As `call`, but the response's body is unread, and the caller must close it. `headers` may ask for a range."""
        route = self.config.route(operation_id)
        outgoing = self._outgoing(route, request, headers or {})
        attempt = partial(self._accepted, route, outgoing, DOCUMENTED | {206, 416})
        response = self._attempts(route, attempt)
        response.strike(self.mask)
        return response

    @_outermost
    def open_link(self, link: Secret, headers: Mapping[str, str] | None = None) -> Response:
        """Fetch a signed link of another host: without the key, and without the user's headers.

        Raises:
            TransportError: no complete response arrived.
            DownloadError: it is no link, or its host refuses it.
        """
        api = self.config.connect_to.url if self.config.connect_to else self.config.base_url or ""

        def attempt(number: int, until: float) -> Response:
            at, what = link, ""
            for _ in range(1 + MOST_REDIRECTS):
                # The query is the signature, which gives access to the file: it stays out of every message.
                what = f"GET the signed link at {_host(at, api)}"
                asked = partial(_asked, at, headers)
                response = self._sent(Outgoing(what, asked, at), number, until)
                if response.status in {200, 206, 416}:
                    return response
                response.close()
                if response.status not in REDIRECTS or "Location" not in response.headers:
                    raise LinkRefusedError(what, response)
                at = _led_to(at, response)
            raise DownloadError(f"{what}: it redirects more than {MOST_REDIRECTS} times")

        return self._attempts(None, attempt)

    def _outgoing(self, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]) -> Outgoing:
        operation = route.operation
        self.config.key(route)  # a missing key is no failed attempt
        return Outgoing(
            f"{operation.method} {operation.path} at {route.base_url} ({operation.logical_host})",
            partial(
                self.config.request_arguments, route, {**request, "headers": {**request.get("headers", {}), **headers}}
            ),
        )

    def _read(self, route: Route, read: decode.Read[R], body: bytes) -> R:
        return read(body, route, strict=self.config.strict)

    def _body(self, route: Route, outgoing: Outgoing, read: Callable[[bytes], R], number: int, until: float) -> R:
        """One attempt, up to what `read` gives of a response that says that the request was carried out."""
        accepted = DOCUMENTED if route.operation.method == "GET" else CARRIED_OUT
        response = self._accepted(route, outgoing, accepted, number, until)
        try:
            body = self._seen(route, response.status, response.read(until))
        except TransportError as error:
            error.done = True
            raise
        if accepted is CARRIED_OUT:
            decode.written(response.status, response.headers, body, route, self.mask)
        try:
            return read(body)
        except TransportError:  # it is the response to another request, and so would be the next on this connection
            response.drop()
            raise

    def _accepted(
        self, route: Route, outgoing: Outgoing, accepted: frozenset[int], number: int, until: float
    ) -> Response:
        """One attempt, up to the headers of a response with an accepted status, once the key's rate allows it."""
        if (rate := self.config.rates.get(route.operation.logical_host)) is not None:
            self._turn(rate, outgoing, until)
        response = self._sent(outgoing, number, until)
        if response.status in accepted:
            return response
        body = self._seen(route, response.status, response.read(until))
        now = datetime.datetime.now(datetime.UTC)
        raise decode.api_error(response.status, response.headers, body, route, now, mask=self.mask)

    def _turn(self, rate: Rate, outgoing: Outgoing, until: float) -> None:
        wait = rate.turn(monotonic(), until)
        if wait is None:
            problem = f"{outgoing.what}: {rate.per_minute:g} requests a minute leave it no turn before the deadline"
            remedy = "raise deadline= or requests_per_minute="
            raise errors.TimeoutError(f"{problem}; {remedy}", sent=False, permanent=True)
        if wait:
            crew: Crew | None = current.get()
            (time if crew is None else crew).sleep(wait)

    def _sent(self, outgoing: Outgoing, number: int, until: float) -> Response:
        started = monotonic()
        try:
            response = self.http.open(outgoing, self.config.timeout, until)
        except PolyAIError as error:
            seconds = monotonic() - started
            logger.debug("%s: attempt %d, %s, %.3f s", outgoing.what, number, type(error).__name__, seconds)
            tracing.exchanged(outgoing.what, number, seconds)
            raise
        if logger.isEnabledFor(logging.DEBUG) or tracing.watched():
            seconds = monotonic() - started
            correlation_id = decode.shown(self.mask(response.headers.get(decode.CORRELATION_ID) or "")) or None
            message = "%s: attempt %d, status %d, %.3f s, correlation id %s"
            logger.debug(message, outgoing.what, number, response.status, seconds, correlation_id)
            tracing.exchanged(outgoing.what, number, seconds, response.status, correlation_id)
        return response

    def _attempts(self, route: Route | None, attempt: Attempt[R], until: float = math.inf) -> R:
        with tracing.span(route):
            return self._repeated(attempt, route is None or route.operation.idempotent, until)

    def _repeated(self, attempt: Attempt[R], idempotent: bool, until: float) -> R:
        until = min(until, monotonic() + self.config.deadline)
        crew: Crew | None = current.get()
        passed = 0 if crew is None else crew.passed
        number = failures = 0
        sent = done = False
        while True:
            number += 1
            if crew is not None:
                crew.turn(until)
            try:
                result = attempt(number, until)
                if crew is not None:
                    crew.passed += 1
                return result  # noqa: TRY300
            except (TransportError, APIError, LinkRefusedError) as error:
                failures += 1
                if crew is not None and isinstance(error, RateLimitError) and crew.passed > passed:
                    failures, passed = 1, crew.passed  # where a server limits requests, those of a crew fail in turns
                # An earlier attempt may have been carried out, whatever became of this one.
                error.sent = sent = sent or error.sent
                error.done = done = done or error.done
                failed = retry.Attempt(
                    failures,
                    idempotent,
                    sent=sent,
                    status=getattr(error, "status", None),
                    retry_after=getattr(error, "retry_after", None),
                    time_left=until - monotonic(),
                    permanent=getattr(error, "permanent", False),
                )
                pause = retry.pause(failed, self.config.policy, random())  # noqa: S311 - spreads load, guards nothing
                if pause is None:
                    raise
                if crew is not None and (failed.status == 429 or failed.retry_after is not None):
                    crew.hold(pause if failed.retry_after is None else failed.retry_after)
            (time if crew is None else crew).sleep(pause)

    def _seen(self, route: Route, status: int, body: bytes) -> bytes:
        if self.config.record is not None:
            self.config.record.add(route.operation.id, status, body)
        return body

    def close(self) -> None:
        """Close the connections, unless another session opened them."""
        if self.config.record is not None:
            Runtime.off_loop(self.config.record.write)
        if not self._shared:
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


def _asked(link: Secret, headers: Mapping[str, str] | None) -> Mapping[str, Any]:
    return {"method": "GET", "url": link.reveal(), "headers": headers}


def _led_to(link: Secret, response: Response) -> Secret:
    with suppress(ValueError):
        return Secret(urljoin(link.reveal(), response.headers["Location"]))
    return Secret("")


def _host(link: Secret, api: str) -> str:
    """The host of a signed link. No variable holds the rest, as tracebacks show variables.

    Args:
        link: the link.
        api: the URL where the API itself is, or nothing where that is a vendor's host.

    Raises:
        DownloadError: it is no link, or leads where no link of the vendor's leads.
    """
    with suppress(ValueError):
        if link.reveal().isprintable():
            host, port = urlsplit(link.reveal()).hostname, urlsplit(link.reveal()).port
            if host and port != 0:
                refusal = link_refusal(urlsplit(link.reveal()).scheme, host, urlsplit(api).hostname or "")
                if refusal is None:
                    return host
                raise DownloadError(f"the response has a link to {host} that {refusal}; it is not followed")
    raise DownloadError("the response has no valid link to a file; call get() or save() again")
