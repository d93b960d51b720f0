"""However a response drifts, a call ends in a response or in an error of the generated package."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_data_client.errors import InvalidResponse, UnexpectedStatus
from tests.facade.scripted import HTML
from tests.generated.calls import OPERATIONS, STREAMED, WAYS, Recorder, arguments, call, client, errors, module, unread
from tests.support.document import JSON, example

RECORDING = OPERATIONS["getConversationRecording"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_whatever_comes_is_a_response_or_an_error_of_the_package(operation_id: str) -> None:
    operation, come = OPERATIONS[operation_id], list[httpx.Response]()
    caller, made, package = (
        client(operation.vendor, Recorder(lambda _: come.pop())),
        arguments(operation),
        errors(operation),
    )
    good = json.dumps(example(operation, operation.response)).encode() if operation.media_type == JSON else b""

    def check(body: bytes, status: int, content_type: str, packed: bool, way: str) -> None:
        headers = {"Content-Type": content_type} | ({"Content-Encoding": "gzip"} if packed else {})
        come.append(unread(status, body, headers))
        try:
            ended = call(way, module(operation), caller, made)
        except package.ClientError as error:
            ended = error
        assert packed or not isinstance(ended, package.InvalidResponse)
        if not packed:
            assert (ended.status_code, ended.content) == (status, body)
            assert isinstance(ended, package.UnexpectedStatus) is (status not in operation.statuses)
            assert body != good or status != operation.success or not good or ended.parsed is not None

    every = given(
        body=st.binary(max_size=40) | JSON_VALUES.map(json.dumps).map(str.encode),
        status=st.sampled_from([*operation.statuses, 204, 299, 302, 520]),
        content_type=st.sampled_from([JSON, "", "text/html", "application/json; charset=klingon", "/"]),
        packed=st.booleans(),
        way=st.sampled_from(WAYS),
    )(check)
    settings(max_examples=12)(every)()
    for way, content_type in itertools.product(WAYS, (JSON, "text/html; charset=klingon")):
        check(good, operation.success, content_type, packed=False, way=way)


@pytest.mark.parametrize(("way", "status"), [*itertools.product([*WAYS, *STREAMED], [302, 520, 599]), ("stream", 404)])
def test_an_unexpected_status_is_an_error_that_can_be_switched_off(way: str, status: int) -> None:
    headers = {"X-PolyAI-Correlation-Id": "2f9c", "Location": "https://elsewhere.example/"}
    recorder, given = Recorder(lambda _: unread(status, HTML, headers)), arguments(RECORDING)
    options: dict[str, Any] = {"httpx_args": {"transport": recorder, "follow_redirects": True}}
    message = rf"^getConversationRecording: unexpected status {status} \(correlation id 2f9c\)$"
    with pytest.raises(UnexpectedStatus, match=message) as caught:
        call(way, module(RECORDING), client("polyai", **options), given)
    assert caught.value.content == HTML
    result = call(way, module(RECORDING), client("polyai", raise_on_unexpected_status=False, **options), given)
    assert (result.status_code, result.content) == (status, HTML)
    assert len(recorder.requests) == 2  # no redirect was followed


@pytest.mark.parametrize("way", STREAMED)
def test_an_error_of_a_stream_that_cannot_be_read_is_an_error_of_the_package(way: str) -> None:
    recorder = Recorder(lambda _: unread(500, b"no gzip", {"Content-Encoding": "gzip"}))
    with pytest.raises(InvalidResponse, match="cannot be decompressed"):
        call(way, module(RECORDING), client("polyai", recorder), arguments(RECORDING))


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is never read to its end, and counts its pieces."""

    def __init__(self) -> None:
        self.pieces, self.closed = 0, False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.pieces += 1
            yield bytes(1000)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


async def test_a_stream_holds_no_more_than_is_read_and_closes_its_response() -> None:
    bodies: list[Endless] = []

    def endless(_: httpx.Request) -> httpx.Response:
        bodies.append(Endless())
        return httpx.Response(200, stream=bodies[-1])

    caller, given = client("polyai", Recorder(endless)), arguments(RECORDING)
    with module(RECORDING).stream(client=caller, **given) as response:
        assert bodies[-1].pieces == 0
        assert len(next(response.iter_bytes())) == 1000
    async with module(RECORDING).astream(client=caller, **given) as response:
        async for piece in response.aiter_bytes():
            assert len(piece) == 1000
            break
    assert [(body.pieces, body.closed) for body in bodies] == [(1, True), (1, True)]
