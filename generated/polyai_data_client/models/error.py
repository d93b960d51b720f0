# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class Error(_types.Model[Any]):
    """Why a request was refused. Two shapes are in use; the shorter one has `error_message` alone.

    Attributes:
        error_message (str | None): Reason for error.
        success (bool | None): Always false.
        error (str | None): Name of the error.
        error_id (str | None): The correlation id of the response.
        error_code (str | None): Machine-readable code.
        data (None | None): Always null.
    """

    error_message: str | None = None
    success: bool | None = None
    error: str | None = None
    error_id: str | None = None
    error_code: str | None = None
    data: None | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("error_message")
        self.error_message = value if type(value) is str or value is None else self._read("error_message", value)
        value = get("success")
        self.success = value if type(value) is bool or value is None else self._read("success", value)
        value = get("error")
        self.error = value if type(value) is str or value is None else self._read("error", value)
        value = get("error_id")
        self.error_id = value if type(value) is str or value is None else self._read("error_id", value)
        value = get("error_code")
        self.error_code = value if type(value) is str or value is None else self._read("error_code", value)
        value = get("data")
        self.data = value if value is None else self._read("data", value)


Error._properties = {
    "error_message": ("error_message", _types.text),
    "success": ("success", _types.boolean),
    "error": ("error", _types.text),
    "error_id": ("error_id", _types.text),
    "error_code": ("error_code", _types.text),
    "data": ("data", _types.null),
}
