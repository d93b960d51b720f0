"""Faults of recordings, and of who hears personal data."""

from __future__ import annotations

import itertools
import struct
from array import array
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from polyai_data.emulator.data import audio
from polyai_data.emulator.data.speech import RATE
from polyai_data.emulator.http import ranges
from polyai_data.emulator.http.response import RECORDING_NOT_FOUND, Refusal
from polyai_data.emulator.operations.call import Call
from tests.conformance.mutants.mutant import REFUSED, Fault, mutant

V1, V3 = "getConversationRecording", "getConversationRecordingV3"
BOTH = f"{V1} {V3}"
_HEADER, _RIFF, _RATE, _DATA = 44, 4, 24, 40
# Where the header ends, and where it tells the length of the file, the rate and the length of the samples.


def _with(content: bytearray, frames: bytes, rate: int = RATE) -> bytes:
    """The file with other samples, and a header that tells them."""
    struct.pack_into("<I", content, _RIFF, _HEADER - 8 + len(frames))
    struct.pack_into("<II", content, _RATE, rate, 2 * rate)
    struct.pack_into("<I", content, _DATA, len(frames))
    return bytes(content[:_HEADER]) + frames


@mutant(V1, "recordings.not-empty")
def empty_wav(fault: Fault) -> None:
    """A recording is a header without samples."""
    fault.wav(lambda content: _with(content, b""))


@mutant(V1, "recordings.not-empty")
def silent_wav(fault: Fault) -> None:
    """A recording has its length, and is silent throughout."""
    fault.wav(lambda content: _with(content, bytes(len(content) - _HEADER)))


@mutant(BOTH, "recordings.duration")
def wrong_rate(fault: Fault) -> None:
    """The header tells twice the rate, so that a recording plays in half its time."""
    fault.wav(lambda content: _with(content, bytes(content[_HEADER:]), 2 * RATE))


@mutant(V3, "recordings.header")
def length_of_a_stream(fault: Fault) -> None:
    """The header tells the largest length, as of a stream whose end nobody knew."""

    def endless(content: bytearray) -> bytearray:
        struct.pack_into("<I", content, _RIFF, 0xFFFFFFFF)
        struct.pack_into("<I", content, _DATA, 0xFFFFFFFF)
        return content

    fault.wav(endless)


@mutant(V1, "recordings.rate")
def user_at_another_rate(fault: Fault) -> None:
    """The caller's side has twice the rate of the others, with twice the samples."""

    def faulty(exchange: Any, answer: Any) -> Any:
        if answer.status != 200 or "direction=user" not in exchange.request.query:
            return None
        content = bytearray(b"".join(answer.pieces()))
        samples = array("h", bytes(content[_HEADER:]))
        doubled = array("h", [each for sample in samples for each in (sample, sample)])
        return replace(answer, body=_with(content, doubled.tobytes(), 2 * RATE))

    fault.answer(faulty)


@mutant(BOTH, "recordings.first-speaker")
def sides_swapped(fault: Fault) -> None:
    """user gives the agent's side, and agent the caller's."""
    other = {"user": "agent", "agent": "user", "combined": "combined"}
    fault.query(lambda query, _: query.update(direction=other[query["direction"]]))


@mutant(BOTH, "recordings.directions")
def direction_ignored(fault: Fault) -> None:
    """Both sides are in the recording, whichever is asked for."""
    fault.query(lambda query, _: query.update(direction="combined"))


@mutant(V3, "recordings.direction-default")
def user_by_default(fault: Fault) -> None:
    """Without direction the caller's side comes alone."""
    fault.query(lambda query, request: "direction" not in request.query_values and query.update(direction="user"))


