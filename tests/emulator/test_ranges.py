"""Recordings in parts, at each path that serves them, and recordings of any size."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import wave
from collections.abc import Callable

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.audio import LARGEST, render
from tests.emulator.conftest import Callers
from tests.emulator.support import RECORDINGS, Caller
from tests.support.document import operations

MIB = 1 << 20
SIZE = "X-Emulator-Recording-Bytes"
Fetch = Callable[..., httpx.Response]


@pytest.fixture(params=[*RECORDINGS, "MP3", "WAV"])
def fetch(request: pytest.FixtureRequest, call: Caller) -> Fetch:
    """Gets a recording, at one of the paths that serve it, with headers as they are given."""

    def get(method: str = "GET", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if request.param not in RECORDINGS:
            host, path = call.link(transcript_id=call.some_transcript(wav=request.param == "WAV"))
            return call.send(method, host, path, headers=sent)
        return call(request.param, headers=sent)

    return get


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=43-", slice(43, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=40-49", slice(40, 50)),
        ("bytes=100-99999999999", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999999", slice(0, None)),
        ("BYTES= 5-9", slice(5, 10)),
    ],
)
def test_a_range_gets_that_part(fetch: Fetch, header: str, part: slice) -> None:
    whole, response = fetch(), fetch(Range=header)
    size = len(whole.content)
    first, last, _ = part.indices(size)
    assert (response.status_code, response.headers["accept-ranges"]) == (206, "bytes")
    assert response.content == whole.content[part]
    assert response.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
    assert response.headers["content-length"] == str(last - first)
    assert response.headers["content-type"] == whole.headers["content-type"]
    assert response.headers["etag"] == whole.headers["etag"]


def test_a_range_reaches_the_last_byte_and_not_further(fetch: Fetch) -> None:
    whole = fetch().content
    size = len(whole)
    assert fetch(Range=f"bytes={size - 1}-").content == whole[-1:]
    for header in (f"bytes={size}-", f"bytes={size}-{size + 5}", "bytes=999999999999-", "bytes=-0"):
        response = fetch(Range=header)
        assert response.status_code == 416
        assert response.headers["content-range"] == f"bytes */{size}"
        assert f"the recording has {size} bytes; the range {header!r}" in response.text.replace("&#x27;", "'")


@pytest.mark.parametrize(
    "header",
    ["bytes=0-1,5-6", "bytes=-", "bytes=a-b", "bytes=9-3", "bytes 0-1", "items=0-1", "bytes=" + 30 * "9" + "-"],
)
def test_other_ranges_get_the_whole(fetch: Fetch, header: str) -> None:
    response = fetch(Range=header)
    assert (response.status_code, response.content) == (200, fetch().content)


def test_if_range_gets_the_part_of_the_same_file_only(fetch: Fetch) -> None:
    whole = fetch()
    etag = whole.headers["etag"]
    part = fetch(Range="bytes=100-", If_Range=etag)
    assert (part.status_code, part.content) == (206, whole.content[100:])
    for other in ('"other"', f"W/{etag}", etag.strip('"'), "Wed, 21 Oct 2026 07:28:00 GMT", ""):
        restarted = fetch(Range="bytes=100-", If_Range=other)
        assert (restarted.status_code, restarted.content) == (200, whole.content)
    assert fetch(Range="bytes=999999999999-", If_Range='"other"').status_code == 200


def test_the_etag_differs_when_the_bytes_do(call: Caller) -> None:
    responses = [
        call("getConversationRecording", key=key, params={"direction": direction}, headers=headers)
        for key in ("us", "us-no-pii")
        for direction in ("combined", "user", "agent")
        for headers in ({}, {SIZE: "1000"}, {SIZE: "1000000"})
    ]
    assert len({each.headers["etag"] for each in responses}) == 18
    assert len({(each.headers["etag"], each.content) for each in responses}) == 18
    redacted = call("getConversationRecording", params={"redacted": "true"})
    assert redacted.headers["etag"] == call("getConversationRecording", key="us-no-pii").headers["etag"]


@pytest.mark.parametrize("by", ["header", "property"])
def test_ranges_can_be_turned_off(call: Caller, fetch: Fetch, by: str) -> None:
    whole = fetch()
    headers = {"X_Emulator_Fault": "no-range"} if by == "header" else {}
    call.emulator.ranges = by == "header"
    response = fetch(Range="bytes=100-", If_Range=whole.headers["etag"], **headers)
    assert (response.status_code, response.content) == (200, whole.content)
    assert not {"etag", "accept-ranges", "content-range"} & set(response.headers)
    call.emulator.reset()
    assert fetch(Range="bytes=100-").status_code == 206


def test_a_head_request_is_about_the_whole_and_the_range_is_recorded(call: Caller) -> None:
    operation = operations()[RECORDINGS[0]]
    headers = {"Range": "bytes=5-9", operation.key_header: call.emulator.keys["us"].value}
    response = call.send("HEAD", operation.host("us"), call.path(operation), headers=headers)
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 1000
    assert call.emulator.requests[-1].range == "bytes=5-9"


def test_an_error_in_place_of_a_recording_offers_no_parts(call: Caller) -> None:
    response = call("getConversationRecording", conversationId="CA0", headers={"Range": "bytes=5-"})
    assert response.status_code == 404
    assert "accept-ranges" not in response.headers
    page = call("getConversationRecording", headers={"Range": "bytes=5-", "X-Emulator-Fault": "html"}, faulty=True)
    assert page.status_code == 502
    assert not {"etag", "accept-ranges", "content-range"} & set(page.headers)


@pytest.mark.parametrize("size", [44, 3_000_002])
def test_a_recording_has_the_requested_size(fetch: Fetch, size: int) -> None:
    response = fetch(**{SIZE: str(size)})
    assert (response.status_code, len(response.content)) == (200, size)
    if response.headers["content-type"] == "audio/wav":
        with wave.open(io.BytesIO(response.content)) as recording:
            assert recording.getnframes() == (size - 44) // 2
            assert len(recording.readframes(recording.getnframes())) == size - 44


def test_a_large_recording_repeats_the_call(call: Caller) -> None:
    for params in ({}, {"redacted": "true"}):
        once = call("getConversationRecording", params=params).content[44:]
        size = 44 + 5 * len(once) + 100
        large = call("getConversationRecording", params=params, headers={SIZE: str(size)})
        assert large.content[44:] == once * 5 + once[:100]


def test_every_recording_of_an_emulator_can_have_a_size(caller: Callers) -> None:
    call = caller(recording_bytes=1000)
    assert len(call(RECORDINGS[0]).content) == len(call.send("GET", *call.link()).content) == 1000
    assert len(call(RECORDINGS[0], headers={SIZE: "100"}).content) == 100
    call.emulator.recording_bytes = None
    assert len(call(RECORDINGS[0]).content) > 1000
    call.emulator.reset()
    assert call.emulator.recording_bytes == 1000


@pytest.mark.parametrize("size", ["42", "45", "-2", "1e6", "", str(LARGEST + 2)])
def test_an_impossible_size_is_refused(call: Caller, size: str) -> None:
    response = call(RECORDINGS[0], headers={SIZE: size})
    assert response.status_code == 400
    assert "x-emulator-recording-bytes: " in response.json()["error_message"]
    if size.removeprefix("-").isdigit():
        with pytest.raises(ValueError, match=f"even number of bytes from 44 to .*, not {size}"):
            Emulator(recording_bytes=int(size))
        with pytest.raises(ValueError, match="even number of bytes"):
            call.emulator.recording_bytes = int(size)
    assert call.emulator.recording_bytes is None


def test_the_largest_recording_has_a_header_too(call: Caller) -> None:
    headers = {SIZE: str(LARGEST)}
    header = call(RECORDINGS[0], headers={**headers, "Range": "bytes=0-43"}).content
    assert header[4:8] == (LARGEST - 8).to_bytes(4, "little")
    assert len(call(RECORDINGS[0], headers={**headers, "Range": f"bytes={LARGEST - 10}-"}).content) == 10


def test_a_large_recording_takes_no_memory(call: Caller) -> None:
    size = 64 * MIB
    plan = next(each for each in call.emulator.conversations() if each.recorded).plan
    operation = operations()[RECORDINGS[0]]
    headers = {"Host": operation.host("us"), operation.key_header: call.emulator.keys["us"].value, SIZE: str(size)}
    received, expected = hashlib.sha256(), hashlib.sha256()
    tracemalloc.start()
    try:
        with call.http.stream("GET", call.emulator.url + call.path(operation), headers=headers) as response:
            for piece in response.iter_raw():
                received.update(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Client and server are in this process, so both are measured.
    assert peak < 8 * MIB
    for piece in render(plan, "combined", redacted=False, size=size).pieces():
        expected.update(piece)
    assert received.digest() == expected.digest()


@pytest.mark.parametrize("fault", ["truncate", "reset-midway", "slow=0.01", "chunked"])
def test_a_large_recording_takes_faults_and_resumes(call: Caller, fault: str) -> None:
    whole = call(RECORDINGS[0], headers={SIZE: str(MIB)})
    arrived, broke = call.arriving(RECORDINGS[0], X_Emulator_Recording_Bytes=str(MIB), X_Emulator_Fault=fault)
    assert broke == (fault in {"truncate", "reset-midway"})
    assert fault == "reset-midway" or len(arrived) == (MIB // 2 if broke else MIB)
    rest = {"Range": f"bytes={len(arrived)}-", "If-Range": whole.headers["etag"], SIZE: str(MIB)}
    assert arrived + (call(RECORDINGS[0], headers=rest).content if broke else b"") == whole.content


def test_a_client_that_leaves_or_does_not_read_delays_nothing(
    http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    operation = operations()[RECORDINGS[0]]
    with Emulator(recording_bytes=LARGEST) as emulator:
        call = Caller(emulator, http)
        headers = {"Host": operation.host("us"), operation.key_header: emulator.keys["us"].value}
        with http.stream("GET", emulator.url + call.path(operation), headers=headers) as response:
            assert response.headers["content-length"] == str(LARGEST)
        assert call("listConversations").status_code == 200
        with http.stream("GET", emulator.url + call.path(operation), headers=headers) as response:
            pieces = response.iter_raw()
            assert next(pieces)
            emulator.stop()
            with pytest.raises(httpx.TransportError):
                for _ in pieces:
                    pass
    assert not caplog.records
