# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ConversationDetailResponseFunctionEvents")


@_attrs_define(kw_only=True)
class ConversationDetailResponseFunctionEvents(Mapping[str, "list[FunctionEvent]"]):
    """The function calls of each turn, by the turn's number as text."""

    additional_properties: dict[str, list[FunctionEvent]] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = {}
        for name, value in self.additional_properties.items():
            field_dict[name] = []
            for additional_property_item_data in value:
                additional_property_item = additional_property_item_data.to_dict()
                field_dict[name].append(additional_property_item)
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        made = cls()
        for prop_name, prop_value in d.items():
            additional_property = []
            _additional_property = prop_value
            for additional_property_item_data in _additional_property:
                additional_property_item = FunctionEvent.from_dict(additional_property_item_data)

                additional_property.append(additional_property_item)
            made.additional_properties[prop_name] = additional_property
        return made

    def __getitem__(self, key: str) -> list[FunctionEvent]:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: list[FunctionEvent]) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: object) -> bool:
        return key in self.additional_properties

    def __iter__(self) -> Iterator[str]:
        return iter(self.additional_properties)

    def __len__(self) -> int:
        return len(self.additional_properties)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.function_event import FunctionEvent
