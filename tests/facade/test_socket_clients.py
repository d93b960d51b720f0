"""Clients over a socket: what they send, close and share."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

import polyai_data
from polyai_data.emulator import Emulator
from polyai_data.errors import AuthenticationError, NotFoundError, PolyAIError
from tests.facade.calls import Connect, read, recorded
from tests.facade.scripted import RESPONSES, audio, wav
from tests.support.scripted_server import ScriptedServer, cut, response

ROOT = Path(__file__).parents[2]
CONVERSATION = RESPONSES["getConversation"]


def test_a_client_closes_at_the_end_of_its_block_and_may_be_closed_again(connect: Connect) -> None:
    for client in (connect.polyai(), connect.assemblyai()):
        with client:
            pass
        client.close()
        client.close()
    with connect.polyai() as polyai:
        assert list(polyai.conversations.list())
    before = len(connect.sent)
    with pytest.raises(PolyAIError, match="closed"):
        list(polyai.conversations.list())
    assert len(connect.sent) == before


def test_two_clients_share_neither_keys_nor_connections(connect: Connect) -> None:
    first, second, stranger = connect.polyai(), connect.polyai(region="eu"), connect.polyai(api_key="unknown-key")
    for _ in range(2):
        assert {each.account_id for each in first.conversations.list()} == {connect.emulator.accounts["us"].id}
        with pytest.raises(AuthenticationError):
            list(stranger.conversations.list())
        assert {each.account_id for each in second.conversations.list()} == {connect.emulator.accounts["eu"].id}
    first.close()
    assert list(second.conversations.list())


async def test_a_cancelled_task_does_not_harm_its_client(polyai_emulator: Emulator) -> None:
    async with polyai_emulator.async_client() as client:
        for _ in range(5):
            task = asyncio.create_task(client.conversations.get(recorded(polyai_emulator)))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await client.conversations.get(recorded(polyai_emulator))).turns


@pytest.mark.parametrize("after", [response(500), b"HTTP/1.1 200", b"\r\n"])
def test_what_comes_after_a_response_is_not_taken_for_the_next_one(connect: Connect, after: bytes) -> None:
    with ScriptedServer(response(500)) as server:
        for library in (None, connect.http_client(httpx)):
            server.play(RESPONSES["listConversations"] + after, RESPONSES["addAnnotations"])
            client = connect.polyai(connect_to=server.url, http_client=library)
            assert list(client.conversations.list()) == []
            client.conversations.annotate("CA1", turn_id=0, role="user", annotation_type="wrong_info")
            first, second = server.requests
            assert first.connection != second.connection


@pytest.mark.usefixtures("pauses")
def test_one_connection_is_enough_as_every_response_is_closed(connect: Connect, tmp_path: Path) -> None:
    sound = wav(bytes(400_000))
    part = audio('ETag: "two"', "Content-Range: bytes 7-9/10", sound=sound, status=206)
    recording = [cut(audio('ETag: "one"', sound=sound)[:-100]), part, audio(sound=sound)]
    ready, refused = RESPONSES["getRedactedAudio"], response(403, bytes(400_000))
    steps = [response(404, bytes(400_000)), cut(CONVERSATION[:-5]), CONVERSATION, audio(sound=sound), *recording]
    with ScriptedServer(*steps, ready, refused, ready, audio()) as server:
        one = connect.http_client(httpx, limits=httpx.Limits(max_connections=1))
        options: dict[str, Any] = {"connect_to": server.url, "http_client": one, "timeout": 1, "max_retries": 1}
        client = connect.polyai(**options)
        with pytest.raises(NotFoundError):
            client.conversations.get("CA1")
        assert client.conversations.get("CA1").conversation_id == "CA1"
        with client.conversations.recording("CA1"):
            pass
        assert read(client.conversations.recording("CA1")) == sound
        assert connect.assemblyai(**options).redacted_audio.save("T1", tmp_path / "a.wav").read_bytes() == wav()


@pytest.mark.parametrize("kind", ["PolyAI", "AsyncAssemblyAI"])
@pytest.mark.usefixtures("clean_environment")
def test_a_client_that_is_not_closed_is_warned_about_once_with_its_copies(kind: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = getattr(polyai_data, kind)("key", region="us")
        copy = client.with_options(timeout=5)
        del client
        gc.collect()
        assert caught == []
        del copy
        gc.collect()
    assert [each.category for each in caught] == [ResourceWarning]
    assert "was not closed; use it as a context manager, or close it" in str(caught[0].message)


def test_a_client_that_is_closed_or_uses_the_users_connections_is_not_warned_about(connect: Connect) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind = "PolyAI" if connect.flavour == "sync" else "AsyncPolyAI"
        getattr(polyai_data, kind)("key", region="us", http_client=connect.http_client(httpx))
        connect.polyai().close()
        gc.collect()
    assert caught == []


FORK = """
import asyncio, gc, os, sys
import httpx
import polyai_data
from polyai_data.errors import ConfigError
from tests.facade.blocking import Blocking

url, kind = sys.argv[1:]
options = {"connect_to": url, "max_retries": 0, "region": "us", "agent_id": "P-1"}
theirs = httpx.AsyncClient() if kind == "AsyncPolyAI" else httpx.Client()
clients = [getattr(polyai_data, kind)("key", http_client=given, **options) for given in (None, theirs)]

with asyncio.Runner() as runner:
    ours, on_theirs = [Blocking(each, runner) if kind == "AsyncPolyAI" else each for each in clients]
    assert ours.conversations.get("CA1")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with asyncio.Runner() as own:
                ours, on_theirs = [Blocking(each, own) if kind == "AsyncPolyAI" else each for each in clients]
                for _ in range(3):
                    assert ours.conversations.get("CA1")
                    gc.collect()
                ours.close()
                try:
                    on_theirs.conversations.get("CA1")
                except ConfigError as error:
                    code = 0 if error.argument == "http_client" else 2
        finally:
            sys.stderr.flush()
            os._exit(code)
    for _ in range(2):
        assert ours.conversations.get("CA1")
    status = os.waitpid(child, 0)[1]
    assert ours.conversations.get("CA1")
    ours.close()
    assert on_theirs.conversations.get("CA1")
    runner.run(theirs.aclose()) if kind == "AsyncPolyAI" else theirs.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.parametrize("kind", ["PolyAI", "AsyncPolyAI"])
def test_a_forked_process_gets_connections_of_its_own_and_refuses_those_of_the_user(kind: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYAI_")}
    environment["POLYAI_CONFIG"] = str(tmp_path / "none.toml")
    with ScriptedServer(CONVERSATION) as server:
        command = [sys.executable, "-W", "always", "-c", FORK, server.url, kind]
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        connections = [each.connection for each in server.requests]
    assert server.connections == 3
    assert sorted(connections.count(number) for number in (1, 2, 3)) == [1, 3, 4]