@mutant(V3, "recordings.v3-same")
def shorter_on_platform(fault: Fault) -> None:
    """The platform host cuts the silence off the end."""
    fault.wav(lambda content: _with(content, bytes(content[_HEADER : -RATE // 4])))


@mutant(V1, "recordings.stable")
def dithered(fault: Fault) -> None:
    """A recording is encoded anew each time, with other noise."""
    turns = itertools.count(1)

    def noisy(content: bytearray) -> bytearray:
        struct.pack_into("<h", content, len(content) - 2, next(turns) % 100 + 1)
        return content

    fault.wav(noisy)


@mutant(BOTH, "recordings.none")
def recorded_while_in_progress(fault: Fault) -> None:
    """A call in progress has a recording, of what has been said so far."""

    def handle(original: Any, call: Call) -> Any:
        conversation = call.conversation()
        if not conversation.in_progress:
            return original(call)
        redacted = call.query["redacted"] or not call.key.pii
        return audio.render(conversation.plan, call.query["direction"], redacted=redacted)

    fault.handler(handle)


@mutant(V1, "recordings.unknown")
def unknown_is_unrecorded(fault: Fault) -> None:
    """A conversation that is not there has the code of one without a recording."""

    def handle(original: Any, call: Call) -> Any:
        try:
            return original(call)
        except Refusal as refusal:
            raise Refusal(refusal.status, RECORDING_NOT_FOUND, refusal.message) from refusal

    fault.handler(handle)


@mutant(BOTH, "recordings.invalid document.rejects-invalid")
def any_direction(fault: Fault) -> None:
    """A direction that there is none of gives both sides."""

    fault.parameter(lambda name, _: "combined" if name == "direction" else REFUSED)


@mutant(V1, "recordings.ranges")
def range_off_by_one(fault: Fault) -> None:
    """A part lacks its last byte."""

    def wanted(original: Any, request: Any, recording: Any) -> Any:
        found = original(request, recording)
        return found if found is None or found[0] >= found[1] else (found[0], found[1] - 1)

    fault.function(ranges, "_wanted", wanted)


@mutant(V1, "recordings.ranges")
def other_file_goes_on(fault: Fault) -> None:
    """A part is given though If-Range names another file."""

    def wanted(original: Any, request: Any, recording: Any) -> Any:
        left = {name: value for name, value in request.headers.items() if name != "if-range"}
        return original(replace(request, headers=left), recording)

    fault.function(ranges, "_wanted", wanted)


# Personal data.


@mutant(BOTH, "pii.raw-withheld pii.redacted-asked pii.spans pii.sides")
def leak_in_one_direction(fault: Fault) -> None:
    """The caller's side alone is never redacted."""

    def render(original: Any, plan: Any, direction: str, *, redacted: bool, size: int | None = None) -> Any:
        return original(plan, direction, redacted=redacted and direction != "user", size=size)

    fault.function(audio, "render", render)


@mutant(BOTH, "pii.raw-withheld")
def raw_on_request(fault: Fault) -> None:
    """A key without PII access gets the raw recording when it says redacted=false."""

    def handle(original: Any, call: Call) -> Any:
        said = call.query["redacted"] is None
        return original(replace(call, key=replace(call.key, pii=True)) if said else call)

    # Said and absent are told apart before the handler, which knows the default only.
    fault.query(
        lambda query, request: request.query_values.get("redacted") == ["false"] and query.update(redacted=None)
    )
    fault.handler(handle)


@mutant(V3, "pii.raw-withheld pii.routes")
def access_ignored_on_platform(fault: Fault) -> None:
    """The platform host does not ask for PII access."""
    fault.handler(lambda original, call: original(replace(call, key=replace(call.key, pii=True))))


@mutant(BOTH, "pii.redacted-asked")
def redacted_ignored(fault: Fault) -> None:
    """Who has PII access always gets the raw recording."""
    fault.query(lambda query, _: query.update(redacted=False))


@mutant(V1, "pii.raw-by-default")
def redacted_by_default(fault: Fault) -> None:
    """Without redacted the recording is the redacted one, for all."""
    fault.query(lambda query, request: "redacted" not in request.query_values and query.update(redacted=True))


def _redaction(fault: Fault, change: Any) -> None:
    """Change which words are muted, or what is heard instead; `change` gets the frames, and the spans to be muted."""

    def render(original: Any, plan: Any, direction: str, *, redacted: bool, size: int | None = None) -> Any:
        whole = original(plan, direction, redacted=False, size=size)
        if not redacted or size is not None:
            return original(plan, direction, redacted=redacted, size=size)
        frames = array("h", whole.frames)
        change(frames, plan, direction)
        return audio.Recording(whole.size, frames.tobytes())

    fault.function(audio, "render", render)


def _mute(frames: array[int], spans: Iterable[tuple[int, int]], by: int = 0) -> None:
    for begin, end in spans:
        for index in range(begin + by, min(end + by, len(frames))):
            frames[index] = 0


@mutant(BOTH, "pii.spans pii.raw-withheld")
def redaction_a_second_late(fault: Fault) -> None:
    """What is muted begins a second after the personal data, and ends a second after it."""
    _redaction(fault, lambda frames, plan, direction: _mute(frames, plan.pii_spans(direction), RATE))


@mutant(BOTH, "pii.spans pii.raw-withheld")
def redaction_ends_early(fault: Fault) -> None:
    """The last tenth of a second of personal data is heard."""

    def early(frames: array[int], plan: Any, direction: str) -> None:
        _mute(frames, [(begin, end - RATE // 10) for begin, end in plan.pii_spans(direction)])

    _redaction(fault, early)


@mutant(BOTH, "pii.spans")
def whole_call_muted(fault: Fault) -> None:
    """From the first personal data on everything is muted."""

    def rest(frames: array[int], plan: Any, direction: str) -> None:
        _mute(frames, [(begin, len(frames)) for begin, _ in plan.pii_spans(direction)[:1]])

    _redaction(fault, rest)


@mutant(BOTH, "pii.muted-only")
def beeps(fault: Fault) -> None:
    """A tone is laid over personal data, which is heard through it."""

    def beep(frames: array[int], plan: Any, direction: str) -> None:
        for begin, end in plan.pii_spans(direction):
            for index in range(begin, end):
                frames[index] += 4000 if index % 8 < 4 else -4000

    _redaction(fault, beep)


@mutant(BOTH, "pii.sides")
def agent_heard_in_mix(fault: Fault) -> None:
    """In the combined recording only the caller's personal data is muted."""

    def user_only(frames: array[int], plan: Any, direction: str) -> None:
        _mute(frames, plan.pii_spans("user" if direction == "combined" else direction))

    _redaction(fault, user_only)
