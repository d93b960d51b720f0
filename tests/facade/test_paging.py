"""Paging: where the next page begins, and that no item comes twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.errors import DecodeError
from polyai_data.paging import LIST, SAMPLE, SEARCH, Position, after_list, after_search, unseen, whole
from polyai_data_client.models import GetConversations, GetConversationsV3

# Values of other types than the models say are possible: they are what a response can hold.


def listed(count: Any, offset: Any) -> GetConversations:
    return GetConversations(conversations=[], count=count, limit=50, offset=offset)


def searched(cursor: Any = None, next_offset: Any = None) -> GetConversationsV3:
    return GetConversationsV3(conversations=[], next_offset=next_offset, cursor=cursor)


@pytest.mark.parametrize(
    ("count", "offset", "items", "at", "following"),
    [
        (100, 0, 50, 0, 50),
        (100, 50, 50, 50, None),
        (101, 50, 50, 50, 100),
        (100, 50, 0, 50, None),
        (10, 20, 5, 20, None),
        (None, 50, 2, 50, 52),
        (None, 50, 0, 50, None),
        ("100", 50, 2, 50, 52),
        (True, 50, 2, 50, 52),
        (-1, 50, 2, 50, 52),
        (100, None, 2, 50, 52),
        (100, [], 2, None, 2),
    ],
)
def test_the_page_after_one_of_the_agents_listing(
    count: Any, offset: Any, items: int, at: int | None, following: int | None
) -> None:
    expected = None if following is None else Position(offset=following)
    assert after_list(listed(count, offset), items, Position(offset=at)) == expected


@pytest.mark.parametrize(("count", "offset"), [(100, 0), (None, 0), (100, 49), (None, 25)])
def test_a_page_of_another_offset_never_leads_back(count: int | None, offset: int) -> None:
    with pytest.raises(DecodeError, match=f"has offset {offset} where 50 was asked for") as caught:
        after_list(listed(count, offset), 1, Position(offset=50))
    assert caught.value.where == "offset"


@pytest.mark.parametrize(
    ("page", "items", "at", "following"),
    [
        (searched(cursor="b"), 1, Position(cursor="a"), Position(cursor="b")),
        (searched(cursor="b", next_offset=1), 1, Position(), Position(cursor="b")),
        (searched(cursor="b"), 0, Position(), Position(cursor="b")),
        (searched(next_offset=10), 1, Position(), Position(offset=10)),
        (searched(next_offset=10), 1, Position(offset=9), Position(offset=10)),
        (searched(next_offset=10), 0, Position(), None),
        (searched(), 1, Position(cursor="a"), None),
        (searched(cursor=""), 1, Position(), None),
    ],
)
def test_the_page_after_one_of_the_search(
    page: GetConversationsV3, items: int, at: Position, following: Position | None
) -> None:
    assert after_search(page, items, at) == following
    assert SAMPLE.following(page, items, at) is None


@pytest.mark.parametrize(
    ("page", "at", "where"),
    [
        (searched(cursor="a"), Position(cursor="a"), "cursor"),
        (searched(next_offset=10), Position(offset=10), "next_offset"),
        (searched(next_offset=0), Position(), "next_offset"),
        (searched(next_offset="10"), Position(), "next_offset"),
        (searched(cursor=7), Position(), "cursor"),
    ],
)
def test_a_page_that_leads_back_to_itself_is_an_error(page: GetConversationsV3, at: Position, where: str) -> None:
    with pytest.raises(DecodeError) as caught:
        after_search(page, 1, at)
    assert caught.value.where == where


@given(st.lists(st.lists(st.text(max_size=2))))
def test_each_item_is_new_once_and_the_order_stays(pages: list[list[str]]) -> None:
    seen: set[str] = set()
    new = [item for page in pages for item in unseen(page, str, seen)]
    assert new == list(dict.fromkeys(item for page in pages for item in page))


def test_an_item_without_an_identity_is_always_new() -> None:
    raw = {"id": 7}
    assert (LIST.identity(raw), SEARCH.identity(raw)) == (None, None)
    assert unseen([raw, raw], SEARCH.identity, set()) == [raw, raw]


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_a_whole_number_is_one_of_at_least_zero(value: object) -> None:
    result = whole(value)
    assert result is None or (type(result) is int and result >= 0 and result == value)
    assert (whole(7), whole(5.0), whole(True)) == (7, 5, None)
