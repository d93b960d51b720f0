"""The two listings and the detail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.http import response
from polyai_data.emulator.operations import payloads, search
from polyai_data.emulator.operations.call import Call


def list_conversations(call: Call) -> Any:
    """A page of an agent's conversations: newest first, as the live API was seen to list them, or oldest first.

    No document says which.
    """
    conversations = call.state.conversations(call.agent.id, oldest_first=not call.live)
    limit, offset = call.query["limit"], call.query["offset"]
    indexes = range(len(conversations))[offset : offset + limit]

    def rows() -> Iterator[dict[str, Any]]:
        for conversation in map(conversations.__getitem__, indexes):
            yield payloads.summary_v1(*_facts(call, conversation), live=call.live)

    rest = {"count": len(conversations), "limit": limit, "offset": offset}
    return response.page("conversations", len(indexes), rows, rest)


def get_conversation(call: Call) -> dict[str, Any]:
    """A single conversation."""
    return payloads.detail_v1(*_facts(call, call.conversation()), call.agent, live=call.live)


def search_conversations(call: Call) -> Any:
    """A page of a project's conversations, filtered, searched or drawn at random."""
    search.check_rules(call.operation, call.query)
    agent, state = call.agent, call.state
    added = state.added(agent.id)
    # A listing serves all of its pages, and changes only when conversations are added.
    conversations = state.listing(
        (agent.id, len(added), call.live, *search.cache_key(call.query)),
        lambda: search.listing(
            state.world, agent, added, call.query, state.stopping.is_set, oldest_first=not call.live
        ),
    )
    indexes, rest = search.page(conversations, agent, call.query, lambda: state.fresh_random("sample"))
    latency = call.query["include_latency"]

    def rows() -> Iterator[dict[str, Any]]:
        for conversation in map(conversations.__getitem__, indexes):
            yield payloads.summary_v3(conversation, agent, state.note(conversation), latency=latency, live=call.live)

    return response.page("conversations", len(indexes), rows, rest)


def _facts(call: Call, conversation: Conversation) -> tuple[Conversation, str, str]:
    """The conversation as the key may read it, its note, and the documented URL of its recording."""
    recording = call.state.world.polyai.operation("getConversationRecording")
    url = recording.url(call.region, agentId=conversation.agent_id, conversationId=conversation.id)
    note = call.state.note(conversation)
    if call.live and not call.key.pii:
        conversation = replace(conversation, summary="")
    return conversation, note, url
