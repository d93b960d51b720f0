"""Which calls may be sent, and what must be sent then, as the documents tell it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.facade.document_calls import ARGUMENTS, BAD_ID, GOOD_ID, IDS, TAKES, WORDS, Call, Given, is_annotation
from tests.facade.document_reader import instant, operations
from tests.facade.document_wire import NOTHING


@dataclass(frozen=True)
class Sent:
    """What one request of a call carries; ids are those of the call, or of the client, where `more` has no other."""

    operation_id: str
    query: Given = field(default_factory=dict)
    body: Any = NOTHING
    more: Given = field(default_factory=dict)


def id_may_be_sent(text: str | None) -> bool | None:
    """Whether an id can be one segment of a path; None where that is a matter of taste."""
    if text is None or not text or text in {".", ".."} or BAD_ID.search(text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True if GOOD_ID.fullmatch(text) and text.strip(".") else None


PREPARED = {"20260601T000000Z": "2026-06-01T00:00:00Z", "2026-06-01T24:00:00Z": "2026-06-02T00:00:00Z"}
"""Times that ISO 8601 has ways of writing for, and the documents' date-time has not."""


def exact(moment: datetime | str) -> Any:
    """The instant of a time that was given to the facade."""
    if isinstance(moment, datetime):
        # An offset of a part of a minute has no way of being written in a date-time.
        whole = (moment.utcoffset() or timedelta()) % timedelta(minutes=1) == timedelta()
        moment = (moment if whole else moment.astimezone(UTC)).isoformat()
    moment = PREPARED.get(moment, moment)
    return instant(re.sub(r"T(\d\d:\d\d)(?=[Z+-])", r"T\1:00", moment))


def in_plain_order(given: Given) -> bool:
    """Whether two times of one zone are in the order of their clocks; where these go back, there is a test for it."""
    start, end = given.get("start_time"), given.get("end_time")
    if not (isinstance(start, datetime) and isinstance(end, datetime)) or start.tzinfo is None or end.tzinfo is None:
        return True
    return (start > end) is (exact(start) > exact(end))


def _moment(value: Any) -> bool:
    if isinstance(value, str):
        return not any(
            value == each for each in ("", "yesterday", "2026-06-01", "2026-06-01T00:00:00", "2026-13-01T00:00Z")
        )
    return isinstance(value, datetime) and value.utcoffset() is not None


def may_be_sent(call: Call) -> bool | None:
    """Whether a call is one that the document allows, ids apart; None where the document leaves it open."""
    given = {name: value for name, value in call.given.items() if value is not None}
    if any(given[name] not in WORDS[name] for name in given.keys() & {*WORDS} - {"role", "annotation_type"}):
        return False
    if not all(_writable(value) for value in given.values()) or given.get("on_invalid") == "other":
        return False
    if call.operation_id == "addAnnotations":
        several, one = given.get("annotations"), given.keys() & {"turn_id", "role", "annotation_type"}
        if several is not None:
            return bool(several) and not one and all(map(is_annotation, several))
        return len(one) == 3 and is_annotation(given)
    return _page(call.operation_id, given) if "earch" in call.operation_id or "list" in call.operation_id else True


def _writable(value: Any) -> bool:
    if isinstance(value, str):
        return not re.search("[\ud800-\udfff]", value)
    if isinstance(value, dict):
        return all(map(_writable, [*value.keys(), *value.values()]))
    if isinstance(value, list | tuple):
        return all(map(_writable, value))
    return isinstance(value, bool | int | datetime | None) or (isinstance(value, float) and math.isfinite(value))


def _page(operation_id: str, given: Given) -> bool | None:
    limit, start = given.get("limit", 1), given.get("offset", 0)
    most = 1000 if operation_id == "searchConversations" else math.inf
    if type(limit) is not int or not 1 <= limit <= most:
        return False
    if type(start) is not int or start < 0:
        # A cursor wins over an offset, so that it is not even looked at.
        return None if given.get("cursor") else False
    return not any(_unlawful(given))


