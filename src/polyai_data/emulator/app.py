"""The ASGI application: locate, choose faults, respond, rewrite, deliver."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from polyai_data.emulator import operations
from polyai_data.emulator.control import api
from polyai_data.emulator.faults.delivery import Sender
from polyai_data.emulator.faults.rewrites import rewrite
from polyai_data.emulator.faults.switches import SwitchError, Switches
from polyai_data.emulator.http import request as requests
from polyai_data.emulator.http.errors import CODES, Refusal
from polyai_data.emulator.http.examples import forced
from polyai_data.emulator.http.locate import CORRELATION, Kind, Router, Target
from polyai_data.emulator.http.request import Receive, Request, Scope, Send
from polyai_data.emulator.http.response import Response
from polyai_data.emulator.state.state import RequestRecord, State

logger = logging.getLogger("polyai_data.emulator")


class Application:
    """Plays every host of the documents, with the data of `state`."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.stopping.clear()
        self._router = Router(state.world.documents, state.world.keys.values())
        self._sender = Sender()

    def restore(self, entries: Iterable[tuple[str, str, Any]] | None = None) -> None:
        """Go back to the changes that were saved; without them to the first state."""
        self.state = self.state.renewed() if entries is None else self.state.restored(entries)

    def stop(self) -> None:
        """End all pauses, searches and responses. To be called in the server's loop."""
        self.state.stopping.set()
        self._sender.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await requests.read(scope, receive)
        if request is None:
            return
        state = self.state
        target = self._router.locate(request, lambda: state.fresh_id("correlation"))
        switches = Switches()
        try:
            switches = state.faults.choose(request, target)
            response = rewrite(await self._response(request, target, switches, state), switches)
        except SwitchError as error:
            switches, response = Switches(), target.refuse(Refusal(400, CODES[400], str(error)))
        if target.correlation_id:
            response = replace(response, headers={**response.headers, CORRELATION: target.correlation_id})
        _record(state, request, target, switches, response.status)
        await self._sender.deliver(scope, receive, send, response, switches)

    async def _response(self, request: Request, target: Target, switches: Switches, state: State) -> Response:
        if "query_type" in request.query_values:
            # A search looks at every conversation, and other requests must not wait for that.
            return await asyncio.to_thread(self._respond, request, target, switches, state)
        return self._respond(request, target, switches, state)

    def _respond(self, request: Request, target: Target, switches: Switches, state: State) -> Response:
        try:
            if target.refusal is not None:
                # No operation serves it, so the documents do not say how it is refused.
                return target.refuse(target.refusal, by_gateway=not state.settings.as_documented)
            if switches.forced is not None:
                response = forced(switches.forced, target, busy=switches.busy)
                return replace(response, headers={**response.headers, **switches.retry_headers()})
            if target.kind is Kind.CONTROL:
                return api.respond(state, request, target.vendor, self.restore)
            return operations.respond(request, target, switches, state)
        except Refusal as refusal:
            return target.refuse(refusal)
        except Exception as error:  # a bug here must be visible, and must not stop the server
            logger.exception("the emulator failed at %s %s", request.method, request.path)
            message = f"the emulator has a bug: {type(error).__name__}: {error}"
            return replace(target, operation=None).refuse(Refusal(500, CODES[500], message))


def _record(state: State, request: Request, target: Target, switches: Switches, status: int) -> None:
    state.requests.append(
        RequestRecord(
            method=request.method,
            host=request.host,
            path=request.path,
            query=request.query,
            operation_id=target.operation.id if target.operation else None,
            status=status if switches.responds else None,
            header_names=frozenset(request.headers),
            range=request.headers.get("range", ""),
            misbehaviour=switches.unasked,
        )
    )
