"""What live answers were seen to hold is read as it is annotated, without loss, and passes `strict`."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.facade import document_clients as clients
from tests.facade.document_clients import OpenCaller, Setting
from tests.facade.scripted import json_response
from tests.support.models import lies, same

player, open_caller = clients.player, clients.open_caller

SHORT = {"heading": "Table booked", "content": "The caller booked a table for two."}
NULLS = dict.fromkeys(
    ["audioUrl", "deploymentId", "handoffDestination", "handoffReason", "language", "note", "polyScore", "variantId"]
)
SUMMARY: dict[str, Any] = {
    "conversationId": "LOCAL-5f0c2f4e-54cd-4d60-9a3c-0c6a5c1f8a55",
    "accountId": "ws-1",
    "projectId": "PROJECT-1",
    "createdAt": "2026-06-03T14:00:38.580000+00:00",
    "startedAt": None,
    "finishedAt": None,
    "fromNumber": "ada@restaurant.example",
    "toNumber": "REDACTED",
    "clientEnv": "pre-release",
    "tags": [],
    **NULLS,
}
ENTITY = {"name": "Ada", "numbers": ["1", "2"]}
TURNS: list[dict[str, Any]] = [
    {"latency": {"perceived_latency": 2.25, "label": "slow", "perceived_latency_percentile_1d": None}},
    {"latency": None, "entities": None, "intents": None, "is_ood": None, "is_silence": None, "metadata": None},
    {
        "latency": 1,
        "entities": [ENTITY],
        "turn_id": 1780495238580000,
        "barge_in": False,
        "asr_lang_code": "en-GB",
        "tts_lang_code": "en-GB",
        "user_input_audio_url": "conversations/CA1/turns/2/audio",
        "user_input_dtmf_finish_key": "",
        "reviews": [],
        "llm_requests": [{"model": "m", "tokens": 7}],
        "metadata": {"current_node": "start", "entities": [ENTITY], "safety": {}, "top_transcripts": ["hi"]},
    },
]
EVENT: dict[str, Any] = {
    "id": "e1",
    "name": "book_table",
    "function_id": "f1",
    "function_version": None,
    "arguments": {"people": 2},
    "duration": 12.5,
    "start_time": "Wed, 03 Jun 2026 13:18:09 GMT",
    "turn_id": 1780495238580000,
    "utterance": None,
    "handoff": {"type": "sip", "reason": "asked for"},
    "hangup": False,
    "transition": None,
    "state_changes": {"added": {"a": 1}, "removed": [], "updated": None},
    "error": None,
    "logs": [],
    "content": "done",
    "conversation_id": "CA1",
    "llm_request_id": None,
    "variant_id_change": None,
}
DETAIL = {
    **SUMMARY,
    "turns": TURNS,
    "metrics": {"CALL_DURATION": [{"value": "73", "timestamp": "2026-06-03T14:01:51.580000"}], "EMPTY": []},
    "functionEvents": {"2": [EVENT, {**EVENT, "handoff": None, "state_changes": None}]},
}
V3 = {
    "id": "OUT-1",
    "account_id": "ws-1",
    "project_id": "PROJECT-1",
    "environment": "live",
    "channel": "VOICE-SIP",
    "started_at": "2026-06-03T14:00:38.580000+00:00",
    "in_progress": False,
    "note": None,
    "metrics": {"CALL_DURATION": "73", "CALL_ANSWERED_BY": ["human", "machine"]},
    "turns": TURNS,
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("short", [None, SHORT, "A table for two.", json.dumps(SHORT)])
def test_every_shape_is_read(open_caller: OpenCaller, strict: bool, short: Any) -> None:
    caller = open_caller(Setting(options={"strict": strict}))
    conversations = caller.client.conversations
    rows = [({**DETAIL, "shortSummary": short}, "get"), ({**SUMMARY, "shortSummary": short}, "list"), (V3, "search")]
    for row, way in rows:
        page = {"conversations": [row], "count": 1, "limit": 5, "offset": 0}
        caller.player.play(json_response(row if way == "get" else page))
        made = (
            conversations.get(DETAIL["conversationId"]) if way == "get" else next(iter(getattr(conversations, way)()))
        )
        assert [*lies(made, type(made))] == []
        assert made.unread == ()
        assert same(made.to_dict(), row)


@pytest.mark.parametrize("way", ["get", "list", "search"])
def test_a_bad_item_of_a_list_costs_itself_alone_and_times_come_back_as_they_came(
    open_caller: OpenCaller, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caller = open_caller()
    conversations = caller.client.conversations
    lists: dict[str, dict[str, Any]] = {
        "list": {"tags": ["vip", None]},
        "get": {"tags": ["vip", None], "turns": [TURNS[0], None, TURNS[1]]},
    }
    times = {"startedAt": "2026-06-03T14:00:38", "finishedAt": "2026-06-03T14:01:38.123456789Z"}
    row: dict[str, Any] = {**DETAIL, **times, **lists[way]} if way in lists else {}
    row = row or {**V3, "started_at": times["startedAt"], "turns": [TURNS[0], None, TURNS[1]]}
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
