"""Paging: where the next page begins, and that no item comes twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.errors import DecodeError
from polyai_data.paging import SAMPLE, Position, Walk, after_list, after_search, whole
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
        (100, 50, 50, 50, 100),
        (52, 50, 2, 50, None),
        (101, 50, 50, 50, 100),
        (100, 50, 0, 50, None),
        (10, 20, 5, 20, 25),
        (None, 50, 2, 50, 52),
        (None, 50, 0, 50, None),
        ("100", 50, 2, 50, 52),
        (True, 50, 2, 50, 52),
        (-1, 50, 2, 50, 52),
        (100, None, 2, 50, 52),
        (100, 0, 2, 50, 52),
        (100, 70, 2, None, 2),
    ],
)
def test_the_page_after_one_of_the_agents_listing(
    count: Any, offset: Any, items: int, at: int | None, following: int | None
) -> None:
    expected = None if following is None else Position(offset=following)
    assert after_list(listed(count, offset), items, Position(offset=at)) == expected


@pytest.mark.parametrize(
    ("page", "items", "at", "following"),
    [
        (searched(cursor="b"), 1, Position(cursor="a"), Position(cursor="b")),
        (searched(cursor="b", next_offset=1), 1, Position(), Position(cursor="b")),
        (searched(cursor="b"), 0, Position(), Position(cursor="b")),
        (searched(next_offset=10), 1, Position(), Position(offset=10)),
        (searched(next_offset=10), 1, Position(offset=9), Position(offset=10)),
        (searched(next_offset=10), 0, Position(), Position(offset=10)),
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
    ("page", "where"),
    [({"next_offset": -5}, "next_offset"), ({"next_offset": "10"}, "next_offset"), ({"cursor": 7}, "cursor")],
)
def test_a_page_that_says_badly_what_follows_is_an_error(page: dict[str, Any], where: str) -> None:
    with pytest.raises(DecodeError, match=f"the listing is incomplete: {where} is") as caught:
        after_search(GetConversationsV3.from_dict({"conversations": [], **page}), 1, Position())
    assert caught.value.where == where


@given(st.lists(st.text(max_size=2)))
def test_an_item_is_new_once(identities: list[str]) -> None:
    walk = Walk()
    assert [each for each in identities if walk.is_new(each)] == list(dict.fromkeys(identities))
    assert [walk.is_new(None), walk.is_new(None)] == [True, True]


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_a_whole_number_is_one_of_at_least_zero(value: object) -> None:
    result = whole(value)
    assert result is None or (type(result) is int and result >= 0 and result == value)
    assert (whole(7), whole(5.0), whole(True), whole(10**400)) == (7, 5, None, 10**400)
