"""Tasks: pieces of one own together what it owns, each conversation once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polyai_data.export import plan

START = datetime(2026, 1, 1, tzinfo=UTC)
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=4000))


def at(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@given(spans, st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=50), st.booleans(), st.integers(1, 50))
def test_pieces_are_the_task(span: timedelta, places: list[float], ascending: bool, page: int) -> None:
    task = plan.Task("A", 0, "live", START, START + span)
    last = task.end - timedelta(microseconds=1)  # a product near the end is rounded to it
    times = sorted((min(START + span * place, last) for place in places), reverse=not ascending)
    pieces = plan.pieces(task, [at(each) for each in times], page)
    assert len(pieces) <= plan.MOST_PIECES + 2
    for time in times:
        assert sum(piece.bounds[0] <= at(time) < piece.bounds[1] for piece in pieces) == bool(pieces)
    if pieces:
        assert (pieces[0].start, pieces[-1].end) == (task.start, task.end)
        assert all(a.end == b.start for a, b in pairwise(pieces))
        assert all(piece.end - piece.start < span for piece in pieces)
        assert sorted(piece.name for piece in pieces) == [piece.name for piece in pieces]


def test_a_dense_range_is_cut_and_others_go_on_page_by_page() -> None:
    task = plan.Task("A", 0, "live", START, START + timedelta(days=40))
    minutes = [at(task.end - timedelta(minutes=n + 1)) for n in range(1440)]  # a page is a day
    assert len(plan.pieces(task, minutes, 1440)) in {11, 12}  # of four pages, and what lies after the first
    sparse = [at(task.end - timedelta(hours=n + 1)) for n in range(240)]
    assert plan.pieces(task, sparse, 240) == []
    assert plan.pieces(task, minutes[::2] + minutes[1::2], 1440) == []  # no order
    assert plan.pieces(task, [at(task.start)] * 9, 9) == []
