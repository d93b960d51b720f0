"""What cannot work is told before anything is sent, with the argument at fault."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI, models
from polyai_data.errors import ConfigError, PolyAIError
from tests.facade.calls import Connect

BAD_IDS = ["", "  ", ".", "..", "a/b", "%2e", "a%2fb", "{conversationId}", "a?b", "a#b", "a b", "a\nb", "\ud800", 7]
WHOLE: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-12-31T00:00:00Z"}


def recording(client: PolyAI, conversation_id: Any, **options: Any) -> None:
    with client.conversations.recording(conversation_id, **options) as found:
        found.read()


def annotate(client: PolyAI, conversation_id: Any, **options: Any) -> None:
    client.conversations.annotate(conversation_id, turn_id=0, role="user", annotation_type="wrong_info", **options)


TAKERS: dict[str, tuple[str, Callable[[PolyAI, Any], object]]] = {
    "list": ("agent_id", lambda client, bad: client.conversations.list(agent_id=bad)),
    "search-agent": ("agent_id", lambda client, bad: client.conversations.search(agent_id=bad)),
    "search-account": ("account_id", lambda client, bad: client.conversations.search(account_id=bad)),
    "get": ("conversation_id", lambda client, bad: client.conversations.get(bad)),
    "get-agent": ("agent_id", lambda client, bad: client.conversations.get("CA1", agent_id=bad)),
    "recording": ("conversation_id", recording),
    "recording-agent": ("agent_id", lambda client, bad: recording(client, "CA1", agent_id=bad)),
    "legacy": ("conversation_id", lambda client, bad: recording(client, bad, legacy=True)),
    "legacy-agent": ("agent_id", lambda client, bad: recording(client, "CA1", agent_id=bad, legacy=True)),
    "legacy-account": ("account_id", lambda client, bad: recording(client, "CA1", account_id=bad, legacy=True)),
    "annotate": ("conversation_id", annotate),
    "annotate-agent": ("agent_id", lambda client, bad: annotate(client, "CA1", agent_id=bad)),
    "note": ("conversation_id", lambda client, bad: client.conversations.set_note(bad, "note")),
    "note-agent": ("agent_id", lambda client, bad: client.conversations.set_note("CA1", "note", agent_id=bad)),
    "chat": ("conversation_id", lambda client, bad: start(client, conversation_id=bad)),
    "chat-agent": ("agent_id", lambda client, bad: start(client, agent_id=bad)),
}


def start(client: PolyAI, **options: Any) -> None:
    client.debug_chat.start(client_env="sandbox", **options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("taker", list(TAKERS))
@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_is_none_is_not_sent(connect: Connect, polyai: PolyAI, taker: str, bad: Any) -> None:
    argument, take = TAKERS[taker]
    with pytest.raises(ConfigError) as caught:
        take(polyai, bad)
    assert caught.value.argument == argument
    assert argument in str(caught.value)
    assert connect.sent == []


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("method", ["get", "wait", "save"])
def test_a_transcript_id_that_is_none_is_not_sent(connect: Connect, tmp_path: Path, method: str, bad: Any) -> None:
    audios = connect.assemblyai().redacted_audio
    more = [tmp_path / "audio.wav"] if method == "save" else []
    with pytest.raises(ConfigError) as caught:
        getattr(audios, method)(bad, *more)
    assert caught.value.argument == "transcript_id"
    assert connect.sent == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argument", ["agent_id", "account_id"])
@pytest.mark.parametrize("bad", [each for each in BAD_IDS if each != 7])
def test_a_client_takes_no_id_that_is_none(connect: Connect, argument: str, bad: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect.polyai(**{argument: bad})
    assert caught.value.argument == argument


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("agent_id", lambda client: client.conversations.list()),
        ("agent_id", lambda client: client.conversations.search(account_id="ws-1")),
        ("agent_id", lambda client: client.conversations.get("CA1")),
        ("agent_id", lambda client: recording(client, "CA1")),
        ("agent_id", lambda client: annotate(client, "CA1")),
        ("agent_id", lambda client: client.conversations.set_note("CA1", "note")),
        ("agent_id", start),
        ("account_id", lambda client: client.conversations.search(agent_id="PROJECT-1")),
        ("account_id", lambda client: recording(client, "CA1", agent_id="PROJECT-1", legacy=True)),
    ],
)
def test_what_neither_the_call_nor_the_client_names_is_missing(
    connect: Connect, argument: str, call: Callable[[PolyAI], object]
) -> None:
    client = connect.polyai(agent_id=None, account_id=None)
    with pytest.raises(ConfigError, match="missing") as caught:
        call(client)
    assert caught.value.argument == argument
    assert f"POLYAI_{argument.upper()}" in str(caught.value)
    assert connect.sent == []


@pytest.mark.parametrize("region", ["mars", "us-2", "US 1", "api.us.poly.ai"])
@pytest.mark.parametrize("kind", ["PolyAI", "AssemblyAI"])
def test_a_region_that_there_is_not_is_told_with_those_that_there_are(connect: Connect, kind: str, region: str) -> None:
    with pytest.raises(ConfigError, match="us, eu") as caught:
        connect.bare(kind, "key", region=region)
    assert caught.value.argument == "region"


@pytest.mark.parametrize(
    ("kind", "options", "argument", "variable"),
    [
        ("PolyAI", {"region": "us"}, "api_key", "POLYAI_API_KEY"),
        ("PolyAI", {"region": "us", "api_key": "  "}, "api_key", "POLYAI_API_KEY"),
        ("PolyAI", {"api_key": "key"}, "region", "POLYAI_REGION"),
        ("AssemblyAI", {}, "api_key", "ASSEMBLYAI_API_KEY"),
    ],
)
def test_what_a_client_cannot_do_without_is_told_with_its_variable(
    connect: Connect, kind: str, options: dict[str, str], argument: str, variable: str
) -> None:
    with pytest.raises(ConfigError, match=variable) as caught:
        connect.bare(kind, **options)
    assert caught.value.argument == argument


@pytest.mark.parametrize("bad", ["two words", "line\nend", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(connect: Connect, bad: str) -> None:
    for kind, argument in (("PolyAI", "api_key"), ("PolyAI", "conversations_api_key"), ("AssemblyAI", "api_key")):
        with pytest.raises(ConfigError) as caught:
            connect.bare(kind, **{"region": "us", argument: bad})
        assert caught.value.argument == argument
        assert bad not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"offset": -1}, "offset"),
        ({"query": "refund"}, "query_type"),
        ({"query_type": "semantic", **WHOLE}, "query"),
        ({"query_type": "regex", "query": "refund", **WHOLE}, "query_type"),
        ({"query_type": "semantic", "query": "refund"}, "start_time"),
        ({"query_type": "semantic", "query": "refund", "turn_type": "user", **WHOLE}, "turn_type"),
        ({"query_type": "semantic", "query": "refund", "sample": "random", **WHOLE}, "sample"),
        ({"sample": "first", **WHOLE}, "sample"),
        ({"turn_type": "nobody"}, "turn_type"),
        ({"client_env": "production"}, "client_env"),
        ({"variant_id": "VAR-1", "variant_name": "main"}, "variant_name"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"end_time": datetime.datetime(2026, 5, 1)}, "end_time"),
        ({"start_time": datetime.date(2026, 5, 1)}, "start_time"),
        ({"start_time": WHOLE["end_time"], "end_time": WHOLE["start_time"]}, "end_time"),
    ],
)
def test_a_search_that_cannot_work_is_told_at_the_call(
    connect: Connect, polyai: PolyAI, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai.conversations.search(**given)
    assert caught.value.argument == argument
    assert connect.sent == []


@pytest.mark.parametrize(("given", "argument"), [({"limit": 0}, "limit"), ({"offset": -1}, "offset")])
def test_a_list_that_cannot_work_is_told_at_the_call(
    connect: Connect, polyai: PolyAI, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai.conversations.list(**given)
    assert caught.value.argument == argument
    assert connect.sent == []


LONE = "half a letter: \ud83d"


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
        lambda client: client.debug_chat.start(client_env="sandbox").send("hello", metadata={"set": {1}}),
        lambda client: client.debug_chat.start(client_env="sandbox").send(LONE),
    ],
    ids=["note", "filter", "cursor", "query", "channel", "attribute-time", "attribute-nan", "metadata", "message"],
)
def test_what_cannot_be_written_as_json_or_as_a_url_is_an_error_of_ours(
    connect: Connect, polyai: PolyAI, call: Callable[[PolyAI], object]
) -> None:
    with pytest.raises(PolyAIError):
        call(polyai)
    assert set(connect.sent) <= {"createDebugChat"}


@pytest.mark.parametrize("headers", [{"X-Name": "größe"}, {"X-Größe": "1"}, {"X-Name": "a\nb"}, {"X Name": "1"}])
def test_a_header_that_cannot_be_sent_is_an_error_of_ours(connect: Connect, headers: dict[str, str]) -> None:
    with pytest.raises(PolyAIError):
        connect.polyai(headers=headers).conversations.get("CA1")
    assert connect.sent == []


WRONG_KINDS: dict[str, tuple[str, Callable[[PolyAI, Any], object], list[Any]]] = {
    "note": ("note", lambda client, bad: client.conversations.set_note("CA1", bad), [None, 5, b"x"]),
    "in_progress": ("in_progress", lambda client, bad: client.conversations.search(in_progress=bad), ["yes", 1]),
    "latency": ("include_latency", lambda client, bad: client.conversations.search(include_latency=bad), ["no"]),
    "channel": ("channel", lambda client, bad: client.conversations.search(channel=bad), [5, ["a", None], [3]]),
    "variant": ("variant_id", lambda client, bad: client.conversations.search(variant_id=bad), [5, ["V"]]),
    "query": ("query", lambda client, bad: client.conversations.search(query=bad, query_type="semantic"), [5]),
    "cursor": ("cursor", lambda client, bad: client.conversations.search(cursor=bad), [5]),
    "redacted": ("redacted", lambda client, bad: recording(client, "CA1", redacted=bad), ["yes", 0]),
    "environment": ("client_env", lambda client, bad: client.debug_chat.start(client_env=bad), [None, 5, "prod"]),
    "chat-variant": ("variant_id", lambda client, bad: start(client, variant_id=bad), [5]),
    "attributes": ("integration_attributes", lambda client, bad: start(client, integration_attributes=bad), [[1], "x"]),
}


@pytest.mark.parametrize(("wrong", "bad"), [(name, bad) for name, (_, _, bads) in WRONG_KINDS.items() for bad in bads])
def test_an_argument_of_another_kind_is_not_sent(connect: Connect, polyai: PolyAI, wrong: str, bad: Any) -> None:
    argument, call, _ = WRONG_KINDS[wrong]
    before = len(connect.emulator.requests)
    with pytest.raises(ConfigError, match=argument) as caught:
        call(polyai, bad)
    assert caught.value.argument == argument
    assert len(connect.emulator.requests) == before


@pytest.mark.parametrize("role", [None, "caller"])
def test_an_annotation_must_say_all_that_the_document_asks_for(polyai: PolyAI, role: Any) -> None:
    given = models.Annotation(turn_id=0, role=role, annotation_type="wrong_info")
    with pytest.raises(ConfigError, match="role"):
        polyai.conversations.annotate("CA1", annotations=[given])


def test_no_channel_at_all_is_every_channel(polyai: PolyAI) -> None:
    assert [each.id for each in polyai.conversations.search(channel=[])] == [
        each.id for each in polyai.conversations.search()
    ]


def test_a_message_of_a_chat_must_be_text(polyai: PolyAI) -> None:
    chat = polyai.debug_chat.start(client_env="sandbox")
    for bad in (None, 5):
        with pytest.raises(ConfigError, match="message must be a string"):
            chat.send(bad)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="metadata must be a mapping"):
        chat.send("Hello", metadata=[1])  # type: ignore[arg-type]
