"""What a key opens, and what it does not. Each rule holds for every operation."""

from __future__ import annotations

from polyai_data.config import Secret
from polyai_data.conformance.probe import NOBODY, UNKNOWN_ID, WRONG, Probe
from polyai_data.conformance.rule import rule
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


@rule("keys.accepted")
def accepted(probe: Probe) -> None:
    """A key that may do everything opens every operation of its region.

    Source: PolyAI's page Data API, Authentication; patched document, `security`.
    """
    for operation in probe.operations():
        exchange = probe.call(operation.id, **probe.valid(operation, probe.home(operation)))
        probe.status(exchange, operation.success, when="the key is right")


@rule("keys.header-case")
def header_case(probe: Probe) -> None:
    """The header's name may be written in any case.

    Source: the vendors' documentation: `x-api-key` (case-insensitive); RFC 9110, section 5.1.
    """
    for operation in probe.operations():
        region = probe.home(operation)
        key = probe.target.key(operation, region, FULL)
        if key is None:
            continue
        arguments = probe.valid(operation, region)
        exchange = probe.call(operation.id, **arguments, key=key[0], key_header=operation.key_header.upper())
        probe.status(exchange, operation.success, when="the name of the key's header is in capitals")


@rule("keys.missing")
def missing(probe: Probe) -> None:
    """A request without a key is answered with 401.

    Source: the vendors' documentation: 401 everywhere; PolyAI's page Data API, Authentication.
    """
    for operation in probe.operations():
        exchange = probe.call(operation.id, **probe.valid(operation, probe.home(operation)), role=NOBODY)
        probe.status(exchange, 401, when="the key is missing")


@rule("keys.empty")
def empty(probe: Probe) -> None:
    """An empty key is answered with 401.

    Source: PolyAI's page Get audio recording for a conversation, Common pitfalls: "Empty or wrong-region API key".
    """
    for operation in probe.operations():
        arguments = probe.valid(operation, probe.home(operation))
        exchange = probe.call(operation.id, **arguments, role=NOBODY, headers={operation.key_header: ""})
        probe.status(exchange, 401, when="the key is empty")


@rule("keys.unknown")
def unknown(probe: Probe) -> None:
    """A key that nobody has is answered with 401.

    Source: the vendors' documentation: 401 everywhere; code AUTH_USER_INVALID_TOKEN.
    """
    for operation in probe.operations():
        exchange = probe.call(operation.id, **probe.valid(operation, probe.home(operation)), key=WRONG)
        probe.status(exchange, 401, when="the key is nobody's")


@rule("keys.altered")
def altered(probe: Probe) -> None:
    """A key that is right but for one character, one more or one less is answered with 401.

    Source: the vendors' documentation: 401 for a key that is not known.
    """
    for operation in probe.operations():
        region = probe.home(operation)
        key = probe.target.key(operation, region, FULL)
        if key is None:
            continue
        value = key[0].reveal()
        arguments = probe.valid(operation, region)
        for wrong in (value[:-1] + ("a" if value[-1] != "a" else "b"), value + "x", value[:-1], value.swapcase()):
            exchange = probe.call(operation.id, **arguments, key=Secret(wrong))
            probe.status(exchange, 401, when="the key is right but for its end or its case")


@rule("keys.place", drift=True)
def place(probe: Probe) -> None:
    """A key is taken from its header only: not from the query, and not after `Bearer`.

    Source: patched document, `securitySchemes`; AssemblyAI's has no prefix.
    """
    for operation in probe.operations():
        region = probe.home(operation)
        key = probe.target.key(operation, region, FULL)
        if key is None or probe.target.live:
            continue  # A key does not belong into an address, where logs would show it.
        arguments = probe.valid(operation, region)
        query = {**arguments.pop("query", {}), operation.key_header: key[0].reveal()}
        exchange = probe.call(operation.id, **arguments, query=query, role=NOBODY)
        probe.status(exchange, 401, when="the key is in the query")
        arguments, bearer = probe.valid(operation, region), Secret(f"Bearer {key[0].reveal()}")
        exchange = probe.call(operation.id, **arguments, key=bearer, key_header="authorization")
        probe.status(exchange, 401, when="the key comes as a Bearer token")


@rule("keys.wrong-region")
def wrong_region(probe: Probe) -> None:
    """A key of another region is answered with 401.

    Source: PolyAI's page Data API, the warning on regions: "A mismatch returns 401 Unauthorized".
    """
    for operation in probe.operations():
        home = probe.home(operation)
        for server in operation.servers:
            key = probe.target.key(operation, server.region, FULL)
            if server.region == home or key is None:
                continue
            exchange = probe.call(operation.id, **probe.valid(operation, home), key=key[0])
            probe.status(exchange, 401, when="the key is of another region")
            there = probe.target.key(operation, home, FULL)
            if there is not None and server.region in (*probe.target.places, *probe.target.transcripts):
                exchange = probe.call(operation.id, **probe.valid(operation, server.region), key=there[0])
                probe.status(exchange, 401, when="the key is of another region")
    if len(probe.target.places) < 2:
        probe.skip("there is a key for one region only")


