"""Recordings: valid WAV files, of the right length, of the right side."""

from __future__ import annotations

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, is_recorded
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import listing, moment, recorded, recording
from polyai_data.conformance.wav import Wav, WavError, parse

DIRECTIONS = ("combined", "user", "agent")
ROUTES = ("getConversationRecording", "getConversationRecordingV3")
_TOLERANCE = 1.0
"""Seconds by which a recording may differ from the duration, which is told in whole seconds."""


@rule("recordings.header")
def header(probe: Probe) -> None:
    """A recording is a WAV file whose header is right: RIFF, WAVE, PCM, and lengths that are those of the file.

    Source: patched document: 200 is `audio/wav`; the format as Microsoft and IBM published it in 1991.
    """
    for exchange in _all(probe):
        try:
            parse(exchange.answer.body)
            wrong = ""
        except WavError as error:
            wrong = str(error)
        probe.expect(not wrong, exchange, "a valid WAV file", _without_numbers(wrong))


@rule("recordings.not-empty")
def not_empty(probe: Probe) -> None:
    """A recording has sound: samples, not all of them silent.

    Source: patched document: the recording of a conversation.
    """
    for item in recorded(probe):
        exchange, wav = recording(probe, item["conversationId"])
        probe.expect(wav.frames > 0, exchange, "samples", "none")
        probe.expect(any(wav.data), exchange, "sound", "silence alone")


@rule("recordings.duration")
def duration(probe: Probe) -> None:
    """A recording lasts as long as its conversation tells, on both sides: its rate is right.

    Source: patched document, `duration` and `totalDuration` in seconds.
    """
    for item in recorded(probe):
        told = item.get("totalDuration", item.get("duration"))
        if told is None:
            continue
        for direction in DIRECTIONS:
            exchange, wav = recording(probe, item["conversationId"], query={"direction": direction})
            right = abs(wav.seconds - told) <= _TOLERANCE
            probe.expect(right, exchange, "the duration that the conversation tells", "another duration")


@rule("recordings.rate")
def rate(probe: Probe) -> None:
    """All recordings of a conversation have the same rate, channels, and size of samples.

    Source: PolyAI's page Get conversation audio (v3): `combined` is the mix of the two sides; samples of other
    rates could not be mixed.
    """
    for item in recorded(probe):
        forms = {}
        for route in _routes(probe):
            for direction in DIRECTIONS:
                query = {"direction": direction}
                exchange, wav = recording(probe, item["conversationId"], operation=route, query=query)
                forms[wav.channels, wav.rate, wav.bits] = exchange
        probe.expect(len(forms) == 1, tuple(forms.values()), "one format", f"{len(forms)} formats")


@rule("recordings.direction-default")
def direction_default(probe: Probe) -> None:
    """Without `direction` a recording is of both sides.

    Source: patched document, `direction` and its default `combined`.
    """
    for route in _routes(probe):
        for item in recorded(probe, 1):
            plain, _ = recording(probe, item["conversationId"], operation=route)
            named, _ = recording(probe, item["conversationId"], operation=route, query={"direction": "combined"})
            same = plain.answer.body == named.answer.body
            probe.expect(same, (plain, named), "the combined recording when direction is absent", "another one")


@rule("recordings.directions")
def directions(probe: Probe) -> None:
    """Each side's recording is of that side alone: they differ, last as long, and together are the combined one.

    Source: PolyAI's page Get conversation audio (v3), `direction`: `combined` is the full mix, `user` the caller
    alone, `agent` the agent alone.
    """
    for route in _routes(probe):
        for item in recorded(probe, 2):
            got = {
                each: recording(probe, item["conversationId"], operation=route, query={"direction": each})
                for each in DIRECTIONS
            }
            shown = [exchange for exchange, _ in got.values()]
            (both, user, agent) = (wav for _, wav in got.values())
            different = len({both.data, user.data, agent.data}) == 3
            probe.expect(different, shown, "three recordings that differ", "two of them are the same")
            probe.expect(both.frames == user.frames == agent.frames, shown, "the same length", "other lengths")
            if not probe.target.live:
                probe.expect(_mixed(user, agent) == both.samples().tolist(), shown, "the sum of both sides",
                             "combined is something else")  # fmt: skip


