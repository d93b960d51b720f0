# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DebugChatMetadata")


@_attrs_define(kw_only=True)
class DebugChatMetadata:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.state is not None:
            field_dict["state"] = self.state.to_dict()
        if self.metrics is not None:
            field_dict["metrics"] = self.metrics.to_dict()
        if self.current_node is not None:
            field_dict["currentNode"] = self.current_node
        if self.handoff_destination is not None:
            field_dict["handoffDestination"] = self.handoff_destination
        if self.cited_topic is not None:
            field_dict["citedTopic"] = self.cited_topic
        if self.in_flow is not None:
            field_dict["inFlow"] = self.in_flow
        if self.in_step is not None:
            field_dict["inStep"] = self.in_step
        if self.asr_lang_code is not None:
            field_dict["asrLangCode"] = self.asr_lang_code
        if self.tts_lang_code is not None:
            field_dict["ttsLangCode"] = self.tts_lang_code
        if self.agent_response_audio_url is not None:
            field_dict["agentResponseAudioUrl"] = self.agent_response_audio_url
        if self.node_trace is not None:
            field_dict["nodeTrace"] = self.node_trace
        if self.retrieved_topics is not None:
            field_dict["retrievedTopics"] = self.retrieved_topics
        if self.retrieved_sources is not None:
            field_dict["retrievedSources"] = self.retrieved_sources
        if self.function_events is not None:
            field_dict["functionEvents"] = self.function_events
        if self.llm_requests is not None:
            field_dict["llmRequests"] = []
            for llm_requests_item_data in self.llm_requests:
                llm_requests_item = llm_requests_item_data.to_dict()
                field_dict["llmRequests"].append(llm_requests_item)
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        _state = d.pop("state", None)
        state: DebugChatMetadataState | None
        if _state is None:
            state = None
        else:
            state = DebugChatMetadataState.from_dict(_state)
        _metrics = d.pop("metrics", None)
        metrics: DebugChatMetadataMetrics | None
        if _metrics is None:
            metrics = None
        else:
            metrics = DebugChatMetadataMetrics.from_dict(_metrics)
        current_node = d.pop("currentNode", None)
        handoff_destination = d.pop("handoffDestination", None)
        cited_topic = d.pop("citedTopic", None)
        in_flow = d.pop("inFlow", None)
        in_step = d.pop("inStep", None)
        asr_lang_code = d.pop("asrLangCode", None)
        tts_lang_code = d.pop("ttsLangCode", None)
        agent_response_audio_url = d.pop("agentResponseAudioUrl", None)
        node_trace = cast(list[str], d.pop("nodeTrace", None))
        retrieved_topics = cast(list[str], d.pop("retrievedTopics", None))
        retrieved_sources = cast(list[str], d.pop("retrievedSources", None))
        function_events = cast(list[Any], d.pop("functionEvents", None))
        _llm_requests = d.pop("llmRequests", None)
        llm_requests: list[DebugChatMetadataLlmRequestsItem] | None = None
        if _llm_requests is not None:
            llm_requests = []
            for llm_requests_item_data in _llm_requests:
                llm_requests_item = DebugChatMetadataLlmRequestsItem.from_dict(llm_requests_item_data)

                llm_requests.append(llm_requests_item)
        made = cls(
            state=state,
            metrics=metrics,
            current_node=current_node,
            handoff_destination=handoff_destination,
            cited_topic=cited_topic,
            in_flow=in_flow,
            in_step=in_step,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            agent_response_audio_url=agent_response_audio_url,
            node_trace=node_trace,
            retrieved_topics=retrieved_topics,
            retrieved_sources=retrieved_sources,
            function_events=function_events,
            llm_requests=llm_requests,
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
from ..models.debug_chat_metadata_llm_requests_item import DebugChatMetadataLlmRequestsItem
from ..models.debug_chat_metadata_metrics import DebugChatMetadataMetrics
from ..models.debug_chat_metadata_state import DebugChatMetadataState
