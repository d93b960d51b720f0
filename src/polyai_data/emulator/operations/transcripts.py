"""AssemblyAI's redacted audio."""

from __future__ import annotations

from polyai_data.emulator.http.errors import NOT_FOUND, VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations import signed_links
from polyai_data.emulator.operations.call import Call
from polyai_data.emulator.state.state import GONE, PENDING


def get_redacted_audio(call: Call) -> dict[str, str]:
    """A signed link to the file, once it is ready and for as long as it is kept."""
    identifier = call.path["transcript_id"]
    transcript = call.state.transcripts.get(identifier)
    if transcript is None or transcript.region != call.region:
        raise Refusal(404, NOT_FOUND, f"Transcript {identifier!r} not found in this region")
    state = call.state.poll(transcript)
    if state == PENDING:
        raise Refusal(400, VALIDATION_FAILED, "The redacted audio is not ready yet; ask again later")
    if state == GONE:
        raise Refusal(404, NOT_FOUND, "The redacted audio was deleted 24 hours after it became ready")
    return {
        "status": "redacted_audio_ready",
        "redacted_audio_url": signed_links.link(transcript, call.state.world.seed, call.state.clock.now()),
    }
