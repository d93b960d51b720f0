"""What is shown of conversations: transcripts, reprs without what is personal, HTML without scripts, players."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr

from polyai_data import models, shown, shown_html
from polyai_data.models import ConversationDetailResponse, ConversationSummary, ConversationSummaryV3
from polyai_data_client import models as generated
from tests.facade.calls import Connect, one_flavour, recorded

START = "2026-05-04T10:00:00Z"
TURNS = [
    {"agent_response": "Hello, how can I help?", "agent_response_datetime": "2026-05-04T10:00:01.9Z"},
    {
        "user_input": "Ich möchte\nmein Geld zurück.",
        "translated_user_input": "I want my money back.",
        "user_input_datetime": "2026-05-04T11:01:05+01:00",
        "user_input_dtmf": "12",
        "user_input_dtmf_finish_key": "#",
        "barge_in": True,
        "agent_response": "Certainly \x1b[2J",
        "latency": {"perceived_latency": 2.5},
    },
    {"user_input": "", "is_silence": True, "is_ood": None},
]
EVENT = {"name": "refund", "arguments": {"amount": 20}, "duration": 12.4, "error": "no such\norder"}
BODY = {
    "conversationId": "CA1",
    "startedAt": START,
    "totalDuration": 75,
    "handoff": True,
    "handoffDestination": "billing",
    "handoffReason": "refund",
    "turns": TURNS,
    "functionEvents": {"1": [EVENT], "7": [{"hangup": True}]},
}
TRANSCRIPT = r"""
0:01  agent  Hello, how can I help?
1:05  user   Ich möchte mein Geld zurück.  I want my money back.  [keys 12#,
             interrupted the agent]
      ƒ      refund(amount=20)  error: no such order  [12 ms]
      agent  Certainly \x1b[2J  [2.50 s]
      user   [silence]
      ƒ      function()  [hangs up]
      →      handoff: billing (refund)
"""


def test_a_transcript_reads_like_a_conversation() -> None:
    assert ConversationDetailResponse.from_dict(BODY).transcript() == TRANSCRIPT.strip("\n")
    narrow = ConversationSummaryV3.from_dict({"id": "CA1", "turns": [{"user_input": "one " * 9}]})
    assert narrow.transcript(width=0) == f"  user   {'one ' * 4}one\n{' ' * 9}{'one ' * 3}one"
    assert narrow.transcript(width=None) == f"  user   {'one ' * 8}one"
    asked = {**BODY, "functionEvents": {"1": [{"handoff": {"reason": "refund"}}]}}
    assert ConversationDetailResponse.from_dict(asked).transcript().count("handoff") == 1


@pytest.mark.parametrize(
    ("conversation", "why"),
    [
        (ConversationSummary.from_dict({"conversationId": "CA1"}), "conversations.get('CA1')"),
        (ConversationDetailResponse.from_dict({"conversationId": "CA1", "turns": []}), "hides transcripts"),
        (ConversationDetailResponse.from_dict({**BODY, "turns": []}), "refund(amount=20)"),
        (ConversationSummaryV3.from_dict({"id": "CA1", "num_turns": 3}), "hides transcripts"),
        (ConversationSummaryV3.from_dict({"id": "CA1", "num_turns": 0}), "has no turns"),
        (ConversationSummaryV3.from_dict({"id": "CA1", "in_progress": True, "num_turns": 0}), "in progress"),
    ],
)
def test_a_transcript_that_is_missing_is_explained(conversation: Any, why: str) -> None:
    for text in (conversation.transcript(width=None), Page(conversation._repr_html_()).text, drawn(conversation)):
        assert why in text


def test_a_repr_is_short() -> None:
    conversation = ConversationDetailResponse.from_dict(BODY)
    assert repr(conversation) == (
        "ConversationDetailResponse(id='CA1', started_at='2026-05-04 10:00:00+00:00', duration=75, turns=3)"
    )
    assert repr((conversation.turns or [])[1]) == (
        "ConversationTurn(user_input='28 characters', agent_response='14 characters', latency=2.5)"
    )
    assert repr(ConversationSummaryV3.from_dict({"id": "CA1", "num_turns": 3})) == (
        "ConversationSummaryV3(id='CA1', turns=3)"
    )


@one_flavour
def test_no_repr_has_what_is_personal(connect: Connect) -> None:
    client = connect.polyai()
    detail, row = client.conversations.get(recorded(connect.emulator)), next(iter(client.conversations.search()))
    reply = client.debug_chat.start(client_env="sandbox").reply
    bodies: dict[str, Any] = {
        "ConversationDetailResponse": detail,
        "ConversationSummaryV3": row,
        "DebugChatResponse": reply,
    }
    seen = []
    for name, body in bodies.items():
        planted = personal(body.to_dict())
        for home in (models, generated):
            for model in parts(getattr(home, name).from_dict(planted)):
                seen.append(type(model).__name__)
                assert "Ada" not in f"{model!r} {pretty_repr(model)} {pretty_repr({'model': [model]})}"
    assert {"ConversationTurn", "FunctionEvent", "MetricValue", "ShortSummary", "DebugChatMetadata"} < set(seen)


def personal(value: Any, name: str = "") -> Any:
    """`value` with something personal in each text that is no id."""
    if isinstance(value, dict):
        return {key: personal(each, key) for key, each in value.items()} | {"newField": "Ada Sample"}
    if isinstance(value, list):
        return [personal(each, name) for each in value]
    return "Ada Sample" if isinstance(value, str) and not name.lower().endswith("id") else value


def parts(model: Any) -> Iterator[Any]:
    """A model and the models inside."""
    if attrs.has(type(model)):
        yield model
        values = [getattr(model, field.name) for field in attrs.fields(type(model)) if field.name[0] != "_"]
    else:
        values = list(model.values()) if isinstance(model, dict) else model if isinstance(model, list) else []
    for value in values:
        yield from parts(value)


class Page(HTMLParser):
    """What a browser makes of HTML: its text, and its elements with their attributes."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.text, self.elements = "", list[tuple[str, dict[str, str | None]]]()
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=40)
@given(st.text(min_size=1) | st.sampled_from(["<script>x</script>", "</td><img src=//x onerror=x>", '" onload="x']))
def test_html_has_texts_as_texts_whatever_they_are(text: str) -> None:
    def page(text: str) -> tuple[Page, ConversationDetailResponse]:
        said = {
            "user_input": text,
            "translated_user_input": f"{text}!",
            "agent_response": text,
            "user_input_dtmf": text,
        }
        event = {"name": text, "error": text, "handoff": {"reason": text}, "arguments": {"name": text}}
        functions = {"1": [{**EVENT, **event}], "7": [event]}
        values = {"note": text, "language": text, "handoffReason": text, "metrics": {text: [{"value": text}]}}
        body = {**BODY, **values, "turns": [*TURNS, said], "functionEvents": functions}
        conversation = ConversationDetailResponse.from_dict(body)
        return Page(conversation._repr_html_() + shown_html.table([conversation])), conversation

    (seen, conversation), (usual, _) = page(text), page("word")
    assert {tag for tag, _ in seen.elements} <= {tag for tag, _ in usual.elements}
    assert {name for _, given in seen.elements for name in given} <= {"class", "dir", "scope", "tabindex", "open"}
    words = [each for line in shown.lines(conversation) for each in (*line.texts, *line.notes, line.error)]
    assert [each for each in words if each not in seen.text] == []


