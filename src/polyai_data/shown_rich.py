"""A conversation as rich draws it: its facts, and a transcript with latencies, functions, and the words of a search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from polyai_data import row_filters, shown


def conversation(
    conversation: Any, *, terminal: bool, utc: bool = False, url: str | None = None
) -> Iterator[RenderableType]:
    """What to print for a conversation: who and when, summary, metrics and transcript.

    Args:
        conversation: one of `get`, `search` or `list`.
        terminal: whether it is for a terminal, where texts are wrapped beside their names; else a fact is a line.
        utc: whether times are in UTC.
        url: where its id leads to, where the terminal knows links.
    """
    yield Text(shown.plain(conversation.id), style=f"bold link {url}" if url else "bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in {**shown.facts(conversation, utc=utc), **shown.metrics(conversation)}.items():
        if terminal:
            grid.add_row(Text(name, style="dim"), Text(value, overflow="fold"))
        else:
            yield Text(f"{name}: {value}")
    yield from (grid, Text()) if terminal else (Text(),)
    yield from transcript(conversation, terminal=terminal, utc=utc)


def transcript(
    conversation: Any,
    *,
    terminal: bool,
    utc: bool = False,
    query: str = "",
    side: str | None = None,
    context: int = 1,
) -> Iterator[RenderableType]:
    """What to print for a transcript: all of it, or with a `query` the turns with its words and those around them.

    Args:
        conversation: one of `get`, `search` or `list`.
        terminal: whether it is for a terminal, where texts are wrapped beside their turns; else a line is a line.
        utc: whether times are in UTC.
        query: the words to mark.
        side: `user` or `agent`, whose words were searched; None for both.
        context: turns before and after each match.
    """
    if why := shown.missing(conversation):
        yield Text(why, style="dim")
    lines = [(line, _marks(line, query, side)) for line in shown.lines(conversation)]
    turns = getattr(conversation, "turns", None) or ()
    ranges = [range(len(turns))]
    if query and turns:
        matches = {line.turn for line, marks in lines if marks and line.turn is not None}
        ranges = [range(*each) for each in row_filters.around(matches, context, len(turns))]
        if not ranges:
            yield Text(f"No turn has all words of {query!r} as such; the server matches in its own way.", style="dim")
    for number, these in enumerate(ranges):
        if number:
            yield Text("  ⋯", style="dim")
        rows = [
            _row(line, marks, utc=utc)
            for line, marks in lines
            if (line.turn in these if line.turn is not None else not query)
        ]
        yield from _grid(rows) if terminal else map(_one_line, rows)


def _marks(line: shown.Line, query: str, side: str | None) -> list[list[tuple[int, int]]]:
    """Where the words of the search are in each text of a line; empty where they are in none."""
    if not query or line.who not in ({side} if side else {"user", "agent"}):
        return []
    marks = [row_filters.marks(text, query) for text in line.texts]
    return marks if any(marks) else []


def _row(line: shown.Line, marks: list[list[tuple[int, int]]], *, utc: bool) -> list[Text]:
    """The cells of a line: match, turn, time, latency, who, text."""
    who = {"user": "bold", "agent": ""}.get(line.who, "cyan")
    said = Text(overflow="fold")  # not every language has spaces
    for number, text in enumerate(line.texts):
        part = Text(text, style="dim" if number else "cyan" if who == "cyan" else "")
        for begin, end in marks[number] if marks else ():
            part.stylize("bold reverse", begin, end)
        said.append("  " if number else "").append_text(part)
    if line.notes:
        said.append(f"{'  ' if said else ''}[{', '.join(line.notes)}]", style="dim")
    if line.error:
        said.append(f"  error: {line.error}", style="red")
    slow = line.latency is not None and line.latency >= shown.SLOW
    time = "" if line.at is None else line.at.astimezone(UTC if utc else None).strftime("%H:%M:%S")
    return [
        Text(">" if marks else "", style="yellow"),
        Text("" if line.turn is None else str(line.turn), style="dim"),
        Text(time, style="dim"),
        Text("" if line.latency is None else f"{line.latency:.2f} s", style="yellow" if slow else "dim"),
        Text(line.who, style=who),
        said,
    ]


def _one_line(row: list[Text]) -> Text:
    match, turn, time, latency, who, said = row
    begin = f"{match.plain:1} {turn.plain:>3} {time.plain:8} {latency.plain:>7} {who.plain:5} "
    return Text(begin).append_text(said)


def _grid(rows: list[list[Text]]) -> Iterator[RenderableType]:
    """Each turn with its number once, and a column for matches where there are some."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    first = 0 if any(row[0] for row in rows) else 1
    for column in ("match", "turn", "time", "latency", "who", "said")[first:]:
        grid.add_column(justify="right" if column in {"turn", "latency"} else "left", no_wrap=column != "said")
    before = ""
    for match, turn, *rest in rows:
        grid.add_row(*[match, Text("", style="dim") if turn.plain == before else turn, *rest][first:])
        before = turn.plain
    yield grid
