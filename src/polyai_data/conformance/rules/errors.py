"""Error bodies and correlation ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from polyai_data.conformance.model import Difference, Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, WRONG, Probe
from polyai_data.conformance.rule import answer_rule, rule
from polyai_data.conformance.rules.document import CORRELATION, JSON

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
"""The codes that the vendor publishes, and the status that each one goes with."""
_LONG = frozenset({"success", "error", "error_id", "error_code", "error_message", "data"})


@answer_rule("errors.correlation-id")
def correlation_id(exchange: Exchange) -> Iterator[Difference]:
    """Every answer of a PolyAI host carries the header X-PolyAI-Correlation-Id.

    Source: the vendors' documentation on PolyAI's answers; patched document, `headers` of each response.
    """
    if exchange.polyai and not exchange.answer.headers.get(CORRELATION):
        yield Difference(f"the header {CORRELATION} on every answer", f"none on {exchange.answer.status}")


@answer_rule("errors.error-id")
def error_id(exchange: Exchange) -> Iterator[Difference]:
    """The error_id of an error body is the correlation id of its answer.

    Source: patched document, description of `Error.error_id`.
    """
    body = _error(exchange)
    if exchange.polyai and "error_id" in body and body["error_id"] != exchange.answer.headers.get(CORRELATION):
        yield Difference("error_id is the correlation id of the answer", "another one")


@answer_rule("errors.message")
def message(exchange: Exchange) -> Iterator[Difference]:
    """An error says why, in words.

    Source: the vendors' documentation on error bodies: both shapes of PolyAI's have `error_message`, and
    AssemblyAI's has `error`.
    """
    if exchange.answer.content_type != JSON or exchange.answer.status < 400 or exchange.request.method == "HEAD":
        return
    body, name = _error(exchange), "error_message" if exchange.polyai else "error"
    if not isinstance(body.get(name), str) or not body[name].strip():
        yield Difference(f"a text in {name} with {exchange.answer.status}", "none")


@answer_rule("errors.shape")
def shape(exchange: Exchange) -> Iterator[Difference]:
    """PolyAI's error bodies have `error_message` alone, or success (false), error, error_id, error_code and data too.

    Source: the vendors' documentation on error bodies: the two shapes that were seen.
    """
    body = _error(exchange)
    if not exchange.polyai or not body or body.keys() <= {"error_message"}:
        return
    if missing := _LONG - body.keys():
        yield Difference("error_message alone, or the whole longer shape", f"no {', '.join(sorted(missing))}")
    elif body["success"] is not False or body["data"] is not None:
        yield Difference("success is false and data is null", "other values")


@answer_rule("errors.code")
def code(exchange: Exchange) -> Iterator[Difference]:
    """A published error code comes with its own status, and an error's code is a text.

    Source: the vendors' documentation on error codes.
    """
    told = _error(exchange).get("error_code")
    if told is None or not exchange.polyai:
        return
    if not isinstance(told, str) or not told:
        yield Difference("error_code is a text", type(told).__name__)
    elif told in CODES and CODES[told] != exchange.answer.status:
        yield Difference(f"{told} comes with {CODES[told]}", f"{exchange.answer.status}")


@rule("errors.correlation-unique")
def correlation_unique(probe: Probe) -> None:
    """Two answers have two correlation ids.

    Source: patched document: the header identifies the request.
    """
    one, two = (probe.call("listConversations", query={"limit": 1}) for _ in range(2))
    ids = [each.answer.headers.get(CORRELATION) for each in (one, two)]
    probe.expect(ids[0] != ids[1], (one, two), "two requests have two correlation ids", "the same one twice")


@rule("errors.codes-told", drift=True)
def codes_told(probe: Probe) -> None:
    """The agents hosts tell the published code: what is not there, what is not valid, what key is not known.

    Source: the vendors' documentation on error codes, and on the longer shape of an error body.
    """
    for exchange, codes in (
        (probe.call("getConversation", UNKNOWN_ID), {"CONVERSATIONS_NOT_FOUND"}),
        (probe.call("listConversations", query={"limit": 0}), {"CONVERSATIONS_VALIDATION_FAILED"}),
        (probe.call("listConversations", key=WRONG), {"AUTH_USER_UNAUTHORISED", "AUTH_USER_INVALID_TOKEN"}),
    ):
        told = _error(exchange).get("error_code")
        probe.expect(told in codes, exchange, f"error_code is {' or '.join(sorted(codes))}", f"{told}")


@rule("errors.forced")
def forced(probe: Probe) -> None:
    """Every documented status can be answered, and the answer is what the document says.

    What is wrong with the answers is told by the rules for every answer; this one sees that the status comes.

    Source: patched document, `responses` of each operation; the emulator's header X-Emulator-Status.
    """
    if not probe.target.switches:
        probe.skip("the target cannot be told which status to answer")
    for operation in probe.operations():
        arguments = probe.valid(operation, probe.home(operation))
        for wanted in operation.responses:
            exchange = probe.call(operation.id, **arguments, headers={"x-emulator-status": str(wanted)})
            probe.status(exchange, wanted, when="it is asked for")


def _error(exchange: Exchange) -> Mapping[str, Any]:
    """The body of an error, as far as it is a JSON object."""
    if exchange.answer.status < 400 or exchange.answer.content_type != JSON:
        return {}
    try:
        value = exchange.answer.value()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
