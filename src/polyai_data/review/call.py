"""A call as it is shown: what was said, when, and what happened meanwhile. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from polyai_data.models import ConversationDetailResponse, ConversationTurn, FunctionEvent
from polyai_data.review.waveform import Span
from polyai_data.shown import function

SLOW, QUICK = 0.075, 0.04
"""Seconds that a spoken character takes. The API says when a caller stopped speaking, and not when they began, and of
the agent the contrary: the rest is estimated from the texts."""
_BADGES = {"barge_in": "interrupts", "is_silence": "silence", "is_ood": "out of domain"}


@dataclass(slots=True)
class Event:
    """A function call or the value of a metric.

    Attributes:
        at: of a metric: seconds from the call's start, or None.
        details: arguments and changes of the state, as JSON; empty for a metric.
    """

    kind: Literal["function", "metric"]
    name: str
    text: str = ""
    details: str = ""
    at: float | None = None
    failed: bool = False


@dataclass(slots=True)
class Utterance:
    """What one side said in a turn.

    Attributes:
        turn: index of the turn, from 0.
        start, end: seconds from the call's start, or None.
        latency: seconds that the caller waited for it, of the agent only.
        events: what happened before it.
    """

    turn: int
    side: Literal["user", "agent"]
    text: str
    start: float | None = None
    end: float | None = None
    translation: str = ""
    badges: list[str] = field(default_factory=list)
    latency: float | None = None
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """A call: its utterances in their order, what came after them, and when the agent was about to respond."""

    conversation: ConversationDetailResponse
    utterances: list[Utterance] = field(default_factory=list)
    after: list[Event] = field(default_factory=list)
    waits: list[Span] = field(default_factory=list)

    @property
    def has_voice(self) -> bool:
        """Whether there can be a recording: chats have none, nor do calls in progress."""
        return self.is_voice and not self.conversation.in_progress

    @property
    def is_voice(self) -> bool:
        """Whether it is no chat."""
        voice = (self.conversation.channel or "VOICE").upper().startswith("VOICE")
        return voice or self.conversation.audio_url is not None


def call(conversation: ConversationDetailResponse) -> Call:
    """The call of a conversation. What is missing or cannot be read is left out."""
    made = Call(conversation)
    came = conversation.function_events
    functions = dict(came.additional_properties) if came else {}
    for number, turn in enumerate(conversation.turns or ()):
        made.utterances += _utterances(made, number, turn, functions.pop(str(number), []))
    timed = [each for each in made.utterances if each.start is not None]
    made.after += [_function(event) for events in functions.values() for event in events]  # of turns that did not come
    for metric in _metrics(conversation):
        # Where it was recorded: before the first utterance that begins later.
        later = (each.events for each in timed if metric.at is not None and (each.start or 0) > metric.at)
        next(later, made.after).append(metric)
    return made


def _utterances(made: Call, number: int, turn: ConversationTurn, functions: list[FunctionEvent]) -> Iterator[Utterance]:
    begun = made.conversation.started_at
    heard, spoke = (_offset(begun, at) for at in (turn.user_input_datetime, turn.agent_response_datetime))
    text = turn.user_input or ""
    if turn.user_input_dtmf:
        text = f"{text} [keys {turn.user_input_dtmf}{turn.user_input_dtmf_finish_key or ''}]".strip()
    badges = [badge for name, badge in _BADGES.items() if getattr(turn, name)]
    before = made.utterances[-1] if made.utterances else None
    if text or badges or not turn.agent_response:
        start = heard
        if heard is not None:
            earliest = 0.0
            if before is not None and before.start is not None:
                earliest = before.start + (0.5 if turn.barge_in else QUICK * len(before.text))
            start = min(heard, max(earliest, heard - SLOW * len(text)))
            if before is not None and before.end is not None and not turn.barge_in:
                before.end = min(before.end, start)
        yield Utterance(number, "user", text, start, heard, turn.translated_user_input or "", badges)
    events = [_function(each) for each in functions]
    if turn.agent_response or events:
        response, translation = turn.agent_response or "", turn.english_agent_response or ""
        end = None if spoke is None else spoke + SLOW * len(response)
        yield Utterance(number, "agent", response, spoke, end, translation, [], turn.latency_seconds, events)
    if heard is not None and spoke is not None:
        made.waits.append((heard, spoke))


def _function(event: FunctionEvent) -> Event:
    line = function(None, event)
    text = ", ".join([*line.notes, *([f"error: {line.error}"] if line.error else [])])
    parts = {"arguments": event.arguments, "state": event.state_changes}
    details = {name: part.to_dict() for name, part in parts.items() if part is not None}
    details |= {"logs": event.logs} if event.logs else {}
    shown = json.dumps(details, indent=2, ensure_ascii=False, default=str) if details else ""
    return Event("function", event.name or "function", text, shown, failed=bool(line.error))


def _metrics(conversation: ConversationDetailResponse) -> Iterator[Event]:
    metrics = conversation.metrics
    for name in metrics or ():
        values: Any = metrics[name] if metrics else ()
        for value in values if isinstance(values, list) else [values]:
            stamp = getattr(value, "timestamp", None)
            try:
                at = datetime.fromisoformat(stamp) if stamp else None
            except ValueError:
                at = None
            yield Event("metric", name, str(getattr(value, "value", value)), at=_offset(conversation.started_at, at))


def _offset(begun: datetime | None, at: datetime | None) -> float | None:
    """Seconds from the start. A time without an offset, as metrics have, is in UTC."""
    if begun is None or at is None:
        return None
    begun, at = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in (begun, at))
    return max(0.0, round((at - begun).total_seconds(), 3))
