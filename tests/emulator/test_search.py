"""The filters, the searches and the rules of the v3 listing."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pytest

from tests.emulator.support import Caller

BOUNDS = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}


def items(call: Caller, **params: Any) -> list[dict[str, Any]]:
    response = call("searchConversations", params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["conversations"]
    return found


def said(item: dict[str, Any], *fields: str) -> str:
    return " ".join(turn[field] for turn in item["turns"] for field in fields).casefold()


def test_live_conversations_are_the_default(call: Caller) -> None:
    assert {item["environment"] for item in items(call)} == {"live"}
    assert items(call) == items(call, client_env="live")


@pytest.mark.parametrize("environment", ["sandbox", "pre-release", "live"])
def test_by_environment(call: Caller, environment: str) -> None:
    assert {item["environment"] for item in items(call, client_env=environment)} == {environment}


def test_by_channel_one_or_several(call: Caller) -> None:
    assert {item["channel"] for item in items(call, channel="WEBCHAT")} == {"WEBCHAT"}
    assert items(call, channel=["WEBCHAT", "VOICE-SIP"]) == items(call)
    assert items(call, channel="SMOKE-SIGNAL") == []


def test_by_variant(call: Caller) -> None:
    first = items(call)[0]
    by_id = items(call, variant_id=first["variant_id"])
    assert by_id == items(call, variant_name=first["variant_name"])
    assert by_id == [item for item in items(call) if item["variant_id"] == first["variant_id"]]
    assert 0 < len(by_id) < len(items(call))


def test_by_progress(call: Caller) -> None:
    running, ended = items(call, in_progress="true"), items(call, in_progress="false")
    assert running
    assert all(item["in_progress"] and "total_duration" not in item for item in running)
    assert not any(item["in_progress"] for item in ended)
    assert len(running) + len(ended) == len(items(call))


def test_by_time_from_the_start_and_before_the_end(call: Caller) -> None:
    everything = items(call)
    newer, middle, older = everything[3]["started_at"], everything[7]["started_at"], everything[9]["started_at"]
    assert items(call, start_time=middle) == everything[:8]
    assert items(call, end_time=middle) == everything[8:]
    assert items(call, start_time=older, end_time=newer) == everything[4:10]
    assert items(call, start_time=newer, end_time=older) == []


def test_times_of_other_zones_are_the_same_moments(call: Caller) -> None:
    moment = datetime.fromisoformat(items(call)[5]["started_at"])
    shifted = (moment.replace(tzinfo=None)).isoformat() + "+00:00"
    assert items(call, start_time=shifted) == items(call, start_time=moment.isoformat())
    assert len(items(call, start_time=moment.isoformat().replace("+00:00", "-01:00"))) <= 5


@pytest.mark.parametrize("moment", ["yesterday", "", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1"])
def test_a_time_that_is_none_is_named(call: Caller, moment: str) -> None:
    response = call("searchConversations", params={"start_time": moment})
    assert response.status_code == 400
    assert "query.start_time" in response.json()["error_message"]


def test_a_leap_second_is_refused_and_no_crash(call: Caller) -> None:
    assert call("searchConversations", params={"start_time": "2016-12-31T23:59:60Z"}).status_code == 400
    assert call("searchConversations", params={"start_time": "2016-12-31t23:59:59z"}).status_code == 200


def test_latency_only_when_asked_for(call: Caller) -> None:
    def has_latency(**params: str) -> set[bool]:
        return {"latency" in turn for item in items(call, **params) for turn in item["turns"]}

    assert has_latency() == has_latency(include_latency="false") == {False}
    assert has_latency(include_latency="true") == {True}


@pytest.mark.parametrize(
    ("params", "rule"),
    [
        ({"variant_id": "a", "variant_name": "b"}, "variant_id and variant_name exclude each other"),
        ({**BOUNDS, "query_type": "transcript"}, "query_type needs query"),
        ({**BOUNDS, "query_type": "transcript", "query": ""}, "query_type needs query"),
        ({**BOUNDS, "query": "refund"}, "query needs query_type"),
        ({**BOUNDS, "query_type": "semantic", "query": "a", "sample": "random"}, "query_type and sample exclude"),
        ({"query_type": "transcript", "query": "refund"}, "query_type needs start_time and end_time"),
        ({"query_type": "semantic", "query": "a", "start_time": BOUNDS["start_time"]}, "query_type needs start_time"),
        ({"query_type": "semantic", "query": "a", "end_time": BOUNDS["end_time"]}, "query_type needs start_time"),
        ({"sample": "random"}, "sample needs start_time and end_time"),
        ({"sample": "random", "start_time": BOUNDS["start_time"]}, "sample needs start_time and end_time"),
        ({"turn_type": "user"}, "turn_type needs query_type=transcript"),
        ({**BOUNDS, "query_type": "semantic", "query": "a", "turn_type": "user"}, "turn_type needs query_type=tra"),
        ({"client_env": "production"}, "query.client_env"),
        ({"query_type": "exact"}, "query.query_type"),
        ({"sample": "first"}, "query.sample"),
        ({"turn_type": "caller"}, "query.turn_type"),
        ({"in_progress": "maybe"}, "query.in_progress"),
        ({"include_latency": "1"}, "query.include_latency"),
    ],
)
def test_a_broken_rule_is_named(call: Caller, params: dict[str, str], rule: str) -> None:
    response = call("searchConversations", params=params)
    assert response.status_code == 400
    assert rule in response.json()["error_message"]
    assert response.json()["error_code"] == "CONVERSATIONS_VALIDATION_FAILED"


def test_a_transcript_search_finds_whole_words(call: Caller) -> None:
    found = items(call, **BOUNDS, query_type="transcript", query="Twice CHARGED")
    assert found
    assert all("charged twice" in said(item, "user_input") for item in found)
    expected = [item for item in items(call) if "charged twice" in said(item, "user_input", "agent_response")]
    assert [item["id"] for item in found] == [item["id"] for item in expected]
    assert items(call, **BOUNDS, query_type="transcript", query="charg") == []
    assert items(call, **BOUNDS, query_type="transcript", query="!?") == []


@pytest.mark.parametrize(("word", "side"), [("refund", "user"), ("payments", "agent")])
def test_a_transcript_search_can_be_held_to_one_side(call: Caller, word: str, side: str) -> None:
    search = {**BOUNDS, "query_type": "transcript", "query": word}
    other = {"user": "agent", "agent": "user"}[side]
    assert items(call, **search, turn_type=side) == items(call, **search) != []
    assert items(call, **search, turn_type=other) == []


def test_a_transcript_search_finds_words_of_any_script(call: Caller) -> None:
    assert items(call, **BOUNDS, query_type="transcript", query="予約")
    assert items(call, **BOUNDS, query_type="transcript", query="MÖCHTE")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("I want my money back", "refund"),
        ("refund", "refund"),
        ("locked out", "password"),
        ("When do you open?", "opening hours"),
        ("parcel delivery", "delivery"),
    ],
)
def test_a_search_by_meaning_finds_the_reason_first(call: Caller, query: str, reason: str) -> None:
    found = items(call, **BOUNDS, query_type="semantic", query=query)
    assert found[0]["metrics"]["CALL_REASON"] == reason
    assert len(found) < len(items(call))


def test_a_search_by_meaning_for_nothing_finds_nothing(call: Caller) -> None:
    for query in ("quantum chromodynamics", "the of and", "?"):
        assert items(call, **BOUNDS, query_type="semantic", query=query) == []


@pytest.mark.parametrize("query_type", ["transcript", "semantic"])
def test_hidden_transcripts_cannot_be_searched(call: Caller, query_type: str) -> None:
    hiding = next(agent for agent in call.emulator.accounts["us"].agents if agent.hides_transcripts)
    params = {**BOUNDS, "query_type": query_type, "query": "refund"}
    assert call("searchConversations", params=params, project_id=hiding.id).json()["conversations"] == []


def test_searches_keep_to_the_other_filters(call: Caller) -> None:
    search = {**BOUNDS, "query_type": "semantic", "query": "booking"}
    found = items(call, **search, channel="WEBCHAT")
    assert found == [item for item in items(call, **search) if item["channel"] == "WEBCHAT"]
    assert items(call, **{**search, "end_time": BOUNDS["start_time"]}) == []


def test_a_sample_is_one_page_of_the_filtered_conversations(call: Caller) -> None:
    response = call("searchConversations", params={**BOUNDS, "sample": "random", "limit": 5}).json()
    assert len(response["conversations"]) == 5
    assert response["cursor"] is None
    assert "next_offset" not in response
    everything = {item["id"] for item in items(call)}
    assert {item["id"] for item in response["conversations"]} < everything
    whole = items(call, **BOUNDS, sample="random")
    assert {item["id"] for item in whole} == everything


def test_samples_differ(call: Caller) -> None:
    drawn = [tuple(item["id"] for item in items(call, **BOUNDS, sample="random", limit=5)) for _ in range(6)]
    assert any(one != other for one, other in itertools.pairwise(drawn))
