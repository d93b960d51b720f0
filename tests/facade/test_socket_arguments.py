"""Arguments that cannot work are refused before anything is sent, with the name of the argument.

What the document forbids is in `test_document_requests`; here is what it does not say.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.errors import ConfigError, PolyAIError
from tests.facade.calls import Connect, one_flavour, read

pytestmark = [one_flavour, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
WHOLE: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-12-31T00:00:00Z"}
TURN: dict[str, Any] = {"turn_id": 0, "role": "user", "annotation_type": "wrong_info"}
LONE = "half a letter: \ud83d"


def recording(client: PolyAI, **more: Any) -> Any:
    return read(client.conversations.recording("CA1", **more))


def start(client: PolyAI, **more: Any) -> Any:
    return client.debug_chat.start(**{"client_env": "sandbox", **more})


@pytest.mark.parametrize("method", ["get", "wait", "save"])
def test_an_invalid_transcript_id_is_not_sent(connect: Connect, tmp_path: Path, method: str) -> None:
    for invalid in ("", "..", "a/b", "\ud800", 7):
        more = [tmp_path / "audio.wav"] if method == "save" else []
        with pytest.raises(ConfigError) as caught:
            getattr(connect.assemblyai().redacted_audio, method)(invalid, *more)
        assert caught.value.argument == "transcript_id"
    assert connect.sent == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("agent_id", lambda client: client.conversations.list()),
        ("agent_id", lambda client: client.conversations.search(account_id="ws-1")),
        ("agent_id", lambda client: client.conversations.get("CA1")),
        ("agent_id", recording),
        ("agent_id", lambda client: client.conversations.annotate("CA1", **TURN)),
        ("agent_id", lambda client: client.conversations.set_note("CA1", "note")),
        ("agent_id", start),
        ("account_id", lambda client: client.conversations.search(agent_id="P-1")),
        ("account_id", lambda client: recording(client, agent_id="P-1", legacy=True)),
    ],
)
def test_an_id_that_neither_the_call_nor_the_client_has_is_missing(
    connect: Connect, argument: str, call: Callable[[PolyAI], Any]
) -> None:
    with pytest.raises(ConfigError, match=f"missing.*POLYAI_{argument.upper()}") as caught:
        call(connect.polyai(agent_id=None, account_id=None))
    assert caught.value.argument == argument
    assert connect.sent == []


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("start_time", "yesterday"),
        ("end_time", datetime.datetime(2026, 5, 1)),
        ("start_time", datetime.date(2026, 5, 1)),
        ("end_time", "2025-12-31T00:00:00Z"),
        ("limit", 1001),
        ("channel", ["a", None]),
        ("include_latency", "no"),
    ],
)
def test_a_search_that_cannot_work_is_refused_at_the_call(
    connect: Connect, polyai: PolyAI, argument: str, value: Any
) -> None:
    with pytest.raises(ConfigError, match=argument) as caught:
        polyai.conversations.search(**{**WHOLE, argument: value})
    assert caught.value.argument == argument
    assert connect.sent == []


@pytest.mark.parametrize(("argument", "value"), [("direction", "both"), ("direction", "USER"), ("redacted", "yes")])
def test_a_recording_that_cannot_be_is_not_requested(
    connect: Connect, polyai: PolyAI, argument: str, value: Any
) -> None:
    with pytest.raises(ConfigError) as caught:
        recording(polyai, **{argument: value})
    assert caught.value.argument == argument
    assert connect.sent == []


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.conversations.set_note("CA1", LONE),
        lambda client: list(client.conversations.search(variant_name=LONE)),
        lambda client: list(client.conversations.search(cursor=LONE)),
        lambda client: list(client.conversations.search(query=LONE, query_type="transcript", **WHOLE)),
        lambda client: start(client, channel=LONE),
        lambda client: start(client, integration_attributes={"at": datetime.datetime.now(datetime.UTC)}),
        lambda client: start(client, integration_attributes={"score": float("nan")}),
        lambda client: start(client).send("hello", metadata={"set": {1}}),
        lambda client: start(client).send(LONE),
    ],
    ids=["note", "filter", "cursor", "query", "channel", "attribute-time", "attribute-nan", "metadata", "message"],
)
def test_a_value_that_json_or_a_url_cannot_hold_is_an_error_of_ours(
    connect: Connect, polyai: PolyAI, call: Callable[[PolyAI], object]
) -> None:
    with pytest.raises(PolyAIError):
        call(polyai)
    assert set(connect.sent) <= {"createDebugChat"}


def test_a_message_of_a_chat_must_be_text(polyai: PolyAI) -> None:
    chat: Any = start(polyai)
    for bad in (None, 5):
        with pytest.raises(ConfigError, match="message must be a string"):
            chat.send(bad)
    with pytest.raises(ConfigError, match="metadata must be a mapping"):
        chat.send("Hello", metadata=[1])


def test_an_empty_list_of_channels_means_every_channel(polyai: PolyAI) -> None:
    assert [each.id for each in polyai.conversations.search(channel=[])] == [
        each.id for each in polyai.conversations.search()
    ]
