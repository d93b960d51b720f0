"""AssemblyAI's signed link: another host's, without a key, and gone after its time."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from polyai_data.conformance.model import Blocked, Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.target import FULL, GONE, PENDING, READY
from polyai_data.conformance.wav import WavError, parse, silent

OPERATION = "getRedactedAudio"
_DAY = 24 * 3600
_MOST_POLLS = 10


@rule("links.ready")
def ready(probe: Probe) -> None:
    """A file that is ready is told with a status and a link, in every region that has one.

    Source: AssemblyAI's page Get redacted audio: `redacted_audio_ready` and `redacted_audio_url`.
    """
    for region in _regions(probe):
        for transcript in _of(probe, region, READY):
            exchange = probe.call(OPERATION, transcript, region=region)
            probe.status(exchange, 200, when="the file is ready")
            told = exchange.value().get("status")
            probe.expect(told == "redacted_audio_ready", exchange, "the status redacted_audio_ready", f"{told}")


@rule("links.other-host")
def other_host(probe: Probe) -> None:
    """The link leads to another host than the API's, over HTTPS.

    Source: the vendors' documentation: a pre-signed link to another host; AssemblyAI's page Get redacted audio.
    """
    exchange, link = _link(probe)
    own = {server.hostname for document in probe.target.documents.values() for server in document.servers}
    parts = urlsplit(link)
    probe.expect(parts.hostname not in own, exchange, "a link to another host", "one of the API's hosts")
    probe.expect(parts.scheme == "https", exchange, "a link over HTTPS", f"{parts.scheme}")


@rule("links.opens")
def opens(probe: Probe) -> None:
    """The link gives the file to who has no key: a WAV file with sound.

    Source: AssemblyAI's page Get redacted audio: the URL of the redacted audio file; the vendors' documentation: a
    pre-signed link.
    """
    exchange, link = _link(probe)
    file = probe.send("GET", link)
    if not probe.status(file, 200, when="the link is opened without a key"):
        return
    try:
        wav = parse(file.answer.body)
        wrong = "" if any(wav.data) else "silence alone"
    except WavError as error:
        wrong = str(error)
    probe.expect(not wrong, (exchange, file), "a WAV file with sound", wrong)


@rule("links.redacted")
def redacted(probe: Probe) -> None:
    """The file is the redacted one.

    Source: AssemblyAI's page Get redacted audio: the redacted audio; where the personal data is, the emulator
    tells.
    """
    knowledge = probe.target.knowledge
    if knowledge is None:
        probe.skip("where the personal data is, nobody tells")
    for region in _regions(probe):
        for transcript in _of(probe, region, READY):
            _, link = _link(probe, region)
            file = probe.send("GET", link)
            try:
                quiet = silent(parse(file.answer.body), knowledge.muted_in_transcript(transcript))
            except WavError as error:
                raise Blocked(f"the file cannot be read: {error}", file) from None
            probe.expect(quiet, file, "personal data is muted", "it is heard")


@rule("links.key-refused", drift=True)
def key_refused(probe: Probe) -> None:
    """The link's host takes no key, and refuses a request that brings one.

    Source: the vendors' documentation: the key must never be sent to that other host. The emulator refuses it, so
    that a leak shows.
    """
    if probe.target.live:
        probe.skip("a live key is not sent to another host")
    _, link = _link(probe)
    operation = probe.target.operation(OPERATION)
    key = probe.target.key(operation, probe.home(operation), FULL)
    polyai = probe.target.operation("listConversations")
    other = probe.target.key(polyai, probe.region, FULL)
    for header, found in ((operation.key_header, key), (polyai.key_header, other)):
        if found is not None:
            exchange = probe.send("GET", link, key=(header, *found))
            probe.status(exchange, 400, 403, when="the link is opened with a key")


@rule("links.signature")
def signature(probe: Probe) -> None:
    """A link that was changed, or has lost its query, does not open the file.

    Source: the vendors' documentation: a pre-signed link.
    """
    _, link = _link(probe)
    changes = {
        "the signature is another": re.sub(
            r"(?i)(signature=)(.)", lambda m: m[1] + ("0" if m[2] != "0" else "1"), link
        ),
        "the query is left out": link.partition("?")[0],
        "the file is another": re.sub(r"/[^/?]+\.wav", "/another.wav", link),
        "the time is later": re.sub(r"(?i)(expires=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 9999}", link),
    }
    for region in _regions(probe):
        for transcript in _of(probe, region, READY):
            other = urlsplit(probe.call(OPERATION, transcript, region=region).value()["redacted_audio_url"])
            swapped = urlsplit(link)._replace(netloc=other.netloc, path=other.path).geturl()
            changes[f"the file is {region}'s"] = swapped
    for what, changed in changes.items():
        if changed != link:
            exchange = probe.send("GET", changed)
            refused = 400 <= exchange.answer.status < 500
            probe.expect(refused, exchange, f"4xx when {what}", f"{exchange.answer.status}")


@rule("links.pending")
def pending(probe: Probe) -> None:
    """While the file is not ready the call answers 400, and then it becomes ready.

    Source: the vendors' documentation: while the file is not ready the call answers an error (400 in practice).
    """
    region = _regions(probe)[0]
    waiting = _of(probe, region, PENDING)
    if not waiting:
        probe.skip("every file is ready")
    exchanges = [probe.call(OPERATION, waiting[0], region=region)]
    while exchanges[-1].answer.status == 400 and len(exchanges) < _MOST_POLLS:
        exchanges.append(probe.call(OPERATION, waiting[0], region=region))
    probe.expect(exchanges[0].answer.status == 400, exchanges[0], "400 while the file is not ready", "another status")
    probe.expect(exchanges[-1].answer.status == 200, exchanges[-1], "200 after some time", "it is never ready")


@rule("links.gone")
def gone(probe: Probe) -> None:
    """A file that was ready more than 24 hours ago is gone.

    Source: AssemblyAI's page Get redacted audio: redacted audio files are only available for 24 hours.
    """
    region = _regions(probe)[0]
    old = _of(probe, region, GONE)
    if not old:
        probe.skip("no file is known to be gone")
    probe.status(probe.call(OPERATION, old[0], region=region), 400, 404, when="the file is no longer kept")


@rule("links.unknown")
def unknown(probe: Probe) -> None:
    """A transcript that is not there, or is another region's, is answered with 404.

    Source: AssemblyAI's page Get redacted audio, 404; its note on the EU server.
    """
    region = _regions(probe)[0]
    probe.status(probe.call(OPERATION, UNKNOWN_ID, region=region), 404, when="there is no such transcript")
    for other in _regions(probe)[1:]:
        theirs = _of(probe, other, READY)[0]
        probe.status(probe.call(OPERATION, theirs, region=region), 404, when="the transcript is another region's")


@rule("links.expires", last=True)
def expires(probe: Probe) -> None:
    """The link stops working within 24 hours, and another one can be had for as long as the file is kept.

    Source: the vendors' documentation: the file is kept for 24 hours; the link may expire sooner and can be asked
    for again.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("the target's clock cannot be turned")
    region = _regions(probe)[0]
    transcript = _of(probe, region, READY)[0]
    turned = 0.0
    try:
        _, link = _link(probe)
        probe.status(probe.send("GET", link), 200, when="the link is new")
        powers.advance(_DAY - 60)
        turned += _DAY - 60
        again = probe.call(OPERATION, transcript, region=region)
        if probe.status(again, 200, when="the file is less than 24 hours old"):
            fresh = again.value()["redacted_audio_url"]
            probe.status(probe.send("GET", fresh), 200, when="the link is new, and the file still kept")
        powers.advance(120)
        turned += 120
        dead = probe.send("GET", link)
        probe.expect(
            400 <= dead.answer.status < 500, dead, "4xx when the link is 24 hours old", f"{dead.answer.status}"
        )
        if again.answer.ok:
            late = probe.send("GET", again.value()["redacted_audio_url"])
            refused = 400 <= late.answer.status < 500
            probe.expect(refused, late, "4xx when the file is 24 hours old", f"{late.answer.status}")
        none = probe.call(OPERATION, transcript, region=region)
        probe.status(none, 400, 404, when="the file is more than 24 hours old")
    finally:
        powers.advance(-turned)


