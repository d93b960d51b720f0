"""Whatever sends, our connections or a client that the user brings: the same results and the same errors of ours."""

from __future__ import annotations

import gzip
import importlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data import Timeout
from polyai_data.errors import (
    APIError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    PolyAIError,
    TimeoutError,  # noqa: A004
    TransportError,
)
from polyai_data.http_library import VARIABLE
from tests.facade.calls import Connect, perform, recorded
from tests.facade.masking import check_own
from tests.facade.scripted import DONE, RESPONSES, audio, json_response, wav
from tests.support.document import operations
from tests.support.scripted_server import ScriptedServer, refused_url, response

Bring = Callable[..., Any]
ours_too = pytest.mark.parametrize("library", [None, "fast", "httpx", "httpx2"], indirect=True)


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library whose clients users bring along; None for our own connections, which are httpx2's with `fast`."""
    if request.param == "fast":
        monkeypatch.setenv(VARIABLE, "httpx2")
        return None
    return request.param and importlib.import_module(request.param)


@pytest.fixture
def bring(connect: Connect, library: Any) -> Bring:
    """Makes HTTP clients of the flavour that the test is about."""
    return lambda **options: library and connect.http_client(library, **options)


@ours_too
@pytest.mark.parametrize("operation_id", ["searchConversations", "getConversationRecording"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [("reset", ConnectionError), ("truncate", ConnectionError), ("delay=3", TimeoutError), ("slow=60", TimeoutError)],
)
def test_a_response_that_breaks_or_takes_too_long_is_an_error_without_a_context(
    connect: Connect, bring: Bring, operation_id: str, fault: str, kind: type[TransportError]
) -> None:
    timeout = Timeout(connect=30, read=0.1 if kind is TimeoutError else 30)  # a slow machine may connect slowly
    options = {"headers": {"X-Emulator-Fault": fault}, "timeout": timeout, "http_client": bring()}
    with pytest.raises(kind, match="within the timeout" if kind is TimeoutError else "the connection broke") as caught:
        perform(connect, operation_id, **options)
    check_own(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert operations()[operation_id].path in str(caught.value)
    assert caught.value.sent


@ours_too
def test_a_refused_connection_was_not_sent(connect: Connect, bring: Bring) -> None:
    with refused_url() as url, pytest.raises(ConnectionError, match="no connection") as caught:
        connect.polyai(connect_to=url, http_client=bring()).conversations.get("CA1")
    check_own(caught.value)
    assert (caught.value.__context__, caught.value.sent) == (None, False)


@pytest.mark.parametrize(("name", "identity"), [("list", "conversationId"), ("search", "id")])
def test_items_that_cannot_be_read_are_counted_and_logged(
    connect: Connect, name: str, identity: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{identity: "CA1"}, {identity: ""}, {"note": "no id"}, None]
    for mode in ("skip", "raw"):
        with ScriptedServer(json_response({"conversations": rows, "count": len(rows), "limit": 50})) as server:
            conversations = connect.polyai(connect_to=server.url).conversations
            paginator = getattr(conversations, name)(on_invalid=mode)
            (page,) = paginator.pages()
        assert paginator.invalid == len(page.invalid) == 3
        assert len(page.items) == (4 if mode == "raw" else 1)
        assert "3 of 4 conversations of a page" in caplog.records[-1].getMessage()
        assert caplog.records[-1].levelno == logging.WARNING
        assert f"the first: {page.invalid[0]}" in caplog.text


# An HTTP client that the user brings: it sends, and everything else stays as it is.


@pytest.mark.parametrize("operation_id", ["searchConversations", "getConversationRecording", "getRedactedAudio"])
def test_an_operation_gives_the_same(connect: Connect, bring: Bring, operation_id: str) -> None:
    expected = perform(connect, operation_id)
    connect.emulator.reset()
    assert perform(connect, operation_id, http_client=bring()) == expected
    assert connect.last.host == operations()[operation_id].host("us")


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


@ours_too
def test_a_packed_response_is_read_and_one_that_ends_early_is_not(connect: Connect, bring: Bring) -> None:
    packed = gzip.compress(RESPONSES["getConversation"].partition(b"\r\n\r\n")[2])
    steps = [response(200, body, "Content-Encoding: gzip") for body in (packed, packed[:-9])]
    with ScriptedServer(*steps) as server:
        client = connect.polyai(connect_to=server.url, http_client=bring(), max_retries=0)
        assert client.conversations.get("CA1").conversation_id == "CA1"
        with pytest.raises(TransportError, match="what the body packs is not whole"):
            client.conversations.get("CA1")


@ours_too
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_not_followed_with_the_key(connect: Connect, bring: Bring, status: int) -> None:
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
