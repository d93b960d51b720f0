# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationSummaryV3(_types.Model[Any]):
    """A conversation as the v3 listing shows it.

    Attributes:
        id (str): Unique conversation ID.
        account_id (str | None): ID of the account.
        project_id (str | None): ID of the project, which is the agent ID.
        environment (str | None): Client environment (`sandbox`, `pre-release` or `live`).
        started_at (datetime.datetime | None): When the conversation started.
        channel (str | None): Conversation medium (e.g. `WEBCHAT`, `VOICE-SIP`).
        in_progress (bool | None): Whether the conversation is still in progress.
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
    account_id: str | None = None
    project_id: str | None = None
    environment: str | None = None
    started_at: datetime.datetime | None = None
    channel: str | None = None
    in_progress: bool | None = None
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("id")
        self.id = self._read("id", value)
        value = get("account_id")
        self.account_id = value if type(value) is str or value is None else self._read("account_id", value)
        value = get("project_id")
        self.project_id = value if type(value) is str or value is None else self._read("project_id", value)
        value = get("environment")
        self.environment = value if type(value) is str or value is None else self._read("environment", value)
        value = get("started_at")
        self.started_at = value if value is None else self._moment("started_at", value)
        value = get("channel")
        self.channel = value if type(value) is str or value is None else self._read("channel", value)
        value = get("in_progress")
        self.in_progress = value if type(value) is bool or value is None else self._read("in_progress", value)
        value = get("variant_id")
        self.variant_id = value if type(value) is str or value is None else self._read("variant_id", value)
        value = get("variant_name")
        self.variant_name = value if type(value) is str or value is None else self._read("variant_name", value)
        value = get("from_number")
        self.from_number = value if type(value) is str or value is None else self._read("from_number", value)
        value = get("to_number")
        self.to_number = value if type(value) is str or value is None else self._read("to_number", value)
        value = get("handoff")
        self.handoff = value if type(value) is bool or value is None else self._read("handoff", value)
        value = get("handoff_reason")
        self.handoff_reason = value if type(value) is str or value is None else self._read("handoff_reason", value)
        value = get("handoff_destination")
        self.handoff_destination = (
            value if type(value) is str or value is None else self._read("handoff_destination", value)
        )
        value = get("num_turns")
        self.num_turns = value if type(value) is int or value is None else self._read("num_turns", value)
        value = get("total_duration")
        self.total_duration = value if type(value) is int or value is None else self._read("total_duration", value)
        value = get("polyai_duration")
        self.polyai_duration = value if type(value) is int or value is None else self._read("polyai_duration", value)
        value = get("num_silences")
        self.num_silences = value if type(value) is int or value is None else self._read("num_silences", value)
        value = get("num_ood")
        self.num_ood = value if type(value) is int or value is None else self._read("num_ood", value)
        value = get("note")
        self.note = value if type(value) is str or value is None else self._read("note", value)
        value = get("metrics")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["metrics"] = ("metrics", value)
        else:
            self.metrics = value if value is None else self._read("metrics", value)
        value = get("state")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["state"] = ("state", value)
        else:
            self.state = value if value is None else self._read("state", value)
        value = get("turns")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["turns"] = ("turns", value)
        else:
            self.turns = value if value is None else self._read("turns", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.conversation_summary_v3_metrics import ConversationSummaryV3Metrics
from ..models.conversation_summary_v3_state import ConversationSummaryV3State
from ..models.conversation_turn import ConversationTurn

ConversationSummaryV3._properties = {
    "id": ("id", _types.identity),
    "account_id": ("account_id", _types.text),
    "project_id": ("project_id", _types.text),
    "environment": ("environment", _types.text),
    "started_at": ("started_at", _types.moment),
    "channel": ("channel", _types.text),
    "in_progress": ("in_progress", _types.boolean),
    "variant_id": ("variant_id", _types.text),
    "variant_name": ("variant_name", _types.text),
    "from_number": ("from_number", _types.text),
    "to_number": ("to_number", _types.text),
    "handoff": ("handoff", _types.boolean),
    "handoff_reason": ("handoff_reason", _types.text),
    "handoff_destination": ("handoff_destination", _types.text),
    "num_turns": ("num_turns", _types.integer),
    "total_duration": ("total_duration", _types.integer),
    "polyai_duration": ("polyai_duration", _types.integer),
    "num_silences": ("num_silences", _types.integer),
    "num_ood": ("num_ood", _types.integer),
    "note": ("note", _types.text),
    "metrics": ("metrics", _types.model(ConversationSummaryV3Metrics)),
    "state": ("state", _types.model(ConversationSummaryV3State)),
    "turns": ("turns", _types.items(_types.model(ConversationTurn))),
}
ConversationSummaryV3._required = ("id",)
