"""The operations and the host of signed links: what each responds before any fault changes the response."""

from __future__ import annotations

from collections.abc import Mapping

from polyai_data.emulator.data.audio import Recording
from polyai_data.emulator.faults.switches import Switches
from polyai_data.emulator.http import ranges
from polyai_data.emulator.http.locate import Kind, Target
from polyai_data.emulator.http.request import Request, checked_body, checked_query
from polyai_data.emulator.http.response import Response, documented
from polyai_data.emulator.operations import auth, chats, conversations, recordings, signed_links, transcripts, writes
from polyai_data.emulator.operations.call import Call, Handler
from polyai_data.emulator.state.state import State

HANDLERS: Mapping[str, Handler] = {
    "listConversations": conversations.list_conversations,
    "searchConversations": conversations.search_conversations,
    "getConversation": conversations.get_conversation,
    "getConversationRecording": recordings.get_recording,
    "getConversationRecordingV3": recordings.get_recording,
    "addAnnotations": writes.add_annotations,
    "upsertNote": writes.upsert_note,
    "createDebugChat": chats.create,
    "sendDebugChatMessage": chats.send,
    "getRedactedAudio": transcripts.get_redacted_audio,
}


def respond(request: Request, target: Target, switches: Switches, state: State) -> Response:
    """The response to a request whose target serves it. Raises a refusal."""
    with_ranges = state.settings.ranges and not switches.has("no-range")
    recording_bytes = switches.recording_bytes or state.settings.recording_bytes
    if target.kind is Kind.SIGNED_LINK:
        return signed_links.respond(state, request, ranges=with_ranges, recording_bytes=recording_bytes)
    operation, server = target.operation, target.server
    if operation is None or server is None:
        raise LookupError(f"no operation serves {request.method} {request.path}")
    key = auth.check_key(request, operation, server.region, state)
    auth.check_agent(operation, target.path, key, state)
    query = checked_query(operation, request, target.path)
    body = checked_body(operation, request)
    call = Call(state, operation, server.region, key, target.path, query, body, request, recording_bytes)
    value = HANDLERS[operation.id](call)
    if isinstance(value, Response):
        return value
    response = documented(operation, operation.success, value)
    # The document describes the whole file only; HTTP allows parts of any file.
    return ranges.file_response(value, request, ranges=with_ranges) if isinstance(value, Recording) else response
