"""Arguments that cannot work are refused before anything is sent, with the name of the argument."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.errors import ConfigError, PolyAIError
from polyai_data.models import Annotation
from tests.facade.calls import Connect, one_flavour, read

pytestmark = [one_flavour, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
WHOLE: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-12-31T00:00:00Z"}
TURN: dict[str, Any] = {"turn_id": 0, "role": "user", "annotation_type": "wrong_info"}
LONE = "half a letter: \ud83d"


def get(client: PolyAI, item: Any = "CA1", **more: Any) -> Any:
    return client.conversations.get(item, **more)


def listing(client: PolyAI, **more: Any) -> Any:
    return list(client.conversations.list(**more))


def search(client: PolyAI, **more: Any) -> Any:
    return client.conversations.search(**more)


def recording(client: PolyAI, item: Any = "CA1", **more: Any) -> Any:
    return read(client.conversations.recording(item, **more))


def annotate(client: PolyAI, item: Any = "CA1", **more: Any) -> Any:
    return client.conversations.annotate(item, **more)


def note(client: PolyAI, item: Any = "CA1", text: Any = "checked", **more: Any) -> Any:
    return client.conversations.set_note(item, text, **more)


def start(client: PolyAI, **more: Any) -> Any:
    return client.debug_chat.start(**{"client_env": "sandbox", **more})


BAD_IDS = ["", "  ", ".", "..", "a/b", "%2e", "{conversationId}", "a?b", "a#b", "a b", "a\nb", "\ud800", 7]
TAKES_IDS: list[tuple[Callable[..., Any], dict[str, Any], list[str]]] = [
    (listing, {}, ["agent_id"]),
    (search, {}, ["agent_id", "account_id"]),
    (get, {}, ["item", "agent_id"]),
    (recording, {}, ["item", "agent_id"]),
    (recording, {"legacy": True}, ["item", "agent_id", "account_id"]),
    (annotate, TURN, ["item", "agent_id"]),
    (note, {}, ["item", "agent_id"]),
    (start, {}, ["conversation_id", "agent_id"]),
]


@pytest.mark.parametrize(("call", "more", "argument"), [(*case, name) for *case, names in TAKES_IDS for name in names])
def test_an_invalid_id_is_not_sent(
    connect: Connect, polyai: PolyAI, call: Callable[..., Any], more: dict[str, Any], argument: str
) -> None:
    name = "conversation_id" if argument == "item" else argument
    for bad in BAD_IDS:
        with pytest.raises(ConfigError, match=name) as caught:
            call(polyai, **{**more, argument: bad})
        assert caught.value.argument == name
    assert connect.sent == []


@pytest.mark.parametrize("method", ["get", "wait", "save"])
def test_an_invalid_transcript_id_is_not_sent(connect: Connect, tmp_path: Path, method: str) -> None:
    for bad in BAD_IDS:
        more = [tmp_path / "audio.wav"] if method == "save" else []
        with pytest.raises(ConfigError) as caught:
            getattr(connect.assemblyai().redacted_audio, method)(bad, *more)
        assert caught.value.argument == "transcript_id"
    assert connect.sent == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "given", "argument"),
    [
        *((call, more, "agent_id") for call, more, _ in TAKES_IDS if "legacy" not in more and call is not search),
        (search, {"account_id": "ws-1"}, "agent_id"),
        (search, {"agent_id": "P-1"}, "account_id"),
        (recording, {"agent_id": "P-1", "legacy": True}, "account_id"),
    ],
)
def test_an_id_that_neither_the_call_nor_the_client_has_is_missing(
    connect: Connect, call: Callable[..., Any], given: dict[str, Any], argument: str
) -> None:
    client = connect.polyai(agent_id=None, account_id=None)
    with pytest.raises(ConfigError, match=f"missing.*POLYAI_{argument.upper()}") as caught:
        call(client, **given)
    assert caught.value.argument == argument
    assert connect.sent == []


WRONG: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (listing, {"limit": 0}, "limit"),
    (listing, {"offset": -1}, "offset"),
    (search, {"limit": 0}, "limit"),
    (search, {"limit": 1001}, "limit"),
    (search, {"offset": -1}, "offset"),
    (search, {"query": "refund"}, "query_type"),
    (search, {"query_type": "semantic", **WHOLE}, "query"),
    (search, {"query_type": "regex", "query": "refund", **WHOLE}, "query_type"),
    (search, {"query_type": "semantic", "query": "refund"}, "start_time"),
    (search, {"query_type": "semantic", "query": "refund", "turn_type": "user", **WHOLE}, "turn_type"),
    (search, {"query_type": "semantic", "query": "refund", "sample": "random", **WHOLE}, "sample"),
    (search, {"sample": "first", **WHOLE}, "sample"),
    (search, {"turn_type": "other"}, "turn_type"),
    (search, {"client_env": "production"}, "client_env"),
    (search, {"variant_id": "VAR-1", "variant_name": "main"}, "variant_name"),
    (search, {"start_time": "yesterday"}, "start_time"),
    (search, {"end_time": datetime.datetime(2026, 5, 1)}, "end_time"),
    (search, {"start_time": datetime.date(2026, 5, 1)}, "start_time"),
    (search, {"start_time": WHOLE["end_time"], "end_time": WHOLE["start_time"]}, "end_time"),
    *((search, {"in_progress": bad}, "in_progress") for bad in ("yes", 1)),
    (search, {"include_latency": "no"}, "include_latency"),
    *((search, {"channel": bad}, "channel") for bad in (5, ["a", None], [3])),
    *((search, {"variant_id": bad}, "variant_id") for bad in (5, ["V"])),
    (search, {"query": 5, "query_type": "semantic"}, "query"),
    (search, {"cursor": 5}, "cursor"),
    *((recording, {"direction": bad}, "direction") for bad in ("both", "", "USER")),
    *((recording, {"redacted": bad}, "redacted") for bad in ("yes", 0)),
    *((note, {"text": bad}, "note") for bad in (None, 5, b"x")),
    *((start, {"client_env": bad}, "client_env") for bad in (None, 5, "production")),
    (start, {"variant_id": 5}, "variant_id"),
    *((start, {"integration_attributes": bad}, "integration_attributes") for bad in ([1], "x")),
    (annotate, {}, "annotations"),
    (annotate, {"annotations": []}, "annotations"),
    (annotate, {"turn_id": 0, "role": "user"}, "annotations"),
    (annotate, {**TURN, "annotations": [Annotation(**TURN)]}, "annotations"),
    (annotate, {"turn_id": 0, "annotations": [Annotation(**TURN)]}, "annotations"),
    (annotate, {**TURN, "turn_id": -1}, "turn_id"),
    (annotate, {**TURN, "turn_id": True}, "turn_id"),
    (annotate, {**TURN, "role": "caller"}, "role"),
    (annotate, {**TURN, "annotation_type": "rude"}, "annotation_type"),
    (annotate, {"annotations": [Annotation(**TURN), Annotation(**{**TURN, "turn_id": -1})]}, "turn_id"),
    (annotate, {"annotations": [Annotation(**{**TURN, "role": None})]}, "role"),
]


@pytest.mark.parametrize(("call", "given", "argument"), WRONG)
def test_an_argument_that_cannot_work_is_refused_at_the_call(
    connect: Connect, polyai: PolyAI, call: Callable[..., Any], given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ConfigError, match=argument) as caught:
        call(polyai, **given)
    assert caught.value.argument == argument
    assert connect.sent == []


@pytest.mark.parametrize(
    "call",
    [
        lambda client: note(client, text=LONE),
        lambda client: list(search(client, variant_name=LONE)),
        lambda client: list(search(client, cursor=LONE)),
        lambda client: list(search(client, query=LONE, query_type="transcript", **WHOLE)),
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
    assert [each.id for each in search(polyai, channel=[])] == [each.id for each in search(polyai)]