@rule("keys.wrong-host")
def wrong_host(probe: Probe) -> None:
    """A key for one of the two hosts is answered with 401 by the other one.

    Source: the vendors' documentation: the platform host may need a key of its own; 401 for a key that does not
    work.
    """
    if probe.target.live:
        probe.skip("what the live keys open is not told")
    for operation in probe.operations(vendor=POLYAI):
        other = PLATFORM if operation.logical_host == AGENTS else AGENTS
        arguments = probe.valid(operation, probe.region)
        probe.status(probe.call(operation.id, **arguments, role=other), 401, when=f"the key is for the {other} hosts")
        own = probe.call(operation.id, **arguments, role=operation.logical_host)
        probe.status(own, operation.success, when="the key is for this host")


@rule("keys.expired")
def expired(probe: Probe) -> None:
    """A key that has expired is answered with 401.

    Source: the vendors' documentation: keys expire; 401 for a key that does not work.
    """
    for operation in probe.operations(vendor=POLYAI):
        exchange = probe.call(operation.id, **probe.valid(operation, probe.region), role=EXPIRED)
        probe.status(exchange, 401, when="the key has expired")


@rule("keys.permission")
def permission(probe: Probe) -> None:
    """A key without the permission for conversations is answered with 403.

    Source: the vendors' documentation: keys carry permissions; code USER_ACCESS_FORBIDDEN.
    """
    for operation in probe.operations(vendor=POLYAI):
        exchange = probe.call(operation.id, **probe.valid(operation, probe.region), role=NO_PERMISSION)
        probe.status(exchange, 403, when="the key has no permission for conversations")


@rule("keys.other-agent")
def other_agent(probe: Probe) -> None:
    """A key for chosen agents is answered with 403 for another agent, and serves its own.

    Source: the vendors' documentation: keys cover all or chosen agents; code USER_ACCESS_FORBIDDEN.
    """
    for operation in probe.operations(vendor=POLYAI):
        arguments = probe.valid(operation, probe.region)
        own = probe.call(operation.id, **arguments, role=ONE_AGENT)
        probe.status(own, operation.success, when="the key covers the agent")
        other = probe.call(operation.id, **arguments, role=ONE_AGENT, agent=probe.agent(index=1))
        probe.status(other, 403, when="the key does not cover the agent")


@rule("keys.other-account")
def other_account(probe: Probe) -> None:
    """Another account's data is answered with 403, whether the path names its account, its agent or both.

    Source: PolyAI's page Data API: keys are scoped to account, project, and region.
    """
    others = [region for region in probe.target.places if region != probe.region]
    if not others:
        probe.skip("there is one account only")
    theirs = probe.target.places[others[0]]
    for operation in probe.operations(vendor=POLYAI):
        arguments = probe.valid(operation, probe.region)
        agent, account = theirs.agent_ids[0], theirs.account_id
        both = probe.call(operation.id, **arguments, agent=agent, account=account)
        probe.status(both, 403, when="the agent is another account's")
        if "account_id" in operation.path:
            mixed = probe.call(operation.id, **arguments, account=account)
            probe.status(mixed, 403, when="the path names another account and an agent of one's own")


@rule("keys.come-first")
def come_first(probe: Probe) -> None:
    """Without a key nothing is told: what is not there and what is not valid are answered with 401 too.

    Source: the vendors' documentation: 401 everywhere; an answer of 404 would tell who asks without a key what is
    there.
    """
    for operation in probe.operations():
        arguments = {**probe.valid(operation, probe.home(operation)), "role": NOBODY}
        if "conversation" in arguments:
            exchange = probe.call(operation.id, **{**arguments, "conversation": UNKNOWN_ID})
            probe.status(exchange, 401, when="the key is missing, and what is asked for is not there")
        if operation.body is not None:
            exchange = probe.call(operation.id, **{**arguments, "body": {}})
            probe.status(exchange, 401, when="the key is missing, and the body is not valid")


@rule("keys.other-vendor")
def other_vendor(probe: Probe) -> None:
    """A key of one vendor is nobody's key for the other one.

    Source: patched documents, `securitySchemes`: each vendor has keys of its own.
    """
    vendors = (POLYAI, ASSEMBLYAI)
    if not probe.target.transcripts or probe.target.live:
        probe.skip("a key of one vendor is not sent to the other one" if probe.target.live else "there is one vendor")
    for operation in probe.operations():
        other = vendors[operation.vendor == POLYAI]
        key = next(secret for (vendor, _, _), secret in probe.target.keys.items() if vendor == other)
        exchange = probe.call(operation.id, **probe.valid(operation, probe.home(operation)), key=key)
        probe.status(exchange, 401, when="the key is the other vendor's")


@rule("keys.no-effect", writes=True)
def no_effect(probe: Probe) -> None:
    """A refused request changes nothing.

    Source: the vendors' documentation: 401 and 403 refuse; RFC 9110, section 15.5.2.
    """
    arguments = probe.valid(probe.target.operation("upsertNote"), probe.region)
    arguments["body"] = {"note": "must not be kept"}
    refused = probe.call("upsertNote", **arguments, key=WRONG)
    shown = probe.call("getConversation", arguments["conversation"])
    probe.expect(shown.value().get("note") != "must not be kept", (refused, shown), "the note is not set", "it is set")
