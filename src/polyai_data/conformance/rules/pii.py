"""Which keys get personal data: the matrix of PII access and `redacted`, by comparing samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.rules.recordings import DIRECTIONS
from polyai_data.conformance.sample import recorded, recording, recordings
from polyai_data.conformance.target import FULL, NO_PII
from polyai_data.conformance.wav import Wav, changed_spans, silent


@rule("PolyAI, Get conversation audio (v3), PII access and redaction: Yes, `false` (or omitted): raw recording.")
def test_raw_by_default(probe: Probe) -> None:
    """A key with PII access gets the raw recording when `redacted` is false or absent."""
    for case in _matrix(probe):
        absent, wav = case.get(None)
        no, other = case.get(False)
        _same(probe, (absent, no), wav, other, "the same recording when redacted is absent or false")
        if case.spans:
            heard = not silent(wav, case.spans)
            probe.expect(heard, absent, "personal data is audible with PII access", "it is muted")


@rule("PolyAI, Get conversation audio (v3), PII access and redaction: No: redacted recording (enforced).")
def test_raw_withheld(probe: Probe) -> None:
    """A key without PII access gets the redacted recording, whatever `redacted` is."""
    for case in _matrix(probe):
        expected, redacted = case.get(True)
        for value in (None, False, True):
            exchange, wav = case.get(value, role=NO_PII)
            what = f"the redacted recording without PII access, redacted {'absent' if value is None else brief(value)}"
            _same(probe, (expected, exchange), redacted, wav, what)
            loud = [span for span in case.spans if not silent(wav, [span])]
            seen = f"sound in the samples {brief(loud)}"
            probe.expect(not loud, exchange, "personal data is muted without PII access", seen)


@rule("PolyAI, Get conversation audio (v3), `redacted`: personally identifiable information is muted.")
def test_muted_only(probe: Probe) -> None:
    """A redacted recording has the length of the raw one, and differs from it only where it is silent."""
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        shown = (plain, exchange)
        seen = f"{redacted.frames} frames, not {raw.frames}"
        probe.expect(raw.frames == redacted.frames, shown, "the length of the raw recording", seen)
        loud = [span for span in changed_spans(raw, redacted) if not silent(redacted, [span])]
        seen = f"other sound in the samples {brief(loud)}"
        probe.expect(not loud, shown, "silence where it differs from the raw recording", seen)


@rule("PolyAI, Get conversation audio (v3), `redacted`: personal data is muted; the emulator knows where it is.")
def test_spans(probe: Probe) -> None:
    """A redacted recording mutes personal data from its first sample to its last, and nothing else."""
    if probe.target.knowledge is None:
        probe.skip("it is not known where personal data is")
    for case in _matrix(probe):
        (plain, raw), (exchange, redacted) = case.get(None), case.get(True)
        muted = changed_spans(raw, redacted)
        seen = f"the samples {brief(muted)}, not {brief(case.spans)}"
        probe.expect(muted == case.spans, (plain, exchange), "just the samples with personal data are muted", seen)


class _Case:
    """A recording in a direction, which can be requested raw and redacted."""

    def __init__(self, probe: Probe, conversation: str, operation: str, direction: str) -> None:
        self.probe = probe
        self.recording = (conversation, operation)
        self.direction = direction
        knowledge = probe.target.knowledge
        self.spans = [] if knowledge is None else knowledge.pii_spans(conversation, direction)

    def get(self, redacted: bool | None, role: str = FULL) -> tuple[Exchange, Wav]:
        conversation, operation = self.recording
        return recording(
            self.probe, conversation, operation=operation, role=role, direction=self.direction, redacted=redacted
        )


def _matrix(probe: Probe) -> Iterator[_Case]:
    for each in itertools.product(_chosen(probe), recordings(probe), DIRECTIONS):
        yield _Case(probe, *each)


def _chosen(probe: Probe) -> list[str]:
    """Two calls, with personal data in them where that is known."""
    calls, knowledge = recorded(probe, 12), probe.target.knowledge
    if knowledge is not None:
        calls = [each for each in calls if knowledge.pii_spans(each, "user")] or calls
    return calls[:2]


def _same(probe: Probe, shown: tuple[Exchange, Exchange], one: Wav, two: Wav, expected: str) -> None:
    spans = [] if one.data == two.data else changed_spans(one, two)
    probe.expect(one.data == two.data, shown, expected, f"different in the samples {brief(spans)}")
