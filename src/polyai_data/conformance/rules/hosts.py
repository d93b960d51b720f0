"""Regions and hosts. The document does not describe the response of a wrong host: only the rules here judge it."""

from __future__ import annotations

from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import RECORDINGS, listing
from polyai_data.conformance.target import ASSEMBLYAI, FULL, POLYAI

_READING = ("getConversation", *RECORDINGS)


@rule("patched document, `servers` of each operation; PolyAI, Data API, Regional base URLs.")
def test_matrix(probe: Probe) -> None:
    """Every server of the document serves each of its operations, in each region that there is a key for."""
    for operation in probe.operations():
        known = probe.target.transcripts if operation.vendor == ASSEMBLYAI else probe.target.accounts
        for server in operation.servers:
            if server.region in known and probe.target.key(operation, server.region, FULL) is not None:
                exchange = probe.call(operation.id, **probe.valid(operation, server.region))
                probe.status(exchange, operation.success, when="a region is called with its own key")


@rule("the vendors' docs on the two hosts; PolyAI, Get audio recording, Common pitfalls: 404 Not Found or DNS error.")
def test_wrong_host(probe: Probe) -> None:
    """The response of a host to an operation that it does not serve, or a path of no operation, is 404."""
    servers = [each for each in probe.target.documents[POLYAI].servers if each.region == probe.region]
    # A live key is not sent to another vendor.
    for operation in probe.operations(vendor=POLYAI if probe.target.live else None):
        for server in servers:
            if server.logical_host != operation.logical_host:
                exchange = probe.call(operation.id, **probe.valid(operation), server=server, judged=False)
                probe.status(exchange, 404, when="the host serves other operations")
    operation = probe.target.operation("listConversations")
    header = (operation.key_header, *probe.key(operation))
    for server in servers:
        exchange = probe.send("GET", f"{server.url}/v1/no-such-path", key=header, polyai=True)
        probe.status(exchange, 404, when="the path belongs to no operation")


@rule("the vendors' docs: keys belong to a region; patched document, `accountId` and `projectId`.")
def test_region_data(probe: Probe) -> None:
    """A region shows the conversations of its account and of the agent."""
    for region, account in probe.target.accounts.items():
        shown = listing(probe, region)
        wrong = [
            each["conversationId"]
            for each in shown.items
            if each["projectId"] != account.agent_ids[0] or account.id not in {"", each["accountId"]}
        ]
        probe.expect(not wrong, shown.exchange, "conversations of the agent and the account", f"also: {brief(wrong)}")


@rule("patched document: the path names the agent; the vendors' docs: keys belong to a region, and what they open too.")
def test_other_ids(probe: Probe) -> None:
    """A conversation belongs to one agent of one region, and its response anywhere else is 404."""
    own = listing(probe)
    others = {f"region {each}": listing(probe, each) for each in probe.target.accounts if each != probe.region}
    if len(probe.target.accounts[probe.region].agent_ids) > 1:
        others["another agent"] = listing(probe, agent=1)
    for owner, other in others.items():
        both = [each for each in other.ids if each in own.ids]
        probe.expect(not both, other.exchange, f"no conversation of {owner}", f"also: {brief(both)}")
        for name in filter(probe.allowed, _READING):
            probe.status(probe.call(name, other.ids[-1]), 404, when=f"the conversation belongs to {owner}")
    if not others:
        probe.skip("there is one agent in one region")


@rule("patched document, 404; PolyAI, Get audio recording for a conversation, Common pitfalls.")
def test_unknown_id(probe: Probe) -> None:
    """The response for an unknown conversation, chat or transcript is 404."""
    for operation in probe.operations():
        arguments = probe.valid(operation)
        for wrong in (UNKNOWN_ID, "{conversationId}", "é ü/…") if "conversation" in arguments else ():
            exchange = probe.call(operation.id, **{**arguments, "conversation": wrong})
            probe.status(exchange, 404, when="the id is unknown")


@rule("the vendors' docs: 403 everywhere; 404 everywhere but on create debug chat and the agents list.")
def test_unknown_agent(probe: Probe) -> None:
    """An unknown agent is refused: with 404 where the document has it, else with 403."""
    for operation in probe.operations(vendor=POLYAI):
        exchange = probe.call(operation.id, **probe.valid(operation), agent="PROJECT-UNKNOWN")
        wanted = (404, 403) if 404 in operation.responses else (403,)
        probe.status(exchange, *wanted, when="the agent is unknown")


@rule("patched document, `requestBody`; 415 is among the vendor's errors.")
def test_body_type(probe: Probe) -> None:
    """A body that is not JSON, or is declared as something else, is refused with 400 or 415."""
    for operation in probe.operations():
        if operation.body is None:
            continue
        arguments = probe.valid(operation)
        body = arguments.pop("body")
        text = {"content-type": "text/plain"}
        latin = b'{"note": "\xff", "clientEnv": "live", "message": "\xff"}'
        for when, change in {
            "the body is not JSON": {"raw": b'{"note": '},
            "the body is not UTF-8": {"raw": latin},
            "the body is declared as text": {"body": body, "headers": text},
            "the body is missing": {},
        }.items():
            probe.status(probe.call(operation.id, **arguments, **change), 400, 415, when=when)
