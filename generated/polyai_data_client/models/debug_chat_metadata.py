# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True)
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
    agent_response_audio_url: str | None = _attrs_field(default=None, repr=_types.hidden)
    node_trace: list[str] | None = None
    retrieved_topics: list[str] | None = None
    retrieved_sources: list[str] | None = None
    function_events: list[Any] | None = None
    llm_requests: list[DebugChatMetadataLlmRequestsItem] | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=_types.names)


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
