"""Times as people write them, and conversations by id or address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.cli.options import Conversation, ConversationType, When


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-05-04", "2026-05-03T22:00Z", "2026-05-04T22:00Z"),
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # a day of 23 hours
        (" 20260504 ", "2026-05-03T22:00Z", "2026-05-04T22:00Z"),
        ("2026-05-04T09:30", "2026-05-04T07:30Z", "2026-05-04T07:30Z"),
        ("2026-05-04 09:30:15.5Z", "2026-05-04T09:30:15.5Z", "2026-05-04T09:30:15.5Z"),
        ("2026-05-04T09:30-07:00", "2026-05-04T16:30Z", "2026-05-04T16:30Z"),
    ],
)
def test_a_time_is_local_and_a_day_as_end_is_included(text: str, begin: str, end: str) -> None:
    for kind, expected in ((When(), begin), (When(end=True), end)):
        made = kind.convert(text, None, None)
        assert made == datetime.fromisoformat(expected)
        assert made.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("now", 0),
        ("30m", 1800),
        ("36h", 36 * 3600),
        ("3 days ago", 3 * 86400),
        ("1 Week", 7 * 86400),
        ("2d ago", 172800),
    ],
)
def test_an_age_counts_from_now(text: str, age: int) -> None:
    assert abs(datetime.now(UTC) - timedelta(seconds=age) - When().convert(text, None, None)) < timedelta(seconds=5)


def test_yesterday_ends_where_today_begins() -> None:
    assert When(end=True).convert("yesterday", None, None) == When().convert("today", None, None)


@given(st.text() | st.from_regex(r"\d{1,20} ?[mhdw]|\d{4}-\d\d-\d\d(T\d\d:\d\d)?", fullmatch=True))
def test_any_other_text_is_wrong_usage(text: str) -> None:
    try:
        made = When(end=True).convert(text, None, None)
    except click.BadParameter:
        return
    assert made.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CA1", Conversation("CA1")),
        ("jupiter.example/ws-1/P-1/calls/CA1", Conversation("CA1", None, "ws-1", "P-1", "jupiter.example")),
        (
            "https://jupiter.example/ws-1/P-1/conversations/CA1?tab=x",
            Conversation("CA1", None, "ws-1", "P-1", "jupiter.example"),
        ),
        ("https://jupiter.example/ws-1/P-1/a/b/CA1/#top", Conversation("CA1", None, "ws-1", "P-1", "jupiter.example")),
    ],
)
def test_a_conversation_is_an_id_or_an_address(text: str, expected: Conversation) -> None:
    assert ConversationType().convert(text, None, None) == expected
