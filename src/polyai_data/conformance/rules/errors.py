"""Error bodies and correlation ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polyai_data.conformance.exchange import CORRELATION, JSON, Difference, Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, WRONG, Probe
from polyai_data.conformance.rule import DRIFT, rule

CODES = {
    "CONVERSATIONS_NOT_FOUND": 404,
    "CONVERSATIONS_VALIDATION_FAILED": 400,
    "CONVERSATIONS_RECORDING_NOT_FOUND": 404,
    "GET_CONVERSATIONS_FILTER_PARSE_ERROR": 400,
    "CHAT_DRAFT_NOT_EXIST": 400,
    "CHAT_TIMEOUT": 400,
    "ChatConversationEnded": 410,
    "AUTH_USER_UNAUTHORISED": 401,
    "AUTH_USER_INVALID_TOKEN": 401,
    "USER_ACCESS_FORBIDDEN": 403,
}
"""The codes that the vendor publishes, and the status of each."""
_LONG = frozenset({"success", "error", "error_id", "error_code", "error_message", "data"})


@rule("the vendors' docs on PolyAI's responses; patched document, `headers` of each response.")
def check_correlation_id(exchange: Exchange) -> Iterator[Difference]:
    """Every response of a PolyAI host has the header X-PolyAI-Correlation-Id."""
    if exchange.polyai and not exchange.response.headers.get(CORRELATION):
        yield Difference(f"the header {CORRELATION} on every response", f"none with {exchange.response.status}")


@rule("patched document, description of `Error.error_id`.")
def check_error_id(exchange: Exchange) -> Iterator[Difference]:
    """The error_id of an error body is the correlation id of its response."""
    body, header = error_body(exchange), exchange.response.headers.get(CORRELATION)
    if exchange.polyai and "error_id" in body and body["error_id"] != header:
        yield Difference("error_id is the correlation id of the response", f"{body['error_id']} instead of {header}")


@rule("the vendors' docs on error bodies: PolyAI's have `error_message`, its gateway's `detail`, AssemblyAI's `error`.")
def check_message(exchange: Exchange) -> Iterator[Difference]:
    """An error has a message."""
    response = exchange.response
    if response.content_type != JSON or response.status < 400 or exchange.request.method == "HEAD":
        return
    name = "error_message" if exchange.polyai else "error"
    body = error_body(exchange)
    text = body.get(name) or body.get("detail")
    if not isinstance(text, str) or not text.strip():
        yield Difference(f"a text in {name} with {response.status}", "none" if text is None else repr(text))


@rule("the vendors' docs on error bodies: the observed shapes.")
def check_shape(exchange: Exchange) -> Iterator[Difference]:
    """PolyAI's errors have `error_message` or `detail` alone, or all of success (false), error, error_id and so on."""
    body = error_body(exchange)
    if not exchange.polyai or body.keys() <= {"error_message"} or body.keys() == {"detail"}:
        return
    if missing := _LONG - body.keys():
        expected = "error_message alone, or all fields of an error"
        yield Difference(expected, f"no {', '.join(sorted(missing))}")
    elif body["success"] is not False or body["data"] is not None:
        seen = f"success is {str(body['success']).lower()}, data is {type(body['data']).__name__}"
        yield Difference("success is false, data is null", seen)


@rule("the vendors' docs on error codes.")
def check_code(exchange: Exchange) -> Iterator[Difference]:
    """An error code is a text, and a published one comes with its own status."""
    code = error_body(exchange).get("error_code")
    if code is None or not exchange.polyai:
        return
    if not isinstance(code, str) or not code:
        yield Difference("error_code is a text", f"{code!r}")
    elif code in CODES and CODES[code] != exchange.response.status:
        yield Difference(f"{code} comes with {CODES[code]}", f"{exchange.response.status}")


@rule("patched document: the header identifies the request.")
def test_correlation_unique(probe: Probe) -> None:
    """Two responses have two correlation ids."""
    one, two = (probe.call("listConversations", query={"limit": 1}) for _ in range(2))
    ids = [each.response.headers.get(CORRELATION) for each in (one, two)]
    probe.expect(ids[0] != ids[1], (one, two), "two requests have two correlation ids", f"{ids[0]} twice")


@rule("the vendors' docs on error codes, and on the longer shape of an error body.", DRIFT)
def test_published_codes(probe: Probe) -> None:
    """The agents hosts use the published codes for an unknown id, an invalid parameter and an unknown key."""
    for exchange, codes in (
        (probe.call("getConversation", UNKNOWN_ID), ["CONVERSATIONS_NOT_FOUND"]),
        (probe.call("listConversations", query={"limit": 0}), ["CONVERSATIONS_VALIDATION_FAILED"]),
        (probe.call("listConversations", key=WRONG), ["AUTH_USER_INVALID_TOKEN", "AUTH_USER_UNAUTHORISED"]),
    ):
        expect_code(probe, exchange, *codes)


@rule("patched document, `responses` of each operation; the emulator's header X-Emulator-Status.")
def test_forced(probe: Probe) -> None:
    """Every documented status can be requested; the rules for every response judge the rest of the response."""
    if not probe.target.switches:
        probe.skip("the target does not respond with a requested status")
    for operation in probe.operations():
        arguments = probe.valid(operation)
        for status in operation.responses:
            exchange = probe.call(operation.id, **arguments, headers={"x-emulator-status": str(status)})
            probe.status(exchange, status, when="it is requested")


def expect_code(probe: Probe, exchange: Exchange, *codes: str | None) -> None:
    """Expect one of these values of `error_code`; None for no code."""
    code = error_body(exchange).get("error_code")
    wanted = " or ".join(each for each in codes if each)
    probe.expect(code in codes, exchange, f"error_code is {wanted}", code or "none")


def error_body(exchange: Exchange) -> dict[str, Any]:
    """The body of an error; empty where it is not a JSON object."""
    value = exchange.json() if exchange.response.status >= 400 else None
    return value if isinstance(value, dict) else {}
