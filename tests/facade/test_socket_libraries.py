"""An HTTP client that the user brings, of either library: it sends, and everything else stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data.errors import (
    APIError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    PolyAIError,
    TimeoutError,  # noqa: A004
)
from tests.facade.calls import Connect, hosts, perform, recorded
from tests.facade.masking import check_own
from tests.facade.scripted import DONE, RESPONSES, audio, wav
from tests.support.scripted_server import ScriptedServer, refused_url, response

Bring = Callable[..., Any]


@pytest.fixture
def bring(connect: Connect, library: Any) -> Bring:
    """Makes HTTP clients of the flavour that the test is about."""
    return lambda **options: connect.http_client(library, **options)


# A query, a path, bytes, JSON, and another vendor.
KINDS_OF_OPERATIONS = ["searchConversations", "getConversation", "getConversationRecording", "upsertNote",
                       "getRedactedAudio"]  # fmt: skip


@pytest.mark.parametrize("operation_id", KINDS_OF_OPERATIONS)
def test_an_operation_gives_the_same(connect: Connect, bring: Bring, operation_id: str) -> None:
    expected = perform(connect, operation_id)
    connect.emulator.reset()
    assert perform(connect, operation_id, http_client=bring()) == expected
    assert connect.last.host == hosts(operation_id)["us"]
    assert connect.last.status in {200, 201}


@pytest.mark.parametrize(
    ("fault", "kind", "timeout"),
    [
        ("reset", ConnectionError, None),
        ("truncate", ConnectionError, None),
        ("delay=3", TimeoutError, 0.05),
        ("slow=60", TimeoutError, 0.05),
    ],
)
def test_a_failure_is_the_same_error_of_ours(
    connect: Connect, bring: Bring, fault: str, kind: type[PolyAIError], timeout: float | None
) -> None:
    with pytest.raises(kind) as caught:
        perform(
            connect,
            "getConversation",
            headers={"X-Emulator-Fault": fault},
            timeout=timeout,
            http_client=bring(timeout=30),
        )
    check_own(caught.value)


def test_a_refused_connection_was_not_sent(connect: Connect, bring: Bring) -> None:
    with refused_url() as url, pytest.raises(ConnectionError, match="no connection") as caught:
        connect.polyai(connect_to=url, http_client=bring()).conversations.get("CA1")
    assert caught.value.sent is False


def test_the_users_client_stays_open(connect: Connect, bring: Bring) -> None:
    theirs = bring()
    for _ in range(2):
        with connect.polyai(http_client=theirs) as client:
            assert client.conversations.get(recorded(connect.emulator)).turns
        assert theirs.is_closed is False
        with pytest.raises(PolyAIError, match="the client is closed"):
            client.conversations.get(recorded(connect.emulator))


def test_our_timeouts_apply_instead_of_the_users(connect: Connect, bring: Bring) -> None:
    client = connect.polyai(http_client=bring(timeout=0.02), headers={"X-Emulator-Fault": "delay=0.1"})
    assert client.conversations.get(recorded(connect.emulator)).turns


OWN = {
    "headers": {"X-Own": "private", "Authorization": "Bearer private", "x-api-key": "private", "Referer": "private"},
    "cookies": {"session": "private"},
    "auth": ("me", "private"),
}


@pytest.mark.parametrize("more", [OWN, {"params": {"token": "private"}}], ids=["headers", "params"])
def test_what_the_users_client_always_sends_does_not_reach_the_host_of_a_signed_link(
    connect: Connect, bring: Bring, tmp_path: Path, more: dict[str, Any]
) -> None:
    with ScriptedServer(RESPONSES["getRedactedAudio"], audio()) as server:
        client = connect.assemblyai(connect_to=server.url, http_client=bring(**more), api_key="the-key")
        assert client.redacted_audio.save("T1", tmp_path / "a.wav").read_bytes() == wav()
        first, second = server.requests
    assert first.headers["authorization"] == "the-key"
    assert "private" not in f"{second.target}{second.headers}"
    assert "the-key" not in f"{second.target}{second.headers}"
    assert "authorization" not in second.headers
    assert (second.headers["host"], second.target) == ("files.example", "/a%20b?Expires=1&Signature=s%2Fx")


@pytest.mark.parametrize("status", [302, 307])
def test_a_client_that_follows_redirects_does_not_take_the_key_along(
    connect: Connect, bring: Bring, status: int
) -> None:
    with ScriptedServer(DONE) as other, ScriptedServer(response(status, b"", f"Location: {other.url}/")) as server:
        client = connect.polyai(connect_to=server.url, http_client=bring(follow_redirects=True))
        with pytest.raises(APIError) as caught:
            client.conversations.get("CA1")
        assert caught.value.status == status
        assert other.connections == 0


def test_our_key_is_sent_whatever_the_users_client_sends(connect: Connect, bring: Bring) -> None:
    with ScriptedServer(DONE) as server:
        client = connect.polyai(connect_to=server.url, http_client=bring(**OWN), api_key="the-key")
        client.conversations.set_note("CA1", "called back")
        assert server.requests[0].headers["x-api-key"] == "the-key"
