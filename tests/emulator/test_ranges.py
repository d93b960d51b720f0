"""Recordings in parts, at each place that gives them out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.emulator.support import Caller

PLACES = ["getConversationRecording", "getConversationRecordingV3", "signed link"]
Fetch = Callable[..., httpx.Response]


@pytest.fixture(params=PLACES)
def fetch(request: pytest.FixtureRequest, call: Caller) -> Fetch:
    """Gets the recording of that place, with headers as they are given."""
    place = str(request.param)

    def get(method: str = "GET", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if place == "signed link":
            host, path = call.link()
            return call.send(method, host, path, headers=sent)
        return call(place, headers=sent)

    return get


def test_a_whole_recording_tells_that_it_can_be_had_in_parts(fetch: Fetch) -> None:
    response = fetch()
    assert response.status_code == 200
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-length"] == str(len(response.content))
    assert "content-range" not in response.headers
    etag = response.headers["etag"]
    assert etag.startswith('"')
    assert etag.endswith('"')
    assert fetch().headers["etag"] == etag


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=1-", slice(1, None)),
        ("bytes=43-", slice(43, None)),
        ("bytes=44-", slice(44, None)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=40-49", slice(40, 50)),
        ("bytes=100-99999999999", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999999", slice(0, None)),
        ("BYTES= 5-9", slice(5, 10)),
    ],
)
def test_a_range_is_answered_with_that_part(fetch: Fetch, asked: str, part: slice) -> None:
    whole = fetch()
    response = fetch(Range=asked)
    size = len(whole.content)
    first, last, _ = part.indices(size)
    assert response.status_code == 206
    assert response.content == whole.content[part]
    assert response.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
    assert response.headers["content-length"] == str(last - first)
    assert response.headers["content-type"] == "audio/wav"
    assert response.headers["etag"] == whole.headers["etag"]


def test_the_last_byte_can_be_had(fetch: Fetch) -> None:
    whole = fetch().content
    assert fetch(Range=f"bytes={len(whole) - 1}-").content == whole[-1:]


def test_a_range_behind_the_end_is_refused_with_the_size(fetch: Fetch) -> None:
    size = len(fetch().content)
    for asked in (f"bytes={size}-", f"bytes={size}-{size + 5}", "bytes=999999999999-", "bytes=-0"):
        response = fetch(Range=asked)
        assert response.status_code == 416
        assert response.headers["content-range"] == f"bytes */{size}"
        assert str(size) in response.text


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-3", "bytes 0-1", "items=0-1", "0-1", "bytes=--1",
     "bytes=" + 30 * "9" + "-"],
)  # fmt: skip
def test_what_is_no_single_range_is_passed_over(fetch: Fetch, asked: str) -> None:
    response = fetch(Range=asked)
    assert response.status_code == 200
    assert response.content == fetch().content


def test_if_range_gives_the_part_of_the_same_file_only(fetch: Fetch) -> None:
    whole = fetch()
    etag = whole.headers["etag"]
    part = fetch(Range="bytes=100-", If_Range=etag)
    assert (part.status_code, part.content) == (206, whole.content[100:])
    for other in ('"other"', f"W/{etag}", etag.strip('"'), "Wed, 21 Oct 2026 07:28:00 GMT", ""):
        restarted = fetch(Range="bytes=100-", If_Range=other)
        assert (restarted.status_code, restarted.content) == (200, whole.content)
    assert fetch(Range="bytes=999999999999-", If_Range='"other"').status_code == 200


def test_the_validator_differs_when_the_bytes_do(call: Caller) -> None:
    tags = {
        call("getConversationRecording", key=key, params={"direction": direction}).headers["etag"]
        for key in ("us", "us-no-pii")
        for direction in ("combined", "user", "agent")
    }
    assert len(tags) == 6
    redacted = call("getConversationRecording", params={"redacted": "true"})
    assert redacted.headers["etag"] == call("getConversationRecording", key="us-no-pii").headers["etag"]


@pytest.mark.parametrize("by", ["header", "property"])
def test_ranges_can_be_turned_off(call: Caller, fetch: Fetch, by: str) -> None:
    etag = fetch().headers["etag"]
    whole = fetch().content
    headers = {"X_Emulator_Fault": "no-range"} if by == "header" else {}
    call.emulator.ranges = by == "header"
    response = fetch(Range="bytes=100-", If_Range=etag, **headers)
    assert (response.status_code, response.content) == (200, whole)
    assert not {"etag", "accept-ranges", "content-range"} & set(response.headers)
    call.emulator.reset()
    assert fetch(Range="bytes=100-").status_code == 206


def test_ranges_can_be_off_from_the_start(http: httpx.Client) -> None:
    with Emulator(ranges=False) as emulator:
        call = Caller(emulator, http)
        assert call("getConversationRecording", headers={"Range": "bytes=5-"}).status_code == 200
        emulator.reset()
        assert not emulator.ranges
        emulator.ranges = True
        assert call("getConversationRecording", headers={"Range": "bytes=5-"}).status_code == 206


def test_an_error_in_place_of_a_recording_knows_no_parts(call: Caller) -> None:
    response = call("getConversationRecording", conversationId="nobody", headers={"Range": "bytes=5-"})
    assert response.status_code == 404
    assert "accept-ranges" not in response.headers
    page = call("getConversationRecording", headers={"Range": "bytes=5-", "X-Emulator-Fault": "html"}, faulty=True)
    assert page.status_code == 502
    assert not {"etag", "accept-ranges", "content-range"} & set(page.headers)


def test_a_head_request_is_answered_for_the_whole(call: Caller) -> None:
    host, path = call.link()
    response = call.send("HEAD", host, path, headers={"Range": "bytes=5-9"})
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 1000


def test_the_range_is_recorded(call: Caller) -> None:
    call("getConversationRecording", headers={"Range": "bytes=5-"})
    assert (call.emulator.requests[-1].range, call.emulator.requests[-1].status) == ("bytes=5-", 206)
    call("getConversationRecording")
    assert call.emulator.requests[-1].range == ""


@pytest.mark.parametrize("operation_id", PLACES[:2])
@pytest.mark.parametrize("fault", ["truncate", "reset-midway"])
def test_what_broke_off_can_be_had_from_there(call: Caller, operation_id: str, fault: str) -> None:
    whole = call(operation_id)
    arrived, broke = call.arriving(operation_id, X_Emulator_Fault=fault)
    assert broke
    assert 0 < len(arrived) < len(whole.content)
    headers = {"Range": f"bytes={len(arrived)}-", "If-Range": whole.headers["etag"]}
    assert arrived + call(operation_id, headers=headers).content == whole.content
