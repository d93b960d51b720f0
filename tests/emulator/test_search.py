"""The filters, the searches and the rules of the v3 listing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulator.support import EVER, Caller, items


def said(item: dict[str, Any], *fields: str) -> str:
    return " ".join(turn[field] for turn in item["turns"] for field in fields).casefold()


def test_filters_by_environment_and_live_by_default(call: Caller) -> None:
    for environment in ("sandbox", "pre-release", "live"):
        assert {item["environment"] for item in items(call, client_env=environment)} == {environment}
    assert items(call) == items(call, client_env="live")


def test_filters_by_channel(call: Caller) -> None:
    assert {item["channel"] for item in items(call, channel="WEBCHAT")} == {"WEBCHAT"}
    assert items(call, channel=["WEBCHAT", "VOICE-SIP"]) == items(call)
    assert items(call, channel="SMOKE-SIGNAL") == []


def test_a_time_range_includes_its_start_and_excludes_its_end(call: Caller) -> None:
    everything = items(call)
    newer, middle, older = everything[3]["started_at"], everything[7]["started_at"], everything[9]["started_at"]
    assert items(call, start_time=middle) == everything[:8]
    assert items(call, end_time=middle) == everything[8:]
    assert items(call, start_time=older, end_time=newer) == everything[4:10]
    assert items(call, start_time=newer, end_time=older) == items(call, start_time=newer, end_time=newer) == []


@pytest.mark.parametrize("search", [{}, {"query_type": "transcript", "query": "marmalade"}])
def test_a_time_range_is_the_same_for_added_conversations(call: Caller, search: dict[str, str]) -> None:
    moment = datetime(2026, 5, 2, 11, 30, tzinfo=UTC)
    added = call.emulator.add_conversation(started_at=moment, said=[("Marmalade?", "Yes.")])
    before, after = (
        {"start_time": EVER["start_time"], "end_time": moment.isoformat()},
        {"start_time": moment.isoformat(), "end_time": EVER["end_time"]},
    )
    assert added.id not in [item["id"] for item in items(call, **before, **search)]
    assert added.id in [item["id"] for item in items(call, **after, **search)]


def test_times_of_other_zones_are_the_same_moments(call: Caller) -> None:
    moment = datetime.fromisoformat(items(call)[5]["started_at"])
    shifted = (moment + timedelta(hours=9)).replace(tzinfo=None).isoformat() + "+09:00"
    assert items(call, start_time=shifted) == items(call)[:6]
    assert call("searchConversations", params={"start_time": "2016-12-31t23:59:59z"}).status_code == 200


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1", "2016-12-31T23:59:60Z"],
)
def test_an_invalid_time_is_named(call: Caller, moment: str) -> None:
    response = call("searchConversations", params={"start_time": moment})
    assert response.status_code == 400
    assert "query.start_time: " in response.json()["error_message"]


def test_latency_is_shown_on_request(call: Caller) -> None:
    def has_latency(**params: str) -> set[bool]:
        return {"latency" in turn for item in items(call, **params) for turn in item["turns"]}

    assert has_latency() == has_latency(include_latency="false") == {False}
    assert has_latency(include_latency="true") == {True}


@pytest.mark.parametrize(
    ("params", "rule"),
    [
        ({"variant_id": "a", "variant_name": "b"}, "variant_id and variant_name exclude each other"),
        ({**EVER, "query_type": "transcript"}, "query_type needs query; query is missing"),
        ({**EVER, "query_type": "transcript", "query": ""}, "query_type needs query; query is missing"),
        ({**EVER, "query": "refund"}, "query needs query_type"),
        ({**EVER, "query_type": "semantic", "query": "a", "sample": "random"}, "query_type and sample exclude"),
        ({"query_type": "transcript", "query": "refund"}, "query_type needs start_time and end_time"),
        ({"query_type": "semantic", "query": "a", "start_time": EVER["start_time"]}, "end_time is missing"),
        ({"query_type": "semantic", "query": "a", "end_time": EVER["end_time"]}, "start_time is missing"),
        ({"sample": "random", "start_time": EVER["start_time"]}, "sample needs start_time and end_time"),
        ({"turn_type": "user"}, "turn_type needs query_type=transcript"),
        ({**EVER, "query_type": "semantic", "query": "a", "turn_type": "user"}, "query_type is 'semantic'"),
        ({"client_env": "production"}, "query.client_env: "),
        ({"query_type": "exact"}, "query.query_type: "),
        ({"sample": "first"}, "query.sample: "),
        ({"turn_type": "caller"}, "query.turn_type: "),
        ({"in_progress": "maybe"}, "query.in_progress: "),
        ({"include_latency": "1"}, "query.include_latency: "),
    ],
)
def test_a_broken_rule_is_named(call: Caller, params: dict[str, str], rule: str) -> None:
    response = call("searchConversations", params=params)
    assert response.status_code == 400
    assert rule in response.json()["error_message"]
    assert response.json()["error_code"] == "CONVERSATIONS_VALIDATION_FAILED"


def test_a_transcript_search_matches_whole_words(call: Caller) -> None:
    matches = items(call, **EVER, query_type="transcript", query="Twice CHARGED")
    expected = [item for item in items(call) if "charged twice" in said(item, "user_input", "agent_response")]
    assert matches == expected != []
    assert items(call, **EVER, query_type="transcript", query="charg") == []
    assert items(call, **EVER, query_type="transcript", query="!?") == []
    for query in ("予約", "MÖCHTE"):
        assert items(call, **EVER, query_type="transcript", query=query)


@pytest.mark.parametrize(("word", "side"), [("refund", "user"), ("payments", "agent")])
def test_a_transcript_search_can_be_limited_to_one_side(call: Caller, word: str, side: str) -> None:
    search = {**EVER, "query_type": "transcript", "query": word}
    other = {"user": "agent", "agent": "user"}[side]
    assert items(call, **search, turn_type=side) == items(call, **search) != []
    assert items(call, **search, turn_type=other) == []


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
def test_a_search_by_meaning_puts_the_reason_first(call: Caller, query: str, reason: str) -> None:
    matches = items(call, **EVER, query_type="semantic", query=query)
    assert matches[0]["metrics"]["CALL_REASON"] == reason
    assert len(matches) < len(items(call))


def test_a_search_by_meaning_puts_better_matches_first_and_newer_ones_among_equals(call: Caller) -> None:
    matches = items(call, **EVER, query_type="semantic", query="book a hotel room")
    keys = [("rooms" in item["metrics"]["TOPICS"], item["started_at"]) for item in matches]
    assert {better for better, _ in keys} == {True, False}
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("query", ["quantum chromodynamics", "the of and", "?"])
def test_a_search_for_nothing_matches_nothing(call: Caller, query: str) -> None:
    assert items(call, **EVER, query_type="semantic", query=query) == []


@pytest.mark.parametrize("query_type", ["transcript", "semantic"])
def test_a_search_is_filtered_as_well(call: Caller, query_type: str) -> None:
    search = {**EVER, "query_type": query_type, "query": "refund"}
    live, sandbox = (items(call, **search, client_env=environment) for environment in ("live", "sandbox"))
    assert {item["environment"] for item in live} == {"live"}
    assert not {item["id"] for item in live} & {item["id"] for item in sandbox}
    assert items(call, **{**search, "end_time": EVER["start_time"]}) == []
    ended = items(call, **search, in_progress="false")
    assert ended == [item for item in live if not item["in_progress"]] != []


def test_a_search_does_not_reveal_hidden_transcripts(call: Caller) -> None:
    hiding = call.emulator.accounts["us"].agents[1].id
    for query_type in ("transcript", "semantic"):
        search = {**EVER, "query_type": query_type, "query": "refund"}
        assert call("searchConversations", project_id=hiding, params=search).json()["conversations"] == []


def test_a_sample_is_one_page_of_the_filtered_conversations(call: Caller) -> None:
    page = call("searchConversations", params={**EVER, "sample": "random", "limit": 5}).json()
    assert len(page["conversations"]) == 5
    assert page["cursor"] is None
    assert "next_offset" not in page
    everything = {item["id"] for item in items(call)}
    assert {item["id"] for item in items(call, **EVER, sample="random")} == everything
    samples = [frozenset(item["id"] for item in items(call, **EVER, sample="random", limit=5)) for _ in range(6)]
    assert len(set(samples)) > 1
    assert all(sample < everything for sample in samples)
