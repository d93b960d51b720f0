"""The page and the text of a compliance folder, which can be read without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from polyai_data.models import ConversationDetailResponse, ConversationTurn

_TEMPLATE = Path(__file__).with_name("audit.html")
_FACTS = {
    "Started": "started_at",
    "Finished": "finished_at",
    "Seconds": "total_duration",
    "Channel": "channel",
    "Direction": "direction",
    "From": "from_number",
    "To": "to_number",
    "Language": "language",
    "Environment": "environment",
    "Variant": "variant_id",
    "Handed off to": "handoff_destination",
    "Reason": "handoff_reason",
    "Tags": "tags",
    "Summary": "summary_text",
    "Note": "note",
}


class Line(NamedTuple):
    """Something that was said."""

    turn: int
    time: str
    who: str
    text: str
    latency: float | None = None


def lines(turns: Sequence[ConversationTurn]) -> Iterator[Line]:
    """What was said, with translations where there are some, and how long the user waited for the agent."""
    for number, turn in enumerate(turns):
        if user := _together(turn.user_input, turn.translated_user_input, turn.user_input_dtmf):
            yield Line(number, _clock(turn.user_input_datetime), "user", user)
        if agent := _together(turn.agent_response, turn.english_agent_response):
            yield Line(number, _clock(turn.agent_response_datetime), "agent", agent, turn.latency_seconds)


def _together(*parts: str | None) -> str:
    return " / ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part and part.strip()))


def _clock(time: datetime | None) -> str:
    return "" if time is None else time.astimezone(UTC).strftime("%H:%M:%S")


def page(report: Mapping[str, Any], metadata: dict[str, Any], turns: list[Any]) -> tuple[str, str]:
    """The page, and the transcript as text.

    Args:
        report: what `audit.json` says.
        metadata, turns: the conversation, masked.
    """
    conversation = ConversationDetailResponse.from_dict({**metadata, "turns": turns})
    said = list(lines(conversation.turns or []))
    facts = [(name, _shown(getattr(conversation, attribute))) for name, attribute in _FACTS.items()]
    facts = [(name, text) for name, text in facts if text]
    head = f"Conversation {report['conversation_id']}"
    none = "No transcript came: nothing was said, or the project hides transcripts."
    text = [
        head,
        *(f"{name}: {' '.join(shown.split())}" for name, shown in facts),
        "",
        *(_plain(each) for each in said),
    ]
    return _html(report, head, facts, said, none), "\n".join([*text, *([] if said else [none])]) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _plain(line: Line) -> str:
    waited = "" if line.latency is None else f"({line.latency:.2f} s) "
    return f"{line.turn:>3}  {line.time:8}  {line.who:5}  {waited}{line.text}"


def _html(report: Mapping[str, Any], head: str, facts: list[tuple[str, str]], said: list[Line], none: str) -> str:
    rows = "\n".join(f"<tr><th>{escape(name)}<td>{escape(shown)}" for name, shown in facts)
    transcript = "\n".join(
        f'<tr class="{line.who}"><td>{line.turn}<td class="time">{line.time}<td>{line.who}'
        f"<td>{escape(line.text)}{'' if line.latency is None else f' <small>{line.latency:.2f} s</small>'}"
        for line in said
    )
    transcript = f'<table class="transcript">\n{transcript}\n</table>' if said else f"<p>{none}</p>"
    made = " · ".join(
        escape(str(report[name])) for name in ("made_at", "made_by", "region", "account_id", "agent_id") if report[name]
    )
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        head=escape(head),
        facts=rows,
        recording=_recording(report),
        transcript=transcript,
        masked=escape(", ".join(report["masked"])),
        made=made,
    )


def _recording(report: Mapping[str, Any]) -> str:
    if report["recording"] is None:
        return "<p>The conversation has no recording.</p>"
    raw = report["recording_asked_for"] == "raw"
    what = '<p class="warning">This recording has personal data.' if raw else '<p class="dim">The redacted recording.'
    return f'{what}</p>\n<audio controls preload="metadata" src="{escape(report["recording"]["file"])}"></audio>'
