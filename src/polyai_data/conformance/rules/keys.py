"""What a key opens, and what it does not. Each rule holds for every operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from polyai_data.config import Secret
from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import NO_KEY, UNKNOWN_ID, WRONG, Probe
from polyai_data.conformance.rule import drift, writes
from polyai_data.conformance.target import (
    AGENTS,
    ASSEMBLYAI,
    EXPIRED,
    FULL,
    NO_PERMISSION,
    ONE_AGENT,
    PLATFORM,
    POLYAI,
)
from polyai_data.openapi import Operation


def test_header_case(probe: Probe) -> None:
    """The header's name may be written in any case.

    Source: the vendors' docs: `x-api-key` (case-insensitive); RFC 9110, section 5.1.
    """
    for operation, call in _calls(probe):
        exchange = call(key_header=operation.key_header.upper())
        probe.status(exchange, operation.success, when="the name of the key's header is in capitals")


def test_missing(probe: Probe) -> None:
    """The response to a request without a key is 401.

    Source: the vendors' docs: 401 everywhere; PolyAI, Data API, Authentication.
    """
    for _, call in _calls(probe):
        probe.status(call(role=NO_KEY), 401, when="the key is missing")


def test_empty(probe: Probe) -> None:
    """The response to an empty key is 401.

    Source: PolyAI, Get audio recording for a conversation, Common pitfalls: "Empty or wrong-region API key".
    """
    for operation, call in _calls(probe):
        probe.status(call(role=NO_KEY, headers={operation.key_header: ""}), 401, when="the key is empty")


def test_unknown(probe: Probe) -> None:
    """The response to an unknown key is 401.

    Source: the vendors' docs: 401 everywhere; code AUTH_USER_INVALID_TOKEN.
    """
    for _, call in _calls(probe):
        probe.status(call(key=WRONG), 401, when="the key is unknown")


def test_altered(probe: Probe) -> None:
    """The response to a key with one character changed, added or removed, or with the other case, is 401.

    Source: the vendors' docs: 401 for an unknown key.
    """
    for operation, call in _calls(probe):
        value = _value(probe, operation)
        for wrong in (value[:-1] + ("a" if value[-1] != "a" else "b"), value + "x", value[:-1], value.swapcase()):
            probe.status(call(key=Secret(wrong)), 401, when="the key differs in its end or its case")


@drift
def test_place(probe: Probe) -> None:
    """A key is taken from its header only: not from the query, and not after `Bearer`.

    Source: patched document, `securitySchemes`; AssemblyAI's has no prefix.
    """
    probe.skip_live("a live key is not sent in a URL, which servers log")
    for operation, call in _calls(probe):
        value = _value(probe, operation)
        query = {**probe.valid(operation).get("query", {}), operation.key_header: value}
        probe.status(call(query=query, role=NO_KEY), 401, when="the key is in the query")
        bearer = call(key=Secret(f"Bearer {value}"), key_header="authorization")
        probe.status(bearer, 401, when="the key is a Bearer token")


def test_wrong_region(probe: Probe) -> None:
    """The response to a key of another region is 401.

    Source: PolyAI, Data API, the warning on regions: "A mismatch returns 401 Unauthorized".
    """
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


def test_wrong_host(probe: Probe) -> None:
    """The response of a host to a key for the other host is 401.

    Source: the vendors' docs: the platform host may need a key of its own; 401 for a key that does not work.
    """
    probe.skip_live("it is not known which hosts a live key opens")
    for operation, call in _calls(probe, POLYAI):
        other = PLATFORM if operation.logical_host == AGENTS else AGENTS
        probe.status(call(role=other), 401, when=f"the key is for the {other} hosts")
        probe.status(call(role=operation.logical_host), operation.success, when="the key is for this host")


def test_expired(probe: Probe) -> None:
    """The response to an expired key is 401.

    Source: the vendors' docs: keys expire; 401 for a key that does not work.
    """
    for _, call in _calls(probe, POLYAI):
        probe.status(call(role=EXPIRED), 401, when="the key has expired")


def test_permission(probe: Probe) -> None:
    """The response to a key without the permission for conversations is 403.

    Source: the vendors' docs: keys carry permissions; code USER_ACCESS_FORBIDDEN.
    """
    for _, call in _calls(probe, POLYAI):
        probe.status(call(role=NO_PERMISSION), 403, when="the key has no permission for conversations")


def test_other_agent(probe: Probe) -> None:
    """A key for chosen agents opens these, and the response for another agent is 403.

    Source: the vendors' docs: keys cover all or chosen agents; code USER_ACCESS_FORBIDDEN.
    """
    for operation, call in _calls(probe, POLYAI):
        probe.status(call(role=ONE_AGENT), operation.success, when="the key covers the agent")
        other = call(role=ONE_AGENT, agent=probe.agent(index=1))
        probe.status(other, 403, when="the key does not cover the agent")


def test_other_account(probe: Probe) -> None:
    """The response is 403 for another account's data, whether the path names its account, its agent or both.

    Source: PolyAI, Data API: keys are scoped to account, project, and region.
    """
    others = [account for region, account in probe.target.accounts.items() if region != probe.region]
    if not others:
        probe.skip("there is one account only")
    for operation, call in _calls(probe, POLYAI):
        both = call(agent=others[0].agent_ids[0], account=others[0].id)
        probe.status(both, 403, when="the agent belongs to another account")
        if "account_id" in operation.path:
            mixed = call(account=others[0].id)
            probe.status(mixed, 403, when="the path names another account and an agent of the key's own")


def test_come_first(probe: Probe) -> None:
    """Without a key the response is 401 for what does not exist or is not valid, too.

    Source: the vendors' docs: 401 everywhere; a 404 would reveal without a key what exists.
    """
    for operation, call in _calls(probe):
        if "conversation" in probe.valid(operation):
            exchange = call(role=NO_KEY, conversation=UNKNOWN_ID)
            probe.status(exchange, 401, when="the key is missing, and the id is unknown")
        if operation.body is not None:
            probe.status(call(role=NO_KEY, body={}), 401, when="the key is missing, and the body is not valid")


def test_other_vendor(probe: Probe) -> None:
    """The response to a key of the other vendor is 401.

    Source: patched documents, `securitySchemes`: each vendor has keys of its own.
    """
    if not probe.target.transcripts or probe.target.live:
        probe.skip("a live key is not sent to another vendor" if probe.target.live else "there is one vendor")
    for operation, call in _calls(probe):
        other = ASSEMBLYAI if operation.vendor == POLYAI else POLYAI
        key = next(secret for (vendor, _, _), secret in probe.target.keys.items() if vendor == other)
        probe.status(call(key=key), 401, when="the key belongs to the other vendor")


@writes
def test_no_effect(probe: Probe) -> None:
    """A refused request changes nothing.

    Source: the vendors' docs: 401 and 403 refuse; RFC 9110, section 15.5.2.
    """
    arguments = probe.valid(probe.target.operation("upsertNote"))
    arguments["body"] = {"note": "must not be kept"}
    refused = probe.call("upsertNote", **arguments, key=WRONG)
    shown = probe.call("getConversation", arguments["conversation"])
    kept = shown.value().get("note") == "must not be kept"
    probe.expect(not kept, (refused, shown), "a refused note is not set", "it is set")


def _calls(probe: Probe, vendor: str | None = None) -> Iterator[tuple[Operation, Callable[..., Exchange]]]:
    """Each operation, and what calls it with valid arguments; others may be given instead."""
    for operation in probe.operations(vendor=vendor):

        def call(operation: Operation = operation, **change: Any) -> Exchange:
            return probe.call(operation.id, **{**probe.valid(operation), **change})

        yield operation, call


def _value(probe: Probe, operation: Operation) -> str:
    key = probe.target.key(operation, probe.region_of(operation), FULL)
    if key is None:
        probe.skip(f"there is no key for {operation.id}")
    return key[0].reveal()
