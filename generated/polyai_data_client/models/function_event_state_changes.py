# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="FunctionEventStateChanges")


@_attrs_define(kw_only=True)
class FunctionEventStateChanges:
    """What the function changed in the conversation's state.

    Attributes:
        added (Any | None):
        removed (Any | None):
        updated (Any | None):
    """

    added: Any | None = None
    removed: Any | None = None
    updated: Any | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.added is not None:
            field_dict["added"] = self.added
        if self.removed is not None:
            field_dict["removed"] = self.removed
        if self.updated is not None:
            field_dict["updated"] = self.updated
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        added = d.pop("added", None)
        removed = d.pop("removed", None)
        updated = d.pop("updated", None)
        made = cls(
            added=added,
            removed=removed,
            updated=updated,
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
