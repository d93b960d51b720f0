# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class WriteResponse(_types.Model[Any]):
    """What became of the write.

    Attributes:
        success (bool | None): False where the write was refused after all.
    """

    success: bool | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("success")
        self.success = value if type(value) is bool or value is None else self._read("success", value)


WriteResponse._properties = {
    "success": ("success", _types.boolean),
}
