"""Faults on request: the `X-Emulator-…` headers, and the one parser of everything that asks for a fault.

X-Emulator-Status: 503                 respond with that status, whatever the request; nothing is done
X-Emulator-Retry-After: 7              the Retry-After that goes with it (an empty value: none); `ms=20` is a
                                       Retry-After-Ms of 20, `date=1` the HTTP date that is a second after the Date;
                                       a 503 with it has the vendor's error body, without it plain text
X-Emulator-Recording-Bytes: 1000000    send recordings of that size
X-Emulator-Fault: delay=0.5, truncate  one or more of these:

    delay=SECONDS                           wait before the response
    reset-before                            reset the connection before anything is done
    reset, reset-midway                     do what is asked for, then reset the connection without a response, or in
                                            the middle of the body
    truncate                                declare more than is sent, and close the connection in an orderly way
    slow[=SECONDS]                          send the body in small pieces, in that time
    chunked                                 send the body in HTTP chunks; with each of the above too
    html[=STATUS]                           a gateway's page (default: 502) in place of the response
    empty                                   no body
    null, unknown                           null in every optional field; a new field in every object
    missing[=FIELD], wrong-type[=FIELD]     spoil a field: where it is named everywhere, else one that is required
    no-range                                ignore ranges and validators
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

STATUS, RETRY_AFTER, FAULT = "x-emulator-status", "x-emulator-retry-after", "x-emulator-fault"
RECORDING_BYTES = "x-emulator-recording-bytes"
REWRITES = ("html", "empty", "null", "unknown", "missing", "wrong-type")
"""Faults that change the response."""
DELIVERIES = ("reset", "reset-before", "reset-midway", "truncate", "slow", "chunked")
"""Faults in how the response is sent."""
FAULTS = ("delay", "no-range", *REWRITES, *DELIVERIES)


class SwitchError(ValueError):
    """A switch with an invalid value, or one that does not fit the response."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What a request gets besides its response."""

    status: int | None = None
    retry_after: str | None = None
    faults: tuple[tuple[str, str], ...] = ()
    """Name and argument of each fault; the argument is empty when there is none."""
    recording_bytes: int | None = None
    unasked: str | None = None
    """What chose the faults when the request itself did not ask: `schedule:LINE` or a kind of misbehaviour."""

    def has(self, *names: str) -> bool:
        return any(name in names for name, _ in self.faults)

    @property
    def forced(self) -> int | None:
        """The status to send without doing anything; for `reset-before` any will do, as nothing of it arrives."""
        return 503 if self.has("reset-before") else self.status

    @property
    def delay(self) -> float:
        return sum(float(argument) for name, argument in self.faults if name == "delay")

    @property
    def responds(self) -> bool:
        """Whether the client receives at least a status."""
        return not self.has("reset", "reset-before")

    @property
    def busy(self) -> bool:
        """Whether the service itself says that it did nothing, and not a gateway."""
        return self.status == 503 and bool(self.retry_after)

    def retry_headers(self) -> dict[str, str]:
        """The headers of a forced status that ask the client to wait; a 429 without a switch asks for a second."""
        return _retry_headers("1" if self.retry_after is None and self.status == 429 else self.retry_after or "")


def read(headers: Mapping[str, str]) -> Switches:
    """The switches in the headers of a request; SwitchError for an invalid value."""
    status = _status(headers[STATUS], STATUS) if STATUS in headers else None
    faults = tuple(_fault(text.strip()) for text in headers.get(FAULT, "").split(",") if text.strip())
    _retry_headers(headers.get(RETRY_AFTER, ""))
    return Switches(status, headers.get(RETRY_AFTER), faults, _size(headers.get(RECORDING_BYTES)))


def _status(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and 200 <= int(text) <= 599):
        raise SwitchError(f"{name}: {text!r} is not a status between 200 and 599")
    return int(text)


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    from polyai_data.emulator.data.audio import check_size  # noqa: PLC0415 - the program's `--help` needs none of it

    try:
        return check_size(int(text))
    except ValueError as error:
        raise SwitchError(f"{RECORDING_BYTES}: {error}") from error


def _fault(text: str) -> tuple[str, str]:
    name, _, argument = text.partition("=")
    if name not in FAULTS:
        raise SwitchError(f"{FAULT}: {name!r} is not one of {', '.join(FAULTS)}")
    if name in {"delay", "slow"} and (argument or name == "delay") and not _is_number(argument):
        raise SwitchError(f"{FAULT}: {name} needs a number of seconds, not {argument!r}; write {name}=0.5")
    if name == "html" and argument:
        _status(argument, FAULT)
    return name, argument


def _is_number(text: str) -> bool:
    try:
        return 0 <= float(text) < math.inf
    except ValueError:
        return False


def _retry_headers(value: str) -> dict[str, str]:
    form, equals, number = value.partition("=")
    if not equals or form not in {"ms", "date"}:
        return {"retry-after": value}
    if not _is_number(number):
        raise SwitchError(f"{RETRY_AFTER}: {form} needs a number, not {number!r}; write {form}=1")
    if form == "ms":
        return {"retry-after-ms": number}
    # One look at the clock for both, in whole seconds, so that they differ by exactly what is asked for.
    now = int(time.time())
    return {"date": formatdate(now, usegmt=True), "retry-after": formatdate(now + float(number), usegmt=True)}
