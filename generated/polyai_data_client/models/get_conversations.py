# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="GetConversations")


@_attrs_define(kw_only=True)
class GetConversations:
    """One page of an agent's conversations.

    Attributes:
        conversations (list[ConversationSummary]):
        count (int | None): How many conversations there are in all.
        limit (int | None): The page size that was used.
        offset (int | None): How many conversations were skipped before this page.
    """

    conversations: list[ConversationSummary]
    count: int | None = None
    limit: int | None = None
    offset: int | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["conversations"] = []
        for conversations_item_data in self.conversations:
            conversations_item = conversations_item_data.to_dict()
            field_dict["conversations"].append(conversations_item)
        if self.count is not None:
            field_dict["count"] = self.count
        if self.limit is not None:
            field_dict["limit"] = self.limit
        if self.offset is not None:
            field_dict["offset"] = self.offset
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        conversations = []
        _conversations = d.pop("conversations")
        for conversations_item_data in _conversations:
            conversations_item = ConversationSummary.from_dict(conversations_item_data)

            conversations.append(conversations_item)
        count = d.pop("count", None)
        limit = d.pop("limit", None)
        offset = d.pop("offset", None)
        made = cls(
            conversations=conversations,
            count=count,
            limit=limit,
            offset=offset,
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
from ..models.conversation_summary import ConversationSummary
