"""The target's own data, as its listings show them: rules compare it with what filters, pages and details return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from polyai_data.conformance.exchange import Blocked, Exchange
from polyai_data.conformance.probe import Probe, brief, is_recorded
from polyai_data.conformance.target import FULL
from polyai_data.conformance.wav import Wav, WavError, parse

RECORDINGS = ("getConversationRecording", "getConversationRecordingV3")
"""The operations that return a recording."""
MOST_PAGES = 40
ENOUGH = 12
"""How many conversations tell chance from a rule."""
Item = Mapping[str, Any]
Shown = Exchange | Sequence[Exchange]


@dataclass(frozen=True)
class Listing:
    """Conversations of an agent, and the response that showed them."""

    items: list[Item]
    exchange: Exchange
    total: int

    @property
    def ids(self) -> list[str]:
        return ids_of(self.items)

    @property
    def complete(self) -> bool:
        """Whether these are all that the agent has."""
        return len(self.items) >= self.total


def listing(probe: Probe, region: str | None = None, agent: int = 0) -> Listing:
    """The first conversations of an agent, up to the target's depth, as the agents host lists them."""
    region = region or probe.region

    def make() -> Listing:
        query = {"limit": probe.target.depth}
        exchange = probe.call("listConversations", query=query, region=region, agent=probe.agent(region, agent))
        value = exchange.value()
        return Listing(value["conversations"], exchange, value["count"])

    conversations = probe.once(("listing", region, agent), make)
    if not conversations.items:
        raise Blocked("the agent has no conversations")
    return conversations


def ids_of(items: Sequence[Item]) -> list[str]:
    """The ids of conversations, under whichever name the listing has for them."""
    return [str(each.get("conversationId") or each.get("id")) for each in items]


def bounds(probe: Probe) -> dict[str, str]:
    """`start_time` and `end_time` around the listing, which keep a search of a large agent small."""
    times = [each["startedAt"] for each in listing(probe).items if each.get("startedAt")]
    if not times:
        raise Blocked("no conversation has the field startedAt")
    latest = moment(max(times, key=moment)) + timedelta(seconds=1)
    return {"start_time": min(times, key=moment), "end_time": latest.isoformat()}


def search(probe: Probe, **query: Any) -> Exchange:
    """A search of the platform host within the bounds, with these parameters too; None leaves one out."""
    return probe.call("searchConversations", query={**bounds(probe), **query})


def matches(probe: Probe, **query: Any) -> Listing:
    """The first page of a search within the bounds; each is sent once in a run."""

    def make() -> Listing:
        exchange = search(probe, **query)
        items = exchange.value()["conversations"]
        return Listing(items, exchange, len(items))

    return probe.once(("matches", *map(str, sorted(query.items(), key=str))), make)


def whole(probe: Probe) -> Listing:
    """All that a search shows within the bounds; skips the rule where that is nothing."""
    shown = matches(probe)
    return shown if shown.items else probe.skip("the platform host shows no conversation in the default environment")


def order(times: Sequence[str]) -> str:
    """In which order conversations are listed, by their times."""
    moments = [moment(each) for each in times]
    for name, reverse in (("newest first", True), ("oldest first", False)):
        if moments == sorted(moments, reverse=reverse):
            return name
    return "not by time"


def follow(probe: Probe, **query: Any) -> list[Exchange]:
    """The pages of a search within the bounds, from cursor to cursor."""
    pages: list[Exchange] = []
    cursor: str | None = None
    while not pages or (cursor and len(pages) < MOST_PAGES):
        pages.append(search(probe, **query, cursor=cursor))
        cursor = pages[-1].value().get("cursor")
    return pages


def ids_on(*pages: Exchange) -> list[str]:
    return [each for page in pages for each in ids_of(page.value()["conversations"])]


def environments(probe: Probe) -> tuple[str, ...]:
    return probe.target.operation("searchConversations").parameter("client_env").enum


def everything(probe: Probe) -> list[Item]:
    """What the platform host lists within the bounds, of all environments."""
    return [item for each in environments(probe) for item in matches(probe, client_env=each).items]


def recorded(probe: Probe, most: int = 3) -> list[str]:
    """Ids of some calls that have ended."""
    calls = [str(each["conversationId"]) for each in listing(probe).items if is_recorded(each)]
    if not calls:
        probe.skip("the agent has no call that has ended")
    return calls[:most]


def recordings(probe: Probe) -> list[str]:
    """Those of `RECORDINGS` that can be called here."""
    return [each for each in RECORDINGS if probe.allowed(each)]


def recording(
    probe: Probe, conversation: str, *, operation: str = RECORDINGS[0], role: str = FULL, **query: Any
) -> tuple[Exchange, Wav]:
    """A recording, each requested once in a run; `Blocked` when there is none, or it cannot be read."""

    def make() -> tuple[Exchange, Wav]:
        exchange = probe.call(operation, conversation, query=query, role=role)
        if not exchange.response.ok:
            raise Blocked(f"{operation} of {conversation} responded with {exchange.response.status}")
        try:
            return exchange, parse(exchange.response.body)
        except WavError as error:
            raise Blocked(f"the recording of {conversation} cannot be read: {error}") from None

    given = sorted((name, value) for name, value in query.items() if value is not None)
    return probe.once(("recording", conversation, operation, role, *given), make)


def moment(text: str) -> datetime:
    """The moment of a date-time of JSON; one without an offset is UTC."""
    read = datetime.fromisoformat(text.upper())
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def expect_only(
    probe: Probe, shown: Shown, seen: Sequence[str], allowed: Sequence[str], expected: str, *, label: str = "also"
) -> None:
    """Expect no others than the allowed ones; `label` says in the finding what the others are."""
    others = [each for each in seen if each not in allowed]
    probe.expect(not others, shown, expected, f"{label}: {brief(others)}")


def expect_once(probe: Probe, shown: Shown, ids: list[str], expected: str) -> None:
    twice = [each for each, count in Counter(ids).items() if count > 1]
    probe.expect(not twice, shown, expected, f"more than once: {brief(twice)}")


def expect_ids(probe: Probe, shown: Shown, seen: list[str], expected: list[str], what: str) -> None:
    """Expect these conversations, each once, in this order; the finding names those that are not."""
    expect_only(probe, shown, expected, seen, f"all {what}", label="missing")
    expect_only(probe, shown, seen, expected, f"only {what}")
    expect_once(probe, shown, seen, f"{what}, each once")
    if sorted(seen) == sorted(expected):
        wrong = [f"{one} instead of {two}" for one, two in zip(seen, expected, strict=True) if one != two]
        probe.expect(not wrong, shown, f"{what}, in their order", brief(wrong, 1))
