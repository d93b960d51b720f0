# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class MetricValue(_types.Model[Any]):
    """A value of a metric.

    Attributes:
        value (str | None): The value, numbers as text too.
        timestamp (str | None): When it was recorded, usually a time without an offset.
    """

    value: str | None = None
    timestamp: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("value")
        self.value = value if type(value) is str or value is None else self._read("value", value)
        value = get("timestamp")
        self.timestamp = value if type(value) is str or value is None else self._read("timestamp", value)


MetricValue._properties = {
    "value": ("value", _types.text),
    "timestamp": ("timestamp", _types.text),
}
