"""Whether responses are what the patched document says: rules for every response, and those of schemathesis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from polyai_data.conformance import places
from polyai_data.conformance.exchange import JSON, Difference, Exchange
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import DRIFT, rule
from polyai_data.schema import Shape, kind_of

_ID = "conversationId"
GENERATED = {
    "complete": ("Every request has a complete response.", "RFC 9112, section 6: a message states its length."),
    "rejects-invalid": (
        "A request that the document does not allow is refused with a status of 4xx.",
        "patched document, `parameters` and `requestBody`; status 400 of each operation.",
    ),
    "headers": (
        "The headers that the document names for a response are there, and valid.",
        "patched document, `headers` of each response.",
    ),
    "linked": (
        "An id out of one operation's response works with the next: list, get, recording, note; chat, message.",
        "the vendors' documentation: the ids of a listing are those of the other operations.",
    ),
}
"""Rules that schemathesis judges, with what each says and is based on."""


@rule("patched document, `responses` of each operation.")
def check_status(exchange: Exchange) -> Iterator[Difference]:
    """A response has a status that the document names for the operation."""
    operation = exchange.operation
    if operation is not None and exchange.judged and exchange.response.status not in operation.responses:
        named = ", ".join(map(str, sorted(operation.responses)))
        yield Difference(f"one of the statuses {named}", f"{exchange.response.status}")


@rule("RFC 9110, section 15.6: 5xx says that the server is at fault.")
def check_server_error(exchange: Exchange) -> Iterator[Difference]:
    """No request makes the server fail, unless it asks for that."""
    if exchange.response.status >= 500 and not _requested(exchange):
        yield Difference("a status below 500", f"{exchange.response.status}")


@rule("patched document, `content` of each response.")
def check_content_type(exchange: Exchange) -> Iterator[Difference]:
    """A response has the content type that the document names for its status."""
    named = _contents(exchange)
    if named and exchange.response.content_type not in named:
        expected = f"the content type {' or '.join(named)} with {exchange.response.status}"
        yield Difference(expected, exchange.response.content_type or "none")


@rule("patched document, `schema` of each response.")
def check_schema(exchange: Exchange) -> Iterator[Difference]:
    """A JSON response is valid by the schema that the document has for its status."""
    shape = _contents(exchange).get(JSON)
    if shape is None or exchange.response.content_type != JSON or exchange.request.method == "HEAD":
        return
    try:
        value = exchange.response.value()
    except (ValueError, RecursionError):
        seen = "a body that is not JSON" if exchange.response.body else "no body"
        yield Difference("a body in JSON", seen, places.BODY)
        return
    # The same fault in every item of a list is one difference.
    for each in dict.fromkeys(places.faults(shape, value)):
        yield _placed(exchange, each)


@rule("patched document, `properties` of each schema; JSON Schema itself would allow any other field.", DRIFT)
def check_extra_field(exchange: Exchange) -> Iterator[Difference]:
    """A response has no field that the document does not name, unless the schema leaves its fields open."""
    # Clients keep unknown fields, so with the vendor's own servers this is news about the document and not a fault; an
    # emulator that is made from the document has no such excuse.
    shape, value = _contents(exchange).get(JSON), exchange.json()
    for name, seen in dict.fromkeys(_unknown(shape, value, "")) if shape is not None else ():
        yield _placed(exchange, Difference("only fields that the document names", seen, name))


@rule("patched document, `conversationId` of the path and of the response: they name the same conversation or chat.")
def check_requested_id(exchange: Exchange) -> Iterator[Difference]:
    """A response that names a conversation or a chat names the one of the request's path."""
    operation, value = exchange.operation, exchange.json()
    if operation is None or not exchange.response.ok or not isinstance(value, dict) or _ID not in value:
        return
    if _requested(exchange):
        return  # the emulator has an example for a status, and no data
    path = operation.match(tuple(map(unquote, urlsplit(exchange.request.url).path.strip("/").split("/"))))
    if path is not None and _ID in path and value[_ID] != path[_ID]:
        yield Difference("the id of the path", str(value[_ID]), _ID)


@rule("patched document, header `Retry-After` of 429.")
def check_retry_after(exchange: Exchange) -> Iterator[Difference]:
    """A response with 429 says how long to wait."""
    if exchange.judged and exchange.response.status == 429 and not exchange.response.headers.get("retry-after"):
        yield Difference("the header Retry-After with 429", "none")


@rule("patched document, judged by schemathesis.")
def test_generated(probe: Probe) -> None:
    """Responses to requests made from the document are what the document says."""
    if probe.result.sent and not probe.result.tested:
        probe.skip("no operation succeeded before")
    # Imported here, since most runs of single rules do without it, and it takes long.
    from polyai_data.conformance import generated  # noqa: PLC0415

    generated.run(probe)


def _placed(exchange: Exchange, difference: Difference) -> Difference:
    """The difference with the status in its place, unless it is a success."""
    status = exchange.response.status
    return difference if exchange.response.ok else difference._replace(place=f"{difference.place} with {status}")


def _requested(exchange: Exchange) -> bool:
    """Whether the request says which response it wants."""
    return any(name.startswith("x-emulator-") for name in exchange.request.headers)


def _contents(exchange: Exchange) -> Mapping[str, Shape]:
    if exchange.operation is None or not exchange.judged:
        return {}
    return exchange.operation.responses.get(exchange.response.status, {})


def _unknown(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The places of the fields that the shape does not name, and what their values are."""
    if isinstance(value, Mapping) and shape.properties:
        for name, inner in value.items():
            if name in shape.properties:
                if isinstance(inner, dict | list):  # most are neither, and calls take time
                    yield from _unknown(shape.properties[name], inner, f"{path}.{name}")
            elif all("additionalProperties" not in each.schema for each in shape.variants):
                yield f"{path}.{name}".lstrip("."), kind_of(inner)
    elif isinstance(value, list) and shape.items is not None:
        for inner in value:
            yield from _unknown(shape.items, inner, f"{path}[]")
