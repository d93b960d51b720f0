# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="FunctionEvent")


@_attrs_define(kw_only=True)
class FunctionEvent:
    """A function call of the agent.

    Attributes:
        id (str | None):
        name (str | None): Name of the function.
        function_id (str | None):
        function_version (Any | None):
        arguments (FunctionEventArguments | None): What the function was called with.
        duration (float | None): Milliseconds.
        start_time (str | None): When it was called, such as `Wed, 03 Jun 2026 13:18:09 GMT`.
        conversation_id (str | None):
        turn_id (Any | None):
        llm_request_id (Any | None):
        utterance (Any | None):
        hangup (Any | None):
        transition (Any | None):
        error (Any | None):
        logs (Any | None):
        content (Any | None):
        variant_id_change (Any | None):
        handoff (FunctionEventHandoff | None): The handoff that the function asked for.
        state_changes (FunctionEventStateChanges | None): What the function changed in the conversation's state.
    """

    id: str | None = None
    name: str | None = None
    function_id: str | None = None
    function_version: Any | None = None
    arguments: FunctionEventArguments | None = None
    duration: float | None = None
    start_time: str | None = None
    conversation_id: str | None = None
    turn_id: Any | None = None
    llm_request_id: Any | None = None
    utterance: Any | None = None
    hangup: Any | None = None
    transition: Any | None = None
    error: Any | None = None
    logs: Any | None = None
    content: Any | None = None
    variant_id_change: Any | None = None
    handoff: FunctionEventHandoff | None = None
    state_changes: FunctionEventStateChanges | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.id is not None:
            field_dict["id"] = self.id
        if self.name is not None:
            field_dict["name"] = self.name
        if self.function_id is not None:
            field_dict["function_id"] = self.function_id
        if self.function_version is not None:
            field_dict["function_version"] = self.function_version
        if self.arguments is not None:
            field_dict["arguments"] = self.arguments.to_dict()
        if self.duration is not None:
            field_dict["duration"] = self.duration
        if self.start_time is not None:
            field_dict["start_time"] = self.start_time
        if self.conversation_id is not None:
            field_dict["conversation_id"] = self.conversation_id
        if self.turn_id is not None:
            field_dict["turn_id"] = self.turn_id
        if self.llm_request_id is not None:
            field_dict["llm_request_id"] = self.llm_request_id
        if self.utterance is not None:
            field_dict["utterance"] = self.utterance
        if self.hangup is not None:
            field_dict["hangup"] = self.hangup
        if self.transition is not None:
            field_dict["transition"] = self.transition
        if self.error is not None:
            field_dict["error"] = self.error
        if self.logs is not None:
            field_dict["logs"] = self.logs
        if self.content is not None:
            field_dict["content"] = self.content
        if self.variant_id_change is not None:
            field_dict["variant_id_change"] = self.variant_id_change
        if self.handoff is not None:
            field_dict["handoff"] = self.handoff.to_dict()
        if self.state_changes is not None:
            field_dict["state_changes"] = self.state_changes.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        id = d.pop("id", None)
        name = d.pop("name", None)
        function_id = d.pop("function_id", None)
        function_version = d.pop("function_version", None)
        _arguments = d.pop("arguments", None)
        arguments: FunctionEventArguments | None
        if _arguments is None:
            arguments = None
        else:
            arguments = FunctionEventArguments.from_dict(_arguments)
        duration = d.pop("duration", None)
        start_time = d.pop("start_time", None)
        conversation_id = d.pop("conversation_id", None)
        turn_id = d.pop("turn_id", None)
        llm_request_id = d.pop("llm_request_id", None)
        utterance = d.pop("utterance", None)
        hangup = d.pop("hangup", None)
        transition = d.pop("transition", None)
        error = d.pop("error", None)
        logs = d.pop("logs", None)
        content = d.pop("content", None)
        variant_id_change = d.pop("variant_id_change", None)
        _handoff = d.pop("handoff", None)
        handoff: FunctionEventHandoff | None
        if _handoff is None:
            handoff = None
        else:
            handoff = FunctionEventHandoff.from_dict(_handoff)
        _state_changes = d.pop("state_changes", None)
        state_changes: FunctionEventStateChanges | None
        if _state_changes is None:
            state_changes = None
        else:
            state_changes = FunctionEventStateChanges.from_dict(_state_changes)
        made = cls(
            id=id,
            name=name,
            function_id=function_id,
            function_version=function_version,
            arguments=arguments,
            duration=duration,
            start_time=start_time,
            conversation_id=conversation_id,
            turn_id=turn_id,
            llm_request_id=llm_request_id,
            utterance=utterance,
            hangup=hangup,
            transition=transition,
            error=error,
            logs=logs,
            content=content,
            variant_id_change=variant_id_change,
            handoff=handoff,
            state_changes=state_changes,
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


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.function_event_arguments import FunctionEventArguments
from ..models.function_event_handoff import FunctionEventHandoff
from ..models.function_event_state_changes import FunctionEventStateChanges
