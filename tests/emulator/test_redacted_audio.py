"""AssemblyAI's redacted audio, its signed links and the host that they lead to."""

from __future__ import annotations

import io
import wave
from urllib.parse import urlsplit

import httpx
import pytest

from tests.emulator.support import Caller, vendor_hosts


def link(call: Caller, region: str = "us") -> str:
    answer = call("getRedactedAudio", region=region).json()
    assert answer["status"] == "redacted_audio_ready"
    return str(answer["redacted_audio_url"])


def fetch(call: Caller, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    parts = urlsplit(url)
    return call.send(method, parts.netloc, f"{parts.path}?{parts.query}", headers=headers)


@pytest.mark.parametrize("region", ["us", "eu"])
def test_the_link_leads_to_a_wav_file_on_a_host_of_nobodys(call: Caller, region: str) -> None:
    url = link(call, region)
    assert url.startswith("https://")
    assert urlsplit(url).netloc not in vendor_hosts()
    response = fetch(call, url)
    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as recording:
        assert recording.getnframes() > 8000
    assert call.emulator.requests[-1].operation_id is None
    assert fetch(call, url, "HEAD").status_code == 200


def test_the_file_has_its_pii_muted(call: Caller) -> None:
    plan = call.emulator.transcripts[call.some_transcript(state="ready")].plan
    frames = fetch(call, link(call)).content[44:]
    spans = plan.pii_spans()
    assert spans
    assert all(not any(frames[2 * start : 2 * end]) for start, end in spans)
    assert any(frames)


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "X-API-KEY"])
def test_a_request_that_carries_a_key_is_answered_with_400(call: Caller, header: str) -> None:
    response = fetch(call, link(call), **{header: "anything"})
    assert response.status_code == 400
    assert header.lower() in response.text


def test_a_link_expires_and_another_can_be_had(call: Caller) -> None:
    url = link(call)
    call.emulator.clock.advance(14 * 60)
    assert fetch(call, url).status_code == 200
    call.emulator.clock.advance(60)
    response = fetch(call, url)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/xml"
    assert "Request has expired" in response.text
    assert link(call) != url
    assert fetch(call, link(call)).status_code == 200


def test_the_file_is_gone_after_a_day(call: Caller) -> None:
    call.emulator.clock.advance(24 * 3600 - 60)
    url = link(call)
    call.emulator.clock.advance(60)
    assert fetch(call, url).status_code == 404
    assert "NoSuchKey" in fetch(call, url).text
    identifier = urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")
    assert call("getRedactedAudio", transcript_id=identifier).status_code == 404
    assert call.emulator.transcripts[identifier].state == "gone"


def test_a_link_cannot_be_changed(call: Caller) -> None:
    url = link(call)
    other = call.some_transcript(state="gone")
    ready = call.some_transcript(state="ready")
    for forged in (
        url.replace("Expires=1", "Expires=9"),
        url.replace(ready, other),
        url.partition("?")[0] + "?",
        url.partition("&")[0],
        url + "ü".encode().hex(),
    ):
        assert forged != url
        assert fetch(call, forged).status_code == 403


def test_only_reading_is_possible(call: Caller) -> None:
    assert fetch(call, link(call), "PUT").status_code == 405


def test_a_recording_becomes_ready_after_some_calls(call: Caller) -> None:
    identifier = call.some_transcript(state="pending")
    statuses = [call("getRedactedAudio", transcript_id=identifier).status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 200, 200]
    assert call.emulator.transcripts[identifier].state == "ready"
    call.emulator.reset()
    refused = call("getRedactedAudio", transcript_id=identifier)
    assert refused.status_code == 400
    assert "not ready" in refused.json()["error"]


def test_a_recording_that_was_ready_a_day_ago_is_gone(call: Caller) -> None:
    response = call("getRedactedAudio", transcript_id=call.some_transcript(state="gone"))
    assert response.status_code == 404
    assert set(response.json()) == {"error"}


def test_a_transcript_is_found_in_its_region_only(call: Caller) -> None:
    assert call("getRedactedAudio", region="eu", transcript_id=call.some_transcript("us", "ready")).status_code == 404
    assert call("getRedactedAudio", transcript_id="nobody").status_code == 404
