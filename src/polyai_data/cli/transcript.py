"""A transcript that reads like a conversation: who said what, when, how long the caller waited, what functions ran."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from polyai_data import row_filters
from polyai_data.cli import screen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from polyai_data.models import ConversationTurn, FunctionEvent

SLOW = 2.0
"""Seconds of latency that are shown in a colour."""
_MARK = "bold reverse"
HIDDEN = (
    "No transcript came. Where a project hides transcripts, they are turned on in Agent Studio: "
    'API keys, Configuration, "Conversation transcript".'
)


class Line(NamedTuple):
    """A line of a transcript: of the user, of the agent, or of a function."""

    turn: str
    time: str
    who: str
    text: Text
    latency: str = ""
    slow: bool = False

    @property
    def match(self) -> bool:
        """Whether words of the search are in it."""
        return any(span.style == _MARK for span in self.text.spans)


def shown_turns(
    turns: Sequence[ConversationTurn],
    events: Mapping[str, Sequence[FunctionEvent]],
    *,
    utc: bool,
    query: str = "",
    side: str | None = None,
    context: int = 1,
) -> Iterator[RenderableType]:
    """What to print for the `turns`: all, or with a `query` those with its words, and `context` turns around each.

    Args:
        turns: of a conversation, all of them.
        events: functions that ran, by index of the turn.
        utc: whether times are in UTC.
        query: the words to mark.
        side: `user` or `agent`, whose words were searched; None for both.
        context: turns before and after each match.
    """
    ranges: list[tuple[int, int]] = [(0, len(turns))]
    if query:
        matches = [index for index, turn in enumerate(turns) if _matches(turn, query, side)]
        ranges = row_filters.around(matches, context, len(turns))
        if not ranges:
            yield screen.dim(f"No turn has all words of {query!r} as such; the server matches in its own way.")
    for number, (begin, end) in enumerate(ranges):
        if number:
            yield screen.dim("  ⋯")
        lines = [
            line
            for index in range(begin, end)
            for line in _lines(index, turns[index], events.get(str(index), ()), utc=utc, query=query, side=side)
        ]
        yield from _drawn(lines)
    known = {str(index) for index in range(len(turns))}
    if not query and (others := [event for at, these in events.items() if at not in known for event in these]):
        yield screen.dim("Functions of no turn that came:")
        yield from _drawn([Line("", "", "ƒ", _function(event)) for event in others])


def _said(turn: ConversationTurn, side: str) -> list[str]:
    """What a side of a turn said, and its translation where it has one."""
    both = {"user": (turn.user_input, turn.translated_user_input)}.get(
        side, (turn.agent_response, turn.english_agent_response)
    )
    return [text for text in dict.fromkeys(both) if text]


def _matches(turn: ConversationTurn, query: str, side: str | None) -> bool:
    sides = [side] if side else ["user", "agent"]
    return any(row_filters.marks(text, query) for each in sides for text in _said(turn, each))


def _lines(
    index: int, turn: ConversationTurn, events: Sequence[FunctionEvent], *, utc: bool, query: str, side: str | None
) -> Iterator[Line]:
    number, latency = str(index), turn.latency_seconds
    user, agent = (_marked(_said(turn, each), query if side in {None, each} else "") for each in ("user", "agent"))
    extras = [f"keys {screen.plain(turn.user_input_dtmf)}"] * bool(turn.user_input_dtmf)
    extras += ["silence"] * bool(turn.is_silence) + ["out of domain"] * bool(turn.is_ood)
    extras += ["interrupted the agent"] * bool(turn.barge_in)
    if extras:
        user.append(f"{' ' if user else ''}[{', '.join(extras)}]", style="dim")
    if user:
        yield Line(number, _clock(turn.user_input_datetime, utc=utc), "user", user)
    for event in events:
        yield Line(number, "", "ƒ", _function(event))
    if agent:
        shown = "" if latency is None else f"{latency:.2f} s"
        time = _clock(turn.agent_response_datetime, utc=utc)
        yield Line(number, time, "agent", agent, shown, latency is not None and latency >= SLOW)


def _clock(time: datetime | None, *, utc: bool) -> str:
    return "" if time is None else time.astimezone(UTC if utc else None).strftime("%H:%M:%S")


def _marked(texts: list[str], query: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - late, as `--help` and `--json` do without

    made = Text()
    for number, each in enumerate(texts):
        part = Text(f"{'  ' if number else ''}{screen.plain(' '.join(each.split()))}", style="dim" if number else "")
        for begin, end in row_filters.marks(part.plain, query):
            part.stylize(_MARK, begin, end)
        made.append_text(part)
    return made


def _function(event: FunctionEvent) -> Text:
    from rich.text import Text  # noqa: PLC0415

    given = event.arguments.to_dict() if event.arguments else {}
    call = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())
    made = Text(screen.plain(f"{event.name or 'function'}({call})"), style="cyan")
    handoff = event.handoff.to_dict() if event.handoff else {}
    notes = [f"{event.duration:.0f} ms"] * (event.duration is not None)
    notes += [f"handoff: {' '.join(str(each) for each in handoff.values() if each) or 'yes'}"] * bool(handoff)
    notes += ["hangs up"] * bool(event.hangup)
    made.append(screen.plain(f"  {', '.join(notes)}") if notes else "", style="dim")
    if event.error:
        made.append(screen.plain(f"  error: {event.error}"), style="red")
    return made


def _drawn(lines: list[Line]) -> Iterator[RenderableType]:
    """The lines as a grid that wraps what is said at a terminal, and as lines without more in a pipe."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not screen.console().is_terminal:
        for line in lines:
            yield Text(" ").join(
                [
                    Text(">" if line.match else " "),
                    Text(f"{line.turn:>3}"),
                    Text(f"{line.time:8}"),
                    Text(f"{line.latency:>7}"),
                    Text(f"{line.who:5}"),
                    line.text,
                ]
            )
        return
    grid = Table.grid(padding=(0, 1, 0, 0))
    marked = any(line.match for line in lines)
    for name in (*[""] * marked, "turn", "time", "latency", "who", "text"):
        grid.add_column(justify="right" if name in {"turn", "latency"} else "left", no_wrap=name != "text")
    for before, line in zip([None, *lines], lines, strict=False):
        said = "bold" if line.who == "user" else "cyan" if line.who == "ƒ" else ""
        grid.add_row(
            *[Text(">" if line.match else "", style="yellow")] * marked,
            Text("" if before and before.turn == line.turn else line.turn, style="dim"),
            Text(line.time, style="dim"),
            Text(line.latency, style="yellow" if line.slow else "dim"),
            Text(line.who, style=said),
            line.text,
        )
    yield grid
