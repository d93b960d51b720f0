# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class CreateDebugChatIntegrationAttributes(_types.FreeMap[Any]):
    """Attributes that an integration would hand to the agent."""

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
