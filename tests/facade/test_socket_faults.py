"""Whatever a server does to its response, a call ends in a value or in an error of ours."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest

from polyai_data.errors import (
    ConfigError,
    ConnectionError,  # noqa: A004 - ours, which is a builtin one too
    DecodeError,
    DownloadError,
    ServerError,
    TimeoutError,  # noqa: A004
    TransportError,
)
from tests.facade.calls import OPERATIONS, RECORDINGS, Connect, documented, one_flavour, perform
from tests.facade.masking import check_own
from tests.support.scripted_server import ScriptedServer, cut, refused_url

KINDS_OF_OPERATIONS = ["searchConversations", "getConversationRecording", "upsertNote", "getRedactedAudio"]
"""A listing, a recording, a write, and another vendor."""


def faulty(connect: Connect, operation_id: str, fault: str, **overrides: Any) -> Any:
    return perform(connect, operation_id, headers={"X-Emulator-Fault": fault}, **overrides)


@pytest.mark.parametrize("operation_id", KINDS_OF_OPERATIONS)
@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        ("reset", ConnectionError, "the connection broke"),
        ("truncate", ConnectionError, "the connection broke"),
        ("delay=3", TimeoutError, "within the timeout"),
        ("slow=60", TimeoutError, "within the timeout"),
    ],
)
def test_a_response_that_breaks_or_takes_too_long_is_an_error_without_a_context(
    connect: Connect, operation_id: str, fault: str, kind: type[TransportError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        faulty(connect, operation_id, fault, timeout=0.1 if kind is TimeoutError else 30)
    check_own(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert documented()[operation_id]["path"] in str(caught.value)
    assert caught.value.sent


@pytest.mark.parametrize("operation_id", KINDS_OF_OPERATIONS)
def test_a_slow_response_is_a_response(connect: Connect, operation_id: str) -> None:
    clean = perform(connect, operation_id)
    connect.emulator.reset()
    assert faulty(connect, operation_id, "slow=0.05") == clean


@one_flavour
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_page_of_a_gateway_is_an_error_with_its_title(connect: Connect, operation_id: str) -> None:
    with pytest.raises(ServerError, match="502 Bad Gateway") as caught:
        faulty(connect, operation_id, "html")
    assert caught.value.status == 502
    check_own(caught.value)


@one_flavour
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_empty_response_is_an_error(connect: Connect, operation_id: str) -> None:
    recording = operation_id in RECORDINGS
    with pytest.raises(DownloadError if recording else DecodeError, match="empty") as caught:
        faulty(connect, operation_id, "empty")
    if not recording:
        assert vars(caught.value).items() >= {"where": "", "raw": b""}.items()


@pytest.mark.parametrize(
    ("name", "field", "kept"), [("list", "conversationId", "variantId"), ("search", "channel", "variant_id")]
)
def test_an_item_that_cannot_be_read_is_left_out_or_raised_or_given_raw(
    connect: Connect, name: str, field: str, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    listing = getattr(connect.polyai(headers={"X-Emulator-Fault": f"missing={field}"}).conversations, name)
    paginator = listing()
    with caplog.at_level(logging.WARNING, "polyai_data"):
        (page,) = paginator.pages()
    assert f"{len(page.invalid)} of {len(page.items) + len(page.invalid)}" in caplog.text
    assert "could not be read; the first: GET " in caplog.text
    error = page.invalid[0]
    assert paginator.invalid == len(page.invalid)
    assert error.where == f"conversations[0].{field}"
    assert error.raw[kept]
    assert len(list(listing(on_invalid="raw"))) == len(page.items) + len(page.invalid)
    with pytest.raises(DecodeError) as caught:
        list(listing(on_invalid="raise"))
    assert caught.value.where == error.where
    with pytest.raises(ConfigError, match="on_invalid"):
        listing(on_invalid=cast("Any", "ignore"))


def test_a_refused_connection_is_a_connection_error(connect: Connect) -> None:
    with refused_url() as url, pytest.raises(ConnectionError, match="no connection") as caught:
        connect.polyai(connect_to=url).conversations.get("CA1")
    check_own(caught.value)
    assert caught.value.__context__ is None
    assert not caught.value.sent


@pytest.mark.parametrize("bytes_", [b"", b"\x00\xff\n\n", b"HTTP/9.9 what\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"])
def test_other_bytes_than_http_are_a_transport_error(connect: Connect, bytes_: bytes) -> None:
    with ScriptedServer(cut(bytes_)) as server, pytest.raises(TransportError) as caught:
        connect.polyai(connect_to=server.url).conversations.get("CA1")
    check_own(caught.value)
    assert caught.value.__context__ is None
