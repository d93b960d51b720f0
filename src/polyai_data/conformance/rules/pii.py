"""Which keys get personal data: the matrix of PII access and `redacted`, by comparing samples."""

from __future__ import annotations

from collections.abc import Iterator

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rules.recordings import DIRECTIONS
from polyai_data.conformance.sample import recorded, recording, recordings
from polyai_data.conformance.target import NO_PII
from polyai_data.conformance.wav import Wav, changed_spans, silent


def test_raw_by_default(probe: Probe) -> None:
    """A key with PII access gets the raw recording when `redacted` is false or absent.

    Source: PolyAI, Get conversation audio (v3), PII access and redaction: Yes, `false` (or omitted): raw recording.
    """
    for case in _matrix(probe):
        absent, wav = case.get(None)
        no, other = case.get(False)
        _same(probe, (absent, no), wav, other, "the same recording when redacted is absent or false")
        if case.spans:
            heard = not silent(wav, case.spans)
            probe.expect(heard, absent, "personal data is audible with PII access", "it is muted")


def test_redacted_asked(probe: Probe) -> None:
    """A key with PII access gets the redacted recording when `redacted` is true.

    Source: PolyAI, Get conversation audio (v3), PII access and redaction: Yes, `true`: redacted recording.
    """
    any_change = False
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        changed = raw.data != redacted.data
        any_change |= changed
        if case.spans:
            expected = "personal data is muted when redacted is true"
            probe.expect(changed, (plain, exchange), expected, "the raw recording")
    if probe.target.knowledge is None and not any_change:
        probe.skip("none of the recordings has personal data")


def test_raw_withheld(probe: Probe) -> None:
    """A key without PII access gets the redacted recording, whatever `redacted` is.

    Source: PolyAI, Get conversation audio (v3), PII access and redaction: No: redacted recording (enforced).
    """
    for case in _matrix(probe):
        expected, redacted = case.get(True)
        for value in (None, False, True):
            exchange, wav = case.get(value, role=NO_PII)
            what = f"the redacted recording without PII access, redacted {'absent' if value is None else brief(value)}"
            _same(probe, (expected, exchange), redacted, wav, what)
            loud = [span for span in case.spans if not silent(wav, [span])]
            seen = f"sound in the samples {brief(loud)}"
            probe.expect(not loud, exchange, "personal data is muted without PII access", seen)


def test_muted_only(probe: Probe) -> None:
    """A redacted recording has the length of the raw one, and differs from it only where it is silent.

    Source: PolyAI, Get conversation audio (v3), `redacted`: personally identifiable information is muted.
    """
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        shown = (plain, exchange)
        seen = f"{redacted.frames} frames, not {raw.frames}"
        probe.expect(raw.frames == redacted.frames, shown, "the length of the raw recording", seen)
        loud = [span for span in changed_spans(raw, redacted) if not silent(redacted, [span])]
        seen = f"other sound in the samples {brief(loud)}"
        probe.expect(not loud, shown, "silence where it differs from the raw recording", seen)


def test_spans(probe: Probe) -> None:
    """A redacted recording mutes personal data from its first sample to its last, and nothing else.

    Source: PolyAI, Get conversation audio (v3), `redacted`: personally identifiable information is muted; the
    emulator knows where it is.
    """
    if probe.target.knowledge is None:
        probe.skip("it is not known where personal data is")
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        muted = changed_spans(raw, redacted)
        seen = f"the samples {brief(muted)}, not {brief(case.spans)}"
        probe.expect(muted == case.spans, (plain, exchange), "just the samples with personal data are muted", seen)


def test_sides(probe: Probe) -> None:
    """What is muted on one side is muted in the combined recording, and nothing more.

    Source: PolyAI, Get conversation audio (v3), `direction`: `combined` is the mix of the two sides.
    """
    probe.skip_live("what is muted on live sides may overlap")
    edges: dict[tuple[str, str], dict[str, set[int]]] = {}
    shown: dict[tuple[str, str], list[Exchange]] = {}
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        muted = {index for begin, end in changed_spans(raw, redacted) for index in (begin, end - 1)}
        edges.setdefault(case.recording, {})[case.direction] = muted
        shown.setdefault(case.recording, []).extend((plain, exchange))
    for name, each in edges.items():
        differing = sorted((each["user"] | each["agent"]) ^ each["combined"])
        seen = f"different at the samples {brief(differing)}"
        probe.expect(not differing, shown[name], "combined is muted where one of the sides is", seen)


def test_routes(probe: Probe) -> None:
    """The superseded operation withholds what the other one withholds.

    Source: PolyAI, Get conversation audio (v3) and PolyAI, Get audio recording for a conversation: the same matrix
    on both hosts.
    """
    for conversation in _chosen(probe):
        for redacted in (None, False, True):
            cases = [_Case(probe, conversation, each, "combined").get(redacted, NO_PII) for each in recordings(probe)]
            for exchange, wav in cases[1:]:
                _same(probe, (cases[0][0], exchange), cases[0][1], wav, "the same recording from both hosts")


class _Case:
    """A recording in a direction, which can be requested raw and redacted."""

    def __init__(self, probe: Probe, conversation: str, operation: str, direction: str) -> None:
        self.probe = probe
        self.recording = (conversation, operation)
        self.direction = direction
        knowledge = probe.target.knowledge
        self.spans = [] if knowledge is None else knowledge.pii_spans(conversation, direction)

    def get(self, redacted: bool | None, role: str | None = None) -> tuple[Exchange, Wav]:
        conversation, operation = self.recording
        return recording(
            self.probe, conversation, operation=operation, role=role, direction=self.direction, redacted=redacted
        )


def _matrix(probe: Probe) -> Iterator[_Case]:
    for conversation in _chosen(probe):
        for operation in recordings(probe):
            for direction in DIRECTIONS:
                yield _Case(probe, conversation, operation, direction)


def _chosen(probe: Probe) -> list[str]:
    """Two calls, with personal data in them where that is known."""
    calls, knowledge = recorded(probe, 12), probe.target.knowledge
    if knowledge is not None:
        calls = [each for each in calls if knowledge.pii_spans(each, "user")] or calls
    return calls[:2]


def _same(probe: Probe, shown: tuple[Exchange, Exchange], one: Wav, two: Wav, expected: str) -> None:
    spans = [] if one.data == two.data else changed_spans(one, two)
    probe.expect(one.data == two.data, shown, expected, f"different in the samples {brief(spans)}")
