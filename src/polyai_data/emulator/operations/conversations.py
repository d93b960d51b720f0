"""The two listings and the detail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.http.response import CHUNK_ROWS, Rows, Written
from polyai_data.emulator.operations import payloads, search
from polyai_data.emulator.operations.call import Call
from polyai_data.emulator.state.listing import Listing

_ROWS = "conversations"


def list_conversations(call: Call) -> Any:
    """A page of an agent's conversations: newest first, as the live API was seen to list them, or oldest first.

    No document says which.
    """
    conversations = call.state.conversations(call.agent.id, oldest_first=not call.live)
    limit, offset = call.query["limit"], call.query["offset"]
    indexes = range(len(conversations))[offset : offset + limit]

    def show(conversation: Conversation) -> dict[str, Any]:
        return payloads.summary_v1(*_facts(call, conversation), live=call.live)

    rest = {"count": len(conversations), "limit": limit, "offset": offset}
    return _page(call, conversations, indexes, show, rest)


def get_conversation(call: Call) -> Written:
    def make() -> Any:
        return call.checked(payloads.detail_v1(*_facts(call, call.conversation()), call.agent, live=call.live))

    return call.written(call.conversation_id, make)


def search_conversations(call: Call) -> Any:
    """A page of a project's conversations, filtered, searched or drawn at random."""
    search.check_rules(call.operation, call.query)
    agent, state = call.agent, call.state
    added = state.added(agent.id)
    # A listing serves all of its pages, and changes only when conversations are added.
    conversations = state.listings.get(
        (agent.id, len(added), call.live, *search.cache_key(call.query)),
        lambda: search.listing(
            state.world, agent, added, call.query, state.stopping.is_set, oldest_first=not call.live
        ),
    )
    indexes, rest = search.page(conversations, agent, call.query, lambda: state.fresh_random("sample"))
    latency = call.query["include_latency"]

    def show(conversation: Conversation) -> dict[str, Any]:
        return payloads.summary_v3(conversation, agent, state.note(conversation), latency=latency, live=call.live)

    return _page(call, conversations, indexes, show, rest)


def _page(
    call: Call,
    conversations: Listing,
    indexes: Sequence[int],
    show: Callable[[Conversation], dict[str, Any]],
    rest: dict[str, Any],
) -> Any:
    """A page with the conversations at `indexes`, as `show` gives them, and the fields after them."""
    rest = call.checked({_ROWS: [], **rest})
    del rest[_ROWS]

    def row(conversation: Conversation) -> Any:
        return call.checked({_ROWS: [show(conversation)], **rest})[_ROWS][0]

    def rows() -> Iterator[Written]:
        for conversation in map(conversations.__getitem__, indexes):
            yield call.written(conversation.id, partial(row, conversation))

    page = Rows(_ROWS, rows, rest)
    return page if len(indexes) > CHUNK_ROWS else Written(b"".join(page.pieces()))


def _facts(call: Call, conversation: Conversation) -> tuple[Conversation, str, str]:
    """The conversation as the key may read it, its note, and the documented URL of its recording."""
    recording = call.state.world.polyai.operation("getConversationRecording")
    url = recording.url(call.region, agentId=conversation.agent_id, conversationId=conversation.id)
    note = call.state.note(conversation)
    if call.live and not call.key.pii:
        conversation = replace(conversation, summary="")
    return conversation, note, url
