"""Random faults: a part of all requests goes wrong, by a seeded die."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from polyai_data.emulator.faults.switches import FAULT, RETRY_AFTER, STATUS

KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    # Nothing is done, and the response says so, so that even a call that must not be repeated can be sent again.
    "429-seconds": {STATUS: "429", RETRY_AFTER: "0"},
    "429-ms": {STATUS: "429", RETRY_AFTER: "ms=20"},
    "429-date": {STATUS: "429", RETRY_AFTER: "date=1"},
    "503": {STATUS: "503", RETRY_AFTER: "0"},
    # Nothing is done, and the client cannot know that.
    "500": {STATUS: "500"},
    "reset-before": {FAULT: "reset-before"},
    # The call is done, and then its response is lost on the way or replaced by a gateway's page.
    "502-html": {FAULT: "html=502"},
    "504": {FAULT: "html=504"},
    "520": {FAULT: "html=520"},
    "reset": {FAULT: "reset"},
    "reset-midway": {FAULT: "reset-midway"},
    "truncate": {FAULT: "truncate"},
    # The call is done, and the response arrives whole.
    "latency": {FAULT: "delay=0.05"},
    "slow": {FAULT: "slow=0.05"},
    "chunked": {FAULT: "chunked"},
    # The call is done, and the response arrives, but it breaks the document.
    "null": {FAULT: "null"},
    "unknown": {FAULT: "unknown"},
    "missing": {FAULT: "missing"},
    "wrong-type": {FAULT: "wrong-type"},
    "html": {FAULT: "html=200"},
    "empty": {FAULT: "empty"},
})  # fmt: skip
"""Each kind by its name, with the headers that ask for the same on a single request."""
DRIFT = ("null", "unknown", "missing", "wrong-type", "html", "empty")
"""The kinds that no client can mend by sending again."""
SURVIVABLE = tuple(kind for kind in KINDS if kind not in DRIFT)
"""The kinds that a correct client recovers from, where the call may be repeated."""
REPEATABLE = ("429-seconds", "429-ms", "429-date", "503")
"""The kinds that it also recovers from where the call must not be repeated; of others, but slow ones, it raises."""


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """How often requests go wrong, and how. Which ones follows from the seed and the order of the requests.

    Args:
        rate: the part of all requests that goes wrong, from 0 to 1.
        kinds: names in `KINDS`, each as likely as the others. Default: all that a correct client recovers from.
        seed: number that the choice follows from; the same number and the same requests go wrong the same way.
        in_a_row: how many times at most the same request (method, host, path and query) goes wrong before it succeeds
            once, so that a client with that many retries gets through wherever it may send again. 0 means any number.

    A request with X-Emulator-Status or X-Emulator-Fault gets what it asks for and is not counted. A kind that does not
    fit the response, such as a null in a recording, leaves the response as it is.

    Raises:
        ValueError: a value is out of its range, or a kind is unknown.
    """

    rate: float = 0.2
    kinds: tuple[str, ...] = SURVIVABLE
    seed: int = 1
    in_a_row: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"the rate must be from 0 to 1, not {self.rate}")
        if self.in_a_row < 0:
            raise ValueError(f"in_a_row must not be negative, but is {self.in_a_row}")
        if not self.kinds:
            raise ValueError(f"kinds is empty; choose from {', '.join(KINDS)}")
        if unknown := [kind for kind in self.kinds if kind not in KINDS]:
            raise ValueError(f"{unknown[0]!r} is not one of the kinds {', '.join(KINDS)}")

    def kind(self, number: int) -> str | None:
        """What goes wrong with the request of that number, counted from 0; None when nothing does."""
        rng = random.Random(f"{self.seed}/misbehaviour/{number}")  # noqa: S311 - repeatable on purpose
        return rng.choice(self.kinds) if rng.random() < self.rate else None


class Dice:
    """Decides, request by request, what goes wrong; without a `misbehaviour` nothing does."""

    def __init__(self, misbehaviour: Misbehaviour | None = None) -> None:
        self._misbehaviour = misbehaviour
        self._number = 0
        self._in_a_row: Counter[tuple[str, ...]] = Counter()

    def throw(self, *request: str) -> str | None:
        """What goes wrong with the next request, identified by `request`; None when nothing does."""
        if self._misbehaviour is None:
            return None
        kind = self._misbehaviour.kind(self._number)
        self._number += 1
        if kind is None or 0 < self._misbehaviour.in_a_row <= self._in_a_row[request]:
            self._in_a_row.pop(request, None)
            return None
        self._in_a_row[request] += 1
        return kind
