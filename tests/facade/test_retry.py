"""The retry policy: what is sent again, and after which pause."""

from __future__ import annotations

import datetime
import math
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.retry import Attempt, Policy, may_be_done, may_succeed, pause, retry_after

POLICY = Policy()
ALWAYS, IF_IDEMPOTENT, NEVER = (True, True), (True, False), (False, False)
STATUSES = st.integers(100, 999)
SECONDS = st.none() | st.floats(0, 100)


def sent_again(status: int, retry_after: float | None, vendors_body: bool) -> tuple[bool, bool]:
    """Whether a response makes a request be sent again that is idempotent, and one that is not."""
    sent = may_be_done(status, retry_after, vendors_body=vendors_body)
    return may_succeed(Attempt(1, True, sent, status)), may_succeed(Attempt(1, False, sent, status))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([429], ALWAYS),
        ([408, 500, 502, 503, 504, 520, 599], IF_IDEMPOTENT),
        ([200, 202, 302, 400, 401, 404, 409, 410, 425, 499, 501, 600], NEVER),
    ],
)
def test_which_statuses_are_worth_another_attempt(statuses: list[int], expected: tuple[bool, bool]) -> None:
    for status in statuses:
        assert {sent_again(status, None, body) for body in (True, False)} == {expected}, status


@pytest.mark.parametrize(
    ("wait", "vendors_body", "expected"),
    [(0, True, ALWAYS), (7.5, True, ALWAYS), (None, True, IF_IDEMPOTENT), (7.5, False, IF_IDEMPOTENT)],
)
def test_only_a_503_of_the_vendors_own_says_that_nothing_was_done(
    wait: float | None, vendors_body: bool, expected: tuple[bool, bool]
) -> None:
    assert sent_again(503, wait, vendors_body) == expected


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_would_fail_again_is_not_sent_again(idempotent: bool) -> None:
    assert may_succeed(Attempt(1, idempotent, sent=False))
    assert not may_succeed(Attempt(1, idempotent, sent=False, permanent=True))


EARLY, LATE = "Wed, 21 Oct 2026 07:28:05 GMT", "Wednesday, 21-Oct-26 07:28:30 GMT"


@pytest.mark.parametrize(
    ("copies", "seconds"),
    [
        (["5", "5"], 5),
        (["5", "30", "10"], 30),
        (["5, 30"], 30),
        (["0", "soon"], 0),
        (["soon", "later"], None),
        ([EARLY, EARLY], 5),
        ([EARLY, LATE], 30),
        (["10", EARLY], 10),
        ([EARLY, "10", LATE], 30),
        ([""] * 3, None),
    ],
)
def test_of_several_copies_of_retry_after_the_longest_counts(copies: list[str], seconds: float | None) -> None:
    date = [("Date", "Wed, 21 Oct 2026 07:28:00 GMT")]
    for dates in (date, date * 2):
        assert retry_after(httpx.Headers([*dates, *(("Retry-After", each) for each in copies)])) == seconds
    if len(copies) == 3 and copies[0] == "5":
        assert retry_after(httpx.Headers([("Retry-After-Ms", each) for each in copies])) == 0.03


@given(STATUSES, SECONDS, st.booleans())
def test_whatever_comes_nothing_that_may_have_been_done_is_done_twice(
    status: int, wait: float | None, vendors_body: bool
) -> None:
    sent = may_be_done(status, wait, vendors_body=vendors_body)
    idempotent, other = sent_again(status, wait, vendors_body)
    assert other == (idempotent and not sent)
    # Only a failure of the server, or of what is between, leaves open what was done.
    assert not sent or status == 408 or status < 200 or status // 100 == 3 or status >= 500


@given(
    st.builds(
        Attempt,
        st.integers(1, 9),
        st.booleans(),
        sent=st.booleans(),
        status=STATUSES | st.none(),
        retry_after=SECONDS,
        time_left=st.floats(0, 99),
    ),
    st.floats(0, 1),
)
def test_a_pause_is_as_long_as_asked_and_ends_before_the_deadline(attempt: Attempt, draw: float) -> None:
    wait = pause(attempt, POLICY, draw)
    if wait is not None:
        assert attempt.number <= POLICY.max_retries
        assert attempt.idempotent or not attempt.sent
        assert (attempt.retry_after or 0) <= wait < attempt.time_left


def test_pauses_double_up_to_the_longest() -> None:
    policy = Policy(max_retries=10, first_pause=1, longest_pause=5)
    longest = [pause(Attempt(number, True), policy, 1.0) for number in range(1, 12)]
    assert longest == [1, 2, 4, 5, 5, 5, 5, 5, 5, 5, None]
    assert pause(Attempt(3, True), policy, 0.0) == 0
    assert pause(Attempt(3, True), policy, 0.5) == 2
    assert pause(Attempt(10_000, True), Policy(max_retries=10_000), 1.0) == 8


@pytest.mark.parametrize(("asked", "wait"), [(0, 0.25), (30, 30), (60, 60), (60.1, None), (3600, None)])
def test_a_retry_after_is_the_least_pause_up_to_a_limit(asked: float, wait: float | None) -> None:
    assert pause(Attempt(1, False, sent=False, status=429, retry_after=asked), POLICY, 0.5) == wait


@pytest.mark.parametrize(("left", "wait"), [(5.1, 5), (5.0, None), (0.0, None), (-1.0, None)])
def test_no_pause_goes_beyond_the_deadline(left: float, wait: float | None) -> None:
    assert pause(Attempt(1, True, status=503, retry_after=5.0, time_left=left), POLICY, 0) == wait


DATE = "Mon, 01 Jun 2026 10:00:00 GMT"
NOW = datetime.datetime(2026, 6, 1, 10, 0, 10, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"Retry-After-Ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After-Ms": "soon", "Retry-After": "9"}, 9.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Mon, 01 Jun 2026 09:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 GMT", "Date": "nonsense"}, 20.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 -0000", "Date": DATE}, 30.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "٣"}, None),
    ],
)
def test_each_form_of_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    encoded = httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()])
    assert retry_after(encoded, NOW) == seconds


def test_a_date_without_a_clock_to_compare_it_with_is_ignored() -> None:
    assert retry_after(httpx.Headers({"Retry-After": DATE})) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_number_of_seconds_or_ignored(value: str, date: str) -> None:
    headers: Any = {"Retry-After": value, "Date": date, "Retry-After-Ms": value}
    seconds = retry_after(headers, NOW)
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))
