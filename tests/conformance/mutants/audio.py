"""Mutants of recordings, of redaction, and of AssemblyAI's redacted audio behind signed links."""

from __future__ import annotations

import re
import struct
from array import array
from dataclasses import replace
from urllib.parse import urlsplit

from tests.conformance.mutants.mutant import LINK, Call, Query, Request, Response, mutant

V1, V3, REDACTED = "getConversationRecording", "getConversationRecordingV3", "getRedactedAudio"
BOTH = f"{V1} {V3}"
RATE = 8000
WAV_HEADER = 44
URL = "redacted_audio_url"


def with_samples(wav: bytes, samples: bytes) -> bytes:
    """The file with other samples, and lengths that fit them."""
    size, length = (struct.pack("<I", number) for number in (WAV_HEADER - 8 + len(samples), len(samples)))
    return wav[:4] + size + wav[8:40] + length + samples


# Recordings.


@mutant(V1, "recordings.duration")
def empty_wav(wav: bytes) -> bytes:
    """A recording is a header without samples."""
    return with_samples(wav, b"")


@mutant(V3, "recordings.header")
def length_of_a_stream(wav: bytes) -> bytes:
    """The header names the largest length, as for a stream whose end was not known."""
    return wav[:4] + b"\xff" * 4 + wav[8:40] + b"\xff" * 4 + wav[WAV_HEADER:]


@mutant(BOTH, "recordings.first-speaker")
def sides_swapped(query: Query) -> None:
    """user gives the agent's side, and agent the caller's."""
    other = {"user": "agent", "agent": "user"}
    query |= {"direction": [other.get(each, each) for each in query["direction"]]} if "direction" in query else {}


@mutant(V3, "recordings.same")
def shorter_on_platform(wav: bytes) -> bytes:
    """The platform host cuts the silence off the end."""
    return with_samples(wav, wav[WAV_HEADER : -RATE // 4])


@mutant(V1, "recordings.ranges")
def range_one_byte_late(call: Call) -> Request:
    """A part begins one byte late."""
    wanted = call.request.headers.get("range")
    late = re.sub(r"=(\d+)", lambda match: f"={int(match[1]) + 1}", wanted) if wanted else None
    return call.request.with_headers(range=late)


@mutant(V1, "recordings.ranges")
def other_file_goes_on(call: Call) -> Request:
    """A part is given though If-Range names another file."""
    return call.request.with_headers(if_range=None)


# Personal data.


@mutant(BOTH, "pii.muted")
def redaction_ignored(query: Query) -> None:
    """A key with PII access always gets the raw recording."""
    query.pop("redacted", None)


@mutant(V1, "pii.raw-by-default")
def any_redacted_is_true(query: Query) -> None:
    """redacted=false gives the redacted recording."""
    query |= {"redacted": ["true"]} if "redacted" in query else {}


@mutant(V3, "pii.raw-withheld")
def access_ignored_on_platform(call: Call) -> Request:
    """The platform host does not ask for PII access."""
    return call.opened("us-no-pii")


@mutant(BOTH, "pii.muted pii.raw-withheld")
def redaction_ends_early(call: Call) -> Response:
    """The last tenth of a second of personal data is heard."""
    return _redacted(call, earlier=RATE // 10)


@mutant(BOTH, "pii.muted")
def agent_heard_in_mix(call: Call) -> Response:
    """In the combined recording only the caller's personal data is muted."""
    combined = call.request.value("direction") in {None, "combined"}
    return _redacted(call, "user") if combined else call.send()


@mutant(BOTH, "pii.muted")
def beep(call: Call) -> Response:
    """A tone replaces personal data, not silence."""
    return _redacted(call, tone=4000)


def _redacted(call: Call, direction: str = "", *, earlier: int = 0, tone: int = 0) -> Response:
    """A redacted recording with the spans of one direction muted, to so many samples before their end, by a tone."""
    response = call.send()
    if response.status != 200 or not response.body:
        return response
    conversation = call.path.get("conversationId") or call.path["conversation_id"]
    raw = call.send(call.elsewhere(key=call.full_key()).with_query(redacted=None))
    if raw.body == response.body:
        return response
    samples = array("h", raw.body[WAV_HEADER:])
    for begin, end in call.emulator.pii_spans(conversation, direction or call.request.value("direction") or "combined"):
        samples[begin : end - earlier] = array("h", [tone]) * (end - earlier - begin)
    return replace(response, body=with_samples(raw.body, samples.tobytes()))


# Redacted audio and its signed links.


@mutant(LINK, "links.short-lived links.expires")
def link_never_expires(call: Call) -> Response:
    """A link that was opened once never expires."""
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
    return _promised(response) if gone else response


@mutant(f"{REDACTED} {LINK}", "links.signature")
def signature_unchecked(call: Call) -> Response:
    """Any signature opens the file."""
    response = call.send()
    if call.name == REDACTED and URL in (value := response.success() or {}):
        link = urlsplit(value[URL])
        call.memory[link.path] = link.query
    right = call.memory.get(call.request.path) if response.status == 403 else None
    return call.send(replace(call.request, query=right)) if right else response


@mutant(LINK, "links.opens")
def muted_words_hum(wav: bytes) -> bytes:
    """What should be muted in the file is faintly heard."""
    samples = array("h", wav[WAV_HEADER:])
    return with_samples(wav, array("h", [each or 1 for each in samples]).tobytes())


@mutant(LINK, "links.key-refused")
def key_welcome(call: Call) -> Request:
    """The link's host opens the file although a key comes along."""
    return call.request.with_headers(authorization=None, x_api_key=None)


@mutant(REDACTED, "links.pending")
def pending_is_success(response: Response) -> Response:
    """While the file is not ready the call succeeds, with a link to nothing."""
    return _promised(response) if response.status == 202 else response


def _promised(response: Response) -> Response:
    link = "https://redacted-audio.example/redacted-audio/none.wav"
    return replace(response, status=200).with_json({"status": "redacted_audio_ready", URL: link})
