"""Paging: where the next page begins, and that nothing comes twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.errors import DecodeError
from polyai_data.paging import Position, Seen, after_list, after_search, sorted_out, whole
from polyai_data_client.models import ConversationSummary, ConversationSummaryV3, GetConversations, GetConversationsV3


def listed(count: int, offset: int, items: int) -> GetConversations:
    rows = [ConversationSummary(conversation_id=str(n), account_id="a", project_id="p") for n in range(items)]
    return GetConversations(conversations=rows, count=count, limit=50, offset=offset)


def drifted(value: Any) -> Any:
    """A value of another type than the model says, as an answer can hold one."""
    return value


def found(items: int = 1, cursor: str | None = None, next_offset: int | None = None) -> GetConversationsV3:
    rows = [
        ConversationSummaryV3(
            id=str(n), account_id="a", project_id="p", environment="live", channel="WEBCHAT", in_progress=False
        )
        for n in range(items)
    ]
    return GetConversationsV3(conversations=rows, next_offset=next_offset, cursor=cursor)


@pytest.mark.parametrize(
    ("page", "following"),
    [
        (listed(100, 0, 50), Position(offset=50)),
        (listed(100, 50, 50), None),
        (listed(101, 50, 50), Position(offset=100)),
        (listed(100, 50, 0), None),
        (listed(0, 0, 0), None),
        (listed(10, 20, 5), None),
    ],
)
def test_the_page_after_one_of_the_agents_listing(page: GetConversations, following: Position | None) -> None:
    assert after_list(page, len(page.conversations), Position(offset=page.offset)) == following


@pytest.mark.parametrize(
    ("count", "offset", "at", "following"),
    [
        (None, 50, 50, Position(offset=52)),
        (drifted("100"), 50, 50, Position(offset=52)),
        (drifted(True), 50, 50, Position(offset=52)),
        (100, None, 50, Position(offset=52)),
        (100, drifted([]), None, Position(offset=2)),
        (-1, 50, 50, Position(offset=52)),
    ],
)
def test_a_page_without_its_numbers_is_followed_all_the_same(
    count: int | None, offset: int | None, at: int | None, following: Position
) -> None:
    page = listed(0, 0, 2)
    page.count, page.offset = count, offset
    assert after_list(page, 2, Position(offset=at)) == following
    assert after_list(page, 0, Position(offset=at)) is None


@pytest.mark.parametrize(
    ("page", "at", "following"),
    [
        (found(cursor="b"), Position(cursor="a"), Position(cursor="b")),
        (found(cursor="b", next_offset=1), Position(), Position(cursor="b")),
        (found(items=0, cursor="b"), Position(), Position(cursor="b")),
        (found(next_offset=10), Position(), Position(offset=10)),
        (found(next_offset=10), Position(offset=9), Position(offset=10)),
        (found(items=0, next_offset=10), Position(), None),
        (found(), Position(cursor="a"), None),
        (found(cursor=""), Position(), None),
    ],
)
def test_the_page_after_one_of_the_search(page: GetConversationsV3, at: Position, following: Position | None) -> None:
    assert after_search(page, len(page.conversations), at) == following


@pytest.mark.parametrize(
    ("page", "at", "where"),
    [
        (found(cursor="a"), Position(cursor="a"), "cursor"),
        (found(next_offset=10), Position(offset=10), "next_offset"),
        (found(next_offset=0), Position(), "next_offset"),
        (found(next_offset=drifted("10")), Position(), "next_offset"),
        (found(cursor=drifted(7)), Position(), "cursor"),
    ],
)
def test_a_page_that_leads_back_to_itself_is_an_error(page: GetConversationsV3, at: Position, where: str) -> None:
    following = after_search(page, len(page.conversations), at)
    assert isinstance(following, DecodeError)
    assert following.where == where


@given(st.lists(st.lists(st.text(max_size=2))))
def test_each_item_is_new_once_and_the_order_stays(pages: list[list[str]]) -> None:
    seen: Seen[str] = Seen(lambda item: item)
    given_out = [item for page in pages for item in seen.new(page)]
    assert given_out == list(dict.fromkeys(item for page in pages for item in page))


ERROR = DecodeError("no", where="conversations[1]", expected="an item", raw={"id": 7})


def test_what_becomes_of_an_item_that_cannot_be_read() -> None:
    assert sorted_out(["a", ERROR, "b"], "skip") == (["a", "b"], [ERROR])
    assert sorted_out(["a", ERROR, "b"], "raw") == (["a", {"id": 7}, "b"], [ERROR])
    with pytest.raises(DecodeError) as caught:
        sorted_out(["a", ERROR], "raise")
    assert caught.value is ERROR


@pytest.mark.parametrize(("count", "offset"), [(100, 0), (None, 0), (100, 49), (None, 25)])
def test_a_page_that_says_that_it_is_another_one_than_was_asked_for_does_not_lead_back(
    count: int | None, offset: int
) -> None:
    page = listed(0, offset, 1)
    page.count = count
    following = after_list(page, 1, Position(offset=50))
    if isinstance(following, Position):
        assert (following.offset or 0) > 50


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_a_whole_number_is_one_of_at_least_zero(value: object) -> None:
    found = whole(value)
    assert found is None or (type(found) is int and found >= 0 and found == value)
    assert whole(7) == 7
    assert whole(5.0) == 5
    assert whole(True) is None
