"""How many requests are sent in a minute: when the next one may go. No I/O, and no clock of its own."""

from __future__ import annotations

import math
import threading


class Rate:
    """So many requests a minute, evenly, after a few at once.

    In no 60 seconds are there more. Threads and tasks can share it, and so can clients: all that send with one key.

    Args:
        per_minute: how many requests, more than 0.
    """

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        at_once = 1 + per_minute // 50
        self._step = 60 / (per_minute - at_once + 1) if per_minute > 1 else 60 / per_minute
        self._slack = (at_once - 1) * self._step
        self._next = -math.inf  # when the next request would go if all went evenly
        self._lock = threading.Lock()

    def turn(self, now: float, until: float = math.inf) -> float | None:
        """Take the next turn: seconds to wait for it; None, and it is not taken, where it comes after `until`.

        Args:
            now, until: what one monotonic clock shows, in seconds.
        """
        with self._lock:
            wait = max(0.0, self._next - self._slack - now)
            if now + wait > until:
                return None
            self._next = max(self._next, now) + self._step
            return wait

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.per_minute:g})"
