"""Which conversations a v3 listing shows, in which order, and where its pages begin and end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.data.world import PERIOD, Traits, World
from polyai_data.emulator.http.errors import FILTER_PARSE_ERROR, VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations.matching import ByMeaning, ByWords, Search, best
from polyai_data.emulator.state.listing import Added, Filtered, Listing, Position
from polyai_data.openapi import Operation
from polyai_data.rules import broken_rule

_PAGING = frozenset({"cursor", "include_latency", "limit", "offset"})


def check_rules(operation: Operation, query: Mapping[str, Any]) -> None:
    """Raise a refusal that names the rule when parameters exclude or need each other; an empty one counts as absent."""
    broken = broken_rule(operation.rules, {name: value or None for name, value in query.items()})
    if broken is not None:
        raise Refusal(400, VALIDATION_FAILED, f"query.{broken[0]}: {broken[1]}")


def listing(
    world: World,
    agent: Agent,
    added: Iterable[Added],
    query: Mapping[str, Any],
    cancelled: Callable[[], bool],
    *,
    oldest_first: bool,
) -> Listing:
    """All conversations that match `query` (every parameter, None when absent), in order, for all of its pages.

    A search has the best matches first, `oldest_first` or not, and of equal ones the newest.
    A search looks at one conversation after the other. Raises a refusal, 503, once it is `cancelled`.
    """
    start, end = _moment(query, "start_time"), _moment(query, "end_time")
    search = _search(query)
    if search is not None and agent.hides_transcripts:
        return Listing(world, agent.id, range(0))  # A search must not reveal what the listing hides.
    begin, stop = world.between(agent.id, start, end)
    if query["in_progress"] is True:
        stop = min(stop, world.in_progress)
    elif query["in_progress"] is False:
        begin = max(begin, world.in_progress)
    numbers = Filtered(
        begin, stop, PERIOD, [each for each in range(PERIOD) if _matches(world.traits(agent.id, each), query)]
    )
    matches = _added_matches(added, query, search, start, end)
    if search is None:
        return Listing(world, agent.id, numbers, added=matches, oldest_first=oldest_first)
    by_score: dict[int, array[int]] = {}
    for index in range(len(numbers)):
        if cancelled():
            raise Refusal(503, "SERVICE_UNAVAILABLE", "the emulator is stopping")
        draft = world.draft(agent, numbers[index])
        if score := best(search, draft):
            by_score.setdefault(score, array("I")).append(numbers[index])
    ordered, scores = array("I"), bytearray()
    for score in sorted(by_score, reverse=True):
        ordered += by_score[score]
        scores += bytes([score]) * len(by_score[score])
    return Listing(world, agent.id, ordered, scores=scores, added=matches)


def cache_key(query: Mapping[str, Any]) -> tuple[str, ...]:
    """Identifies the listing of `query`: its parameters without those that only select a page."""
    return tuple(f"{name}={value!r}" for name, value in query.items() if name not in _PAGING)


def page(
    conversations: Listing, agent: Agent, query: Mapping[str, Any], rng: Callable[[], random.Random]
) -> tuple[Sequence[int], dict[str, Any]]:
    """The page of a listing that `query` asks for: the indexes of its conversations, and the fields after them.

    `rng` makes the random numbers of a sample.
    """
    after = _read_cursor(query["cursor"], agent.id) if query["cursor"] is not None else None
    limit, size = query["limit"], len(conversations)
    if query["sample"]:
        return rng().sample(range(size), min(limit, size)), {"cursor": None}
    offset = query["offset"] if after is None else conversations.after(after)
    indexes = range(size)[offset : offset + limit]
    if not indexes or indexes.stop == size:
        return indexes, {"cursor": None}
    cursor = _cursor(conversations.position(indexes.stop - 1), agent.id)
    return indexes, {"cursor": cursor, "next_offset": indexes.stop}


def _search(query: Mapping[str, Any]) -> Search | None:
    if query["query_type"] is None:
        return None
    if query["query_type"] == "transcript":
        return ByWords(query["query"], query["turn_type"])
    return ByMeaning(query["query"])


def _matches(each: Traits | Conversation, query: Mapping[str, Any]) -> bool:
    return (
        query["client_env"] in {None, each.environment}
        and query["variant_id"] in {None, each.variant_id}
        and query["variant_name"] in {None, each.variant_name}
        and (query["channel"] is None or each.channel in query["channel"])
    )


def _added_matches(
    added: Iterable[Added],
    query: Mapping[str, Any],
    search: Search | None,
    start: datetime | None,
    end: datetime | None,
) -> Iterator[tuple[int, Added]]:
    """The added conversations that match, with their scores."""
    for each in added:
        conversation = each.conversation
        if (
            _matches(conversation, query)
            and query["in_progress"] in {None, conversation.in_progress}
            and (start is None or conversation.started_at >= start)
            and (end is None or conversation.started_at < end)
            and (score := 1 if search is None else best(search, each.draft))
        ):
            yield score, each


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    text = query[name]
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise Refusal(400, VALIDATION_FAILED, f"query.{name}: {text!r} is not a date and time ({error})") from error


def _cursor(position: Position, agent_id: str) -> str:
    content = json.dumps(position).encode()
    return base64.urlsafe_b64encode(_digest(content, agent_id) + content).decode().rstrip("=")


def _read_cursor(cursor: str, agent_id: str) -> Position:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    digest, content = raw[:8], raw[8:]
    if not content or digest != _digest(content, agent_id):
        message = f"query.cursor: {cursor!r} is not the cursor of a page of this project"
        raise Refusal(400, FILTER_PARSE_ERROR, message)
    score, started, identifier = json.loads(content)
    return score, started, identifier


def _digest(content: bytes, agent_id: str) -> bytes:
    return hashlib.sha256(agent_id.encode() + b"/" + content).digest()[:8]
