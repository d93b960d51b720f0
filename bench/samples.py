"""Conversations of a usual size, as plain JSON."""

from __future__ import annotations

from typing import Any


def conversation(number: int, turns: int) -> dict[str, Any]:
    """A conversation as `getConversation` responds with it, about 450 bytes a turn."""
    return {
        "conversationId": f"CA{number:032x}",
        "accountId": "acme",
        "projectId": "bench-agent",
        "clientEnv": "live",
        "channel": "VOICE-SIP",
        "startedAt": _time(number),
        "finishedAt": _time(number + 90),
        "inProgress": False,
        "totalDuration": 12 * turns,
        "fromNumber": "+15550100",
        "toNumber": "+15550101",
        "handoff": False,
        "metrics": {"resolved": [{"value": "true"}]},
        "turns": [_turn(number, index) for index in range(turns)],
    }


def match(number: int, turns: int) -> dict[str, Any]:
    """A conversation as `searchConversations` responds with it."""
    return {
        "id": f"CA{number:032x}",
        "account_id": "acme",
        "project_id": "bench-agent",
        "environment": "live",
        "started_at": _time(number),
        "channel": "VOICE-SIP",
        "in_progress": False,
        "from_number": "+15550100",
        "to_number": "+15550101",
        "handoff": False,
        "num_turns": turns,
        "total_duration": 12 * turns,
        "metrics": {"resolved": "true", "topics": ["booking", "parking"]},
        "turns": [_turn(number, index) for index in range(turns)],
    }


def _time(number: int) -> str:
    return f"2026-03-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}.123456Z"


def _turn(number: int, index: int) -> dict[str, Any]:
    return {
        "user_input": f"I would like to book a table for {index + 2} people on Friday at seven, please.",
        "user_input_datetime": _time(number + 4 * index),
        "user_input_dtmf": None,
        "agent_response": f"Of course. That is a table for {index + 2} people on Friday at seven. Is that right?",
        "agent_response_datetime": _time(number + 4 * index + 2),
        "latency": 0.85,
        "intents": ["book_table"],
        "entities": [{"party_size": str(index + 2)}, {"day": ["friday", "2026-03-06"]}],
        "is_ood": False,
        "is_silence": False,
    }
