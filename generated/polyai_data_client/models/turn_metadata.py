# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TurnMetadata")


@_attrs_define(kw_only=True)
class TurnMetadata:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.asr_corrected_user_input is not None:
            field_dict["asr_corrected_user_input"] = self.asr_corrected_user_input
        if self.current_node is not None:
            field_dict["current_node"] = self.current_node
        if self.entities is not None:
            field_dict["entities"] = self.entities
        if self.function_events is not None:
            field_dict["function_events"] = self.function_events
        if self.retrieved_topics is not None:
            field_dict["retrieved_topics"] = self.retrieved_topics
        if self.safety is not None:
            field_dict["safety"] = self.safety
        if self.top_transcripts is not None:
            field_dict["top_transcripts"] = self.top_transcripts
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        asr_corrected_user_input = d.pop("asr_corrected_user_input", None)
        current_node = d.pop("current_node", None)
        entities = d.pop("entities", None)
        function_events = d.pop("function_events", None)
        retrieved_topics = d.pop("retrieved_topics", None)
        safety = d.pop("safety", None)
        top_transcripts = d.pop("top_transcripts", None)
        made = cls(
            asr_corrected_user_input=asr_corrected_user_input,
            current_node=current_node,
            entities=entities,
            function_events=function_events,
            retrieved_topics=retrieved_topics,
            safety=safety,
            top_transcripts=top_transcripts,
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
