# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ShortSummary(_types.Model[Any]):
    """Summary of a conversation in two parts.

    Attributes:
        heading (str | None):
        content (str | None):
    """

    heading: str | None = None
    content: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("heading")
        self.heading = value if type(value) is str or value is None else self._read("heading", value)
        value = get("content")
        self.content = value if type(value) is str or value is None else self._read("content", value)


ShortSummary._properties = {
    "heading": ("heading", _types.text),
    "content": ("content", _types.text),
}
