# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class GetConversations(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("conversations")
        self.conversations = self._read("conversations", value)
        value = get("count")
        self.count = value if type(value) is int or value is None else self._read("count", value)
        value = get("limit")
        self.limit = value if type(value) is int or value is None else self._read("limit", value)
        value = get("offset")
        self.offset = value if type(value) is int or value is None else self._read("offset", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.conversation_summary import ConversationSummary

GetConversations._properties = {
    "conversations": ("conversations", _types.items(_types.model(ConversationSummary))),
    "count": ("count", _types.integer),
    "limit": ("limit", _types.integer),
    "offset": ("offset", _types.integer),
}
GetConversations._required = ("conversations",)