@rule("links.short-lived", drift=True, last=True)
def short_lived(probe: Probe) -> None:
    """The link stops working before its file is gone.

    Source: the vendors' documentation: the link may expire sooner than the file; this project's emulator has it
    expire after minutes.
    """
    powers = probe.target.powers
    if powers is None:
        probe.skip("the target's clock cannot be turned")
    _, link = _link(probe)
    powers.advance(_DAY - 60)
    try:
        old = probe.send("GET", link)
        refused = 400 <= old.answer.status < 500
        probe.expect(refused, old, "4xx when the link is a day old", f"{old.answer.status}")
    finally:
        powers.advance(60 - _DAY)


def _regions(probe: Probe) -> list[str]:
    if not probe.target.transcripts:
        probe.skip("no transcript is known")
    return list(probe.target.transcripts)


def _of(probe: Probe, region: str, state: str) -> list[str]:
    return [each.id for each in probe.target.transcripts[region] if each.state == state]


def _link(probe: Probe, region: str | None = None) -> tuple[Exchange, str]:
    """A new link to a file that is ready, and the answer that told it."""
    region = region or _regions(probe)[0]
    known = _of(probe, region, READY)
    if not known:
        probe.skip("no file is ready")
    exchange = probe.call(OPERATION, known[0], region=region)
    link = exchange.value().get("redacted_audio_url")
    if not isinstance(link, str) or not urlsplit(link).hostname:
        raise Blocked("no link is told", exchange)
    return exchange, link
