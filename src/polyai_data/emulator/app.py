"""The ASGI application: which operation a request means, whether it may, and what it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from polyai_data.emulator.control import api
from polyai_data.emulator.data.audio import Recording, render
from polyai_data.emulator.data.speech import COMBINED, Plan
from polyai_data.emulator.faults import delivery, schedule
from polyai_data.emulator.faults import switches as faults
from polyai_data.emulator.faults.random_faults import KINDS
from polyai_data.emulator.faults.rewrites import SwitchError
from polyai_data.emulator.http import ranges
from polyai_data.emulator.http import request as requests
from polyai_data.emulator.http.examples import example
from polyai_data.emulator.http.request import Receive, Request, Scope, Send
from polyai_data.emulator.http.response import CODES, JSON, WAV, Answer, Refusal, Rows, error_value, to_json
from polyai_data.emulator.operations import HANDLERS, Call, auth, signed_links
from polyai_data.emulator.state.state import RequestRecord, State
from polyai_data.openapi import Operation, Server

logger = logging.getLogger("polyai_data.emulator")
CORRELATION = "x-polyai-correlation-id"
_MANY = 10_000
# So many conversations are searched in no time.


class AnswerError(Exception):
    """The emulator made an answer that the document does not allow."""


@dataclass(slots=True)
class Exchange:
    """A request on its way through the application, and what has been found out about it."""

    request: Request
    state: State
    server: Server | None = None
    vendor: str | None = None
    operation: Operation | None = None
    path: dict[str, str] = field(default_factory=dict)
    correlation_id: str = ""
    misbehaviour: str | None = None
    """What goes wrong without having been asked for."""
    own: bool = False
    """Whether it is for the emulator itself, and not for a host that it plays."""


class Application:
    """Plays every host of the documents.

    Args:
        state: what is served; `reset()` replaces it.
    """

    def __init__(self, state: State) -> None:
        """Serve `state`."""
        self.state = state
        state.stopping.clear()
        self._documents = (state.world.polyai, state.world.assemblyai)
        self._places = {server.hostname: (server, each.vendor) for each in self._documents for server in each.servers}
        self._key_headers = {operation.key_header for each in self._documents for operation in each.operations}
        self._stopping = asyncio.Event()
        self._streaming: set[delivery.Connection] = set()

    def _renew(self) -> None:
        self.state = self.state.renewed()

    def stop(self) -> None:
        """End all pauses and searches, and all that is on its way. To be called in the server's loop."""
        self._stopping.set()
        self.state.stopping.set()
        for connection in self._streaming:
            connection.transport.abort()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = await requests.read(scope, receive)
        if request is None:
            return
        exchange = Exchange(request, self.state)
        if self.state.world.size > _MANY and "query_type" in request.query_values:
            # It may have to look at all of them, and the others must not wait for that.
            switches, answer = await asyncio.to_thread(self._faulty_answer, exchange)
        else:
            switches, answer = self._faulty_answer(exchange)
        self._record(exchange, answer.status if switches.answered else None)
        connection = delivery.Connection(scope, receive, send, self._pause, switches.chunked)
        if not isinstance(answer.body, bytes):
            # A client that is slow to read, or has stopped reading, would hold up the server's end.
            self._streaming.add(connection)
        try:
            await faults.transmit(connection, answer, switches)
        finally:
            self._streaming.discard(connection)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    def _faulty_answer(self, exchange: Exchange) -> tuple[faults.Switches, Answer]:
        try:
            self._find_place(exchange)
            switches = self._switches(exchange)
            answer = self._rewritten(exchange, self._answer(exchange, switches), switches)
        except SwitchError as error:
            switches = faults.Switches()
            answer = self._refused(exchange, Refusal(400, CODES[400], str(error)))
        if exchange.vendor == "polyai":
            answer = replace(answer, headers={**answer.headers, CORRELATION: exchange.correlation_id})
        return switches, answer

    def _switches(self, exchange: Exchange) -> faults.Switches:
        """What the request asks for, filled up with the settings."""
        headers, state = exchange.request.headers, exchange.state
        asked = faults.read(headers)
        if not exchange.own and not any(name in headers for name in faults.MISBEHAVIOUR):
            asked = faults.read({**headers, **self._unasked(exchange)})
        return replace(asked, recording_bytes=asked.recording_bytes or state.settings.recording_bytes)

    def _unasked(self, exchange: Exchange) -> Mapping[str, str]:
        """What goes wrong without having been asked for: by the schedule, else by chance."""
        request, state = exchange.request, exchange.state
        operation_id = exchange.operation.id if exchange.operation else None
        if request.host == signed_links.HOST:
            operation_id = schedule.SIGNED_LINK
        due = state.turns.take(operation_id, exchange.server.region if exchange.server else None)
        if due is not None:
            exchange.misbehaviour = f"schedule:{due.line}"
            return due.headers
        exchange.misbehaviour = state.dice.throw(request.method, request.host, request.path, request.query)
        return {} if exchange.misbehaviour is None else KINDS[exchange.misbehaviour]

    def _rewritten(self, exchange: Exchange, answer: Answer, switches: faults.Switches) -> Answer:
        try:
            return faults.rewritten(answer, switches)
        except SwitchError:
            if exchange.misbehaviour is None:
                raise
            return answer  # Nobody asked for what cannot be.

    def _answer(self, exchange: Exchange, switches: faults.Switches) -> Answer:
        request = exchange.request
        try:
            if request.host != signed_links.HOST and not exchange.own:
                self._route(exchange)
            if not switches.done:
                return Answer(503, b"", JSON)
            if switches.status is not None:
                return self._forced(exchange, switches.status, switches.retry_after)
            return self._served(exchange, switches)
        except Refusal as refusal:
            return self._refused(exchange, refusal)
        except SwitchError:
            raise
        except Exception as error:  # a bug here must show as one, and must not take the server down
            logger.exception("the emulator failed at %s %s", request.method, request.path)
            bug = Refusal(500, CODES[500], f"the emulator has a bug: {type(error).__name__}: {error}")
            return self._json(500, self._error(exchange, bug))

    def _find_place(self, exchange: Exchange) -> None:
        request = exchange.request
        exchange.server, exchange.vendor = self._places.get(request.host, (None, None))
        exchange.own = api.is_for(request, exchange.vendor)
        if exchange.vendor == "polyai":
            exchange.correlation_id = request.headers.get(CORRELATION) or exchange.state.fresh_id("correlation")
        for operation, path in self._here(exchange):
            if operation.method == ("GET" if request.method == "HEAD" else request.method):
                exchange.operation, exchange.path = operation, path
                return

    def _route(self, exchange: Exchange) -> None:
        """Raise a refusal that says why, when no operation has been found."""
        request = exchange.request
        if exchange.operation is not None:
            return
        if exchange.vendor is None:
            known = ", ".join([*self._places, signed_links.HOST])
            raise Refusal(404, "UNKNOWN_HOST", f"the Host header names {request.host!r}; this emulator plays {known}")
        if here := self._here(exchange):
            allowed = ", ".join(sorted(operation.method for operation, _ in here))
            raise Refusal(405, "METHOD_NOT_ALLOWED", f"{request.method} is not for this path; it takes {allowed}")
        why = "no operation has this path"
        if matching := self._matching(request, exchange.vendor):
            hosts = ", ".join(server.hostname for server in matching[0][0].servers)
            why = f"this host does not serve this path; {hosts} do"
        raise Refusal(404, "NOT_FOUND", why)

    def _here(self, exchange: Exchange) -> list[tuple[Operation, dict[str, str]]]:
        """The operations of any method that have the path on this host, with the path's parameters."""
        if exchange.server is None or exchange.vendor is None:
            return []
        logical_host = exchange.server.logical_host
        return [
            pair for pair in self._matching(exchange.request, exchange.vendor) if pair[0].logical_host == logical_host
        ]

    def _matching(self, request: Request, vendor: str) -> list[tuple[Operation, dict[str, str]]]:
        segments = request.segments
        return [
            (operation, path)
            for each in self._documents
            if each.vendor == vendor
            for operation in each.operations
            if (path := operation.match(segments)) is not None
        ]

    def _served(self, exchange: Exchange, switches: faults.Switches) -> Answer:
        request = exchange.request
        if exchange.own:
            return api.serve(exchange.state, request, exchange.vendor, self._renew)
        if request.host != signed_links.HOST:
            return self._operated(exchange, switches)
        return signed_links.serve(
            exchange.state,
            request,
            self._key_headers,
            ranges=exchange.state.settings.ranges and switches.ranges,
            recording_bytes=switches.recording_bytes,
        )

    def _operated(self, exchange: Exchange, switches: faults.Switches) -> Answer:
        operation, server, request = exchange.operation, exchange.server, exchange.request
        if operation is None or server is None:
            raise LookupError("the request was not routed")
        key = auth.key_of(request, operation, server.region, exchange.state)
        agent = auth.agent_of(operation, exchange.path, key, exchange.state)
        query = requests.checked_query(operation, request, exchange.path)
        body = requests.checked_body(operation, request)
        call = Call(
            exchange.state,
            operation,
            server.region,
            key,
            agent,
            exchange.path,
            query,
            body,
            recording_bytes=switches.recording_bytes,
        )
        value = HANDLERS[operation.id](call)
        allowed = self._allowed(operation, operation.success, value)
        if not isinstance(value, Recording):
            return allowed
        # The document allows the whole file, and names no parts; HTTP lets a server give those of whatever it gives.
        return ranges.answer(value, request, ranges=exchange.state.settings.ranges and switches.ranges)

    def _forced(self, exchange: Exchange, status: int, retry_after: str | None) -> Answer:
        operation = exchange.operation
        after = "1" if status == 429 and retry_after is None else retry_after or ""
        if operation is None or status not in operation.responses:
            answer = Answer(status, f"status {status} on request\n".encode(), "text/plain; charset=utf-8")
        elif status == operation.success:
            shape = operation.responses[status].get(JSON)
            value = render(Plan((), 800), COMBINED, redacted=True) if shape is None else example(shape)
            answer = self._allowed(operation, status, value)
        else:
            code = CODES.get(status, f"STATUS_{status}")
            answer = self._refused(exchange, Refusal(status, code, f"status {status} on request"))
        if status in {204, 304}:
            answer = replace(answer, body=b"")
        return replace(answer, headers={**answer.headers, **faults.retry_headers(after)})

    def _refused(self, exchange: Exchange, refusal: Refusal) -> Answer:
        value = self._error(exchange, refusal)
        documented = exchange.operation is not None and refusal.status in exchange.operation.responses
        if exchange.operation is not None and documented:
            return self._allowed(exchange.operation, refusal.status, value)
        answer = replace(self._json(refusal.status, value), headers=refusal.headers)
        if refusal.status == 405 and exchange.server is not None and exchange.vendor is not None:
            methods = {operation.method for operation, _ in self._matching(exchange.request, exchange.vendor)}
            return replace(answer, headers={"allow": ", ".join(sorted(methods))})
        return answer

    def _error(self, exchange: Exchange, refusal: Refusal) -> dict[str, Any]:
        return error_value(
            refusal,
            vendor=exchange.vendor,
            logical_host=exchange.server.logical_host if exchange.server else None,
            correlation_id=exchange.correlation_id,
        )

    def _allowed(self, operation: Operation, status: int, value: Any) -> Answer:
        """The answer with that value, once the document has allowed it."""
        contents = operation.responses.get(status, {})
        content_type = WAV if isinstance(value, Recording) else JSON
        if content_type not in contents:
            raise AnswerError(f"{operation.id} may not answer {status} with {content_type}")
        if isinstance(value, Recording):
            return Answer(status, value, WAV)
        shape = contents[JSON]

        def check(shown: Any) -> None:
            if complaints := shape.complaints(shown, "answer"):
                raise AnswerError(f"{operation.id} may not answer {status} with this: {'; '.join(complaints)}")

        if isinstance(value, Rows):
            return Answer(status, replace(value, check=check), JSON, shape=shape)
        check(value)
        return Answer(status, to_json(value), JSON, shape=shape)

    def _json(self, status: int, value: Any) -> Answer:
        # Ids out of a request may hold what UTF-8 cannot, and an error must be sent all the same.
        return Answer(status, json.dumps(value).encode(), JSON)

    def _record(self, exchange: Exchange, status: int | None) -> None:
        request = exchange.request
        exchange.state.requests.append(
            RequestRecord(
                method=request.method,
                host=request.host,
                path=request.path,
                query=request.query,
                operation_id=exchange.operation.id if exchange.operation else None,
                status=status,
                header_names=frozenset(request.headers),
                range=request.headers.get("range", ""),
                misbehaviour=exchange.misbehaviour,
            )
        )
