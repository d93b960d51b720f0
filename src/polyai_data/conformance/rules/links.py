"""AssemblyAI's signed link: on another host, without a key, and expiring."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from polyai_data.conformance.exchange import Blocked, Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief
from polyai_data.conformance.rule import DRIFT, LAST, rule
from polyai_data.conformance.target import GONE, PENDING, READY
from polyai_data.conformance.wav import WavError, parse, silent

OPERATION = "getRedactedAudio"
_DAY = 24 * 3600
_MOST_POLLS = 10
_WAITING = (202, 400)
_MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3")


@rule("AssemblyAI, Get redacted audio: its two fields; the vendors' docs: a pre-signed link to another host.")
def test_ready(probe: Probe) -> None:
    """The response for a file that is ready has a status and a link to another host, over HTTPS, in every region."""
    own = {server.hostname for document in probe.target.documents.values() for server in document.servers}
    for region, transcript in _ready(probe):
        exchange = probe.call(OPERATION, transcript, region=region)
        probe.status(exchange, 200, when="the file is ready")
        probe.equal(exchange.value().get("status"), "redacted_audio_ready", exchange, "status is")
        link = urlsplit(_link(probe, region)[1])
        probe.expect(link.hostname not in own, exchange, "a link to a host other than the API's", link.hostname)
        probe.equal(link.scheme, "https", exchange, "the scheme of the link is")


@rule("AssemblyAI, Get redacted audio: the URL of the redacted audio file. The emulator knows where personal data is.")
def test_opens(probe: Probe) -> None:
    """The link gives the redacted file without a key: MP3, or WAV with sound, and none where personal data is."""
    knowledge = probe.target.knowledge
    for region, transcript in _ready(probe):
        exchange, link = _link(probe, region, transcript)
        file = probe.send("GET", link)
        if not probe.status(file, 200, when="the link is opened without a key"):
            continue
        if file.response.body.startswith(_MP3):
            continue
        try:
            wav = parse(file.response.body)
        except WavError as error:
            probe.expect(False, (exchange, file), "a WAV or MP3 file", error)
            continue
        probe.expect(any(wav.data), (exchange, file), "sound", "silence alone")
        if knowledge is not None:
            spans = knowledge.transcripts[transcript].plan.pii_spans()
            loud = [span for span in spans if not silent(wav, [span])]
            probe.expect(not loud, file, "personal data is muted", f"sound in the samples {brief(loud)}")


@rule("the vendors' docs: the key must never be sent to that host. The emulator refuses it to show a leak.", DRIFT)
def test_key_refused(probe: Probe) -> None:
    """The link's host refuses a request that brings a key."""
    probe.skip_live("a live key is not sent to another host")
    _, link = _link(probe)
    for operation in map(probe.target.operation, (OPERATION, "listConversations")):
        exchange = probe.send("GET", link, key=(operation.key_header, *probe.key(operation)))
        probe.status(exchange, 400, 403, when="the link is opened with a key")


@rule("the vendors' docs: a pre-signed link.")
def test_signature(probe: Probe) -> None:
    """A link that was changed, or has lost its query, does not open the file."""
    _, link = _link(probe)
    changes = {
        "the signature is changed": re.sub(
            r"(?i)(signature=)(.)", lambda m: m[1] + ("0" if m[2] != "0" else "1"), link
        ),
        "the query is left out": link.partition("?")[0],
        "the file is unknown": re.sub(r"/[^/?]+(\.\w+)\?", r"/another\1?", link),
        "the time is later": re.sub(r"(?i)(expires=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 9999}", link),
    }
    for region, transcript in _ready(probe):
        other = urlsplit(probe.call(OPERATION, transcript, region=region).value()["redacted_audio_url"])
        swapped = urlsplit(link)._replace(netloc=other.netloc, path=other.path).geturl()
        changes[f"the file is one of {region}"] = swapped
    for when, changed in changes.items():
        if changed != link:
            probe.refused(probe.send("GET", changed), when)


@rule("the vendors' docs: an error while the file is not ready (400 in practice); their SDK waits while it gets 202.")
def test_pending(probe: Probe) -> None:
    """While the file is not ready the response is 202 or 400, and then it becomes ready."""
    region = _regions(probe)[0]
    waiting = _of(probe, region, PENDING)
    if not waiting:
        probe.skip("every file is ready")
    exchanges = _polled(probe, region, waiting[0])
    probe.status(exchanges[0], *_WAITING, when="the file is not ready")
    probe.status(exchanges[-1], 200, when="some time has passed")


