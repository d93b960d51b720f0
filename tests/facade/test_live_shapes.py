"""What live answers were seen to hold is read as it is annotated, without loss, and passes `strict`."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from tests.facade import document_clients as clients
from tests.facade.calls import Connect, one_flavour
from tests.facade.document_clients import OpenCaller
from tests.facade.scripted import json_response
from tests.support.models import lies, same

player, open_caller = clients.player, clients.open_caller
TURNS: list[Any] = [
    {"latency": {"perceived_latency": 2.25, "label": "slow"}},
    None,
    {"latency": None, "entities": None},
]
DETAIL: dict[str, Any] = {"conversationId": clients.CONVERSATION, "tags": ["vip"], "turns": TURNS[::2]}
TIMES = "2026-06-03T14:00:38", "2026-06-03T14:01:38.123456789Z"


@one_flavour
def test_every_shape_of_the_emulator_is_read(connect: Connect) -> None:
    """Its conversations have each form in which the live API was seen to respond: test_manner of its tests says so."""
    client = connect.polyai(strict=True)
    listed, searched = client.conversations.list(), client.conversations.search()
    pairs = list(zip([*listed, *searched], [*listed.rows(), *searched.rows()], strict=True))
    key = {"x-api-key": connect.emulator.keys["us"].value}
    for row in pairs[:40]:
        made = client.conversations.get(row[0].id)
        url = f"{connect.emulator.url}{connect.last.path}"
        pairs.append((made, httpx.get(url, headers={"Host": connect.last.host, **key}).json()))
    assert len(pairs) > 100
    for made, sent in pairs:
        assert [*lies(made, type(made))] == []
        assert made.unread == ()
        assert same(made.to_dict(), sent)


@pytest.mark.parametrize("way", ["get", "list", "search"])
def test_a_bad_item_of_a_list_costs_itself_alone_and_times_come_back_as_they_came(
    open_caller: OpenCaller, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caller = open_caller()
    conversations = caller.client.conversations
    row: dict[str, Any] = {
        **DETAIL,
        "startedAt": TIMES[0],
        "finishedAt": TIMES[1],
        "tags": ["vip", None],
        "turns": TURNS,
    }
    if way == "list":
        del row["turns"]
    if way == "search":
        row = {"id": "CA1", "started_at": TIMES[0], "turns": TURNS}
    caller.player.play(json_response(row if way == "get" else {"conversations": [row], "count": 1}))
    with caplog.at_level(logging.WARNING, "polyai_data"):
        made = (
            conversations.get(DETAIL["conversationId"]) if way == "get" else next(iter(getattr(conversations, way)()))
        )
    assert [*lies(made, type(made))] == []
    assert made.to_dict() == row
    assert str(made.started_at) == "2026-06-03 14:00:38+00:00"
    lost = {"list": {"tags[1]"}, "get": {"tags[1]", "turns[1]"}, "search": {"turns[1]"}}[way]
    assert {each.place for each in made.unread} == lost
    assert len(caplog.messages) == len(lost)
    if way != "list":
        assert [turn.latency_seconds for turn in made.turns] == [2.25, None, None]


def test_what_is_unread_is_logged_once_for_each_place_and_client(
    open_caller: OpenCaller, caplog: pytest.LogCaptureFixture
) -> None:
    client = open_caller()
    drifted = {**DETAIL, "turns": [{"latency": "Ada"}, {"latency": "Bob"}, {"latency": []}]}
    with caplog.at_level(logging.WARNING, "polyai_data"):
        for caller in (client.client, client.client, client.client.with_options(max_retries=1)):
            client.player.play(json_response(drifted))
            assert [each.place for each in caller.conversations.get(DETAIL["conversationId"]).unread] == [
                *("turns[0].latency", "turns[1].latency", "turns[2].latency")
            ]
    reason = "%s, documented as a number or an object; it is not read, and `unread` has it"
    where = "GET /v1/agents/{agentId}/conversations/{conversationId}: turns[].latency is "
    assert caplog.messages == [where + reason % kind for kind in ("a list", "a string")]


def test_after_a_hundred_responses_one_of_ten_is_looked_through(
    open_caller: OpenCaller, caplog: pytest.LogCaptureFixture
) -> None:
    client = open_caller()
    for number in range(111):
        client.player.play(json_response({**DETAIL, "tags": ["late", 5]} if number >= 100 else DETAIL))
        client.client.conversations.get(DETAIL["conversationId"])
        assert len(caplog.messages) == (number >= 109)
