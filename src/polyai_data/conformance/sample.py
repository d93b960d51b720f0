"""The target's own data, as its listings show them, which rules compare with what filters, pages and details give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from polyai_data.conformance.model import Blocked, Exchange
from polyai_data.conformance.probe import Probe, is_recorded
from polyai_data.conformance.wav import Wav, WavError, parse

ENVIRONMENTS = ("live", "sandbox", "pre-release")
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """Conversations of an agent, and the answer that showed them."""

    items: list[Item]
    exchange: Exchange
    total: int

    @property
    def ids(self) -> list[str]:
        """The ids, in their order, by whichever name the listing has for them."""
        return [str(each.get("conversationId") or each.get("id")) for each in self.items]

    @property
    def complete(self) -> bool:
        """Whether these are all that the agent has."""
        return len(self.items) >= self.total


def listing(probe: Probe, region: str | None = None, agent: int = 0) -> Listing:
    """The newest conversations of an agent, up to the target's depth, as the agents host lists them."""
    region = region or probe.region
    key = ("listing", region, agent)
    if key not in probe.kept:
        exchange = probe.call(
            "listConversations",
            query={"limit": probe.target.depth},
            region=region,
            agent=probe.agent(region, agent),
        )
        value = exchange.value()
        probe.kept[key] = Listing(value["conversations"], exchange, value["count"])
    found: Listing = probe.kept[key]
    if not found.items:
        raise Blocked("the agent has no conversations", found.exchange)
    return found


def bounds(probe: Probe) -> dict[str, str]:
    """`start_time` and `end_time` around the listing, which keep a search of a large agent small."""
    times = [each["startedAt"] for each in listing(probe).items if each.get("startedAt")]
    if not times:
        raise Blocked("no conversation tells when it started", listing(probe).exchange)
    latest = moment(max(times, key=moment)) + timedelta(seconds=1)
    return {"start_time": min(times, key=moment), "end_time": latest.isoformat()}


def search(probe: Probe, **query: Any) -> Exchange:
    """A search of the platform host within the bounds, with these parameters too; None leaves one out."""
    return probe.call("searchConversations", query={**bounds(probe), **query})


def found(probe: Probe, **query: Any) -> Listing:
    """What a search within the bounds finds on its first page; each is asked for once in a run."""
    key = ("found", *sorted(query.items(), key=str))
    key = tuple(str(part) for part in key)
    if key not in probe.kept:
        exchange = search(probe, **query)
        items = exchange.value()["conversations"]
        probe.kept[key] = Listing(items, exchange, len(items))
    result: Listing = probe.kept[key]
    return result


def everything(probe: Probe) -> list[Item]:
    """What the platform host lists within the bounds, of all environments."""
    return [item for environment in ENVIRONMENTS for item in found(probe, client_env=environment).items]


def recorded(probe: Probe, most: int = 3) -> list[Item]:
    """Some calls that have ended, as the agents host lists them."""
    calls = [each for each in listing(probe).items if is_recorded(each)]
    if not calls:
        probe.skip("the agent has no call that has ended")
    return calls[:most]


def recording(
    probe: Probe, conversation: str, *, operation: str = "getConversationRecording", **arguments: Any
) -> tuple[Exchange, Wav]:
    """A recording; `Blocked` when there is none, or it cannot be read. `arguments` are those of `Probe.call`."""
    exchange = probe.call(operation, conversation, **arguments)
    if not exchange.answer.ok:
        raise Blocked(f"the recording was answered with {exchange.answer.status}", exchange)
    try:
        return exchange, parse(exchange.answer.body)
    except WavError as error:
        raise Blocked(f"the recording cannot be read: {error}", exchange) from None


def moment(text: str) -> datetime:
    """The moment that a date-time of JSON tells."""
    return datetime.fromisoformat(text.upper())
