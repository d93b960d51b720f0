# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Error")


@_attrs_define(kw_only=True)
class Error:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.error_message is not None:
            field_dict["error_message"] = self.error_message
        if self.success is not None:
            field_dict["success"] = self.success
        if self.error is not None:
            field_dict["error"] = self.error
        if self.error_id is not None:
            field_dict["error_id"] = self.error_id
        if self.error_code is not None:
            field_dict["error_code"] = self.error_code
        if self.data is not None:
            field_dict["data"] = self.data
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        error_message = d.pop("error_message", None)
        success = d.pop("success", None)
        error = d.pop("error", None)
        error_id = d.pop("error_id", None)
        error_code = d.pop("error_code", None)
        data = d.pop("data", None)
        made = cls(
            error_message=error_message,
            success=success,
            error=error,
            error_id=error_id,
            error_code=error_code,
            data=data,
        )
        made.additional_properties = d
        return made

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: object) -> bool:
        return key in self.additional_properties
