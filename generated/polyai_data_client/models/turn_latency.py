# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class TurnLatency(_types.Model[Any]):
    """How long the user waited for the agent.

    Attributes:
        perceived_latency (float | None): Seconds.
        label (str | None): How it is rated.
        perceived_latency_percentile_1d (float | None): Its percentile among the turns of a day.
    """

    perceived_latency: float | None = None
    label: str | None = None
    perceived_latency_percentile_1d: float | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("perceived_latency")
        self.perceived_latency = (
            value
            if type(value) is int or (type(value) is float and value - value == 0) or value is None
            else self._read("perceived_latency", value)
        )
        value = get("label")
        self.label = value if type(value) is str or value is None else self._read("label", value)
        value = get("perceived_latency_percentile_1d")
        self.perceived_latency_percentile_1d = (
            value
            if type(value) is int or (type(value) is float and value - value == 0) or value is None
            else self._read("perceived_latency_percentile_1d", value)
        )


TurnLatency._properties = {
    "perceived_latency": ("perceived_latency", _types.number),
    "label": ("label", _types.text),
    "perceived_latency_percentile_1d": ("perceived_latency_percentile_1d", _types.number),
}
