# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import format_datetime, parse_datetime

T = TypeVar("T", bound="ConversationSummaryV3")


@_attrs_define(kw_only=True)
class ConversationSummaryV3:
    """A conversation as the v3 listing shows it.

    Attributes:
        id (str): Unique conversation ID.
        account_id (str): ID of the account.
        project_id (str): ID of the project, which is the agent ID.
        environment (str): Client environment (`sandbox`, `pre-release` or `live`).
        channel (str): Conversation medium (e.g. `WEBCHAT`, `VOICE-SIP`).
        in_progress (bool): Whether the conversation is still in progress.
        started_at (datetime.datetime | None): When the conversation started.
        variant_id (str | None): ID of the variant that answered.
        variant_name (str | None): Name of the variant that answered.
        from_number (str | None): Caller phone number.
        to_number (str | None): Agent phone number.
        handoff (bool | None): Whether the call was handed off.
        handoff_reason (str | None): Why the call was handed off.
        handoff_destination (str | None): Where the call was handed off to.
        num_turns (int | None): How many turns the conversation has, also when the project hides its transcripts.
        total_duration (int | None): Call duration in seconds.
        polyai_duration (int | None): Seconds that the agent handled.
        num_silences (int | None): How many turns were silent.
        num_ood (int | None): How many turns were out of domain.
        note (str | None): The note on the conversation; only one revision of the vendor's document has it.
        metrics (ConversationSummaryV3Metrics | None): Metric name to one value, or to a list of at least two.
        state (ConversationSummaryV3State | None): Conversation state that the project exposes.
        turns (list[ConversationTurn] | None): The turns in their order; empty when the project hides transcripts.
    """

    id: str
    account_id: str
    project_id: str
    environment: str
    channel: str
    in_progress: bool
    started_at: datetime.datetime | None = None
    variant_id: str | None = None
    variant_name: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    handoff: bool | None = None
    handoff_reason: str | None = None
    handoff_destination: str | None = None
    num_turns: int | None = None
    total_duration: int | None = None
    polyai_duration: int | None = None
    num_silences: int | None = None
    num_ood: int | None = None
    note: str | None = None
    metrics: ConversationSummaryV3Metrics | None = None
    state: ConversationSummaryV3State | None = None
    turns: list[ConversationTurn] | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["id"] = self.id
        field_dict["account_id"] = self.account_id
        field_dict["project_id"] = self.project_id
        field_dict["environment"] = self.environment
        field_dict["channel"] = self.channel
        field_dict["in_progress"] = self.in_progress
        if self.started_at is not None:
            field_dict["started_at"] = format_datetime("started_at", self.started_at)
        if self.variant_id is not None:
            field_dict["variant_id"] = self.variant_id
        if self.variant_name is not None:
            field_dict["variant_name"] = self.variant_name
        if self.from_number is not None:
            field_dict["from_number"] = self.from_number
        if self.to_number is not None:
            field_dict["to_number"] = self.to_number
        if self.handoff is not None:
            field_dict["handoff"] = self.handoff
        if self.handoff_reason is not None:
            field_dict["handoff_reason"] = self.handoff_reason
        if self.handoff_destination is not None:
            field_dict["handoff_destination"] = self.handoff_destination
        if self.num_turns is not None:
            field_dict["num_turns"] = self.num_turns
        if self.total_duration is not None:
            field_dict["total_duration"] = self.total_duration
        if self.polyai_duration is not None:
            field_dict["polyai_duration"] = self.polyai_duration
        if self.num_silences is not None:
            field_dict["num_silences"] = self.num_silences
        if self.num_ood is not None:
            field_dict["num_ood"] = self.num_ood
        if self.note is not None:
            field_dict["note"] = self.note
        if self.metrics is not None:
            field_dict["metrics"] = self.metrics.to_dict()
        if self.state is not None:
            field_dict["state"] = self.state.to_dict()
        if self.turns is not None:
            field_dict["turns"] = []
            for turns_item_data in self.turns:
                turns_item = turns_item_data.to_dict()
                field_dict["turns"].append(turns_item)
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        id = d.pop("id")
        account_id = d.pop("account_id")
        project_id = d.pop("project_id")
        environment = d.pop("environment")
        channel = d.pop("channel")
        in_progress = d.pop("in_progress")
        started_at = parse_datetime(d.pop("started_at", None))
        variant_id = d.pop("variant_id", None)
        variant_name = d.pop("variant_name", None)
        from_number = d.pop("from_number", None)
        to_number = d.pop("to_number", None)
        handoff = d.pop("handoff", None)
        handoff_reason = d.pop("handoff_reason", None)
        handoff_destination = d.pop("handoff_destination", None)
        num_turns = d.pop("num_turns", None)
        total_duration = d.pop("total_duration", None)
        polyai_duration = d.pop("polyai_duration", None)
        num_silences = d.pop("num_silences", None)
        num_ood = d.pop("num_ood", None)
        note = d.pop("note", None)
        _metrics = d.pop("metrics", None)
        metrics: ConversationSummaryV3Metrics | None
        if _metrics is None:
            metrics = None
        else:
            metrics = ConversationSummaryV3Metrics.from_dict(_metrics)
        _state = d.pop("state", None)
        state: ConversationSummaryV3State | None
        if _state is None:
            state = None
        else:
            state = ConversationSummaryV3State.from_dict(_state)
        _turns = d.pop("turns", None)
        turns: list[ConversationTurn] | None = None
        if _turns is not None:
            turns = []
            for turns_item_data in _turns:
                turns_item = ConversationTurn.from_dict(turns_item_data)

                turns.append(turns_item)
        made = cls(
            id=id,
            account_id=account_id,
            project_id=project_id,
            environment=environment,
            channel=channel,
            in_progress=in_progress,
            started_at=started_at,
            variant_id=variant_id,
            variant_name=variant_name,
            from_number=from_number,
            to_number=to_number,
            handoff=handoff,
            handoff_reason=handoff_reason,
            handoff_destination=handoff_destination,
            num_turns=num_turns,
            total_duration=total_duration,
            polyai_duration=polyai_duration,
            num_silences=num_silences,
            num_ood=num_ood,
            note=note,
            metrics=metrics,
            state=state,
            turns=turns,
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
from ..models.conversation_summary_v3_metrics import ConversationSummaryV3Metrics
from ..models.conversation_summary_v3_state import ConversationSummaryV3State
from ..models.conversation_turn import ConversationTurn
