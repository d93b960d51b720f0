"""Recordings: valid WAV files, of the right length, of the right side."""

from __future__ import annotations

import itertools
from urllib.parse import urljoin

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief, is_recorded
from polyai_data.conformance.rule import DRIFT, rule
from polyai_data.conformance.rules.errors import expect_code
from polyai_data.conformance.sample import RECORDINGS, listing, moment, recorded, recording, recordings
from polyai_data.conformance.wav import WavError, parse

DIRECTIONS = ("combined", "user", "agent")
_V1 = RECORDINGS[0]
_TOLERANCE = 1.0
"""Seconds by which a recording may differ from the duration, which is in whole seconds."""


@rule("patched document: 200 is `audio/wav`; the format as Microsoft and IBM published it in 1991.")
def test_header(probe: Probe) -> None:
    """A recording is a WAV file with a right header, and all of a conversation have one format."""
    for conversation in recorded(probe, 2):
        forms: dict[str, Exchange] = {}
        for operation, direction, redacted in itertools.product(recordings(probe), DIRECTIONS, (None, True)):
            query = {"direction": direction, "redacted": redacted}
            exchange, wrong = probe.call(operation, conversation, query=query), ""
            if not exchange.response.ok:
                continue
            try:
                wav = parse(exchange.response.body)
                forms[f"{wav.channels} channels of {wav.bits} bits at {wav.rate}"] = exchange
            except WavError as error:
                wrong = str(error)
            probe.expect(not wrong, exchange, "a valid WAV file", wrong)
        probe.expect(len(forms) < 2, tuple(forms.values()), "one format", brief(list(forms)))


@rule("patched document: the recording of a conversation; `duration` and `totalDuration` in seconds.")
def test_duration(probe: Probe) -> None:
    """A recording has sound, and is as long as its conversation, on both sides: its rate is right."""
    items = {each["conversationId"]: each for each in listing(probe).items}
    for conversation in recorded(probe):
        exchange, wav = recording(probe, conversation)
        probe.expect(any(wav.data), exchange, "sound", "silence alone" if wav.frames else "no samples")
        seconds = items[conversation].get("totalDuration", items[conversation].get("duration"))
        for direction in DIRECTIONS:
            exchange, wav = recording(probe, conversation, direction=direction)
            right = seconds is None or abs(wav.seconds - seconds) <= _TOLERANCE
            probe.expect(right, exchange, "the duration of the conversation", f"{wav.seconds:.1f} s, not {seconds}")


@rule("patched document, `direction` and its default; the vendors' docs: the recording moved to the other host.")
def test_same(probe: Probe) -> None:
    """A recording is the same each time, from both hosts, and without `direction` as with its default."""
    for conversation in recorded(probe, 2):
        for operation in recordings(probe):
            default = probe.target.operation(operation).parameter("direction").default
            plain, _ = recording(probe, conversation, operation=operation)
            named, _ = recording(probe, conversation, operation=operation, direction=default)
            _same(probe, plain, named, f"the {default} recording when direction is absent")
            _same(probe, plain, probe.call(operation, conversation), "the same recording each time")
        for direction, redacted in itertools.product(DIRECTIONS, (None, True)):
            one, *others = (
                recording(probe, conversation, operation=each, direction=direction, redacted=redacted)[0]
                for each in recordings(probe)
            )
            for two in others:
                _same(probe, one, two, "the same recording from both hosts")


@rule("PolyAI, Get conversation audio (v3), `direction`: the full mix, the caller alone, or the agent alone.")
def test_directions(probe: Probe) -> None:
    """Each side's recording is of that side alone; both are as long as the combined one, which is their sum."""
    for operation in recordings(probe):
        for conversation in recorded(probe, 2):
            pairs = [recording(probe, conversation, operation=operation, direction=each) for each in DIRECTIONS]
            shown = [exchange for exchange, _ in pairs]
            both, user, agent = wavs = [wav for _, wav in pairs]
            named = itertools.combinations(zip(DIRECTIONS, wavs, strict=True), 2)
            alike = [f"{one} and {two} are equal" for (one, left), (two, right) in named if left.data == right.data]
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


