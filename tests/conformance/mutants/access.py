"""Faults of keys, regions and hosts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from polyai_data.emulator.app import Application
from polyai_data.emulator.data.keys import CONVERSATIONS, Key
from polyai_data.emulator.http import request as requests
from polyai_data.emulator.http.response import FORBIDDEN, Refusal
from polyai_data.emulator.operations import auth
from polyai_data.emulator.state.state import State
from tests.conformance.mutants.mutant import ALL, Fault, mutant

_READS = "getConversation getConversationRecording getConversationRecordingV3"


@mutant(ALL, "keys.unknown keys.altered")
def any_key(fault: Fault) -> None:
    """Any key that is not known opens everything."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        own = [key for key in state.world.keys.values() if key.vendor == operation.vendor]
        value = request.headers.get(operation.key_header, "")
        if value and all(key.value != value for key in own):
            return next(key for key in own if key.region == region)
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant(ALL, "keys.altered")
def key_by_its_beginning(fault: Fault) -> None:
    """A key is right when it begins with a right one."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        value = request.headers.get(operation.key_header, "")
        values = [key.value for key in state.world.keys.values() if value.startswith(key.value)]
        if values:
            request = replace(request, headers={**request.headers, operation.key_header: max(values, key=len)})
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant(ALL, "keys.wrong-region")
def region_ignored(fault: Fault) -> None:
    """A key of any region opens every region."""
    fault.function(Key, "works", lambda original, key, _region, host, now: original(key, key.region, host, now))


@mutant(ALL, "keys.wrong-host")
def host_of_key_ignored(fault: Fault) -> None:
    """A key for one of the two hosts opens the other one too."""

    def works(original: Any, key: Key, region: str, _host: str, now: datetime) -> Any:
        return original(key, region, next(iter(key.logical_hosts)), now)

    fault.function(Key, "works", works)


@mutant(ALL, "keys.expired")
def keys_never_expire(fault: Fault) -> None:
    """A key goes on working when it has expired."""
    long_ago = datetime.min.replace(tzinfo=UTC)
    fault.function(Key, "works", lambda original, key, region, host, _now: original(key, region, host, long_ago))


@mutant("searchConversations getConversationRecordingV3", "keys.permission")
def permission_ignored(fault: Fault) -> None:
    """The platform hosts do not ask for the permission for conversations."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        if operation.logical_host != "platform":
            return original(request, operation, region, state)
        value = request.headers.get(operation.key_header, "")
        without = [
            key for key in state.world.keys.values() if key.value == value and CONVERSATIONS not in key.permissions
        ]
        return without[0] if without else original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant(ALL, "keys.other-agent")
def agents_of_key_ignored(fault: Fault) -> None:
    """A key for one agent opens all agents of its account."""
    fault.function(Key, "covers", lambda _original, key, account_id, _agent_id: account_id == key.account_id)


@mutant(ALL, "keys.other-account")
def account_of_key_ignored(fault: Fault) -> None:
    """A key opens every account's agents."""
    fault.function(Key, "covers", lambda original, key, _account, agent_id: original(key, key.account_id, agent_id))


@mutant("searchConversations getConversationRecordingV3", "keys.other-account")
def account_in_path_ignored(fault: Fault) -> None:
    """The account that a path names does not matter, as long as the agent is the key's."""

    def agent_of(original: Any, operation: Any, path: Any, key: Any, state: State) -> Any:
        left = {name: value for name, value in path.items() if name != "account_id"}
        return original(operation, left, key, state)

    fault.function(auth, "agent_of", agent_of)


@mutant(ALL, "keys.missing keys.empty")
def missing_key_forbidden(fault: Fault) -> None:
    """A request without a key is answered with 403."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        if not request.headers.get(operation.key_header) and operation.vendor == "polyai":
            raise Refusal(403, FORBIDDEN, "the key is missing")
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant(ALL, "keys.place")
def key_in_query(fault: Fault) -> None:
    """A key is also taken from the query."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        found = request.query_values.get(operation.key_header)
        if found and operation.key_header not in request.headers:
            request = replace(request, headers={**request.headers, operation.key_header: found[-1]})
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant("addAnnotations upsertNote createDebugChat sendDebugChatMessage", "keys.come-first")
def body_before_key(fault: Fault) -> None:
    """A body is checked before the key is, so that who has none learns what is valid."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        requests.checked_body(operation, request)
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant("getRedactedAudio", "keys.other-vendor")
def keys_of_both_vendors(fault: Fault) -> None:
    """AssemblyAI's hosts accept PolyAI's keys."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        value = request.headers.get(operation.key_header, "")
        keys = state.world.keys.values()
        if operation.vendor == "assemblyai" and any(key.value == value and key.vendor == "polyai" for key in keys):
            return next(key for key in keys if key.vendor == "assemblyai" and key.region == region)
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant("upsertNote", "keys.no-effect")
def note_before_key(fault: Fault) -> None:
    """A note is kept before the key is looked at; the answer is 401 all the same."""

    def key_of(original: Any, request: Any, operation: Any, region: str, state: State) -> Any:
        if operation.id == "upsertNote":
            body = requests.checked_body(operation, request)
            state.database.set_note(request.segments[-2], body["note"])
        return original(request, operation, region, state)

    fault.function(auth, "key_of", key_of)


