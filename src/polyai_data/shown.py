"""What terminals, notebooks and texts show of a conversation: its facts, and what was said and done. No I/O."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from polyai_data.masking import escaped

if TYPE_CHECKING:
    from polyai_data.models import ConversationTurn, FunctionEvent

SLOW = 2.0
"""Seconds of latency that are shown in a colour."""
HIDDEN = (
    "No transcript came. Where a project hides transcripts, they are turned on in Agent Studio: "
    'API keys, Configuration, "Conversation transcript".'
)


class Line(NamedTuple):
    """Something that was said or done in a conversation.

    Attributes:
        turn: index of the turn, from 0; None of what belongs to no turn that came.
        who: the side that spoke; `ƒ` is a function, `→` the handoff of the conversation.
        texts: what was said, and its translation where it has one; the call of a function.
        at: when; None where it is not known, and of functions, whose times are in whole seconds.
        notes: what is remarkable: keys pressed, silence, an interruption; of a function, what it led to.
        latency: seconds that the user waited for the agent.
        error: of a function that failed.
    """

    turn: int | None
    who: Literal["user", "agent", "ƒ", "→"]
    texts: list[str]
    at: datetime | None = None
    notes: Sequence[str] = ()
    latency: float | None = None
    error: str = ""


def lines(conversation: Any) -> Iterator[Line]:
    """What was said and done, in its order: in a turn the user, the functions, and the agent."""
    turns: Sequence[ConversationTurn] = getattr(conversation, "turns", None) or ()
    came = getattr(conversation, "function_events", None)
    events: dict[str, Sequence[FunctionEvent]] = dict(came.additional_properties) if came else {}
    for index, turn in enumerate(turns):
        yield from _turn(index, turn, events.pop(str(index), ()))
    yield from (function(None, event) for these in events.values() for event in these)
    handed_off = any(event.handoff for these in (came or {}).values() for event in these)
    if turns and (to := handoff(conversation)) and not handed_off:
        yield Line(None, "→", ["handoff" if to == "yes" else f"handoff: {to}"])


def _turn(index: int, turn: ConversationTurn, events: Sequence[FunctionEvent]) -> Iterator[Line]:
    flags = {
        f"keys {turn.user_input_dtmf}{turn.user_input_dtmf_finish_key or ''}": turn.user_input_dtmf,
        "silence": turn.is_silence,
        "out of domain": turn.is_ood,
        "interrupted the agent": turn.barge_in,
    }
    notes = [_line(note) for note, flag in flags.items() if flag]
    if (texts := _texts(turn.user_input, turn.translated_user_input)) or notes:
        yield Line(index, "user", texts, turn.user_input_datetime, notes)
    for event in events:
        yield function(index, event)
    if texts := _texts(turn.agent_response, turn.english_agent_response):
        yield Line(index, "agent", texts, turn.agent_response_datetime, latency=turn.latency_seconds)


def _texts(*texts: str | None) -> list[str]:
    return list(dict.fromkeys(line for text in texts if (line := _line(text))))


def _line(value: object) -> str:
    return escaped(" ".join(str(value).split())) if value else ""


def function(index: int | None, event: FunctionEvent) -> Line:
    """The call of a function, in the turn of an index."""
    given = event.arguments.to_dict() if event.arguments else {}
    call = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())
    to = event.handoff.to_dict() if event.handoff else {}
    notes = [f"{event.duration:.0f} ms"] if event.duration is not None else []
    notes += [_line(f"handoff: {' '.join(str(each) for each in to.values() if each) or 'yes'}")] if to else []
    notes += ["hangs up"] if event.hangup else []
    return Line(index, "ƒ", [_line(f"{event.name or 'function'}({call})")], notes=notes, error=_line(event.error))


def missing(conversation: Any) -> str | None:
    """Why a conversation has no transcript, and what to do; None where it has one."""
    if getattr(conversation, "turns", None):
        return None
    if not hasattr(conversation, "turns"):
        return f"list() gives no transcripts; conversations.get({conversation.id!r}) does."
    if conversation.in_progress:
        return "No turns came yet: the conversation is in progress."
    return "The conversation has no turns." if getattr(conversation, "num_turns", None) == 0 else HIDDEN


def transcript(conversation: Any, width: int | None) -> str:
    """The transcript as text, lines of at most `width` columns; None for lines of any length."""
    made = [why if width is None else textwrap.fill(why, max(width, 20))] if (why := missing(conversation)) else []
    timed = [(since_start(conversation, line), line) for line in lines(conversation)]
    room = max((len(time) for time, _ in timed), default=0)
    for time, line in timed:
        begin = f"{time:>{room}}  {line.who:5}  "
        notes = [*line.notes, *([] if line.latency is None else [f"{line.latency:.2f} s"])]
        remarks = [f"error: {line.error}" if line.error else "", f"[{', '.join(notes)}]" if notes else ""]
        text = "  ".join(filter(None, [*line.texts, *remarks]))
        if width is not None:
            text = f"\n{' ' * len(begin)}".join(textwrap.wrap(text, max(width - len(begin), 20)))
        made.append(begin + text)
    return "\n".join(made)


def since_start(conversation: Any, line: Line) -> str:
    """The time of a line from the conversation's start, as `1:05`, or nothing."""
    begun = conversation.started_at
    return duration(max(0, (line.at - begun).total_seconds())) if begun and line.at else ""


