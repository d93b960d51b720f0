# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class Error(_types.Model[Any]):
    """Why a request failed; other members may stand beside the reason.

    Attributes:
        error (str | None): The reason in words.
    """

    error: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("error")
        self.error = value if type(value) is str or value is None else self._read("error", value)


Error._properties = {
    "error": ("error", _types.text),
}
