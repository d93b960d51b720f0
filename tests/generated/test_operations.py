"""Every operation, in every region, through the generated packages alone: its host, header, query and body."""

from __future__ import annotations

import datetime
import json
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.generated.calls import (
    OPERATIONS,
    STREAMED,
    WAYS,
    Recorder,
    arguments,
    call,
    client,
    led_to,
    module,
    query,
    snake,
)
from tests.support.document import JSON, Operation, regions
from tests.support.rooms import complete

PLACES = [
    (operation.id, name)
    for operation in OPERATIONS.values()
    for name, region in regions(operation.vendor).items()
    if region in operation.servers
]
STREAMING: dict[str, str] = dict(zip(WAYS, STREAMED, strict=True))
KEY = "key-of-us-1f6a"


def typed(operation: Operation) -> dict[str, Any]:
    """Every query parameter as an argument, but for the cursor."""
    schemas = operation.parameters("query")
    return {
        snake(name): datetime.datetime.fromisoformat(value) if schemas[name].get("format") == "date-time" else value
        for name, value in query(operation).items()
        if name != "cursor"
    }


def wanted_query(operation: Operation) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query(operation).items():
        for each in value if isinstance(value, list) else [value]:
            text = str(each).lower() if isinstance(each, bool) else str(each)
            pairs.append((name, text.replace("Z", "+00:00") if "_time" in name else text))
    return [pair for pair in pairs if pair[0] != "cursor"]


@pytest.mark.parametrize(("operation_id", "region"), PLACES)
def test_each_operation_goes_to_its_host_with_its_key_query_and_body(operation_id: str, region: str) -> None:
    operation = OPERATIONS[operation_id]
    given = arguments(operation, **typed(operation))
    for way in WAYS if operation.media_type == JSON else WAYS + STREAMED:
        recorder = Recorder(operation.success)
        call(way, module(operation), client(operation.vendor, recorder, region=region), given)
        (request,) = recorder.requests
        path, _, sent_query = request.url.raw_path.decode().partition("?")
        ids = {name: quote(given[snake(name)], safe="") for name in operation.parameters("path")}
        assert (request.method, path) == (operation.method, operation.path.format(**ids))
        assert str(request.url).startswith(operation.servers[regions(operation.vendor)[region]]["url"] + "/")
        assert request.headers["host"] == operation.host(regions(operation.vendor)[region])
        assert [value for name, value in request.headers.multi_items() if KEY in value] == [KEY]
        assert request.headers[operation.key_header] == KEY
        assert request.headers["accept"] == operation.media_type
        assert parse_qsl(sent_query) == wanted_query(operation)
        assert (json.loads(request.content) if request.content else None) == operation.body
        assert set(request.extensions["timeout"].values()) == {10.0, 60.0}


