"""Faults of AssemblyAI's redacted audio and its signed links."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from polyai_data.emulator.data import audio
from polyai_data.emulator.operations import signed_links
from polyai_data.emulator.operations.call import Call
from polyai_data.emulator.state.state import GONE, PENDING, READY, Transcript
from tests.conformance.mutants.mutant import Fault, mutant

REDACTED = "getRedactedAudio"


@mutant(REDACTED, "links.short-lived links.expires")
def link_never_expires(fault: Fault) -> None:
    """A link opens the file for as long as there is one."""

    def link(original: Any, transcript: Transcript, seed: int, now: datetime) -> Any:
        return original(transcript, seed, now + timedelta(days=365))

    fault.function(signed_links, "link", link)


@mutant(REDACTED, "links.expires")
def link_dies_with_the_first(fault: Fault) -> None:
    """A new link has the time of the first one that was told, and so may be over from the start."""
    first: dict[str, datetime] = {}

    def link(original: Any, transcript: Transcript, seed: int, now: datetime) -> Any:
        return original(transcript, seed, first.setdefault(transcript.id, now))

    fault.function(signed_links, "link", link)


@mutant(REDACTED, "links.gone links.expires")
def file_kept_forever(fault: Fault) -> None:
    """A file is kept for longer than 24 hours."""

    def state(original: Any, transcript: Transcript) -> str:
        told = str(original(transcript))
        return READY if told == GONE else told

    fault.getter(Transcript, "state", state)


@mutant(REDACTED, "links.gone links.expires")
def gone_file_promised(fault: Fault) -> None:
    """The link to a file that is gone is still told, and opens nothing."""

    def handle(original: Any, call: Call) -> Any:
        transcript = call.state.transcripts.get(call.path["transcript_id"])
        if transcript is None or transcript.region != call.region or transcript.state != GONE:
            return original(call)
        link = signed_links.link(transcript, call.state.world.seed, call.state.clock.now())
        return {"status": "redacted_audio_ready", "redacted_audio_url": link}

    fault.handler(handle)


@mutant(REDACTED, "links.signature")
def signature_unchecked(fault: Fault) -> None:
    """Any signature opens the file."""

    fault.function(hmac, "compare_digest", lambda *_: True)


@mutant(REDACTED, "links.signature")
def time_unsigned(fault: Fault) -> None:
    """The signature does not cover when the link expires."""
    fault.function(signed_links, "_signature", lambda original, seed, path, _expires: original(seed, path, ""))


@mutant(REDACTED, "links.signature")
def file_unsigned(fault: Fault) -> None:
    """The signature does not cover which file the link opens."""
    fault.function(signed_links, "_signature", lambda original, seed, _path, expires: original(seed, "", expires))


@mutant(REDACTED, "links.other-host")
def link_to_own_host(fault: Fault) -> None:
    """The link leads to the API's own host."""

    def handle(original: Any, call: Call) -> Any:
        shown = original(call)
        host = next(server.hostname for server in call.operation.servers if server.region == call.region)
        return {**shown, "redacted_audio_url": shown["redacted_audio_url"].replace(signed_links.HOST, host)}

    fault.handler(handle)


@mutant(REDACTED, "links.other-host")
def link_without_tls(fault: Fault) -> None:
    """The link is one of plain HTTP."""
    fault.value(lambda value: value.update(redacted_audio_url=value["redacted_audio_url"].replace("https:", "http:")))


@mutant(REDACTED, "links.opens")
def link_escaped_twice(fault: Fault) -> None:
    """The link's ampersand is escaped as HTML, so that it opens nothing."""
    fault.value(lambda value: value.update(redacted_audio_url=value["redacted_audio_url"].replace("&", "&amp;")))


@mutant(REDACTED, "links.redacted")
def raw_file(fault: Fault) -> None:
    """The link opens the raw recording."""

    def render(original: Any, plan: Any, direction: str, *, redacted: bool, size: int | None = None) -> Any:
        raw = any(plan is each for each in plans)
        return original(plan, direction, redacted=redacted and not raw, size=size)

    plans: list[Any] = []

    def serve(original: Any, state: Any, *values: Any, **options: Any) -> Any:
        plans[:] = state.world.sounds
        return original(state, *values, **options)

    fault.function(audio, "render", render)
    fault.function(signed_links, "serve", serve)


@mutant(REDACTED, "links.key-refused")
def key_welcome(fault: Fault) -> None:
    """The link's host opens the file to who sends a key along."""

    def serve(original: Any, state: Any, request: Any, _headers: Any, **options: Any) -> Any:
        return original(state, request, set(), **options)

    fault.function(signed_links, "serve", serve)


@mutant(REDACTED, "links.pending")
def pending_is_success(fault: Fault) -> None:
    """While the file is not ready the call succeeds, with a link to nothing."""

    def handle(original: Any, call: Call) -> Any:
        transcript = call.state.transcripts.get(call.path["transcript_id"])
        if transcript is None or transcript.region != call.region or transcript.state != PENDING:
            return original(call)
        call.state.poll(transcript)
        link = signed_links.link(transcript, call.state.world.seed, call.state.clock.now())
        return {"status": "redacted_audio_processing", "redacted_audio_url": link}

    fault.handler(handle)


@mutant(REDACTED, "links.pending")
def never_ready(fault: Fault) -> None:
    """A file that is not ready never becomes so."""
    fault.function(Transcript, "poll", lambda _original, transcript: transcript.state)


@mutant(REDACTED, "links.unknown")
def any_regions_transcript(fault: Fault) -> None:
    """A transcript is found in every region."""

    def handle(original: Any, call: Call) -> Any:
        found = call.state.transcripts.get(call.path["transcript_id"])
        return original(call if found is None else replace(call, region=found.region))

    fault.handler(handle)


@mutant(REDACTED, "links.ready document.schema")
def status_of_transcript(fault: Fault) -> None:
    """The status is that of the transcript, and not that of the file."""
    fault.value(lambda value: value.update(status="completed"))
