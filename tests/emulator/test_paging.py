"""Paging, both ways, also while conversations are added."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from polyai_data.emulator.state.state import LISTINGS
from tests.emulator.support import Caller


def started(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("startedAt") or item["started_at"] for item in items]


def follow(call: Caller, limit: int, *, add: int = 0, params: Mapping[str, str] | None = None) -> list[str]:
    """IDs of all pages of the v3 listing; `add` conversations take place between one page and the next."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = call("searchConversations", params={"limit": str(limit), **(params or {}), **cursor}).json()
        found += [item["id"] for item in answer["conversations"]]
        assert ("next_offset" in answer) == (answer["cursor"] is not None)
        if answer["cursor"] is None:
            return found
        assert len(answer["conversations"]) == limit
        cursor = {"cursor": answer["cursor"]}
        for _ in range(add):
            call.emulator.add_conversation()


def test_v1_pages_by_offset_and_tells_the_total(call: Caller) -> None:
    seen: list[dict[str, Any]] = []
    while True:
        answer = call("listConversations", params={"limit": 15, "offset": len(seen)}).json()
        assert (answer["count"], answer["limit"], answer["offset"]) == (40, 15, len(seen))
        if not answer["conversations"]:
            break
        seen += answer["conversations"]
    assert len({item["conversationId"] for item in seen}) == 40
    assert started(seen) == sorted(started(seen), reverse=True)


def test_v1_gives_fifty_by_default(call: Caller) -> None:
    for _ in range(20):
        call.emulator.add_conversation()
    answer = call("listConversations").json()
    assert (answer["limit"], len(answer["conversations"]), answer["count"]) == (50, 50, 60)


def test_v1_offsets_shift_when_a_conversation_is_added(call: Caller) -> None:
    first = call("listConversations", params={"limit": 5}).json()["conversations"]
    added = call.emulator.add_conversation()
    second = call("listConversations", params={"limit": 5, "offset": 5}).json()["conversations"]
    assert second[0]["conversationId"] == first[-1]["conversationId"]
    newest = call("listConversations", params={"limit": 1}).json()
    assert newest["conversations"][0]["conversationId"] == added.id
    assert newest["count"] == 41


@pytest.mark.parametrize("limit", [1, 7, 28, 1000])
def test_v3_cursors_lead_through_everything_once(call: Caller, limit: int) -> None:
    whole = call("searchConversations").json()
    assert whole["cursor"] is None
    assert "next_offset" not in whole
    everything = [item["id"] for item in whole["conversations"]]
    assert started(whole["conversations"]) == sorted(started(whole["conversations"]), reverse=True)
    assert follow(call, limit) == everything
    assert len(set(everything)) == len(everything) > 20


def test_v3_cursors_are_stable_while_conversations_are_added(call: Caller) -> None:
    before = follow(call, 1000)
    assert follow(call, 4, add=3) == before
    assert len(follow(call, 1000)) > len(before)


def test_v3_offsets_lead_through_everything_too(call: Caller) -> None:
    found: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = call("searchConversations", params={"limit": 6, "offset": offset}).json()
        found += [item["id"] for item in answer["conversations"]]
        offset = answer.get("next_offset")
    assert found == follow(call, 1000)


def test_v3_cursor_wins_over_offset(call: Caller) -> None:
    first = call("searchConversations", params={"limit": 3}).json()
    plain = call("searchConversations", params={"limit": 3, "cursor": first["cursor"]}).json()
    both = call("searchConversations", params={"limit": 3, "cursor": first["cursor"], "offset": 20}).json()
    assert both == plain
    assert plain["next_offset"] == 6


def test_v3_an_offset_beyond_the_end_gives_an_empty_page(call: Caller) -> None:
    answer = call("searchConversations", params={"offset": 10_000}).json()
    assert answer == {"conversations": [], "cursor": None}


def test_v3_search_results_are_paged_by_cursor_as_well(call: Caller) -> None:
    search = {
        "query": "refund or booking",
        "query_type": "semantic",
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-12-31T00:00:00Z",
    }
    everything = follow(call, 1000, params=search)
    assert len(everything) > 4
    assert follow(call, 2, add=1, params=search) == everything


@pytest.mark.parametrize(
    "cursor", ["", "x", "nonsense", "===", "ü", base64.b64encode(b"12345678[1,2,3]").decode(), "0"]
)
def test_v3_a_malformed_cursor_is_answered_with_400(call: Caller, cursor: str) -> None:
    response = call("searchConversations", params={"cursor": cursor})
    assert response.status_code == 400
    assert "query.cursor" in response.json()["error_message"]


def test_v3_a_cursor_of_another_project_is_answered_with_400(call: Caller) -> None:
    other = call.emulator.accounts["us"].agents[1].id
    cursor = call("searchConversations", params={"limit": 1}, project_id=other).json()["cursor"]
    assert call("searchConversations", params={"cursor": cursor}, project_id=other).status_code == 200
    assert call("searchConversations", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("operation_id", ["listConversations", "searchConversations"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "x"),
        ("limit", ""),
        ("limit", "1.5"),
        ("limit", "9" * 400),
        ("offset", "-1"),
        ("offset", "x"),
        ("offset", "٣"),
    ],
)
def test_a_limit_or_offset_that_is_not_allowed_is_named(call: Caller, operation_id: str, name: str, value: str) -> None:
    response = call(operation_id, params={name: value})
    assert response.status_code == 400
    assert f"query.{name}" in response.json()["error_message"]


def test_v3_takes_a_thousand_at_most_and_v1_any_number(call: Caller) -> None:
    assert call("searchConversations", params={"limit": 1000}).status_code == 200
    assert call("searchConversations", params={"limit": 1001}).status_code == 400
    assert call("listConversations", params={"limit": 1001}).json()["limit"] == 1001


def test_unknown_query_parameters_are_passed_over(call: Caller) -> None:
    plain = call("searchConversations").json()
    assert call("searchConversations", params={"colour": "blue", "limt": "1"}).json() == plain


def test_a_listing_that_was_forgotten_is_found_again(call: Caller) -> None:
    params = {"limit": 3, "offset": 1}
    first = call("searchConversations", params=params).json()
    for number in range(2 * LISTINGS):
        call("searchConversations", params={"variant_name": f"none {number}"})
    assert call("searchConversations", params=params).json() == first
