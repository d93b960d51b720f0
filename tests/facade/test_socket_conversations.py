"""Conversations and debug chats over a socket: missing ids, listings over their pages, and the life of a chat."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import parse_qs

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Conversation
from polyai_data.errors import AuthenticationError, ConfigError, GoneError
from polyai_data.models import Annotation
from tests.facade.calls import OPERATIONS, Connect, do, one_flavour
from tests.facade.scripted import DONE
from tests.support.scripted_server import ScriptedServer


@one_flavour
@pytest.mark.parametrize("operation_id", [name for name in OPERATIONS if name != "getRedactedAudio"])
def test_an_id_that_neither_the_call_nor_the_client_has_is_missing(connect: Connect, operation_id: str) -> None:
    with pytest.raises(ConfigError, match=r"(agent|account)_id is missing.*POLYAI_(AGENT|ACCOUNT)_ID"):
        do(connect.polyai(agent_id=None, account_id=None), operation_id, "CA1")
    assert connect.sent == []


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
    assert [query.get("offset") for query in queries(connect)] == [None, ["15"], ["30"]] * 2
    assert {query["limit"][0] for query in queries(connect)} == {"15"}
    assert [(len(page.items), page.total) for page in listing.pages()] == [(15, 40), (15, 40), (10, 40)]


def test_pages_are_fetched_only_when_they_are_reached(connect: Connect, polyai: PolyAI) -> None:
    listing = polyai.conversations.list(limit=10)
    assert connect.sent == []
    items = iter(listing)
    for _ in range(5):
        next(items)
    assert len(connect.sent) == 1
    for _ in range(5):
        next(items)
    # An asynchronous listing asks for the next page once half of this one is used.
    assert len(connect.sent) in ({1} if connect.flavour == "sync" else {1, 2})
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
    expected = [each.id for each in live(connect) if each.channel == "VOICE-SIP"]
    matches: list[str] = []
    # The iterator of channels is read once, and sent with every page.
    for page in polyai.conversations.search(limit=7, channel=iter(["VOICE-SIP"])).pages():
        matches += ids(page.items)
        connect.emulator.add_conversation()
    assert matches == expected
    assert [("cursor" in query, query["channel"]) for query in queries(connect)] == [
        (number > 0, ["VOICE-SIP"]) for number in range(len(connect.sent))
    ]
    assert len(connect.sent) > 2


def test_a_filter_of_the_list_names_the_search(connect: Connect, polyai: PolyAI) -> None:
    call: Any = polyai.conversations.list
    with pytest.raises(TypeError, match=r"list\(\) takes no start_time=; filter with conversations.search\(\)"):
        call(start_time="2026-04-27")
    with pytest.raises(TypeError, match="takes no limits=; did you mean limit="):
        call(limits=5)
    assert connect.sent == []


def annotation(turn: int) -> Annotation:
    return Annotation(turn_id=turn, role="user", annotation_type="wrong_info")


def test_annotations_may_come_from_anywhere(connect: Connect) -> None:
    with ScriptedServer(DONE) as server:
        client: Any = connect.polyai(connect_to=server.url)
        client.conversations.annotate("CA1", annotations=(annotation(turn) for turn in (1, 2)))
        client.conversations.annotate("CA1", turn_id=3.0, role="user", annotation_type="wrong_info")
        sent = [[each["turnId"] for each in json.loads(one.body)["annotations"]] for one in server.requests]
    assert sent == [[1, 2], [3]]


@one_flavour
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"turnId": 1}], r"annotations\[0\] is a dict, not an Annotation"),
        ((annotation(1), None), r"annotations\[1\] is a NoneType, not an Annotation"),
        (annotation(1), r"annotations\[0\] is a str, not an Annotation"),
        (7, "annotations must be a list of Annotation, not int"),
        ((), "at least one Annotation"),
    ],
)
def test_what_is_no_annotation_is_refused(connect: Connect, polyai: PolyAI, given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        polyai.conversations.annotate("CA1", annotations=given)
    assert caught.value.argument == "annotations"
    assert connect.sent == []


@one_flavour
def test_the_search_goes_on_from_a_cursor(connect: Connect, polyai: PolyAI) -> None:
    first = next(iter(polyai.conversations.search(limit=12).pages()))
    assert first.next is not None
    rest = polyai.conversations.search(limit=12, cursor=first.next.cursor, offset=3)
    assert ids([*first.items, *rest]) == ids(live(connect))


def test_a_debug_chat_keeps_its_agent_and_environment_until_the_agent_ends_it(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    chat = polyai.debug_chat.start(client_env="pre-release", agent_id=other.id)
    assert chat.id.startswith("AS_CHAT_")
    assert "help you" in (chat.reply.response or "")
    assert chat.ended is False
    reply = chat.send("I want my money back.", asr_lang_code="de", tts_lang_code="fr", metadata={"depth": {"n": 1}})
    assert connect.last.path.endswith(f"/{other.id}/debug-chat/{chat.id}")
    assert "refund" in (reply.response or "")
    assert reply.metadata is not None
    assert reply.metadata.state is not None
    assert reply.metadata.state.to_dict()["environment"] == "pre-release"
    assert (reply.metadata.asr_lang_code, reply.metadata.tts_lang_code) == ("de", "fr")
    assert chat.reply is reply
    with pytest.raises(ConfigError, match="message must be a string, not NoneType"):
        chat.send(cast("str", None))
    chat.send("That is all, goodbye!")
    assert chat.ended is True
    with pytest.raises(GoneError) as caught:
        chat.send("One more thing…")
    assert (caught.value.status, caught.value.code) == (410, "ChatConversationEnded")
    assert chat.ended is True
