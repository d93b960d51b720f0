"""What the conformance rules `filters.*` and `search.*` cannot see: words, ranks and the messages of refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.support import EVER, Caller, items


def said(item: dict[str, Any], *fields: str) -> str:
    return " ".join(turn[field] for turn in item["turns"] for field in fields).casefold()


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1", "2016-12-31T23:59:60Z"],
)
def test_an_invalid_time_is_named(call: Caller, moment: str) -> None:
    response = call("searchConversations", params={"start_time": moment})
    assert response.status_code == 400
    assert "query.start_time: " in response.json()["error_message"]


@pytest.mark.parametrize(
    ("params", "rule"),
    [
        ({"variant_id": "a", "variant_name": "b"}, "variant_id and variant_name exclude each other"),
        ({**EVER, "query_type": "transcript", "query": ""}, "query_type needs query; query is missing"),
        ({"query_type": "semantic", "query": "a", "start_time": EVER["start_time"]}, "end_time is missing"),
        ({**EVER, "query_type": "semantic", "query": "a", "turn_type": "user"}, "query_type is 'semantic'"),
        ({"client_env": "production"}, "query.client_env: "),
        ({"in_progress": "maybe"}, "query.in_progress: "),
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


@pytest.mark.parametrize(
    ("query", "reason"),
    [("I want my money back", "refund"), ("locked out", "password"), ("parcel delivery", "delivery")],
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


def test_a_search_does_not_reveal_hidden_transcripts(call: Caller) -> None:
    hiding = call.emulator.accounts["us"].agents[1].id
    for query_type in ("transcript", "semantic"):
        search = {**EVER, "query_type": query_type, "query": "refund"}
        assert call("searchConversations", project_id=hiding, params=search).json()["conversations"] == []
