"""What rules send requests with, and tell what they expected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from polyai_data.config import Secret
from polyai_data.conformance.client import Sender, SendError
from polyai_data.conformance.findings import Ledger
from polyai_data.conformance.model import Answer, Blocked, Exchange, Request, Skipped
from polyai_data.conformance.rule import Rule
from polyai_data.conformance.target import ASSEMBLYAI, FULL, READY, Target
from polyai_data.openapi import Operation, Server

NOBODY = ""
"""The role of a request without a key."""
WRONG = Secret("this-is-nobodys-key")
UNKNOWN_ID = "CA00000000000000000000000000000000"
"""An id that no conversation has."""
_IDS = ("conversationId", "conversation_id", "transcript_id")
_AGENTS = ("agentId", "project_id")


class Probe:
    """Sends the requests of one rule, enters every answer, and counts what the rule says of them.

    Args:
        target: what is tested.
        sender: what sends.
        ledger: the books.
        rule: the rule whose requests these are.
        kept: what rules share, such as listings; each is asked for once in a run.
    """

    def __init__(self, target: Target, sender: Sender, ledger: Ledger, rule: Rule, kept: dict[Any, Any]) -> None:
        self.target = target
        self.rule = rule
        self.kept = kept
        self._sender = sender
        self._ledger = ledger
        self.last: Exchange | None = None

    @property
    def region(self) -> str:
        """The main region."""
        return self.target.region

    def agent(self, region: str | None = None, index: int = 0) -> str:
        """An agent of a region; skips the rule where there is none of that number."""
        agents = self.target.places[region or self.region].agent_ids
        if index >= len(agents):
            self.skip("there is no second agent")
        return agents[index]

    def skip(self, reason: str) -> NoReturn:
        """Leave the rule: it does not apply to this target."""
        raise Skipped(reason)

    def operations(self, *, vendor: str | None = None) -> Iterator[Operation]:
        """The operations that can be asked for: of hosts that the main region has, and only reading ones if need be."""
        for operation in self.target.operations:
            if vendor in {None, operation.vendor} and self.allowed(operation):
                yield operation

    def allowed(self, operation: Operation) -> bool:
        """Whether the operation may be asked for here."""
        if operation.vendor == ASSEMBLYAI:
            return bool(self.target.transcripts)
        served = self.target.server(operation, self.region) is not None
        return served and (self.target.writable or operation.method == "GET")

    def home(self, operation: Operation) -> str:
        """The region in which an operation is asked for: the main one, unless it has no data there."""
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
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        judged: bool = True,
    ) -> Exchange:
        """Ask for an operation, and give the answer whatever it is.

        Args:
            operation_id: its id.
            conversation: the conversation, chat or transcript that its path names.
            query: its query parameters; those that are None are left out.
            body: its body, which is sent as JSON; None for none.
            raw: the bytes of its body instead.
            role: whose key is sent; `NOBODY` for none. The rule is skipped where no key has the role.
            key: the key itself instead.
            key_header: the header that carries the key, when it is not to be the operation's own.
            region: the region; the main one when absent.
            server: the server, when it is not to be the operation's own of the region.
            agent: the agent; the first of the region when absent.
            account: the account; that of the region when absent.
            method: the method, when it is not to be the operation's own.
            headers: headers besides the key.
            judged: whether the document speaks about the answer.
        """
        operation = self.target.operation(operation_id)
        region = region or self.home(operation)
        server = server or self.target.server(operation, region)
        if server is None:
            self.skip(f"the region {region} does not serve {operation_id}")
        if method is None and not self.target.writable and operation.method != "GET":
            self.skip("nothing may be written here")
        url = server.url + self._path(operation, region, conversation, agent, account)
        if query:
            url += "?" + _encoded(query)
        content = raw if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {"accept": "audio/wav, application/json", **(headers or {})}
        if content is not None and "content-type" not in sent:
            sent["content-type"] = "application/json"
        found = (key, self._variable(key)) if key is not None else self._key(operation, region, role)
        return self.send(
            method or operation.method,
            url,
            sent,
            content,
            operation=operation,
            key=None if found is None else (key_header or operation.key_header, *found),
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
        """Send a request to any address, enter the answer and give it.

        `key` is the header that carries a key, the key, and the variable that stands for it in reports.
        """
        all_headers = {**self.target.headers, **(headers or {})}
        name, secret, variable = key or ("", None, "")
        request = Request(method, url, all_headers, content, name, variable)
        if polyai is None:
            polyai = operation is not None and operation.vendor != ASSEMBLYAI
        try:
            answer = self._sender.send(method, url, all_headers, content, None if secret is None else (name, secret))
        except SendError as error:
            broken = Exchange(operation, request, Answer(0, {}, b""), False, False, self.target.live)
            self._ledger.differs(
                "document.answered", broken.name, "every request is answered whole", str(error), (broken,)
            )
            raise Blocked(str(error), broken) from None
        exchange = Exchange(operation, request, answer, judged, polyai, self.target.live)
        self.last = exchange
        self._ledger.received(exchange)
        return exchange

    def expect(
        self, ok: bool, shown: Exchange | Sequence[Exchange], expected: str, seen: str, *, operation: str | None = None
    ) -> bool:
        """Count a judgement; when it is not `ok`, enter the difference with the requests that show it. Gives `ok`."""
        exchanges = (shown,) if isinstance(shown, Exchange) else tuple(shown)
        name = operation or (exchanges[-1].name if exchanges else "")
        self._ledger.judged(self.rule.id, name)
        if not ok:
            self._ledger.differs(self.rule.id, name, expected, seen, exchanges)
        return ok

    def status(self, exchange: Exchange, *statuses: int, when: str) -> bool:
        """Expect one of these statuses; `when` says what was asked, as in `the key is missing`."""
        wanted = " or ".join(map(str, statuses))
        return self.expect(
            exchange.answer.status in statuses, exchange, f"{wanted} when {when}", f"{exchange.answer.status}"
        )

    def valid(self, operation: Operation, region: str) -> dict[str, Any]:
        """Arguments of `call` with which the operation succeeds for a key that may do everything."""
        arguments: dict[str, Any] = {"region": region}
        if operation.vendor == ASSEMBLYAI:
            ready = [each.id for each in self.target.transcripts.get(region, ()) if each.state == READY]
            if not ready:
                self.skip(f"no redacted file is ready in {region}")
            return {**arguments, "conversation": ready[0]}
        if any(name in operation.path for name in _IDS):
            arguments["conversation"] = (
                self._chat(region) if operation.id == "sendDebugChatMessage" else self._recorded(region)
            )
        if operation.body is not None:
            arguments["body"] = {
                "addAnnotations": {
                    "annotations": [{"turnId": 0, "role": "user", "annotationType": "wrong_transcript"}]
                },
                "upsertNote": {"note": "conformance"},
                "createDebugChat": {"clientEnv": "sandbox"},
                "sendDebugChatMessage": {"clientEnv": "sandbox", "message": "Hello"},
            }[operation.id]
        if operation.id in {"listConversations", "searchConversations"}:
            arguments["query"] = {"limit": 2}
        return arguments

    def _chat(self, region: str) -> str:
        if ("chat", region) not in self.kept:
            self.kept["chat", region] = self.call(
                "createDebugChat", body={"clientEnv": "sandbox"}, region=region
            ).value()["conversationId"]
        return str(self.kept["chat", region])

    def _recorded(self, region: str) -> str:
        """A conversation of the region that has a recording."""
        if ("recorded", region) not in self.kept:
            items = self.call("listConversations", query={"limit": 40}, region=region).value()["conversations"]
            voice = [each for each in items if is_recorded(each)] or items
            if not voice:
                raise Blocked(f"the agent of {region} has no conversations", self.last)
            self.kept["recorded", region] = voice[0]["conversationId"]
        return str(self.kept["recorded", region])

    def _key(self, operation: Operation, region: str, role: str) -> tuple[Secret, str] | None:
        if role == NOBODY:
            return None
        found = self.target.key(operation, region, role)
        if found is None:
            self.skip(f"there is no key with the role {role!r} for {operation.logical_host} in {region}")
        return found

    def _variable(self, key: Secret) -> str:
        found = (self.target.variables[place] for place, secret in self.target.keys.items() if secret is key)
        return next(found, "WRONG_KEY")

    def _path(
        self, operation: Operation, region: str, conversation: str | None, agent: str | None, account: str | None
    ) -> str:
        # Another vendor's region may have no account of its own here, and its paths need none.
        place = self.target.places.get(region) or self.target.places[self.region]
        values = {"account_id": account or place.account_id or self.account(region)}
        values |= dict.fromkeys(_AGENTS, agent or place.agent_ids[0])
        values |= dict.fromkeys(_IDS, conversation or UNKNOWN_ID)
        return operation.path.format_map({name: quote(value, safe="") for name, value in values.items()})

    def account(self, region: str) -> str:
        """The account, where nobody told it: as the agent's conversations tell it."""
        if ("account", region) not in self.kept:
            self.kept["account", region] = "unknown"
            items = self.call("listConversations", query={"limit": 1}, region=region).value()["conversations"]
            if items:
                self.kept["account", region] = items[0]["accountId"]
        return str(self.kept["account", region])


def is_recorded(item: Mapping[str, Any]) -> bool:
    """Whether an item of the agents listing is a call that has ended, and so should have a recording."""
    return "VOICE" in str(item.get("channel", "")) and item.get("inProgress") is False


def _encoded(query: Mapping[str, Any]) -> str:
    pairs = [
        (name, str(each).lower() if isinstance(each, bool) else str(each))
        for name, value in query.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return urlencode(pairs, quote_via=quote)