@rule("recordings.first-speaker")
def first_speaker(probe: Probe) -> None:
    """The caller's side is heard when the caller speaks, and the agent's when the agent does.

    Source: PolyAI's page Get conversation audio (v3), `direction`; PolyAI's page Get a conversation by ID: the
    agent's turn begins at `agent_response_datetime`.
    """
    if probe.target.live:
        probe.skip("when live speech begins is not told to the sample")
    for item in recorded(probe, 2):
        got = probe.call("getConversation", item["conversationId"]).value()
        turns = got.get("turns") or []
        if not turns:
            probe.skip("no turns are shown")
        exchange, agent = recording(probe, item["conversationId"], query={"direction": "agent"})
        at = (moment(turns[0]["agent_response_datetime"]) - moment(got["startedAt"])).total_seconds()
        begin = next((index for index, sample in enumerate(agent.samples()) if sample), 0) / agent.rate
        probe.expect(abs(begin - at) < 0.1, exchange, "the agent is heard from its first answer on", "at another time")


@rule("recordings.v3-same")
def v3_same(probe: Probe) -> None:
    """The superseded operation of the platform host gives the same recording.

    Source: the vendors' documentation: the vendor moved the recording from one host to the other.
    """
    for item in recorded(probe, 2):
        for direction in DIRECTIONS:
            for redacted in (None, True):
                query = {"direction": direction, "redacted": redacted}
                shown = [recording(probe, item["conversationId"], operation=each, query=query)[0] for each in ROUTES]
                same = shown[0].answer.body == shown[1].answer.body
                probe.expect(same, shown, "the same recording on both hosts", "another one")


@rule("recordings.stable")
def stable(probe: Probe) -> None:
    """A recording that is asked for twice is the same.

    Source: RFC 9110, section 9.2.1: GET changes nothing.
    """
    identifier = recorded(probe, 1)[0]["conversationId"]
    one, two = (recording(probe, identifier)[0] for _ in range(2))
    probe.expect(one.answer.body == two.answer.body, (one, two), "the same recording", "another one")


@rule("recordings.length")
def length(probe: Probe) -> None:
    """A recording's Content-Length is its length.

    Source: RFC 9110, section 8.6.
    """
    for exchange in _all(probe):
        told = exchange.answer.headers.get("content-length")
        if told is not None and "content-encoding" not in exchange.answer.headers:
            probe.expect(told == str(len(exchange.answer.body)), exchange, "the length of the body", "another one")


@rule("recordings.none")
def none(probe: Probe) -> None:
    """A conversation without a recording, in progress or not a call, is answered with 404 and the code for that.

    Source: the vendors' documentation: code CONVERSATIONS_RECORDING_NOT_FOUND with 404; patched document, 404.
    """
    without = [each for each in listing(probe).items if not is_recorded(each)]
    chosen = {(each.get("channel"), each.get("inProgress")): each for each in without}
    if not chosen or probe.target.live:
        probe.skip("every conversation has a recording" if not chosen else "what is recorded is not told")
    for item in chosen.values():
        for route in _routes(probe):
            exchange = probe.call(route, item["conversationId"])
            if probe.status(exchange, 404, when="there is no recording"):
                told = exchange.answer.value().get("error_code")
                right = told in {None, "CONVERSATIONS_RECORDING_NOT_FOUND"}
                probe.expect(right, exchange, "the code CONVERSATIONS_RECORDING_NOT_FOUND", f"{told}")


@rule("recordings.unknown")
def unknown(probe: Probe) -> None:
    """The recording of a conversation that is not there is answered with 404, and not with that other code.

    Source: the vendors' documentation: code CONVERSATIONS_NOT_FOUND with 404.
    """
    for route in _routes(probe):
        exchange = probe.call(route, UNKNOWN_ID)
        if probe.status(exchange, 404, when="there is no conversation"):
            told = exchange.answer.value().get("error_code")
            probe.expect(told in {None, "CONVERSATIONS_NOT_FOUND"}, exchange, "CONVERSATIONS_NOT_FOUND", f"{told}")


