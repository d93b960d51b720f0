"""Recordings: valid WAV files, of the right length, of the right side."""

from __future__ import annotations

from collections.abc import Iterator

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief, is_recorded
from polyai_data.conformance.rule import drift
from polyai_data.conformance.rules.errors import expect_code
from polyai_data.conformance.sample import RECORDINGS, listing, moment, recorded, recording, recordings
from polyai_data.conformance.wav import WavError, parse

DIRECTIONS = ("combined", "user", "agent")
_V1 = RECORDINGS[0]
_TOLERANCE = 1.0
"""Seconds by which a recording may differ from the duration, which is in whole seconds."""


def test_header(probe: Probe) -> None:
    """A recording is a WAV file with a right header: RIFF, WAVE, PCM, and lengths that are those of the file.

    Source: patched document: 200 is `audio/wav`; the format as Microsoft and IBM published it in 1991.
    """
    for exchange in _all(probe):
        try:
            parse(exchange.response.body)
            wrong = ""
        except WavError as error:
            wrong = str(error)
        probe.expect(not wrong, exchange, "a valid WAV file", wrong)


def test_not_empty(probe: Probe) -> None:
    """A recording has sound: samples, not all of them silent.

    Source: patched document: the recording of a conversation.
    """
    for conversation in recorded(probe):
        exchange, wav = recording(probe, conversation)
        probe.expect(wav.frames > 0, exchange, "samples", "none")
        probe.expect(any(wav.data), exchange, "sound", "silence alone")


def test_duration(probe: Probe) -> None:
    """A recording is as long as its conversation, on both sides: its rate is right.

    Source: patched document, `duration` and `totalDuration` in seconds.
    """
    items = {each["conversationId"]: each for each in listing(probe).items}
    for conversation in recorded(probe):
        seconds = items[conversation].get("totalDuration", items[conversation].get("duration"))
        if seconds is None:
            continue
        for direction in DIRECTIONS:
            exchange, wav = recording(probe, conversation, direction=direction)
            right = abs(wav.seconds - seconds) <= _TOLERANCE
            probe.expect(right, exchange, "the duration of the conversation", f"{wav.seconds:.1f} s, not {seconds}")


def test_rate(probe: Probe) -> None:
    """All recordings of a conversation have the same rate, channels, and size of samples.

    Source: PolyAI, Get conversation audio (v3): `combined` is the mix of the two sides; samples of other rates
    could not be mixed.
    """
    for conversation in recorded(probe):
        forms = {}
        for operation in recordings(probe):
            for direction in DIRECTIONS:
                exchange, wav = recording(probe, conversation, operation=operation, direction=direction)
                forms[f"{wav.channels} channels of {wav.bits} bits at {wav.rate}"] = exchange
        probe.expect(len(forms) == 1, tuple(forms.values()), "one format", brief(list(forms)))


def test_direction_default(probe: Probe) -> None:
    """Without `direction` a recording is of both sides.

    Source: patched document, `direction` and its default `combined`.
    """
    conversation = recorded(probe, 1)[0]
    for operation in recordings(probe):
        default = probe.target.operation(operation).parameter("direction").default
        plain, _ = recording(probe, conversation, operation=operation)
        named, _ = recording(probe, conversation, operation=operation, direction=default)
        _same(probe, plain, named, f"the {default} recording when direction is absent")


def test_directions(probe: Probe) -> None:
    """Each side's recording is of that side alone; both are as long as the combined one, which is their sum.

    Source: PolyAI, Get conversation audio (v3), `direction`: `combined` is the full mix, `user` the caller alone,
    `agent` the agent alone.
    """
    for operation in recordings(probe):
        for conversation in recorded(probe, 2):
            pairs = [recording(probe, conversation, operation=operation, direction=each) for each in DIRECTIONS]
            shown = [exchange for exchange, _ in pairs]
            both, user, agent = wavs = [wav for _, wav in pairs]
            alike = [
                f"{DIRECTIONS[one]} and {DIRECTIONS[two]} are equal"
                for one, two in ((0, 1), (0, 2), (1, 2))
                if wavs[one].data == wavs[two].data
            ]
            probe.expect(not alike, shown, "three different recordings", brief(alike))
            lengths = [each.frames for each in wavs]
            probe.expect(len(set(lengths)) == 1, shown, "recordings of one length", f"{brief(lengths)} frames")
            if not probe.target.live:
                mixed = [one + two for one, two in zip(user.samples(), agent.samples(), strict=False)]
                wrong = [
                    index for index, (one, two) in enumerate(zip(mixed, both.samples(), strict=False)) if one != two
                ]
                seen = f"different at the samples {brief(wrong)}"
                probe.expect(not wrong, shown, "combined is the sum of both sides", seen)


def test_first_speaker(probe: Probe) -> None:
    """The agent's side has sound from the agent's first turn on.

    Source: PolyAI, Get conversation audio (v3), `direction`; PolyAI, Get a conversation by ID: the agent's turn
    begins at `agent_response_datetime`.
    """
    probe.skip_live("the times of live turns are not exact to the sample")
    for conversation in recorded(probe, 2):
        detail = probe.call("getConversation", conversation).value()
        turns = detail.get("turns") or probe.skip("no turns are shown")
        exchange, agent = recording(probe, conversation, direction="agent")
        at = (moment(turns[0]["agent_response_datetime"]) - moment(detail["startedAt"])).total_seconds()
        begin = next((index for index, sample in enumerate(agent.samples()) if sample), 0) / agent.rate
        seen = f"from {begin:.1f} s on, and the turn begins at {at:.1f} s"
        probe.expect(abs(begin - at) < 0.1, exchange, "the agent speaks from the first agent turn on", seen)


