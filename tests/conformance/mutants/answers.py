"""Faults of answers as such: status, content type, fields, headers, error bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polyai_data.emulator.app import CORRELATION
from polyai_data.emulator.faults import delivery, switches
from polyai_data.emulator.http.response import JSON, WAV
from polyai_data.emulator.state.state import State
from tests.conformance.mutants.mutant import ALL, ERRORS, Fault, mutant

_LONG = 20_000


@mutant("addAnnotations", "annotations.accepted document.status")
def created_as_ok(fault: Fault) -> None:
    """An accepted annotation is answered with 200 in place of 201."""
    fault.answer(lambda _, answer: replace(answer, status=200) if answer.status == 201 else None)


@mutant("createDebugChat", "chats.invalid document.status")
def unprocessable(fault: Fault) -> None:
    """A chat's invalid body is answered with 422, which the document does not have, in place of 400."""
    fault.answer(lambda _, answer: replace(answer, status=422) if answer.status == 400 else None)


@mutant("getConversation", "document.server-error hosts.unknown-id")
def unknown_is_crash(fault: Fault) -> None:
    """A conversation that is not there makes the server fail with 500."""
    fault.answer(lambda _, answer: replace(answer, status=500) if answer.status == 404 else None)


@mutant("createDebugChat", "document.schema")
def missing_field(fault: Fault) -> None:
    """The required field delayedResponse is left out."""
    fault.value(lambda value: value.pop("delayedResponse", None))


@mutant("getConversation", "document.extra-field")
def extra_field(fault: Fault) -> None:
    """An internal field comes along that the document does not name."""
    fault.value(lambda value: value.update(shardKey="7c"))


@mutant("searchConversations", "document.schema")
def number_as_text(fault: Fault) -> None:
    """The number of turns is a text."""
    fault.items(lambda item: item.update(num_turns=str(item["num_turns"])))


@mutant("listConversations", "document.schema")
def null_field(fault: Fault) -> None:
    """A field without a value is null, where the document knows absence only."""
    fault.items(lambda item: item.setdefault("note", None))


@mutant("getConversation", "document.schema")
def time_without_zone(fault: Fault) -> None:
    """A conversation's start has no time zone."""
    fault.value(lambda value: value.update(startedAt=value["startedAt"].removesuffix("Z")))


@mutant("getConversation", "document.content-type")
def html_not_found(fault: Fault) -> None:
    """404 comes as a page of HTML."""
    page = b"<html><body><h1>Not Found</h1></body></html>"
    fault.answer(
        lambda _, answer: replace(answer, body=page, content_type="text/html") if answer.status == 404 else None
    )


@mutant("getConversationRecording", "document.content-type")
def octet_stream(fault: Fault) -> None:
    """A recording is declared as any bytes."""
    fault.answer(
        lambda _, answer: (
            replace(answer, content_type="application/octet-stream") if answer.content_type == WAV else None
        )
    )


@mutant("upsertNote", "document.schema")
def empty_success(fault: Fault) -> None:
    """A note that was set is answered with no body at all."""
    fault.answer(lambda _, answer: replace(answer, body=b"") if answer.status == 201 else None)


@mutant("searchConversations", "document.answered")
def truncated(fault: Fault) -> None:
    """A large answer breaks off in its middle."""

    async def whole(original: Any, connection: delivery.Connection, answer: Any) -> None:
        if answer.content_type == JSON and (answer.length or 0) > _LONG:
            await delivery.WAYS["truncate"](connection, answer, "")
        else:
            await original(connection, answer)

    fault.function(switches, "whole", whole)


@mutant(ALL, "errors.correlation-id")
def error_without_correlation(fault: Fault) -> None:
    """Errors carry no correlation id."""

    def without(_: Any, answer: Any) -> Any:
        left = {name: value for name, value in answer.headers.items() if name != CORRELATION}
        return replace(answer, headers=left) if answer.status >= 400 and left != answer.headers else None

    fault.answer(without)


@mutant(ALL, "errors.correlation-unique")
def one_correlation(fault: Fault) -> None:
    """All answers have the same correlation id."""
    fault.function(
        State,
        "fresh_id",
        lambda original, state, kind: "0" * 32 if kind == "correlation" else original(state, kind),
    )


@mutant("upsertNote addAnnotations", "errors.error-id")
def foreign_error_id(fault: Fault) -> None:
    """The error_id of a refused write is not its correlation id."""
    fault.value(lambda value: "error_id" in value and value.update(error_id="none"), ERRORS)


@mutant("getConversation getConversationRecording", "errors.code errors.codes-told")
def code_of_another_status(fault: Fault) -> None:
    """What is not there has the code of what is forbidden."""
    fault.value(lambda value: value.update(error_code="USER_ACCESS_FORBIDDEN"), range(404, 405))


@mutant("listConversations", "errors.codes-told")
def code_in_lower_case(fault: Fault) -> None:
    """The codes of the listing's errors are written in another way than the published ones."""
    fault.value(lambda value: value.update(error_code=str(value.get("error_code", "")).lower()), ERRORS)


@mutant("searchConversations", "errors.message")
def error_without_words(fault: Fault) -> None:
    """An error's message is empty."""
    fault.value(lambda value: value.update(error_message=""), ERRORS)


@mutant("createDebugChat sendDebugChatMessage", "errors.shape")
def successful_error(fault: Fault) -> None:
    """An error's body says success."""
    fault.value(lambda value: value.update(success=True), ERRORS)


@mutant("getRedactedAudio", "errors.message document.schema")
def error_of_other_vendor(fault: Fault) -> None:
    """AssemblyAI's errors have the field that PolyAI's have."""
    fault.value(lambda value: value.update(error_message=value.pop("error", "")), ERRORS)


@mutant(ALL, "document.retry-after document.headers")
def too_many_without_pause(fault: Fault) -> None:
    """429 does not say how long to wait."""

    def without(_: Any, answer: Any) -> Any:
        left = {name: value for name, value in answer.headers.items() if name != "retry-after"}
        return replace(answer, headers=left) if answer.status == 429 else None

    fault.answer(without)
