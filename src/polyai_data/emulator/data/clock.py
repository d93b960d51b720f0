"""The emulator's clock: it stands still until it is set, so that responses do not depend on the day, or runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
"""The first time of the clock. The seeded conversations took place in the days before."""


class Clock:
    """A clock that moves only on request, or with the machine's.

    Keys, signed links and redacted files expire by it, and added conversations take place at its time.
    """

    def __init__(
        self, start: datetime = START, turned: Callable[[datetime], None] | None = None, *, follows_today: bool = False
    ) -> None:
        """Make a clock that shows `start`, a datetime with a time zone (default: `START`).

        `turned` is called with the new time after each change. With `follows_today`, `start` is now, and it runs.
        """
        self.follows_today = follows_today
        self._started = datetime.now(UTC)
        self._now = self._started if follows_today else start
        self._turned = turned

    def now(self) -> datetime:
        """The time of the clock, in UTC."""
        return self._now + (datetime.now(UTC) - self._started) if self.follows_today else self._now

    def advance(self, seconds: float) -> None:
        """Turn the clock forward by `seconds` (backward when negative); OverflowError: beyond the years 1 to 9999."""
        self._turn(self.now() + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Turn the clock to `moment`, a datetime with a time zone; ValueError: it has none."""
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone")
        self._turn(moment.astimezone(UTC))

    def _turn(self, moment: datetime) -> None:
        self._now, self._started = moment, datetime.now(UTC)
        if self._turned is not None:
            self._turned(moment)
