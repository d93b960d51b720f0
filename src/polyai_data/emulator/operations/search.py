"""Which conversations a v3 listing shows, in which order, and where its pages begin and end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.data.scenarios import Scenario
from polyai_data.emulator.data.script import TROUBLE
from polyai_data.emulator.data.world import PERIOD, Traits, World
from polyai_data.emulator.http.response import VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations.matching import ByMeaning, ByWords, Everything, Search, always, best
from polyai_data.emulator.state.listing import Added, Listing, Position
from polyai_data.emulator.state.places import Joined, Periodic

FILTER_PARSE_ERROR = "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
_PAGING = frozenset({"cursor", "include_latency", "limit", "offset"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing."""

    places: Sequence[int]
    """Which conversations of the listing."""
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


def listing(
    world: World,
    agent: Agent,
    added: Iterable[Added],
    query: Mapping[str, Any],
    given_up: Callable[[], bool] = lambda: False,
) -> Listing:
    """All that `query` (all parameters, absent ones None) finds, in order; it is the same for each of its pages.

    Raises a refusal: 503 as soon as it is `given_up`.
    """
    start, end = _moment(query, "start_time"), _moment(query, "end_time")
    search = _search(query)
    if agent.hides_transcripts and query["query_type"] is not None:
        return Listing(world, agent.id, ())  # A search must not tell what the listing keeps back.
    begin, stop = world.between(agent.id, start, end)
    if query["in_progress"] is True:
        stop = min(stop, world.in_progress)
    elif query["in_progress"] is False:
        begin = max(begin, world.in_progress)
    parts = _parts(world, agent, query, search, range(begin, stop), given_up)
    ranked = [(score, parts[score]) for score in sorted(parts, reverse=True)]
    return Listing(world, agent.id, ranked, _suitable(added, query, search, start, end))


def is_about(query: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells the listing of `query` from others, as opposed to what tells its pages apart."""
    return tuple(f"{name}={value!r}" for name, value in query.items() if name not in _PAGING)


def page(found: Listing, agent: Agent, query: Mapping[str, Any], rng: Callable[[], random.Random]) -> Page:
    """The page of a listing that `query` asks for; `rng` gives the source of a random sample."""
    after = _read_cursor(query["cursor"], agent.id) if query["cursor"] is not None else None
    limit = query["limit"]
    if query["sample"]:
        return Page(rng().sample(range(len(found)), min(limit, len(found))))
    offset = query["offset"] if after is None else found.after(after)
    shown = range(len(found))[offset : offset + limit]
    if not shown or shown.stop == len(found):
        return Page(shown)
    return Page(shown, _cursor(found.position(shown.stop - 1), agent.id), shown.stop)


def _search(query: Mapping[str, Any]) -> Search:
    if query["query_type"] is None:
        return Everything()
    if query["query_type"] == "transcript":
        return ByWords(query["query"], query["turn_type"])
    return ByMeaning(query["query"])


def _parts(  # noqa: PLR0917 - all of the search
    world: World, agent: Agent, query: Mapping[str, Any], search: Search, within: range, given_up: Callable[[], bool]
) -> dict[int, Sequence[int]]:
    """The seeded conversations with a number `within` that are found, in order, by their score.

    Where all scores follow from the numbers alone, nothing is looked at, and the parts take no room. Else the
    conversations are looked at one after the other, and of those that are found the numbers are kept.
    """
    begin, end = within.start, within.stop
    remainders = {each: traits for each in range(PERIOD) if _keeps(traits := world.traits(agent.id, each), query)}
    scores = {each: _score(search, traits.scenario) for each, traits in remainders.items()}
    # Conversations in progress have not said everything yet.
    middle = min(max(begin, world.in_progress), end)
    looked_at: Iterable[int] = (number for number in range(begin, middle) if number % PERIOD in remainders)
    walk = None in scores.values()
    if walk:
        looked_at = itertools.chain(looked_at, Periodic(middle, end, PERIOD, list(scores)))
    found: dict[int, array[int]] = {}
    for number in looked_at:
        score = scores[number % PERIOD] if number >= middle else None
        if score is None:
            if given_up():
                raise Refusal(503, "SERVICE_UNAVAILABLE", "the emulator stops")
            draft = world.draft(agent, number)
            score = best(search, draft.exchanges, draft.gaps)
        if score:
            found.setdefault(score, array("I")).append(number)
    if walk:
        return dict(found)
    parts: dict[int, Sequence[int]] = {}
    for score in {*found, *scores.values()}:
        if score:
            remaining = Periodic(middle, end, PERIOD, [each for each, its in scores.items() if its == score])
            parts[score] = Joined((found.get(score, ()), remaining))
    return parts


def _score(search: Search, scenario: Scenario) -> int | None:
    """The score of every conversation of that scenario that has come to its end; None when they differ."""
    score = always(search, scenario.exchanges)
    troubles = [search.fixed(trouble) for trouble in TROUBLE if trouble is not None]
    # What comes in between does not matter when it is no better than the rest.
    differs = score is None or any(trouble is None or trouble > score for trouble in troubles)
    return None if differs else score


def _keeps(each: Traits | Conversation, query: Mapping[str, Any]) -> bool:
    return all(
        wanted is None or wanted == value
        for wanted, value in (
            (query["client_env"], each.environment),
            (query["variant_id"], each.variant_id),
            (query["variant_name"], each.variant_name),
        )
    ) and (query["channel"] is None or each.channel in query["channel"])


def _suitable(
    added: Iterable[Added], query: Mapping[str, Any], search: Search, start: datetime | None, end: datetime | None
) -> Iterator[tuple[int, Added]]:
    """The added conversations that are found, with their scores."""
    for each in added:
        conversation = each.conversation
        if (
            _keeps(conversation, query)
            and query["in_progress"] in {None, conversation.in_progress}
            and (start is None or conversation.started_at >= start)
            and (end is None or conversation.started_at < end)
            and (score := best(search, each.exchanges, each.gaps))
        ):
            yield score, each


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    text = query[name]
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise Refusal(400, VALIDATION_FAILED, f"query.{name}: {text!r} is no date and time ({error})") from error


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