@rule("PolyAI, Get conversation audio (v3), `direction`; Get a conversation by ID, `agent_response_datetime`.")
def test_first_speaker(probe: Probe) -> None:
    """The agent's side has sound from the agent's first turn on."""
    probe.skip_live("the times of live turns are not exact to the sample")
    for conversation in recorded(probe, 2):
        detail = probe.call("getConversation", conversation).value()
        turns = detail.get("turns") or probe.skip("no turns are shown")
        if not detail.get("startedAt") or not turns[0].get("agent_response_datetime"):
            probe.skip("a conversation or its first turn has no time")
        exchange, agent = recording(probe, conversation, direction="agent")
        at = (moment(turns[0]["agent_response_datetime"]) - moment(detail["startedAt"])).total_seconds()
        begin = next((index for index, sample in enumerate(agent.samples()) if sample), 0) / agent.rate
        seen = f"from {begin:.1f} s on, and the turn begins at {at:.1f} s"
        probe.expect(abs(begin - at) < 0.1, exchange, "the agent speaks from the first agent turn on", seen)


@rule("the vendors' docs: codes CONVERSATIONS_NOT_FOUND and CONVERSATIONS_RECORDING_NOT_FOUND with 404.")
def test_none(probe: Probe) -> None:
    """The response is 404 with its code for an unknown conversation, one in progress, and one that is not a call."""
    cases = {UNKNOWN_ID: "CONVERSATIONS_NOT_FOUND"}
    # It is not known what is recorded of live conversations.
    without = [] if probe.target.live else [each for each in listing(probe).items if not is_recorded(each)]
    chosen = {(each.get("channel"), each.get("inProgress")): each["conversationId"] for each in without}
    cases |= dict.fromkeys(chosen.values(), "CONVERSATIONS_RECORDING_NOT_FOUND")
    for (conversation, code), operation in itertools.product(cases.items(), recordings(probe)):
        exchange = probe.call(operation, conversation)
        if probe.status(exchange, 404, when="there is no recording"):
            expect_code(probe, exchange, None, code)


@rule("patched document, `direction` and `redacted`.")
def test_invalid(probe: Probe) -> None:
    """An unknown direction or redaction is refused with 400."""
    conversation = recorded(probe, 1)[0]
    for operation in recordings(probe):
        for query in ({"direction": "both"}, {"direction": ""}, {"redacted": "maybe"}, {"redacted": "2"}):
            exchange = probe.call(operation, conversation, query=query)
            probe.status(exchange, 400, when="a parameter is not allowed")


@rule("patched document, `audioUrl`: URL to the audio recording.")
def test_audio_url(probe: Probe) -> None:
    """`audioUrl` leads to the recording."""
    items = [each for each in listing(probe).items if each.get("audioUrl")][:2]
    if not items or probe.target.live:
        probe.skip("no conversation has audioUrl" if not items else "a live audioUrl may lead to any host")
    operation = probe.target.operation(_V1)
    header = (operation.key_header, *probe.key(operation))
    for item in items:
        # It may be relative, and then to the listing.
        url = urljoin(listing(probe).exchange.request.url, item["audioUrl"])
        exchange = probe.send("GET", url, operation=operation, key=header)
        if probe.status(exchange, 200, when="audioUrl is requested"):
            _same(probe, exchange, recording(probe, item["conversationId"])[0], "the recording of the conversation")


@rule("RFC 9110, sections 13.1.5 and 14: `Range`, `If-Range`, 206 and 416.", DRIFT)
def test_ranges(probe: Probe) -> None:
    """A server that offers ranges returns just the requested part, and goes on only with the same file."""
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
