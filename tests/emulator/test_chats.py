"""Debug chats."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.emulator.support import KNOWN_CONVERSATION, Caller


def start(call: Caller, **body: Any) -> dict[str, Any]:
    response = call("createDebugChat", json={"clientEnv": "sandbox", **body})
    assert response.status_code == 201
    greeting: dict[str, Any] = response.json()
    return greeting


def say(call: Caller, chat: str, message: str | None = None, **body: Any) -> Any:
    sent = {"clientEnv": "sandbox", **({} if message is None else {"message": message}), **body}
    return call("sendDebugChatMessage", json=sent, conversationId=chat)


def test_a_chat_from_greeting_to_goodbye(call: Caller) -> None:
    greeting = start(call)
    chat = greeting["conversationId"]
    assert re.fullmatch(r"AS_CHAT_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", chat)
    assert greeting["response"]
    assert (greeting["userInput"], greeting["conversationEnded"]) == ("", False)
    refund = say(call, chat, "I want a refund, bitte schön").json()
    assert refund["userInput"] == "I want a refund, bitte schön"
    assert "refund" in refund["response"]
    assert (refund["metadata"]["currentNode"], refund["conversationEnded"]) == ("refund", False)
    silence = say(call, chat).json()
    assert (silence["userInput"], silence["metadata"]["currentNode"]) == ("", "listen")
    assert say(call, chat, "Something else").json()["conversationEnded"] is False
    goodbye = say(call, chat, "OK, bye!")
    assert (goodbye.status_code, goodbye.json()["conversationEnded"]) == (200, True)
    for _ in range(2):
        response = say(call, chat, "Hello?")
        assert (response.status_code, response.json()["error_code"]) == (410, "ChatConversationEnded")


@pytest.mark.parametrize("chat", ["AS_CHAT_00000000-0000-4000-8000-000000000000", KNOWN_CONVERSATION])
def test_an_unknown_chat_is_404(call: Caller, chat: str) -> None:
    assert say(call, chat, "Hello?").status_code == 404


def test_a_chat_belongs_to_its_agent_and_ends_alone(call: Caller) -> None:
    one, other = start(call)["conversationId"], start(call)["conversationId"]
    assert one != other
    agent = call.emulator.accounts["us"].agents[1].id
    assert call("sendDebugChatMessage", agentId=agent, conversationId=one).status_code == 404
    say(call, one, "bye")
    assert say(call, other, "hello").status_code == 200


@pytest.mark.parametrize("chat", ["my-chat", "a/b ü"])
def test_the_id_can_be_chosen_again_and_again(call: Caller, chat: str) -> None:
    for _ in range(2):
        assert start(call, conversationId=chat)["conversationId"] == chat
        assert say(call, chat, "bye").json()["conversationId"] == chat


def test_all_fields_of_the_document_are_accepted(call: Caller) -> None:
    greeting = start(
        call,
        asrLangCode="de-DE",
        ttsLangCode="ja-JP",
        variantId="VAR-1",
        channel="WEBCHAT",
        integrationAttributes={"a": [1, {"b": None}]},
    )
    assert (greeting["metadata"]["asrLangCode"], greeting["metadata"]["ttsLangCode"]) == ("de-DE", "ja-JP")
    assert say(call, greeting["conversationId"], "hi", metadata={"x": 1}, asrLangCode="de-DE").status_code == 200


def test_the_same_chat_has_the_same_words_after_a_reset(call: Caller) -> None:
    def talk() -> list[Any]:
        chat = start(call)
        return [chat, *(say(call, chat["conversationId"], text).json() for text in ("what?", "book a table", "bye"))]

    first = talk()
    call.emulator.reset()
    assert talk() == first
