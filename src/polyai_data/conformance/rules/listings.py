"""What listings and details say of the same conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import ENVIRONMENTS, bounds, everything, found, listing, moment

_SAME = {
    "id": "conversationId",
    "account_id": "accountId",
    "project_id": "projectId",
    "environment": "clientEnv",
    "started_at": "startedAt",
    "channel": "channel",
    "in_progress": "inProgress",
    "variant_id": "variantId",
    "from_number": "fromNumber",
    "to_number": "toNumber",
    "handoff": "handoff",
    "handoff_reason": "handoffReason",
    "handoff_destination": "handoffDestination",
    "total_duration": "totalDuration",
    "polyai_duration": "polyaiDuration",
}
"""Fields of the platform host's listing, and what the agents host calls them."""
_EXAMINED = 8


@rule("listings.agree")
def agree(probe: Probe) -> None:
    """The two hosts list the same conversations.

    Source: the vendors' documentation: two hosts, one API; both list the conversations of the agent.
    """
    one, two = set(listing(probe).ids), {each["id"] for each in everything(probe)}
    shown = [listing(probe).exchange, *(found(probe, client_env=each).exchange for each in ENVIRONMENTS)]
    probe.expect(one <= two, shown, "what the agents host lists", f"{len(one - two)} of them are missing")
    if listing(probe).complete:
        probe.expect(two <= one, shown, "only what the agents host lists", f"{len(two - one)} others")


@rule("listings.same-facts")
def same_facts(probe: Probe) -> None:
    """Both hosts tell the same of a conversation.

    Source: the vendors' documentation on both listings: the fields have the same meaning under both names.
    """
    theirs = {each["id"]: each for each in everything(probe)}
    differing: set[str] = set()
    for item in listing(probe).items:
        other = theirs.get(item["conversationId"], {})
        for name, v1_name in _SAME.items():
            if name in other and v1_name in item and not _equal(name, other[name], item[v1_name]):
                differing.add(name)
    probe.expect(
        not differing, listing(probe).exchange, "both hosts tell the same", f"other values of {sorted(differing)}"
    )


@rule("listings.detail")
def detail(probe: Probe) -> None:
    """A conversation that is got tells what its listing told.

    Source: the vendors' documentation: items of the agents listing have the fields of the detail less turns,
    metrics and function events.
    """
    for item in listing(probe).items[:_EXAMINED]:
        exchange = probe.call("getConversation", item["conversationId"])
        value = exchange.value()
        differing = sorted(name for name in item if name != "note" and value.get(name) != item[name])
        probe.expect(not differing, exchange, "the detail tells what the listing told", f"other values of {differing}")
        absent = [name for name in ("turns", "metrics", "functionEvents") if name not in value]
        probe.expect(not absent, exchange, "turns, metrics and functionEvents are there", f"no {absent}")


@rule("listings.summary-only")
def summary_only(probe: Probe) -> None:
    """The agents listing has no turns, metrics and function events.

    Source: the vendors' documentation: its items have the fields of the detail less those three.
    """
    there = {name for item in listing(probe).items for name in ("turns", "metrics", "functionEvents") if name in item}
    probe.expect(not there, listing(probe).exchange, "no turns, metrics, functionEvents in the listing", f"{there}")


@rule("listings.turns")
def turns(probe: Probe) -> None:
    """Turns are counted right: in all, silent ones, and those out of domain; and both hosts show the same ones.

    Source: the vendors' documentation on the v3 summary: num_turns, num_silences, num_ood; turns may be empty when
    transcripts are hidden.
    """
    for item in everything(probe):
        shown, exchange = item.get("turns") or [], found(probe, client_env=item["environment"]).exchange
        if not shown:
            continue
        right = item.get("num_turns", len(shown)) == len(shown)
        probe.expect(right, exchange, "num_turns counts the turns", "another number")
        for name, flag in (("num_silences", "is_silence"), ("num_ood", "is_ood")):
            counted = sum(bool(turn.get(flag)) for turn in shown)
            right = item.get(name, counted) == counted
            probe.expect(right, exchange, f"{name} counts the turns with {flag}", "another number")
    for item in everything(probe)[:_EXAMINED]:
        exchange = probe.call("getConversation", item["id"])
        one, two = (_without_latency(each) for each in (exchange.value(), item))
        probe.expect(one == two, exchange, "both hosts show the same turns", "other turns")


@rule("listings.turn-times")
def turn_times(probe: Probe) -> None:
    """Turns are in their order, and none begins before its conversation.

    Source: PolyAI's page Get a conversation by ID: "Ordered list of conversation turns"; descriptions of their
    times.
    """
    for item in everything(probe):
        times = [
            moment(turn[name])
            for turn in item.get("turns") or []
            for name in ("user_input_datetime", "agent_response_datetime")
            if turn.get(name)
        ]
        ordered = [moment(item["started_at"]), *times]
        probe.expect(ordered == sorted(ordered), found(probe, client_env=item["environment"]).exchange,
                     "turns in the order of their times", "turns out of order")  # fmt: skip


@rule("listings.hidden")
def hidden(probe: Probe) -> None:
    """A project that hides its transcripts shows no turns anywhere, and still tells their number; others show them.

    Source: the vendors' documentation: turns may be empty while num_turns > 0, when the project hides transcripts.
    """
    hiding = probe.target.places[probe.region].hiding
    if hiding is None:
        probe.skip("which agents hide their transcripts, nobody tells")
    for agent in probe.target.places[probe.region].agent_ids:
        exchange = probe.call("searchConversations", query=bounds(probe), agent=agent)
        items = exchange.value()["conversations"]
        if not items:
            continue
        got = probe.call("getConversation", items[0]["id"], agent=agent)
        there = any(item.get("turns") for item in items) or bool(got.value().get("turns"))
        wanted = "no turns of a project that hides them" if agent in hiding else "turns"
        probe.expect(there is (agent not in hiding), (exchange, got), wanted, "turns" if there else "none")
        probe.expect(any(item.get("num_turns") for item in items), exchange, "num_turns tells the turns", "none")


@rule("listings.opens")
def opens(probe: Probe) -> None:
    """Every conversation that is listed can be got.

    Source: patched document: the listing's id is that of the other operations.
    """
    for identifier in listing(probe).ids[:: max(1, len(listing(probe).ids) // _EXAMINED)]:
        exchange = probe.call("getConversation", identifier)
        if probe.status(exchange, 200, when="a listed conversation is asked for"):
            same = exchange.value().get("conversationId") == identifier
            probe.expect(same, exchange, "the conversation that was asked for", "another one")


def _equal(name: str, one: Any, two: Any) -> bool:
    if name == "started_at":
        return moment(one) == moment(two)
    return bool(one == two)


def _without_latency(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in turn.items() if name != "latency"} for turn in item.get("turns") or []]
