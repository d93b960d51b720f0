"""The public surface as a user calls it, synchronously. Type checkers read this; nobody runs it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, assert_type

from polyai_data import (
    AssemblyAI,
    ConfigError,
    DebugChat,
    Page,
    Paginator,
    PolyAI,
    PolyAIError,
    Recording,
    Timeout,
    errors,
    models,
    profiles,
)

MOMENT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def clients() -> None:
    with PolyAI() as empty:
        assert_type(empty, PolyAI)
    client = PolyAI(
        "key",
        conversations_api_key=None,
        region="us",
        agent_id="P-1",
        account_id="ws-1",
        profile="work",
        connect_to=None,
        timeout=Timeout(connect=1, read=2.5),
        max_retries=3,
        deadline=60,
        headers={"X-Own": "1"},
        http_client=None,
        strict=True,
    )
    assert_type(client.with_options(timeout=5, max_retries=0, deadline=1.5, strict=False), PolyAI)
    assert_type(client.region, str | None)
    assert_type(PolyAI.from_url("https://studio.example/a/b", "key", region="us", timeout=1), PolyAI)
    assert_type(PolyAI(base_url="https://gateway.example").region, str | None)
    client.close()
    with AssemblyAI("key", region="eu", timeout=1) as other:
        assert_type(other, AssemblyAI)
        assert_type(other.with_options(deadline=1), AssemblyAI)


def listings(client: PolyAI) -> None:
    listing = client.conversations.list(agent_id="P-1", limit=10, offset=0)
    assert_type(listing, Paginator[models.ConversationSummary])
    for conversation in listing:
        assert_type(conversation, models.ConversationSummary)
        assert_type(conversation.conversation_id, str)
        assert_type(conversation.started_at, datetime.datetime | None)
        assert_type(conversation.short_summary, str | None)
    assert_type(listing.pages(), Iterator[Page[models.ConversationSummary]])
    for page in listing.pages():
        assert_type(page.items, list[models.ConversationSummary])
        assert_type(page.total, int | None)
        assert_type(page.invalid, list[errors.DecodeError])
    assert_type(listing.invalid, int)
    assert_type(client.conversations.list(on_invalid="raise"), Paginator[models.ConversationSummary])
    assert_type(client.conversations.list(on_invalid="raw"), Paginator[models.ConversationSummary | Any])


def searches(client: PolyAI) -> None:
    found = client.conversations.search(
        account_id="ws-1",
        agent_id="P-1",
        start_time=MOMENT,
        end_time="2026-06-08T00:00:00Z",
        query="refund",
        query_type="transcript",
        turn_type="user",
        client_env="pre-release",
        channel=["VOICE-SIP"],
        variant_id="v",
        in_progress=False,
        include_latency=True,
        limit=100,
        cursor="c",
    )
    assert_type(found, Paginator[models.ConversationSummaryV3])
    for each in found:
        assert_type(each.id, str)
        assert_type(each.turns, list[models.ConversationTurn] | None)
    raw = client.conversations.search(sample="random", on_invalid="raw")
    assert_type(raw, Paginator[models.ConversationSummaryV3 | Any])


def conversations(client: PolyAI) -> None:
    found = client.conversations.get("CA1", agent_id="P-1")
    assert_type(found, models.ConversationDetailResponse)
    client.conversations.annotate("CA1", turn_id=0, role="user", annotation_type="wrong_info")
    client.conversations.annotate(
        "CA1", annotations=[models.Annotation(turn_id=0, role="agent", annotation_type="missing_topic")], agent_id="P-1"
    )
    client.conversations.set_note("CA1", "text", agent_id="P-1")


def recordings(client: PolyAI) -> None:
    opened = client.conversations.recording("CA1", direction="combined", redacted=True, legacy=False)
    assert_type(opened, AbstractContextManager[Recording])
    with opened as recording:
        assert_type(recording, Recording)
        assert_type(recording.size, int | None)
        assert_type(recording.duration, float | None)
        assert_type(recording.save("call.wav", progress=print), Path)
        assert_type(recording.read(), bytes)
        assert_type(recording.iter_bytes(), Iterator[bytes])


def chats(client: PolyAI) -> None:
    chat = client.debug_chat.start(client_env="sandbox", integration_attributes={"a": 1})
    assert_type(chat, DebugChat)
    assert_type(chat.id, str)
    assert_type(chat.ended, bool)
    reply = chat.send("hello", metadata={"b": [1]}, asr_lang_code="en-GB")
    assert_type(reply, models.DebugChatResponse)
    assert_type(reply.response, str)


def redacted_audio(client: AssemblyAI) -> None:
    found = client.redacted_audio.get("T1")
    assert_type(found, models.RedactedAudio)
    assert_type(client.redacted_audio.wait("T1", timeout=5), models.RedactedAudio)
    assert_type(client.redacted_audio.save("T1", Path("a.wav"), progress=None), Path)


def failures(client: PolyAI) -> None:
    try:
        client.conversations.get("CA1")
    except errors.RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.status, int)
        assert_type(error.correlation_id, str | None)
    except (ConfigError, errors.TransportError) as error:
        raise SystemExit(str(error)) from error
    except PolyAIError as error:
        assert_type(error, PolyAIError)


def kept() -> None:
    loaded = profiles.load(profiles.path())
    assert_type(loaded, profiles.Profiles)
    assert_type(loaded.get(None), profiles.Profile)
    assert_type(loaded.get("work").agent_id("sales"), str | None)
    profiles.save(profiles.Profiles({"work": profiles.Profile(api_key="key")}, "work"), Path("config.toml"))
