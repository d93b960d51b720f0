"""AssemblyAI's redacted audio, and the host of its signed links."""

from __future__ import annotations

import io
import wave
from urllib.parse import urlsplit

import httpx
import pytest

from tests.emulator.support import Caller, vendor_hosts


def link(call: Caller, region: str = "us") -> str:
    response = call("getRedactedAudio", region=region).json()
    assert response["status"] == "redacted_audio_ready"
    return str(response["redacted_audio_url"])


def fetch(call: Caller, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    parts = urlsplit(url)
    return call.send(method, parts.netloc, f"{parts.path}?{parts.query}", headers=headers)


@pytest.mark.parametrize("region", ["us", "eu"])
def test_the_link_leads_to_a_wav_file_on_a_host_of_its_own(call: Caller, region: str) -> None:
    url = link(call, region)
    assert url.startswith("https://")
    assert urlsplit(url).netloc not in vendor_hosts()
    response = fetch(call, url)
    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as recording:
        frames = recording.readframes(recording.getnframes())
    plan = call.emulator.transcripts[urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")].plan
    assert len(plan.pii_spans()) > 1
    assert all(not any(frames[2 * start : 2 * end]) for start, end in plan.pii_spans())
    assert any(frames)
    assert call.emulator.requests[-1].operation_id is None
    assert fetch(call, url, "HEAD").status_code == 200


@pytest.mark.parametrize("header", ["Authorization", "X-API-KEY"])
def test_a_request_with_a_key_is_400(call: Caller, header: str) -> None:
    response = fetch(call, link(call), **{header: "anything"})
    assert response.status_code == 400
    assert f"the request has {header.lower()}" in response.text


def test_a_link_expires_and_another_one_works(call: Caller) -> None:
    url = link(call)
    call.emulator.clock.advance(15 * 60 - 1)
    assert fetch(call, url).status_code == 200
    call.emulator.clock.advance(1)
    response = fetch(call, url)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/xml"
    assert "Request has expired" in response.text
    assert fetch(call, link(call)).status_code == 200


def test_the_file_is_gone_after_a_day(call: Caller) -> None:
    call.emulator.clock.advance(24 * 3600 - 1)
    url = link(call)
    assert fetch(call, url).status_code == 200
    call.emulator.clock.advance(1)
    assert fetch(call, url).status_code == 404
    assert "NoSuchKey" in fetch(call, url).text
    identifier = urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")
    assert call("getRedactedAudio", transcript_id=identifier).status_code == 404
    assert call.emulator.transcripts[identifier].state == "gone"


def test_a_changed_link_is_403(call: Caller) -> None:
    url = link(call)
    ready, gone = (call.some_transcript(state=state) for state in ("ready", "gone"))
    for forged in (
        url.replace("Expires=1", "Expires=9"),
        url.replace(ready, gone),
        url.partition("?")[0] + "?",
        url.partition("&")[0],
        url + "ü".encode().hex(),
    ):
        assert forged != url
        response = fetch(call, forged)
        assert (response.status_code, "SignatureDoesNotMatch" in response.text) == (403, True)


def test_a_link_can_only_be_read(call: Caller) -> None:
    response = fetch(call, link(call), "PUT")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


def test_a_recording_becomes_ready_after_three_calls(call: Caller) -> None:
    identifier = call.some_transcript(state="pending")
    statuses = [call("getRedactedAudio", transcript_id=identifier).status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 200, 200]
    assert call.emulator.transcripts[identifier].state == "ready"
    call.emulator.reset()
    assert "not ready" in call("getRedactedAudio", transcript_id=identifier).json()["error"]


def test_a_gone_recording_or_one_of_another_region_is_404(call: Caller) -> None:
    ready, gone = (call.some_transcript(state=state) for state in ("ready", "gone"))
    for region, identifier in (("us", gone), ("eu", ready), ("us", "unknown")):
        response = call("getRedactedAudio", region=region, transcript_id=identifier)
        assert (response.status_code, set(response.json())) == (404, {"error"})
