"""The flat schema of exports, the same for both routes: what a row holds, in which order, of which type.

It has one source, the classes below. The header of CSV files, the Arrow schema of Parquet files, the tables of DuckDB
and the tables in docs/export.md follow from them. A change that removes, renames or retypes a column raises `VERSION`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args, get_type_hints
from typing import Annotated as Doc

import msgspec

from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
"""Of the schema."""
TIME, JSON, FREE, NUMBER, DIGITS = "time", "json", "free", "number", "digits"
Text = str | None
Time = Annotated[str | None, TIME]
"""In JSON and CSV `2026-05-04T11:59:50.250000Z`, in UTC and with microseconds, so that they sort as texts."""
Json = Annotated[str | None, JSON, FREE]
"""JSON as text, as its shape is the agent's own."""
Free = Annotated[str | None, FREE]
"""Text in which people are named; masked on request."""
Number = Annotated[str | None, NUMBER]
"""A phone number, an e-mail address or a SIP name; masked as a whole."""
Digits = Annotated[str | None, DIGITS]
"""Keys that were pressed; masked as a whole."""


class Turn(msgspec.Struct, gc=False):
    """One turn of a conversation."""

    index: Doc[int, "Zero-based position in the conversation; what annotations call its turn."]
    turn_id: Doc[int | None, "The server's own number of the turn, which is not its position."] = None
    user_input: Doc[Free, "What the user said."] = None
    user_input_at: Doc[Time, "When the user said it."] = None
    agent_response: Doc[Free, "What the agent said."] = None
    agent_response_at: Doc[Time, "When the agent said it."] = None
    latency_seconds: Doc[float | None, "How long the user waited for the agent, in seconds."] = None
    user_input_dtmf: Doc[Digits, "Keys that the user pressed."] = None
    translated_user_input: Doc[Free, "What the user said, translated."] = None
    english_agent_response: Doc[Free, "What the agent said, in English."] = None
    language: Doc[Text, "Language that the user was heard in, such as `en-US`."] = None
    intents: Doc[list[str] | None, "Intents that were recognised."] = None
    entities: Doc[Json, "Entities that were recognised."] = None
    is_silence: Doc[bool | None, "Whether the user said nothing."] = None
    is_ood: Doc[bool | None, "Whether the user asked for what the agent does not know."] = None
    barge_in: Doc[bool | None, "Whether the user interrupted the agent."] = None


class FunctionEvent(msgspec.Struct, gc=False):
    """A function that the agent called."""

    turn_index: Doc[int | None, "The turn in which it was called."] = None
    id: Doc[Text, "The event's id."] = None
    name: Doc[Text, "The function's name."] = None
    duration_ms: Doc[float | None, "How long it took, in milliseconds."] = None
    started_at: Doc[Time, "When it was called."] = None
    handoff_reason: Doc[Free, "The reason of the handoff that it asked for."] = None
    hangup: Doc[bool | None, "Whether it ended the call."] = None
    error: Doc[Json, "What went wrong."] = None
    arguments: Doc[Json, "What it was called with."] = None


class Conversation(msgspec.Struct, gc=False):
    """One conversation, without metrics as columns, turns and function events, which `row_type` adds."""

    agent_id: Doc[Text, "The agent: its project ID."]
    account_id: Doc[Text, "The account (workspace)."]
    conversation_id: Doc[str, "The conversation."]
    environment: Doc[Text, "`live`, `pre-release`, `sandbox`, …"] = None
    channel: Doc[Text, "`VOICE-SIP`, `CHAT`, …"] = None
    started_at: Doc[Time, "When it started."] = None
    finished_at: Doc[Time, "When it ended."] = None
    in_progress: Doc[bool | None, "Whether it had not ended when it was exported."] = None
    direction: Doc[Text, "`inbound` or `outbound`."] = None
    language: Doc[Text, "Its language."] = None
    variant_id: Doc[Text, "The variant of the agent."] = None
    variant_name: Doc[Free, "The variant's name."] = None
    from_number: Doc[Number, "Who called: a number, an e-mail address or a SIP name."] = None
    to_number: Doc[Number, "Who was called."] = None
    duration_seconds: Doc[int | None, "How long it took in all, in seconds."] = None
    agent_duration_seconds: Doc[int | None, "How long the agent took part, in seconds."] = None
    num_turns: Doc[int | None, "How many turns it has, even where the project hides them."] = None
    num_silences: Doc[int | None, "Turns in which the user said nothing."] = None
    num_ood: Doc[int | None, "Turns in which the user asked for what the agent does not know."] = None
    handoff: Doc[bool | None, "Whether it was handed off to a person."] = None
    handoff_reason: Doc[Free, "Why."] = None
    handoff_destination: Doc[Free, "Where to."] = None
    summary: Doc[Free, "The summary, as one text."] = None
    note: Doc[Free, "The note that a reviewer set."] = None
    score: Doc[float | None, "PolyScore."] = None
    tags: Doc[list[str] | None, "Tags."] = None
    metrics: Doc[Json, "Metrics: name to text, or to a list of texts where one has several values."] = None
    state: Doc[Json, "The agent's state at the end."] = None


