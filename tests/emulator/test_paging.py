"""What the conformance rules `paging.*` cannot see: cursors of a moment, a project and a listing that is not cached."""

from __future__ import annotations

from collections.abc import Mapping

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
        if page["cursor"] is None:
            return ids
        cursor = {"cursor": page["cursor"]}
        for _ in range(add):
            call.emulator.add_conversation()


def test_v3_cursors_pass_conversations_of_the_same_moment_once(call: Caller) -> None:
    moment = call.emulator.conversations()[10].started_at
    added = {call.emulator.add_conversation(started_at=moment).id for _ in range(5)}
    ids = follow(call, 1)
    assert len(ids) == len(set(ids)) == 35
    assert added < set(ids)


def test_v3_search_results_are_paged_by_cursor_as_well(call: Caller) -> None:
    search = {**EVER, "query": "refund or booking", "query_type": "semantic"}
    everything = follow(call, 1000, params=search)
    assert len(everything) > 4
    assert follow(call, 2, add=1, params=search) == everything


def test_v3_a_cursor_of_another_project_is_refused(call: Caller) -> None:
    other = call.emulator.accounts["us"].agents[1].id
    cursor = call("searchConversations", params={"limit": 1}, project_id=other).json()["cursor"]
    assert call("searchConversations", params={"cursor": cursor}, project_id=other).status_code == 200
    assert call("searchConversations", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("value", ["x", "", "1.5", "9" * 400, "٣"])
def test_a_limit_that_is_no_number_is_named(call: Caller, value: str) -> None:
    for operation_id in ("listConversations", "searchConversations"):
        response = call(operation_id, params={"limit": value})
        assert response.status_code == 400
        assert "query.limit: " in response.json()["error_message"]


def test_unknown_query_parameters_are_ignored(call: Caller) -> None:
    assert items(call, colour="blue", limt="1") == items(call)


def test_a_listing_that_is_no_longer_cached_is_the_same(call: Caller) -> None:
    params = {"limit": 3, "offset": 1}
    first = call("searchConversations", params=params).json()
    for number in range(2 * LISTINGS):
        call("searchConversations", params={"variant_name": f"none {number}"})
    assert call("searchConversations", params=params).json() == first
