"""Another HTTP library or a client of one's own to send through; forks, forgotten clients, and many users of one."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import polyai_data
from polyai_data import AsyncPolyAI, PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import (
    APIError,
    AuthenticationError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    DecodeError,
    NotFoundError,
    PolyAIError,
    ServerError,
    TimeoutError,  # noqa: A004
)
from tests.facade.calls import OPERATIONS, RECORDINGS, Connect, hosts, perform, recorded
from tests.facade.canned import nobody, wav
from tests.facade.test_socket_options import ANSWERS, FOUND, Scripted, said

Bring = Callable[..., Any]


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(request.param)


@pytest.fixture
def bring(connect: Connect, library: Any) -> Iterator[Bring]:
    """Makes HTTP clients of the flavour that the test is about, as a user does, and closes them in the end."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(getattr(library, "Client" if connect.flavour == "sync" else "AsyncClient")(**options))
        return made[-1]

    yield make
    for each in made:
        if connect.flavour == "sync":
            each.close()
        else:
            connect._runner.run(each.aclose())


def shown(value: Any) -> Any:
    """What is the same when a call is made twice."""
    reply = getattr(value, "reply", value)
    return reply.response if hasattr(reply, "response") else reply


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_operation_gives_the_same(connect: Connect, bring: Bring, operation_id: str) -> None:
    expected = shown(perform(connect, operation_id))
    connect.emulator.reset()
    assert shown(perform(connect, operation_id, http_client=bring())) == expected
    assert connect.last.host == hosts(operation_id)["us"]
    assert connect.last.status in {200, 201}


