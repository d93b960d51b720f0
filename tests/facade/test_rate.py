"""Requests a minute: never more than a key may send, whichever of a client's threads, tasks and copies sends them."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import AsyncPolyAI, PolyAI
from polyai_data.errors import ConfigError, TimeoutError  # noqa: A004 - ours
from polyai_data.hosts import POLYAI
from polyai_data.openapi import content
from polyai_data.rate import Rate
from tests.facade.scripted import RESPONSES, json_response
from tests.support.scripted_server import ScriptedServer

BUSY = json_response({}, status=503)
FULL = RESPONSES["getConversation"]


@given(st.sampled_from([0.5, 1, 7, 60, 100, 1000]), st.lists(st.floats(0, 70), max_size=250))
def test_no_minute_has_more_requests_than_it_may(per_minute: float, pauses: list[float]) -> None:
    rate, now, sent = Rate(per_minute), 1000.0, []
    for pause in [*pauses, *[0.0] * 20]:
        now += pause
        wait = rate.turn(now)
        assert wait is not None
        sent.append(now + wait)
    most = max(1, int(per_minute))
    assert all(later - earlier > 59.999 for earlier, later in zip(sent, sent[most:], strict=False))


def test_what_waits_all_the_time_gets_nearly_all_turns() -> None:
    rate = Rate(100)
    sent: list[float] = []
    while not sent or sent[-1] < 600:
        wait = rate.turn(0.0)
        assert wait is not None
        sent.append(wait)
    assert len(sent) > 975
    assert rate.turn(0.0, until=sent[-1] + 0.5) is None
    assert rate.turn(0.0, until=sent[-1] + 0.7) is not None  # the one before was not taken


def test_the_document_says_what_a_key_may() -> None:
    stated = content("polyai")["components"]["securitySchemes"]["ApiKeyAuth"]["x-requests-per-minute"]
    assert POLYAI.requests_per_minute == stated == 100


@pytest.mark.parametrize("manner", ["threads", "tasks"])
def test_a_clients_attempts_keep_to_its_rate(manner: str) -> None:
    count, at_once, step = 20, 13, 60 / 588
    begin = time.monotonic()
    with ScriptedServer(BUSY, FULL) as server:
        options: Any = {"region": "us", "agent_id": "a", "connect_to": server.url, "requests_per_minute": 600}
        if manner == "threads":
            with PolyAI("key", **options) as polyai, ThreadPoolExecutor(8) as threads:
                copies = [polyai, polyai.with_options(deadline=20)]
                list(threads.map(lambda number: copies[number % 2].conversations.get("CA1"), range(count - 1)))
        else:
            asyncio.run(_tasks(count - 1, options))
        at = [request.at for request in server.requests]
    assert len(at) == count  # with the one that was sent again
    for number in range(at_once, count):
        assert at[number] - begin > (number - at_once + 1) * step


async def _tasks(count: int, options: dict[str, Any]) -> None:
    async with AsyncPolyAI("key", **options) as polyai:
        await asyncio.gather(*[polyai.conversations.get("CA1") for _ in range(count)])


def test_each_key_has_its_own_rate_and_no_call_waits_beyond_its_deadline() -> None:
    options: Any = {"region": "us", "agent_id": "a", "account_id": "b", "requests_per_minute": 1, "deadline": 5}
    with (
        ScriptedServer(FULL, RESPONSES["searchConversations"]) as server,
        PolyAI("key", conversations_api_key="other", connect_to=server.url, **options) as polyai,
    ):
        polyai.conversations.get("CA1")
        assert not list(polyai.conversations.search())
        with pytest.raises(TimeoutError, match="1 requests a minute leave it no turn before the deadline") as caught:
            polyai.conversations.set_note("CA1", "x")
        assert not caught.value.sent
        assert [request.headers["x-api-key"] for request in server.requests] == ["key", "other"]
    shared = Rate(1)
    with ScriptedServer(FULL) as server:
        clients = [PolyAI("key", connect_to=server.url, **{**options, "requests_per_minute": shared}) for _ in range(2)]
        with clients[0] as first, clients[1] as second:
            first.conversations.get("CA1")
            with pytest.raises(TimeoutError):
                second.conversations.get("CA1")


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "100", True])
def test_a_rate_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="requests_per_minute must be more than 0") as caught:
        PolyAI("key", region="us", requests_per_minute=value)
    assert caught.value.argument == "requests_per_minute"
