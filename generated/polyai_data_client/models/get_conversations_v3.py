# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="GetConversationsV3")


@_attrs_define(kw_only=True)
class GetConversationsV3:
    """One page of a project's conversations.

    Attributes:
        conversations (list[ConversationSummaryV3]):
        next_offset (int | None): The offset of the next page; present only while more conversations follow.
        cursor (str | None): Where the next page begins; null when no more conversations follow.
    """

    conversations: list[ConversationSummaryV3]
    next_offset: int | None = None
    cursor: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["conversations"] = []
        for conversations_item_data in self.conversations:
            conversations_item = conversations_item_data.to_dict()
            field_dict["conversations"].append(conversations_item)
        if self.next_offset is not None:
            field_dict["next_offset"] = self.next_offset
        if self.cursor is not None:
            field_dict["cursor"] = self.cursor
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        conversations = []
        _conversations = d.pop("conversations")
        for conversations_item_data in _conversations:
            conversations_item = ConversationSummaryV3.from_dict(conversations_item_data)

            conversations.append(conversations_item)
        next_offset = d.pop("next_offset", None)
        cursor = d.pop("cursor", None)
        made = cls(
            conversations=conversations,
            next_offset=next_offset,
            cursor=cursor,
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
from ..models.conversation_summary_v3 import ConversationSummaryV3
