"""What an assistant reads of a conversation: lines of text, none of them long. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from polyai_data import personal
from polyai_data.export.schema import Conversation, FunctionEvent, Turn
from polyai_data.row_filters import marks

MOST_CHARACTERS = 20_000
"""Of the result of a tool."""
MOST_OF_A_TEXT = 1_000
"""Characters of one value in it."""
_ROW = {
    "conversation_id", "started_at", "environment", "channel", "variant_id", "variant_name", "direction", "from_number",
    "duration_seconds", "num_turns", "in_progress", "handoff", "handoff_reason", "score", "summary", "note",
}  # fmt: skip
_ELSEWHERE = {"turns", "function_events", "metrics", "account_id"}
_MOST_MATCHES = 3


def line(values: dict[str, Any], transcript: list[str], words: str) -> str:
    """A row as JSON without what it has not, with the lines of the transcript in which `words` stand."""
    shown = {
        name: text(value) if isinstance(value, str) else value
        for name, value in values.items()
        if (name in _ROW or name.startswith("metric_")) and value not in {None, personal.PHONE}
    }
    if matches := [each for each in transcript if marks(each.partition(": ")[2], words)]:
        shown["matches"] = matches[:_MOST_MATCHES]
    return msgspec.json.encode(shown).decode()


def details(row: Conversation) -> Iterator[str]:
    for name in row.__struct_fields__:
        if name not in _ELSEWHERE and (value := getattr(row, name)) not in (None, "", []):
            yield f"{name}: {text(str(value))}"
    for name, value in json.loads(row.metrics or "{}").items():
        yield f"metric {name}: {text(value if isinstance(value, str) else ', '.join(value))}"


def transcript(row: Any) -> Iterator[str]:
    turns: list[Turn] = row.turns or []
    events: list[FunctionEvent] = getattr(row, "function_events", None) or []
    for turn in turns:
        said = "(silence)" if turn.is_silence else turn.user_input
        for what, words in (
            ("user", said),
            ("user, in English", turn.translated_user_input),
            ("user pressed", turn.user_input_dtmf),
        ):
            if words:
                yield f"[{turn.index}] {what}: {text(words)}"
        yield from (_event(each) for each in events if each.turn_index == turn.index)
        waited = "" if turn.latency_seconds is None else f" ({turn.latency_seconds:.2f} s)"
        if turn.agent_response:
            yield f"[{turn.index}] agent{waited}: {text(turn.agent_response)}"
    yield from (_event(each) for each in events if each.turn_index not in range(len(turns)))
    if not turns:
        yield "no turns: nothing was said, or the project hides transcripts (Agent Studio: API keys, Configuration)"


def _event(event: FunctionEvent) -> str:
    took = "" if event.duration_ms is None else f" ({event.duration_ms:g} ms)"
    rest = {"arguments": event.arguments, "handoff": event.handoff_reason, "error": event.error}
    texts = [f"{name} {text(value)}" for name, value in rest.items() if value] + ["hang-up"] * bool(event.hangup)
    return f"[{event.turn_index}] function {event.name}{took}: {', '.join(texts)}"


def fitting(lines: list[str]) -> list[str]:
    """As many of the first lines as a result may have; one at least."""
    size, shown = 0, list[str]()
    for line in lines:
        size += len(line) + 1
        if shown and size > MOST_CHARACTERS:
            break
        shown.append(line)
    return shown


def text(value: str) -> str:
    """A text on one line; the rest of a long one is left out, which it says."""
    shown = " ".join(value.split())
    return shown if len(shown) <= MOST_OF_A_TEXT else f"{shown[:MOST_OF_A_TEXT]}… ({len(shown)} characters)"


def number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)
