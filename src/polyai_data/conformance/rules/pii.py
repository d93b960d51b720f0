"""Which keys get personal data: the matrix of PII access and `redacted`, by comparing samples."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.rules.recordings import DIRECTIONS
from polyai_data.conformance.sample import recorded, recording, recordings
from polyai_data.conformance.target import NO_PII
from polyai_data.conformance.wav import Span, Wav, changed_spans, silent


@rule("PolyAI, Get conversation audio (v3), PII access and redaction: Yes, `false` (or omitted): raw recording.")
def test_raw_by_default(probe: Probe) -> None:
    """A key with PII access gets the raw recording when `redacted` is false or absent."""
    for get, spans in _matrix(probe):
        absent, wav = get(redacted=None)
        no, other = get(redacted=False)
        _same(probe, (absent, no), wav, other, "the same recording when redacted is absent or false")
        if spans:
            heard = not silent(wav, spans)
            probe.expect(heard, absent, "personal data is audible with PII access", "it is muted")


@rule("PolyAI, Get conversation audio (v3), PII access and redaction: No: redacted recording (enforced).")
def test_raw_withheld(probe: Probe) -> None:
    """A key without PII access gets the redacted recording, whatever `redacted` is."""
    for get, spans in _matrix(probe):
        expected, redacted = get(redacted=True)
        for value in (None, False, True):
            exchange, wav = get(redacted=value, role=NO_PII)
            what = f"the redacted recording without PII access, redacted {'absent' if value is None else brief(value)}"
            _same(probe, (expected, exchange), redacted, wav, what)
            loud = [span for span in spans if not silent(wav, [span])]
            seen = f"sound in the samples {brief(loud)}"
            probe.expect(not loud, exchange, "personal data is muted without PII access", seen)


@rule("PolyAI, Get conversation audio (v3), `redacted`: personal data is muted; the emulator knows where it is.")
def test_muted(probe: Probe) -> None:
    """A redacted recording has the length of the raw one, and is silent where personal data is, and only there."""
    for get, spans in _matrix(probe):
        (plain, raw), (exchange, redacted) = get(redacted=None), get(redacted=True)
        shown = (plain, exchange)
        seen = f"{redacted.frames} frames, not {raw.frames}"
        probe.expect(raw.frames == redacted.frames, shown, "the length of the raw recording", seen)
        muted = changed_spans(raw, redacted)
        loud = [span for span in muted if not silent(redacted, [span])]
        seen = f"other sound in the samples {brief(loud)}"
        probe.expect(not loud, shown, "silence where it differs from the raw recording", seen)
        if probe.target.knowledge is not None:
            seen = f"the samples {brief(muted)}, not {brief(spans)}"
            probe.expect(muted == spans, shown, "just the samples with personal data are muted", seen)


def _matrix(probe: Probe) -> Iterator[tuple[Callable[..., tuple[Exchange, Wav]], list[Span]]]:
    """What requests each recording, raw or redacted, and where it has personal data, as far as that is known."""
    knowledge = probe.target.knowledge
    for conversation, operation, direction in itertools.product(_chosen(probe), recordings(probe), DIRECTIONS):
        spans = [] if knowledge is None else knowledge.pii_spans(conversation, direction)
        yield functools.partial(recording, probe, conversation, operation=operation, direction=direction), spans


def _chosen(probe: Probe) -> list[str]:
    """Two calls, with personal data in them where that is known."""
    calls, knowledge = recorded(probe, 12), probe.target.knowledge
    if knowledge is not None:
        calls = [each for each in calls if knowledge.pii_spans(each, "user")] or calls
    return calls[:2]


def _same(probe: Probe, shown: tuple[Exchange, Exchange], one: Wav, two: Wav, expected: str) -> None:
    spans = [] if one.data == two.data else changed_spans(one, two)
    probe.expect(one.data == two.data, shown, expected, f"different in the samples {brief(spans)}")