@mutant(ALL, "hosts.wrong-host")
def every_host_serves_all(fault: Fault) -> None:
    """A host serves the operations of the other host too."""
    fault.function(
        Application, "_here", lambda _, app, exchange: app._matching(exchange.request, exchange.vendor or "")
    )


@mutant("searchConversations getConversationRecordingV3", "hosts.matrix")
def one_host_missing(fault: Fault) -> None:
    """The platform host of one region serves nothing."""

    def missing(exchange: Any, answer: Any) -> Any:
        return replace(answer, status=404) if exchange.server.region == "uk" and answer.status == 200 else None

    fault.answer(missing)


@mutant(ALL, "hosts.method")
def wrong_method_not_found(fault: Fault) -> None:
    """A method that a path does not take is answered with 404."""
    fault.answer(lambda _, answer: replace(answer, status=404) if answer.status == 405 else None)


@mutant(ALL, "hosts.unknown-path")
def every_path_answers(fault: Fault) -> None:
    """A path of no operation is answered with 200 and a page."""

    def changed(exchange: Any, answer: Any) -> Any:
        unknown = exchange.vendor == "polyai" and exchange.operation is None and answer.status == 404
        return replace(answer, status=200, body=b"ok", content_type="text/plain") if unknown else None

    fault.answer(changed)


@mutant("listConversations searchConversations getConversation", "hosts.head")
def head_without_length(fault: Fault) -> None:
    """HEAD tells a length of zero, and the type of a text."""
    fault.answer(
        lambda exchange, answer: (
            replace(answer, body=b"", content_type="text/plain") if exchange.request.method == "HEAD" else None
        )
    )


@mutant("upsertNote createDebugChat", "hosts.body-type")
def any_body_type(fault: Fault) -> None:
    """A body that is declared as text is read as JSON."""

    def checked_body(original: Any, operation: Any, request: Any) -> Any:
        return original(operation, replace(request, headers={**request.headers, "content-type": "application/json"}))

    fault.function(requests, "checked_body", checked_body)


@mutant(ALL, "hosts.unknown-agent")
def unknown_agent_is_first(fault: Fault) -> None:
    """An agent that is not there stands for the account's first one."""

    def agent_of(original: Any, operation: Any, path: Any, key: Key, state: State) -> Any:
        first = state.world.accounts[key.region].agents[0].id if key.account_id else ""
        known = {
            name: first if name in {"agentId", "project_id"} and value not in state.world.agents else value
            for name, value in path.items()
        }
        return original(operation, known, key, state)

    fault.function(auth, "agent_of", agent_of)


@mutant("listConversations", "hosts.region-data hosts.other-region-id")
def one_table_for_all_regions(fault: Fault) -> None:
    """A region's listing shows the first region's conversations."""

    def conversations(original: Any, state: State, agent_id: str) -> Any:
        place = [agent.id for agent in state.world.accounts[state.world.agents[agent_id].region].agents].index(agent_id)
        first = next(iter(state.world.accounts.values()))
        return original(state, first.agents[place].id)

    fault.function(State, "conversations", conversations)


@mutant(_READS, "hosts.agent-data")
def any_agents_conversation(fault: Fault) -> None:
    """A conversation is found under any agent of its account."""

    def conversation(original: Any, state: State, agent_id: str, conversation_id: str) -> Any:
        account = state.world.accounts[state.world.agents[agent_id].region]
        found = (original(state, agent.id, conversation_id) for agent in account.agents)
        return next(filter(None, found), None)

    fault.function(State, "conversation", conversation)


@mutant(_READS, "hosts.other-region-id")
def any_regions_conversation(fault: Fault) -> None:
    """A conversation is found under the agent of the same place in another region."""

    def conversation(original: Any, state: State, agent_id: str, conversation_id: str) -> Any:
        agents = state.world.accounts[state.world.agents[agent_id].region].agents
        place = next(place for place, agent in enumerate(agents) if agent.id == agent_id)
        everywhere = [account.agents[place].id for account in state.world.accounts.values()]
        found = (original(state, each, conversation_id) for each in everywhere)
        return next(filter(None, found), None)

    fault.function(State, "conversation", conversation)
