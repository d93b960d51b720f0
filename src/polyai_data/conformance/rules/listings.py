"""What listings and details say of the same conversations."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import bounds, environments, everything, expect_only, listing, matches, moment

_RENAMED = {"id": "conversationId", "environment": "clientEnv"}
"""Fields of the platform host's listing whose names on the agents host are not the same ones in camel case."""
_DETAIL_ONLY = ("turns", "metrics", "functionEvents")
_EXAMINED = 8


@rule("the vendors' docs: two hosts, one API; the fields of both listings have the same meaning under both names.")
def test_agree(probe: Probe) -> None:
    """The two hosts list the same conversations, with the same values."""
    own, others = listing(probe), {each["id"]: each for each in everything(probe)}
    shown = [own.exchange, *(matches(probe, client_env=each).exchange for each in environments(probe))]
    expect_only(probe, shown, own.ids, list(others), "the conversations of the agents host", label="missing")
    if own.complete:
        expect_only(probe, shown, list(others), own.ids, "only conversations of the agents host")
    differing: dict[str, str] = {}
    for item in own.items:
        for name, value in others.get(item["conversationId"], {}).items():
            v1_name = _RENAMED.get(name) or re.sub("_(.)", lambda match: match[1].upper(), name)
            if v1_name in item and not _equal(name, value, item[v1_name]):
                differing.setdefault(name, f"{name} of {item['conversationId']}")
    seen = f"different: {brief(list(differing.values()))}"
    probe.expect(not differing, own.exchange, "both hosts have the same values", seen)


@rule("the vendors' docs: items of the agents listing are the detail less turns, metrics and function events.")
def test_detail(probe: Probe) -> None:
    """Every listed conversation can be requested, and has the values of its listing, and turns, metrics and events."""
    whole = listing(probe)
    for item in whole.items[:: max(1, len(whole.ids) // _EXAMINED)]:
        exchange = probe.call("getConversation", item["conversationId"])
        if probe.status(exchange, 200, when="a listed conversation is requested"):
            value = exchange.value()
            differing = sorted(name for name in item if name != "note" and value.get(name) != item[name])
            probe.expect(not differing, exchange, "the values of the listing", f"different: {brief(differing)}")
            absent = [name for name in _DETAIL_ONLY if name not in value]
            probe.expect(not absent, exchange, "turns, metrics and functionEvents", f"no {brief(absent)}")
    present = {name for item in whole.items for name in _DETAIL_ONLY if name in item}
    probe.expect(not present, whole.exchange, "no turns, metrics, functionEvents in the listing", brief(present))


@rule("the vendors' docs on the v3 summary; PolyAI, Get a conversation by ID: an ordered list of turns.")
def test_turns(probe: Probe) -> None:
    """Turns are counted right, in order, none before its conversation begins, and the same ones on both hosts."""
    for item in everything(probe):
        turns, exchange = item.get("turns") or [], matches(probe, client_env=item["environment"]).exchange
        # A project that hides its transcripts shows no turns, and counts them.
        for name, flag in (("num_turns", None), ("num_silences", "is_silence"), ("num_ood", "is_ood")) if turns else ():
            counted = sum(flag is None or bool(turn.get(flag)) for turn in turns)
            seen = item.get(name, counted)
            expected = f"{name} counts the turns{f' with {flag}' if flag else ''}"
            probe.expect(seen == counted, exchange, expected, f"{seen} of {item['id']}, which has {counted}")
        names = ("user_input_datetime", "agent_response_datetime")
        times = [moment(turn[name]) for turn in turns for name in names if turn.get(name)]
        pairs = itertools.pairwise([moment(item["started_at"]), *times])
        early = [f"{two.isoformat()} after {one.isoformat()}" for one, two in pairs if two < one]
        probe.expect(not early, exchange, "turns in the order of their times", brief(early))
    for item in everything(probe)[:_EXAMINED]:
        exchange = probe.call("getConversation", item["id"])
        one, two = (each.get("turns") or [] for each in (exchange.value(), item))
        seen = f"{len(one)} and {len(two)} turns" if len(one) != len(two) else f"different turns of {item['id']}"
        alike = len(one) == len(two) and all(map(_alike, one, two))
        probe.expect(alike, exchange, "both hosts show the same turns", seen)


@rule("the vendors' docs: turns may be empty while num_turns > 0, when the project hides transcripts.")
def test_hidden(probe: Probe) -> None:
    """A project that hides its transcripts shows no turns anywhere, but their number; others show them."""
    account = probe.target.accounts[probe.region]
    if account.hiding is None:
        probe.skip("it is not known which agents hide their transcripts")
    for agent in account.agent_ids:
        exchange = probe.call("searchConversations", query=bounds(probe), agent=agent)
        items = exchange.value()["conversations"]
        if not items:
            continue
        detail = probe.call("getConversation", items[0]["id"], agent=agent)
        with_turns = [each["id"] for each in items if each.get("turns")]
        if detail.value().get("turns"):
            with_turns.append(f"the detail of {items[0]['id']}")
        hidden = agent in account.hiding
        expected = "no turns of a project that hides them" if hidden else "turns"
        probe.expect(bool(with_turns) is not hidden, (exchange, detail), expected, f"turns of {brief(with_turns)}")
        probe.expect(
            any(item.get("num_turns") for item in items), exchange, "num_turns counts the turns", "0 everywhere"
        )


def _equal(name: str, one: Any, two: Any) -> bool:
    if name.endswith(("_at", "_datetime")):
        return moment(one) == moment(two)
    return bool(one == two)


def _alike(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Whether two hosts show the same turn. Its latency has several forms, and null says nothing."""
    both = (one.keys() & two.keys()) - {"latency"}
    return all(one[name] is None or two[name] is None or _equal(name, one[name], two[name]) for name in both)
