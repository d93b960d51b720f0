"""Conversations as the operations show them: as the live API does (`live`), or as the documents say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from polyai_data.emulator.data.model import Agent, Conversation, Turn
from polyai_data.emulator.operations import live as forms


def timestamp(moment: datetime) -> str:
    """The moment as a JSON date-time, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def summary_v1(conversation: Conversation, note: str, audio_url: str, *, live: bool) -> dict[str, Any]:
    """The item of an agent's listing; `audio_url` is the one of the documents."""
    time = forms.time if live else timestamp
    from_number, to_number = _numbers(conversation, live=live)
    shown: dict[str, Any] = {
        "conversationId": conversation.id,
        "accountId": conversation.account_id,
        "projectId": conversation.agent_id,
        "createdAt": time(conversation.started_at),
        "startedAt": time(conversation.started_at),
        "finishedAt": None,
        "channel": conversation.channel,
        "fromNumber": from_number or None,
        "toNumber": to_number or None,
        "language": None if live and conversation.in_progress else conversation.language,
        "variantId": conversation.variant_id or None,
        "clientEnv": conversation.environment,
        "totalDuration": None,
        "polyaiDuration": None,
        "duration": None,
        "inProgress": conversation.in_progress,
        "handoff": None,
        "handoffDestination": conversation.handoff_destination or None,
        "handoffReason": conversation.handoff_reason or None,
        "direction": "outbound" if conversation.outbound else "inbound",
        "tags": list(conversation.tags),
        "polyScore": None,
        "shortSummary": None,
        "deploymentId": f"deployment-{conversation.variant_id.lower()}" if conversation.variant_id else None,
        "note": note or None,
        "audioUrl": None,
    }
    if not conversation.in_progress:
        shown |= {
            "finishedAt": time(conversation.finished_at),
            **dict.fromkeys(("totalDuration", "polyaiDuration", "duration"), conversation.duration),
            "handoff": bool(conversation.handoff_destination),
            "polyScore": conversation.score,
            "shortSummary": forms.summary(conversation) if live else conversation.summary,
        }
    if conversation.recorded:
        shown["audioUrl"] = forms.audio_path(conversation) if live else audio_url
    return shown if live else _set(shown)


def detail_v1(conversation: Conversation, note: str, audio_url: str, agent: Agent, *, live: bool) -> dict[str, Any]:
    shown_turns = turns(conversation, agent, latency=True)
    if live:
        shown_turns = [
            {**turn, **forms.turn(conversation.turns[index], index, conversation)}
            for index, turn in enumerate(shown_turns)
        ]
    return {
        **summary_v1(conversation, note, audio_url, live=live),
        "turns": shown_turns,
        # The documents say no more of these two than that they are objects. The events have words of the turns.
        "metrics": forms.metrics(metrics(conversation), conversation),
        "functionEvents": {} if agent.hides_transcripts else forms.function_events(conversation),
    }


def summary_v3(conversation: Conversation, agent: Agent, note: str, *, latency: bool, live: bool) -> dict[str, Any]:
    """The item of a project's listing."""
    ended = not conversation.in_progress
    from_number, to_number = _numbers(conversation, live=live)
    return {
        "id": conversation.id,
        "account_id": conversation.account_id,
        "project_id": conversation.agent_id,
        "environment": conversation.environment,
        "started_at": timestamp(conversation.started_at),
        "channel": conversation.channel,
        "in_progress": conversation.in_progress,
        "num_turns": len(conversation.turns),
        "num_silences": sum(turn.silence for turn in conversation.turns),
        "num_ood": sum(turn.out_of_domain for turn in conversation.turns),
        "note": note or None,
        "metrics": metrics(conversation),
        "state": dict(conversation.state),
        "turns": turns(conversation, agent, latency=latency),
        **_set({
            "variant_id": conversation.variant_id or None,
            "variant_name": conversation.variant_name or None,
            "from_number": from_number or None,
            "to_number": to_number or None,
            "total_duration": conversation.duration if ended else None,
            "polyai_duration": conversation.duration if ended else None,
            "handoff": bool(conversation.handoff_destination) if ended else None,
            "handoff_destination": conversation.handoff_destination or None,
            "handoff_reason": conversation.handoff_reason or None,
        }),
    }  # fmt: skip


def turns(conversation: Conversation, agent: Agent, *, latency: bool) -> list[dict[str, Any]]:
    """The turns as their agent lets them be seen."""
    return [] if agent.hides_transcripts else [_turn(turn, latency=latency) for turn in conversation.turns]


def metrics(conversation: Conversation) -> dict[str, str | list[str]]:
    """Some metrics with one value, some with several; all are text."""
    shown: dict[str, str | list[str]] = {
        "CALL_REASON": conversation.topics[0],
        "TOPICS": list(conversation.topics),
        "RESOLVED": "false" if conversation.handoff_destination else "true",
    }
    if not conversation.in_progress:
        shown["CALL_DURATION"] = str(conversation.duration)
    if conversation.outbound:
        shown["CALL_ANSWERED_BY"] = ["machine", "human"]
    return shown


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


def _numbers(conversation: Conversation, *, live: bool) -> tuple[str, str]:
    """From which number to which one; the live API has other names for some callers."""
    ends = conversation.from_number, conversation.to_number
    if not live or not conversation.caller:
        return ends
    return (ends[0], conversation.caller) if conversation.outbound else (conversation.caller, ends[1])


def _set(values: dict[str, Any]) -> dict[str, Any]:
    """What has a value: the documents let the other fields be absent, not null."""
    return {name: value for name, value in values.items() if value is not None}
