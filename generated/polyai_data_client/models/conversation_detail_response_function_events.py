# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationDetailResponseFunctionEvents(_types.FreeMap["list[FunctionEvent]"]):
    """The function calls of each turn, by the turn's number as text."""

    additional_properties: dict[str, list[FunctionEvent]] = _attrs_field(init=False, factory=dict)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.function_event import FunctionEvent

ConversationDetailResponseFunctionEvents._extra = _types.items(_types.model(FunctionEvent))
