"""The models of request and response bodies, and the literal types of arguments.

They are generated from the patched documents; conversations and turns have the properties of `polyai_data.views` as
well. An optional property is None when it is absent or null, and when it is not what the document says: `unread` names
it then. A property that the document does not name is in the model's `additional_properties`.
"""

from typing import ClassVar

from assemblyai_client.models import RedactedAudio
from polyai_data import views
from polyai_data.views import ConversationView
from polyai_data_client import models as generated
from polyai_data_client import types
from polyai_data_client.models import (
    Annotation,
    DebugChatMetadata,
    DebugChatResponse,
    FunctionEvent,
    MetricValue,
    ShortSummary,
    TurnLatency,
)
from polyai_data_client.models.annotation_type import AnnotationType
from polyai_data_client.models.client_environment import ClientEnvironment
from polyai_data_client.models.query_type import QueryType
from polyai_data_client.models.recording_direction import RecordingDirection
from polyai_data_client.models.sample_method import SampleMethod
from polyai_data_client.models.speaker import Speaker
from polyai_data_client.types import Unread

__all__ = [
    "Annotation",
    "AnnotationType",
    "ClientEnvironment",
    "ConversationDetailResponse",
    "ConversationSummary",
    "ConversationSummaryV3",
    "ConversationTurn",
    "ConversationView",
    "DebugChatMetadata",
    "DebugChatResponse",
    "FunctionEvent",
    "MetricValue",
    "QueryType",
    "RecordingDirection",
    "RedactedAudio",
    "SampleMethod",
    "ShortSummary",
    "Speaker",
    "TurnLatency",
    "Unread",
]


class ConversationTurn(views.TurnView, generated.ConversationTurn):
    __doc__ = generated.ConversationTurn.__doc__
    __slots__ = ()


_TURNS = ("turns", types.items(types.model(ConversationTurn)))


class ConversationSummary(views.AgentsView, generated.ConversationSummary):
    __doc__ = generated.ConversationSummary.__doc__
    __slots__ = ()


class ConversationDetailResponse(views.AgentsView, generated.ConversationDetailResponse):
    __doc__ = generated.ConversationDetailResponse.__doc__
    __slots__ = ()
    turns: list[ConversationTurn] | None  # type: ignore[assignment]
    _properties: ClassVar = {**generated.ConversationDetailResponse._properties, "turns": _TURNS}


class ConversationSummaryV3(views.PlatformView, generated.ConversationSummaryV3):
    __doc__ = generated.ConversationSummaryV3.__doc__
    __slots__ = ()
    turns: list[ConversationTurn] | None  # type: ignore[assignment]
    _properties: ClassVar = {**generated.ConversationSummaryV3._properties, "turns": _TURNS}
