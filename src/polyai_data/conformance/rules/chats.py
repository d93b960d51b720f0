"""Debug chats: from the greeting to the end, and after it."""

from __future__ import annotations

import re
from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.rules.errors import expect_code
from polyai_data.conformance.sample import environments, expect_once

MARKS = frozenset({"writes"})
_CREATE, _SEND = "createDebugChat", "sendDebugChatMessage"
_ID = re.compile(r"AS_CHAT_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@rule("patched document, `createDebugChat` and `DebugChatResponse`; the vendors' docs on debug chats.")
def test_start(probe: Probe) -> None:
    """A chat starts in each environment, has not ended, and has an id of its own, like `AS_CHAT_<uuid>`."""
    shown = []
    # Two sessions of a live test agent are enough.
    for environment in [environments(probe)[0], *environments(probe)][: 2 if probe.target.live else None]:
        exchange = _start(probe, clientEnv=environment)
        if probe.status(exchange, 201, when="a chat is started"):
            shown.append(exchange)
            probe.equal(exchange.value()["conversationEnded"], False, exchange, "conversationEnded is")
            probe.equal(exchange.value()["userInput"], "", exchange, "userInput at the start is")
    ids = [each.value()["conversationId"] for each in shown]
    expect_once(probe, shown, ids, "each session has its own id")
    wrong = [each for each in ids if not _ID.fullmatch(each)]
    probe.expect(not wrong, shown, "an id like AS_CHAT_<uuid>", brief(wrong))


@rule("patched document, `CreateDebugChat.conversationId`: ID for the new session.")
def test_own_id(probe: Probe) -> None:
    """A session has the id of the request."""
    probe.skip_live("chosen ids are not tried on live servers")
    wanted = "conformance-chat-1"
    body = {"channel": "WEBCHAT", "variantId": "VAR-1", "asrLangCode": "en-GB", "ttsLangCode": "en-GB"}
    exchange = _start(probe, conversationId=wanted, integrationAttributes={"a": 1}, **body)
    probe.equal(exchange.value()["conversationId"], wanted, exchange, "the id of the request,")
    probe.status(_send(probe, wanted), 200, when="a message goes to that session")


@rule("patched document, `DebugChatResponse`; `SendDebugChatMessage.message` and its default.")
def test_reply(probe: Probe) -> None:
    """A message has a reply in its own session, with the message as it was understood; an absent one is empty."""
    chat, text = _chat(probe), "I forgot my password"
    exchange = _send(probe, chat, text, asrLangCode="en-GB", ttsLangCode="en-GB", metadata={"a": 1})
    probe.status(exchange, 200, when="a message is sent")
    value = exchange.value()
    for name, wanted in (("conversationId", chat), ("userInput", text), ("conversationEnded", False)):
        probe.equal(value[name], wanted, exchange, f"{name} is")
    probe.expect(bool(value["response"]), exchange, "a text of the agent", "none")
    body = {name: each for name, each in probe.target.operation(_SEND).example.items() if name != "message"}
    exchange = probe.call(_SEND, chat, body=body)
    if probe.status(exchange, 200, when="the message is absent"):
        probe.equal(exchange.value()["userInput"], "", exchange, "userInput is")


@rule("the vendors' docs: 410 and the code ChatConversationEnded for a session that ended; patched document, 410.")
def test_ends(probe: Probe) -> None:
    """After its end each response of a chat is 410; other chats go on."""
    chat, other = _chat(probe), _chat(probe)
    farewell = _send(probe, chat, "goodbye")
    ended = farewell.value()["conversationEnded"]
    if not ended and probe.target.live:
        probe.skip("a goodbye does not end the agent's chats")
    if not probe.equal(ended, True, farewell, "conversationEnded after a goodbye is"):
        return
    for text in ("Hello?", "goodbye", ""):
        exchange = _send(probe, chat, text)
        if probe.status(exchange, 410, when="the chat has ended"):
            expect_code(probe, exchange, None, "ChatConversationEnded")
    for text in ("Hello", "I would like a refund", "Put me through to a person", "Hello?"):
        probe.status(_send(probe, other, text), 200, when="another chat has ended")


@rule("the vendors' docs: 404 for an unknown session.")
def test_unknown(probe: Probe) -> None:
    """The response for an unknown chat, a chat of another agent, or a conversation that is not a chat is 404."""
    for chat in (UNKNOWN_ID, "AS_CHAT_00000000-0000-4000-8000-000000000000"):
        probe.status(_send(probe, chat), 404, when="the chat is unknown")
    body = probe.target.operation(_CREATE).example
    other = probe.call(_CREATE, body=body, agent=probe.agent(index=1)).value()["conversationId"]
    probe.status(_send(probe, other), 404, when="the chat belongs to another agent")


@rule("patched document, `CreateDebugChat` and `SendDebugChatMessage`: clientEnv is required.")
def test_invalid(probe: Probe) -> None:
    """A body that the document does not allow is refused with 400, and starts or ends no chat."""
    chat = _chat(probe)
    for body in ({}, {"clientEnv": "production"}, {"clientEnv": None}, {"message": "Hello"}, {"clientEnv": ["live"]}):
        probe.status(probe.call(_CREATE, body=body), 400, when="the body is not valid")
        probe.status(probe.call(_SEND, chat, body=body), 400, when="the body is not valid")
    wrong: tuple[dict[str, Any], ...] = ({"message": 5}, {"metadata": "x"}, {"asrLangCode": 1})
    for change in wrong:
        probe.status(_send(probe, chat, **change), 400, when="the body is not valid")
    probe.status(_send(probe, chat), 200, when="only refused messages came before")


def _start(probe: Probe, **body: Any) -> Exchange:
    return probe.call(_CREATE, body={**probe.target.operation(_CREATE).example, **body})


def _chat(probe: Probe) -> str:
    return str(_start(probe).value()["conversationId"])


def _send(probe: Probe, chat: str, message: Any = "Hello", **body: Any) -> Exchange:
    return probe.call(_SEND, chat, body={**probe.target.operation(_SEND).example, "message": message, **body})
