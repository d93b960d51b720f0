"""Regions and hosts. What a wrong host answers is outside the document, and judged here alone."""

from __future__ import annotations

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.rules.document import JSON
from polyai_data.conformance.sample import listing
from polyai_data.conformance.target import ASSEMBLYAI, FULL, POLYAI
from polyai_data.openapi import Operation, Server


@rule("hosts.matrix")
def matrix(probe: Probe) -> None:
    """Every server of the document serves each of its operations, in each region that there is a key for.

    Source: patched document, `servers` of each operation; PolyAI's page Data API, Regional base URLs.
    """
    for operation in probe.operations():
        for server in operation.servers:
            if probe.target.key(operation, server.region, FULL) is None or not _known(probe, operation, server.region):
                continue
            exchange = probe.call(operation.id, **probe.valid(operation, server.region))
            probe.status(exchange, operation.success, when="a region is asked with its own key")


@rule("hosts.wrong-host")
def wrong_host(probe: Probe) -> None:
    """A host that does not serve an operation answers its path with 404.

    Source: PolyAI's page Get audio recording for a conversation, Common pitfalls: "404 Not Found or DNS error"; the
    vendors' documentation on the two hosts.
    """
    for operation in probe.operations(vendor=POLYAI):
        arguments = probe.valid(operation, probe.region)
        for server in _others(probe, operation):
            exchange = probe.call(operation.id, **arguments, server=server, judged=False)
            probe.status(exchange, 404, when="another host of the region is asked")


@rule("hosts.other-vendor")
def other_vendor(probe: Probe) -> None:
    """A host of one vendor does not serve the other one's operations.

    Source: patched documents, `servers`.
    """
    if probe.target.live or not probe.target.transcripts:
        probe.skip("a key of one vendor is not sent to the other one" if probe.target.live else "there is one vendor")
    listed = probe.target.operation("listConversations")
    for operation in probe.operations(vendor=ASSEMBLYAI):
        server = probe.target.server(listed, probe.region)
        exchange = probe.call(
            operation.id, **probe.valid(operation, probe.home(operation)), server=server, judged=False
        )
        probe.status(exchange, 404, when="a host of the other vendor is asked")


@rule("hosts.unknown-path")
def unknown_path(probe: Probe) -> None:
    """A path of no operation is answered with 404.

    Source: RFC 9110, section 15.5.5.
    """
    operation = probe.target.operation("listConversations")
    for server in dict.fromkeys(each for one in probe.operations(vendor=POLYAI) for each in one.servers):
        if server.region != probe.region:
            continue
        key = probe.target.key(operation, probe.region, FULL)
        exchange = probe.send(
            "GET",
            f"{server.url}/v1/no-such-thing",
            key=None if key is None else (operation.key_header, *key),
            polyai=True,
        )
        probe.status(exchange, 404, when="a path is no operation's")


@rule("hosts.region-data")
def region_data(probe: Probe) -> None:
    """A region shows its own conversations only: they are of its account and its agent, and in no other region.

    Source: the vendors' documentation: keys belong to a region; patched document, `accountId` and `projectId`.
    """
    owners: dict[str, str] = {}
    for region, place in probe.target.places.items():
        shown = listing(probe, region)
        wrong = [
            each
            for each in shown.items
            if each["projectId"] != place.agent_ids[0] or place.account_id not in {"", each["accountId"]}
        ]
        probe.expect(not wrong, shown.exchange, "conversations of the agent and the account", f"{len(wrong)} others")
        again = [each for each in shown.ids if owners.setdefault(each, region) != region]
        probe.expect(not again, shown.exchange, "a conversation is in one region", f"{len(again)} are in two")


@rule("hosts.agent-data")
def agent_data(probe: Probe) -> None:
    """An agent shows its own conversations only, and another agent's are not found under it.

    Source: patched document: the path names the agent that the conversation is under.
    """
    own, theirs = listing(probe), listing(probe, agent=1)
    both = set(own.ids) & set(theirs.ids)
    probe.expect(not both, theirs.exchange, "a conversation is one agent's", f"{len(both)} are two agents'")
    for name in ("getConversation", "getConversationRecording", "getConversationRecordingV3"):
        if probe.allowed(probe.target.operation(name)):
            probe.status(probe.call(name, theirs.ids[-1]), 404, when="the conversation is another agent's")


@rule("hosts.other-region-id")
def other_region_id(probe: Probe) -> None:
    """A conversation of another region is not found.

    Source: the vendors' documentation: keys belong to a region, and so does what they open.
    """
    others = [region for region in probe.target.places if region != probe.region]
    if not others:
        probe.skip("there is a key for one region only")
    theirs = listing(probe, others[0]).ids[0]
    for name in ("getConversation", "getConversationRecording", "getConversationRecordingV3"):
        probe.status(probe.call(name, theirs), 404, when="the conversation is of another region")


