"""Whether to send a request again, and when: a decision about what is known, without a clock, a die or a socket.

    what happened        sent again when the operation is idempotent     sent again otherwise
    no connection        yes                                             yes: the server never saw it
    broken, timed out    yes                                             no: the server may have done it
    408                  yes                                             no
    429, 503             yes                                             yes: the server says that it did nothing
    501                  no                                              no
    other 5xx            yes                                             no
    anything else        no                                              no

The pause before attempt n+1 is drawn evenly from 0 to `first_pause` times 2 to the power n-1, at most `longest_pause`.
Where the server says how long to wait, that is the least; where it asks for more than `longest_retry_after`, or than
the time that is left, the error that says so is raised at once.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MAX_RETRIES = 4
"""How often a request is sent again."""
FIRST_PAUSE = 0.5
"""Seconds: the most that the first pause can be."""
LONGEST_PAUSE = 8.0
"""Seconds: the most that any pause can be that the server did not ask for."""
LONGEST_RETRY_AFTER = 60.0
"""Seconds: the longest `Retry-After` that is waited for."""

_DID_NOTHING = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how patiently to send again. All times are seconds."""

    max_retries: int = MAX_RETRIES
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    longest_retry_after: float = LONGEST_RETRY_AFTER


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that failed.

    Attributes:
        number: 1 for the first.
        idempotent: whether sending the request twice does no more than sending it once.
        sent: whether the server may have seen the request; False when no connection was made.
        status: of the answer, or None when none came, or none that was complete.
        retry_after: seconds that the answer asks to wait, or None.
        time_left: seconds until the deadline.
    """

    number: int
    idempotent: bool
    sent: bool = True
    status: int | None = None
    retry_after: float | None = None
    time_left: float = math.inf


def may_succeed(attempt: Attempt) -> bool:
    """Whether the same request may succeed when sent again, and does no harm."""
    if attempt.status is None:
        return attempt.idempotent or not attempt.sent
    if attempt.status in _DID_NOTHING:
        return True
    passing = attempt.status == 408 or (500 <= attempt.status <= 599 and attempt.status != 501)
    return passing and attempt.idempotent


def pause(attempt: Attempt, policy: Policy, draw: float) -> float | None:
    """Seconds to wait before sending again, or None to give up.

    Args:
        attempt: what failed.
        policy: how patient to be.
        draw: a number drawn evenly from 0 to 1.
    """
    if attempt.number > policy.max_retries or not may_succeed(attempt):
        return None
    # Bounded, since 2 to the power of a large number is no float.
    doublings = min(attempt.number - 1, 64)
    wait = draw * min(policy.longest_pause, policy.first_pause * 2**doublings)
    if attempt.retry_after is not None:
        if attempt.retry_after > policy.longest_retry_after:
            return None
        wait = max(wait, attempt.retry_after)
    return wait if wait < attempt.time_left else None


def retry_after(headers: Mapping[str, str], now: datetime.datetime | None = None) -> float | None:
    """Seconds that an answer asks to wait, or None when it does not.

    Args:
        headers: the answer's, looked up without regard to case. `Retry-After-Ms` holds milliseconds, `Retry-After`
            seconds or an HTTP date, which is taken against the answer's own `Date`, so that a wrong clock here does no
            harm.
        now: the time to take the date against when the answer has no `Date`.
    """
    milliseconds = headers.get("Retry-After-Ms", "").strip()
    if _is_number(milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("Retry-After", "").strip()
    if _is_number(value):
        return float(value)
    until, since = _date(value), _date(headers.get("Date", "")) or now
    return None if until is None or since is None else max(0.0, (until - since).total_seconds())


def _is_number(text: str) -> bool:
    # A number of any length is one, but only so many digits make a float.
    return re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text) is not None


def _date(text: str) -> datetime.datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
