# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""The models of requests and responses. Each is imported when it is first used, as importing all takes long."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .add_annotations import AddAnnotations
    from .annotation import Annotation
    from .annotation_type import AnnotationType
    from .client_environment import ClientEnvironment
    from .conversation_detail_response import ConversationDetailResponse
    from .conversation_detail_response_function_events import ConversationDetailResponseFunctionEvents
    from .conversation_detail_response_metrics import ConversationDetailResponseMetrics
    from .conversation_summary import ConversationSummary
    from .conversation_summary_v3 import ConversationSummaryV3
    from .conversation_summary_v3_metrics import ConversationSummaryV3Metrics
    from .conversation_summary_v3_state import ConversationSummaryV3State
    from .conversation_turn import ConversationTurn
    from .conversation_turn_entities_item import ConversationTurnEntitiesItem
    from .create_debug_chat import CreateDebugChat
    from .create_debug_chat_integration_attributes import CreateDebugChatIntegrationAttributes
    from .debug_chat_metadata import DebugChatMetadata
    from .debug_chat_metadata_llm_requests_item import DebugChatMetadataLlmRequestsItem
    from .debug_chat_metadata_metrics import DebugChatMetadataMetrics
    from .debug_chat_metadata_state import DebugChatMetadataState
    from .debug_chat_response import DebugChatResponse
    from .error import Error
    from .function_event import FunctionEvent
    from .function_event_arguments import FunctionEventArguments
    from .function_event_handoff import FunctionEventHandoff
    from .function_event_state_changes import FunctionEventStateChanges
    from .get_conversations import GetConversations
    from .get_conversations_v3 import GetConversationsV3
    from .metric_value import MetricValue
    from .query_type import QueryType
    from .recording_direction import RecordingDirection
    from .sample_method import SampleMethod
    from .send_debug_chat_message import SendDebugChatMessage
    from .send_debug_chat_message_metadata import SendDebugChatMessageMetadata
    from .short_summary import ShortSummary
    from .speaker import Speaker
    from .turn_latency import TurnLatency
    from .turn_metadata import TurnMetadata
    from .upsert_note import UpsertNote
    from .write_response import WriteResponse
else:
    _MODULES = {
        "AddAnnotations": ".add_annotations",
        "Annotation": ".annotation",
        "AnnotationType": ".annotation_type",
        "ClientEnvironment": ".client_environment",
        "ConversationDetailResponse": ".conversation_detail_response",
        "ConversationDetailResponseFunctionEvents": ".conversation_detail_response_function_events",
        "ConversationDetailResponseMetrics": ".conversation_detail_response_metrics",
        "ConversationSummary": ".conversation_summary",
        "ConversationSummaryV3": ".conversation_summary_v3",
        "ConversationSummaryV3Metrics": ".conversation_summary_v3_metrics",
        "ConversationSummaryV3State": ".conversation_summary_v3_state",
        "ConversationTurn": ".conversation_turn",
        "ConversationTurnEntitiesItem": ".conversation_turn_entities_item",
        "CreateDebugChat": ".create_debug_chat",
        "CreateDebugChatIntegrationAttributes": ".create_debug_chat_integration_attributes",
        "DebugChatMetadata": ".debug_chat_metadata",
        "DebugChatMetadataLlmRequestsItem": ".debug_chat_metadata_llm_requests_item",
        "DebugChatMetadataMetrics": ".debug_chat_metadata_metrics",
        "DebugChatMetadataState": ".debug_chat_metadata_state",
        "DebugChatResponse": ".debug_chat_response",
        "Error": ".error",
        "FunctionEvent": ".function_event",
        "FunctionEventArguments": ".function_event_arguments",
        "FunctionEventHandoff": ".function_event_handoff",
        "FunctionEventStateChanges": ".function_event_state_changes",
        "GetConversations": ".get_conversations",
        "GetConversationsV3": ".get_conversations_v3",
        "MetricValue": ".metric_value",
        "QueryType": ".query_type",
        "RecordingDirection": ".recording_direction",
        "SampleMethod": ".sample_method",
        "SendDebugChatMessage": ".send_debug_chat_message",
        "SendDebugChatMessageMetadata": ".send_debug_chat_message_metadata",
        "ShortSummary": ".short_summary",
        "Speaker": ".speaker",
        "TurnLatency": ".turn_latency",
        "TurnMetadata": ".turn_metadata",
        "UpsertNote": ".upsert_note",
        "WriteResponse": ".write_response",
    }

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
        return value

    def __dir__():
        return [*globals(), *_MODULES]


__all__ = (
    "AddAnnotations",
    "Annotation",
    "AnnotationType",
    "ClientEnvironment",
    "ConversationDetailResponse",
    "ConversationDetailResponseFunctionEvents",
    "ConversationDetailResponseMetrics",
    "ConversationSummary",
    "ConversationSummaryV3",
    "ConversationSummaryV3Metrics",
    "ConversationSummaryV3State",
    "ConversationTurn",
    "ConversationTurnEntitiesItem",
    "CreateDebugChat",
    "CreateDebugChatIntegrationAttributes",
    "DebugChatMetadata",
    "DebugChatMetadataLlmRequestsItem",
    "DebugChatMetadataMetrics",
    "DebugChatMetadataState",
    "DebugChatResponse",
    "Error",
    "FunctionEvent",
    "FunctionEventArguments",
    "FunctionEventHandoff",
    "FunctionEventStateChanges",
    "GetConversations",
    "GetConversationsV3",
    "MetricValue",
    "QueryType",
    "RecordingDirection",
    "SampleMethod",
    "SendDebugChatMessage",
    "SendDebugChatMessageMetadata",
    "ShortSummary",
    "Speaker",
    "TurnLatency",
    "TurnMetadata",
    "UpsertNote",
    "WriteResponse",
)
