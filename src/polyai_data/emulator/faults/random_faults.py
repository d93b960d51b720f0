"""Misbehaviour without being asked: a part of all requests goes wrong, by a seeded die."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    # Nothing is done, so that even what must not be done twice can be sent again.
    "429-seconds": {"x-emulator-status": "429", "x-emulator-retry-after": "0"},
    "429-ms": {"x-emulator-status": "429", "x-emulator-retry-after": "ms=20"},
    "429-date": {"x-emulator-status": "429", "x-emulator-retry-after": "date=1"},
    "500": {"x-emulator-status": "500"},
    "503": {"x-emulator-status": "503"},
    "reset-before": {"x-emulator-fault": "reset-before"},
    # What is asked for is done, and then the answer is lost on its way or replaced by a gateway's page.
    "502-html": {"x-emulator-fault": "html=502"},
    "504": {"x-emulator-fault": "html=504"},
    "520": {"x-emulator-fault": "html=520"},
    "reset": {"x-emulator-fault": "reset"},
    "reset-midway": {"x-emulator-fault": "reset-midway"},
    "truncate": {"x-emulator-fault": "truncate"},
    # What is asked for is done, and the answer arrives whole.
    "latency": {"x-emulator-fault": "delay=0.05"},
    "slow": {"x-emulator-fault": "slow=0.05"},
    "chunked": {"x-emulator-fault": "chunked"},
    # What is asked for is done, and the answer arrives, but it is not what the document says.
    "null": {"x-emulator-fault": "null"},
    "unknown": {"x-emulator-fault": "unknown"},
    "missing": {"x-emulator-fault": "missing"},
    "wrong-type": {"x-emulator-fault": "wrong-type"},
    "html": {"x-emulator-fault": "html=200"},
    "empty": {"x-emulator-fault": "empty"},
})  # fmt: skip
"""Each kind by its name, with the headers that ask for the same on a single request."""
DRIFT = ("null", "unknown", "missing", "wrong-type", "html", "empty")
"""The kinds that no client can mend by sending again."""
SURVIVABLE = tuple(kind for kind in KINDS if kind not in DRIFT)
"""The kinds that a correct client gets over."""


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """How often requests go wrong, and how. Which ones follows from the seed and their order.

    Args:
        rate: the part of all requests that goes wrong, from 0 to 1.
        kinds: names in `KINDS`, of which each is as likely as the others. Default: all that a correct client survives.
        seed: number that the choice follows from; the same number and the same requests go wrong the same way.
        in_a_row: how many times at most the same request (method, host, path and query) goes wrong before it goes well
            once, so that a client with that many retries always gets through. 0 means any number.

    A request that asks for something itself, by X-Emulator-Status or X-Emulator-Fault, gets that and is not counted.
    A kind that cannot be, such as a null in a recording, leaves the answer as it is.

    Raises:
        ValueError: a value is out of its range, or a kind is not known.
    """

    rate: float = 0.2
    kinds: tuple[str, ...] = SURVIVABLE
    seed: int = 1
    in_a_row: int = 3

    def __post_init__(self) -> None:
        """Check the values."""
        if not 0 <= self.rate <= 1:
            raise ValueError(f"the rate must be from 0 to 1, not {self.rate}")
        if self.in_a_row < 0:
            raise ValueError(f"in_a_row must not be negative, and is {self.in_a_row}")
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            told = f"{unknown[0]!r} is none" if unknown else "there is none"
            raise ValueError(f"{told} of the kinds {', '.join(KINDS)}")

    def kind(self, number: int) -> str | None:
        """What goes wrong with the request of that number, counted from 0; None when nothing does."""
        rng = random.Random(f"{self.seed}/misbehaviour/{number}")  # noqa: S311 - repeatable on purpose
        return rng.choice(self.kinds) if rng.random() < self.rate else None


class Dice:
    """Decides, request by request, what goes wrong."""

    def __init__(self, misbehaviour: Misbehaviour | None = None) -> None:
        """Begin with request number 0; without a `misbehaviour` nothing goes wrong."""
        self._misbehaviour = misbehaviour
        self._number = 0
        self._rows: Counter[tuple[str, ...]] = Counter()

    def throw(self, *request: str) -> str | None:
        """What goes wrong with the next request, which `request` tells from others; None when nothing does."""
        if self._misbehaviour is None:
            return None
        kind = self._misbehaviour.kind(self._number)
        self._number += 1
        if kind is None or 0 < self._misbehaviour.in_a_row <= self._rows[request]:
            self._rows.pop(request, None)
            return None
        self._rows[request] += 1
        return kind
