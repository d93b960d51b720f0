"""Responses for a scripted server: what each operation gets when all is well."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.document import JSON, example, operations
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


@contextmanager
def disk_for(size: int) -> Iterator[None]:
    """A disk that takes only so many bytes of a file."""
    import resource  # noqa: PLC0415 - Windows has none

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def link_to(url: Any) -> bytes:
    """AssemblyAI's response with a signed link."""
    return json_response({"status": "redacted_audio_ready", "redacted_audio_url": url})


def example_response(operation_id: str, **changes: Any) -> bytes:
    """The documented success of an operation with an example body, but for what `changes` replaces in it."""
    operation = operations()[operation_id]
    if operation.media_type != JSON:
        return audio(status=operation.success)
    return json_response({**example(operation, operation.response), **changes}, status=operation.success)


HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
SHORT_ERROR = b'{"error_message": "Ada is not here"}'
LONG_ERROR = (
    b'{"success": false, "error": "NotFound", "error_id": "2f9c", "error_code": "CONVERSATIONS_NOT_FOUND", '
    b'"error_message": "Ada is not here", "data": null}'
)
DONE = example_response("upsertNote")
RESPONSES = {name: example_response(name) for name in operations()} | {
    "listConversations": json_response({"conversations": []}),
    "searchConversations": json_response({"conversations": []}),
    "getConversation": example_response("getConversation", conversationId="CA1"),
    "createDebugChat": example_response("createDebugChat", conversationId="AS_CHAT_1"),
    "sendDebugChatMessage": example_response("sendDebugChatMessage", conversationId="AS_CHAT_1"),
    "getRedactedAudio": link_to("https://files.example/a%20b?Expires=1&Signature=s%2Fx"),
}
