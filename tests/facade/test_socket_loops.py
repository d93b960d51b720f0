"""Asynchronous clients and event loops: any of asyncio's, one after the other or at once, and no other library's."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from polyai_data import AsyncPolyAI, errors
from tests.facade.scripted import RESPONSES
from tests.support.scripted_server import ScriptedServer, cut

CONVERSATION = RESPONSES["getConversation"]
pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(CONVERSATION) as playing:
        yield playing


def client_of(server: ScriptedServer, **options: Any) -> AsyncPolyAI:
    return AsyncPolyAI("k", region="us", agent_id="P-1", connect_to=server.url, max_retries=0, **options)


def test_one_client_works_in_one_loop_after_another(server: ScriptedServer) -> None:
    client = client_of(server)
    for _ in range(3):
        assert asyncio.run(client.conversations.get("CA1")).conversation_id == "CA1"
    assert len(client._session.http._clients) == 1
    asyncio.run(client.aclose())
    gc.collect()
    with pytest.raises(errors.ConfigError, match="the client is closed"):
        asyncio.run(client.conversations.get("CA1"))


def test_one_client_works_in_two_loops_at_once(server: ScriptedServer) -> None:
    client, results = client_of(server), list[object]()
    both = threading.Barrier(2)

    async def calls() -> None:
        for _ in range(5):
            await asyncio.to_thread(both.wait, 10)
            results.append((await client.conversations.get("CA1")).conversation_id)

    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert results == ["CA1"] * 10
    assert server.connections == 2
    asyncio.run(client.aclose())


def test_a_client_of_the_users_that_cannot_be_used_is_a_config_error(server: ScriptedServer) -> None:
    theirs = httpx.AsyncClient()
    client = client_of(server, http_client=theirs)
    asyncio.run(theirs.aclose())
    with pytest.raises(errors.ConfigError, match="http_client cannot be used") as caught:
        asyncio.run(client.conversations.get("CA1"))
    assert caught.value.argument == "http_client"


@pytest.mark.parametrize("listing", [False, True])
def test_another_library_than_asyncio_is_refused_at_once(listing: bool) -> None:
    with ScriptedServer(cut(b"")) as server:
        client = client_of(server)
        request: Any = anext(aiter(client.conversations.list())) if listing else client.conversations.get("CA1")
        # As trio does it: the coroutine is driven, and no loop of asyncio's runs.
        with pytest.raises(errors.ConfigError, match="need asyncio; under trio, use the synchronous ones in a thread"):
            request.send(None)
        assert server.connections == 0
        asyncio.run(client.aclose())
