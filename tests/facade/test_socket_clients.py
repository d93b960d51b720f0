"""Clients over a socket: where everything is led to, what they close, and that they share nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import AuthenticationError, ConfigError, PolyAIError
from tests.facade.calls import (
    AGENTS_HOSTS,
    ASSEMBLYAI_HOSTS,
    OPERATIONS,
    PLATFORM_HOSTS,
    Connect,
    hosts,
    perform,
    recorded,
    transcript,
)
from tests.facade.canned import Canned, answer, json_answer

DEAD = "http://127.0.0.1:9"
OWN = {"X-Own-Header": "ours", "Cookie": "session=ours"}


@pytest.fixture
def dead_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, DEAD)
        monkeypatch.setenv(name.lower(), DEAD)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.usefixtures("dead_proxies")
def test_no_proxy_comes_between_a_client_and_the_loopback_address(connect: Connect, operation_id: str) -> None:
    perform(connect, operation_id)
    assert connect.last.host == hosts(operation_id)["us"]


@pytest.mark.usefixtures("dead_proxies")
def test_no_proxy_comes_between_a_client_and_a_signed_link(connect: Connect, tmp_path: Path) -> None:
    identifier = transcript(connect.emulator, "ready")
    assert connect.assemblyai().redacted_audio.save(identifier, tmp_path / "audio.wav").stat().st_size > 44


@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "http://127.0.0.1:{}/", "127.0.0.1:{}", "localhost:{}"])
def test_each_way_to_write_the_loopback_address_leads_there(connect: Connect, form: str) -> None:
    client = connect.polyai(connect_to=form.format(connect.emulator.port))
    assert len(list(client.conversations.list())) == 40
    assert connect.last.host == AGENTS_HOSTS["us"]


@pytest.mark.parametrize("address", ["https://127.0.0.1:8765", "http://example.com", "http://0.0.0.0:1", "unix:/x"])
def test_keys_are_not_led_to_another_address(connect: Connect, address: str) -> None:
    for make in (connect.polyai, connect.assemblyai):
        with pytest.raises(ConfigError) as caught:
            make(connect_to=address)
        assert caught.value.argument == "connect_to"


def test_requests_keep_the_headers_of_their_client(connect: Connect) -> None:
    client = connect.polyai(headers=OWN)
    client.conversations.get(recorded(connect.emulator))
    assert {"x-api-key", "x-own-header", "cookie", "accept", "user-agent"} <= connect.last.header_names
    assert "authorization" not in connect.last.header_names
    with Canned([json_answer({})]) as server:
        with pytest.raises(PolyAIError):
            connect.polyai(headers=OWN, connect_to=server.url).conversations.get("CA1")
        request = server.requests[0].decode().casefold()
    assert f"\r\nhost: {AGENTS_HOSTS['us']}\r\n" in request
    assert "\r\nx-own-header: ours\r\n" in request
    assert "\r\nuser-agent: polyai-data/" in request
    assert "\r\naccept: application/json\r\n" in request


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "Accept", "accept"])
def test_headers_of_ones_own_do_not_take_the_place_of_the_key(connect: Connect, name: str) -> None:
    client = connect.polyai(headers={name: "another"})
    assert client.conversations.get(recorded(connect.emulator)).turns
    with Canned([json_answer({})]) as server:
        with pytest.raises(PolyAIError):
            connect.polyai(headers={name: "another"}, connect_to=server.url).conversations.get("CA1")
        assert b"another" not in server.requests[0]


def test_a_client_closes_at_the_end_of_its_block(connect: Connect) -> None:
    with connect.polyai() as client:
        assert list(client.conversations.list())
    before = len(connect.sent)
    with pytest.raises(PolyAIError, match="closed"):
        list(client.conversations.list())
    assert len(connect.sent) == before


def test_closing_twice_is_closing_once(connect: Connect) -> None:
    for client in (connect.polyai(), connect.assemblyai()):
        client.close()
        client.close()
        with client:
            pass


def test_a_client_does_not_show_its_keys(connect: Connect) -> None:
    keys = connect.emulator.keys
    for client, name in ((connect.polyai(), "PolyAI"), (connect.assemblyai(), "AssemblyAI")):
        shown = f"{client!r} {client}"
        assert f"{name}(region='us')" in shown
        assert not any(key.value in shown for key in keys.values())


def test_a_client_is_set_up_by_the_environment_alone(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in connect.emulator.env().items():
        monkeypatch.setenv(name, value)
    client: PolyAI = connect.bare("PolyAI")
    assert len(list(client.conversations.list())) == 40
    assert connect.last.host == AGENTS_HOSTS["us"]
    assert len(list(client.conversations.search())) == 30
    assert connect.last.host == PLATFORM_HOSTS["us"]
    connect.bare("AssemblyAI").redacted_audio.get(transcript(connect.emulator, "ready"))
    assert connect.last.host == ASSEMBLYAI_HOSTS["us"]


def test_an_argument_wins_over_the_environment(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in connect.emulator.env().items():
        monkeypatch.setenv(name, value)
    account = connect.emulator.accounts["eu"]
    client: PolyAI = connect.bare(
        "PolyAI",
        connect.emulator.keys["eu-agents"].value,
        conversations_api_key=connect.emulator.keys["eu-platform"].value,
        region="euw-1",
        agent_id=account.agents[0].id,
        account_id=account.id,
    )
    assert {each.account_id for each in client.conversations.list()} == {account.id}
    assert {each.account_id for each in client.conversations.search()} == {account.id}
    assert connect.last.host == PLATFORM_HOSTS["eu"]


def test_two_clients_share_no_keys(connect: Connect) -> None:
    first, second = connect.polyai(), connect.polyai(region="eu")
    stranger = connect.polyai(api_key="nobody-knows-this-key")
    for _ in range(2):
        assert {each.account_id for each in first.conversations.list()} == {connect.emulator.accounts["us"].id}
        with pytest.raises(AuthenticationError):
            list(stranger.conversations.list())
        assert {each.account_id for each in second.conversations.list()} == {connect.emulator.accounts["eu"].id}
    first.close()
    assert list(second.conversations.list())


def test_one_client_serves_eight_threads_at_once(polyai_emulator: Emulator) -> None:
    conversations = [each for each in polyai_emulator.conversations() if each.recorded][:16]

    def work(number: int) -> tuple[int, list[str], bytes]:
        listed = [each.conversation_id for each in client.conversations.list(limit=7 + number)]
        found = client.conversations.get(conversations[number].id)
        with client.conversations.recording(found.conversation_id) as recording:
            return number, listed, recording.read()

    with polyai_emulator.client() as client, ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(16)))
    expected = [each.id for each in polyai_emulator.conversations()]
    assert all(listed == expected for _, listed, _ in done)
    assert len({content for _, _, content in done}) == 16


async def test_one_client_serves_twenty_tasks_at_once(polyai_emulator: Emulator) -> None:
    conversations = [each for each in polyai_emulator.conversations() if each.recorded][:20]

    async def work(number: int) -> tuple[int, list[str], bytes]:
        listed = [each.conversation_id async for each in client.conversations.list(limit=7 + number)]
        found = await client.conversations.get(conversations[number].id)
        async with client.conversations.recording(found.conversation_id) as recording:
            return number, listed, await recording.read()

    async with polyai_emulator.async_client() as client:
        done = await asyncio.gather(*(work(number) for number in range(20)))
    expected = [each.id for each in polyai_emulator.conversations()]
    assert [number for number, _, _ in done] == list(range(20))
    assert all(listed == expected for _, listed, _ in done)
    assert len({content for _, _, content in done}) == 20


async def test_a_task_that_is_cancelled_does_not_harm_its_client(polyai_emulator: Emulator) -> None:
    async with polyai_emulator.async_client() as client:
        for _ in range(5):
            task = asyncio.create_task(client.conversations.get(recorded(polyai_emulator)))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await client.conversations.get(recorded(polyai_emulator))).turns


@pytest.mark.parametrize("status", ["301 Moved Permanently", "307 Temporary Redirect"])
def test_a_redirect_is_not_followed_with_the_key(connect: Connect, status: str) -> None:
    moved = answer(status, more="Location: https://elsewhere.example/\r\n", kind="text/plain")
    with Canned([moved, moved]) as server:
        client: Any = connect.polyai(connect_to=server.url)
        with pytest.raises(PolyAIError):
            client.conversations.get("CA1")
        assert len(server.requests) == 1
