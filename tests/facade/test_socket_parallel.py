"""Searches that ask for several pages at once, over a socket: the same conversations in the same order."""

from __future__ import annotations

import asyncio
import datetime
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError, RateLimitError, ServerError
from tests.facade.calls import Connect, one_flavour
from tests.facade.scripted import json_response
from tests.support.scripted_server import Received, ScriptedServer, response

START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
END = START + datetime.timedelta(days=1)
COUNT, SIZE = 300, 10
Change = Callable[[int, list[dict[str, Any]]], bytes | None]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No thread, no task and no warning is left behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        yield
    assert not [each for each in threading.enumerate() if each.name.startswith("polyai-data")]


def row(number: int) -> dict[str, Any]:
    started = START + datetime.timedelta(seconds=number * 86400 // COUNT)
    return {
        "id": f"CA{number}",
        "account_id": "ws",
        "project_id": "P",
        "environment": "live",
        "started_at": started.isoformat(),
        "channel": "CHAT",
        "in_progress": False,
    }


class Listed:
    """A server's listing: newest first, in pages of SIZE. What `change` gives for the number of a request is sent."""

    def __init__(self, change: Change | None = None, *, inclusive: bool = False, bad: str = "") -> None:
        self.change, self.inclusive, self.bad = change, inclusive, bad
        self.number = self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def __call__(self, _connection: Any, request: Received) -> bytes:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        start, end = (datetime.datetime.fromisoformat(query[name]) for name in ("start_time", "end_time"))
        with self.lock:
            self.number += 1
            number, self.at_once = self.number, self.at_once + 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        inside = [each for at, each in NEWEST if start <= at < end or (self.inclusive and at == end)]
        begin = int(query.get("cursor", "0"))
        page = [{**each, "id": None if each["id"] == self.bad else each["id"]} for each in inside[begin : begin + SIZE]]
        cursor = str(begin + SIZE) if begin + SIZE < len(inside) else None
        changed = self.change and self.change(number, page)
        if not changed:
            time.sleep(0.01)
        with self.lock:
            self.at_once -= 1
        return changed or json_response({"conversations": page, "cursor": cursor})


NEWEST = [
    (START + datetime.timedelta(seconds=number * 86400 // COUNT), row(number)) for number in reversed(range(COUNT))
]
EVERY = [each["id"] for _, each in NEWEST]


def test_a_parallel_search_is_the_search(connect: Connect) -> None:
    polyai = connect.polyai()
    with closing(connect.emulator.client()) as client:
        plain = list(client.conversations.search(limit=4))
        times = [each.started_at for each in plain if each.started_at]
        first, last = min(times), max(times)
        for filters in ({}, {"channel": "CHAT"}, {"in_progress": False}, {"start_time": first, "end_time": last}):
            bounds: dict[str, Any] = {"start_time": first, "end_time": last + datetime.timedelta(days=9), **filters}
            expected = list(client.conversations.search(**bounds, limit=4))
            assert list(polyai.conversations.search(**bounds, limit=4, parallel=5)) == expected
    assert len(plain) > 20


@pytest.mark.parametrize("inclusive", [False, True])
def test_nothing_is_lost_or_twice_at_the_borders(connect: Connect, inclusive: bool) -> None:
    listing = Listed(inclusive=inclusive)
    with ScriptedServer(listing) as server:
        polyai = connect.polyai(connect_to=server.url)
        search = polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4)
        assert [each.id for each in search] == EVERY
        assert [each.id for page in search.pages() for each in page.items] == EVERY  # an iteration begins anew
        assert [each["id"] for each in search.rows()] == EVERY
        assert [json.loads(each)["id"] for each in search.lines()] == EVERY
    assert 1 < listing.most_at_once <= 4


@pytest.mark.parametrize("number", [299, 150])
def test_an_item_that_cannot_be_read_is_counted_once(connect: Connect, number: int) -> None:
    with ScriptedServer(Listed(bad=f"CA{number}")) as server:
        polyai = connect.polyai(connect_to=server.url)
        search = polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4)
        assert [each.id for each in search] == [each for each in EVERY if each != f"CA{number}"]
        assert search.invalid == 1
        kept = polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4, on_invalid="raw")
        assert len(list(kept)) == COUNT


def test_one_429_pauses_all(connect: Connect) -> None:
    def change(number: int, _: Any) -> bytes | None:
        return response(429, b"{}", "Retry-After-Ms: 300") if number == 6 else None

    with ScriptedServer(Listed(change)) as server:
        polyai = connect.polyai(connect_to=server.url, max_retries=2)
        search = polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4)
        assert [each.id for each in search] == EVERY
        times = [each.at for each in server.requests]
    assert len([each for each in times if times[5] < each < times[5] + 0.25]) <= 4


