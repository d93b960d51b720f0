"""Responses for a scripted server: what each operation gets when all is well."""

from __future__ import annotations

import json
import struct
from typing import Any

from tests.support.scripted_server import response


def wav(sound: bytes = b"\x01\x00" * 80) -> bytes:
    """A WAV file: 8 kHz, 16 bits, one channel."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def json_response(value: Any, *more: str, status: int = 200) -> bytes:
    """A response with a JSON body; `more` are header lines."""
    return response(status, json.dumps(value).encode(), *more)


def audio(*more: str, sound: bytes = wav(), status: int = 200) -> bytes:
    """A response with a recording."""
    return response(status, sound, *more, content_type="audio/wav")


def link_to(url: Any) -> bytes:
    """AssemblyAI's response with a signed link."""
    return json_response({"status": "redacted_audio_ready", "redacted_audio_url": url})


CONVERSATION = {
    "conversationId": "CA1",
    "accountId": "ws-1",
    "projectId": "P-1",
    "turns": [],
    "metrics": {},
    "functionEvents": [],
}
CHAT = {
    "conversationId": "AS_CHAT_1",
    "userInput": "",
    "response": "Hello.",
    "metadata": {},
    "conversationEnded": False,
    "delayedResponse": False,
}
DONE = json_response({"success": True}, status=201)
RESPONSES = {
    "listConversations": json_response({"conversations": [], "count": 0, "limit": 1, "offset": 0}),
    "searchConversations": json_response({"conversations": [], "cursor": None}),
    "getConversation": json_response(CONVERSATION),
    "getConversationRecording": audio(),
    "getConversationRecordingV3": audio(),
    "addAnnotations": DONE,
    "upsertNote": DONE,
    "createDebugChat": json_response(CHAT, status=201),
    "sendDebugChatMessage": json_response(CHAT),
    "getRedactedAudio": link_to("https://files.example/a%20b?Expires=1&Signature=s%2Fx"),
}
