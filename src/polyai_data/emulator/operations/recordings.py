"""Recordings, at both of their paths."""

from __future__ import annotations

from polyai_data.emulator.data import audio
from polyai_data.emulator.http.errors import RECORDING_NOT_FOUND, Refusal
from polyai_data.emulator.operations.call import Call


def get_recording(call: Call) -> audio.Recording:
    """The recording as a WAV file; a key without PII access always gets the redacted one."""
    conversation = call.conversation()
    if not conversation.recorded:
        reason = "is still in progress" if conversation.in_progress else f"took place on {conversation.channel}"
        message = f"the conversation {conversation.id} has no recording: it {reason}"
        raise Refusal(404, RECORDING_NOT_FOUND, message)
    redacted = call.query["redacted"] or not call.key.pii
    return audio.render(conversation.plan, call.query["direction"], redacted=redacted, size=call.recording_bytes)