def test_calls_that_are_limited_in_turns_do_not_give_up(connect: Connect) -> None:
    """Two of three requests are refused, more often than one call alone would try again."""

    def change(number: int, _: Any) -> bytes | None:
        return response(429, b"{}", "Retry-After: 0") if number % 3 and 6 <= number < 30 else None

    with ScriptedServer(Listed(change)) as server:
        polyai = connect.polyai(connect_to=server.url, max_retries=2)
        assert polyai._session.config.policy.max_retries == 2
        search = polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=6)
        assert [each.id for each in search] == EVERY


def test_a_server_that_refuses_all_is_an_error(connect: Connect) -> None:
    def change(number: int, _: Any) -> bytes | None:
        return response(429, b"{}", "Retry-After: 0") if number > 8 else None

    with ScriptedServer(Listed(change)) as server:
        polyai = connect.polyai(connect_to=server.url, max_retries=1)
        with pytest.raises(RateLimitError):
            list(polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4))


def test_an_error_comes_once_after_what_comes_before_it(connect: Connect) -> None:
    def change(_: int, page: list[dict[str, Any]]) -> bytes | None:
        return response(500, b"{}") if any(each["id"] == "CA150" for each in page) and page[0] != row(299) else None

    with ScriptedServer(Listed(change)) as server:
        polyai = connect.polyai(connect_to=server.url)
        seen: list[str] = []
        search = iter(polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4))
        with pytest.raises(ServerError):
            seen.extend(each.id for each in search)
    assert seen == EVERY[: len(seen)]
    assert 299 - 150 - SIZE < len(seen) <= 299 - 150


def test_leaving_a_loop_ends_what_is_under_way(connect: Connect) -> None:
    with ScriptedServer(Listed()) as server:
        polyai = connect.polyai(connect_to=server.url)
        for each in polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4):
            if each.id == "CA200":
                break
        if connect.flavour == "async":  # the event loop closes the generator
            connect._runner.run(asyncio.sleep(0.05))
            assert len(asyncio.all_tasks(connect._runner.get_loop())) == 0
        assert not [each for each in threading.enumerate() if each.name.startswith("polyai-data")]
        count = len(server.requests)
        assert count < 25
        time.sleep(0.05)
        assert len(server.requests) == count


def test_leaving_a_loop_ends_a_pause(polyai_emulator: Emulator, clean_environment: None) -> None:
    def change(number: int, _: Any) -> bytes | None:
        return response(429, b"{}", "Retry-After: 50") if number == 6 else None

    with ScriptedServer(Listed(change)) as server, polyai_emulator.client(connect_to=server.url) as polyai:
        begun = time.monotonic()
        iterator = iter(polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4))
        next(iterator)
        while len(server.requests) < 6:
            time.sleep(0.01)
        iterator.close()  # type: ignore[attr-defined]
        assert time.monotonic() - begun < 20


def test_a_cancelled_search_leaves_no_task(polyai_emulator: Emulator, clean_environment: None) -> None:
    async def main() -> None:
        async with polyai_emulator.async_client(connect_to=server.url) as polyai:

            async def search() -> None:
                async for _ in polyai.conversations.search(start_time=START, end_time=END, limit=SIZE, parallel=4):
                    await asyncio.sleep(0.001)

            task = asyncio.create_task(search())
            while len(server.requests) < 8:  # noqa: ASYNC110 - the server is in a thread
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)  # the event loop closes generators
            assert asyncio.all_tasks() == {asyncio.current_task()}

    with ScriptedServer(Listed()) as server:
        asyncio.run(main())


@one_flavour
@pytest.mark.parametrize(
    ("wrong", "argument", "message"),
    [
        ({"parallel": 0}, "parallel", "from 1 to 64, not 0"),
        ({"parallel": 65}, "parallel", "from 1 to 64, not 65"),
        ({"parallel": True}, "parallel", "not True"),
        ({"end_time": None}, "end_time", "parallel needs start_time and end_time; end_time is missing"),
        ({"start_time": None}, "start_time", "start_time is missing"),
        ({"cursor": "abc"}, "cursor", "parallel and cursor exclude each other"),
        ({"offset": 0}, "offset", "parallel and offset exclude each other"),
        ({"sample": "random"}, "sample", "parallel and sample exclude each other"),
        ({"query": "refund", "query_type": "semantic"}, "query_type", "parallel and query_type exclude each other"),
    ],
)
def test_what_does_not_go_with_it_is_an_error(
    polyai: PolyAI, wrong: dict[str, Any], argument: str, message: str
) -> None:
    filters: dict[str, Any] = {"start_time": START, "end_time": END, "parallel": 8, **wrong}
    with pytest.raises(ConfigError, match=message) as caught:
        polyai.conversations.search(**filters)
    assert caught.value.argument == argument
