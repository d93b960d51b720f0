# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.annotation_type import AnnotationType, check_annotation_type
from ..models.speaker import Speaker, check_speaker

T = TypeVar("T", bound="Annotation")


@_attrs_define(kw_only=True)
class Annotation:
    """A flag on one turn of a conversation.

    Attributes:
        turn_id (int): Zero-based index of the turn.
        role (Speaker): Who speaks.
        annotation_type (AnnotationType): What is wrong with the turn.
    """

    turn_id: int
    role: Speaker
    annotation_type: AnnotationType
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["turnId"] = self.turn_id
        field_dict["role"] = self.role
        field_dict["annotationType"] = self.annotation_type
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        turn_id = d.pop("turnId")
        role = check_speaker(d.pop("role"))
        annotation_type = check_annotation_type(d.pop("annotationType"))
        made = cls(
            turn_id=turn_id,
            role=role,
            annotation_type=annotation_type,
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
