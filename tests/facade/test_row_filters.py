"""Conditions on rows, the words of a search, the turns around matches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.errors import ConfigError
from polyai_data.row_filters import Condition, around, marks, value

V3 = {
    "id": "CA1",
    "environment": "live",
    "started_at": "2026-05-03T22:24:49.597Z",
    "num_turns": 5,
    "handoff": False,
    "note": None,
    "metrics": {
        "CALL_DURATION": "73",
        "TOPICS": ["Billing", "refund"],
        "note": "a metric",
        "EMPTY": [],
        "Is happy": True,
        "A<B contains C": "3",
    },
}
AGENTS = {
    "conversationId": "CA2",
    "clientEnv": "sandbox",
    "totalDuration": 20,
    "shortSummary": {"heading": "Password", "content": "Reset."},
    "metrics": {"CALL_DURATION": [{"value": "9", "timestamp": "2026-05-03T22:25:09"}]},
}


@pytest.mark.parametrize(
    ("row", "condition", "holds"),
    [
        (V3, "CALL_DURATION > 8", True),
        (V3, "CALL_DURATION>=73.0", True),
        (V3, "CALL_DURATION < 100", True),
        (V3, "CALL_DURATION < 9", False),
        (V3, "CALL_DURATION = 7.3e1", False),
        (V3, "num_turns == 5", True),
        (V3, "handoff = FALSE", True),
        (V3, "handoff exists", True),
        (V3, "TOPICS = billing", True),
        (V3, "TOPICS contains FUND", True),
        (V3, "TOPICS != billing", False),
        (V3, "TOPICS != other", True),
        (V3, "MISSING != other", True),
        (V3, "MISSING < 3", False),
        (V3, "EMPTY exists", False),
        (V3, "note exists", False),
        (V3, "started_at < 2026-05-04", True),
        (V3, "started_at > 2026-05-03 22:24Z", True),
        (V3, "started_at > 2026-05-04T00:24:50+02:00", False),
        (V3, "started_at = 2026-05-03T22:24:49.597+00:00", True),
        (V3, "started_at >= 2000-01-01", True),
        (V3, "started_at > yesterday", False),
        (V3, "Is happy = true", True),
        (V3, '"Is happy" = true', True),
        (V3, '"A<B contains C"> 2', True),
        (V3, ' "A<B contains C" exists', True),
        (V3, "id = ca1", True),
        (AGENTS, "id = CA2", True),
        (AGENTS, "environment = sandbox", True),
        (AGENTS, "clientEnv = live", False),
        (AGENTS, "total_duration <= 20", True),
        (AGENTS, "CALL_DURATION < 10", True),
        (AGENTS, "summary contains reset", True),
    ],
)
def test_a_condition_holds_for_a_row_of_either_route(row: dict[str, Any], condition: str, *, holds: bool) -> None:
    assert Condition.read(condition)(row) is holds


def test_a_day_is_the_whole_day() -> None:
    day = datetime(2026, 5, 3).astimezone()
    for at, holding in (
        (day - timedelta(seconds=1), "< <= !="),
        (day, "= <= >="),
        (day + timedelta(days=1), "> >= !="),
    ):
        row = {"started_at": at.astimezone(UTC).isoformat()}
        holds = [
            sign for sign in ("<", "<=", "=", "!=", ">", ">=") if Condition.read(f"started_at {sign} 2026-05-03")(row)
        ]
        assert sorted(holds) == sorted(holding.split())


@pytest.mark.parametrize(
    "text", ["", "x", "x y", "x >", "> 3", "x exists 3", "x contains ", "x ~ 3", '"x > 3', '"" = 3']
)
def test_what_is_no_condition_names_itself(text: str) -> None:
    with pytest.raises(ConfigError, match="is no condition") as failed:
        Condition.read(text)
    assert repr(text) in str(failed.value)


NAMES = st.text("AZaz09_.-", min_size=1)
VALUES = st.text("aä0. =<>!✓", min_size=1).filter(lambda text: text == text.strip() and text[0] not in "=<>!")


@given(NAMES, st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">=", "contains"]), VALUES, st.sampled_from(["", " "]))
def test_a_condition_reads_as_it_was_written(name: str, sign: str, value: str, space: str) -> None:
    space = " " if sign == "contains" else space
    assert Condition.read(f"{name}{space}{sign}{space}{value}") == (name, sign, value)


@given(st.text())
def test_any_text_is_a_condition_or_a_config_error(text: str) -> None:
    try:
        made = Condition.read(text)
    except ConfigError:
        return
    assert made(V3) in {True, False}


def test_the_last_value_of_a_metric_and_no_null() -> None:
    assert [value(V3, name) for name in ("TOPICS", "note", "EMPTY", "MISSING")] == ["refund", None, None, None]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("A Refund, please: refund!", "refund", ["Refund", "refund"]),
        ("I want my money back", "money want", ["want", "money"]),
        ("refunds", "refund", []),
        ("a refund", "full refund", []),
        ("straße", "STRASSE", ["straße"]),
        ("no words", "…", []),
        ("部屋を予約したいのです。予約B7", "予約 b7", ["予約", "予約", "B7"]),
    ],
)
def test_words_are_marked_where_all_are(text: str, query: str, marked: list[str]) -> None:
    assert [text[begin:end] for begin, end in marks(text, query)] == marked


@given(st.sets(st.integers(0, 30)), st.integers(0, 5), st.integers(31, 40))
def test_ranges_hold_what_is_near_a_match_and_do_not_touch(matches: set[int], context: int, total: int) -> None:
    ranges = around(matches, context, total)
    near = {index for match in matches for index in range(match - context, match + context + 1) if 0 <= index < total}
    assert [index for begin, end in ranges for index in range(begin, end)] == sorted(near)
    assert all(one[1] < other[0] for one, other in pairwise(ranges))
