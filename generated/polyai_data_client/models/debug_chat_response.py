# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class DebugChatResponse(_types.Model[Any]):
    """The agent's turn.

    Attributes:
        conversation_id (str): ID of the session.
        user_input (str | None): What the agent understood of the message.
        response (str | None): What the agent says.
        metadata (DebugChatMetadata | None): How the agent came to its answer.
        conversation_ended (bool | None): Whether the session has ended; it takes no more messages then.
        delayed_response (bool | None): Whether the rest of the answer is still to come.
    """

    conversation_id: str
    user_input: str | None = None
    response: str | None = None
    metadata: DebugChatMetadata | None = None
    conversation_ended: bool | None = None
    delayed_response: bool | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("conversationId")
        self.conversation_id = self._read("conversationId", value)
        value = get("userInput")
        self.user_input = value if type(value) is str or value is None else self._read("userInput", value)
        value = get("response")
        self.response = value if type(value) is str or value is None else self._read("response", value)
        value = get("metadata")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["metadata"] = ("metadata", value)
        else:
            self.metadata = value if value is None else self._read("metadata", value)
        value = get("conversationEnded")
        self.conversation_ended = (
            value if type(value) is bool or value is None else self._read("conversationEnded", value)
        )
        value = get("delayedResponse")
        self.delayed_response = value if type(value) is bool or value is None else self._read("delayedResponse", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.debug_chat_metadata import DebugChatMetadata

DebugChatResponse._properties = {
    "conversationId": ("conversation_id", _types.identity),
    "userInput": ("user_input", _types.text),
    "response": ("response", _types.text),
    "metadata": ("metadata", _types.model(DebugChatMetadata)),
    "conversationEnded": ("conversation_ended", _types.boolean),
    "delayedResponse": ("delayed_response", _types.boolean),
}
DebugChatResponse._required = ("conversationId",)
