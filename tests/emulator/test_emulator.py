"""The emulator as a library."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import polyai_data
import polyai_data.emulator as package
from polyai_data.emulator import Emulator
from polyai_data.emulator import operations as handlers
from tests.emulator.support import Caller
from tests.support.document import operations


def test_it_starts_and_stops_more_than_once(http: httpx.Client) -> None:
    emulator = Emulator(conversations=2)
    with pytest.raises(RuntimeError, match="does not run"):
        emulator.url  # noqa: B018
    for _ in range(2):
        with emulator as running:
            assert running is emulator
            assert emulator.url == f"http://127.0.0.1:{emulator.port}"
            name = f"polyai-emulator-{emulator.port}"
            assert name in {thread.name for thread in threading.enumerate()}
            assert Caller(emulator, http)("listConversations").status_code == 200
            with pytest.raises(RuntimeError, match=f"already runs at {emulator.url}"):
                emulator.start()
            url = emulator.url
        assert name not in {thread.name for thread in threading.enumerate()}
        with pytest.raises(httpx.ConnectError):
            http.get(url)
        emulator.stop()


def test_it_stops_while_a_response_is_delayed(http: httpx.Client) -> None:
    def ask(url: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            http.get(url, headers={"X-Emulator-Fault": "delay=300"})

    with Emulator(conversations=1) as emulator:
        asking = threading.Thread(target=ask, args=(emulator.url,))
        asking.start()
        while not emulator.requests:
            asking.join(0.01)
    asking.join(30)
    assert not asking.is_alive()


def test_a_taken_port_is_named(polyai_emulator: Emulator) -> None:
    with pytest.raises(OSError, match=f"port {polyai_emulator.port} .* is taken"):
        Emulator(conversations=1, port=polyai_emulator.port).start()


def test_requests_are_recorded_without_the_values_of_headers(call: Caller) -> None:
    call("listConversations", params={"limit": 3}, headers={"X-Custom": "secret-value"})
    record = call.emulator.requests[-1]
    operation = operations()["listConversations"]
    assert (record.method, record.host, record.status) == ("GET", operation.host("us"), 200)
    assert (record.path, record.query) == (call.path(operation), "limit=3")
    assert record.operation_id == "listConversations"
    assert {"x-custom", "x-api-key", "host"} <= record.header_names
    assert "secret-value" not in repr(record)
    assert call.emulator.keys["us"].value not in repr(record)
    assert call.emulator.requests.maxlen is not None


def test_the_environment_leads_here(call: Caller) -> None:
    env = call.emulator.env()
    assert env["POLYAI_CONNECT_TO"] == call.emulator.url
    assert (env["POLYAI_REGION"], env["ASSEMBLYAI_REGION"]) == ("us", "us")
    account, agent = env["POLYAI_ACCOUNT_ID"], env["POLYAI_AGENT_ID"]
    for operation_id, header, variable in (
        ("listConversations", "x-api-key", "POLYAI_API_KEY"),
        ("searchConversations", "x-api-key", "POLYAI_CONVERSATIONS_API_KEY"),
        ("getRedactedAudio", "Authorization", "ASSEMBLYAI_API_KEY"),
    ):
        headers = {header: env[variable]}
        response = call(operation_id, key=None, headers=headers, agentId=agent, account_id=account, project_id=agent)
        assert response.status_code == 200


@pytest.fixture
def made(polyai_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Arguments of the client that a factory of the emulator makes."""
    for name in ("PolyAI", "AsyncPolyAI", "AssemblyAI", "AsyncAssemblyAI"):
        monkeypatch.setattr(polyai_data, name, lambda _name=name, **arguments: {"class": _name, **arguments})
    return lambda factory, **overrides: getattr(polyai_emulator, factory)(**overrides)


@pytest.mark.parametrize(("factory", "name"), [("client", "PolyAI"), ("async_client", "AsyncPolyAI")])
def test_clients_are_led_here(
    polyai_emulator: Emulator, made: Callable[..., dict[str, Any]], factory: str, name: str
) -> None:
    keys, accounts = polyai_emulator.keys, polyai_emulator.accounts
    assert made(factory) == {
        "class": name,
        "api_key": keys["us-agents"].value,
        "conversations_api_key": keys["us-platform"].value,
        "region": "us",
        "account_id": accounts["us"].id,
        "agent_id": accounts["us"].agents[0].id,
        "connect_to": polyai_emulator.url,
    }
    eu = made(factory, region="euw-1", agent_id="other")
    assert (eu["region"], eu["agent_id"], eu["account_id"]) == ("euw-1", "other", accounts["eu"].id)
    assert eu["api_key"] == keys["eu-agents"].value
    assert "conversations_api_key" not in made(factory, region="studio")
    own = made(factory, api_key="mine", timeout=3)
    assert (own["api_key"], own["timeout"], "conversations_api_key" in own) == ("mine", 3, False)


@pytest.mark.parametrize(("factory", "name"), [("assemblyai", "AssemblyAI"), ("async_assemblyai", "AsyncAssemblyAI")])
def test_assemblyai_clients_are_led_here(
    polyai_emulator: Emulator, made: Callable[..., dict[str, Any]], factory: str, name: str
) -> None:
    key, url = polyai_emulator.keys["assemblyai-eu"].value, polyai_emulator.url
    assert made(factory, region="eu") == {"class": name, "api_key": key, "region": "eu", "connect_to": url}
    assert made(factory)["region"] == "us"
    assert made(factory, api_key="mine")["api_key"] == "mine"


def test_a_bug_is_a_500_and_logged(
    call: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(handlers.HANDLERS, "getConversation", lambda _: {"conversationId": 1})
    response = call("getConversation", faulty=True)
    assert response.status_code == 500
    assert "the emulator has a bug" in response.json()["error_message"]
    assert "getConversation does not document 200" in caplog.text
    assert call("listConversations").status_code == 200


def test_the_public_names_are_there() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018
