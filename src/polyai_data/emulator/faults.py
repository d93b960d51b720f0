"""Misbehaviour on request: what the `X-Emulator-…` headers of a request make the emulator do to its answer.

X-Emulator-Status: 503                 answer with that status, whatever the request
X-Emulator-Retry-After: 7              the Retry-After that goes with it (an empty value: none)
X-Emulator-Fault: delay=0.5, truncate  one or more of the names in `REWRITES`, `TRANSMISSIONS` and `delay`
"""

from __future__ import annotations

import json
import math
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from polyai_data.emulator.answers import Answer, to_json
from polyai_data.emulator.document import Shape
from polyai_data.emulator.requests import Receive, Scope, Send

STATUS, RETRY_AFTER, FAULT = "x-emulator-status", "x-emulator-retry-after", "x-emulator-fault"
DELAY = "delay"
TRANSPORT = "polyai_data.emulator.transport"
"""The ASGI extension that holds the connection's transport."""
_UNKNOWN_FIELD = "x_emulator_unknown"
_PIECES = 20
_SLOW_SECONDS = 0.2


class SwitchError(ValueError):
    """A switch that the emulator does not know, or that does not go with the answer."""


@dataclass(frozen=True, slots=True)
class Switches:
    """The misbehaviour that a request asks for."""

    status: int | None = None
    retry_after: str | None = None
    faults: tuple[tuple[str, str], ...] = ()
    """Name and argument of each fault; the argument is empty when there is none."""

    @property
    def delay(self) -> float:
        """How many seconds to wait before the answer."""
        return sum(float(argument) for name, argument in self.faults if name == DELAY)


@dataclass(frozen=True, slots=True)
class Connection:
    """The client's connection, for the ways of sending an answer."""

    scope: Scope
    receive: Receive
    send: Send
    pause: Callable[[float], Awaitable[None]]
    """Waits for that many seconds, or until the emulator stops."""

    @property
    def transport(self) -> Any:
        """The transport below HTTP."""
        return self.scope["extensions"][TRANSPORT]

    async def start(self, answer: Answer, length: int) -> None:
        """Send the status and the headers, declaring that `length` bytes follow."""
        headers = {"content-type": answer.content_type, **answer.headers, "content-length": str(length)}
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items() if value
        ]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": encoded})

    async def body(self, piece: bytes, *, more: bool = False) -> None:
        """Send a piece of the body."""
        await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def read(headers: Mapping[str, str]) -> Switches:
    """The switches in the headers of a request; raises `SwitchError` for one that cannot be obeyed."""
    status = headers.get(STATUS)
    if status is not None and not (status.isascii() and status.isdigit() and 200 <= int(status) <= 599):
        raise SwitchError(f"{STATUS}: {status!r} is no status between 200 and 599")
    faults = tuple(_fault(text.strip()) for text in headers.get(FAULT, "").split(",") if text.strip())
    return Switches(int(status) if status else None, headers.get(RETRY_AFTER), faults)


def _fault(text: str) -> tuple[str, str]:
    name, _, argument = text.partition("=")
    known = [DELAY, *REWRITES, *TRANSMISSIONS]
    if name not in known:
        raise SwitchError(f"{FAULT}: {name!r} is none of {', '.join(known)}")
    if name in {DELAY, "slow"} and (argument or name == DELAY):
        try:
            valid = 0 <= float(argument) < math.inf
        except ValueError:
            valid = False
        if not valid:
            raise SwitchError(f"{FAULT}: {name} needs a number of seconds, as in {name}=0.5")
    return name, argument


def rewritten(answer: Answer, switches: Switches) -> Answer:
    """The answer after all rewriting faults; `SwitchError` for a fault that needs a JSON answer and gets none."""
    for name, argument in switches.faults:
        if name in REWRITES:
            answer = REWRITES[name](answer, argument)
    return answer


async def transmit(connection: Connection, answer: Answer, switches: Switches) -> None:
    """Send the answer, in the last of the ways that the switches ask for."""
    await connection.pause(switches.delay)
    chosen = [(name, argument) for name, argument in switches.faults if name in TRANSMISSIONS]
    if chosen:
        name, argument = chosen[-1]
        await TRANSMISSIONS[name](connection, answer, argument)
    else:
        await connection.start(answer, len(answer.body))
        await connection.body(answer.body)


def sent_at_all(switches: Switches) -> bool:
    """Whether the client sees a status."""
    return all(name != "reset" for name, _ in switches.faults)


