# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationTurnEntitiesItem(_types.FreeMap["list[str] | str"]):
    """Mapping entity name -> value(s)"""

    additional_properties: dict[str, list[str] | str] = _attrs_field(init=False, factory=dict)


ConversationTurnEntitiesItem._extra = _types.any_of(
    _types.text,
    _types.items(_types.text),
)