def ids_for(emulator: Emulator, operation: Operation, region: str) -> dict[str, str]:
    if operation.vendor == "assemblyai":
        ready = next(one.id for one in emulator.transcripts.values() if one.region == region)
        return {"transcript_id": ready}
    account = emulator.accounts[region]
    agent = account.agents[0]
    voice = next(one.id for one in emulator.conversations(agent) if "VOICE" in one.channel and not one.in_progress)
    known = {"account_id": account.id, "agent_id": agent.id, "project_id": agent.id, "conversation_id": voice}
    return {snake(name): known[snake(name)] for name in operation.parameters("path")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("vendor", ["polyai", "assemblyai"])
def test_the_emulator_answers_every_operation_in_every_region(polyai_emulator: Emulator, vendor: str, way: str) -> None:
    for region in dict.fromkeys(regions(vendor).values()):
        if vendor == "polyai":
            hosts = [host for host in ("agents", "platform") if f"{region}-{host}" in polyai_emulator.keys]
            options: Any = {"tokens": {host: polyai_emulator.keys[f"{region}-{host}"].value for host in hosts}}
        else:
            options = {"token": polyai_emulator.keys[f"assemblyai-{region}"].value}
        options = {"region": region, "token": None, "httpx_args": led_to(polyai_emulator.url, way), **options}
        caller = client(vendor, **options)
        for operation in complete().values():
            if operation.vendor != vendor or region not in operation.servers:
                continue
            given = arguments(operation, **ids_for(polyai_emulator, operation, region))
            if operation.id == "sendDebugChatMessage":
                started = OPERATIONS["createDebugChat"]
                chat = call(way, module(started), caller, arguments(started, agent_id=given["agent_id"]))
                given["conversation_id"] = chat.parsed.conversation_id
            result = call(way, module(operation), caller, given)
            assert result.status_code == operation.success, (operation.id, region, result.content)
            assert type(result.parsed).__name__ != "Error"
            assert result.parsed is not None
            seen = polyai_emulator.requests[-1]
            assert (seen.operation_id, seen.host) == (operation.id, operation.host(region))
            if operation.media_type != JSON:
                assert result.parsed.payload.read() == call(STREAMING[way], module(operation), caller, given).content


def test_offset_is_not_sent_beside_a_cursor() -> None:
    recorder, operation = Recorder(), OPERATIONS["searchConversations"]
    given = arguments(operation, offset=7, cursor="next/=+ &")
    call("sync", module(operation), client("polyai", recorder), given)
    assert recorder.requests[0].url.params.multi_items() == [("cursor", "next/=+ &")]


@pytest.mark.parametrize(
    "base_url", [" https://gateway.example/to/it/ ", "https://a.example:8443", "http://127.0.0.1", "http://[::1]:8765/"]
)
def test_a_base_url_takes_all_operations(base_url: str) -> None:
    for operation in OPERATIONS.values():
        recorder = Recorder(operation.success)
        # The first argument, as in the generator's own clients.
        package = client(operation.vendor, recorder).__class__
        caller = package(base_url, KEY, httpx_args={"transport": recorder})
        call("sync_detailed", module(operation), caller, arguments(operation))
        assert str(recorder.requests[0].url).startswith(base_url.strip(" /") + "/v")
        assert recorder.requests[0].headers[operation.key_header] == KEY


def test_a_time_whose_offset_has_seconds_is_sent_in_utc() -> None:
    recorder, operation = Recorder(), OPERATIONS["searchConversations"]
    old = datetime.datetime(1930, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=1172)))
    call("sync", module(operation), client("polyai", recorder), arguments(operation, start_time=old))
    assert recorder.requests[0].url.params["start_time"] == "1929-12-31T23:40:28+00:00"


def test_the_key_of_a_logical_host_goes_before_the_other() -> None:
    recorder = Recorder()
    caller = client("polyai", recorder, token="the-other", tokens={"platform": KEY})
    for name in ("searchConversations", "listConversations"):
        call("sync", module(OPERATIONS[name]), caller, arguments(OPERATIONS[name]))
    assert [request.headers["x-api-key"] for request in recorder.requests] == [KEY, "the-other"]


def test_a_gateway_may_want_another_header_and_prefix() -> None:
    recorder, operation = Recorder(), OPERATIONS["listConversations"]
    caller = client("polyai", recorder, prefix="Bearer", auth_header_name="Authorization")
    call("sync", module(operation), caller, arguments(operation))
    assert recorder.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in recorder.requests[0].headers


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_copies_leave_the_original_as_it_was(way: str) -> None:
    recorder, given, operation = Recorder(), Recorder(), OPERATIONS["listConversations"]
    first = client("polyai", recorder, headers={"X-Team": "one"})
    call(way, module(operation), first, arguments(operation))
    copy = first.with_headers({"x-team": "two", "X-API-Key": "not-the-key"}).with_cookies({"a": "b"}).with_timeout(3.0)
    if way == "sync":
        first.set_httpx_client(httpx.Client(transport=given))
    else:
        first.set_async_httpx_client(httpx.AsyncClient(transport=given))
    for caller in (copy, first, first.with_timeout(4.0).with_cookies({"c": "d"})):
        call(way, module(operation), caller, arguments(operation))
    # The httpx client that was set has its own timeout, and serves the copies too.
    assert [len(recorder.requests), len(given.requests)] == [2, 2]
    requests = recorder.requests + given.requests
    assert [one.headers["x-team"] for one in requests] == ["one", "two", "one", "one"]
    assert {one.headers["x-api-key"] for one in requests} == {KEY}
    assert [one.headers.get("cookie") for one in requests] == [None, "a=b", None, "c=d"]
    assert [one.extensions["timeout"]["read"] for one in requests] == [60.0, 3.0, 5.0, 4.0]
