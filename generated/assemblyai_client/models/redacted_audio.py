# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class RedactedAudio(_types.Model[Any]):
    """Where a redacted recording is.

    Attributes:
        status (str | None): The state of the redacted recording; one value is published.
        redacted_audio_url (str | None): A signed link to the redacted recording, on another host than the API's.
    """

    status: str | None = None
    redacted_audio_url: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("status")
        self.status = value if type(value) is str or value is None else self._read("status", value)
        value = get("redacted_audio_url")
        self.redacted_audio_url = (
            value if type(value) is str or value is None else self._read("redacted_audio_url", value)
        )


RedactedAudio._properties = {
    "status": ("status", _types.text),
    "redacted_audio_url": ("redacted_audio_url", _types.text),
}
