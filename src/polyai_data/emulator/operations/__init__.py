"""What the operations do, by operation id. A handler gives the body of the successful answer, or raises a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from polyai_data.emulator.operations import chats, conversations, recordings, transcripts, writes
from polyai_data.emulator.operations.call import Call, Handler

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

__all__ = ["HANDLERS", "Call", "Handler"]
