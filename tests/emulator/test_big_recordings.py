"""Recordings of any size, which are made while they are sent."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import wave

import httpx
import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.audio import LARGEST, check_size, render
from polyai_data.emulator.operations import HANDLERS
from tests.emulator.support import Caller, operations

BOTH = ["getConversationRecording", "getConversationRecordingV3"]
SIZES = [44, 46, 1000, 1 << 20, 3_000_002]
MIB = 1 << 20


def sized(call: Caller, operation_id: str, size: int, **params: str) -> httpx.Response:
    return call(operation_id, headers={"X-Emulator-Recording-Bytes": str(size)}, params=params)


@pytest.mark.parametrize("operation_id", BOTH)
@pytest.mark.parametrize("size", SIZES)
def test_a_recording_has_the_size_that_is_asked_for(call: Caller, operation_id: str, size: int) -> None:
    response = sized(call, operation_id, size)
    assert response.status_code == 200
    assert response.headers["content-length"] == str(size)
    assert len(response.content) == size
    with wave.open(io.BytesIO(response.content)) as recording:
        assert recording.getnframes() == (size - 44) // 2
        assert len(recording.readframes(recording.getnframes())) == size - 44


def test_the_call_is_played_over_and_over(call: Caller) -> None:
    once = call("getConversationRecording").content[44:]
    frames = sized(call, "getConversationRecording", 44 + 5 * len(once) + 100).content[44:]
    assert frames == once * 5 + once[:100]


def test_its_personal_data_is_muted_all_the_same(call: Caller) -> None:
    spans = call.emulator.pii_spans(call.some_call())
    once = len(call("getConversationRecording").content) - 44
    frames = sized(call, "getConversationRecording", 44 + 3 * once, redacted="true").content[44:]
    for begin, end in spans:
        for round_ in range(3):
            assert not any(frames[round_ * once + 2 * begin : round_ * once + 2 * end])
    assert any(frames)


def test_the_signed_file_has_that_size_too(call: Caller) -> None:
    host, path = call.link()
    response = call.send("GET", host, path, headers={"X-Emulator-Recording-Bytes": "1000000"})
    assert len(response.content) == 1_000_000
    call.emulator.recording_bytes = 2_000_000
    assert len(call.send("GET", host, path).content) == 2_000_000


@pytest.mark.parametrize("begin", [0, 1, 43, 44, 45, 131_072, 131_073, 1_234_567, 2_999_999])
def test_parts_of_it_can_be_had(call: Caller, begin: int) -> None:
    size = 3_000_000
    whole = sized(call, BOTH[0], size)
    headers = {"X-Emulator-Recording-Bytes": str(size), "Range": f"bytes={begin}-", "If-Range": whole.headers["etag"]}
    part = call(BOTH[0], headers=headers)
    assert part.status_code == 206
    assert part.content == whole.content[begin:]
    assert part.headers["content-range"] == f"bytes {begin}-{size - 1}/{size}"


def test_another_size_is_another_file(call: Caller) -> None:
    tags = {sized(call, BOTH[0], size).headers["etag"] for size in (*SIZES, *SIZES)}
    assert len(tags) == len(SIZES)


def test_all_recordings_can_be_made_so(http: httpx.Client) -> None:
    with Emulator(recording_bytes=5 * MIB) as emulator:
        call = Caller(emulator, http)
        assert [len(call(operation_id).content) for operation_id in BOTH] == [5 * MIB, 5 * MIB]
        assert len(sized(call, BOTH[0], 100).content) == 100
        emulator.recording_bytes = None
        assert len(call(BOTH[0]).content) < 5 * MIB
        emulator.reset()
        assert emulator.recording_bytes == 5 * MIB
        web_chat = next(each for each in emulator.conversations() if not each.recorded)
        assert call(BOTH[0], conversationId=web_chat.id).status_code == 404


@pytest.mark.parametrize("size", ["43", "0", "-2", "45", "1e6", "", "many", str(LARGEST + 2)])
def test_a_size_that_cannot_be_is_refused(call: Caller, size: str) -> None:
    response = call(BOTH[0], headers={"X-Emulator-Recording-Bytes": size})
    assert response.status_code == 400
    assert "x-emulator-recording-bytes" in response.json()["error_message"]


def test_a_size_that_cannot_be_is_an_error() -> None:
    with pytest.raises(ValueError, match="even number of bytes"):
        Emulator(recording_bytes=45)
    emulator = Emulator()
    with pytest.raises(ValueError, match="even number of bytes"):
        emulator.recording_bytes = LARGEST + 2
    assert emulator.recording_bytes is None


def test_the_largest_one_has_a_header_too(call: Caller) -> None:
    plan = next(each for each in call.emulator.conversations() if each.recorded).plan
    recording = render(plan, "combined", redacted=False, size=check_size(LARGEST))
    assert recording.header[4:8] == (LARGEST - 8).to_bytes(4, "little")
    end = b"".join(recording.pieces(LARGEST - 10))
    assert len(end) == 10
    headers = {"X-Emulator-Recording-Bytes": str(LARGEST), "Range": f"bytes={LARGEST - 10}-"}
    assert call(BOTH[0], headers=headers).content == end


def test_it_takes_no_memory(call: Caller) -> None:
    size = 64 * MIB
    operation = operations()[BOTH[0]]
    headers = {
        "Host": operation.host("us"),
        operation.key_header: call.emulator.keys["us"].value,
        "X-Emulator-Recording-Bytes": str(size),
    }
    digest = hashlib.sha256()
    received = 0
    tracemalloc.start()
    try:
        with call.http.stream("GET", call.emulator.url + call.path(operation), headers=headers) as response:
            for piece in response.iter_raw():
                received += len(piece)
                digest.update(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received == size
    # Client and server live in this process, so both are measured.
    assert peak < 8 * MIB
    plan = next(each for each in call.emulator.conversations() if each.id == call.some_call()).plan
    expected = hashlib.sha256()
    for piece in render(plan, "combined", redacted=False, size=size).pieces():
        expected.update(piece)
    assert digest.digest() == expected.digest()


@pytest.mark.parametrize("fault", ["truncate", "reset-midway", "slow=0.01", "chunked"])
def test_it_can_be_sent_badly(call: Caller, fault: str) -> None:
    whole = sized(call, BOTH[0], MIB).content
    arrived, broke = call.arriving(BOTH[0], X_Emulator_Recording_Bytes=str(MIB), X_Emulator_Fault=fault)
    assert broke == (fault in {"truncate", "reset-midway"})
    assert arrived == whole[: len(arrived)]
    assert len(arrived) == (MIB // 2 if fault == "truncate" else len(arrived) if broke else MIB)


def test_a_client_that_leaves_or_does_not_read_holds_nothing_up(
    http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    operation = operations()[BOTH[0]]
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


def test_every_recording_operation_takes_part() -> None:
    assert {name for name, handler in HANDLERS.items() if handler.__name__ == "get_recording"} == set(BOTH)
