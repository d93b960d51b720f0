# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class FunctionEventStateChanges(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("added")
        self.added = value if value is None else self._read("added", value)
        value = get("removed")
        self.removed = value if value is None else self._read("removed", value)
        value = get("updated")
        self.updated = value if value is None else self._read("updated", value)


FunctionEventStateChanges._properties = {
    "added": ("added", _types.anything),
    "removed": ("removed", _types.anything),
    "updated": ("updated", _types.anything),
}