def _unlawful(given: Given) -> Iterator[bool]:
    both = {"start_time", "end_time"} <= given.keys()
    yield not all(_moment(given[name]) for name in given.keys() & {"start_time", "end_time"})
    yield {"variant_id", "variant_name"} <= given.keys()
    yield {"query_type", "sample"} <= given.keys()
    yield ("query" in given) != ("query_type" in given)
    yield bool(given.keys() & {"query_type", "sample"}) and not both
    yield "turn_type" in given and given.get("query_type") != "transcript"
    yield both and exact(given["start_time"]) > exact(given["end_time"])


# What must be sent.


def requests(call: Call) -> list[Sent]:
    """What the requests of a call carry, in their order, where the server answers with `answers` of the same name."""
    return SENDS[call.operation_id](call.operation_id, {k: v for k, v in call.given.items() if v is not None})


def _list(operation_id: str, given: Given) -> list[Sent]:
    first = {name: given[name] for name in ("limit", "offset") if name in given}
    return [Sent(operation_id, first), Sent(operation_id, {**first, "offset": first.get("offset", 0) + 1})]


def _searched(operation_id: str, given: Given) -> list[Sent]:
    query = {name: value for name, value in given.items() if name not in {"on_invalid", *IDS, "channel"}}
    for name in query.keys() & {"start_time", "end_time"}:
        query[name] = exact(query[name])
    channel = given.get("channel", [])
    if channels := [channel] if isinstance(channel, str) else [*channel]:
        query["channel"] = channels
    if query.get("cursor"):
        query.pop("offset", None)
    else:
        query.pop("cursor", None)
    going_on = {name: value for name, value in query.items() if name != "offset"} | {"cursor": CURSOR}
    return (
        [Sent(operation_id, query)] if "sample" in query else [Sent(operation_id, query), Sent(operation_id, going_on)]
    )


CURSOR = "next/=+ &?%é会"
CHAT = "CHAT-1"
_NAMES = {
    "client_env": "clientEnv",
    "asr_lang_code": "asrLangCode",
    "tts_lang_code": "ttsLangCode",
    "conversation_id": "conversationId",
    "variant_id": "variantId",
    "integration_attributes": "integrationAttributes",
    "turn_id": "turnId",
    "annotation_type": "annotationType",
}


def _named(given: Given) -> dict[str, Any]:
    """As the documents name it; no document names an agent in a body."""
    return {_NAMES.get(name, name): value for name, value in given.items() if name != "agent_id"}


def _annotated(operation_id: str, given: Given) -> list[Sent]:
    several = given.get("annotations") or [{name: given[name] for name in ("turn_id", "role", "annotation_type")}]
    return [Sent(operation_id, body={"annotations": [_named(each) for each in several]})]


def _chatted(operation_id: str, given: Given) -> list[Sent]:
    start = Sent("createDebugChat", body={"clientEnv": given["client_env"]})
    return [start, Sent(operation_id, body=_named(given), more={"conversation_id": CHAT})]


def _recorded(operation_id: str, given: Given) -> list[Sent]:
    return [Sent(operation_id, {name: given[name] for name in ("direction", "redacted") if name in given})]


SENDS: Mapping[str, Callable[[str, Given], list[Sent]]] = {
    "listConversations": _list,
    "searchConversations": _searched,
    "getConversation": lambda name, _: [Sent(name)],
    "getConversationRecording": _recorded,
    "getConversationRecordingV3": _recorded,
    "addAnnotations": _annotated,
    "upsertNote": lambda name, given: [Sent(name, body={"note": given["note"]})],
    "createDebugChat": lambda name, given: [Sent(name, body=_named(given))],
    "sendDebugChatMessage": _chatted,
    "getRedactedAudio": lambda name, _: [Sent(name)],
}
assert SENDS.keys() == TAKES.keys() == ARGUMENTS.keys() == operations().keys()
