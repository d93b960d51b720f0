"""Both listings over a socket: all items over all pages, filters and searches."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Conversation
from polyai_data.errors import AuthenticationError, BadRequestError
from tests.facade.calls import Connect, one_flavour

WHOLE: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-12-31T00:00:00Z"}


def live(connect: Connect) -> list[Conversation]:
    return [each for each in connect.emulator.conversations() if each.environment == "live"]


def ids(conversations: Any) -> list[str]:
    return [getattr(each, "conversation_id", None) or each.id for each in conversations]


def queries(connect: Connect) -> list[dict[str, list[str]]]:
    return [parse_qs(record.query) for record in connect.emulator.requests]


def test_the_list_gives_all_conversations_of_the_agent_over_all_pages(connect: Connect, polyai: PolyAI) -> None:
    listing = polyai.conversations.list(limit=15)
    for _ in range(2):
        assert ids(listing) == ids(connect.emulator.conversations())
    assert connect.sent == ["listConversations"] * 6
    assert [query.get("offset") for query in queries(connect)] == [None, ["15"], ["30"]] * 2
    assert {query["limit"][0] for query in queries(connect)} == {"15"}


def test_the_list_is_given_page_by_page(polyai: PolyAI) -> None:
    pages = list(polyai.conversations.list(limit=16).pages())
    assert [len(page.items) for page in pages] == [16, 16, 8]
    assert [page.total for page in pages] == [40, 40, 40]
    assert [page.next.offset if page.next else None for page in pages] == [16, 32, None]


@one_flavour
def test_the_server_chooses_the_page_size_when_none_is_given(connect: Connect, polyai: PolyAI) -> None:
    assert len(list(polyai.conversations.list())) == 40
    assert queries(connect) == [{}]


@one_flavour
@pytest.mark.parametrize("name", ["list", "search"])
def test_a_listing_begins_at_the_offset(connect: Connect, polyai: PolyAI, name: str) -> None:
    expected = ids(connect.emulator.conversations() if name == "list" else live(connect))
    listing = getattr(polyai.conversations, name)
    assert ids(listing(offset=26, limit=3)) == expected[26:]
    assert list(listing(offset=40)) == []


def test_pages_are_fetched_only_when_they_are_reached(connect: Connect, polyai: PolyAI) -> None:
    listing = polyai.conversations.list(limit=10)
    assert connect.sent == []
    items = iter(listing)
    for _ in range(10):
        next(items)
    assert len(connect.sent) == 1
    next(items)
    assert len(connect.sent) == 2


def test_a_conversation_that_moves_to_the_next_page_is_given_once(connect: Connect, polyai: PolyAI) -> None:
    before = ids(connect.emulator.conversations())
    listed: list[str] = []
    for page in polyai.conversations.list(limit=10).pages():
        listed += ids(page.items)
        if len(connect.sent) <= 3:
            connect.emulator.add_conversation()
    assert listed == before
    assert len(connect.sent) == 5


def test_a_listing_that_fails_midway_has_given_the_pages_before(connect: Connect) -> None:
    day = 24 * 3600
    connect.emulator.clock.advance(-2 * day)
    client = connect.polyai(api_key=connect.emulator.keys["us-expired"].value)
    pages = iter(client.conversations.list(limit=10).pages())
    assert len(next(pages).items) == 10
    connect.emulator.clock.advance(2 * day)
    with pytest.raises(AuthenticationError, match="expired"):
        next(pages)


def test_the_search_follows_the_cursor_whatever_is_added_meanwhile(connect: Connect, polyai: PolyAI) -> None:
    expected = ids(live(connect))
    matches: list[str] = []
    for page in polyai.conversations.search(limit=7).pages():
        matches += ids(page.items)
        connect.emulator.add_conversation()
    assert matches == expected
    assert len(matches) == 30
    assert connect.sent == ["searchConversations"] * 5
    assert ["cursor" in query for query in queries(connect)] == [False, True, True, True, True]
    assert not any("offset" in query for query in queries(connect))


@one_flavour
def test_the_search_goes_on_from_a_cursor(connect: Connect, polyai: PolyAI) -> None:
    first = next(iter(polyai.conversations.search(limit=12).pages()))
    assert first.next is not None
    assert first.next.cursor
    rest = polyai.conversations.search(limit=12, cursor=first.next.cursor, offset=3)
    assert ids([*first.items, *rest]) == ids(live(connect))
    with pytest.raises(BadRequestError, match="cursor"):
        list(polyai.conversations.search(cursor="not-a-cursor"))


@one_flavour
def test_a_sample_is_one_page(connect: Connect, polyai: PolyAI) -> None:
    (page,) = polyai.conversations.search(sample="random", limit=5, **WHOLE).pages()
    assert (len(page.items), page.next) == (5, None)
    assert queries(connect)[0]["sample"] == ["random"]
    assert set(ids(page.items)) < set(ids(live(connect)))


@one_flavour
@pytest.mark.parametrize(
    "channels", [["WEBCHAT"], ["VOICE-SIP", "WEBCHAT"]], ids=lambda channels: f"{len(channels)} channels"
)
@pytest.mark.parametrize("kind", [str, list, tuple, iter])
def test_the_search_filters_by_one_channel_or_several(
    connect: Connect, polyai: PolyAI, channels: list[str], kind: Callable[[Any], Any]
) -> None:
    argument = kind(channels) if kind is not str else channels[0]
    expected = channels[:1] if kind is str else channels
    matches = ids(polyai.conversations.search(channel=argument, limit=4))
    assert matches == [each.id for each in live(connect) if each.channel in expected]
    assert all(query["channel"] == expected for query in queries(connect))


@one_flavour
def test_the_search_filters_by_time_in_any_zone(connect: Connect, polyai: PolyAI) -> None:
    start, end = live(connect)[20].started_at, live(connect)[5].started_at
    expected = ids(live(connect)[6:21])
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    assert ids(polyai.conversations.search(start_time=start.astimezone(zone), end_time=end, limit=4)) == expected
    assert ids(polyai.conversations.search(start_time=start.isoformat(), end_time=end.isoformat())) == expected


@one_flavour
def test_a_match_holds_what_happened(connect: Connect, polyai: PolyAI) -> None:
    by_id = {each.id: each for each in connect.emulator.conversations()}
    for match in polyai.conversations.search():
        expected = by_id[match.id]
        assert match.started_at is not None
        assert abs(match.started_at - expected.started_at) < datetime.timedelta(milliseconds=1)
        assert (match.channel, match.in_progress) == (expected.channel, expected.in_progress)
        assert match.handoff_destination == (expected.handoff_destination or None)
        assert match.metrics is not None
        assert match.metrics["TOPICS"] == list(expected.topics)
        assert [turn.user_input for turn in match.turns or ()] == [turn.user for turn in expected.turns]