@rule("AssemblyAI, Get redacted audio: redacted audio files are only available for 24 hours.")
def test_gone(probe: Probe) -> None:
    """A file that was ready more than 24 hours ago is gone."""
    region = _regions(probe)[0]
    old = _of(probe, region, GONE)
    if not old:
        probe.skip("no file is known to be gone")
    probe.status(probe.call(OPERATION, old[0], region=region), 400, 404, when="the file is no longer kept")


@rule("AssemblyAI, Get redacted audio, 404; its note on the EU server.")
def test_unknown(probe: Probe) -> None:
    """The response for an unknown transcript, or one of another region, is 404."""
    region, *others = _regions(probe)
    probe.status(probe.call(OPERATION, UNKNOWN_ID, region=region), 404, when="the transcript is unknown")
    for other in others:
        for transcript in probe.target.transcripts[other]:
            exchange = probe.call(OPERATION, transcript, region=region)
            probe.status(exchange, 404, when="the transcript belongs to another region")


@rule("the vendors' docs: the file is kept for 24 hours; the link may expire sooner and can be requested again.", LAST)
def test_expires(probe: Probe) -> None:
    """The link stops working within 24 hours, and a new one is available for as long as the file is kept."""
    with _clock(probe) as advance:
        region, transcript, first = _fresh(probe)
        link = first.value()["redacted_audio_url"]
        probe.status(probe.send("GET", link), 200, when="the link is new")
        advance(_DAY - 60)
        again = probe.call(OPERATION, transcript, region=region)
        fresh = None
        if probe.status(again, 200, when="the file is less than 24 hours old"):
            fresh = again.value()["redacted_audio_url"]
            probe.status(probe.send("GET", fresh), 200, when="the link is new, and the file still kept")
        advance(120)
        probe.refused(probe.send("GET", link), "the link is 24 hours old")
        if fresh is not None:
            probe.refused(probe.send("GET", fresh), "the file is 24 hours old")
        none = probe.call(OPERATION, transcript, region=region)
        probe.status(none, 400, 404, when="the file is more than 24 hours old")


@rule("the vendors' docs: the link may expire sooner than the file; the emulator's does.", DRIFT, LAST)
def test_short_lived(probe: Probe) -> None:
    """The link stops working before its file is gone."""
    with _clock(probe) as advance:
        _, link = _link(probe)
        probe.status(probe.send("GET", link), 200, when="the link is new")
        advance(_DAY - 60)
        probe.refused(probe.send("GET", link), "the link is a day old")


@contextmanager
def _clock(probe: Probe) -> Iterator[Callable[[float], None]]:
    """What turns the target's clock, which is turned back at the end."""
    if probe.target.powers is None:
        probe.skip("the target's clock cannot be turned")
    powers = probe.target.powers
    began = powers.now()
    try:
        yield powers.advance
    finally:
        powers.set(began)


def _regions(probe: Probe) -> list[str]:
    return list(probe.target.transcripts) or probe.skip("no transcript is known")


def _of(probe: Probe, region: str, state: str) -> list[str]:
    return [name for name, each in probe.target.transcripts[region].items() if each == state]


def _ready(probe: Probe) -> Iterator[tuple[str, str]]:
    """The regions, each with each of its transcripts whose file is ready."""
    for region in _regions(probe):
        for transcript in _of(probe, region, READY):
            yield region, transcript


def _fresh(probe: Probe) -> tuple[str, str, Exchange]:
    """A file that became ready in this run, so that it is known when: its region, its transcript and a response."""
    for region in _regions(probe):
        for transcript in _of(probe, region, PENDING):
            return region, transcript, _polled(probe, region, transcript)[-1]
    return probe.skip("it is not known when a file became ready, as none was pending at first")


def _polled(probe: Probe, region: str, transcript: str) -> list[Exchange]:
    """The responses until a file is ready."""
    exchanges = [probe.call(OPERATION, transcript, region=region)]
    while exchanges[-1].response.status in _WAITING and len(exchanges) < _MOST_POLLS:
        exchanges.append(probe.call(OPERATION, transcript, region=region))
    return exchanges


def _link(probe: Probe, region: str | None = None, transcript: str | None = None) -> tuple[Exchange, str]:
    """A new link to a file that is ready, and the response that has it."""
    region = region or _regions(probe)[0]
    known = _of(probe, region, READY) or probe.skip("no file is ready")
    exchange = probe.call(OPERATION, transcript or known[0], region=region)
    link = exchange.value().get("redacted_audio_url")
    if not isinstance(link, str) or not urlsplit(link).hostname:
        raise Blocked(f"the response of {OPERATION} has no link")
    return exchange, link
