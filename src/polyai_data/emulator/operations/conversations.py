"""The two listings and the detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.http.response import listed
from polyai_data.emulator.operations import payloads, search
from polyai_data.emulator.operations.call import Call


def list_conversations(call: Call) -> Any:
    """A page of an agent's conversations, newest first."""
    found = call.state.conversations(call.the_agent.id)
    limit, offset = call.query["limit"], call.query["offset"]
    places = range(len(found))[offset : offset + limit]

    def made() -> Iterator[dict[str, Any]]:
        for conversation in map(found.__getitem__, places):
            yield payloads.summary_v1(conversation, call.state.note(conversation), _audio_url(call, conversation))

    rest = {"count": len(found), "limit": limit, "offset": offset}
    return listed("conversations", len(places), made, rest)


def get_conversation(call: Call) -> dict[str, Any]:
    """A single conversation."""
    conversation = call.conversation()
    return payloads.detail_v1(
        conversation, call.the_agent, call.state.note(conversation), _audio_url(call, conversation)
    )


def search_conversations(call: Call) -> Any:
    """A page of a project's conversations, filtered, searched or drawn at random."""
    search.check_rules(call.query)
    agent, state = call.the_agent, call.state
    added = state.added(agent.id)
    # Kept from page to page, as most of the work is in it; what it holds changes only when conversations are added.
    found = state.listings.get(
        (agent.id, len(added), *search.is_about(call.query)),
        lambda: search.listing(state.world, agent, added, call.query, state.stopping.is_set),
    )
    page = search.page(found, agent, call.query, lambda: state.fresh_random("sample"))
    latency = call.query["include_latency"]

    def made() -> Iterator[dict[str, Any]]:
        for place in page.places:
            conversation = found[place]
            yield payloads.summary_v3(conversation, agent, state.note(conversation), latency=latency)

    rest: dict[str, Any] = {"cursor": page.cursor}
    if page.next_offset is not None:
        rest["next_offset"] = page.next_offset
    return listed("conversations", len(page.places), made, rest)


def _audio_url(call: Call, conversation: Conversation) -> str:
    recording = call.state.world.polyai.operation("getConversationRecording")
    return recording.url(call.region, agentId=conversation.agent_id, conversationId=conversation.id)
