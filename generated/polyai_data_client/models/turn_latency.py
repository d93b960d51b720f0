# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TurnLatency")


@_attrs_define(kw_only=True)
class TurnLatency:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.perceived_latency is not None:
            field_dict["perceived_latency"] = self.perceived_latency
        if self.label is not None:
            field_dict["label"] = self.label
        if self.perceived_latency_percentile_1d is not None:
            field_dict["perceived_latency_percentile_1d"] = self.perceived_latency_percentile_1d
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        perceived_latency = d.pop("perceived_latency", None)
        label = d.pop("label", None)
        perceived_latency_percentile_1d = d.pop("perceived_latency_percentile_1d", None)
        made = cls(
            perceived_latency=perceived_latency,
            label=label,
            perceived_latency_percentile_1d=perceived_latency_percentile_1d,
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
