"""Responses as the live API's and as documented: what each form is, and that the data has it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from polyai_data.emulator.data.ids import PREFIXES
from tests.emulator.conftest import Callers
from tests.emulator.support import Caller, items
from tests.support.document import operations

UNSET = (
    "finishedAt", "fromNumber", "language", "variantId", "handoff", "handoffDestination", "handoffReason", "polyScore",
    "shortSummary", "deploymentId", "note", "audioUrl",
)  # fmt: skip
LIVE_ONLY = {
    "turn_id", "barge_in", "asr_lang_code", "tts_lang_code", "user_input_audio_url", "user_input_dtmf_finish_key",
    "reviews", "llm_requests", "metadata",
}  # fmt: skip
FUNCTION_EVENT = {
    "id", "name", "function_id", "arguments", "duration", "start_time", "turn_id", "utterance", "handoff", "hangup",
    "transition", "state_changes", "error", "logs", "content", "conversation_id", "llm_request_id", "function_version",
    "variant_id_change",
}  # fmt: skip


@pytest.fixture
def documented(caller: Callers) -> Caller:
    return caller(as_documented=True)


def listed(call: Caller, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = call("listConversations", params={"limit": 100, **params}).json()["conversations"]
    return rows


def details(call: Caller) -> list[dict[str, Any]]:
    return [call("getConversation", conversationId=row["conversationId"]).json() for row in listed(call)]


def turns(call: Caller) -> list[dict[str, Any]]:
    return [turn for each in details(call) for turn in each["turns"]]


def test_the_manner_can_be_changed_and_a_reset_takes_it_back(call: Caller) -> None:
    live = listed(call)
    call.emulator.as_documented = True
    assert call.emulator.as_documented
    assert {each["conversationId"] for each in listed(call)} == {each["conversationId"] for each in live}
    assert listed(call) != live
    call.emulator.reset()
    assert not call.emulator.as_documented
    assert listed(call) == live


def test_what_is_unset_is_null_live_and_absent_as_documented(call: Caller, documented: Caller) -> None:
    live, others = listed(call), listed(documented)
    fields = {frozenset(row) for row in live}
    assert len(fields) == 1
    assert frozenset().union(*others) == next(iter(fields))
    for name in UNSET:
        assert {row[name] is None for row in live} == {True, False}, name
    assert not any(value is None for row in others for value in row.values())


def test_summaries_are_objects_texts_objects_as_text_or_null(call: Caller, documented: Caller) -> None:
    summaries = [row["shortSummary"] for row in listed(call) if not row["inProgress"]]
    objects = [each for each in summaries if isinstance(each, dict)]
    texts = [each for each in summaries if isinstance(each, str)]
    as_text = [json.loads(each) for each in texts if each.startswith("{")]
    assert None in summaries
    assert 0 < len(as_text) < len(texts)
    for each in objects + as_text:
        assert each.keys() == {"heading", "content"}
        assert each["heading"]
        assert each["content"].endswith(".")
    assert all(row["inProgress"] or row["shortSummary"].startswith("The ") for row in listed(documented))


def test_a_key_without_pii_reads_empty_summaries(call: Caller, documented: Caller) -> None:
    ended = call.some_call()
    summaries = {row["shortSummary"] for row in call("listConversations", key="us-no-pii").json()["conversations"]}
    assert summaries == {"", None}
    assert call("getConversation", key="us-no-pii", conversationId=ended).json()["shortSummary"] == ""
    assert documented("getConversation", key="us-no-pii", conversationId=ended).json()["shortSummary"]


def test_times_have_microseconds_and_an_offset_live(call: Caller, documented: Caller) -> None:
    live, other = listed(call)[0]["startedAt"], listed(documented)[-1]["startedAt"]
    assert re.fullmatch(r"2026-05-04T11:59:\d\d\.\d{6}\+00:00", live)
    assert re.fullmatch(r"2026-05-04T11:59:\d\d\.\d{3}Z", other)
    assert datetime.fromisoformat(live) == datetime.fromisoformat(other)
    assert items(call)[0]["started_at"] == other


def test_recordings_have_a_relative_path_live(call: Caller, documented: Caller) -> None:
    identifier = call.some_call()
    path = operations()["getConversationRecording"].path
    url = documented("getConversation", conversationId=identifier).json()["audioUrl"]
    assert url == f"https://{operations()['listConversations'].host('us')}" + path.format(
        agentId=call.emulator.accounts["us"].agents[0].id, conversationId=identifier
    )
    relative = call("getConversation", conversationId=identifier).json()["audioUrl"]
    assert relative == f"conversations/{identifier}/audio"
    assert url.endswith(f"/{relative}")


def test_callers_have_other_names_live_on_both_routes(call: Caller, documented: Caller) -> None:
    live = {row["conversationId"]: row for row in listed(call)}
    by_person = [row["toNumber"] if row["direction"] == "outbound" else row["fromNumber"] for row in live.values()]
    for form in (r"\+120255501\d\d", r"sip:\w+@pbx\.example", r"caller\d+@mail\.example", "REDACTED"):
        assert any(re.fullmatch(form, number) for number in by_person if number), form
    assert {row["toNumber"] for row in live.values() if row["direction"] == "outbound"} >= {"REDACTED"}
    for item in items(call):
        row = live[item["id"]]
        assert (item.get("from_number"), item.get("to_number")) == (row["fromNumber"], row["toNumber"])
    numbers = [row["fromNumber"] for row in listed(documented) if "fromNumber" in row]
    assert all(re.fullmatch(r"\+120255501(\d\d|\*\*)", number) for number in numbers)
    assert 0 < sum(number.endswith("**") for number in numbers) < len(numbers) / 4


def test_ids_say_what_kind_of_conversation_it_is(call: Caller) -> None:
    rows = listed(call)
    assert {prefix for prefix in PREFIXES for row in rows if row["conversationId"].startswith(prefix)} == set(PREFIXES)
    for row in rows:
        assert row["conversationId"].startswith("LOCAL-") == (row["clientEnv"] == "sandbox")
        assert not row["conversationId"].startswith("OUT-") or row["direction"] == "outbound"


def test_latency_is_null_an_object_or_a_number_live(call: Caller, documented: Caller) -> None:
    forms: dict[type, list[Any]] = {}
    for turn in turns(call):
        forms.setdefault(type(turn["latency"]), []).append(turn["latency"])
    assert forms.keys() == {dict, float, type(None)}
    slow = [each for each in forms[dict] if each["perceived_latency"] > 2]
    assert 0 < len(slow) < len(forms[dict]) / 4
    assert all(each["label"] and each["perceived_latency_percentile_1d"] for each in slow)
    assert any(each["label"] is None for each in forms[dict])
    seconds = [turn["latency"] for turn in turns(documented)]
    assert all(isinstance(each, float) for each in seconds)
    assert any(each > 2 for each in seconds)


def test_turns_have_fields_that_no_document_names_live(call: Caller, documented: Caller) -> None:
    live, others = turns(call), turns(documented)
    assert {frozenset(turn) for turn in live} == {frozenset(others[0]) | LIVE_ONLY}
    assert not any(turn.keys() & LIVE_ONLY for turn in others)
    ids = [turn["turn_id"] for turn in live]
    assert len(set(ids)) == len(ids)
    assert min(ids) > 2**32
    for name in ("intents", "entities", "is_ood", "is_silence"):
        assert {turn[name] is None for turn in live} == {True, False}, name
        assert None not in [turn[name] for turn in others]
    for name in ("user_input_audio_url", "user_input_dtmf_finish_key", "barge_in"):
        assert {bool(turn[name]) for turn in live} == {True, False}, name


def test_metrics_are_lists_of_texts_with_times(call: Caller) -> None:
    detail = call("getConversation", conversationId=call.some_call()).json()
    (duration,) = detail["metrics"]["CALL_DURATION"]
    assert duration == {"value": str(detail["duration"]), "timestamp": duration["timestamp"]}
    assert datetime.fromisoformat(duration["timestamp"] + "+00:00") == datetime.fromisoformat(detail["finishedAt"])
    assert len(detail["metrics"]["TOPICS"]) == 2
    answered = [item["metrics"].get("CALL_ANSWERED_BY") for item in items(call) if item["id"].startswith("OUT-")]
    assert answered
    assert all(isinstance(each, list) for each in answered)


def test_functions_are_listed_by_the_number_of_their_turn(call: Caller) -> None:
    handoffs = []
    for detail in details(call):
        for turn, events in detail["functionEvents"].items():
            for event in events:
                assert event.keys() == FUNCTION_EVENT
                assert event["turn_id"] == detail["turns"][int(turn)]["turn_id"]
                assert event["utterance"] == detail["turns"][int(turn)]["agent_response"]
                assert datetime.strptime(event["start_time"], "%a, %d %b %Y %H:%M:%S GMT")
                handoffs.append(event["handoff"])
    assert None in handoffs
    assert {"type": "billing-team", "reason": "billing dispute"} in handoffs


def test_the_order_is_newest_first_live_and_oldest_first_as_documented(call: Caller, documented: Caller) -> None:
    moment = call.emulator.conversations()[10].started_at
    for each in (call, documented):
        added = [each.emulator.add_conversation(started_at=moment).id, each.emulator.add_conversation().id]
        ids = [row["conversationId"] for row in listed(each)]
        paged = [row["conversationId"] for at in range(0, 49, 7) for row in listed(each, limit=7, offset=at)]
        assert paged == ids
        assert set(added) < set(ids)
        times = [row["startedAt"] for row in listed(each)]
        assert times == sorted(times, reverse=each is call)
        page = each("searchConversations", params={"limit": 3}).json()
        searched = page["conversations"]
        while page["cursor"]:
            page = each("searchConversations", params={"limit": 3, "cursor": page["cursor"]}).json()
            searched += page["conversations"]
        live = [row["conversationId"] for row in listed(each) if row["clientEnv"] == "live"]
        assert [item["id"] for item in searched] == live


@pytest.mark.parametrize("path", ["/nothing", "/v1/agents//conversations"])
def test_the_gateway_has_its_own_error_body_live(call: Caller, documented: Caller, path: str) -> None:
    host = operations()["listConversations"].host("us")
    live, other = (each.send("GET", host, path) for each in (call, documented))
    assert live.status_code == other.status_code == 404
    assert live.json() == {"detail": other.json()["error_message"]}
