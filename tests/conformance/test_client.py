"""The client of the conformance tests, over a real socket."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from polyai_data.conformance import client
from polyai_data.conformance.exchange import Request
from polyai_data.hosts import loopback
from polyai_data.options import Secret
from tests.support.scripted_server import ScriptedServer, reset, response

REQUEST = Request("GET", "https://host.example/a?Signature=crumb", {"accept": "*/*"}, None, "x-api-key", "KEY")


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client makes; the clock stands still."""
    pauses: list[float] = []
    clock = SimpleNamespace(sleep=lambda seconds: pauses.append(round(seconds, 3)), monotonic=lambda: 100.0)
    monkeypatch.setattr(client, "time", clock)
    return pauses


def test_a_request_goes_to_the_loopback_address_with_its_true_host_and_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with ScriptedServer(response(201, b"{}", "X-Some: Thing")) as server, client.HTTP(loopback(server.url)) as http:
        seen = http.send(REQUEST, Secret("the-key"))

    (received,) = server.requests
    assert (received.target, received.headers["host"]) == ("/a?Signature=crumb", "host.example")
    assert received.headers["x-api-key"] == "the-key"
    assert (seen.status, seen.headers["x-some"], seen.body) == (201, "Thing", b"{}")
    assert "crumb" not in caplog.text


def test_a_rate_spreads_requests(sleeps: list[float]) -> None:
    with ScriptedServer(response(200)) as server, client.HTTP(loopback(server.url), rate=5.0) as http:
        for _ in range(3):
            http.send(REQUEST, None)

    assert sleeps == [0.0, 0.2, 0.4]


@pytest.mark.parametrize(
    ("rate", "header", "statuses", "pauses"),
    [(5.0, ["Retry-After: 7"], 200, [7.0]), (5.0, [], 200, [2.0]), (5.0, ["Retry-After: 900"], 200, [30.0]),
     (None, ["Retry-After: 7"], 429, [])],
)  # fmt: skip
def test_too_many_requests_are_waited_for_once_where_there_is_a_rate(
    rate: float | None, header: list[str], statuses: int, pauses: list[float], sleeps: list[float]
) -> None:
    steps = (response(429, b"", *header), response(200))
    with ScriptedServer(*steps) as server, client.HTTP(loopback(server.url), rate) as http:
        assert http.send(REQUEST, None).status == statuses

    assert [each for each in sleeps if each >= 1] == pauses


def test_an_error_holds_neither_the_url_nor_the_key() -> None:
    with (
        ScriptedServer(reset) as server,
        client.HTTP(loopback(server.url)) as http,
        pytest.raises(client.SendError) as caught,
    ):
        http.send(REQUEST, Secret("the-key"))

    assert str(caught.value) == "no complete response came (ReadError)"
    assert caught.value.__context__ is None