def facts(conversation: Any, *, utc: bool) -> dict[str, str]:
    """What is known of a conversation but its metrics and transcript, by name; nothing that is missing."""
    it = conversation
    length = "in progress" if it.in_progress else duration(seconds(it))
    variant, language, direction, score, tags = (
        getattr(it, name, None) for name in ("variant_name", "language", "direction", "poly_score", "tags")
    )
    where = (it.channel, it.environment, variant or it.variant_id, language, direction)
    found = {
        "started": f"{moment(it.started_at, utc=utc)}{' UTC' if utc else ''} · {length}",
        "where": " · ".join(filter(None, where)),
        "numbers": f"{plain(it.from_number)} → {plain(it.to_number)}" if it.from_number or it.to_number else None,
        "handoff": handoff(it),
        "score": score,
        "tags": ", ".join(tags or ()),
        "note": it.note,
        "summary": it.summary_text,
    }
    return {name: plain(value) for name, value in found.items() if value not in {None, ""}}


def metrics(conversation: Any) -> dict[str, str]:
    """The metrics of a conversation that have values, by name."""
    names: Mapping[str, Any] = getattr(conversation, "metrics", None) or {}
    found = {plain(name): plain(", ".join(conversation.metric_values(name))) for name in names}
    return {name: value for name, value in found.items() if value != "-"}


def brief(conversation: Any) -> Iterator[tuple[str, Any]]:
    """What the `repr` of a conversation has, by name: nothing personal."""
    at = conversation.started_at
    yield "id", conversation.id
    found = {
        "started_at": at and at.isoformat(" ", "seconds"),
        "duration": seconds(conversation),
        "turns": turns(conversation),
    }
    yield from ((name, value) for name, value in found.items() if value is not None)


def handoff(conversation: Any) -> str | None:
    """Where a conversation was handed off to, and why; `yes` where only that is known, None without a handoff."""
    reason = conversation.handoff_reason
    where = " ".join(filter(None, (conversation.handoff_destination, reason and f"({reason})")))
    return plain(where) if where else "yes" if conversation.handoff else None


def seconds(conversation: Any) -> int | None:
    """How long a conversation was, in seconds."""
    whole: int | None = conversation.total_duration
    return getattr(conversation, "duration", None) if whole is None else whole


def turns(conversation: Any) -> int | None:
    """How many turns a conversation has; None where that is not known."""
    came: list[Any] = getattr(conversation, "turns", None) or []
    counted: int | None = getattr(conversation, "num_turns", None)
    return len(came) or counted


def moment(time: datetime | None, *, utc: bool) -> str:
    """A time to the second, local unless `utc`; `-` for None."""
    return "-" if time is None else time.astimezone(UTC if utc else None).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float | None) -> str:
    """Minutes and seconds, such as `1:05`; `-` for None."""
    return "-" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def plain(value: object) -> str:
    """A value as text that cannot steer a terminal; `-` for None and for nothing."""
    return escaped(str(value)) if value not in {None, ""} else "-"