def drawn(conversation: Any, *, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=terminal, color_system=None)
    console.print(conversation)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("terminal", [True, False])
def test_rich_draws_facts_and_the_transcript(terminal: bool) -> None:
    text = drawn(ConversationDetailResponse.from_dict({**BODY, "shortSummary": "A refund."}), terminal=terminal)
    assert [word for word in ("CA1", "1:15", "A refund.", "2.50 s", "refund(amount=20)") if word not in text] == []
    assert "\x1b[2J" not in text


def test_a_listing_is_shown_as_a_table_and_a_recording_as_a_player_once_they_are_asked_for(connect: Connect) -> None:
    client, identifier = connect.polyai(), recorded(connect.emulator)
    listing, recording = client.conversations.search(limit=5), client.conversations.recording(identifier)
    assert "call table()" in repr(listing)
    assert f"{identifier!r}: save, read" in repr(recording)
    assert not connect.emulator.requests
    table = listing.table(7)
    assert (len(table), len(connect.emulator.requests)) == (7, 2)
    page = Page(table._repr_html_())
    assert [each.id in page.text for each in table] == [True] * 7
    assert not any(each.from_number and each.from_number in page.text for each in table)
    assert len(listing.table(10**6)) == len(list(listing))
    assert Page(shown_html.Table()._repr_html_()).text.endswith("No conversations.")
    player = recording.player()
    (_, audio), *_ = Page(player._repr_html_()).elements
    content = client.conversations.recording(identifier).read()
    assert audio["src"] == f"data:audio/wav;base64,{b64encode(content).decode()}"
    assert "bytes were read" in repr(recording)
    assert b64encode(content).decode()[:40] not in repr(player)
