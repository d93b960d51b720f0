"""What rules send requests with, and say what they expect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, urlencode

import pytest

from polyai_data.conformance.client import Sender, SendError
from polyai_data.conformance.exchange import Blocked, Difference, Exchange, Request, Response
from polyai_data.conformance.options import Effort
from polyai_data.conformance.result import Result
from polyai_data.conformance.rule import Rule
from polyai_data.conformance.target import ASSEMBLYAI, FULL, POLYAI, READY
from polyai_data.openapi import Operation, Server
from polyai_data.options import Secret

NO_KEY = ""
"""The role of a request without a key."""
WRONG = Secret("this-key-is-wrong")
UNKNOWN_ID = "CA00000000000000000000000000000000"
"""An id that no conversation has."""
IDS = ("conversationId", "conversation_id", "transcript_id")
_AGENTS = ("agentId", "project_id")
_Value = TypeVar("_Value")


class Probe:
    """Sends the requests of one rule, judges every response, and counts what the rule says of them.

    Attributes:
        target: what is tested.
        result: where differences go.
        rule: the rule whose requests these are.
        effort: how much schemathesis generates.
    """

    def __init__(self, result: Result, sender: Sender, rule: Rule, cache: dict[Any, Any], effort: Effort) -> None:
        self.target = result.target
        self.result = result
        self.rule = rule
        self.effort = effort
        self._cache = cache
        self._sender = sender

    @property
    def region(self) -> str:
        return self.target.region

    def once(self, key: object, make: Callable[[], _Value]) -> _Value:
        """What `make` gives; it is called once in a run for each key, whichever rule asks first."""
        if key not in self._cache:
            self._cache[key] = make()
        value: _Value = self._cache[key]
        return value

    def agent(self, region: str | None = None, index: int = 0) -> str:
        """An agent of a region; skips the rule where there is none of that number."""
        agents = self.target.accounts[region or self.region].agent_ids
        if index >= len(agents):
            self.skip("there is no second agent")
        return agents[index]

    def skip(self, reason: str) -> NoReturn:
        """Leave the rule: it does not apply to this target."""
        pytest.skip(reason)

    def skip_live(self, reason: str) -> None:
        if self.target.live:
            self.skip(reason)

    def operations(self, *, vendor: str | None = None) -> Iterator[Operation]:
        """The operations that can be called: on hosts of the main region, and only reading ones where need be."""
        for operation in self.target.operations:
            if vendor in {None, operation.vendor} and self.allowed(operation.id):
                yield operation

    def allowed(self, operation_id: str) -> bool:
        """Whether the operation may be called here."""
        operation = self.target.operation(operation_id)
        if operation.vendor == ASSEMBLYAI:
            return bool(self.target.transcripts)
        served = self.target.server(operation, self.region) is not None
        return served and (self.target.writable or operation.method == "GET")

    def region_of(self, operation: Operation) -> str:
        """The region in which an operation is called: the main one, unless it has no data there."""
        if operation.vendor == ASSEMBLYAI and self.region not in self.target.transcripts:
            return next(iter(self.target.transcripts))
        return self.region

    def call(
        self,
        operation_id: str,
        conversation: str | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        raw: bytes | None = None,
        role: str = FULL,
        key: Secret | None = None,
        key_header: str | None = None,
        region: str | None = None,
        server: Server | None = None,
        agent: str | None = None,
        account: str | None = None,
        headers: Mapping[str, str] | None = None,
        judged: bool = True,
    ) -> Exchange:
        """Call an operation, and return the response, whatever it is.

        Args:
            operation_id: its id.
            conversation: the conversation, chat or transcript that its path names.
            query: its query parameters; those that are None are left out.
            body: its body, sent as JSON; None for none.
            raw: the bytes of its body instead.
            role: whose key is sent; `NO_KEY` for none. The rule is skipped where no key has the role.
            key: the key itself instead.
            key_header: the header that carries the key, if not the operation's own.
            region: the region; the main one by default.
            server: the server, if not the operation's own of the region.
            agent: the agent; the first of the region by default.
            account: the account; that of the region by default.
            headers: headers besides the key.
            judged: whether the document describes the response.
        """
        operation = self.target.operation(operation_id)
        region = region or self.region_of(operation)
        server = server or self.target.server(operation, region)
        if server is None:
            self.skip(f"the region {region} does not serve {operation_id}")
        if not self.target.writable and operation.method != "GET":
            self.skip("nothing may be written here")
        url = server.url + self._path(operation, region, conversation, agent, account)
        if query:
            url += "?" + _encoded(query)
        content = raw if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {"accept": "audio/wav, application/json", **(headers or {})}
        if content is not None and "content-type" not in sent:
            sent["content-type"] = "application/json"
        chosen = None if role == NO_KEY else self.key(operation, region, role) if key is None else self._named(key)
        return self.send(
            operation.method,
            url,
            sent,
            content,
            operation=operation,
            key=None if chosen is None else (key_header or operation.key_header, *chosen),
            judged=judged,
        )

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        *,
        operation: Operation | None = None,
        key: tuple[str, Secret, str] | None = None,
        judged: bool = True,
        polyai: bool | None = None,
    ) -> Exchange:
        """Send a request to any address, judge the response and return it.

        `key` is the header that carries a key, the key, and the variable that stands for it in reports.
        """
        all_headers = {**self.target.headers, **(headers or {})}
        name, secret, variable = key or ("", None, "")
        request = Request(method, url, all_headers, content, name, variable)
        if polyai is None:
            polyai = operation is not None and operation.vendor == POLYAI
        try:
            response = self._sender.send(request, secret)
        except SendError as error:
            broken = Exchange(operation, request, Response(0, {}, b""), judged=False, polyai=False)
            incomplete = Difference("a complete response", str(error))
            self.result.differ("document.complete", broken.name, incomplete, (broken,))
            raise Blocked(str(error)) from None
        exchange = Exchange(operation, request, response, judged, polyai)
        self.result.receive(exchange)
        return exchange

    def expect(self, ok: bool, shown: Exchange | Sequence[Exchange], expected: str, seen: object) -> bool:
        """Count a judgement; when it is not `ok`, add the difference with the requests that show it. Returns `ok`."""
        exchanges = (shown,) if isinstance(shown, Exchange) else tuple(shown)
        name = exchanges[-1].name if exchanges else ""
        self.result.judge(self.rule.id, name)
        if not ok:
            self.result.differ(self.rule.id, name, Difference(expected, str(seen)), exchanges)
        return ok

    def observe(self, what: str, seen: str) -> None:
        """Report something that no document says, without a judgement."""
        self.result.observations[what] = seen

    def equal(self, seen: object, expected: object, shown: Exchange | Sequence[Exchange], what: str) -> bool:
        return self.expect(seen == expected, shown, f"{what} {brief(expected)}", brief(seen))

    def status(self, exchange: Exchange, *statuses: int, when: str) -> bool:
        """Expect one of these statuses; `when` says what was sent, as in `the key is missing`."""
        wanted = " or ".join(map(str, statuses))
        status = exchange.response.status
        return self.expect(status in statuses, exchange, f"{wanted} when {when}", status)

    def refused(self, exchange: Exchange, when: str) -> bool:
        """Expect any status of 4xx."""
        status = exchange.response.status
        return self.expect(400 <= status < 500, exchange, f"4xx when {when}", status)

    def valid(self, operation: Operation, region: str | None = None) -> dict[str, Any]:
        """Arguments of `call` with which the operation succeeds for a key that may do everything."""
        region = region or self.region_of(operation)
        arguments: dict[str, Any] = {"region": region}
        if operation.vendor == ASSEMBLYAI:
            ready = [name for name, state in self.target.transcripts.get(region, {}).items() if state == READY]
            if not ready:
                self.skip(f"no redacted file is ready in {region}")
            return {**arguments, "conversation": ready[0]}
        if any(name in operation.path for name in IDS):
            make = self._chat if operation.id == "sendDebugChatMessage" else self._recorded
            arguments["conversation"] = self.once((make.__name__, region), lambda: make(region))
        if operation.body is not None:
            arguments["body"] = operation.example
        if operation.id in {"listConversations", "searchConversations"}:
            arguments["query"] = {"limit": 2}
        return arguments

    def _chat(self, region: str) -> str:
        body = self.target.operation("createDebugChat").example
        exchange = self.call("createDebugChat", body=body, region=region)
        return str(exchange.value()["conversationId"])

    def _recorded(self, region: str) -> str:
        """A conversation of the region that has a recording."""
        items = self.call("listConversations", query={"limit": 40}, region=region).value()["conversations"]
        voice = [each for each in items if is_recorded(each)] or items
        if not voice:
            raise Blocked(f"the agent of {region} has no conversations")
        return str(voice[0]["conversationId"])

    def key(self, operation: Operation, region: str | None = None, role: str = FULL) -> tuple[Secret, str]:
        """The key of a role, and the variable that stands for it; skips the rule where there is none."""
        region = region or self.region_of(operation)
        key = self.target.key(operation, region, role)
        if key is None:
            self.skip(f"there is no key with the role {role!r} for {operation.logical_host} in {region}")
        return key

    def _named(self, key: Secret) -> tuple[Secret, str]:
        return key, next((name for each, name in self.target.keys.values() if each is key), "WRONG_KEY")

    def _path(
        self, operation: Operation, region: str, conversation: str | None, agent: str | None, account: str | None
    ) -> str:
        # Another vendor's region may have no account of its own here, and its paths need none.
        own = self.target.accounts.get(region) or self.target.accounts[self.region]
        values: dict[str, str] = dict.fromkeys(_AGENTS, agent or own.agent_ids[0])
        values.update(dict.fromkeys(IDS, conversation or UNKNOWN_ID))
        if "{account_id}" in operation.path:
            values["account_id"] = account or self.account(region)
        return operation.path.format_map({name: quote(value, safe="") for name, value in values.items()})

    def account(self, region: str) -> str:
        """The account of a region; where the environment names none, that of the agent's conversations."""

        def first() -> str:
            items = self.call("listConversations", query={"limit": 1}, region=region).value()["conversations"]
            return str(items[0]["accountId"]) if items else "unknown"

        own = self.target.accounts.get(region) or self.target.accounts[self.region]
        return own.id or self.once(("account", region), first)


def is_recorded(item: Mapping[str, Any]) -> bool:
    """Whether a conversation, of whatever response, is a call known to have ended, and so should have a recording."""
    return "VOICE" in str(item.get("channel", "")) and item.get("inProgress", item.get("in_progress")) is False


def brief(value: object, most: int = 4) -> str:
    """A value as a finding shows it: of a collection its size and its first items."""
    if not isinstance(value, list | tuple | set | frozenset):
        return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value) or '""'
    items = sorted(map(str, value)) if isinstance(value, set | frozenset) else [str(each) for each in value]
    if not items:
        return "none"
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def _encoded(query: Mapping[str, Any]) -> str:
    pairs = [
        (name, str(each).lower() if isinstance(each, bool) else str(each))
        for name, value in query.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return urlencode(pairs, quote_via=quote)
