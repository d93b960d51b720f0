"""Conversations of both routes as rows of the flat schema. No I/O.

What a row holds and its type does not allow is null in its column. A conversation in which nothing of that kind is,
which nearly all are, is decoded and checked at once; any other is read field by field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from polyai_data import personal
from polyai_data.export.schema import (
    DIGITS,
    FREE,
    JSON,
    NUMBER,
    Conversation,
    FunctionEvent,
    Layout,
    Turn,
    columns,
    row_type,
)
from polyai_data.views import summary_text
from polyai_data_client.models import ShortSummary
from polyai_data_client.readers import parse_datetime

Kind = TypeVar("Kind", bound=msgspec.Struct)
Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
NULL = msgspec.Raw(b"null")
_SHORT = {b"null": None, b"[]": "[]", b"{}": "{}"}
_read_time = datetime.fromisoformat


class _Latency(msgspec.Struct, gc=False):
    perceived_latency: float | None = None


class _Turn(msgspec.Struct, gc=False):
    turn_id: Integer | None = None
    user_input: str | None = None
    user_input_datetime: str | None = None
    agent_response: str | None = None
    agent_response_datetime: str | None = None
    latency: float | _Latency | None = None
    user_input_dtmf: str | None = None
    translated_user_input: str | None = None
    english_agent_response: str | None = None
    asr_lang_code: str | None = None
    intents: list[str] | None = None
    entities: msgspec.Raw = NULL
    is_silence: bool | None = None
    is_ood: bool | None = None
    barge_in: bool | None = None


class _Value(msgspec.Struct, gc=False):
    value: str | None = None


Metrics = dict[str, str | list[str | _Value]]


class _Platform(msgspec.Struct, gc=False):
    id: str
    project_id: str | None = None
    account_id: str | None = None
    environment: str | None = None
    channel: str | None = None
    started_at: str | None = None
    in_progress: bool | None = None
    variant_id: str | None = None
    variant_name: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    total_duration: Integer | None = None
    polyai_duration: Integer | None = None
    num_turns: Integer | None = None
    num_silences: Integer | None = None
    num_ood: Integer | None = None
    handoff: bool | None = None
    handoff_reason: str | None = None
    handoff_destination: str | None = None
    note: str | None = None
    metrics: Metrics | None = None
    state: msgspec.Raw = NULL
    turns: list[_Turn] | None = None


class _Handoff(msgspec.Struct, gc=False):
    reason: str | None = None


class _Event(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    duration: float | None = None
    start_time: str | None = None
    handoff: _Handoff | None = None
    hangup: bool | None = None
    error: msgspec.Raw = NULL
    arguments: msgspec.Raw = NULL


class _Agents(msgspec.Struct, rename="camel", gc=False):
    conversation_id: str
    project_id: str | None = None
    account_id: str | None = None
    client_env: str | None = None
    channel: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    in_progress: bool | None = None
    direction: str | None = None
    language: str | None = None
    variant_id: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    total_duration: Integer | None = None
    polyai_duration: Integer | None = None
    handoff: bool | None = None
    handoff_reason: str | None = None
    handoff_destination: str | None = None
    short_summary: msgspec.Raw = NULL
    note: str | None = None
    poly_score: float | None = None
    tags: list[str] | None = None
    metrics: Metrics | None = None
    function_events: dict[str, list[_Event]] | None = None
    turns: list[_Turn] | None = None


class Flattener:
    """Makes rows of a layout.

    Args:
        layout: the columns.
        mask: whether what is personal is masked: numbers and pressed keys as a whole, in texts what
            `polyai_data.personal` recognises.
    """

    def __init__(self, layout: Layout, *, mask: bool = False) -> None:
        self._layout, self._mask = layout, mask
        self._row = row_type(layout)
        self._platform = msgspec.json.Decoder(_Platform)
        self._agents = msgspec.json.Decoder(_Agents)

    def platform(self, line: bytes) -> Conversation:
        """The row of a conversation of a search, from its JSON.

        Raises:
            ValueError: it is no object with an id.
        """
        try:
            came = self._platform.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            came = _leniently(_Platform, _parsed(line))
        return self._made(
            came.project_id, came.account_id, came.id, came.environment, came.channel, moment(came.started_at), None,
            came.in_progress, None, None, came.variant_id, came.variant_name, came.from_number, came.to_number,
            came.total_duration, came.polyai_duration, came.num_turns, came.num_silences, came.num_ood,
            came.handoff, came.handoff_reason, came.handoff_destination, None, came.note, None, None,
            metrics=came.metrics, state=came.state, turns=came.turns,
        )  # fmt: skip

    def agents(self, line: bytes) -> Conversation:
        """The row of a conversation of the agents routes, listed or with its details, from its JSON.

        Raises:
            ValueError: it is no object with an id.
        """
        try:
            came = self._agents.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            came = _leniently(_Agents, _parsed(line))
        return self._made(
            came.project_id, came.account_id, came.conversation_id, came.client_env, came.channel,
            moment(came.started_at), moment(came.finished_at), came.in_progress, came.direction, came.language,
            came.variant_id, None, came.from_number, came.to_number, came.total_duration, came.polyai_duration,
            len(came.turns) if came.turns else None, None, None,
            came.handoff, came.handoff_reason, came.handoff_destination, _summary(came.short_summary), came.note,
            came.poly_score, came.tags, metrics=came.metrics, state=NULL, turns=came.turns, events=came.function_events,
        )  # fmt: skip

    def _made(
        self,
        *values: Any,
        metrics: Metrics | None,
        state: msgspec.Raw,
        turns: list[_Turn] | None,
        events: dict[str, list[_Event]] | None = None,
    ) -> Conversation:
        layout = self._layout
        texts = None if metrics is None else {name: _values(value) for name, value in metrics.items()}
        extra: list[Any] = [next(reversed((texts or {}).get(name, [])), None) for name in layout.metrics]
        if layout.turns:
            extra.append(None if turns is None else [_turn(index, each) for index, each in enumerate(turns)])
        if layout.function_events:
            extra.append(None if events is None else _events(events))
        held: Any = texts and {name: one[0] if len(one) == 1 else one for name, one in texts.items()}
        shown = None if held is None else msgspec.json.encode(held).decode()
        row: Conversation = self._row(*values, shown, _object(state), *extra)
        return _masked(row) if self._mask else row


def started(line: bytes) -> str | None:
    """When a conversation of a search started, from its JSON."""
    try:
        return moment(_started(line).started_at)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


class _Started(msgspec.Struct):
    started_at: str | None = None


_started = msgspec.json.Decoder(_Started).decode


def completed(row: Conversation, details: Conversation) -> Conversation:
    """`row` of a search with what its details have besides: what is null in it, and their turns where they have any."""
    for name in row.__struct_fields__:
        if getattr(row, name) is None or (name == "turns" and getattr(details, name)):
            setattr(row, name, getattr(details, name))
    return row


def moment(text: str | None) -> str | None:
    """A time as rows have it; None for what is no time. One without an offset is in UTC."""
    if text is None:
        return None
    try:
        # As servers write it, which is only looked at: a conversation has dozens.
        if text[19:20] == "." and text[10] == "T" and text[7] == "-" and text[11:13] != "24":
            after = text[26:]
            if after == "Z" or after == "+00:00":  # noqa: PLR1714 - twice as fast
                _read_time(text)
                return f"{text[:26]}Z"
            if len(text) == 24 and text[23] == "Z":
                _read_time(text)
                return f"{text[:23]}000Z"
        if (time := parse_datetime(text)) is not None:
            return time.astimezone(UTC).isoformat("T", "microseconds")[:-6] + "Z"
    except (ValueError, OverflowError, TypeError):
        return None
    return None


def _values(value: str | list[str | _Value]) -> list[str]:
    """The values of a metric, which come as a text, as texts, or as objects with a time for each."""
    if isinstance(value, str):
        return [value]
    values = (each.value if isinstance(each, _Value) else each for each in value)
    return [each for each in values if each is not None]


def _turn(index: int, came: _Turn) -> Turn:
    latency = came.latency
    return Turn(
        index, came.turn_id, came.user_input, moment(came.user_input_datetime), came.agent_response,
        moment(came.agent_response_datetime), latency.perceived_latency if isinstance(latency, _Latency) else latency,
        came.user_input_dtmf, came.translated_user_input, came.english_agent_response, came.asr_lang_code,
        came.intents, _text(came.entities), came.is_silence, came.is_ood, came.barge_in,
    )  # fmt: skip


def _events(came: dict[str, list[_Event]]) -> list[FunctionEvent]:
    return [
        FunctionEvent(
            int(number) if number.isdecimal() and len(number) < 19 else None, each.id, each.name, each.duration,
            _event_time(each.start_time), each.handoff.reason if each.handoff else None, each.hangup, _text(each.error),
            _text(each.arguments),
        )
        for number, those in came.items()
        for each in those
    ]  # fmt: skip


def _event_time(text: str | None) -> str | None:
    """The time of a function event, which comes as the time of an e-mail does: `Wed, 03 Jun 2026 13:18:09 GMT`."""
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return moment(parsedate_to_datetime(text or "").isoformat())
    return moment(text)


def _text(raw: msgspec.Raw) -> str | None:
    """JSON as text without spaces; None for null."""
    text = bytes(raw)
    return _SHORT[text] if text in _SHORT else msgspec.json.format(text, indent=-1).decode()


def _object(raw: msgspec.Raw) -> str | None:
    made = _text(raw)
    return made if made is not None and made.startswith("{") else None


def _summary(raw: msgspec.Raw) -> str | None:
    with suppress(Exception):  # whatever a summary is that has no text
        value = msgspec.json.decode(raw)
        return summary_text(ShortSummary.from_dict(value) if isinstance(value, dict) else value)
    return None


def _parsed(line: bytes) -> dict[str, Any]:
    """A JSON object of which Python can read what msgspec refuses: halves of surrogate pairs, infinite numbers."""

    def number(text: str) -> float | int | None:
        value = float(text)
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value

    loaded = json.loads(line.decode("utf-8", "replace"), parse_float=number, parse_constant=lambda _: None)
    clean = json.dumps(loaded, ensure_ascii=False).encode("utf-8", "replace")
    value = msgspec.json.decode(clean)
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - of the JSON
    return value


def _leniently(kind: type[Kind], value: Any) -> Kind:
    """A struct of those members of an object that are of the types of its fields."""
    made: dict[str, Any] = {}
    came = value if isinstance(value, dict) else {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in came:
            with suppress(msgspec.ValidationError):
                made[field.name] = _converted(field.type, field.name, came[field.encode_name])
    with suppress(TypeError):
        return kind(**made)
    raise ValueError("no id")


def _converted(kind: Any, name: str, value: Any) -> Any:
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    if name == "turns" and isinstance(value, list):
        return [_leniently(_Turn, each) for each in value]
    if name == "metrics" and isinstance(value, dict):
        return _each(value, kind)
    if name == "function_events" and isinstance(value, dict):
        return {
            key: [_leniently(_Event, each) for each in those] for key, those in value.items() if type(those) is list
        }
    return msgspec.convert(value, kind)


def _each(metrics: dict[str, Any], kind: Any) -> dict[str, Any]:
    """The metrics that are of their type; a number or a boolean is text."""
    made = {}
    for name, value in metrics.items():
        plain = str(msgspec.json.encode(value), "ascii") if isinstance(value, (bool, int, float)) else value
        with suppress(msgspec.ValidationError):
            made[name] = msgspec.convert({name: plain}, kind)[name]
    return made


def _masked(row: Kind) -> Kind:
    """`row` with what is personal masked, and so its turns and function events."""
    for name, mask in _masks(type(row)):
        if (value := getattr(row, name)) is not None:
            setattr(row, name, mask(value))
    return row


@cache
def _masks(kind: type[msgspec.Struct]) -> list[tuple[str, Callable[[Any], Any]]]:
    """What masks the values of a class of rows, by their names."""
    made: list[tuple[str, Callable[[Any], Any]]] = []
    for name, column in zip(kind.__struct_fields__, columns(kind), strict=True):
        mark = next((mark for mark in (JSON, NUMBER, DIGITS, FREE) if mark in column.marks), None)
        if mark is not None:
            made.append((name, _MASKS[mark]))
        elif get_origin(column.type) is list:
            texts = get_args(column.type) == (str,)
            made.append((name, _masked_texts if texts else _masked_rows))
    return made


def _masked_texts(texts: list[str]) -> list[str]:
    return list(map(personal.masked, texts))


def _masked_rows(rows: list[Kind]) -> list[Kind]:
    return list(map(_masked, rows))


def _masked_json(text: str) -> str:
    try:
        value = msgspec.json.decode(text)
    except msgspec.MsgspecError:  # numbers out of range
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    return msgspec.json.encode(personal.masked_json(value)).decode()


_MASKS: dict[str, Callable[[str], str]] = {
    JSON: _masked_json,
    NUMBER: lambda _: personal.PHONE,
    DIGITS: lambda text: "[keys]" if text else text,
    FREE: personal.masked,
}


def encoded(rows: Sequence[Conversation]) -> bytes:
    """Rows as lines of JSON."""
    return msgspec.json.Encoder().encode_lines(rows)
