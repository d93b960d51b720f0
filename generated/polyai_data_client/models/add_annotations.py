# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class AddAnnotations(_types.Model[Any]):
    """AddAnnotations

    Attributes:
        annotations (list[Annotation]):
    """

    annotations: list[Annotation]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("annotations")
        self.annotations = self._read("annotations", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.annotation import Annotation

AddAnnotations._properties = {
    "annotations": ("annotations", _types.items(_types.model(Annotation))),
}
AddAnnotations._required = ("annotations",)