@rule("hosts.unknown-id")
def unknown_id(probe: Probe) -> None:
    """A conversation, chat or transcript that is not there is answered with 404.

    Source: patched document, 404; PolyAI's page Get audio recording for a conversation, Common pitfalls.
    """
    for operation in probe.operations():
        arguments = probe.valid(operation, probe.home(operation))
        if "conversation" not in arguments:
            continue
        for wrong in (UNKNOWN_ID, "{conversationId}", "é ü/…"):
            exchange = probe.call(operation.id, **{**arguments, "conversation": wrong})
            probe.status(exchange, 404, when="there is nothing of that id")


@rule("hosts.unknown-agent")
def unknown_agent(probe: Probe) -> None:
    """An agent that is not there is refused: with 404 where the document has it, else with 403.

    Source: the vendors' documentation: 403 everywhere; 404 everywhere but on create debug chat and the agents
    list.
    """
    for operation in probe.operations(vendor=POLYAI):
        arguments = probe.valid(operation, probe.region)
        exchange = probe.call(operation.id, **arguments, agent="PROJECT-NOBODYS")
        wanted = (404, 403) if 404 in operation.responses else (403,)
        probe.status(exchange, *wanted, when="there is no agent of that id")


@rule("hosts.method", drift=True)
def method(probe: Probe) -> None:
    """A method that a path does not take is answered with 405, and the header Allow names those that it takes.

    Source: the vendors' documentation: 405 is among the vendor's errors; RFC 9110, section 15.5.6.
    """
    if probe.target.live:
        probe.skip("other methods than GET are not sent to live servers")
    for operation in probe.operations(vendor=POLYAI):
        arguments = probe.valid(operation, probe.region)
        arguments.pop("body", None)
        wrong = ("PUT", "DELETE", "POST") if operation.method == "GET" else ("PUT", "GET")
        for each in wrong:
            exchange = probe.call(operation.id, **arguments, method=each, judged=False)
            if probe.status(exchange, 405, when="the path does not take the method"):
                allow = {name.strip() for name in exchange.answer.headers.get("allow", "").split(",")}
                ok = operation.method in allow and each not in allow
                probe.expect(ok, exchange, f"Allow names {operation.method} and not {each}", f"{sorted(allow)}")


@rule("hosts.head", drift=True)
def head(probe: Probe) -> None:
    """HEAD is answered as GET is, without the body.

    Source: RFC 9110, section 9.3.2.
    """
    if probe.target.live:
        probe.skip("other methods than GET are not sent to live servers")
    for operation in probe.operations():
        if operation.method != "GET":
            continue
        arguments = probe.valid(operation, probe.home(operation))
        one = probe.call(operation.id, **arguments)
        two = probe.call(operation.id, **arguments, method="HEAD", judged=False)
        probe.expect(
            _outline(one) == _outline(two),
            (one, two),
            "status, content type and length of GET",
            "another one with HEAD",
        )
        probe.expect(not two.answer.body, two, "no body with HEAD", f"{len(two.answer.body)} bytes")


@rule("hosts.body-type")
def body_type(probe: Probe) -> None:
    """A body that is no JSON, or is declared as something else, is refused with 400 or 415.

    Source: patched document, `requestBody`; 415 is among the vendor's errors.
    """
    for operation in probe.operations():
        if operation.body is None:
            continue
        arguments = probe.valid(operation, probe.region)
        body = arguments.pop("body")
        broken = probe.call(operation.id, **arguments, raw=b'{"note": ')
        probe.status(broken, 400, 415, when="the body is no JSON")
        bytes_ = probe.call(operation.id, **arguments, raw=b'{"note": "\xff", "clientEnv": "live", "message": "\xff"}')
        probe.status(bytes_, 400, 415, when="the body is no UTF-8")
        other = probe.call(operation.id, **arguments, body=body, headers={"content-type": "text/plain"})
        probe.status(other, 400, 415, when="the body is declared as text")
        none = probe.call(operation.id, **arguments)
        probe.status(none, 400, 415, when="there is no body")


def _known(probe: Probe, operation: Operation, region: str) -> bool:
    return region in (probe.target.transcripts if operation.vendor == ASSEMBLYAI else probe.target.places)


def _others(probe: Probe, operation: Operation) -> list[Server]:
    """The servers of the region that do not serve the operation."""
    servers = probe.target.documents[operation.vendor].servers
    return [each for each in servers if each.region == probe.region and each.logical_host != operation.logical_host]


def _outline(exchange: Exchange) -> tuple[int, str, str]:
    answer = exchange.answer
    # A link is signed anew for each answer, but its length stays.
    length = answer.headers.get("content-length", "")
    return answer.status, answer.content_type, length if answer.content_type != JSON else ""
