# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationSummary(_types.Model[Any]):
    """A conversation as the listing of an agent shows it, without its turns, metrics and function events.

    Attributes:
        conversation_id (str): Unique ID for this conversation.
        account_id (str | None): ID of the customer account this conversation is under.
        project_id (str | None): ID of the project this conversation is under.
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
    """

    conversation_id: str
    account_id: str | None = None
    project_id: str | None = None
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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("conversationId")
        self.conversation_id = self._read("conversationId", value)
        value = get("accountId")
        self.account_id = value if type(value) is str or value is None else self._read("accountId", value)
        value = get("projectId")
        self.project_id = value if type(value) is str or value is None else self._read("projectId", value)
        value = get("createdAt")
        self.created_at = value if value is None else self._moment("createdAt", value)
        value = get("startedAt")
        self.started_at = value if value is None else self._moment("startedAt", value)
        value = get("finishedAt")
        self.finished_at = value if value is None else self._moment("finishedAt", value)
        value = get("channel")
        self.channel = value if type(value) is str or value is None else self._read("channel", value)
        value = get("fromNumber")
        self.from_number = value if type(value) is str or value is None else self._read("fromNumber", value)
        value = get("toNumber")
        self.to_number = value if type(value) is str or value is None else self._read("toNumber", value)
        value = get("language")
        self.language = value if type(value) is str or value is None else self._read("language", value)
        value = get("variantId")
        self.variant_id = value if type(value) is str or value is None else self._read("variantId", value)
        value = get("clientEnv")
        self.client_env = value if type(value) is str or value is None else self._read("clientEnv", value)
        value = get("totalDuration")
        self.total_duration = value if type(value) is int or value is None else self._read("totalDuration", value)
        value = get("polyaiDuration")
        self.polyai_duration = value if type(value) is int or value is None else self._read("polyaiDuration", value)
        value = get("duration")
        self.duration = value if type(value) is int or value is None else self._read("duration", value)
        value = get("inProgress")
        self.in_progress = value if type(value) is bool or value is None else self._read("inProgress", value)
        value = get("handoff")
        self.handoff = value if type(value) is bool or value is None else self._read("handoff", value)
        value = get("handoffDestination")
        self.handoff_destination = (
            value if type(value) is str or value is None else self._read("handoffDestination", value)
        )
        value = get("handoffReason")
        self.handoff_reason = value if type(value) is str or value is None else self._read("handoffReason", value)
        value = get("direction")
        self.direction = value if type(value) is str or value is None else self._read("direction", value)
        value = get("tags")
        self.tags = value if value is None else self._read("tags", value)
        value = get("polyScore")
        self.poly_score = (
            value
            if type(value) is int or (type(value) is float and value - value == 0) or value is None
            else self._read("polyScore", value)
        )
        value = get("shortSummary")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["short_summary"] = ("shortSummary", value)
        else:
            self.short_summary = value if type(value) is str or value is None else self._read("shortSummary", value)
        value = get("deploymentId")
        self.deployment_id = value if type(value) is str or value is None else self._read("deploymentId", value)
        value = get("note")
        self.note = value if type(value) is str or value is None else self._read("note", value)
        value = get("audioUrl")
        self.audio_url = value if type(value) is str or value is None else self._read("audioUrl", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.short_summary import ShortSummary

ConversationSummary._properties = {
    "conversationId": ("conversation_id", _types.identity),
    "accountId": ("account_id", _types.text),
    "projectId": ("project_id", _types.text),
    "createdAt": ("created_at", _types.moment),
    "startedAt": ("started_at", _types.moment),
    "finishedAt": ("finished_at", _types.moment),
    "channel": ("channel", _types.text),
    "fromNumber": ("from_number", _types.text),
    "toNumber": ("to_number", _types.text),
    "language": ("language", _types.text),
    "variantId": ("variant_id", _types.text),
    "clientEnv": ("client_env", _types.text),
    "totalDuration": ("total_duration", _types.integer),
    "polyaiDuration": ("polyai_duration", _types.integer),
    "duration": ("duration", _types.integer),
    "inProgress": ("in_progress", _types.boolean),
    "handoff": ("handoff", _types.boolean),
    "handoffDestination": ("handoff_destination", _types.text),
    "handoffReason": ("handoff_reason", _types.text),
    "direction": ("direction", _types.text),
    "tags": ("tags", _types.items(_types.text)),
    "polyScore": ("poly_score", _types.number),
    "shortSummary": (
        "short_summary",
        _types.any_of(
            _types.text,
            _types.model(ShortSummary),
        ),
    ),
    "deploymentId": ("deployment_id", _types.text),
    "note": ("note", _types.text),
    "audioUrl": ("audio_url", _types.text),
}
ConversationSummary._required = ("conversationId",)
