"""Whether to send a request again, and when: a pure decision, without a clock, chance or I/O.

    failure                      sent again when idempotent     sent again otherwise
    no connection                yes                            yes: the server never saw the request
    429                          yes                            yes: the server did not carry it out
    503 with `Retry-After` and
      the vendor's error body    yes                            yes: the server did not carry it out
    any other 503                yes                            no: a gateway's page can hide that it was carried out
    broken, timed out            yes                            no: the server may have carried it out
    408, other 5xx but 501       yes                            no
    the proxy's 4xx, a
      certificate not verified   no                             no
    anything else                no                             no

The pause before attempt n+1 is random, from 0 to `first_pause` times 2 to the power n-1, at most `longest_pause`, and
at least what the server's `Retry-After` asks for. Where that is more than `longest_retry_after`, or the pause more than
the time that is left, the error is raised at once.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

MAX_RETRIES = 4
"""How often a request is sent again."""
FIRST_PAUSE = 0.5
"""Seconds: the most that the first pause can be."""
LONGEST_PAUSE = 8.0
"""Seconds: the most that a pause can be without a `Retry-After`."""
LONGEST_RETRY_AFTER = 60.0
"""Seconds: the longest `Retry-After` that is followed."""


class Policy(NamedTuple):
    """How often to send again, and the pauses in seconds."""

    max_retries: int = MAX_RETRIES
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    longest_retry_after: float = LONGEST_RETRY_AFTER


class Attempt(NamedTuple):
    """An attempt that failed.

    Attributes:
        number: 1 for the first.
        idempotent: whether sending the request twice has the effect of sending it once.
        sent: whether the server may have carried the request out, as the error says (`PolyAIError.sent`).
        status: the response's, or None when no complete response arrived.
        retry_after: seconds that the response asks to wait, or None.
        time_left: seconds until the deadline.
        permanent: whether the error says that another attempt would fail like this one (`TransportError.permanent`).
    """

    number: int
    idempotent: bool
    sent: bool = True
    status: int | None = None
    retry_after: float | None = None
    time_left: float = math.inf
    permanent: bool = False


def may_succeed(attempt: Attempt) -> bool:
    """Whether the same request may succeed when sent again, without being carried out twice."""
    status = attempt.status
    transient = status is None or status in {408, 429} or (500 <= status <= 599 and status != 501)
    return transient and not attempt.permanent and (attempt.idempotent or not attempt.sent)


def may_be_done(status: int, retry_after: float | None, *, vendors_body: bool) -> bool:
    """Whether a server that responded with an error may have carried the request out.

    Args:
        status: the response's; a 2xx is one whose body refuses.
        retry_after: seconds that it asks to wait, or None.
        vendors_body: whether its body is the vendor's error, not a gateway's page.
    """
    if status == 503:
        return retry_after is None or not vendors_body
    return status == 408 or (status // 100 not in {2, 4} and status != 501)


def pause(attempt: Attempt, policy: Policy, draw: float) -> float | None:
    """Seconds to wait before sending again, or None to give up.

    Args:
        attempt: the attempt that failed.
        policy: the limits.
        draw: a random number from 0 to 1.
    """
    if attempt.number > policy.max_retries or not may_succeed(attempt):
        return None
    # Bounded, as 2 to the power of a large number overflows a float.
    doublings = min(attempt.number - 1, 64)
    wait = draw * min(policy.longest_pause, policy.first_pause * 2**doublings)
    if attempt.retry_after is not None:
        if attempt.retry_after > policy.longest_retry_after:
            return None
        wait = max(wait, attempt.retry_after)
    return wait if wait < attempt.time_left else None


def retry_after(headers: Mapping[str, str], now: datetime.datetime | None = None) -> float | None:
    """Seconds that a response asks to wait, or None when it does not.

    Args:
        headers: the response's, looked up without regard to case. `Retry-After-Ms` holds milliseconds, `Retry-After`
            seconds or an HTTP date, which is compared with the response's own `Date`, as the clock here can be wrong.
            Of several copies, the longest counts.
        now: the time to compare the date with when the response has no `Date`.
    """
    milliseconds = [float(each) / 1000 for each in _copies(headers, "Retry-After-Ms") if _is_number(each)]
    if milliseconds:
        return max(milliseconds)
    since = next(filter(None, map(_date, _copies(headers, "Date"))), now)
    waits = [_wait(each, since) for each in _copies(headers, "Retry-After")]
    return max((each for each in waits if each is not None), default=None)


def _wait(value: str, since: datetime.datetime | None) -> float | None:
    if _is_number(value):
        return float(value)
    until = _date(value)
    return None if until is None or since is None else max(0.0, (until - since).total_seconds())


def _copies(headers: Mapping[str, str], name: str) -> list[str]:
    """The values of a header, which the HTTP library joins by commas. Dates have a comma before their day."""
    return [each.strip() for each in re.split(r",(?!\s*\d{1,2}[ -])", headers.get(name, ""))]


def _is_number(text: str) -> bool:
    # Longer numbers can overflow a float.
    return re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text) is not None


def _date(text: str) -> datetime.datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)
