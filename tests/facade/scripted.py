"""Responses for a scripted server: what each operation gets when all is well."""

from __future__ import annotations

import json
import struct
from typing import Any

from tests.support.scripted_server import response


def wav(
    sound: bytes = b"\x01\x00" * 80,
    *,
    form: int = 1,
    channels: int = 1,
    rate: int = 8000,
    bits: int = 16,
    size: int | None = None,
) -> bytes:
    """A WAV file; `size` is a false size for its header."""
    width = channels * bits // 8
    chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, channels, rate, rate * width, width, bits)
    body = b"WAVE" + chunk + struct.pack("<4sI", b"data", len(sound) if size is None else size) + sound
    return struct.pack("<4sI", b"RIFF", len(body) if size is None else size) + body


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
