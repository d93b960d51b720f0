# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationDetailResponseMetrics(_types.FreeMap["list[MetricValue]"]):
    """The values of each metric, by its name."""

    additional_properties: dict[str, list[MetricValue]] = _attrs_field(init=False, factory=dict)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.metric_value import MetricValue

ConversationDetailResponseMetrics._extra = _types.items(_types.model(MetricValue))
