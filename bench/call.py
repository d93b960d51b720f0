"""call, call-async: one small read, beside the HTTP library alone with the same response."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from bench.measure import Line, in_turns, lines
from bench.samples import conversation
from bench.server import JSON, Canned
from polyai_data import AsyncPolyAI, PolyAI

KEY = "bench-key-0123456789"
AGENT, ID = "bench-agent", f"CA{0:032x}"
PATH = f"/v1/agents/{AGENT}/conversations/{ID}"
CALLS, IN_FLIGHT = 200, 64


def rows(rounds: int) -> list[Line]:
    """The lines of both rows."""
    made: list[Line] = []
    for turns in (2, 20):
        body = json.dumps(conversation(0, turns)).encode()
        with Canned({PATH: (JSON, body)}) as url:
            made += _sync(url, turns, rounds)
            made += asyncio.run(_async(url, turns, rounds))
    return made


def _sync(url: str, turns: int, rounds: int) -> list[Line]:
    with (
        PolyAI(KEY, region="us", agent_id=AGENT, connect_to=url) as client,
        httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False) as raw,
    ):
        contenders: dict[str, Callable[[], object]] = {
            "polyai-data": lambda: client.conversations.get(ID),
            "httpx": lambda: raw.get(PATH).json(),
        }
        return lines("call", f"get, {turns} turns", in_turns(contenders, rounds, times=CALLS), {"httpx": 1.1})


async def _async(url: str, turns: int, rounds: int) -> list[Line]:
    async with (
        AsyncPolyAI(KEY, region="us", agent_id=AGENT, connect_to=url) as client,
        httpx.AsyncClient(
            base_url=url, headers={"x-api-key": KEY}, trust_env=False, limits=httpx.Limits(max_connections=IN_FLIGHT)
        ) as raw,
    ):

        async def theirs() -> Any:
            return (await raw.get(PATH)).json()

        contenders = {"polyai-data": lambda: client.conversations.get(ID), "httpx": theirs}
        medians = await _in_flight(contenders, rounds)
        return lines("call-async", f"get, {turns} turns, {IN_FLIGHT} in flight", medians, {"httpx": 1.1})


async def _in_flight(contenders: dict[str, Callable[[], Coroutine[Any, Any, Any]]], rounds: int) -> dict[str, float]:
    """The median milliseconds of a call while 64 are in flight."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}

    async def worker(call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        for _ in range(2 * CALLS // IN_FLIGHT):
            await call()

    for number in range(rounds + 1):
        for name, call in list(contenders.items())[:: -1 if number % 2 else 1]:
            begin = time.perf_counter()
            await asyncio.gather(*(worker(call) for _ in range(IN_FLIGHT)))
            if number:
                seconds[name].append((time.perf_counter() - begin) / (2 * CALLS // IN_FLIGHT * IN_FLIGHT))
    return {name: sorted(each)[len(each) // 2] * 1000 for name, each in seconds.items()}
