"""Debug chats."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.emulator.support import Caller


def start(call: Caller, **body: Any) -> dict[str, Any]:
    response = call("createDebugChat", json={"clientEnv": "sandbox", **body})
    assert response.status_code == 201
    answer: dict[str, Any] = response.json()
    return answer


def say(call: Caller, chat: str, message: str | None = None, **body: Any) -> Any:
    sent = {"clientEnv": "sandbox", **({} if message is None else {"message": message}), **body}
    return call("sendDebugChatMessage", json=sent, conversationId=chat)


def test_a_chat_from_greeting_to_goodbye(call: Caller) -> None:
    greeting = start(call)
    assert re.fullmatch(r"AS_CHAT_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", greeting["conversationId"])
    assert greeting["response"]
    assert greeting["userInput"] == ""
    assert greeting["conversationEnded"] is False
    answer = say(call, greeting["conversationId"], "I want a refund, bitte schön").json()
    assert answer["userInput"] == "I want a refund, bitte schön"
    assert "refund" in answer["response"]
    assert answer["metadata"]["currentNode"] == "refund"
    assert answer["conversationEnded"] is False
    assert say(call, greeting["conversationId"], "Something else").json()["conversationEnded"] is False
    goodbye = say(call, greeting["conversationId"], "OK, bye!")
    assert goodbye.status_code == 200
    assert goodbye.json()["conversationEnded"] is True


def test_an_ended_chat_is_gone(call: Caller) -> None:
    chat = start(call)["conversationId"]
    say(call, chat, "Goodbye")
    for _ in range(2):
        response = say(call, chat, "Hello?")
        assert response.status_code == 410
        assert response.json()["error_code"] == "ChatConversationEnded"


@pytest.mark.parametrize("chat", ["AS_CHAT_00000000-0000-4000-8000-000000000000", "CAabcd1234567abcdef1250065d4fc7389"])
def test_an_unknown_chat_is_not_found(call: Caller, chat: str) -> None:
    assert say(call, chat, "Hello?").status_code == 404


def test_a_chat_belongs_to_its_agent(call: Caller) -> None:
    chat = start(call)["conversationId"]
    other = call.emulator.accounts["us"].agents[1].id
    body = {"clientEnv": "sandbox", "message": "hi"}
    assert call("sendDebugChatMessage", json=body, agentId=other, conversationId=chat).status_code == 404


def test_chats_do_not_disturb_each_other(call: Caller) -> None:
    one, other = start(call)["conversationId"], start(call)["conversationId"]
    assert one != other
    say(call, one, "bye")
    assert say(call, other, "hello").status_code == 200


@pytest.mark.parametrize("chat", ["my-chat", "a/b ü"])
def test_the_id_can_be_chosen(call: Caller, chat: str) -> None:
    assert start(call, conversationId=chat)["conversationId"] == chat
    assert say(call, chat, "hello").json()["conversationId"] == chat


def test_no_message_is_silence(call: Caller) -> None:
    chat = start(call)["conversationId"]
    answer = say(call, chat).json()
    assert answer["userInput"] == ""
    assert answer["metadata"]["currentNode"] == "listen"


def test_everything_that_the_document_offers_is_taken(call: Caller) -> None:
    answer = start(
        call,
        asrLangCode="de-DE",
        ttsLangCode="ja-JP",
        variantId="VAR-1",
        channel="WEBCHAT",
        integrationAttributes={"a": [1, {"b": None}]},
    )
    assert answer["metadata"]["asrLangCode"] == "de-DE"
    assert answer["metadata"]["ttsLangCode"] == "ja-JP"
    assert say(call, answer["conversationId"], "hi", metadata={"x": 1}, asrLangCode="de-DE").status_code == 200


def test_the_same_chat_is_answered_in_the_same_words_after_a_reset(call: Caller) -> None:
    def talk() -> list[Any]:
        chat = start(call)
        return [chat, *(say(call, chat["conversationId"], text).json() for text in ("what?", "book a table", "bye"))]

    first = talk()
    call.emulator.reset()
    assert talk() == first
