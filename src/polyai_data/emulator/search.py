"""Which conversations a v3 listing shows, in which order, and where its pages begin and end."""

from __future__ import annotations

import base64
import binascii
import bisect
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from polyai_data.emulator.answers import VALIDATION_FAILED, Refusal
from polyai_data.emulator.model import Agent, Conversation

FILTER_PARSE_ERROR = "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
_HIT = 500
"""How much of a query, in thousandths, a conversation must be about to be found by its meaning."""

Position = tuple[int, int, str]
"""Where a conversation stands in a listing: best match first, then newest first, then by id."""
Listing = Sequence[tuple[Position, Conversation]]
"""The conversations of all pages, in order."""
_PAGING = frozenset({"cursor", "include_latency", "limit", "offset"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing."""

    conversations: Sequence[Conversation]
    cursor: str | None = None
    next_offset: int | None = None


def check_rules(query: Mapping[str, Any]) -> None:
    """Raise a refusal that names the rule when parameters stand together that may not, or alone when they may not."""
    for broken, rule in (
        (query["variant_id"] and query["variant_name"], "variant_id and variant_name exclude each other"),
        (query["query_type"] and query["sample"], "query_type and sample exclude each other"),
        (query["query_type"] and not query["query"], "query_type needs query"),
        (query["query"] and not query["query_type"], "query needs query_type"),
        (_unbounded(query, "query_type"), "query_type needs start_time and end_time"),
        (_unbounded(query, "sample"), "sample needs start_time and end_time"),
        (query["turn_type"] and query["query_type"] != "transcript", "turn_type needs query_type=transcript"),
    ):
        if broken:
            raise Refusal(400, VALIDATION_FAILED, f"query: {rule}")


def _unbounded(query: Mapping[str, Any], name: str) -> bool:
    return bool(query[name]) and not (query["start_time"] and query["end_time"])


def listing(conversations: Iterable[Conversation], agent: Agent, query: Mapping[str, Any]) -> Listing:
    """All that `query` (all parameters, absent ones None) finds, in order; it is the same for each of its pages."""
    return _ranked(filter(_filter(query), conversations), agent, query)


def is_about(query: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells the listing of `query` from others, as opposed to what tells its pages apart."""
    return tuple(f"{name}={value!r}" for name, value in query.items() if name not in _PAGING)


def page(found: Listing, agent: Agent, query: Mapping[str, Any], rng: Callable[[], random.Random]) -> Page:
    """The page of a listing that `query` asks for; `rng` gives the source of a random sample."""
    after = _read_cursor(query["cursor"], agent.id) if query["cursor"] is not None else None
    limit = query["limit"]
    if query["sample"]:
        drawn = rng().sample([conversation for _, conversation in found], min(limit, len(found)))
        return Page(drawn)
    offset = query["offset"] if after is None else bisect.bisect_right(found, after, key=lambda pair: pair[0])
    shown = found[offset : offset + limit]
    if not shown or offset + limit >= len(found):
        return Page([conversation for _, conversation in shown])
    return Page([conversation for _, conversation in shown], _cursor(shown[-1][0], agent.id), offset + limit)


def _filter(query: Mapping[str, Any]) -> Callable[[Conversation], bool]:
    start, end = _moment(query, "start_time"), _moment(query, "end_time")
    wanted: list[tuple[str, Any]] = [
        ("environment", query["client_env"]),
        ("variant_id", query["variant_id"]),
        ("variant_name", query["variant_name"]),
        ("in_progress", query["in_progress"]),
    ]
    wanted = [(name, value) for name, value in wanted if value is not None]
    channels = query["channel"]

    def keeps(conversation: Conversation) -> bool:
        return (
            (start is None or conversation.started_at >= start)
            and (end is None or conversation.started_at < end)
            and (channels is None or conversation.channel in channels)
            and all(getattr(conversation, name) == value for name, value in wanted)
        )

    return keeps


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    text = query[name]
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise Refusal(400, VALIDATION_FAILED, f"query.{name}: {text!r} is no date and time ({error})") from error


def _ranked(conversations: Iterable[Conversation], agent: Agent, query: Mapping[str, Any]) -> Listing:
    ranked = [
        ((-score, -round(conversation.started_at.timestamp() * 1000), conversation.id), conversation)
        for conversation in conversations
        if (score := _score(conversation, agent, query)) > 0
    ]
    return sorted(ranked, key=lambda pair: pair[0])


def _score(conversation: Conversation, agent: Agent, query: Mapping[str, Any]) -> int:
    if query["query_type"] is None:
        return 1
    if agent.hides_transcripts:
        return 0  # A search must not tell what the listing keeps back.
    if query["query_type"] == "transcript":
        return int(_says(conversation, query["query"], query["turn_type"]))
    wanted = _concepts(query["query"])
    about = _concepts(" ".join(_utterances(conversation, None)))
    score = 1000 * len(wanted & about) // max(len(wanted), 1)
    return score if score >= _HIT else 0


def _says(conversation: Conversation, query: str, side: str | None) -> bool:
    wanted = set(_words(query))
    return bool(wanted) and any(wanted.issubset(_words(text)) for text in _utterances(conversation, side))


def _utterances(conversation: Conversation, side: str | None) -> list[str]:
    said = []
    for turn in conversation.turns:
        if side != "agent":
            said += [turn.user, turn.user_english]
        if side != "user":
            said += [turn.agent, turn.agent_english]
    return said


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


_SAME = (
    (r"\b(money back|my money|pay me back|reimburse\w*|charged twice)\b", " refund "),
    (r"\b(opening hours|opening times?|business hours|when .{0,20} open)\b", " opening_hours "),
    (r"\b(locked out|log ?in|sign ?in|passwords?|credentials?)\b", " password "),
    (r"\b(reserv\w+|book\w*|予約)", " booking "),
    (r"\b(packages?|parcels?|shipments?|deliver\w*)\b", " parcel "),
    (r"\b(angry|upset|unhappy|complain\w*|wrong)\b", " complaint "),
    (r"\b(invoices?|bills?|billing)\b", " bill "),
)
"""What counts as the same when meanings are compared."""
_EMPTY_WORDS = frozenset(
    _words(
        """
        a an and are at back call calls can could did do does for get give have he how i in is it me my not of on or our
        please she that the their they this to want wants was we were what when where which who will with would you your
        """
    )
)


def _concepts(text: str) -> set[str]:
    text = text.casefold()
    for pattern, word in _SAME:
        text = re.sub(pattern, word, text)
    return {_stem(word) for word in _words(text) if word not in _EMPTY_WORDS}


def _stem(word: str) -> str:
    return re.sub(r"(ing|ed|es|s|ly)$", "", word) if len(word) > 4 else word


def _cursor(position: Position, agent_id: str) -> str:
    content = json.dumps(position).encode()
    return base64.urlsafe_b64encode(_check(content, agent_id) + content).decode().rstrip("=")


def _read_cursor(cursor: str, agent_id: str) -> Position:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    check, content = raw[:8], raw[8:]
    if not content or check != _check(content, agent_id):
        raise Refusal(400, FILTER_PARSE_ERROR, "query.cursor: is not the cursor of a page of this project")
    score, started, identifier = json.loads(content)
    return score, started, identifier


def _check(content: bytes, agent_id: str) -> bytes:
    return hashlib.sha256(agent_id.encode() + b"/" + content).digest()[:8]
