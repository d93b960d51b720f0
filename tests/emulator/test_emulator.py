"""The emulator as a library."""

from __future__ import annotations

import contextlib
import threading

import httpx
import pytest

import polyai_data.emulator as package
from polyai_data.emulator import Emulator
from polyai_data.emulator import operations as handlers
from polyai_data.emulator.uvicorn_server import Server
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


@pytest.mark.parametrize(("region", "account"), [("us", "us"), ("euw-1", "eu"), ("studio", "studio")])
def test_clients_are_led_here(polyai_emulator: Emulator, region: str, account: str) -> None:
    with polyai_emulator.client(region=region) as polyai:
        assert {each.account_id for each in polyai.conversations.list()} == {polyai_emulator.accounts[account].id}


def test_a_bug_is_a_500_and_logged(
    call: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(handlers.HANDLERS, "getConversation", lambda _: {"conversationId": 1})
    response = call("getConversation", faulty=True)
    assert response.status_code == 500
    assert "the emulator has a bug" in response.json()["error_message"]
    assert "getConversation does not document 200" in caplog.text
    assert call("listConversations").status_code == 200


def test_idle_connections_are_left_to_clients_to_close() -> None:
    # httpx does after 5 s. If both did, some requests would meet a connection that is being closed.
    assert Server(Emulator()._app).config.timeout_keep_alive > 60


def test_the_public_names_are_there() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018
