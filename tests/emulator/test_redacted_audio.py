"""AssemblyAI's redacted audio, and the host of its signed links."""

from __future__ import annotations

import io
import wave
from urllib.parse import urlsplit

import httpx

from tests.emulator.support import Caller


def link(call: Caller, region: str = "us") -> str:
    response = call("getRedactedAudio", region=region).json()
    assert response["status"] == "redacted_audio_ready"
    return str(response["redacted_audio_url"])


def fetch(call: Caller, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    parts = urlsplit(url)
    return call.send(method, parts.netloc, f"{parts.path}?{parts.query}", headers=headers)


def test_the_file_is_redacted_and_opens_without_an_operation(call: Caller) -> None:
    url = link(call)
    with wave.open(io.BytesIO(fetch(call, url).content)) as recording:
        frames = recording.readframes(recording.getnframes())
    plan = call.emulator.transcripts[urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")].plan
    assert len(plan.pii_spans()) > 1
    assert all(not any(frames[2 * start : 2 * end]) for start, end in plan.pii_spans())
    assert any(frames)
    assert call.emulator.requests[-1].operation_id is None


def test_a_request_that_the_host_refuses_is_named(call: Caller) -> None:
    response = fetch(call, link(call), **{"X-API-KEY": "anything"})
    assert (response.status_code, "the request has x-api-key" in response.text) == (400, True)
    response = fetch(call, link(call), "PUT")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


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


def test_a_recording_becomes_ready_after_three_calls(call: Caller) -> None:
    identifier = call.some_transcript(state="pending")
    statuses = [call("getRedactedAudio", transcript_id=identifier).status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 200, 200]
    assert call.emulator.transcripts[identifier].state == "ready"
    call.emulator.reset()
    assert "not ready" in call("getRedactedAudio", transcript_id=identifier).json()["error"]
