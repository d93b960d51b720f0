# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class UpsertNote(_types.Model[Any]):
    """UpsertNote

    Attributes:
        note (str): Free text; it replaces the note that was there.
    """

    note: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("note")
        self.note = value if type(value) is str else self._read("note", value)


UpsertNote._properties = {
    "note": ("note", _types.text),
}
UpsertNote._required = ("note",)
