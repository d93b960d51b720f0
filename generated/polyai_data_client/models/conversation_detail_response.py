# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import format_datetime, parse_datetime

T = TypeVar("T", bound="ConversationDetailResponse")


@_attrs_define(kw_only=True)
class ConversationDetailResponse:
    """Public-facing conversation detail (includes turns, metrics, and function events).

    Attributes:
        conversation_id (str): Unique ID for this conversation.
        account_id (str): ID of the customer account this conversation is under.
        project_id (str): ID of the project this conversation is under.
        created_at (datetime.datetime | None):
        started_at (datetime.datetime | None):
        finished_at (datetime.datetime | None):
        channel (str | None): Conversation medium (e.g. `WEBCHAT`, `VOICE-SIP`).
        from_number (str | None): The caller, as a phone number, an e-mail address, a SIP name, or `REDACTED`.
        to_number (str | None): Who was called, as a phone number, an e-mail address or a SIP name.
        language (str | None): Conversation language code.
        variant_id (str | None): Variant ID the conversation ran in.
        client_env (str | None): Client environment (`sandbox`, `pre-release`, or `live`).
        total_duration (int | None): Total call duration in seconds.
        polyai_duration (int | None): PolyAI-handled duration in seconds.
        duration (int | None): Duration in seconds.
        in_progress (bool | None): Whether the conversation is still in progress.
        handoff (bool | None): Whether handoff occurred.
        handoff_destination (str | None): If multiple handoff destinations exist, which one was used.
        handoff_reason (str | None): Brief handoff reason.
        direction (str | None): Call direction (e.g. `inbound`, `outbound`).
        tags (list[str] | None): Tags applied to the conversation.
        poly_score (float | None): PolyScore quality measure.
        short_summary (ShortSummary | str | None): Short summary of the conversation.
        deployment_id (str | None): Deployment ID.
        note (str | None): Free-text note saved on the conversation.
        audio_url (str | None): Path to the recording, relative to the agent's, such as `conversations/CA…/audio`; null
            without a recording.
        turns (list[ConversationTurn] | None): Ordered list of conversation turns.
        metrics (ConversationDetailResponseMetrics | None): The values of each metric, by its name.
        function_events (ConversationDetailResponseFunctionEvents | None): The function calls of each turn, by the
            turn's number as text.
    """

    conversation_id: str
    account_id: str
    project_id: str
    created_at: datetime.datetime | None = None
    started_at: datetime.datetime | None = None
    finished_at: datetime.datetime | None = None
    channel: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    language: str | None = None
    variant_id: str | None = None
    client_env: str | None = None
    total_duration: int | None = None
    polyai_duration: int | None = None
    duration: int | None = None
    in_progress: bool | None = None
    handoff: bool | None = None
    handoff_destination: str | None = None
    handoff_reason: str | None = None
    direction: str | None = None
    tags: list[str] | None = None
    poly_score: float | None = None
    short_summary: ShortSummary | str | None = None
    deployment_id: str | None = None
    note: str | None = None
    audio_url: str | None = None
    turns: list[ConversationTurn] | None = None
    metrics: ConversationDetailResponseMetrics | None = None
    function_events: ConversationDetailResponseFunctionEvents | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["conversationId"] = self.conversation_id
        field_dict["accountId"] = self.account_id
        field_dict["projectId"] = self.project_id
        if self.created_at is not None:
            field_dict["createdAt"] = format_datetime("created_at", self.created_at)
        if self.started_at is not None:
            field_dict["startedAt"] = format_datetime("started_at", self.started_at)
        if self.finished_at is not None:
            field_dict["finishedAt"] = format_datetime("finished_at", self.finished_at)
        if self.channel is not None:
            field_dict["channel"] = self.channel
        if self.from_number is not None:
            field_dict["fromNumber"] = self.from_number
        if self.to_number is not None:
            field_dict["toNumber"] = self.to_number
        if self.language is not None:
            field_dict["language"] = self.language
        if self.variant_id is not None:
            field_dict["variantId"] = self.variant_id
        if self.client_env is not None:
            field_dict["clientEnv"] = self.client_env
        if self.total_duration is not None:
            field_dict["totalDuration"] = self.total_duration
        if self.polyai_duration is not None:
            field_dict["polyaiDuration"] = self.polyai_duration
        if self.duration is not None:
            field_dict["duration"] = self.duration
        if self.in_progress is not None:
            field_dict["inProgress"] = self.in_progress
        if self.handoff is not None:
            field_dict["handoff"] = self.handoff
        if self.handoff_destination is not None:
            field_dict["handoffDestination"] = self.handoff_destination
        if self.handoff_reason is not None:
            field_dict["handoffReason"] = self.handoff_reason
        if self.direction is not None:
            field_dict["direction"] = self.direction
        if self.tags is not None:
            field_dict["tags"] = self.tags
        if self.poly_score is not None:
            field_dict["polyScore"] = self.poly_score
        if self.short_summary is not None:
            if self.short_summary is None:
                field_dict["shortSummary"] = None
            elif isinstance(self.short_summary, ShortSummary):
                field_dict["shortSummary"] = self.short_summary.to_dict()
            else:
                field_dict["shortSummary"] = self.short_summary
        if self.deployment_id is not None:
            field_dict["deploymentId"] = self.deployment_id
        if self.note is not None:
            field_dict["note"] = self.note
        if self.audio_url is not None:
            field_dict["audioUrl"] = self.audio_url
        if self.turns is not None:
            field_dict["turns"] = []
            for turns_item_data in self.turns:
                turns_item = turns_item_data.to_dict()
                field_dict["turns"].append(turns_item)
        if self.metrics is not None:
            field_dict["metrics"] = self.metrics.to_dict()
        if self.function_events is not None:
            field_dict["functionEvents"] = self.function_events.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        conversation_id = d.pop("conversationId")
        account_id = d.pop("accountId")
        project_id = d.pop("projectId")
        created_at = parse_datetime(d.pop("createdAt", None))
        started_at = parse_datetime(d.pop("startedAt", None))
        finished_at = parse_datetime(d.pop("finishedAt", None))
        channel = d.pop("channel", None)
        from_number = d.pop("fromNumber", None)
        to_number = d.pop("toNumber", None)
        language = d.pop("language", None)
        variant_id = d.pop("variantId", None)
        client_env = d.pop("clientEnv", None)
        total_duration = d.pop("totalDuration", None)
        polyai_duration = d.pop("polyaiDuration", None)
        duration = d.pop("duration", None)
        in_progress = d.pop("inProgress", None)
        handoff = d.pop("handoff", None)
        handoff_destination = d.pop("handoffDestination", None)
        handoff_reason = d.pop("handoffReason", None)
        direction = d.pop("direction", None)
        tags = cast(list[str], d.pop("tags", None))
        poly_score = d.pop("polyScore", None)

        def _parse_short_summary(data: object) -> ShortSummary | str | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                short_summary_type_1 = ShortSummary.from_dict(data)

                return short_summary_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ShortSummary | str | None, data)

        short_summary = _parse_short_summary(d.pop("shortSummary", None))
        deployment_id = d.pop("deploymentId", None)
        note = d.pop("note", None)
        audio_url = d.pop("audioUrl", None)
        _turns = d.pop("turns", None)
        turns: list[ConversationTurn] | None = None
        if _turns is not None:
            turns = []
            for turns_item_data in _turns:
                turns_item = ConversationTurn.from_dict(turns_item_data)

                turns.append(turns_item)
        _metrics = d.pop("metrics", None)
        metrics: ConversationDetailResponseMetrics | None
        if _metrics is None:
            metrics = None
        else:
            metrics = ConversationDetailResponseMetrics.from_dict(_metrics)
        _function_events = d.pop("functionEvents", None)
        function_events: ConversationDetailResponseFunctionEvents | None
        if _function_events is None:
            function_events = None
        else:
            function_events = ConversationDetailResponseFunctionEvents.from_dict(_function_events)
        made = cls(
            conversation_id=conversation_id,
            account_id=account_id,
            project_id=project_id,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
            channel=channel,
            from_number=from_number,
            to_number=to_number,
            language=language,
            variant_id=variant_id,
            client_env=client_env,
            total_duration=total_duration,
            polyai_duration=polyai_duration,
            duration=duration,
            in_progress=in_progress,
            handoff=handoff,
            handoff_destination=handoff_destination,
            handoff_reason=handoff_reason,
            direction=direction,
            tags=tags,
            poly_score=poly_score,
            short_summary=short_summary,
            deployment_id=deployment_id,
            note=note,
            audio_url=audio_url,
            turns=turns,
            metrics=metrics,
            function_events=function_events,
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
from ..models.conversation_detail_response_function_events import ConversationDetailResponseFunctionEvents
from ..models.conversation_detail_response_metrics import ConversationDetailResponseMetrics
from ..models.conversation_turn import ConversationTurn
from ..models.short_summary import ShortSummary
