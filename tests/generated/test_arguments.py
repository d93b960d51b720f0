"""What cannot be used is an error of the generated package, before anything is sent; and no key is in any of it."""

from __future__ import annotations

import asyncio
import datetime
import pickle
from typing import Any

import httpx
import pytest

from polyai_data_client import AuthenticatedClient
from polyai_data_client.errors import ClientError, InvalidArgument, UnexpectedStatus
from tests.generated.calls import OPERATIONS, STREAMED, WAYS, Recorder, arguments, call, client, errors, module

KEY = "key-of-us-1f6a"
URL = "https://gateway.example"


@pytest.mark.parametrize("vendor", ["polyai", "assemblyai"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": None}, "give either region= or base_url="),
        ({"region": "us", "base_url": URL}, "give either region= or base_url="),
        ({"region": "mars"}, "region: 'mars' is not a region of "),
        ({"region": ""}, "region: '' is not a region of "),
        ({"token": None}, "token is missing"),
        ({"token": ""}, "token is empty"),
        ({"token": f"{KEY}\r\nX-Other: 1"}, "token has a character that no key has"),
        ({"token": f"{KEY} "}, "token has a character that no key has"),
        ({"token": f"{KEY}é"}, "token has a character that no key has"),
        ({"token": 5}, "token must be a string, not int"),
        ({"region": 3}, "region: 3 is not a region of "),
        ({"prefix": "Bearer\n"}, "prefix has a character that no key has"),
        ({"auth_header_name": "Host"}, "auth_header_name: 'Host' names the host"),
        ({"tokens": {"moon": KEY}}, "tokens: 'moon' is not one of the logical hosts "),
        *(
            ({"base_url": f"{url}"}, "base_url must read https://host")
            for url in (
                *("", "us", "gateway.example", "http://gateway.example", f"https://{KEY}@gateway.example"),
                *(f"{URL}?a=b", f"{URL}#a", f"{URL}/a?", f"{URL}#", f"{URL}/a b", f"{URL}/\x01"),
                *("https://gateway.example:no", "ftp://127.0.0.1", "https://"),
            )
        ),
    ],
)
def test_a_client_that_cannot_work_is_refused(vendor: str, options: dict[str, Any], message: str) -> None:
    package = errors(next(one for one in OPERATIONS.values() if one.vendor == vendor))
    with pytest.raises(package.InvalidArgument) as caught:
        client(vendor, Recorder(), **options)
    assert message in str(caught.value)
    assert KEY not in str(caught.value)


def test_what_httpx_cannot_be_made_of_is_refused() -> None:
    operation = OPERATIONS["listConversations"]
    caller = AuthenticatedClient(region="us", token=KEY, headers={"X-Name": "é"})
    with pytest.raises(InvalidArgument, match="an argument of the client cannot be used"):
        call("sync", module(operation), caller, arguments(operation))


def test_a_client_cannot_be_led_elsewhere() -> None:
    operation, recorder = OPERATIONS["listConversations"], Recorder()
    caller = client("polyai", recorder, headers={"Host": "elsewhere.example"})
    call("sync", module(operation), caller, arguments(operation))
    assert recorder.requests[0].headers["host"] == operation.host("us")
    assert "elsewhere.example" not in caller.get_httpx_client().headers.values()
    for name in ("region", "token", "prefix", "auth_header_name"):
        with pytest.raises(AttributeError):
            setattr(caller, name, "other")


def test_a_copy_does_not_close_what_was_set() -> None:
    operation, recorder = OPERATIONS["listConversations"], Recorder()
    caller = client("polyai").set_httpx_client(httpx.Client(transport=recorder))
    with caller.with_headers({"X-Copy": "1"}) as copy:
        call("sync", module(operation), copy, arguments(operation))
    call("sync", module(operation), caller, arguments(operation))
    assert len(recorder.requests) == 2


def test_a_correlation_id_that_repeats_the_key_stays_out_of_the_message() -> None:
    operation = OPERATIONS["listConversations"]
    recorder = Recorder(lambda _: httpx.Response(599, headers={"X-PolyAI-Correlation-Id": f"for {KEY}"}))
    with pytest.raises(UnexpectedStatus) as caught:
        call("sync", module(operation), client("polyai", recorder, token=KEY), arguments(operation))
    assert (caught.value.correlation_id, KEY in str(caught.value)) == (None, False)