@rule("recordings.invalid")
def invalid(probe: Probe) -> None:
    """A side or a redaction that there is none of is refused with 400.

    Source: patched document, `direction` and `redacted`.
    """
    identifier = recorded(probe, 1)[0]["conversationId"]
    for route in _routes(probe):
        for query in ({"direction": "both"}, {"direction": ""}, {"redacted": "maybe"}, {"redacted": "2"}):
            probe.status(probe.call(route, identifier, query=query), 400, when="a parameter is not allowed")


@rule("recordings.audio-url")
def audio_url(probe: Probe) -> None:
    """`audioUrl` is where the recording is.

    Source: patched document, `audioUrl`: URL to the audio recording.
    """
    items = [each for each in listing(probe).items if each.get("audioUrl")][:2]
    if not items or probe.target.live:
        probe.skip("no audioUrl is told" if not items else "a live audioUrl may be of any host")
    operation = probe.target.operation(ROUTES[0])
    key = probe.target.key(operation, probe.region, "full")
    for item in items:
        exchange = probe.send("GET", item["audioUrl"], operation=operation,
                              key=None if key is None else (operation.key_header, *key))  # fmt: skip
        if probe.status(exchange, 200, when="audioUrl is asked for"):
            same = exchange.answer.body == recording(probe, item["conversationId"])[0].answer.body
            probe.expect(same, exchange, "the recording of the conversation", "another one")


@rule("recordings.ranges", drift=True)
def ranges(probe: Probe) -> None:
    """A server that offers ranges gives just the part that is asked for, and goes on only with the same file.

    Source: RFC 9110, sections 13.1.5 and 14: `Range`, `If-Range`, 206 and 416.
    """
    identifier = recorded(probe, 1)[0]["conversationId"]
    whole, _ = recording(probe, identifier)
    if whole.answer.headers.get("accept-ranges") != "bytes":
        probe.skip("the server offers no ranges")
    body, etag = whole.answer.body, whole.answer.headers.get("etag", '"none"')
    end = len(body)
    for asked, begin, stop in (
        ("bytes=10-109", 10, 110),
        (f"bytes={end - 7}-", end - 7, end),
        ("bytes=-5", end - 5, end),
    ):
        headers = {"range": asked, "if-range": etag}
        part = probe.call(ROUTES[0], identifier, headers=headers, judged=False)
        if probe.status(part, 206, when="a part is asked for"):
            probe.expect(part.answer.body == body[begin:stop], part, "the part that was asked for", "other bytes")
            told = part.answer.headers.get("content-range")
            probe.expect(told == f"bytes {begin}-{stop - 1}/{end}", part, "Content-Range tells the part", "another one")
    other = probe.call(ROUTES[0], identifier, headers={"range": "bytes=10-", "if-range": '"another"'}, judged=False)
    probe.status(other, 200, when="the part of another file is asked for")
    behind = probe.call(ROUTES[0], identifier, headers={"range": f"bytes={end}-"}, judged=False)
    probe.status(behind, 416, when="the part begins behind the end")


def _routes(probe: Probe) -> list[str]:
    return [each for each in ROUTES if probe.allowed(probe.target.operation(each))]


def _all(probe: Probe) -> list[Exchange]:
    """The recordings of some conversations: each side, from each host, raw and redacted."""
    if "recordings" not in probe.kept:
        probe.kept["recordings"] = [
            exchange
            for item in recorded(probe, 2)
            for route in _routes(probe)
            for direction in DIRECTIONS
            for redacted in (None, True)
            if (
                exchange := probe.call(
                    route, item["conversationId"], query={"direction": direction, "redacted": redacted}
                )
            ).answer.ok
        ]
    exchanges: list[Exchange] = probe.kept["recordings"]
    return exchanges


def _mixed(one: Wav, two: Wav) -> list[int]:
    return [left + right for left, right in zip(one.samples(), two.samples(), strict=False)]


def _without_numbers(text: str) -> str:
    """The same text for the same fault of recordings of other lengths."""
    return "".join("#" if each.isdigit() else each for each in text)
