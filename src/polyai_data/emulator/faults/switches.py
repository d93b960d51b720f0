"""Misbehaviour on request: what the `X-Emulator-…` headers of a request make the emulator do to its answer.

X-Emulator-Status: 503                 answer with that status, whatever the request; nothing is done
X-Emulator-Retry-After: 7              the Retry-After that goes with it (an empty value: none); `ms=20` is a
                                       Retry-After-Ms of 20, `date=1` the HTTP date that is a second after the Date
X-Emulator-Recording-Bytes: 1000000    give recordings that size
X-Emulator-Fault: delay=0.5, truncate  one or more of these:

    delay=SECONDS                           wait before the answer
    reset-before                            reset the connection before anything is done
    reset, reset-midway                     do what is asked for, then reset the connection without an answer, or in
                                            the middle of the body
    truncate                                declare more than is sent, and close the connection in an orderly way
    slow[=SECONDS]                          send the body in small pieces, in that time
    chunked                                 send the body in HTTP chunks; with each of the above too
    html[=STATUS]                           a gateway's page (default: 502) in place of the answer to what was done
    empty                                   no body
    null, unknown                           null in every optional field; a new field in every object
    missing[=FIELD], wrong-type[=FIELD]     spoil a field: where it is named everywhere, else one that is required
    no-range                                know nothing of ranges and validators
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from polyai_data.emulator.data.audio import check_size
from polyai_data.emulator.faults.delivery import CHUNKED, RESET_BEFORE, WAYS, WITHOUT_ANSWER, Connection, whole
from polyai_data.emulator.faults.rewrites import FAULT, REWRITES, SwitchError
from polyai_data.emulator.http.response import Answer

STATUS, RETRY_AFTER, RECORDING_BYTES = "x-emulator-status", "x-emulator-retry-after", "x-emulator-recording-bytes"
MISBEHAVIOUR = (STATUS, FAULT)
"""The headers that decide how an answer goes wrong."""
DELAY = "delay"
NO_RANGE = "no-range"


@dataclass(frozen=True, slots=True)
class Switches:
    """What a request asks for besides its answer."""

    status: int | None = None
    retry_after: str | None = None
    faults: tuple[tuple[str, str], ...] = ()
    """Name and argument of each fault; the argument is empty when there is none."""
    recording_bytes: int | None = None

    @property
    def delay(self) -> float:
        """How many seconds to wait before the answer."""
        return sum(float(argument) for name, argument in self.faults if name == DELAY)

    @property
    def ranges(self) -> bool:
        """Whether ranges and validators are known."""
        return not self._has(NO_RANGE)

    @property
    def chunked(self) -> bool:
        """Whether the body is sent in HTTP chunks."""
        return self._has(CHUNKED)

    @property
    def done(self) -> bool:
        """Whether the connection lasts long enough for the work to be done."""
        return not self._has(RESET_BEFORE)

    @property
    def answered(self) -> bool:
        """Whether the client sees a status."""
        return not self._has(*WITHOUT_ANSWER)

    def _has(self, *names: str) -> bool:
        return any(name in names for name, _ in self.faults)


def read(headers: Mapping[str, str]) -> Switches:
    """The switches in the headers of a request; raises `SwitchError` for one that cannot be obeyed."""
    status = _status(headers[STATUS], STATUS) if STATUS in headers else None
    faults = tuple(_fault(text.strip()) for text in headers.get(FAULT, "").split(",") if text.strip())
    return Switches(status, headers.get(RETRY_AFTER), faults, _size(headers.get(RECORDING_BYTES)))


def _status(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and 200 <= int(text) <= 599):
        raise SwitchError(f"{where}: {text!r} is no status between 200 and 599")
    return int(text)


def _size(text: str | None) -> int | None:
    try:
        return None if text is None else check_size(int(text))
    except ValueError as error:
        raise SwitchError(f"{RECORDING_BYTES}: {error}") from error


def _fault(text: str) -> tuple[str, str]:
    name, _, argument = text.partition("=")
    known = [DELAY, NO_RANGE, *REWRITES, *WAYS]
    if name not in known:
        raise SwitchError(f"{FAULT}: {name!r} is none of {', '.join(known)}")
    if name in {DELAY, "slow"} and (argument or name == DELAY) and _seconds(argument) is None:
        raise SwitchError(f"{FAULT}: {name} needs a number of seconds, as in {name}=0.5")
    if name == "html" and argument:
        _status(argument, FAULT)
    return name, argument


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def retry_headers(wanted: str) -> dict[str, str]:
    """The headers that ask a client to wait: `wanted` as it is, or in the form that it names.

    Raises:
        SwitchError: the form has no number.
    """
    form, equals, number = wanted.partition("=")
    if not equals or form not in {"ms", "date"}:
        return {"retry-after": wanted}
    if _seconds(number) is None:
        raise SwitchError(f"{RETRY_AFTER}: {form} needs a number, as in {form}=1")
    if form == "ms":
        return {"retry-after-ms": number}
    # Both dates are of whole seconds and from one look at the clock, so that their difference is what is wanted.
    now = int(time.time())
    return {"date": formatdate(now, usegmt=True), "retry-after": formatdate(now + float(number), usegmt=True)}


def rewritten(answer: Answer, switches: Switches) -> Answer:
    """The answer after all rewriting faults; `SwitchError` for a fault that needs a JSON answer and gets none."""
    for name, argument in switches.faults:
        if name in REWRITES:
            answer = REWRITES[name](answer, argument)
    return answer


async def transmit(connection: Connection, answer: Answer, switches: Switches) -> None:
    """Send the answer, in the last of the ways that the switches ask for."""
    await connection.pause(switches.delay)
    ways = [(name, argument) for name, argument in switches.faults if name in WAYS]
    # What is sent in chunks can still be slow or break off.
    ways.sort(key=lambda way: way[0] != CHUNKED)
    if ways:
        name, argument = ways[-1]
        await WAYS[name](connection, answer.sized(), argument)
    else:
        await whole(connection, answer)
