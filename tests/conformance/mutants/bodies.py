"""Mutants of responses as such, and of what listings and details say about the same conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.conformance.mutants.mutant import ALL, Call, Request, Response, mutant

LIST, SEARCH, GET = "listConversations", "searchConversations", "getConversation"


# Responses and the document.


@mutant("addAnnotations", "document.status annotations.accepted", via="annotations")
def created_as_ok(response: Response) -> Response:
    """An accepted annotation gets the status 200 instead of 201."""
    return replace(response, status=200) if response.status == 201 else response


@mutant(GET, "document.schema", via="listings.detail")
def time_as_number(value: Any) -> None:
    """A conversation's start is a number of seconds."""
    value["startedAt"] = datetime.fromisoformat(value["startedAt"]).timestamp()


@mutant(GET, "document.extra-field", via="listings.detail")
def internal_field(value: Any) -> None:
    """A conversation has an internal field that the document does not name."""
    value["shardKey"] = "7c"


@mutant(GET, "document.content-type", via="hosts.unknown-id")
def html_not_found(response: Response) -> Response:
    """404 comes as a page of HTML."""
    page = replace(response, body=b"<html><body><h1>Not Found</h1></body></html>")
    return page.with_headers(content_type="text/html") if response.status == 404 else response


@mutant(SEARCH, "document.complete", via="filters.client-env")
def large_page_truncated(response: Response) -> Response:
    """A large page breaks off in its middle."""
    return replace(response, whole=len(response.body) < 20_000)


@mutant(ALL, "document.retry-after", via="errors.forced")
def too_many_without_pause(response: Response) -> Response:
    """429 does not say how long to wait."""
    return response.with_headers(retry_after=None) if response.status == 429 else response


@mutant(SEARCH, "document.rejects-invalid")
def unknown_environment_ignored(call: Call) -> Request:
    """An environment that does not exist is passed over."""
    known = call.request.value("client_env") in {None, "live", "sandbox", "pre-release"}
    return call.request if known else call.request.with_query(client_env=None)


@mutant(LIST, "listings.detail")
def ids_in_small_letters(value: Any) -> None:
    """The ids of the listing are in small letters, and no other operation knows them."""
    for item in value["conversations"]:
        item["conversationId"] = item["conversationId"].lower()


# Errors.


@mutant(ALL, "errors.correlation-id", via="keys.missing")
def error_without_correlation(response: Response) -> Response:
    """Errors carry no correlation id."""
    return response.with_headers(x_polyai_correlation_id=None) if response.status >= 400 else response


@mutant(GET, "errors.code", via="hosts.unknown-id")
def code_of_another_status(response: Response) -> Response:
    """A conversation that does not exist has the code of a forbidden one."""
    return replace(response, body=response.body.replace(b"CONVERSATIONS_NOT_FOUND", b"USER_ACCESS_FORBIDDEN"))


@mutant("getRedactedAudio", "errors.message document.schema", via="links.unknown")
def error_of_the_other_vendor(response: Response) -> Response:
    """AssemblyAI's errors have the field that PolyAI's have."""
    return replace(response, body=response.body.replace(b'"error"', b'"error_message"'))


# Listings and details.


@mutant(GET, "listings.detail")
def detail_in_another_zone(value: Any) -> None:
    """A conversation's detail has its start in the server's local time, marked as UTC."""
    later = datetime.fromisoformat(value["startedAt"]) + timedelta(hours=2)
    value["startedAt"] = later.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@mutant(SEARCH, "listings.agree")
def duration_in_milliseconds(value: Any) -> None:
    """The platform host gives durations in milliseconds."""
    for item in value["conversations"]:
        if "total_duration" in item:
            item["total_duration"] *= 1000


@mutant(SEARCH, "listings.turns")
def turns_backwards(value: Any) -> None:
    """The platform host lists the turns from the last one to the first."""
    for item in value["conversations"]:
        item["turns"].reverse()


@mutant(GET, "listings.hidden")
def hidden_turns_in_detail(call: Call) -> Response:
    """A project that hides its transcripts shows turns in the detail."""
    response = call.send()
    if (value := response.success()) is None:
        return response
    call.memory["turns"] = value["turns"] or call.memory.get("turns", [])
    return response if value["turns"] else response.with_json({**value, **call.memory})


@mutant(SEARCH, "listings.agree")
def web_chats_unlisted(value: Any) -> None:
    """The platform host lists calls only."""
    value["conversations"] = [each for each in value["conversations"] if each["channel"] != "WEBCHAT"]
