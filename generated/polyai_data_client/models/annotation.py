# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.annotation_type import AnnotationType
from ..models.speaker import Speaker


@_attrs_define(kw_only=True, repr=False)
class Annotation(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("turnId")
        self.turn_id = value if type(value) is int else self._read("turnId", value)
        value = get("role")
        self.role = self._read("role", value)
        value = get("annotationType")
        self.annotation_type = self._read("annotationType", value)


Annotation._properties = {
    "turnId": ("turn_id", _types.integer),
    "role": ("role", _types.one_of(Speaker)),
    "annotationType": ("annotation_type", _types.one_of(AnnotationType)),
}
Annotation._required = (
    "turnId",
    "role",
    "annotationType",
)
