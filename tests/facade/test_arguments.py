"""Arguments: an id stays one segment of its path, and arguments that do not go together are refused."""

from __future__ import annotations

import datetime
import fractions
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import arguments
from polyai_data.errors import ConfigError
from polyai_data.hosts import POLYAI
from polyai_data_client.api.conversations import get_conversation
from polyai_data_client.models import Annotation


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "missing"),
        ("", "empty"),
        ("..", "another path"),
        ("a/b", "'/' at position 1"),
        ("%2e", "percent-encoded"),
        ("a\x00b", "which no id has"),
        ("{conversationId}", "a placeholder"),
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


@pytest.mark.parametrize("value", [datetime.datetime(2026, 6, 1), "2026-06-01T00:00:00", "2026-06-01T00"])
def test_a_time_without_an_offset_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"start_time: 2026-06-01T00:00:00 does not say its offset.*astimezone"):
        arguments.moment("start_time", value)


@pytest.mark.parametrize("value", [datetime.date(2026, 4, 27), "2026-04-27", "20260427"])
def test_a_date_is_midnight_in_utc(value: Any) -> None:
    assert arguments.moment("start_time", value) == datetime.datetime(2026, 4, 27, tzinfo=datetime.UTC)


class NoTime(datetime.datetime):
    """As pandas' NaT: a datetime that equals nothing, itself neither, and has no offset to ask for."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def utcoffset(self) -> Any:
        raise ValueError("NaTType does not support utcoffset")


class Timestamp(datetime.datetime):
    """As pandas' Timestamp: a datetime whose arithmetic ends before the year 1."""

    def __sub__(self, other: Any) -> Any:
        raise OverflowError("out of bounds")


def test_what_data_frames_have_for_no_time_is_refused() -> None:
    for missing in (NoTime(2026, 6, 1), float("nan")):
        with pytest.raises(ConfigError, match="start_time must be a datetime, a date or a string") as caught:
            arguments.moment("start_time", missing)  # type: ignore[arg-type]
        assert caught.value.argument == "start_time"


def test_a_time_of_a_data_frame_is_a_time() -> None:
    given_ = Timestamp(2026, 6, 1, tzinfo=datetime.UTC)
    sent = {name: arguments.moment(name, given_) for name in ("start_time", "end_time")}
    assert [type(each) for each in sent.values()] == [datetime.datetime, datetime.datetime]
    arguments.search_rules(POLYAI.operation("searchConversations").rules, sent)


@pytest.mark.parametrize("value", [50.0, fractions.Fraction(50)])
def test_a_whole_number_of_a_data_frame_is_one(value: Any) -> None:
    annotated = Annotation(turn_id=value, role="user", annotation_type="wrong_info")
    taken = [arguments.page_size(value), arguments.offset(value), arguments.annotation_list([annotated])[0].turn_id]
    assert [(each, type(each)) for each in taken] == [(50, int)] * 3
    assert annotated.turn_id is value


def test_an_offset_with_seconds_is_sent_in_utc() -> None:
    odd = datetime.timezone(datetime.timedelta(minutes=53, seconds=28))
    sent = arguments.moment("start_time", datetime.datetime(1890, 1, 1, tzinfo=odd))
    assert sent is not None
    assert sent.isoformat() == "1889-12-31T23:06:32+00:00"
    with pytest.raises(ConfigError, match="has no equivalent in UTC"):
        arguments.moment("start_time", datetime.datetime(1, 1, 1, tzinfo=odd))


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(value: str) -> None:
    try:
        time = arguments.moment("start_time", value)
    except ConfigError:
        return
    assert time is not None
    assert time.utcoffset() is not None


def test_a_message_names_the_value_and_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match="limit is the page size, a whole number from 1 to 1000, not 1001"):
        arguments.page_size(1001, most=1000)
    with pytest.raises(ConfigError, match="a whole number at least 1, not 0"):
        arguments.page_size(0)
    with pytest.raises(ConfigError, match="offset must be a whole number of at least 0, not -1"):
        arguments.offset(-1)
    with pytest.raises(ConfigError, match="direction: 'both' is not one of agent, user"):
        arguments.choice("direction", "both", {"user", "agent"})
