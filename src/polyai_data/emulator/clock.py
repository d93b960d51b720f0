"""The emulator's clock: it stands still until a test turns it, so that answers do not depend on the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
"""What the clock shows at first. The seeded conversations took place in the days before."""


class Clock:
    """A clock that only moves when it is told to.

    The signed links' expiry and the 24 hours for which a redacted file is kept are measured with it.
    """

    def __init__(self, start: datetime = START) -> None:
        """Make a clock that shows `start`, a datetime with a time zone (default: `START`)."""
        self._now = start

    def now(self) -> datetime:
        """What the clock shows, in UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Turn the clock forward by `seconds` (backward when negative)."""
        self._now += timedelta(seconds=seconds)
