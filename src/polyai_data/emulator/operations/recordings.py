"""Recordings, at both of their places."""

from __future__ import annotations

from polyai_data.emulator.data import audio
from polyai_data.emulator.http.response import RECORDING_NOT_FOUND, Refusal
from polyai_data.emulator.operations.call import Call


def get_recording(call: Call) -> audio.Recording:
    """The recording as a WAV file; a key without PII access gets the redacted one, whatever is asked for."""
    conversation = call.conversation()
    if not conversation.recorded:
        why = "is still in progress" if conversation.in_progress else f"took place on {conversation.channel}"
        message = f"the conversation {conversation.id} has no recording: it {why}"
        raise Refusal(404, RECORDING_NOT_FOUND, message)
    redacted = call.query["redacted"] or not call.key.pii
    return audio.render(conversation.plan, call.query["direction"], redacted=redacted, size=call.recording_bytes)
