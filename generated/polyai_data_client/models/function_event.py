# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class FunctionEvent(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("id")
        self.id = value if type(value) is str or value is None else self._read("id", value)
        value = get("name")
        self.name = value if type(value) is str or value is None else self._read("name", value)
        value = get("function_id")
        self.function_id = value if type(value) is str or value is None else self._read("function_id", value)
        value = get("function_version")
        self.function_version = value if value is None else self._read("function_version", value)
        value = get("arguments")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["arguments"] = ("arguments", value)
        else:
            self.arguments = value if value is None else self._read("arguments", value)
        value = get("duration")
        self.duration = (
            value
            if type(value) is int or (type(value) is float and value - value == 0) or value is None
            else self._read("duration", value)
        )
        value = get("start_time")
        self.start_time = value if type(value) is str or value is None else self._read("start_time", value)
        value = get("conversation_id")
        self.conversation_id = value if type(value) is str or value is None else self._read("conversation_id", value)
        value = get("turn_id")
        self.turn_id = value if value is None else self._read("turn_id", value)
        value = get("llm_request_id")
        self.llm_request_id = value if value is None else self._read("llm_request_id", value)
        value = get("utterance")
        self.utterance = value if value is None else self._read("utterance", value)
        value = get("hangup")
        self.hangup = value if value is None else self._read("hangup", value)
        value = get("transition")
        self.transition = value if value is None else self._read("transition", value)
        value = get("error")
        self.error = value if value is None else self._read("error", value)
        value = get("logs")
        self.logs = value if value is None else self._read("logs", value)
        value = get("content")
        self.content = value if value is None else self._read("content", value)
        value = get("variant_id_change")
        self.variant_id_change = value if value is None else self._read("variant_id_change", value)
        value = get("handoff")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["handoff"] = ("handoff", value)
        else:
            self.handoff = value if value is None else self._read("handoff", value)
        value = get("state_changes")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["state_changes"] = ("state_changes", value)
        else:
            self.state_changes = value if value is None else self._read("state_changes", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.function_event_arguments import FunctionEventArguments
from ..models.function_event_handoff import FunctionEventHandoff
from ..models.function_event_state_changes import FunctionEventStateChanges

FunctionEvent._properties = {
    "id": ("id", _types.text),
    "name": ("name", _types.text),
    "function_id": ("function_id", _types.text),
    "function_version": ("function_version", _types.anything),
    "arguments": ("arguments", _types.model(FunctionEventArguments)),
    "duration": ("duration", _types.number),
    "start_time": ("start_time", _types.text),
    "conversation_id": ("conversation_id", _types.text),
    "turn_id": ("turn_id", _types.anything),
    "llm_request_id": ("llm_request_id", _types.anything),
    "utterance": ("utterance", _types.anything),
    "hangup": ("hangup", _types.anything),
    "transition": ("transition", _types.anything),
    "error": ("error", _types.anything),
    "logs": ("logs", _types.anything),
    "content": ("content", _types.anything),
    "variant_id_change": ("variant_id_change", _types.anything),
    "handoff": ("handoff", _types.model(FunctionEventHandoff)),
    "state_changes": ("state_changes", _types.model(FunctionEventStateChanges)),
}
