"""Retry: what is sent again, when, and when not."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.retry import Attempt, Policy, may_succeed, pause, retry_after

POLICY = Policy()


@pytest.mark.parametrize(
    ("status", "idempotent", "otherwise"),
    [
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (408, True, False),
        (409, False, False),
        (410, False, False),
        (425, False, False),
        (429, True, True),
        (500, True, False),
        (501, False, False),
        (502, True, False),
        (503, True, True),
        (504, True, False),
        (520, True, False),
        (599, True, False),
        (600, False, False),
        (302, False, False),
        (200, False, False),
    ],
)
def test_which_statuses_are_worth_another_attempt(status: int, idempotent: bool, otherwise: bool) -> None:
    assert may_succeed(Attempt(1, True, status=status)) is idempotent
    assert may_succeed(Attempt(1, False, status=status)) is otherwise


def test_what_the_server_never_saw_is_always_sent_again() -> None:
    assert may_succeed(Attempt(1, True, sent=False))
    assert may_succeed(Attempt(1, False, sent=False))


def test_what_the_server_may_have_done_is_sent_again_only_when_that_does_no_harm() -> None:
    assert may_succeed(Attempt(1, True, sent=True))
    assert not may_succeed(Attempt(1, False, sent=True))


def test_pauses_double_up_to_the_longest() -> None:
    policy = Policy(max_retries=10, first_pause=1, longest_pause=5)
    longest = [pause(Attempt(number, True), policy, 1.0) for number in range(1, 12)]
    assert longest == [1, 2, 4, 5, 5, 5, 5, 5, 5, 5, None]
    assert pause(Attempt(3, True), policy, 0.0) == 0
    assert pause(Attempt(3, True), policy, 0.5) == 2


def test_no_retries_means_none() -> None:
    assert pause(Attempt(1, True, sent=False), Policy(max_retries=0), 0.0) is None


def test_the_server_is_waited_for_and_not_beyond_the_cap() -> None:
    def wait(seconds: float) -> float | None:
        return pause(Attempt(1, True, status=429, retry_after=seconds), POLICY, 0.5)

    assert wait(0) == 0.25
    assert wait(30) == 30
    assert wait(60) == 60
    assert wait(60.1) is None
    assert wait(3600) is None


def test_no_pause_goes_beyond_the_deadline() -> None:
    attempt = Attempt(1, True, status=503, retry_after=5.0)
    assert pause(replace(attempt, time_left=5.1), POLICY, 0) == 5
    assert pause(replace(attempt, time_left=5.0), POLICY, 0) is None
    assert pause(Attempt(1, True, time_left=0.0), POLICY, 0) is None
    assert pause(Attempt(1, True, time_left=-1.0), POLICY, 0) is None


ATTEMPTS = st.builds(
    Attempt,
    number=st.integers(1, 10_000),
    idempotent=st.booleans(),
    sent=st.booleans(),
    status=st.none() | st.integers(100, 999),
    retry_after=st.none() | st.floats(0, 1e9),
    time_left=st.floats(-10, 1e6) | st.just(math.inf),
)
POLICIES = st.builds(
    Policy,
    max_retries=st.integers(0, 10_000),
    first_pause=st.floats(0, 100),
    longest_pause=st.floats(0, 100),
    longest_retry_after=st.floats(0, 1000),
)


@given(ATTEMPTS, POLICIES, st.floats(0, 1))
def test_a_pause_is_within_every_bound(attempt: Attempt, policy: Policy, draw: float) -> None:
    wait = pause(attempt, policy, draw)
    if wait is None:
        return
    assert 0 <= wait < attempt.time_left
    assert wait <= max(policy.longest_pause, policy.longest_retry_after)
    assert attempt.number <= policy.max_retries
    assert may_succeed(attempt)
    if attempt.retry_after is not None:
        assert attempt.retry_after <= wait <= max(attempt.retry_after, policy.longest_pause)


@given(ATTEMPTS, POLICIES, st.floats(0, 1))
def test_what_is_not_idempotent_is_never_sent_again_after_it_may_have_been_done(
    attempt: Attempt, policy: Policy, draw: float
) -> None:
    if attempt.idempotent or not attempt.sent or attempt.status in {429, 503}:
        return
    assert pause(attempt, policy, draw) is None


DATE = "Mon, 01 Jun 2026 10:00:00 GMT"
NOW = datetime.datetime(2026, 6, 1, 10, 0, 10, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After-Ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After-Ms": "soon", "Retry-After": "9"}, 9.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Mon, 01 Jun 2026 09:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 GMT"}, 20.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 GMT", "Date": "nonsense"}, 20.0),
        ({"Retry-After": "Mon, 01 Jun 2026 10:00:30 -0000", "Date": DATE}, 30.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "٣"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    encoded = httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()])
    assert retry_after(encoded, NOW) == seconds


def test_a_date_without_a_clock_to_take_it_against_says_nothing() -> None:
    assert retry_after(httpx.Headers({"Retry-After": DATE})) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_number_of_seconds_or_nothing(value: str, date: str) -> None:
    headers: Any = {"Retry-After": value, "Date": date, "Retry-After-Ms": value}
    found = retry_after(headers, NOW)
    assert found is None or (found >= 0 and math.isfinite(found))
