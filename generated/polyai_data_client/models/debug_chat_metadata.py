# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class DebugChatMetadata(_types.Model[Any]):
    """How the agent came to its answer.

    Attributes:
        state (DebugChatMetadataState | None):
        metrics (DebugChatMetadataMetrics | None):
        current_node (str | None):
        handoff_destination (str | None):
        cited_topic (str | None):
        in_flow (str | None):
        in_step (str | None):
        asr_lang_code (str | None):
        tts_lang_code (str | None):
        agent_response_audio_url (str | None):
        node_trace (list[str] | None):
        retrieved_topics (list[str] | None):
        retrieved_sources (list[str] | None):
        function_events (list[Any] | None):
        llm_requests (list[DebugChatMetadataLlmRequestsItem] | None):
    """

    state: DebugChatMetadataState | None = None
    metrics: DebugChatMetadataMetrics | None = None
    current_node: str | None = None
    handoff_destination: str | None = None
    cited_topic: str | None = None
    in_flow: str | None = None
    in_step: str | None = None
    asr_lang_code: str | None = None
    tts_lang_code: str | None = None
    agent_response_audio_url: str | None = None
    node_trace: list[str] | None = None
    retrieved_topics: list[str] | None = None
    retrieved_sources: list[str] | None = None
    function_events: list[Any] | None = None
    llm_requests: list[DebugChatMetadataLlmRequestsItem] | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("state")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["state"] = ("state", value)
        else:
            self.state = value if value is None else self._read("state", value)
        value = get("metrics")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["metrics"] = ("metrics", value)
        else:
            self.metrics = value if value is None else self._read("metrics", value)
        value = get("currentNode")
        self.current_node = value if type(value) is str or value is None else self._read("currentNode", value)
        value = get("handoffDestination")
        self.handoff_destination = (
            value if type(value) is str or value is None else self._read("handoffDestination", value)
        )
        value = get("citedTopic")
        self.cited_topic = value if type(value) is str or value is None else self._read("citedTopic", value)
        value = get("inFlow")
        self.in_flow = value if type(value) is str or value is None else self._read("inFlow", value)
        value = get("inStep")
        self.in_step = value if type(value) is str or value is None else self._read("inStep", value)
        value = get("asrLangCode")
        self.asr_lang_code = value if type(value) is str or value is None else self._read("asrLangCode", value)
        value = get("ttsLangCode")
        self.tts_lang_code = value if type(value) is str or value is None else self._read("ttsLangCode", value)
        value = get("agentResponseAudioUrl")
        self.agent_response_audio_url = (
            value if type(value) is str or value is None else self._read("agentResponseAudioUrl", value)
        )
        value = get("nodeTrace")
        self.node_trace = value if value is None else self._read("nodeTrace", value)
        value = get("retrievedTopics")
        self.retrieved_topics = value if value is None else self._read("retrievedTopics", value)
        value = get("retrievedSources")
        self.retrieved_sources = value if value is None else self._read("retrievedSources", value)
        value = get("functionEvents")
        self.function_events = value if value is None else self._read("functionEvents", value)
        value = get("llmRequests")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["llm_requests"] = ("llmRequests", value)
        else:
            self.llm_requests = value if value is None else self._read("llmRequests", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.debug_chat_metadata_llm_requests_item import DebugChatMetadataLlmRequestsItem
from ..models.debug_chat_metadata_metrics import DebugChatMetadataMetrics
from ..models.debug_chat_metadata_state import DebugChatMetadataState

DebugChatMetadata._properties = {
    "state": ("state", _types.model(DebugChatMetadataState)),
    "metrics": ("metrics", _types.model(DebugChatMetadataMetrics)),
    "currentNode": ("current_node", _types.text),
    "handoffDestination": ("handoff_destination", _types.text),
    "citedTopic": ("cited_topic", _types.text),
    "inFlow": ("in_flow", _types.text),
    "inStep": ("in_step", _types.text),
    "asrLangCode": ("asr_lang_code", _types.text),
    "ttsLangCode": ("tts_lang_code", _types.text),
    "agentResponseAudioUrl": ("agent_response_audio_url", _types.text),
    "nodeTrace": ("node_trace", _types.items(_types.text)),
    "retrievedTopics": ("retrieved_topics", _types.items(_types.text)),
    "retrievedSources": ("retrieved_sources", _types.items(_types.text)),
    "functionEvents": ("function_events", _types.items(_types.anything)),
    "llmRequests": ("llm_requests", _types.items(_types.model(DebugChatMetadataLlmRequestsItem))),
}
