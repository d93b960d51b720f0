"""The page and the text of a compliance folder, which can be read without a network."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from polyai_data import shown, shown_html
from polyai_data.models import ConversationDetailResponse

_UNFINISHED = (
    "The conversation was in progress when this folder was made: what came later, such as its recording, is missing."
)
_TEMPLATE = Path(__file__).with_name("audit.html")


def page(report: Mapping[str, Any], metadata: dict[str, Any], turns: list[Any]) -> tuple[str, str]:
    """The page, and the transcript as text.

    Args:
        report: what `audit.json` says.
        metadata, turns: the conversation, masked.
    """
    conversation = ConversationDetailResponse.from_dict({**metadata, "turns": turns})
    facts = {**shown.facts(conversation, utc=True), **shown.metrics(conversation)}
    head = f"Conversation {report['conversation_id']}"
    unfinished = [_UNFINISHED] if report["in_progress"] else []
    lines = [head, *unfinished, *(f"{name}: {' '.join(text.split())}" for name, text in facts.items()), ""]
    made = (report[name] for name in ("made_at", "made_by", "region", "account_id", "agent_id"))
    html = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        head=escape(head),
        unfinished="".join(f'<p class="warning">{each}</p>\n' for each in unfinished),
        recording=_recording(report),
        conversation=shown_html.conversation(conversation),
        masked=escape(", ".join(report["masked"])),
        made=" · ".join(escape(str(each)) for each in made if each),
    )
    return html, "\n".join([*lines, conversation.transcript(width=None), ""])


def _recording(report: Mapping[str, Any]) -> str:
    if report["recording"] is None:
        return "<p>The conversation has no recording.</p>"
    raw = report["recording_asked_for"] == "raw"
    what = '<p class="warning">This recording has personal data.' if raw else '<p class="dim">The redacted recording.'
    return f'{what}</p>\n<audio controls preload="metadata" src="{escape(report["recording"]["file"])}"></audio>'
