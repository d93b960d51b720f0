"""AssemblyAI's redacted audio, and the host of its signed links."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from tests.emulator.support import Caller


def link(call: Caller, *, wav: bool = False, host: str | None = None) -> str:
    response = call("getRedactedAudio", transcript_id=call.some_transcript(wav=wav), host=host).json()
    assert response["status"] == "redacted_audio_ready"
    return str(response["redacted_audio_url"])


def fetch(call: Caller, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    parts = urlsplit(url)
    return call.send(method, parts.netloc, f"{parts.path}?{parts.query}", headers=headers)


def test_a_request_that_the_host_refuses_is_named(call: Caller) -> None:
    response = fetch(call, link(call), **{"X-API-KEY": "anything"})
    assert (response.status_code, "the request has x-api-key" in response.text) == (400, True)
    response = fetch(call, link(call), "PUT")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert fetch(call, link(call), "HEAD").status_code == 403


def test_the_file_is_gone_after_a_day(call: Caller) -> None:
    call.emulator.clock.advance(24 * 3600 - 1)
    url = link(call)
    assert fetch(call, url).status_code == 200
    call.emulator.clock.advance(1)
    assert fetch(call, url).status_code == 404
    assert "NoSuchKey" in fetch(call, url).text
    identifier = urlsplit(url).path.rpartition("/")[2].removesuffix(".mp3")
    response = call("getRedactedAudio", transcript_id=identifier)
    assert (response.status_code, "no longer available" in response.json()["error"]) == (400, True)
    assert call.emulator.transcripts[identifier].state == "gone"
    call.emulator.as_documented = True
    assert call("getRedactedAudio", transcript_id=identifier).status_code == 404


def test_a_transcript_without_redaction_says_so(call: Caller) -> None:
    response = call("getRedactedAudio", transcript_id=call.some_transcript(state="not-enabled"))
    assert (response.status_code, "not enabled" in response.json()["error"]) == (400, True)


def test_the_file_is_an_mp3_unless_wav_was_asked_for(call: Caller) -> None:
    url = link(call)
    file = fetch(call, url)
    assert urlsplit(url).path.endswith(".mp3")
    assert file.headers["content-type"] == "binary/octet-stream"
    # The tag names its length in seven bits a byte; the frames that follow are of 36 bytes and begin with a sync word.
    begin = 10 + sum(each << 7 * place for place, each in enumerate(reversed(file.content[6:10])))
    frames = [file.content[place : place + 36] for place in range(begin, len(file.content), 36)]
    plan = call.emulator.transcripts[call.some_transcript()].plan
    assert file.content.startswith(b"ID3")
    assert {frame[:4] for frame in frames} == {b"\xff\xf3\x18\xc0"}
    assert 0 <= len(frames) * 0.036 - plan.seconds < 0.036
    assert {len(frame) for frame in frames} == {36}
    call.emulator.as_documented = True
    assert fetch(call, link(call)).content.startswith(b"RIFF")
    # What a link leads to does not depend on what was set later.
    assert fetch(call, url).content == file.content


def test_a_link_opens_where_its_client_can_get(call: Caller) -> None:
    name = call.emulator.url.removeprefix("http://")
    url = link(call, host=name)
    assert url.startswith(f"{call.emulator.url}/")
    assert call.http.get(url).content == fetch(call, link(call)).content
    assert call.http.get(url + "0").status_code == 403
    leaked = call.http.get(url, headers={"Authorization": "anything"})
    assert (leaked.status_code, "KeyLeak" in leaked.text) == (400, True)


def test_a_429_on_request_says_what_the_limit_is(call: Caller) -> None:
    response = call("getRedactedAudio", headers={"X-Emulator-Status": "429"})
    limits = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
    assert [name for name in response.headers if name.startswith("x-ratelimit-")] == limits
    assert response.headers["retry-after"] == "1"
