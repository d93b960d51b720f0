"""Calls of every operation through the generated packages alone, and a transport that records them."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import httpx

import assemblyai_client
import polyai_data_client
from tests.support.document import VENDORS, Operation, example, operations

PACKAGES: Mapping[str, Any] = {"polyai": polyai_data_client, "assemblyai": assemblyai_client}
OPERATIONS = operations()
WAYS = ("sync_detailed", "asyncio_detailed")
STREAMED = ("stream", "astream")


def snake(name: str) -> str:
    """A name of the document as Python spells it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def module(operation: Operation) -> Any:
    """The generated module of an operation."""
    tag = snake(str(operation.raw["tags"][0]).replace(" ", "_").lower()).replace("_&_", "_and_")
    return importlib.import_module(f"{VENDORS[operation.vendor]}.api.{tag}.{snake(operation.id)}")


def errors(operation: Operation) -> Any:
    """The errors of an operation's package."""
    return importlib.import_module(f"{VENDORS[operation.vendor]}.errors")


def arguments(operation: Operation, **given: Any) -> dict[str, Any]:
    """The arguments of a call: an id for each path parameter, the example body, and what is `given`."""
    made: dict[str, Any] = {snake(name): f"id of {name}/é" for name in operation.parameters("path")}
    if operation.body is not None:
        model = inspect.signature(module(operation).sync_detailed, eval_str=True).parameters["body"].annotation
        made["body"] = model.from_dict(operation.body)
    return made | given


def query(operation: Operation) -> dict[str, Any]:
    """A value for every query parameter, as JSON."""
    return {name: example(operation, schema, number=1) for name, schema in operation.parameters("query").items()}


def call(way: str, target: ModuleType, client: Any, given: Mapping[str, Any]) -> Any:
    """Call an operation; `stream` and `astream` give the response once it was read."""

    async def astream() -> Any:
        async with target.astream(client=client, **given) as response:
            assert not response.is_stream_consumed
            await response.aread()
            return response

    match way:
        case "stream":
            with target.stream(client=client, **given) as response:
                assert not response.is_stream_consumed
                response.read()
                return response
        case "astream":
            return asyncio.run(astream())
        case "asyncio" | "asyncio_detailed":
            return asyncio.run(getattr(target, way)(client=client, **given))
        case _:
            return getattr(target, way)(client=client, **given)


def unread(status: int, body: bytes, headers: Any = None) -> httpx.Response:
    """A response as it comes from a connection."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


class Recorder(httpx.MockTransport):
    """Records each request, and responds with what `respond` gives, or with an empty object and a status.

    Attributes:
        requests: the requests, with the hosts that they were meant for.
    """

    def __init__(self, respond: Callable[[httpx.Request], httpx.Response] | int = 200) -> None:
        self.requests: list[httpx.Request] = []

        def handler(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return unread(respond, b"{}") if isinstance(respond, int) else respond(request)

        super().__init__(handler)


def led_to(url: str, way: str) -> dict[str, Any]:
    """Arguments for httpx that lead every request to a server on loopback; the Host header stays."""
    target = httpx.URL(url)

    def lead(request: httpx.Request) -> None:
        request.url = request.url.copy_with(scheme="http", host=target.host, port=target.port)

    async def alead(request: httpx.Request) -> None:
        lead(request)

    # No connection outlives its call, as each asynchronous call has an event loop of its own.
    limits = httpx.Limits(max_keepalive_connections=0)
    return {"event_hooks": {"request": [alead if way.startswith("a") else lead]}, "limits": limits}


def client(vendor: str, transport: httpx.BaseTransport | None = None, **options: Any) -> Any:
    """An authenticated client that sends through `transport`; in `us` and with a key when nothing else is given."""
    given = {"token": "key-of-us-1f6a", "httpx_args": {"transport": transport}, **options}
    if "region" not in given and "base_url" not in given:
        given["region"] = "us"
    return PACKAGES[vendor].AuthenticatedClient(**given)
