# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DebugChatResponse")


@_attrs_define(kw_only=True)
class DebugChatResponse:
    """The agent's turn.

    Attributes:
        conversation_id (str): ID of the session.
        user_input (str): What the agent understood of the message.
        response (str): What the agent says.
        conversation_ended (bool): Whether the session has ended; it takes no more messages then.
        delayed_response (bool): Whether the rest of the answer is still to come.
        metadata (DebugChatMetadata | None): How the agent came to its answer.
    """

    conversation_id: str
    user_input: str
    response: str
    conversation_ended: bool
    delayed_response: bool
    metadata: DebugChatMetadata | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["conversationId"] = self.conversation_id
        field_dict["userInput"] = self.user_input
        field_dict["response"] = self.response
        field_dict["conversationEnded"] = self.conversation_ended
        field_dict["delayedResponse"] = self.delayed_response
        if self.metadata is not None:
            field_dict["metadata"] = self.metadata.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        conversation_id = d.pop("conversationId")
        user_input = d.pop("userInput")
        response = d.pop("response")
        conversation_ended = d.pop("conversationEnded")
        delayed_response = d.pop("delayedResponse")
        _metadata = d.pop("metadata", None)
        metadata: DebugChatMetadata | None
        if _metadata is None:
            metadata = None
        else:
            metadata = DebugChatMetadata.from_dict(_metadata)
        made = cls(
            conversation_id=conversation_id,
            user_input=user_input,
            response=response,
            conversation_ended=conversation_ended,
            delayed_response=delayed_response,
            metadata=metadata,
        )
        made.additional_properties = d
        return made

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: object) -> bool:
        return key in self.additional_properties


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.debug_chat_metadata import DebugChatMetadata
