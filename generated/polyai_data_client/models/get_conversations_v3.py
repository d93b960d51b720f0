# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class GetConversationsV3(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("conversations")
        self.conversations = self._read("conversations", value)
        value = get("next_offset")
        self.next_offset = value if type(value) is int or value is None else self._read("next_offset", value)
        value = get("cursor")
        self.cursor = value if type(value) is str or value is None else self._read("cursor", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.conversation_summary_v3 import ConversationSummaryV3

GetConversationsV3._properties = {
    "conversations": ("conversations", _types.items(_types.model(ConversationSummaryV3))),
    "next_offset": ("next_offset", _types.integer),
    "cursor": ("cursor", _types.text),
}
GetConversationsV3._required = ("conversations",)
