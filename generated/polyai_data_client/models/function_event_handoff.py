# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class FunctionEventHandoff(_types.Model[Any]):
    """The handoff that the function asked for.

    Attributes:
        type_ (str | None):
        reason (str | None):
    """

    type_: str | None = None
    reason: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("type")
        self.type_ = value if type(value) is str or value is None else self._read("type", value)
        value = get("reason")
        self.reason = value if type(value) is str or value is None else self._read("reason", value)


FunctionEventHandoff._properties = {
    "type": ("type_", _types.text),
    "reason": ("reason", _types.text),
}
