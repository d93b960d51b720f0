# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True)
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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=_types.names)


Error._properties = {
    "error_message": ("error_message", _types.text),
    "success": ("success", _types.boolean),
    "error": ("error", _types.text),
    "error_id": ("error_id", _types.text),
    "error_code": ("error_code", _types.text),
    "data": ("data", _types.null),
}
