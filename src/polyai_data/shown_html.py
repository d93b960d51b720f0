"""What notebooks show: HTML without scripts and without requests, in the colours of the page that it is in. No I/O."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import Any

from polyai_data import recording, shown

# The class is named twice to weigh more than the notebook's own rules for tables.
_STYLE = """<style>
.polyai-data.polyai-data {
  font: 14px/1.45 system-ui, sans-serif; max-width: 60em; padding: .2em 0; text-align: start;
  p {margin: 0}
  table {border-collapse: collapse; border: 0; margin: .5em 0; font: inherit}
  tr:nth-child(n) {background: none; border: 0}
  td, th {padding: .2em 1em .2em 0; text-align: start; vertical-align: baseline; border: 0; max-width: none;
    overflow-wrap: anywhere; white-space: normal; font-weight: normal}
  th, small {opacity: .7; white-space: nowrap; font-size: 12px}
  code {font-size: 12px; color: inherit; background: none; white-space: pre-wrap}
  mark {font-size: 12px; color: #c4610a; background: none}
  td.short, td.number {white-space: nowrap}
  td.number {text-align: end; font-variant-numeric: tabular-nums}
  .said {max-height: 40em; overflow-y: auto}
  .said table, .said td:nth-child(3) {width: 100%}
  .said tr.new td {border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent)}
  .said .user p {font-weight: 600}
}
</style>"""


def conversation(conversation: Any) -> str:
    """A conversation: its facts, metrics and transcript."""
    count = shown.turns(conversation)
    turns = "" if count is None else f" · {count} turn{'s' * (count != 1)}"
    head = f"<p><b>{_text(shown.plain(conversation.id))}</b>{turns}</p>"
    facts = _facts(shown.facts(conversation, utc=True))
    if found := _facts(shown.metrics(conversation)):
        facts += f"<details open><summary>Metrics</summary>{found}</details>"
    if why := shown.missing(conversation):
        facts += f"<p>{_text(why)}</p>"
    lines = [shown.Line(-1, "→", []), *shown.lines(conversation)]
    rows = "".join(_row(conversation, line, new=line.turn != before.turn) for before, line in pairwise(lines))
    said = f'<div class="said" tabindex="0"><table>{rows}</table></div>' if rows else ""
    return _page(head + facts + said)


def table(conversations: Iterable[Any]) -> str:
    """A table of conversations, a row for each, without phone numbers."""
    rows = "".join(_listed(each) for each in conversations)
    names = ("id", "started (UTC)", "length", "channel", "environment", "turns", "handoff", "summary")
    head = "".join(f"<th>{name}</th>" for name in names)
    return _page(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else "No conversations.")


class Table(list[Any]):
    """Conversations that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        return table(self)


class Player:
    """A recording that a notebook plays. Its bytes become part of what the notebook saves.

    Attributes:
        content: the recording's bytes, a WAV or MP3 file.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"Player({len(self.content)} bytes)"

    def _repr_html_(self) -> str:
        kind = "mpeg" if recording.ending(self.content) == ".mp3" else "wav"
        return f'<audio controls src="data:audio/{kind};base64,{b64encode(self.content).decode()}"></audio>'


def _page(content: str) -> str:
    return f'{_STYLE}<div class="polyai-data">{content}</div>'


def _text(text: object) -> str:
    return escape(str(text))


def _facts(facts: dict[str, str]) -> str:
    rows = (
        f'<tr><th scope="row">{_text(name)}</th><td dir="auto">{_text(value)}</td></tr>'
        for name, value in facts.items()
    )
    return f"<table>{made}</table>" if (made := "".join(rows)) else ""


def _row(conversation: Any, line: shown.Line, *, new: bool) -> str:
    tag = "p" if line.who in {"user", "agent"} else "code"
    said = "".join(
        f'<{tag} dir="auto">{_text(text)}</{tag}>' if number == 0 else f'<small dir="auto">{_text(text)}</small> '
        for number, text in enumerate(line.texts)
    )
    said += f" <mark>error: {_text(line.error)}</mark>" if line.error else ""
    said += f" <small>[{_text(', '.join(line.notes))}]</small>" if line.notes else ""
    how = "mark" if (line.latency or 0) >= shown.SLOW else "small"
    wait = "" if line.latency is None else f"<{how}>{line.latency:.2f} s</{how}>"
    time, kind = shown.since_start(conversation, line), line.who if tag == "p" else "event"
    return (
        f'<tr class="{kind}{" new" * new}"><td class="number"><small>{time}</small></td>'
        f'<td><small>{line.who}</small></td><td>{said}</td><td class="number">{wait}</td></tr>'
    )


def _listed(conversation: Any) -> str:
    return (
        "<tr>"
        + "".join(f'<td dir="auto" class="{how}">{_text(value)}</td>' for value, how in _cells(conversation))
        + "</tr>"
    )


def _cells(conversation: Any) -> Iterator[tuple[str, str]]:
    yield shown.plain(conversation.id), "short"
    yield shown.moment(conversation.started_at, utc=True), "short"
    yield "in progress" if conversation.in_progress else shown.duration(shown.seconds(conversation)), "number"
    yield shown.plain(conversation.channel), "short"
    yield shown.plain(conversation.environment), "long"
    yield shown.plain(shown.turns(conversation)), "number"
    yield shown.handoff(conversation) or "-", "long"
    yield shown.plain(conversation.summary_text), "long"
