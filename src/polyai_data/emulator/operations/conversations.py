"""The two listings and the detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.http import response
from polyai_data.emulator.operations import payloads, search
from polyai_data.emulator.operations.call import Call


def list_conversations(call: Call) -> Any:
    """A page of an agent's conversations, newest first."""
    conversations = call.state.conversations(call.agent.id)
    limit, offset = call.query["limit"], call.query["offset"]
    indexes = range(len(conversations))[offset : offset + limit]

    def rows() -> Iterator[dict[str, Any]]:
        for conversation in map(conversations.__getitem__, indexes):
            yield payloads.summary_v1(conversation, call.state.note(conversation), _audio_url(call, conversation))

    rest = {"count": len(conversations), "limit": limit, "offset": offset}
    return response.page("conversations", len(indexes), rows, rest)


def get_conversation(call: Call) -> dict[str, Any]:
    """A single conversation."""
    conversation = call.conversation()
    note = call.state.note(conversation)
    return payloads.detail_v1(conversation, call.agent, note, _audio_url(call, conversation))


def search_conversations(call: Call) -> Any:
    """A page of a project's conversations, filtered, searched or drawn at random."""
    search.check_rules(call.operation, call.query)
    agent, state = call.agent, call.state
    added = state.added(agent.id)
    # A listing serves all of its pages, and changes only when conversations are added.
    conversations = state.listing(
        (agent.id, len(added), *search.cache_key(call.query)),
        lambda: search.listing(state.world, agent, added, call.query, state.stopping.is_set),
    )
    indexes, rest = search.page(conversations, agent, call.query, lambda: state.fresh_random("sample"))
    latency = call.query["include_latency"]

    def rows() -> Iterator[dict[str, Any]]:
        for conversation in map(conversations.__getitem__, indexes):
            yield payloads.summary_v3(conversation, agent, state.note(conversation), latency=latency)

    return response.page("conversations", len(indexes), rows, rest)


def _audio_url(call: Call, conversation: Conversation) -> str:
    recording = call.state.world.polyai.operation("getConversationRecording")
    return recording.url(call.region, agentId=conversation.agent_id, conversationId=conversation.id)
