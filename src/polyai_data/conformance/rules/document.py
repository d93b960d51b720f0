"""Whether an answer is what the patched document says: rules for every single answer, and those of schemathesis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from polyai_data.conformance.model import Difference, Exchange
from polyai_data.conformance.rule import answer_rule, generated_rule
from polyai_data.openapi import Shape

JSON = "application/json"
CORRELATION = "x-polyai-correlation-id"
_DEEPEST = 12


@answer_rule("document.status")
def status(exchange: Exchange) -> Iterator[Difference]:
    """An answer has a status that the document names for the operation.

    Source: patched document, `responses` of each operation.
    """
    operation = exchange.operation
    if operation is not None and exchange.judged and exchange.answer.status not in operation.responses:
        named = ", ".join(map(str, sorted(operation.responses)))
        yield Difference(f"one of the statuses {named}", f"{exchange.answer.status}")


@answer_rule("document.server-error")
def server_error(exchange: Exchange) -> Iterator[Difference]:
    """No request makes the server fail, unless it asks for that.

    Source: RFC 9110, section 15.6: 5xx says that the server is at fault.
    """
    asked = any(name.startswith("x-emulator-") for name in exchange.request.headers)
    if exchange.answer.status >= 500 and not asked:
        yield Difference("a status below 500", f"{exchange.answer.status}")


@answer_rule("document.content-type")
def content_type(exchange: Exchange) -> Iterator[Difference]:
    """An answer has the content type that the document names for its status.

    Source: patched document, `content` of each response.
    """
    named = _contents(exchange)
    if named and exchange.answer.content_type not in named:
        told = exchange.answer.content_type or "none"
        yield Difference(f"the content type {' or '.join(named)} with {exchange.answer.status}", told)


@answer_rule("document.schema")
def schema(exchange: Exchange) -> Iterator[Difference]:
    """A JSON answer is valid by the schema that the document has for its status.

    Source: patched document, `schema` of each response.
    """
    shape = _contents(exchange).get(JSON)
    if shape is None or exchange.answer.content_type != JSON or exchange.request.method == "HEAD":
        return
    try:
        value = exchange.answer.value()
    except (ValueError, RecursionError):
        yield Difference("a body in JSON", "a body that is no JSON" if exchange.answer.body else "no body")
        return
    seen = set()
    for path, message in shape.faults(value):
        # The same fault in every item of a list is one difference.
        difference = Difference(f"{exchange.answer.status}: a body as the schema has it", f"{place(path)}: {message}")
        if difference not in seen:
            seen.add(difference)
            yield difference


@answer_rule("document.extra-field", drift=True)
def extra_field(exchange: Exchange) -> Iterator[Difference]:
    """An answer has no field that the document does not name, unless the schema leaves its fields open.

    Clients keep what they do not know, so with the vendor's own servers it is news about the document and not a fault;
    an emulator that is made from the document has no such excuse.

    Source: patched document, `properties` of each schema; JSON Schema itself would allow any other field.
    """
    shape = _contents(exchange).get(JSON)
    if shape is None or exchange.answer.content_type != JSON:
        return
    try:
        value = exchange.answer.value()
    except (ValueError, RecursionError):
        return
    for name in sorted(set(_unknown(shape, value, "", 0))):
        yield Difference("only fields that the document names", f"{exchange.answer.status}: the field {name}")


@answer_rule("document.retry-after")
def retry_after(exchange: Exchange) -> Iterator[Difference]:
    """An answer with 429 says how long to wait.

    Source: patched document, header `Retry-After` of 429.
    """
    if exchange.judged and exchange.answer.status == 429 and not exchange.answer.headers.get("retry-after"):
        yield Difference("the header Retry-After with 429", "none")


ANSWERED = generated_rule(
    "document.answered", "Every request gets a whole answer.", "RFC 9112, section 6: a message tells its length."
)
NEGATIVE = generated_rule(
    "document.rejects-invalid",
    "A request that the document does not allow is refused with a status of 4xx.",
    "patched document, `parameters` and `requestBody`; status 400 of each operation.",
)
HEADERS = generated_rule(
    "document.headers",
    "The headers that the document names for a response are there, and valid.",
    "patched document, `headers` of each response.",
)
GENERATED = generated_rule(
    "document.generated",
    "Requests made from the document are answered by the document.",
    "patched document, judged by schemathesis.",
)
LINKED = generated_rule(
    "document.linked",
    "What one operation gives can be handed to the next: list, get, recording, note; chat, message.",
    "the vendors' documentation: ids of a listing are those of the other operations.",
)


def place(path: tuple[str | int, ...]) -> str:
    """A place in a body, the same for every item of a list: `conversations[].turns[].latency`."""
    text = "".join("[]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return text or "the body"


def _contents(exchange: Exchange) -> Mapping[str, Shape]:
    if exchange.operation is None or not exchange.judged:
        return {}
    return exchange.operation.responses.get(exchange.answer.status, {})


def _unknown(shape: Shape, value: Any, where: str, depth: int) -> Iterator[str]:
    schema = shape.resolved()
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping) and "properties" in schema:
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from _unknown(shape.inner(schema["properties"][name]), inner, f"{where}.{name}", depth + 1)
            elif "additionalProperties" not in schema:
                yield f"{where}.{name}".lstrip(".")
    elif isinstance(value, list) and "items" in schema:
        for inner in value:
            yield from _unknown(shape.inner(schema["items"]), inner, f"{where}[]", depth + 1)
