# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class TurnMetadata(_types.Model[Any]):
    """How the agent understood the turn.

    Attributes:
        asr_corrected_user_input (Any | None):
        current_node (Any | None):
        entities (Any | None):
        function_events (Any | None):
        retrieved_topics (Any | None):
        safety (Any | None):
        top_transcripts (Any | None):
    """

    asr_corrected_user_input: Any | None = None
    current_node: Any | None = None
    entities: Any | None = None
    function_events: Any | None = None
    retrieved_topics: Any | None = None
    safety: Any | None = None
    top_transcripts: Any | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("asr_corrected_user_input")
        self.asr_corrected_user_input = value if value is None else self._read("asr_corrected_user_input", value)
        value = get("current_node")
        self.current_node = value if value is None else self._read("current_node", value)
        value = get("entities")
        self.entities = value if value is None else self._read("entities", value)
        value = get("function_events")
        self.function_events = value if value is None else self._read("function_events", value)
        value = get("retrieved_topics")
        self.retrieved_topics = value if value is None else self._read("retrieved_topics", value)
        value = get("safety")
        self.safety = value if value is None else self._read("safety", value)
        value = get("top_transcripts")
        self.top_transcripts = value if value is None else self._read("top_transcripts", value)


TurnMetadata._properties = {
    "asr_corrected_user_input": ("asr_corrected_user_input", _types.anything),
    "current_node": ("current_node", _types.anything),
    "entities": ("entities", _types.anything),
    "function_events": ("function_events", _types.anything),
    "retrieved_topics": ("retrieved_topics", _types.anything),
    "safety": ("safety", _types.anything),
    "top_transcripts": ("top_transcripts", _types.anything),
}
