"""Both listings over a socket: all items over all pages, filters and searches."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Conversation
from polyai_data.errors import BadRequestError
from tests.facade.calls import AGENTS_HOSTS, PLATFORM_HOSTS, Connect

WHOLE: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-12-31T00:00:00Z"}


def live(connect: Connect) -> list[Conversation]:
    return [each for each in connect.emulator.conversations() if each.environment == "live"]


def queries(connect: Connect) -> list[dict[str, list[str]]]:
    return [parse_qs(record.query) for record in connect.emulator.requests]


def said(conversation: Any) -> str:
    assert conversation.turns
    return " ".join(f"{turn.user_input} {turn.agent_response}" for turn in conversation.turns).casefold()


def test_the_list_gives_all_conversations_of_the_agent_over_all_pages(connect: Connect, polyai: PolyAI) -> None:
    found = list(polyai.conversations.list(limit=15))
    assert [each.conversation_id for each in found] == [each.id for each in connect.emulator.conversations()]
    assert connect.sent == ["listConversations"] * 3
    assert connect.last.host == AGENTS_HOSTS["us"]
    assert [query.get("offset") for query in queries(connect)] == [None, ["15"], ["30"]]
    assert {query["limit"][0] for query in queries(connect)} == {"15"}


def test_the_list_is_given_page_by_page(polyai: PolyAI) -> None:
    pages = list(polyai.conversations.list(limit=16).pages())
    assert [len(page.items) for page in pages] == [16, 16, 8]
    assert [page.total for page in pages] == [40, 40, 40]
    assert [page.next.offset if page.next else None for page in pages] == [16, 32, None]


def test_the_server_chooses_the_page_size_of_the_list_when_none_is_given(connect: Connect, polyai: PolyAI) -> None:
    assert len(list(polyai.conversations.list())) == 40
    assert queries(connect) == [{}]


def test_the_list_skips_what_the_offset_says(connect: Connect, polyai: PolyAI) -> None:
    found = list(polyai.conversations.list(offset=33, limit=4))
    assert [each.conversation_id for each in found] == [each.id for each in connect.emulator.conversations()][33:]
    assert list(polyai.conversations.list(offset=40)) == []


def test_the_pages_of_a_list_are_fetched_only_when_they_are_reached(connect: Connect, polyai: PolyAI) -> None:
    listing = polyai.conversations.list(limit=10)
    assert connect.sent == []
    items = iter(listing)
    for _ in range(10):
        next(items)
    assert len(connect.sent) == 1
    next(items)
    assert len(connect.sent) == 2


def test_each_iteration_of_a_listing_begins_anew(polyai: PolyAI) -> None:
    listing = polyai.conversations.list(limit=25)
    first = [each.conversation_id for each in listing]
    assert first == [each.conversation_id for each in listing]
    assert len(first) == 40


def test_a_conversation_that_moves_to_the_next_page_is_given_once(connect: Connect, polyai: PolyAI) -> None:
    before = [each.id for each in connect.emulator.conversations()]
    found: list[str] = []
    for page in polyai.conversations.list(limit=10).pages():
        found += [each.conversation_id for each in page.items]
        if len(connect.sent) <= 3:
            connect.emulator.add_conversation()
    assert found == before
    assert len(connect.sent) == 5


def test_another_agent_is_listed_when_the_call_names_it(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    found = list(polyai.conversations.list(agent_id=other.id))
    assert [each.conversation_id for each in found] == [each.id for each in connect.emulator.conversations(other)]
    assert {each.project_id for each in found} == {other.id}


def test_the_search_gives_all_live_conversations_by_the_cursor(connect: Connect, polyai: PolyAI) -> None:
    found = list(polyai.conversations.search(limit=7))
    assert [each.id for each in found] == [each.id for each in live(connect)]
    assert len(found) == 30
    assert connect.sent == ["searchConversations"] * 5
    assert connect.last.host == PLATFORM_HOSTS["us"]
    assert ["cursor" in query for query in queries(connect)] == [False, True, True, True, True]
    assert not any("offset" in query for query in queries(connect))


def test_the_search_is_not_disturbed_by_conversations_that_are_added(connect: Connect, polyai: PolyAI) -> None:
    before = [each.id for each in live(connect)]
    found: list[str] = []
    for page in polyai.conversations.search(limit=8).pages():
        found += [each.id for each in page.items]
        connect.emulator.add_conversation()
    assert found == before


def test_the_search_goes_on_from_a_cursor(connect: Connect, polyai: PolyAI) -> None:
    first = next(iter(polyai.conversations.search(limit=12).pages()))
    assert first.next is not None
    assert first.next.cursor
    rest = list(polyai.conversations.search(limit=12, cursor=first.next.cursor, offset=3))
    assert [each.id for each in [*first.items, *rest]] == [each.id for each in live(connect)]


def test_the_search_skips_what_the_offset_says(connect: Connect, polyai: PolyAI) -> None:
    found = list(polyai.conversations.search(offset=26, limit=3))
    assert [each.id for each in found] == [each.id for each in live(connect)][26:]


def test_a_cursor_of_nowhere_is_refused_by_the_server(polyai: PolyAI) -> None:
    with pytest.raises(BadRequestError, match="cursor"):
        list(polyai.conversations.search(cursor="not-a-cursor"))


def test_a_sample_is_one_page(connect: Connect, polyai: PolyAI) -> None:
    pages = list(polyai.conversations.search(sample="random", limit=5, **WHOLE).pages())
    assert [len(page.items) for page in pages] == [5]
    assert pages[0].next is None
    assert connect.sent == ["searchConversations"]
    assert queries(connect)[0]["sample"] == ["random"]
    assert {each.id for each in pages[0].items} < {each.id for each in live(connect)}


def test_words_of_the_transcript_are_found_on_the_side_that_said_them(polyai: PolyAI) -> None:
    words: dict[str, Any] = {"query": "charged twice", "query_type": "transcript", **WHOLE}
    found = list(polyai.conversations.search(**words))
    assert found
    assert all("charged twice" in said(each) for each in found)
    by_user = list(polyai.conversations.search(turn_type="user", **words))
    assert [each.id for each in by_user] == [each.id for each in found]
    assert list(polyai.conversations.search(turn_type="agent", **words)) == []


def test_a_meaning_is_found_without_its_words(connect: Connect, polyai: PolyAI) -> None:
    meaning: dict[str, Any] = {"query": "reimbursement", **WHOLE}
    found = list(polyai.conversations.search(query_type="semantic", **meaning))
    assert found
    assert all("refund" in said(each) and "reimburse" not in said(each) for each in found)
    assert list(polyai.conversations.search(query_type="transcript", **meaning)) == []
    assert queries(connect)[-1]["query"] == ["reimbursement"]


def test_a_query_of_any_letters_arrives_as_it_was_given(connect: Connect, polyai: PolyAI) -> None:
    query = "予約 &query_type=x+y%20z #é"
    list(polyai.conversations.search(query=query, query_type="transcript", **WHOLE))
    assert queries(connect)[-1]["query"] == [query]
    assert polyai.conversations.search(query="予約", query_type="transcript", **WHOLE)


@pytest.mark.parametrize("environment", ["sandbox", "pre-release", "live"])
def test_the_search_filters_by_environment(connect: Connect, polyai: PolyAI, environment: Any) -> None:
    found = list(polyai.conversations.search(client_env=environment))
    expected = [each.id for each in connect.emulator.conversations() if each.environment == environment]
    assert [each.id for each in found] == expected
    assert expected


@pytest.mark.parametrize("wanted", [True, False])
def test_the_search_filters_by_progress(connect: Connect, polyai: PolyAI, wanted: bool) -> None:
    found = list(polyai.conversations.search(in_progress=wanted))
    assert [each.id for each in found] == [each.id for each in live(connect) if each.in_progress is wanted]
    assert found


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: "WEBCHAT", {"WEBCHAT"}),
        (lambda: ["VOICE-SIP"], {"VOICE-SIP"}),
        (lambda: ("VOICE-SIP", "WEBCHAT"), {"VOICE-SIP", "WEBCHAT"}),
        (lambda: iter(["WEBCHAT", "VOICE-SIP"]), {"VOICE-SIP", "WEBCHAT"}),
    ],
)
def test_the_search_filters_by_one_channel_or_several(
    connect: Connect, polyai: PolyAI, make: Callable[[], Any], wanted: set[str]
) -> None:
    found = list(polyai.conversations.search(channel=make(), limit=4))
    assert [each.id for each in found] == [each.id for each in live(connect) if each.channel in wanted]
    assert all(set(query["channel"]) == wanted for query in queries(connect))


def test_the_search_filters_by_variant(connect: Connect, polyai: PolyAI) -> None:
    identifier, name = connect.emulator.accounts["us"].agents[0].variants[2]
    by_id = list(polyai.conversations.search(variant_id=identifier))
    by_name = list(polyai.conversations.search(variant_name=name))
    assert [each.id for each in by_id] == [each.id for each in by_name]
    assert [each.id for each in by_id] == [each.id for each in live(connect) if each.variant_id == identifier]
    assert by_id


def test_the_search_filters_by_time_in_any_zone(connect: Connect, polyai: PolyAI) -> None:
    start = live(connect)[20].started_at
    end = live(connect)[5].started_at
    expected = [each.id for each in live(connect)[6:21]]
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    found = list(polyai.conversations.search(start_time=start.astimezone(zone), end_time=end, limit=4))
    assert [each.id for each in found] == expected
    in_words = polyai.conversations.search(start_time=start.isoformat(), end_time=end.isoformat())
    assert [each.id for each in in_words] == expected


def test_turns_carry_their_latency_when_it_is_asked_for(polyai: PolyAI) -> None:
    for wanted in (None, False, True):
        turns = [
            turn for each in polyai.conversations.search(include_latency=wanted, limit=50) for turn in each.turns or ()
        ]
        assert turns
        assert all((turn.latency is not None) is bool(wanted) for turn in turns)


def test_hidden_transcripts_leave_their_number(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    found = list(polyai.conversations.search(agent_id=other.id))
    assert found
    assert all(each.turns == [] and each.num_turns for each in found)


def test_what_the_listing_tells_is_what_took_place(connect: Connect, polyai: PolyAI) -> None:
    by_id = {each.id: each for each in connect.emulator.conversations()}
    for found in polyai.conversations.search():
        true = by_id[found.id]
        assert found.started_at is not None
        assert abs(found.started_at - true.started_at) < datetime.timedelta(milliseconds=1)
        assert found.channel == true.channel
        assert found.in_progress is true.in_progress
        assert found.handoff_destination == (true.handoff_destination or None)
        assert found.metrics is not None
        assert found.metrics["TOPICS"] == list(true.topics)
        assert [turn.user_input for turn in found.turns or ()] == [turn.user for turn in true.turns]