def test_v3_same(probe: Probe) -> None:
    """The superseded operation of the platform host returns the same recording.

    Source: the vendors' docs: the vendor moved the recording from one host to the other.
    """
    for conversation in recorded(probe, 2):
        for direction in DIRECTIONS:
            for redacted in (None, True):
                one, two = (
                    recording(probe, conversation, operation=each, direction=direction, redacted=redacted)[0]
                    for each in RECORDINGS
                )
                _same(probe, one, two, "the same recording from both hosts")


def test_stable(probe: Probe) -> None:
    """Two requests for a recording return the same.

    Source: RFC 9110, section 9.2.1: GET changes nothing.
    """
    conversation = recorded(probe, 1)[0]
    one, two = (probe.call(_V1, conversation) for _ in range(2))
    _same(probe, one, two, "the same recording each time")


def test_none(probe: Probe) -> None:
    """The response for a conversation in progress, or one that is not a call, is 404 with the code for no recording.

    Source: the vendors' docs: code CONVERSATIONS_RECORDING_NOT_FOUND with 404; patched document, 404.
    """
    without = [each for each in listing(probe).items if not is_recorded(each)]
    chosen = {(each.get("channel"), each.get("inProgress")): each["conversationId"] for each in without}
    if not chosen or probe.target.live:
        probe.skip("every conversation has a recording" if not chosen else "it is not known what live is recorded")
    for conversation in chosen.values():
        for operation in recordings(probe):
            exchange = probe.call(operation, conversation)
            if probe.status(exchange, 404, when="there is no recording"):
                expect_code(probe, exchange, None, "CONVERSATIONS_RECORDING_NOT_FOUND")


def test_unknown(probe: Probe) -> None:
    """The response for the recording of an unknown conversation is 404, with the code for that.

    Source: the vendors' docs: code CONVERSATIONS_NOT_FOUND with 404.
    """
    for operation in recordings(probe):
        exchange = probe.call(operation, UNKNOWN_ID)
        if probe.status(exchange, 404, when="the conversation is unknown"):
            expect_code(probe, exchange, None, "CONVERSATIONS_NOT_FOUND")


def test_invalid(probe: Probe) -> None:
    """An unknown direction or redaction is refused with 400.

    Source: patched document, `direction` and `redacted`.
    """
    conversation = recorded(probe, 1)[0]
    for operation in recordings(probe):
        for query in ({"direction": "both"}, {"direction": ""}, {"redacted": "maybe"}, {"redacted": "2"}):
            exchange = probe.call(operation, conversation, query=query)
            probe.status(exchange, 400, when="a parameter is not allowed")


def test_audio_url(probe: Probe) -> None:
    """`audioUrl` leads to the recording.

    Source: patched document, `audioUrl`: URL to the audio recording.
    """
    items = [each for each in listing(probe).items if each.get("audioUrl")][:2]
    if not items or probe.target.live:
        probe.skip("no conversation has audioUrl" if not items else "a live audioUrl may lead to any host")
    operation = probe.target.operation(_V1)
    key = probe.target.key(operation, probe.region, "full")
    header = None if key is None else (operation.key_header, *key)
    for item in items:
        exchange = probe.send("GET", item["audioUrl"], operation=operation, key=header)
        if probe.status(exchange, 200, when="audioUrl is requested"):
            _same(probe, exchange, recording(probe, item["conversationId"])[0], "the recording of the conversation")


@drift
def test_ranges(probe: Probe) -> None:
    """A server that offers ranges returns just the requested part, and goes on only with the same file.

    Source: RFC 9110, sections 13.1.5 and 14: `Range`, `If-Range`, 206 and 416.
    """
    conversation = recorded(probe, 1)[0]
    whole = recording(probe, conversation)[0].response
    if whole.headers.get("accept-ranges") != "bytes":
        probe.skip("the server offers no ranges")
    body, end, etag = whole.body, len(whole.body), whole.headers.get("etag", '"none"')

    def get(wanted: str, if_range: str = etag) -> Exchange:
        headers = {"range": f"bytes={wanted}", "if-range": if_range}
        return probe.call(_V1, conversation, headers=headers, judged=False)

    for wanted, begin, stop in (("10-109", 10, 110), (f"{end - 7}-", end - 7, end), ("-5", end - 5, end)):
        part = get(wanted)
        if probe.status(part, 206, when="a part is requested"):
            right, size = part.response.body == body[begin:stop], len(part.response.body)
            probe.expect(right, part, f"the bytes {begin} to {stop - 1}", f"{size} bytes that are not these")
            seen = part.response.headers.get("content-range")
            probe.equal(seen, f"bytes {begin}-{stop - 1}/{end}", part, "Content-Range is")
    probe.status(get("10-", '"another"'), 200, when="a part of another file is requested")
    probe.status(get(f"{end}-"), 416, when="the part begins after the end")


def _same(probe: Probe, one: Exchange, two: Exchange, expected: str) -> None:
    left, right = one.response.body, two.response.body
    probe.expect(left == right, (one, two), expected, f"{len(left)} and {len(right)} bytes that differ")


def _all(probe: Probe) -> list[Exchange]:
    """The recordings of some conversations: each side, from each host, raw and redacted."""

    def requests() -> Iterator[Exchange]:
        for conversation in recorded(probe, 2):
            for operation in recordings(probe):
                for direction in DIRECTIONS:
                    for redacted in (None, True):
                        query = {"direction": direction, "redacted": redacted}
                        yield probe.call(operation, conversation, query=query)

    return probe.once("recordings", lambda: [each for each in requests() if each.response.ok])
