"""Listing a time range in windows, without I/O: whatever the traffic is, all of it is given once and in order."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_data.errors import PolyAIError, TransportError
from polyai_data.paging import Page, Position
from polyai_data.windows import Plan, Window

EPOCH = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
PARALLEL = 4


@dataclass(frozen=True)
class Row:
    id: str
    started_at: datetime.datetime | None


def rows(seconds: list[float]) -> list[Row]:
    """Conversations that started so many seconds after the start of the range."""
    return [Row(f"CA{number}", EPOCH + datetime.timedelta(seconds=each)) for number, each in enumerate(seconds)]


def _of(unit: int) -> Callable[[datetime.datetime], int]:
    return lambda at: int(at.timestamp()) // unit


SERVERS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "as documented": lambda start, at, end: start <= at < end,
    "its end too": lambda start, at, end: start <= at <= end,
    "without its start": lambda start, at, end: start < at <= end,
    "by the second": lambda start, at, end: _of(1)(start) <= _of(1)(at) <= _of(1)(end),
    "by the minute": lambda start, at, end: _of(60)(start) <= _of(60)(at) <= _of(60)(end),
    "all": lambda *_: True,
}
"""Which conversations a server gives of a time range."""


class Server:
    """Lists `order` in pages of `size`."""

    def __init__(self, order: list[Row], size: int, *, gives: str = "as documented") -> None:
        self.order, self.size, self.gives, self.requests = order, size, SERVERS[gives], 0

    def inside(self, start: datetime.datetime, end: datetime.datetime) -> list[Row]:
        return [each for each in self.order if each.started_at is None or self.gives(start, each.started_at, end)]

    def page(self, at: Position) -> Page[Row]:
        assert at.between is not None
        start, end = at.between
        self.requests += 1
        inside = self.inside(start, end)
        begin = int(at.cursor or 0)
        following = Position(cursor=str(begin + self.size)) if begin + self.size < len(inside) else None
        return Page(inside[begin : begin + self.size], following)


def listed(
    server: Server,
    seconds: float,
    chance: random.Random,
    given_out: list[Row] | None = None,
    failing: Row | None = None,
) -> list[Row]:
    """What a plan gives out, whose pages arrive in the order of chance. The page with the row `failing` is an error."""
    given_out = [] if given_out is None else given_out
    plan = Plan(EPOCH, EPOCH + datetime.timedelta(seconds=seconds), PARALLEL)
    under_way: list[tuple[Window, Page[Row] | PolyAIError]] = []
    while not plan.complete:
        while len(under_way) < PARALLEL and (window := plan.asking()) is not None:
            page: Page[Any] = server.page(window.position)
            new = [(row.id, row) for row in page.items if window.walk.is_new(row.id)]
            fails = failing is not None and failing in page.items
            page = window.walk.end(window.at or Position(), replace(page, items=new), len(page.items), len(new))
            under_way.append((window, TransportError("lost") if fails else page))
        assert sum(len(window.pages) for window in plan._windows) + len(under_way) <= 3 * PARALLEL
        if (given_page := plan.next_page()) is not None:
            assert given_page.next is None
            given_out += given_page.items
        elif under_way:
            plan.take(*under_way.pop(chance.randrange(len(under_way))))
    return given_out


TRAFFIC = st.lists(st.integers(0, 60).map(float), max_size=80) | st.lists(
    st.one_of(st.floats(0, 9999), st.floats(5000, 5001), st.integers(0, 9).map(lambda n: n * 1000.0)), max_size=80
)
ORDERS: dict[str, Any] = {
    "newest first": lambda made, _: sorted(made, key=lambda row: row.started_at, reverse=True),
    "oldest first": lambda made, _: sorted(made, key=lambda row: row.started_at),
    "none": lambda made, chance: chance.sample(made, len(made)),
}


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=25)
@given(seconds=TRAFFIC, size=st.integers(1, 12), seed=st.integers(0, 2**16), gives=st.sampled_from([*SERVERS]))
def test_all_is_given_once_in_the_servers_order(
    order: str, seconds: list[float], size: int, seed: int, gives: str
) -> None:
    chance = random.Random(seed)
    server = Server(ORDERS[order](rows(seconds), chance), size, gives=gives)
    made = server.inside(EPOCH, EPOCH + datetime.timedelta(seconds=10_000))
    result = listed(server, 10_000, chance)
    assert sorted(result, key=lambda row: row.id) == sorted(made, key=lambda row: row.id)
    first: list[Any] = [row.started_at for row in made[:size]]
    if gives in {"by the second", "by the minute", "all"}:
        return  # windows then overlap
    if order != "none":
        assert [row.started_at for row in result] == [row.started_at for row in made]
    elif first not in (sorted(first), sorted(first, reverse=True)):
        assert result == made


@pytest.mark.parametrize(
    ("name", "seconds", "most"),
    [
        ("even", [each * 3.0 for each in range(10_000)], 140),
        ("day and night", [d * 86400 + each * 5.0 for d in range(5) for each in range(2000)], 200),
        ("one burst", [400_000 + each * 0.1 for each in range(10_000)], 160),
        ("an instant", [400_000.0] * 5000, 50),
    ],
)
def test_there_are_few_more_requests_than_pages(name: str, seconds: list[float], most: int) -> None:
    chance = random.Random(1)
    server = Server(ORDERS["newest first"](rows(seconds), chance), 100)
    assert len(listed(server, 500_000, chance)) == len(seconds)
    assert server.requests <= most, name


def test_one_page_takes_one_request() -> None:
    server = Server(rows([5.0, 9.0]), 100)
    assert len(listed(server, 10_000, random.Random(1))) == 2
    assert server.requests == 1


def test_conversations_whose_time_is_unknown_are_given_once() -> None:
    made = [Row(f"CA{number}", None) for number in range(50)]
    assert listed(Server(made, 7), 10_000, random.Random(1)) == made


@given(at=st.integers(0, 199), seed=st.integers(0, 2**16))
def test_what_comes_before_an_error_is_given_out_before_it(at: int, seed: int) -> None:
    made, result = rows([each * 10.0 for each in range(200)]), list[Row]()
    with pytest.raises(TransportError):
        listed(Server(made, 10), 10_000, random.Random(seed), result, failing=made[at])
    assert result == made[: len(result)]
    assert at - 10 < len(result) <= at
