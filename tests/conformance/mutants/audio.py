"""Mutants of recordings, of redaction, and of AssemblyAI's redacted audio behind signed links."""

from __future__ import annotations

import re
import struct
from array import array
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tests.conformance.mutants.mutant import (
    LINK,
    Call,
    Query,
    Request,
    Response,
    edits_query,
    edits_request,
    edits_wav,
    mutant,
)

V1, V3, REDACTED = "getConversationRecording", "getConversationRecordingV3", "getRedactedAudio"
BOTH = f"{V1} {V3}"
RATE = 8000
WAV_HEADER = 44
URL = "redacted_audio_url"
_NOTHING = "https://redacted-audio.example/redacted-audio/none.wav"


def with_samples(content: bytes, samples: bytes, rate: int = RATE) -> bytes:
    """The file with other samples, and a header that fits them."""
    header = bytearray(content[:WAV_HEADER])
    struct.pack_into("<I", header, 4, WAV_HEADER - 8 + len(samples))
    struct.pack_into("<II", header, 24, rate, 2 * rate)
    struct.pack_into("<I", header, 40, len(samples))
    return bytes(header) + samples


def samples(content: bytes) -> array[int]:
    """The samples of a file."""
    return array("h", content[WAV_HEADER:])


# Recordings.


@edits_wav(V1, "recordings.not-empty")
def empty_wav(content: bytes) -> bytes:
    """A recording is a header without samples."""
    return with_samples(content, b"")


@edits_wav(BOTH, "recordings.duration")
def twice_the_rate(content: bytes) -> bytes:
    """The header names twice the rate, so that a recording plays in half its time."""
    return with_samples(content, content[WAV_HEADER:], 2 * RATE)


@edits_wav(V3, "recordings.header")
def length_of_a_stream(content: bytes) -> bytes:
    """The header names the largest length, as for a stream whose end was not known."""
    return content[:4] + b"\xff" * 4 + content[8:40] + b"\xff" * 4 + content[WAV_HEADER:]


@edits_query(BOTH, "recordings.first-speaker")
def sides_swapped(query: Query) -> None:
    """user gives the agent's side, and agent the caller's."""
    other = {"user": "agent", "agent": "user"}
    query |= {"direction": [other.get(each, each) for each in query["direction"]]} if "direction" in query else {}


@edits_wav(V3, "recordings.v3-same")
def shorter_on_platform(content: bytes) -> bytes:
    """The platform host cuts the silence off the end."""
    return with_samples(content, content[WAV_HEADER : -RATE // 4])


@mutant(BOTH, "recordings.none")
def recorded_while_in_progress(call: Call) -> Response:
    """A call in progress has a recording: that of a call before it."""
    response = call.send()
    if response.status == 200:
        call.memory["last"] = response
    none = response.status == 404 and b"RECORDING_NOT_FOUND" in response.body and "last" in call.memory
    return call.memory["last"] if none else response


@edits_request(V1, "recordings.ranges")
def range_one_byte_late(call: Call) -> Request:
    """A part begins one byte late."""
    asked = call.request.headers.get("range")
    late = re.sub(r"=(\d+)", lambda match: f"={int(match[1]) + 1}", asked) if asked else None
    return call.request.with_headers(range=late)


@edits_request(V1, "recordings.ranges")
def other_file_goes_on(call: Call) -> Request:
    """A part is given though If-Range names another file."""
    return call.request.with_headers(if_range=None)


# Personal data.


@edits_query(BOTH, "pii.redacted-asked")
def redaction_ignored(query: Query) -> None:
    """A key with PII access always gets the raw recording."""
    query.pop("redacted", None)


@edits_request(V3, "pii.raw-withheld pii.routes")
def access_ignored_on_platform(call: Call) -> Request:
    """The platform host does not ask for PII access."""
    return call.opened("us-no-pii")


@mutant(BOTH, "pii.spans pii.raw-withheld")
def redaction_ends_early(call: Call) -> Response:
    """The last tenth of a second of personal data is heard."""
    return _redacted(call, lambda spans, _: [(begin, end - RATE // 10) for begin, end in spans])


@mutant(BOTH, "pii.sides")
def agent_heard_in_mix(call: Call) -> Response:
    """In the combined recording only the caller's personal data is muted."""
    combined = call.request.value("direction") in {None, "combined"}
    return _redacted(call, lambda spans, _: spans, "user") if combined else call.send()


@mutant(BOTH, "pii.muted-only")
def beep(call: Call) -> Response:
    """Personal data gives way to a tone, and not to silence."""
    return _redacted(call, lambda spans, _: spans, tone=4000)


def _redacted(call: Call, change: Any, direction: str = "", tone: int = 0) -> Response:
    """A redacted recording with other spans of samples muted, or a tone in place of silence."""
    response = call.send()
    if response.status != 200 or not response.body:
        return response
    conversation = call.path.get("conversationId") or call.path["conversation_id"]
    raw = call.send(call.elsewhere(key=call.full_key()).with_query(redacted=None))
    if raw.body == response.body:
        return response
    wanted = call.emulator.pii_spans(conversation, direction or call.request.value("direction") or "combined")
    frames = samples(raw.body)
    for begin, end in change(wanted, len(frames)):
        frames[begin:end] = array("h", [tone]) * (end - begin)
    return replace(response, body=with_samples(raw.body, frames.tobytes()))


# Redacted audio and its signed links.


@mutant(LINK, "links.short-lived links.expires")
def link_never_expires(call: Call) -> Response:
    """A link that was opened once opens the file for ever."""
    response = call.send()
    if response.status == 200:
        call.memory[call.request.query] = response
    opened: Response = call.memory.get(call.request.query, response)
    return opened


@mutant(REDACTED, "links.gone links.expires")
def gone_file_promised(call: Call) -> Response:
    """The response for a file that is gone has a link to it."""
    response = call.send()
    transcript = call.emulator.transcripts.get(call.path["transcript_id"])
    gone = response.status in {400, 404} and transcript is not None and transcript.state == "gone"
    return response.with_json({"status": "redacted_audio_ready", URL: _NOTHING}, status=200) if gone else response


@mutant(f"{REDACTED} {LINK}", "links.signature")
def signature_unchecked(call: Call) -> Response:
    """Any signature opens the file."""
    response = call.send()
    if call.name == REDACTED and (value := response.json()) is not None:
        link = urlsplit(value[URL])
        call.memory[link.path] = link.query
    right = call.memory.get(call.request.path) if response.status == 403 else None
    return call.send(replace(call.request, query=right)) if right else response


@edits_wav(LINK, "links.redacted")
def muted_words_hum(content: bytes) -> bytes:
    """What should be muted in the file is faintly heard."""
    return with_samples(content, array("h", [each or 1 for each in samples(content)]).tobytes())


@edits_request(LINK, "links.key-refused")
def key_welcome(call: Call) -> Request:
    """The link's host opens the file although a key comes along."""
    return call.request.with_headers(authorization=None, x_api_key=None)


@mutant(REDACTED, "links.pending")
def pending_is_success(call: Call) -> Response:
    """While the file is not ready the call succeeds, with a link to nothing."""
    response = call.send()
    body = {"status": "redacted_audio_processing", URL: _NOTHING}
    return response.with_json(body, status=200) if response.status == 400 else response
