"""The two listings and the detail."""

from __future__ import annotations

from typing import Any

from polyai_data.emulator import search, views
from polyai_data.emulator.model import Conversation
from polyai_data.emulator.operations.call import Call


def list_conversations(call: Call) -> dict[str, Any]:
    """A page of an agent's conversations, newest first."""
    found = call.state.conversations(call.the_agent.id)
    limit, offset = call.query["limit"], call.query["offset"]
    shown = [
        views.summary_v1(conversation, call.state.note(conversation), _audio_url(call, conversation))
        for conversation in found[offset : offset + limit]
    ]
    return {"conversations": shown, "count": len(found), "limit": limit, "offset": offset}


def get_conversation(call: Call) -> dict[str, Any]:
    """A single conversation."""
    conversation = call.conversation()
    return views.detail_v1(conversation, call.the_agent, call.state.note(conversation), _audio_url(call, conversation))


def search_conversations(call: Call) -> dict[str, Any]:
    """A page of a project's conversations, filtered, searched or drawn at random."""
    search.check_rules(call.query)
    agent = call.the_agent
    conversations = call.state.conversations(agent.id)
    # Kept from page to page, as most of the work is in it; what it holds changes only when conversations are added.
    found = call.state.listings.get(
        (agent.id, len(conversations), *search.is_about(call.query)),
        lambda: search.listing(conversations, agent, call.query),
    )
    page = search.page(found, agent, call.query, lambda: call.state.fresh_random("sample"))
    shown = [
        views.summary_v3(conversation, agent, call.state.note(conversation), latency=call.query["include_latency"])
        for conversation in page.conversations
    ]
    answer: dict[str, Any] = {"conversations": shown, "cursor": page.cursor}
    return answer if page.next_offset is None else {**answer, "next_offset": page.next_offset}


def _audio_url(call: Call, conversation: Conversation) -> str:
    recording = call.state.world.polyai.operation("getConversationRecording")
    return recording.url(call.region, agentId=conversation.agent_id, conversationId=conversation.id)
