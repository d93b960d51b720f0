"""Mutants of keys, regions and hosts."""

from __future__ import annotations

from dataclasses import replace

from tests.conformance.mutants.mutant import ALL, Call, Request, Response, mutant

_GETS = "getConversation getConversationRecording getConversationRecordingV3"
_WRITES = "addAnnotations upsertNote createDebugChat sendDebugChatMessage"


@mutant(ALL, "keys.unknown")
def any_key(call: Call) -> Request:
    """Any key that is not known opens everything."""
    unknown = call.key and call.key not in {key.value for key in call.emulator.keys.values()}
    return call.elsewhere(key=call.full_key()) if call.region and unknown else call.request


@mutant(ALL, "keys.unknown")
def key_by_its_beginning(call: Call) -> Request:
    """A key is right when it begins with a right one."""
    known = [key.value for key in call.emulator.keys.values() if call.key.startswith(key.value)]
    return call.elsewhere(key=max(known, key=len)) if known else call.request


@mutant(ALL, "keys.wrong-region")
def region_of_key_ignored(call: Call) -> Request:
    """A key of any region opens every region."""
    keys = [key for key in call.emulator.keys.values() if key.value == call.key and key.vendor == call.vendor]
    wrong = call.region and any(key.region != call.region for key in keys)
    return call.elsewhere(key=call.full_key()) if wrong else call.request


@mutant(ALL, "keys.wrong-host")
def host_of_key_ignored(call: Call) -> Request:
    """A key for one of the two hosts opens the other one too."""
    return call.opened("us-agents", "us-platform")


@mutant(ALL, "keys.expired")
def keys_never_expire(call: Call) -> Request:
    """A key goes on working when it has expired."""
    return call.opened("us-expired")


@mutant("searchConversations getConversationRecordingV3", "keys.permission")
def permission_ignored(call: Call) -> Request:
    """The platform hosts do not ask for the permission for conversations."""
    return call.opened("us-no-permission")


@mutant(ALL, "keys.other-agent")
def agents_of_key_ignored(call: Call) -> Request:
    """A key for one agent opens all agents of its account."""
    return call.opened("us-one-agent")


@mutant("searchConversations getConversationRecordingV3", "keys.other-account")
def account_in_path_ignored(call: Call) -> Request:
    """The account that a path names does not matter, as long as the agent is the key's."""
    own = call.path["project_id"] in call.agents
    return call.elsewhere(account_id=call.emulator.accounts[call.region].id) if own else call.request


@mutant(_WRITES, "keys.missing")
def body_before_key(call: Call) -> Response:
    """A body is checked before the key, so a client without a key learns what is valid."""
    response = call.send()
    if response.status == 401 and not call.key:
        checked = call.send(call.elsewhere(key=call.full_key()))
        return checked if checked.status == 400 else response
    return response


@mutant("upsertNote", "keys.no-effect")
def note_before_key(call: Call) -> Response:
    """A note is stored before the key is looked at; the response is 401 all the same."""
    response = call.send()
    if response.status == 401:
        call.send(call.elsewhere(key=call.full_key()))
    return response


@mutant(ALL, "hosts.wrong-host")
def every_host_serves_all(call: Call) -> Request:
    """A host serves the operations of the other host too."""
    servers = call.operation.servers if call.operation else ()
    own = next((server.hostname for server in servers if server.region == call.region), None)
    return call.elsewhere(host=own) if call.region else call.request


@mutant(_WRITES, "hosts.body-type")
def any_body_type(call: Call) -> Request:
    """A body that is declared as text is read as JSON."""
    return call.request.with_headers(content_type="application/json")


@mutant(ALL, "hosts.unknown-agent")
def unknown_agent_is_first(call: Call) -> Request:
    """An agent that does not exist stands for the account's first one."""
    known = {agent.id for account in call.emulator.accounts.values() for agent in account.agents}
    wrong = {name for name in ("agentId", "project_id") if name in call.path and call.path[name] not in known}
    return call.elsewhere(**dict.fromkeys(wrong, call.agents[0])) if wrong and call.region else call.request


@mutant(_GETS, "hosts.other-ids")
def conversation_of_any_agent(call: Call) -> Response:
    """A conversation is returned under any agent of its account."""
    response = call.send()
    name = "agentId" if "agentId" in call.path else "project_id"
    own = response.status == 404 and call.region and call.path[name] in call.agents
    others = (call.send(call.elsewhere(**{name: agent})) for agent in (call.agents if own else ()))
    return next((each for each in others if each.status == 200), response)


@mutant("getRedactedAudio", "links.unknown")
def transcript_of_any_region(call: Call) -> Response:
    """A transcript is known in every region."""
    response = call.send()
    transcript = call.emulator.transcripts.get(call.path["transcript_id"])
    if response.status != 404 or transcript is None or call.operation is None:
        return response
    host = next(server.hostname for server in call.operation.servers if server.region == transcript.region)
    return call.send(call.elsewhere(host=host, key=call.full_key(transcript.region)))


@mutant("getConversation", "hosts.unknown-id document.server-error", via="hosts.unknown-id")
def unknown_conversation_crashes(response: Response) -> Response:
    """A conversation that does not exist makes the server fail with 500."""
    return replace(response, status=500) if response.status == 404 else response