_DETAILS = {
    *("finished_at", "direction", "language", "summary", "short_summary", "score", "poly_score", "tags"),
    "function_events",
}


def only_in_details(name: str) -> bool:
    """Whether a search does not give a column or a field, in the spelling of either route."""
    snake = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    return snake in _DETAILS


class Layout(msgspec.Struct, frozen=True):
    """Which columns rows have beside those of `Conversation`.

    Attributes:
        metrics: the metrics that are columns, `metric_<name>`, each with its last value.
        turns: whether rows have their turns.
        function_events: whether rows have their function events.
    """

    metrics: tuple[str, ...] = ()
    turns: bool = True
    function_events: bool = False


class Column(NamedTuple):
    """A column: its name, the type of its values, how texts are meant (`TIME`, `JSON`, …), and what it holds."""

    name: str
    type: Any
    marks: frozenset[str]
    text: str


KEYS = {"turns": ("agent_id", "conversation_id", "started_at"), "function_events": ("agent_id", "conversation_id")}
"""The columns of the conversation that come first in the tables of turns and of function events."""
_PARTS: dict[str, type[msgspec.Struct]] = {"turns": Turn, "function_events": FunctionEvent}


@cache
def row_type(layout: Layout) -> type[Any]:
    """The class of rows of a layout: a `Conversation` with `metric_<name>`, `turns` and `function_events` after it."""
    fields: list[tuple[str, Any, Any]] = [
        (f"metric_{n}", Doc[Free, f"Last value of the metric `{name}`."], None) for n, name in enumerate(layout.metrics)
    ]
    if layout.turns:
        fields.append(
            ("turns", Doc[list[Turn] | None, "Its turns, in order; empty where the project hides them."], None)
        )
    if layout.function_events:
        fields.append(("function_events", Doc[list[FunctionEvent] | None, "What the agent called."], None))
    names = {f"metric_{n}": f"metric_{name}" for n, name in enumerate(layout.metrics)}
    return msgspec.defstruct("Row", fields, bases=(Conversation,), rename=names, gc=False)


@cache
def columns(kind: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a class of rows, in order."""
    hints = get_type_hints(kind, include_extras=True)
    made = []
    for field in msgspec.structs.fields(kind):
        typed, *marks, text = get_args(hints[field.name])
        first = (get_args(typed) or (typed,))[0]
        made.append(Column(field.encode_name, first, frozenset(marks), text))
    return tuple(made)


def tables(layout: Layout, *, nested: bool) -> dict[str, tuple[Column, ...]]:
    """The columns of each table of an export; turns and function events are `nested`, or tables of their own."""
    row: type[msgspec.Struct] = row_type(layout)
    conversation = columns(row)
    parts = [name for name in _PARTS if getattr(layout, name)]
    made = {"conversations": tuple(each for each in conversation if nested or each.name not in parts)}
    for name in () if nested else parts:
        keys = tuple(each for key in KEYS[name] for each in conversation if each.name == key)
        made[name] = keys + columns(_PARTS[name])
    return made


def arrow(chosen: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of columns."""
    import pyarrow as pa  # noqa: PLC0415 - it takes long

    simple = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}

    def typed(column: Column) -> pa.DataType:
        if TIME in column.marks:
            return pa.timestamp("us", "UTC")
        if column.type in simple:
            return simple[column.type]
        (of,) = get_args(column.type)
        return pa.list_(simple[of] if of in simple else pa.struct(list(arrow(columns(of)))))

    return pa.schema([(each.name, typed(each)) for each in chosen])


def described(chosen: tuple[Column, ...]) -> str:
    """The columns as a table in Markdown, for the documentation."""
    words = {str: "text", int: "integer", float: "number", bool: "boolean", list[str]: "list of texts"}
    lines = ["| column | type | what it holds |", "|---|---|---|"]
    for each in chosen:
        kind = "time" if TIME in each.marks else "JSON" if JSON in each.marks else words.get(each.type, "list")
        lines.append(f"| `{each.name}` | {kind} | {each.text} |")
    return "\n".join(lines)


def metric_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of metrics, each once.

    Raises:
        ConfigError: one cannot be the name of a column.
    """
    for each in names:
        if not each or not each.isprintable() or set('\\"') & set(each):
            raise ConfigError(f"metric {each!r} cannot be the name of a column", argument="metrics")
    return tuple(dict.fromkeys(names))