@pytest.mark.parametrize("operation_id", RECORDINGS)
def test_a_recording_is_saved(connect: Connect, bring: Bring, tmp_path: Path, operation_id: str) -> None:
    client = connect.polyai(http_client=bring())
    legacy = operation_id == RECORDINGS[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        opened = client.conversations.recording(recorded(connect.emulator), legacy=legacy)
    with opened as recording:
        path = recording.save(tmp_path / "call.wav")
        assert path.stat().st_size == recording.size
        assert recording.sample_rate


@pytest.mark.parametrize(
    ("switches", "kind", "timeout"),
    [
        ({"X-Emulator-Fault": "reset"}, ConnectionError, None),
        ({"X-Emulator-Fault": "truncate"}, ConnectionError, None),
        ({"X-Emulator-Fault": "delay=3"}, TimeoutError, 0.1),
        ({"X-Emulator-Fault": "slow=60"}, TimeoutError, 0.1),
        ({"X-Emulator-Fault": "missing"}, DecodeError, None),
        ({"X-Emulator-Fault": "html"}, ServerError, None),
        ({"X-Emulator-Status": "401"}, AuthenticationError, None),
        ({"X-Emulator-Status": "404"}, NotFoundError, None),
    ],
)
def test_every_failure_is_the_same_error_of_ours(
    connect: Connect, bring: Bring, switches: dict[str, str], kind: type[PolyAIError], timeout: float | None
) -> None:
    with pytest.raises(kind) as caught:
        perform(connect, "getConversation", headers=switches, timeout=timeout, http_client=bring())
    for value in (*caught.value.args, *vars(caught.value).values()):
        assert not type(value).__module__.startswith(("httpx", "httpcore", "h11"))


def test_a_refused_connection_and_retries_are_the_same(connect: Connect, bring: Bring) -> None:
    with Scripted(said(503), FOUND) as server:
        client = connect.polyai(connect_to=server.url, max_retries=1, http_client=bring())
        assert client.conversations.get("CA1").conversation_id == "CA1"
        assert len(server.requests) == 2
    with nobody() as dead, pytest.raises(ConnectionError, match="no connection") as caught:
        connect.polyai(connect_to=dead, http_client=bring()).conversations.get("CA1")
    assert caught.value.sent is False


def test_a_client_that_was_brought_is_left_open(connect: Connect, bring: Bring) -> None:
    theirs = bring()
    for _ in range(2):
        with connect.polyai(http_client=theirs) as client:
            assert client.conversations.get(recorded(connect.emulator)).turns
        assert theirs.is_closed is False
        with pytest.raises(PolyAIError, match="the client is closed"):
            client.conversations.get(recorded(connect.emulator))


def test_timeouts_are_ours_and_not_those_of_the_client_that_was_brought(connect: Connect, bring: Bring) -> None:
    client = connect.polyai(http_client=bring(timeout=0.05), headers={"X-Emulator-Fault": "delay=0.3"})
    assert client.conversations.get(recorded(connect.emulator)).turns


OWN = {
    "headers": {"X-Own": "private", "Authorization": "Bearer private", "x-api-key": "private", "Referer": "private"},
    "cookies": {"session": "private"},
    "auth": ("me", "private"),
}


@pytest.mark.parametrize("more", [OWN, {"params": {"token": "private"}}], ids=["headers", "params"])
def test_what_the_client_sends_everywhere_does_not_reach_the_host_of_a_signed_link(
    connect: Connect, bring: Bring, tmp_path: Path, more: dict[str, Any]
) -> None:
    link = (
        b'{"status": "redacted_audio_ready", "redacted_audio_url": "https://f.example/a%20b?Expires=1&Signature=s%2Fx"}'
    )
    with Scripted(said(200, link), said(200, wav(), kind="audio/wav")) as server:
        client = connect.assemblyai(connect_to=server.url, http_client=bring(**more), api_key="the-key")
        assert client.redacted_audio.save("T1", tmp_path / "a.wav").read_bytes() == wav()
        first, second = server.requests
    assert first.headers["authorization"] == "the-key"
    assert "private" not in f"{second.target}{second.headers}"
    assert "the-key" not in f"{second.target}{second.headers}"
    assert "authorization" not in second.headers
    assert (second.headers["host"], second.target) == ("f.example", "/a%20b?Expires=1&Signature=s%2Fx")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_client_that_follows_redirects_does_not_take_the_key_along(
    connect: Connect, bring: Bring, status: int
) -> None:
    with Scripted(FOUND) as elsewhere, Scripted(said(status, b"", f"Location: {elsewhere.url}/")) as server:
        client = connect.polyai(connect_to=server.url, http_client=bring(follow_redirects=True))
        with pytest.raises(APIError) as caught:
            client.conversations.get("CA1")
        assert caught.value.status == status
        assert elsewhere.connections == 0


def test_the_key_is_ours_whatever_the_client_sends_by_itself(connect: Connect, bring: Bring) -> None:
    with Scripted(ANSWERS["upsertNote"]) as server:
        client = connect.polyai(connect_to=server.url, http_client=bring(**OWN), api_key="the-key")
        client.conversations.set_note("CA1", "called back")
        assert server.requests[0].headers["x-api-key"] == "the-key"


FORK = """
import asyncio, gc, os, sys
import httpx
import polyai_data
from polyai_data.errors import ConfigError

url, kind, theirs = sys.argv[1:]
runner = asyncio.Runner()
options = {"connect_to": url, "max_retries": 0, "region": "us", "agent_id": "P-1"}
if theirs == "theirs":
    options["http_client"] = httpx.Client() if kind == "PolyAI" else httpx.AsyncClient()
client = getattr(polyai_data, kind)("key", **options)

def get(runner):
    found = client.conversations.get("CA1")
    if kind != "PolyAI":
        found = runner.run(found)
    assert found.conversation_id == "CA1"

def close(runner):
    client.close() if kind == "PolyAI" else runner.run(client.aclose())

get(runner)
child = os.fork()
if child == 0:
    code = 1
    try:
        own = asyncio.Runner()
        if theirs == "theirs":
            try:
                get(own)
            except ConfigError as error:
                code = 0 if error.argument == "http_client" else 2
        else:
            for _ in range(3):
                get(own)
                gc.collect()
            close(own)
            code = 0
        own.close()
    finally:
        sys.stderr.flush()
        os._exit(code)
for _ in range(2):
    get(runner)
status = os.waitpid(child, 0)[1]
get(runner)
close(runner)
if theirs == "theirs":
    options["http_client"].close() if kind == "PolyAI" else runner.run(options["http_client"].aclose())
runner.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def script(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("POLYAI_", "ASSEMBLYAI_"))}
    environment["POLYAI_CONFIG"] = os.devnull + ".toml"
    command = [sys.executable, "-W", "always", "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("kind", ["PolyAI", "AsyncPolyAI"])
def test_a_forked_process_has_connections_of_its_own(kind: str) -> None:
    with Scripted(FOUND) as server:
        done = script(FORK, server.url, kind, "ours")
        assert (done.returncode, done.stderr) == (0, "")
        by_connection = sorted([each.connection for each in server.requests].count(number) for number in (1, 2))
        assert by_connection == [3, 4]
        assert server.connections == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("kind", ["PolyAI", "AsyncPolyAI"])
def test_a_client_that_was_brought_is_refused_in_a_forked_process(kind: str) -> None:
    with Scripted(FOUND) as server:
        done = script(FORK, server.url, kind, "theirs")
        assert (done.returncode, done.stderr) == (0, "")
        assert {each.connection for each in server.requests} == {1}
        assert len(server.requests) == 4


KINDS = ["PolyAI", "AsyncPolyAI", "AssemblyAI", "AsyncAssemblyAI"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("clean_environment")
def test_a_forgotten_client_is_warned_about_once_with_its_copies(kind: str) -> None:
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("clean_environment")
def test_a_closed_client_is_not_warned_about(kind: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = getattr(polyai_data, kind)("key", region="us")
        for _ in range(3):
            if kind.startswith("Async"):
                asyncio.run(client.aclose())
            else:
                client.close()
        del client
        gc.collect()
    assert caught == []


def test_a_client_that_was_brought_need_not_be_closed_by_ours(connect: Connect, bring: Bring) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind = PolyAI if connect.flavour == "sync" else AsyncPolyAI
        kind("key", region="us", http_client=bring())
        gc.collect()
    assert caught == []


def test_a_client_that_could_not_be_made_leaves_nothing_to_close() -> None:
    code = "from polyai_data import PolyAI, ConfigError\ntry:\n    PolyAI('key')\nexcept ConfigError:\n    pass\n"
    done = script(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_forgotten_client_with_connections_is_told_at_the_end_of_the_program() -> None:
    code = """
import sys
from polyai_data import PolyAI
client = PolyAI("key", region="us", agent_id="P-1", connect_to=sys.argv[1])
client.conversations.get("CA1")
"""
    with Scripted(FOUND) as server:
        done = script(code, server.url)
    assert done.returncode == 0
    assert "ResourceWarning: a client of polyai-data was not closed" in done.stderr


def test_one_client_serves_sixteen_threads_at_once(polyai_emulator: Emulator, library: Any) -> None:
    conversations = [each for each in polyai_emulator.conversations() if each.recorded][:16]
    start = threading.Barrier(16)

    def work(number: int) -> tuple[int, bytes]:
        start.wait(30)
        listed = len(list(client.conversations.list(limit=7 + number)))
        found = client.conversations.get(conversations[number].id)
        with client.conversations.recording(found.conversation_id) as recording:
            return listed, recording.read()

    with (
        library.Client() as theirs,
        polyai_emulator.client(http_client=theirs) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        done = list(pool.map(work, range(16)))
    assert [listed for listed, _ in done] == [40] * 16
    assert len({whole for _, whole in done}) == 16


async def test_one_client_serves_fifty_tasks_at_once(polyai_emulator: Emulator, library: Any) -> None:
    conversations = polyai_emulator.conversations()

    async def work(number: int) -> tuple[int, str]:
        listed = [each async for each in client.conversations.list(limit=7 + number)]
        return len(listed), (await client.conversations.get(conversations[number % 40].id)).conversation_id

    async with library.AsyncClient() as theirs, polyai_emulator.async_client(http_client=theirs) as client:
        done = await asyncio.gather(*(work(number) for number in range(50)))
    assert done == [(40, conversations[number % 40].id) for number in range(50)]
