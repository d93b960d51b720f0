"""The words of debug chats. When they start, end and are refused is proved by the conformance rules `chats.*`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.support import Caller


def start(call: Caller, **body: Any) -> dict[str, Any]:
    response = call("createDebugChat", json={"clientEnv": "sandbox", **body})
    assert response.status_code == 201
    greeting: dict[str, Any] = response.json()
    return greeting


def say(call: Caller, chat: str, message: str, **body: Any) -> dict[str, Any]:
    sent = {"clientEnv": "sandbox", "message": message, **body}
    reply: dict[str, Any] = call("sendDebugChatMessage", json=sent, conversationId=chat).json()
    return reply


def test_the_agent_knows_a_few_words(call: Caller) -> None:
    chat = start(call)["conversationId"]
    for message, node in (
        ("I want a REFUND, bitte schön", "refund"),
        (" ", "listen"),
        ("a human please", "handoff"),
        ("Something else", "collect"),
        ("OK, bye!", "end"),
    ):
        reply = say(call, chat, message)
        metadata = reply["metadata"]
        assert (reply["userInput"], metadata["currentNode"]) == (message, node)
        assert reply["conversationEnded"] == (node == "end")
        assert metadata.get("citedTopic") == ("refund" if node == "refund" else None)
        assert metadata.get("handoffDestination") == ("support" if node == "handoff" else None)


@pytest.mark.parametrize("chat", ["my-chat", "a/b ü"])
def test_the_id_can_be_chosen_again_and_again(call: Caller, chat: str) -> None:
    for _ in range(2):
        assert start(call, conversationId=chat)["conversationId"] == chat
        assert say(call, chat, "bye")["conversationId"] == chat


def test_the_languages_are_repeated_and_the_agent_speaks(call: Caller) -> None:
    metadata = start(call, asrLangCode="de-DE", ttsLangCode="ja-JP")["metadata"]
    assert (metadata["asrLangCode"], metadata["ttsLangCode"]) == ("de-DE", "ja-JP")
    assert metadata["agentResponseAudioUrl"].endswith(".wav")
    assert "agentResponseAudioUrl" not in start(call, asrLangCode="de-DE")["metadata"]
