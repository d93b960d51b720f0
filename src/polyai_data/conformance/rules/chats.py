"""Debug chats: from the greeting to the end, and what comes after."""

from __future__ import annotations

import re
from typing import Any

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rule import rule

ENVIRONMENTS = ("sandbox", "pre-release", "live")
_ID = re.compile(r"AS_CHAT_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@rule("chats.start", writes=True)
def start(probe: Probe) -> None:
    """A chat starts in each environment, has not ended, and greets.

    Source: patched document, `createDebugChat` and `DebugChatResponse`.
    """
    for environment in ENVIRONMENTS:
        exchange = probe.call("createDebugChat", body={"clientEnv": environment})
        if probe.status(exchange, 201, when="a chat is started"):
            value = exchange.value()
            probe.expect(value["conversationEnded"] is False, exchange, "a chat that has not ended", "it has ended")
            probe.expect(bool(value["conversationId"]), exchange, "the id of the session", "none")
            probe.expect(value["userInput"] == "", exchange, "no input at the start", "some")
        if probe.target.live:
            return  # One session of a test agent is enough.


@rule("chats.id", writes=True)
def session_id(probe: Probe) -> None:
    """The server makes an id of its own for each session, which looks like `AS_CHAT_<uuid>`.

    Source: the vendors' documentation on debug chats.
    """
    shown = [_start(probe) for _ in range(2)]
    ids = [each.value()["conversationId"] for each in shown]
    probe.expect(ids[0] != ids[1], shown, "two sessions have two ids", "the same one")
    right = all(_ID.fullmatch(each) for each in ids)
    probe.expect(right, shown, "an id like AS_CHAT_<uuid>", "another one")


@rule("chats.own-id", writes=True)
def own_id(probe: Probe) -> None:
    """A session has the id that is asked for.

    Source: patched document, `CreateDebugChat.conversationId`: ID for the new session.
    """
    if probe.target.live:
        probe.skip("ids of one's own are not tried on live servers")
    wanted = "conformance-chat-1"
    body = {"channel": "WEBCHAT", "variantId": "VAR-1", "asrLangCode": "en-GB", "ttsLangCode": "en-GB"}
    exchange = _start(probe, conversationId=wanted, integrationAttributes={"a": 1}, **body)
    probe.expect(exchange.value()["conversationId"] == wanted, exchange, "the id that was asked for", "another one")
    probe.status(_send(probe, wanted, "Hello"), 200, when="a message goes to that session")


@rule("chats.reply", writes=True)
def reply(probe: Probe) -> None:
    """A message is answered in its own session, with the message as it was understood, and words.

    Source: patched document, `DebugChatResponse`.
    """
    chat = _start(probe).value()["conversationId"]
    exchange = _send(probe, chat, "I forgot my password", asrLangCode="en-GB", ttsLangCode="en-GB", metadata={"a": 1})
    probe.status(exchange, 200, when="a message is sent")
    value = exchange.value()
    probe.expect(value["conversationId"] == chat, exchange, "the id of the session", "another one")
    probe.expect(value["userInput"] == "I forgot my password", exchange, "the message in userInput", "something else")
    probe.expect(bool(value["response"]), exchange, "words of the agent", "none")
    probe.expect(value["conversationEnded"] is False, exchange, "the chat goes on", "it has ended")


@rule("chats.no-message", writes=True)
def no_message(probe: Probe) -> None:
    """A message may be absent, and is empty then.

    Source: patched document, `SendDebugChatMessage.message` and its default.
    """
    chat = _start(probe).value()["conversationId"]
    exchange = probe.call("sendDebugChatMessage", chat, body={"clientEnv": "sandbox"})
    if probe.status(exchange, 200, when="the message is absent"):
        probe.expect(exchange.value()["userInput"] == "", exchange, "an empty userInput", "something else")


@rule("chats.ends", writes=True)
def ends(probe: Probe) -> None:
    """After its end a chat answers 410, each time; other chats go on.

    Source: the vendors' documentation: a session that ended answers 410, code ChatConversationEnded; patched
    document, 410.
    """
    chat, other = (_start(probe).value()["conversationId"] for _ in range(2))
    last = _send(probe, chat, "goodbye")
    if not last.value()["conversationEnded"]:
        if probe.target.live:
            probe.skip("the agent does not end a chat when told goodbye")
        probe.expect(False, last, "a farewell ends the chat", "it goes on")
        return
    for text in ("Hello?", "goodbye", ""):
        exchange = _send(probe, chat, text)
        if probe.status(exchange, 410, when="the chat has ended"):
            code = exchange.answer.value().get("error_code")
            right = code in {None, "ChatConversationEnded"}
            probe.expect(right, exchange, "the code ChatConversationEnded", f"{code}")
    for text in ("Hello", "I would like a refund", "Put me through to a person", "Hello?"):
        probe.status(_send(probe, other, text), 200, when="another chat has ended")


@rule("chats.unknown", writes=True)
def unknown(probe: Probe) -> None:
    """A chat that is not there, or is another agent's, or is a conversation and no chat, is answered with 404.

    Source: the vendors' documentation: an unknown session answers 404.
    """
    for chat in (UNKNOWN_ID, "AS_CHAT_00000000-0000-4000-8000-000000000000"):
        probe.status(_send(probe, chat, "Hello"), 404, when="there is no such chat")
    theirs = probe.call("createDebugChat", body={"clientEnv": "sandbox"}, agent=probe.agent(index=1))
    exchange = _send(probe, theirs.value()["conversationId"], "Hello")
    probe.status(exchange, 404, when="the chat is another agent's")


@rule("chats.invalid", writes=True)
def invalid(probe: Probe) -> None:
    """A body that the document does not allow is refused with 400, and nothing starts or ends by it.

    Source: patched document, `CreateDebugChat` and `SendDebugChatMessage`: clientEnv is required.
    """
    chat = _start(probe).value()["conversationId"]
    for body in ({}, {"clientEnv": "production"}, {"clientEnv": None}, {"message": "Hello"}, {"clientEnv": ["live"]}):
        probe.status(probe.call("createDebugChat", body=body), 400, when="the body is not valid")
        probe.status(probe.call("sendDebugChatMessage", chat, body=body), 400, when="the body is not valid")
    wrong: tuple[dict[str, Any], ...] = ({"message": 5}, {"metadata": "x"}, {"asrLangCode": 1})
    for change in wrong:
        exchange = probe.call("sendDebugChatMessage", chat, body={"clientEnv": "sandbox", **change})
        probe.status(exchange, 400, when="the body is not valid")
    probe.status(_send(probe, chat, "Hello"), 200, when="only refused messages came before")


def _start(probe: Probe, **body: Any) -> Exchange:
    return probe.call("createDebugChat", body={"clientEnv": "sandbox", **body})


def _send(probe: Probe, chat: str, message: str, **body: Any) -> Exchange:
    return probe.call("sendDebugChatMessage", chat, body={"clientEnv": "sandbox", "message": message, **body})
