"""AssemblyAI's redacted audio."""

from __future__ import annotations

from polyai_data.emulator.http.errors import NOT_FOUND, VALIDATION_FAILED, Refusal
from polyai_data.emulator.http.response import Response, documented
from polyai_data.emulator.operations import signed_links
from polyai_data.emulator.operations.call import Call
from polyai_data.emulator.state.state import GONE, NOT_ENABLED, PENDING


def get_redacted_audio(call: Call) -> dict[str, str] | Response:
    """A new signed link to the file, once it is ready and for as long as it is kept."""
    identifier = call.path["transcript_id"]
    transcript = call.state.transcripts.get(identifier)
    if transcript is None or transcript.region != call.region:
        raise Refusal(404, NOT_FOUND, f"this region has no transcript {identifier!r}")
    state = call.state.poll(transcript)
    if state == PENDING and call.live:
        return documented(call.operation, 202, {})
    if state == PENDING:
        raise Refusal(400, VALIDATION_FAILED, "The redacted audio is not ready yet; ask again later")
    if state == NOT_ENABLED:
        raise Refusal(400, VALIDATION_FAILED, "Redacted audio was not enabled for this transcript")
    if state == GONE:
        status, code = (400, VALIDATION_FAILED) if call.live else (404, NOT_FOUND)
        raise Refusal(status, code, "The redacted audio is no longer available: files are kept for 24 hours")
    return {
        "status": "redacted_audio_ready",
        "redacted_audio_url": signed_links.link(call.state, transcript, call.request),
    }
