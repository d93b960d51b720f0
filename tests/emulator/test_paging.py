"""Paging, by offset and by cursor, also while conversations are added."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from polyai_data.emulator.state.state import LISTINGS
from tests.emulator.support import EVER, Caller, items


def follow(call: Caller, limit: int, *, add: int = 0, params: Mapping[str, str] | None = None) -> list[str]:
    """IDs of all pages of the v3 listing; `add` conversations take place between one page and the next."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = call("searchConversations", params={"limit": str(limit), **(params or {}), **cursor}).json()
        ids += [item["id"] for item in page["conversations"]]
        assert ("next_offset" in page) == (page["cursor"] is not None)
        if page["cursor"] is None:
            return ids
        assert len(page["conversations"]) == limit
        cursor = {"cursor": page["cursor"]}
        for _ in range(add):
            call.emulator.add_conversation()


def test_v1_pages_by_offset_and_has_the_total(call: Caller) -> None:
    assert call("listConversations").json()["limit"] == 50
    seen: list[dict[str, Any]] = []
    while True:
        page = call("listConversations", params={"limit": 15, "offset": len(seen)}).json()
        assert (page["count"], page["limit"], page["offset"]) == (40, 15, len(seen))
        if not page["conversations"]:
            break
        seen += page["conversations"]
    assert len({item["conversationId"] for item in seen}) == 40
    started = [item["startedAt"] for item in seen]
    assert started == sorted(started, reverse=True)


def test_v1_offsets_shift_when_a_conversation_is_added(call: Caller) -> None:
    first = call("listConversations", params={"limit": 5}).json()["conversations"]
    added = call.emulator.add_conversation()
    second = call("listConversations", params={"limit": 5, "offset": 5}).json()["conversations"]
    assert second[0]["conversationId"] == first[-1]["conversationId"]
    newest = call("listConversations", params={"limit": 1}).json()
    assert (newest["conversations"][0]["conversationId"], newest["count"]) == (added.id, 41)


@pytest.mark.parametrize("limit", [1, 7, 30, 1000])
def test_v3_cursors_lead_through_everything_once(call: Caller, limit: int) -> None:
    whole = call("searchConversations").json()
    assert whole["cursor"] is None
    assert "next_offset" not in whole
    started = [item["started_at"] for item in whole["conversations"]]
    assert started == sorted(started, reverse=True)
    ids = [item["id"] for item in whole["conversations"]]
    assert follow(call, limit) == ids
    assert len(set(ids)) == len(ids) == 30
    by_offset = [item["id"] for offset in range(0, 30, limit) for item in items(call, limit=limit, offset=offset)]
    assert by_offset == ids


def test_v3_cursors_are_stable_while_conversations_are_added(call: Caller) -> None:
    before = follow(call, 1000)
    assert follow(call, 4, add=3) == before
    assert len(follow(call, 1000)) > len(before)


def test_v3_cursors_pass_conversations_of_the_same_moment_once(call: Caller) -> None:
    moment = call.emulator.conversations()[10].started_at
    added = {call.emulator.add_conversation(started_at=moment).id for _ in range(5)}
    ids = follow(call, 1)
    assert len(ids) == len(set(ids)) == 35
    assert added < set(ids)


def test_v3_cursor_wins_over_offset(call: Caller) -> None:
    first = call("searchConversations", params={"limit": 3}).json()
    plain = call("searchConversations", params={"limit": 3, "cursor": first["cursor"]}).json()
    both = call("searchConversations", params={"limit": 3, "cursor": first["cursor"], "offset": 20}).json()
    assert both == plain
    assert plain["next_offset"] == 6


@pytest.mark.parametrize("offset", [30, 10_000])
def test_v3_an_offset_at_the_end_gives_an_empty_page(call: Caller, offset: int) -> None:
    page = call("searchConversations", params={"offset": offset}).json()
    assert page == {"conversations": [], "cursor": None}


def test_v3_search_results_are_paged_by_cursor_as_well(call: Caller) -> None:
    search = {**EVER, "query": "refund or booking", "query_type": "semantic"}
    everything = follow(call, 1000, params=search)
    assert len(everything) > 4
    assert follow(call, 2, add=1, params=search) == everything


@pytest.mark.parametrize(
    "cursor", ["", "x", "nonsense", "===", "ü", base64.b64encode(b"12345678[1,2,3]").decode(), "0"]
)
def test_v3_a_malformed_cursor_is_named(call: Caller, cursor: str) -> None:
    response = call("searchConversations", params={"cursor": cursor})
    assert response.status_code == 400
    assert f"query.cursor: {cursor!r}" in response.json()["error_message"]


def test_v3_a_cursor_of_another_project_is_refused(call: Caller) -> None:
    other = call.emulator.accounts["us"].agents[1].id
    cursor = call("searchConversations", params={"limit": 1}, project_id=other).json()["cursor"]
    assert call("searchConversations", params={"cursor": cursor}, project_id=other).status_code == 200
    assert call("searchConversations", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("operation_id", ["listConversations", "searchConversations"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "x"),
        ("limit", ""),
        ("limit", "1.5"),
        ("limit", "9" * 400),
        ("offset", "-1"),
        ("offset", "٣"),
    ],
)
def test_an_invalid_limit_or_offset_is_named(call: Caller, operation_id: str, name: str, value: str) -> None:
    response = call(operation_id, params={name: value})
    assert response.status_code == 400
    assert f"query.{name}: " in response.json()["error_message"]


def test_v3_takes_a_thousand_at_most_and_v1_any_number(call: Caller) -> None:
    assert call("searchConversations", params={"limit": 1000}).status_code == 200
    assert call("searchConversations", params={"limit": 1001}).status_code == 400
    assert call("listConversations", params={"limit": 1001}).json()["limit"] == 1001


def test_unknown_query_parameters_are_ignored(call: Caller) -> None:
    assert items(call, colour="blue", limt="1") == items(call)


def test_a_listing_that_is_no_longer_cached_is_the_same(call: Caller) -> None:
    params = {"limit": 3, "offset": 1}
    first = call("searchConversations", params=params).json()
    for number in range(2 * LISTINGS):
        call("searchConversations", params={"variant_name": f"none {number}"})
    assert call("searchConversations", params=params).json() == first