# Ways of sending.


async def _reset(connection: Connection, _answer: Answer, _argument: str) -> None:
    # Lingering for zero seconds makes the system send a reset instead of an orderly end.
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
    await connection.gone()


async def _truncate(connection: Connection, answer: Answer, _argument: str) -> None:
    half = len(answer.body) // 2
    await connection.start(answer, max(len(answer.body), half + 1))
    await connection.body(answer.body[:half], more=True)
    connection.transport.close()
    await connection.gone()


async def _slow(connection: Connection, answer: Answer, argument: str) -> None:
    await connection.start(answer, len(answer.body))
    size = max(1, math.ceil(len(answer.body) / _PIECES))
    for begin in range(0, len(answer.body), size):
        await connection.body(answer.body[begin : begin + size], more=True)
        await connection.pause(float(argument or _SLOW_SECONDS) / _PIECES)
    await connection.body(b"")


Transmission = Callable[[Connection, Answer, str], Awaitable[None]]
TRANSMISSIONS: Mapping[str, Transmission] = {"reset": _reset, "truncate": _truncate, "slow": _slow}
"""The ways of sending an answer, by name."""

# Ways of rewriting.


def _html(answer: Answer, _argument: str) -> Answer:
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
    return replace(answer, status=502, body=page.encode(), content_type="text/html", shape=None)


def _empty(answer: Answer, _argument: str) -> Answer:
    return replace(answer, body=b"", shape=None)


def _null(value: Any, shape: Shape, _argument: str) -> None:
    for found, schema in list(_objects(value, shape)):
        found.update({name: None for name in schema["properties"] if name not in schema.get("required", ())})


def _unknown(value: Any, shape: Shape, _argument: str) -> None:
    for found, _ in list(_objects(value, shape)):
        found[_UNKNOWN_FIELD] = {"nested": [1, None, "ü"]}


def _missing(value: Any, shape: Shape, argument: str) -> None:
    for found, name in _targets(value, shape, argument):
        del found[name]


def _wrong_type(value: Any, shape: Shape, argument: str) -> None:
    for found, name in _targets(value, shape, argument):
        found[name] = _mistyped(found[name])


def _mistyped(value: Any) -> Any:
    if isinstance(value, list):
        return {"wrong": "type"}
    return 17 if isinstance(value, str) or value is None else "wrong type"


def _targets(value: Any, shape: Shape, name: str) -> list[tuple[dict[str, Any], str]]:
    """The objects and the field to spoil: `name` wherever it is, else a required field of the first item or the top."""
    objects = list(_objects(value, shape))
    if name:
        found = [(candidate, name) for candidate, _ in objects if name in candidate]
    else:
        # In a listing one item is spoilt and not the page, as the others must be readable all the same.
        chosen = [pair for pair in objects[1:] if pair[1].get("required")] or objects
        found = [
            (candidate, field)
            for candidate, schema in chosen[:1]
            for field in (*schema.get("required", ()), *schema["properties"])
            if field in candidate
        ][:1]
    if not found:
        raise SwitchError(f"{FAULT}: the answer has no field {name!r}")
    return found


def _objects(value: Any, shape: Shape) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Every object in `value` whose fields the document knows, with its schema, outermost first."""
    schema = shape.resolved()
    if isinstance(value, dict) and "properties" in schema:
        yield value, schema
        for name, inner in schema["properties"].items():
            yield from _objects(value.get(name), shape.inner(inner))
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            yield from _objects(item, shape.inner(schema["items"]))


def _on_json(name: str, change: Callable[[Any, Shape, str], None]) -> Callable[[Answer, str], Answer]:
    def rewrite(answer: Answer, argument: str) -> Answer:
        if answer.shape is None:
            raise SwitchError(f"{FAULT}: {name} needs a JSON answer that the document describes")
        value = json.loads(answer.body)
        change(value, answer.shape, argument)
        return replace(answer, body=to_json(value))

    return rewrite


Rewrite = Callable[[Answer, str], Answer]
REWRITES: Mapping[str, Rewrite] = {
    "html": _html,
    "empty": _empty,
    "null": _on_json("null", _null),
    "unknown": _on_json("unknown", _unknown),
    "missing": _on_json("missing", _missing),
    "wrong-type": _on_json("wrong-type", _wrong_type),
}
"""The ways of changing an answer, by name."""
