"""Conversations as the operations show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from polyai_data.emulator.data.model import Agent, Conversation, Turn


def timestamp(moment: datetime) -> str:
    """The moment as a JSON date-time, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def summary_v1(conversation: Conversation, note: str, audio_url: str) -> dict[str, Any]:
    """The item of an agent's listing."""
    shown: dict[str, Any] = {
        "conversationId": conversation.id,
        "accountId": conversation.account_id,
        "projectId": conversation.agent_id,
        "createdAt": timestamp(conversation.started_at),
        "startedAt": timestamp(conversation.started_at),
        "channel": conversation.channel,
        "language": conversation.language,
        "variantId": conversation.variant_id,
        "clientEnv": conversation.environment,
        "inProgress": conversation.in_progress,
        "direction": "inbound",
        "tags": list(conversation.tags),
        "deploymentId": f"deployment-{conversation.variant_id.lower()}",
        **_present(note=note, fromNumber=conversation.from_number, toNumber=conversation.to_number),
    }
    if not conversation.in_progress:
        shown |= {
            "finishedAt": timestamp(conversation.finished_at),
            "totalDuration": conversation.duration,
            "polyaiDuration": conversation.duration,
            "duration": conversation.duration,
            "handoff": bool(conversation.handoff_destination),
            "polyScore": conversation.score,
            "shortSummary": conversation.summary,
            **_present(handoffDestination=conversation.handoff_destination, handoffReason=conversation.handoff_reason),
        }
    if conversation.recorded:
        shown["audioUrl"] = audio_url
    return shown


def detail_v1(conversation: Conversation, agent: Agent, note: str, audio_url: str) -> dict[str, Any]:
    """A single conversation."""
    return {
        **summary_v1(conversation, note, audio_url),
        "turns": turns(conversation, agent, latency=True),
        "metrics": metrics(conversation),
        "functionEvents": dict(conversation.functions),
    }


def summary_v3(conversation: Conversation, agent: Agent, note: str, *, latency: bool) -> dict[str, Any]:
    """The item of a project's listing."""
    shown: dict[str, Any] = {
        "id": conversation.id,
        "account_id": conversation.account_id,
        "project_id": conversation.agent_id,
        "environment": conversation.environment,
        "started_at": timestamp(conversation.started_at),
        "channel": conversation.channel,
        "in_progress": conversation.in_progress,
        "variant_id": conversation.variant_id,
        "variant_name": conversation.variant_name,
        "num_turns": len(conversation.turns),
        "num_silences": sum(turn.silence for turn in conversation.turns),
        "num_ood": sum(turn.out_of_domain for turn in conversation.turns),
        "note": note or None,
        "metrics": metrics(conversation),
        "state": dict(conversation.state),
        "turns": turns(conversation, agent, latency=latency),
        **_present(from_number=conversation.from_number, to_number=conversation.to_number),
    }
    if not conversation.in_progress:
        shown |= {
            "total_duration": conversation.duration,
            "polyai_duration": conversation.duration,
            "handoff": bool(conversation.handoff_destination),
            **_present(
                handoff_destination=conversation.handoff_destination, handoff_reason=conversation.handoff_reason
            ),
        }
    return shown


def turns(conversation: Conversation, agent: Agent, *, latency: bool) -> list[dict[str, Any]]:
    """The turns as their agent lets them be seen."""
    return [] if agent.hides_transcripts else [_turn(turn, latency=latency) for turn in conversation.turns]


def metrics(conversation: Conversation) -> dict[str, str | list[str]]:
    """Some metrics with one value, some with several."""
    return {
        "CALL_REASON": conversation.topics[0],
        "TOPICS": list(conversation.topics),
        "RESOLVED": "false" if conversation.handoff_destination else "true",
    }


def _turn(turn: Turn, *, latency: bool) -> dict[str, Any]:
    shown = {
        "user_input": turn.user,
        "user_input_dtmf": turn.dtmf,
        "user_input_datetime": timestamp(turn.user_at),
        "agent_response": turn.agent,
        "agent_response_datetime": timestamp(turn.agent_at),
        "translated_user_input": turn.user_english,
        "english_agent_response": turn.agent_english,
        "intents": list(turn.intents),
        "entities": [dict(entity) for entity in turn.entities],
        "is_ood": turn.out_of_domain,
        "is_silence": turn.silence,
    }
    return {**shown, "latency": turn.latency} if latency else shown


def _present(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
