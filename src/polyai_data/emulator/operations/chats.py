"""Debug chats: a scripted agent that knows a few words."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from polyai_data.emulator.http.errors import CHAT_ENDED, NOT_FOUND, Refusal
from polyai_data.emulator.operations.call import Call

_GREETING = ("start", "Hello, this is the emulator's agent. How can I help you?")
_GOODBYE = ("end", "Thank you for the chat. Goodbye!")
_SILENCE = ("listen", "I did not hear anything. Are you still there?")
_HANDOFF = ("handoff", "I will put you through to a colleague.")
_DESTINATION = "support"
_SCRIPT = (
    (r"\b(bye|goodbye)\b", _GOODBYE),
    (r"\b(refund|money)\b", ("refund", "I can start a refund. What is your order number?")),
    (r"\b(book|booking|table)\b", ("booking", "With pleasure. For how many people?")),
    (r"\b(password|login)\b", ("password", "I can send you a link. What is your email address?")),
    (r"\b(human|person|colleague)\b", _HANDOFF),
    (r"\b(open|opening|hours)\b", ("opening-hours", "We are open from nine to six, Monday to Saturday.")),
)
_OTHERWISE = (
    ("clarify", "I see. Could you tell me a little more?"),
    ("collect", "Thank you. I have made a note of that."),
    ("offer", "Understood. Is there anything else that I can do?"),
)


@dataclasses.dataclass(slots=True)
class Chat:
    id: str
    agent_id: str
    messages: int = 0
    ended: bool = False


def create(call: Call) -> dict[str, Any]:
    """Start a session, under the requested id or a new one; a session of the same id is replaced."""
    chat_id = call.body.get("conversationId") or f"AS_CHAT_{call.state.fresh_id('chat')}"
    chat = Chat(chat_id, call.agent.id)
    call.state.database.put("chats", chat.id, dataclasses.asdict(chat))
    call.count_effect(chat.id)
    return _response(call, chat, "", _GREETING)


def send(call: Call) -> dict[str, Any]:
    """Respond to a message; a farewell ends the session."""
    stored = call.state.database.get("chats", call.conversation_id)
    if stored is None or stored["agent_id"] != call.agent.id:
        raise Refusal(404, NOT_FOUND, f"there is no debug chat {call.conversation_id!r}")
    chat = Chat(**stored)
    if chat.ended:
        raise Refusal(410, CHAT_ENDED, f"the debug chat {chat.id} has ended")
    chat.messages += 1
    call.count_effect(chat.id)
    message = call.body.get("message", "")
    step = _step(message, chat.messages)
    chat.ended = step is _GOODBYE
    call.state.database.put("chats", chat.id, dataclasses.asdict(chat))
    return _response(call, chat, message, step)


def _step(message: str, number: int) -> tuple[str, str]:
    if not message.strip():
        return _SILENCE
    for pattern, step in _SCRIPT:
        if re.search(pattern, message.casefold()):
            return step
    return _OTHERWISE[number % len(_OTHERWISE)]


def _response(call: Call, chat: Chat, message: str, step: tuple[str, str]) -> dict[str, Any]:
    return {
        "conversationId": chat.id,
        "userInput": message,
        "response": step[1],
        "metadata": _metadata(call, chat, step),
        "conversationEnded": chat.ended,
        "delayedResponse": False,
    }


def _metadata(call: Call, chat: Chat, step: tuple[str, str]) -> dict[str, Any]:
    """How the agent chose its response; fields that do not apply are left out, as the document allows."""
    node, response = step
    metadata = {
        "currentNode": node,
        "nodeTrace": [_GREETING[0]] if node == _GREETING[0] else [_GREETING[0], node],
        "state": {"messages": chat.messages, "environment": call.body["clientEnv"]},
        "metrics": {"messages": chat.messages},
        "inFlow": "main",
        "inStep": node,
        "retrievedTopics": [],
        "retrievedSources": [],
        "functionEvents": [],
        "llmRequests": [{"node": node, "characters": len(response)}],
        **{name: call.body[name] for name in ("asrLangCode", "ttsLangCode") if name in call.body},
    }
    if any(step is known for _, known in _SCRIPT) and step not in {_GOODBYE, _HANDOFF}:
        metadata |= {"citedTopic": node, "retrievedTopics": [node], "retrievedSources": [f"{node}.md"]}
    if step is _HANDOFF:
        metadata["handoffDestination"] = _DESTINATION
    if "ttsLangCode" in call.body:  # the agent speaks only when the language is given
        metadata["agentResponseAudioUrl"] = f"https://audio.example/{chat.id}/{chat.messages}.wav"
    return metadata
