"""The models of request and response bodies, and the literal types of arguments.

They are generated from the patched documents. An optional property is None when it is absent or null; a property that
the document does not name is in the model's `additional_properties`.
"""

from assemblyai_client.models import RedactedAudio
from polyai_data_client.models import (
    Annotation,
    ConversationDetailResponse,
    ConversationSummary,
    ConversationSummaryV3,
    ConversationTurn,
    DebugChatMetadata,
    DebugChatResponse,
)
from polyai_data_client.models.annotation_type import AnnotationType
from polyai_data_client.models.client_environment import ClientEnvironment
from polyai_data_client.models.query_type import QueryType
from polyai_data_client.models.recording_direction import RecordingDirection
from polyai_data_client.models.sample_method import SampleMethod
from polyai_data_client.models.speaker import Speaker

__all__ = [
    "Annotation",
    "AnnotationType",
    "ClientEnvironment",
    "ConversationDetailResponse",
    "ConversationSummary",
    "ConversationSummaryV3",
    "ConversationTurn",
    "DebugChatMetadata",
    "DebugChatResponse",
    "QueryType",
    "RecordingDirection",
    "RedactedAudio",
    "SampleMethod",
    "Speaker",
]
