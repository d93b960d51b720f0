"""The public surface as a user calls it, for type checkers to read."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, assert_type

from polyai_data import (
    AsyncAssemblyAI,
    AsyncConversations,
    AsyncDebugChat,
    AsyncDebugChats,
    AsyncPaginator,
    AsyncPolyAI,
    AsyncRecording,
    AsyncRedactedAudios,
    ConfigError,
    Page,
    PolyAIError,
    Timeout,
    errors,
    models,
    profiles,
)

MOMENT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


async def clients() -> None:
    async with AsyncPolyAI() as empty:
        assert_type(empty, AsyncPolyAI)
        assert_type(empty.conversations, AsyncConversations)
        assert_type(empty.debug_chat, AsyncDebugChats)
    client = AsyncPolyAI(
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
    assert_type(client.with_options(timeout=5, max_retries=0, deadline=1.5, strict=False), AsyncPolyAI)
    assert_type(client.region, str | None)
    assert_type(AsyncPolyAI.from_url("https://studio.example/a/b", "key", region="us", timeout=1), AsyncPolyAI)
    assert_type(AsyncPolyAI(base_url="https://gateway.example").region, str | None)
    await client.aclose()
    async with AsyncAssemblyAI("key", region="eu", timeout=1) as other:
        assert_type(other, AsyncAssemblyAI)
        assert_type(other.redacted_audio, AsyncRedactedAudios)
        assert_type(other.with_options(deadline=1), AsyncAssemblyAI)


async def listings(client: AsyncPolyAI) -> None:
    listing = client.conversations.list(agent_id="P-1", limit=10, offset=0)
    assert_type(listing, AsyncPaginator[models.ConversationSummary])
    async for conversation in listing:
        assert_type(conversation, models.ConversationSummary)
        assert_type(conversation.conversation_id, str)
        assert_type(conversation.started_at, datetime.datetime | None)
        assert_type(conversation.short_summary, models.ShortSummary | str | None)
        assert_type(conversation.unread, tuple[models.Unread, ...])
    assert_type(listing.rows(), AsyncIterator[dict[str, Any]])
    assert_type(listing.lines(), AsyncIterator[bytes])
    assert_type(listing.pages(), AsyncIterator[Page[models.ConversationSummary]])
    async for page in listing.pages():
        assert_type(page.items, list[models.ConversationSummary])
        assert_type(page.total, int | None)
        assert_type(page.invalid, list[errors.DecodeError])
    assert_type(listing.invalid, int)
    assert_type(client.conversations.list(on_invalid="raise"), AsyncPaginator[models.ConversationSummary])
    assert_type(client.conversations.list(on_invalid="raw"), AsyncPaginator[models.ConversationSummary | Any])


async def searches(client: AsyncPolyAI) -> None:
    matches = client.conversations.search(
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
    assert_type(matches, AsyncPaginator[models.ConversationSummaryV3])
    async for each in matches:
        assert_type(each.id, str)
        assert_type(each.turns, list[models.ConversationTurn] | None)
    raw = client.conversations.search(sample="random", on_invalid="raw")
    assert_type(raw, AsyncPaginator[models.ConversationSummaryV3 | Any])


async def conversations(client: AsyncPolyAI) -> None:
    conversation = await client.conversations.get("CA1", agent_id="P-1")
    assert_type(conversation, models.ConversationDetailResponse)
    await client.conversations.annotate("CA1", turn_id=0, role="user", annotation_type="wrong_info")
    await client.conversations.annotate(
        "CA1", annotations=[models.Annotation(turn_id=0, role="agent", annotation_type="missing_topic")], agent_id="P-1"
    )
    await client.conversations.annotate(
        "CA1", annotations=(models.Annotation(turn_id=0, role="agent", annotation_type="wrong_info") for _ in "1")
    )
    await client.conversations.set_note("CA1", "text", agent_id="P-1")


async def recordings(client: AsyncPolyAI) -> None:
    opened = client.conversations.recording("CA1", direction="combined", redacted=True, legacy=False)
    assert_type(opened, AsyncRecording)
    assert_type(await opened.save("call.wav"), Path)
    async with opened as recording:
        assert_type(recording, AsyncRecording)
        assert_type(recording.size, int | None)
        assert_type(recording.duration, float | None)
        assert_type(await recording.save("call.wav", progress=print), Path)
        assert_type(await recording.read(), bytes)
        assert_type(recording.iter_bytes(), AsyncIterator[bytes])


async def chats(client: AsyncPolyAI) -> None:
    chat = await client.debug_chat.start(client_env="sandbox", integration_attributes={"a": 1})
    assert_type(chat, AsyncDebugChat)
    assert_type(chat.id, str)
    assert_type(chat.ended, bool)
    reply = await chat.send("hello", metadata={"b": [1]}, asr_lang_code="en-GB")
    assert_type(reply, models.DebugChatResponse)
    assert_type(reply.response, str | None)


async def redacted_audio(client: AsyncAssemblyAI) -> None:
    audio = await client.redacted_audio.get("T1")
    assert_type(audio, models.RedactedAudio)
    assert_type(await client.redacted_audio.wait("T1", timeout=5), models.RedactedAudio)
    assert_type(await client.redacted_audio.save("T1", Path("a.wav"), progress=None), Path)


async def failures(client: AsyncPolyAI) -> None:
    try:
        await client.conversations.get("CA1")
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
