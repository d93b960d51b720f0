"""Who hears personal data: the matrix of PII access and `redacted`, by comparing samples."""

from __future__ import annotations

from collections.abc import Iterator

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.rules.recordings import DIRECTIONS, ROUTES
from polyai_data.conformance.sample import recorded, recording
from polyai_data.conformance.target import FULL, NO_PII
from polyai_data.conformance.wav import Wav, changed_spans, silent

Heard = tuple[Exchange, Wav]


@rule("pii.raw-by-default")
def raw_by_default(probe: Probe) -> None:
    """Who has PII access gets the raw recording when `redacted` is false or absent.

    Source: PolyAI's page Get conversation audio (v3), PII access and redaction: Yes, `false` (or omitted): raw
    recording.
    """
    for conversation, route, direction in _matrix(probe):
        absent = _hear(probe, conversation, route, direction, None)
        no = _hear(probe, conversation, route, direction, False)
        same = absent[1].data == no[1].data
        probe.expect(same, (absent[0], no[0]), "the same recording when redacted is absent or false", "another one")
        spans = _spans(probe, conversation, direction)
        if spans:
            heard = not silent(absent[1], spans)
            probe.expect(heard, absent[0], "personal data is heard with PII access", "it is muted")


@rule("pii.redacted-asked")
def redacted_asked(probe: Probe) -> None:
    """Who has PII access gets the redacted recording when `redacted` is true.

    Source: PolyAI's page Get conversation audio (v3), PII access and redaction: Yes, `true`: redacted recording.
    """
    any_change = False
    shown: list[Exchange] = []
    for conversation, route, direction in _matrix(probe):
        raw = _hear(probe, conversation, route, direction, None)
        asked = _hear(probe, conversation, route, direction, True)
        shown = [raw[0], asked[0]]
        changed = raw[1].data != asked[1].data
        any_change |= changed
        if _spans(probe, conversation, direction):
            probe.expect(changed, shown, "personal data is muted when redacted is true", "nothing is")
    if probe.target.knowledge is None and not any_change:
        probe.skip("none of the recordings has personal data")


@rule("pii.raw-withheld")
def raw_withheld(probe: Probe) -> None:
    """Who has no PII access gets the redacted recording, whatever `redacted` says.

    Source: PolyAI's page Get conversation audio (v3), PII access and redaction: No: redacted recording (enforced).
    """
    for conversation, route, direction in _matrix(probe):
        asked = _hear(probe, conversation, route, direction, True)
        for redacted in (None, False, True):
            exchange, wav = _hear(probe, conversation, route, direction, redacted, role=NO_PII)
            told = "absent" if redacted is None else str(redacted).lower()
            same = wav.data == asked[1].data
            probe.expect(
                same, (asked[0], exchange), f"the redacted recording without PII access, redacted {told}", "another one"
            )
            spans = _spans(probe, conversation, direction)
            if spans:
                quiet = silent(wav, spans)
                probe.expect(quiet, exchange, "personal data is muted without PII access", "it is heard")


@rule("pii.muted-only")
def muted_only(probe: Probe) -> None:
    """A redacted recording has the length of the raw one, and differs from it only where it is silent.

    Source: PolyAI's page Get conversation audio (v3), `redacted`: personally identifiable information is muted.
    """
    for conversation, route, direction in _matrix(probe):
        raw = _hear(probe, conversation, route, direction, None)
        asked = _hear(probe, conversation, route, direction, True)
        shown = (raw[0], asked[0])
        probe.expect(raw[1].frames == asked[1].frames, shown, "the length of the raw recording", "another length")
        quiet = silent(asked[1], changed_spans(raw[1], asked[1]))
        probe.expect(quiet, shown, "silence where it differs from the raw recording", "something else")


@rule("pii.spans")
def spans(probe: Probe) -> None:
    """A redacted recording mutes personal data from its first sample to its last, and nothing else.

    Source: PolyAI's page Get conversation audio (v3), `redacted`: personally identifiable information is muted;
    where it is, the emulator tells.
    """
    if probe.target.knowledge is None:
        probe.skip("where the personal data is, nobody tells")
    for conversation, route, direction in _matrix(probe):
        raw = _hear(probe, conversation, route, direction, None)
        asked = _hear(probe, conversation, route, direction, True)
        muted = changed_spans(raw[1], asked[1])
        right = muted == _spans(probe, conversation, direction)
        probe.expect(right, (raw[0], asked[0]), "just the spans with personal data are muted", "other spans")


@rule("pii.sides")
def sides(probe: Probe) -> None:
    """What is muted on one side is muted in the combined recording, and nothing more.

    Source: PolyAI's page Get conversation audio (v3), `direction`: `combined` is the mix of the two sides.
    """
    for conversation in _chosen(probe):
        for route in _routes(probe):
            muted, shown = {}, []
            for direction in DIRECTIONS:
                raw = _hear(probe, conversation, route, direction, None)
                asked = _hear(probe, conversation, route, direction, True)
                shown += [raw[0], asked[0]]
                muted[direction] = {
                    index for begin, end in changed_spans(raw[1], asked[1]) for index in (begin, end - 1)
                }
            if not probe.target.live:
                both = muted["user"] | muted["agent"]
                probe.expect(muted["combined"] == both, shown, "both sides' spans in the combined one", "others")


@rule("pii.routes")
def routes(probe: Probe) -> None:
    """The superseded operation withholds what the other one withholds.

    Source: PolyAI's page Get conversation audio (v3) and PolyAI's page Get audio recording for a conversation: the
    same matrix on both hosts.
    """
    for conversation in _chosen(probe):
        for redacted in (None, False, True):
            heard = [_hear(probe, conversation, route, "combined", redacted, role=NO_PII) for route in _routes(probe)]
            same = len({wav.data for _, wav in heard}) == 1
            probe.expect(same, [each for each, _ in heard], "the same recording on both hosts", "another one")


def _matrix(probe: Probe) -> Iterator[tuple[str, str, str]]:
    for conversation in _chosen(probe):
        for route in _routes(probe):
            for direction in DIRECTIONS:
                yield conversation, route, direction


def _chosen(probe: Probe) -> list[str]:
    """Two calls, with personal data in them where that is known."""
    calls = [each["conversationId"] for each in recorded(probe, 12)]
    knowledge = probe.target.knowledge
    if knowledge is not None:
        calls = [each for each in calls if knowledge.muted(each, "user")] or calls
    return calls[:2]


def _routes(probe: Probe) -> list[str]:
    return [each for each in ROUTES if probe.allowed(probe.target.operation(each))]


def _spans(probe: Probe, conversation: str, direction: str) -> list[tuple[int, int]]:
    knowledge = probe.target.knowledge
    return [] if knowledge is None else list(knowledge.muted(conversation, direction))


def _hear(
    probe: Probe, conversation: str, route: str, direction: str, redacted: bool | None, *, role: str = FULL
) -> Heard:
    """A recording; each is asked for once in a run."""
    key = ("heard", conversation, route, direction, redacted, role)
    if key not in probe.kept:
        query = {"direction": direction, "redacted": redacted}
        probe.kept[key] = recording(probe, conversation, operation=route, query=query, role=role)
    heard: Heard = probe.kept[key]
    return heard
