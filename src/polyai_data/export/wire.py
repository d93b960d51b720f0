"""Conversations as the routes send them, as far as rows are made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from polyai_data.export import schema

Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""One that Parquet and DuckDB can have."""
NULL = msgspec.Raw(b"null")


class Latency(msgspec.Struct, gc=False):
    perceived_latency: float | None = None


class Turn(
    schema.Turn,
    gc=False,
    rename={
        "user_input_at": "user_input_datetime",
        "agent_response_at": "agent_response_datetime",
        "latency_seconds": "latency",
        "language": "asr_lang_code",
    },
):
    """A turn with the fields that rows have, so that it becomes a row's by its class: a conversation has dozens."""

    index: msgspec.Raw = NULL  # type: ignore[assignment]  # whatever is sent
    turn_id: Integer | None = None
    user_input_at: datetime | None = None  # type: ignore[assignment]
    agent_response_at: datetime | None = None  # type: ignore[assignment]
    latency_seconds: float | Latency | None = None  # type: ignore[assignment]
    language: str | None = None
    entities: msgspec.Raw = NULL  # type: ignore[assignment]


class Value(msgspec.Struct, gc=False):
    value: str | None = None


Metrics = dict[str, str | list[str | Value]]


class Platform(msgspec.Struct, gc=False):
    id: str
    project_id: str | None = None
    account_id: str | None = None
    environment: str | None = None
    channel: str | None = None
    started_at: datetime | None = None
    in_progress: bool | None = None
    variant_id: str | None = None
    variant_name: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    total_duration: Integer | None = None
    polyai_duration: Integer | None = None
    num_turns: Integer | None = None
    num_silences: Integer | None = None
    num_ood: Integer | None = None
    handoff: bool | None = None
    handoff_reason: str | None = None
    handoff_destination: str | None = None
    note: str | None = None
    metrics: Metrics | None = None
    state: msgspec.Raw = NULL
    turns: list[Turn] | None = None


class Handoff(msgspec.Struct, gc=False):
    reason: str | None = None


class Event(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    duration: float | None = None
    start_time: str | None = None
    handoff: Handoff | None = None
    hangup: bool | None = None
    error: msgspec.Raw = NULL
    arguments: msgspec.Raw = NULL


class Agents(msgspec.Struct, rename="camel", gc=False):
    conversation_id: str
    project_id: str | None = None
    account_id: str | None = None
    client_env: str | None = None
    channel: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    in_progress: bool | None = None
    direction: str | None = None
    language: str | None = None
    variant_id: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    total_duration: Integer | None = None
    polyai_duration: Integer | None = None
    handoff: bool | None = None
    handoff_reason: str | None = None
    handoff_destination: str | None = None
    short_summary: msgspec.Raw = NULL
    note: str | None = None
    poly_score: float | None = None
    tags: list[str] | None = None
    metrics: Metrics | None = None
    function_events: dict[str, list[Event]] | None = None
    turns: list[Turn] | None = None


class Started(msgspec.Struct):
    started_at: datetime | None = None