def test_an_empty_key_of_a_host_is_named() -> None:
    with pytest.raises(InvalidArgument, match=r"tokens\['platform'\] is empty"):
        client("polyai", Recorder(), tokens={"platform": ""})


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_id_that_leaves_its_path_is_refused(operation_id: str) -> None:
    operation, recorder = OPERATIONS[operation_id], Recorder()
    given = arguments(operation)
    ways = (*WAYS, *STREAMED) if hasattr(module(operation), "stream") else WAYS
    for name in (name for name in given if name != "body"):
        for value in ("", ".", "..", None, "\ud800"):
            for way in ways:
                with pytest.raises(errors(operation).InvalidArgument, match=f"^{name}: "):
                    call(way, module(operation), client(operation.vendor, recorder), given | {name: value})
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("operation_id", "given", "message"),
    [
        ("searchConversations", {"start_time": datetime.datetime(2026, 6, 1)}, "start_time: .* with an offset"),
        ("searchConversations", {"end_time": "2026-06-01T00:00:00Z"}, "end_time: '2026-06-01T00:00:00Z' must be"),
        ("searchConversations", {"query": "\ud800"}, "searchConversations: an argument cannot be sent: "),
    ],
)
def test_an_argument_that_cannot_be_sent_is_refused(operation_id: str, given: dict[str, Any], message: str) -> None:
    operation, recorder = OPERATIONS[operation_id], Recorder()
    for way in WAYS:
        with pytest.raises(InvalidArgument, match=message):
            call(way, module(operation), client("polyai", recorder), arguments(operation, **given))
    assert recorder.requests == []


@pytest.mark.parametrize("way", [*WAYS, *STREAMED])
def test_a_region_must_serve_the_operation_and_its_host_must_have_a_key(way: str) -> None:
    operation, recorder = OPERATIONS["getConversationRecordingV3"], Recorder()
    studio = client("polyai", recorder, region="studio")
    with pytest.raises(InvalidArgument, match=r"'studio' does not serve getConversationRecordingV3 .* are us, eu, uk"):
        call(way, module(operation), studio, arguments(operation))
    keyless = client("polyai", recorder, token=None, tokens={"agents": KEY})
    with pytest.raises(InvalidArgument, match="getConversationRecordingV3: there is no key for 'platform'"):
        call(way, module(operation), keyless, arguments(operation))
    assert recorder.requests == []


def test_a_closed_client_says_so() -> None:
    operation, recorder = OPERATIONS["listConversations"], Recorder()
    caller = client("polyai", recorder)
    with caller:
        call("sync", module(operation), caller, arguments(operation))
    with pytest.raises(InvalidArgument, match="the client is closed"):
        call("sync", module(operation), caller, arguments(operation))
    with pytest.raises(InvalidArgument, match="the client is closed"):
        caller.__enter__()

    async def closed() -> None:
        async with caller:
            await module(operation).asyncio(client=caller, **arguments(operation))
        await module(operation).asyncio(client=caller, **arguments(operation))

    with pytest.raises(InvalidArgument, match="the client is closed"):
        asyncio.run(closed())
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("vendor", ["polyai", "assemblyai"])
def test_no_repr_shows_the_key(vendor: str) -> None:
    operation = next(one for one in OPERATIONS.values() if one.vendor == vendor)
    recorder = Recorder(lambda _: httpx.Response(599, content=f"not a key: {KEY}", headers={"X-Key": KEY}))
    options = {"headers": {"X-Other": KEY}, "cookies": {"a": KEY}, "tokens": {operation.logical_host: KEY}}
    caller = client(vendor, recorder, **options)
    with pytest.raises(errors(operation).UnexpectedStatus, match=f"{operation.id}: unexpected status 599") as caught:
        call("sync", module(operation), caller, arguments(operation))
    assert caught.value.content.decode().endswith(KEY)
    assert KEY not in "".join([repr(caller), repr(caught.value), str(caught.value)])
    # What httpx holds has the user's own header, and not the key's.
    assert operation.key_header not in caller.get_httpx_client().headers


def test_the_errors_of_the_package_are_one_tree_and_survive_pickling() -> None:
    assert issubclass(InvalidArgument, ClientError)
    error = UnexpectedStatus(520, b"<html>", "getConversation", "2f9c")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.content) == (str(error), b"<html>")
    assert str(copy) == "getConversation: unexpected status 520 (correlation id 2f9c)"
