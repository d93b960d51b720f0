"""What a key opens, and what it does not. Each rule holds for every operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import NO_KEY, UNKNOWN_ID, WRONG, Probe
from polyai_data.conformance.rule import DRIFT, WRITES, rule
from polyai_data.conformance.target import AGENTS, EXPIRED, FULL, NO_PERMISSION, ONE_AGENT, PLATFORM, POLYAI
from polyai_data.openapi import Operation
from polyai_data.options import Secret


@rule("the vendors' docs: the name of the key's header is case-insensitive; RFC 9110, section 5.1.")
def test_header_case(probe: Probe) -> None:
    """The header's name may be written in any case."""
    for operation, call in _calls(probe):
        exchange = call(key_header=operation.key_header.upper())
        probe.status(exchange, operation.success, when="the name of the key's header is in capitals")


@rule("the vendors' docs: 401 everywhere; PolyAI, Get audio recording, Common pitfalls: an empty or wrong-region key.")
def test_missing(probe: Probe) -> None:
    """The response without a key, or with an empty one, is 401, for what does not exist or is not valid, too."""
    for operation, call in _calls(probe):
        probe.status(call(role=NO_KEY), 401, when="the key is missing")
        probe.status(call(role=NO_KEY, headers={operation.key_header: ""}), 401, when="the key is empty")
        if "conversation" in probe.valid(operation):
            exchange = call(role=NO_KEY, conversation=UNKNOWN_ID)
            probe.status(exchange, 401, when="the key is missing, and the id is unknown")
        if operation.body is not None:
            probe.status(call(role=NO_KEY, body={}), 401, when="the key is missing, and the body is not valid")


@rule("the vendors' docs: 401 everywhere, code AUTH_USER_INVALID_TOKEN; each vendor has keys of its own.")
def test_unknown(probe: Probe) -> None:
    """The response to an unknown key, a right one that was altered, or a key of the other vendor is 401."""
    for operation, call in _calls(probe):
        probe.status(call(key=WRONG), 401, when="the key is unknown")
        value = probe.key(operation)[0].reveal()
        for wrong in (value[:-1] + ("a" if value[-1] != "a" else "b"), value + "x", value[:-1], value.swapcase()):
            probe.status(call(key=Secret(wrong)), 401, when="the key differs in its end or its case")
        others = [key for (vendor, _, _), (key, _) in probe.target.keys.items() if vendor != operation.vendor]
        if others and not probe.target.live:
            probe.status(call(key=others[0]), 401, when="the key belongs to the other vendor")


@rule("patched document, `securitySchemes`; AssemblyAI's has no prefix.", DRIFT)
def test_header_only(probe: Probe) -> None:
    """A key is taken from its header only: not from the query, and not after `Bearer`."""
    probe.skip_live("a live key is not sent in a URL, which servers log")
    for operation, call in _calls(probe):
        value = probe.key(operation)[0].reveal()
        query = {**probe.valid(operation).get("query", {}), operation.key_header: value}
        probe.status(call(query=query, role=NO_KEY), 401, when="the key is in the query")
        bearer = call(key=Secret(f"Bearer {value}"), key_header="authorization")
        probe.status(bearer, 401, when="the key is a Bearer token")


@rule('PolyAI, Data API, the warning on regions: "A mismatch returns 401 Unauthorized".')
def test_wrong_region(probe: Probe) -> None:
    """The response to a key of another region is 401."""
    for operation, call in _calls(probe):
        region = probe.region_of(operation)
        own = probe.target.key(operation, region, FULL)
        for server in operation.servers:
            key = probe.target.key(operation, server.region, FULL)
            if server.region == region or key is None:
                continue
            probe.status(call(key=key[0]), 401, when="the key belongs to another region")
            if own is not None and server.region in {*probe.target.accounts, *probe.target.transcripts}:
                exchange = probe.call(operation.id, **probe.valid(operation, server.region), key=own[0])
                probe.status(exchange, 401, when="the key belongs to another region")
    if len(probe.target.accounts) < 2:
        probe.skip("there is a key for one region only")


@rule("the vendors' docs: the platform host may need a key of its own; 401 for a key that does not work.")
def test_wrong_host(probe: Probe) -> None:
    """The response of a host to a key for the other host is 401."""
    probe.skip_live("it is not known which hosts a live key opens")
    for operation, call in _calls(probe, POLYAI):
        other = PLATFORM if operation.logical_host == AGENTS else AGENTS
        probe.status(call(role=other), 401, when=f"the key is for the {other} hosts")
        probe.status(call(role=operation.logical_host), operation.success, when="the key is for this host")


@rule("the vendors' docs: keys expire; 401 for a key that does not work.")
def test_expired(probe: Probe) -> None:
    """The response to an expired key is 401."""
    for _, call in _calls(probe, POLYAI):
        probe.status(call(role=EXPIRED), 401, when="the key has expired")


@rule("the vendors' docs: keys carry permissions; code USER_ACCESS_FORBIDDEN.")
def test_permission(probe: Probe) -> None:
    """The response to a key without the permission for conversations is 403."""
    for _, call in _calls(probe, POLYAI):
        probe.status(call(role=NO_PERMISSION), 403, when="the key has no permission for conversations")


@rule("the vendors' docs: keys cover all or chosen agents; code USER_ACCESS_FORBIDDEN.")
def test_other_agent(probe: Probe) -> None:
    """A key for chosen agents opens these, and the response for another agent is 403."""
    for operation, call in _calls(probe, POLYAI):
        probe.status(call(role=ONE_AGENT), operation.success, when="the key covers the agent")
        other = call(role=ONE_AGENT, agent=probe.agent(index=1))
        probe.status(other, 403, when="the key does not cover the agent")


@rule("PolyAI, Data API: keys are scoped to account, project, and region.")
def test_other_account(probe: Probe) -> None:
    """The response is 403 for another account's data, whether the path names its account, its agent or both."""
    others = [account for region, account in probe.target.accounts.items() if region != probe.region]
    if not others:
        probe.skip("there is one account only")
    for operation, call in _calls(probe, POLYAI):
        both = call(agent=others[0].agent_ids[0], account=others[0].id)
        probe.status(both, 403, when="the agent belongs to another account")
        if "account_id" in operation.path:
            mixed = call(account=others[0].id)
            probe.status(mixed, 403, when="the path names another account and an agent of the key's own")


@rule("the vendors' docs: 401 and 403 refuse; RFC 9110, section 15.5.2.", WRITES)
def test_no_effect(probe: Probe) -> None:
    """A refused request changes nothing."""
    arguments = probe.valid(probe.target.operation("upsertNote"))
    note = "must not be kept"
    changes: tuple[dict[str, Any], ...] = ({"key": WRONG}, {"role": NO_PERMISSION})
    for change in changes:
        refused = probe.call("upsertNote", **{**arguments, "body": {"note": note}, **change})
        shown = probe.call("getConversation", arguments["conversation"])
        probe.expect(shown.value().get("note") != note, (refused, shown), "a refused note is not set", "it is set")


def _calls(probe: Probe, vendor: str | None = None) -> Iterator[tuple[Operation, Callable[..., Exchange]]]:
    """Each operation, and what calls it with valid arguments; others may be given instead."""
    for operation in probe.operations(vendor=vendor):

        def call(operation: Operation = operation, **change: Any) -> Exchange:
            return probe.call(operation.id, **{**probe.valid(operation), **change})

        yield operation, call
