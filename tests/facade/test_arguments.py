"""Arguments: an id stays one segment of its path, and arguments that do not go together are refused."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import arguments
from polyai_data.errors import ConfigError
from polyai_data.hosts import POLYAI
from polyai_data_client.api.conversations import get_conversation

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "value",
    ["CAabcd1234567abcdef1250065d4fc7389", "ws-fd112d8f", "PROJECT-58RP822I", "my_agent", "a.b", "a:b", "ü", "..."],
)
def test_ids_pass(value: str) -> None:
    assert arguments.path_id("agent_id", value) == value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "missing"),
        ("", "empty"),
        ("  ", "empty"),
        (".", "another path"),
        ("..", "another path"),
        ("a/b", "'/' at position 1"),
        ("a\\b", "which no id has"),
        ("%2e", "percent-encoded"),
        ("a%2fb", "percent-encoded"),
        ("a?b", "which no id has"),
        ("a#b", "which no id has"),
        ("a b", "which no id has"),
        ("a\nb", "which no id has"),
        ("a\x00b", "which no id has"),
        ("a\u202eb", "which no id has"),
        ("a\ud800b", "which no id has"),
        ("{conversationId}", "a placeholder"),
        ("<id>", "a placeholder"),
        (":id", "a placeholder"),
        ("$ID", "a placeholder"),
        ("${ID}", "a placeholder"),
        (7, "must be a string, not int"),
    ],
)
def test_what_is_no_id_is_refused_with_the_argument_and_the_reason(value: Any, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        arguments.path_id("conversation_id", value)
    assert caught.value.argument == "conversation_id"
    assert "conversation_id" in str(caught.value)
    assert why in str(caught.value)


IDS = st.text(st.characters(exclude_categories=()), max_size=1000)


@given(IDS, IDS)
def test_an_id_never_reaches_another_path(agent: str, conversation: str) -> None:
    try:
        ids = arguments.path_id("agent_id", agent), arguments.path_id("conversation_id", conversation)
    except ConfigError:
        return
    url = httpx.URL("https://host.example" + get_conversation._get_kwargs(*ids)["url"])
    assert url.host == "host.example"
    segments = url.raw_path.decode().split("/")
    assert (len(segments), segments[1:3], segments[4]) == (6, ["v1", "agents"], "conversations")
    assert url.query == b""


def test_a_time_has_an_offset() -> None:
    assert arguments.moment("start_time", "2026-06-01T00:00:00Z") == NOW
    assert arguments.moment("start_time", "2026-06-01T02:00:00+02:00") == NOW
    assert arguments.moment("start_time", NOW) is NOW
    assert arguments.moment("start_time", None) is None


def test_an_offset_with_seconds_is_said_in_utc() -> None:
    odd = datetime.timezone(datetime.timedelta(minutes=53, seconds=28))
    assert str(arguments.moment("start_time", datetime.datetime(1930, 1, 1, 12, tzinfo=odd))) == (
        "1930-01-01 11:06:32+00:00"
    )
    with pytest.raises(ConfigError, match="no equivalent in UTC"):
        arguments.moment("start_time", datetime.datetime(1, 1, 1, tzinfo=odd))


@pytest.mark.parametrize("value", [datetime.datetime(2026, 6, 1), "2026-06-01", "2026-06-01T00:00:00"])
def test_a_time_without_an_offset_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"start_time: 2026-06-01T00:00:00 does not say its offset.*astimezone"):
        arguments.moment("start_time", value)


@pytest.mark.parametrize("value", ["yesterday", "", "2026-13-01", "01/06/2026", "2026-06-01T00:00:00Z and more"])
def test_what_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="not an ISO 8601 time"):
        arguments.moment("start_time", value)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(value: str) -> None:
    try:
        time = arguments.moment("start_time", value)
    except ConfigError:
        return
    assert time is not None
    assert time.utcoffset() is not None


@pytest.mark.parametrize("value", [0, -1, 1001, True, 1.5, "10"])
def test_a_page_size_out_of_range_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="limit is the page size, a whole number from 1 to 1000"):
        arguments.page_size(value, most=1000)


def test_a_page_size_within_its_bounds_passes() -> None:
    assert [arguments.page_size(value, most=1000) for value in (1, 1000)] == [1, 1000]
    assert arguments.page_size(5000) == 5000
    assert arguments.page_size(None) is None
    with pytest.raises(ConfigError, match="at least 1"):
        arguments.page_size(0)


@pytest.mark.parametrize("value", [-1, True, "0", 0.5])
def test_an_offset_out_of_range_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="offset must be"):
        arguments.offset(value)
    assert arguments.offset(0) == 0
    assert arguments.offset(None) is None


AUTUMN = datetime.datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/London"))
LATER = NOW + datetime.timedelta(days=1)
RULES = POLYAI.operation("searchConversations").rules
RANGE = {"start_time": NOW, "end_time": LATER}


@pytest.mark.parametrize(
    ("given_", "argument", "rule"),
    [
        ({"variant_id": "a", "variant_name": "b"}, "variant_name", "exclude each other"),
        ({"query_type": "semantic", "query": "a", "sample": "random", **RANGE}, "sample", "exclude each other"),
        ({"query_type": "semantic", **RANGE}, "query", "needs query"),
        ({"query": "refund"}, "query_type", "query needs query_type"),
        ({"query": ""}, "query_type", "query needs query_type"),
        ({"query_type": "semantic", "query": "a"}, "start_time", "needs start_time and end_time"),
        ({"sample": "random", "start_time": NOW}, "end_time", "needs start_time and end_time"),
        ({"turn_type": "user"}, "turn_type", "query_type=transcript; query_type is missing"),
        ({"turn_type": "user", "query_type": "semantic", "query": "a", **RANGE}, "turn_type", "is 'semantic'"),
        ({"start_time": LATER, "end_time": NOW}, "end_time", "start_time is after end_time"),
    ],
)
def test_search_parameters_that_do_not_go_together(given_: dict[str, Any], argument: str, rule: str) -> None:
    with pytest.raises(ConfigError) as caught:
        arguments.search_rules(RULES, given_)
    assert caught.value.argument == argument
    assert rule in str(caught.value)


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"variant_id": "a"},
        {"query_type": "transcript", "query": "a", "turn_type": "agent", **RANGE},
        {"query_type": "semantic", "query": "a", **RANGE},
        {"sample": "random", **RANGE},
        {"start_time": NOW},
        {"start_time": NOW, "end_time": NOW},
        # The clock shows 1:30 twice that night, and half past the second hour comes after a quarter to two.
        {"start_time": AUTUMN.replace(hour=1, minute=45), "end_time": AUTUMN.replace(hour=1, minute=30, fold=1)},
    ],
)
def test_search_parameters_that_go_together(given_: dict[str, Any]) -> None:
    arguments.search_rules(RULES, given_)


def test_a_choice_names_what_there_is() -> None:
    arguments.choice("direction", None, {"user", "agent"})
    arguments.choice("direction", "user", {"user", "agent"})
    with pytest.raises(ConfigError, match="direction: 'both' is not one of agent, user"):
        arguments.choice("direction", "both", {"user", "agent"})
