"""Forms in which the live API was seen to respond on the agents routes, and which no published document describes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from polyai_data.emulator.data.model import VOICE, Conversation, FunctionRun, Turn

_LANGUAGES = {"de": "de-DE", "en": "en-US", "ja": "ja-JP"}
_SLOW = 2
# Seconds from which on a turn is labelled.


def time(moment: datetime) -> str:
    """The moment to the microsecond, with its offset spelt out."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def audio_path(conversation: Conversation) -> str:
    """Where the recording is, relative to its agent."""
    return f"conversations/{conversation.id}/audio"


def summary(conversation: Conversation) -> Any:
    """The summary as an object, as text, as that object in JSON, or none: the number decides. An empty one is text."""
    whole = {"heading": conversation.topics[0].capitalize(), "content": conversation.summary}
    forms = (whole, conversation.summary, whole, json.dumps(whole, ensure_ascii=False), None)
    return forms[conversation.number % len(forms)] if conversation.summary else ""


def metrics(values: Mapping[str, str | list[str]], conversation: Conversation) -> dict[str, Any]:
    """Each metric as a list of its values, with the time of each, which has no offset."""
    moment = conversation.finished_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return {
        name: [{"value": each, "timestamp": moment} for each in ([value] if isinstance(value, str) else value)]
        for name, value in values.items()
    }


def function_events(conversation: Conversation) -> dict[str, list[dict[str, Any]]]:
    """What the functions did, by the number of the turn."""
    events: dict[str, list[dict[str, Any]]] = {}
    for run in conversation.functions:
        events.setdefault(str(run.turn), []).append(_event(run, conversation))
    return events


def turn(each: Turn, index: int, conversation: Conversation) -> dict[str, Any]:
    """The fields of a turn that are not as documented. Nothing is known of the words that begin a conversation."""
    language = _LANGUAGES.get(conversation.language)
    topics = list(conversation.topics) if each.intents else []
    shown = {
        "user_input_datetime": time(each.user_at),
        "agent_response_datetime": time(each.agent_at),
        "latency": _latency(each, conversation),
        "turn_id": _turn_id(each),
        "barge_in": not each.silence and each.latency < 0.3,
        "asr_lang_code": language,
        "tts_lang_code": language,
        "user_input_audio_url": "",
        "user_input_dtmf_finish_key": "#" if each.dtmf else "",
        "reviews": [],
        "llm_requests": [],
        "metadata": {
            "asr_corrected_user_input": each.user or None,
            "current_node": next(iter(each.intents), "start"),
            "entities": _entities(each.entities),
            "function_events": [run.name for run in conversation.functions if run.turn == index],
            "retrieved_topics": topics,
            "safety": None,
            "top_transcripts": [each.user] if each.user else [],
        },
    }
    if conversation.recorded and each.user:
        shown["user_input_audio_url"] = f"conversations/{conversation.id}/turns/{index}/audio"
    if index == 0:
        shown |= dict.fromkeys(("latency", "intents", "entities", "is_ood", "is_silence"))
    return shown


def _latency(each: Turn, conversation: Conversation) -> Any:
    """Of a call an object, of a chat a number."""
    if conversation.channel != VOICE:
        return each.latency
    slow = each.latency >= _SLOW
    return {
        "perceived_latency": each.latency,
        "label": "slow" if slow else None,
        "perceived_latency_percentile_1d": 0.99 if slow else None,
    }


def _turn_id(each: Turn) -> int:
    return round(each.agent_at.timestamp() * 1_000_000)


def _entities(entities: Iterable[Mapping[str, str | list[str]]]) -> dict[str, Any]:
    return {name: value for entity in entities for name, value in entity.items()}


def _event(run: FunctionRun, conversation: Conversation) -> dict[str, Any]:
    each = conversation.turns[run.turn]
    last = run is conversation.functions[-1]
    handoff = {"type": conversation.handoff_destination, "reason": conversation.handoff_reason}
    arguments = _entities(each.entities)
    return {
        "id": f"{conversation.id}-{run.turn}-{run.name}",
        "name": run.name,
        "function_id": f"FUNCTION-{run.name}",
        "arguments": arguments,
        "duration": run.milliseconds,
        "start_time": format_datetime(run.started_at.astimezone(UTC), usegmt=True),
        "turn_id": _turn_id(each),
        "utterance": each.agent,
        "handoff": handoff if last and conversation.handoff_destination else None,
        "hangup": False,
        "transition": None,
        "state_changes": {"added": arguments, "removed": {}, "updated": {}} if arguments else None,
        "error": None,
        "logs": [],
        "content": None,
        "conversation_id": conversation.id,
        "llm_request_id": None,
        "function_version": None,
        "variant_id_change": None,
    }
