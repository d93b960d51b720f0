"""Conversations of both routes as rows of the flat schema. No I/O.

What a row holds and its type does not allow is null in its column. A conversation in which nothing of that kind is,
which nearly all are, is decoded and checked at once; any other is read field by field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

from polyai_data import personal
from polyai_data.export import wire
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
        self._platform = msgspec.json.Decoder(wire.Platform)
        self._agents = msgspec.json.Decoder(wire.Agents)

    def platform(self, item: bytes | wire.Platform) -> Conversation:
        """The row of a conversation of a search, of its JSON or of what that was read to, which is used up.

        Raises:
            ValueError: it is no object with an id.
        """
        try:
            came = self._platform.decode(item) if isinstance(item, bytes) else item
        except (msgspec.MsgspecError, UnicodeDecodeError):
            came = _leniently(wire.Platform, _parsed(cast("bytes", item)))
        return self._made(
            came.project_id, came.account_id, came.id, came.environment, came.channel, written(came.started_at), None,
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
            came = _leniently(wire.Agents, _parsed(line))
        return self._made(
            came.project_id, came.account_id, came.conversation_id, came.client_env, came.channel,
            written(came.started_at), written(came.finished_at), came.in_progress, came.direction, came.language,
            came.variant_id, None, came.from_number, came.to_number, came.total_duration, came.polyai_duration,
            len(came.turns) if came.turns else None, None, None,
            came.handoff, came.handoff_reason, came.handoff_destination, _summary(came.short_summary), came.note,
            came.poly_score, came.tags,
            metrics=came.metrics, state=wire.NULL, turns=came.turns, events=came.function_events,
        )  # fmt: skip

    def _made(
        self,
        *values: Any,
        metrics: wire.Metrics | None,
        state: msgspec.Raw,
        turns: list[wire.Turn] | None,
        events: dict[str, list[wire.Event]] | None = None,
    ) -> Conversation:
        layout = self._layout
        texts = None if metrics is None else {name: _values(value) for name, value in metrics.items()}
        extra: list[Any] = [next(reversed((texts or {}).get(name, [])), None) for name in layout.metrics]
        if layout.turns:
            extra.append(None if turns is None else _turns(turns))
        if layout.function_events:
            extra.append(None if events is None else _events(events))
        held: Any = texts and {name: one[0] if len(one) == 1 else one for name, one in texts.items()}
        shown = None if held is None else msgspec.json.encode(held).decode()
        row: Conversation = self._row(*values, shown, _object(state), *extra)
        return masked(row) if self._mask else row


def started(came: bytes | wire.Platform) -> str | None:
    """When a conversation of a search started."""
    try:
        return written((_started(came) if isinstance(came, bytes) else came).started_at)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


_started = msgspec.json.Decoder(wire.Started).decode


def completed(row: Kind, details: Kind) -> Kind:
    """`row` of a search with what its details have besides: what is null in it, and in its turns; turns it lacks."""
    for name in row.__struct_fields__:
        mine, theirs = getattr(row, name), getattr(details, name)
        if name == "turns" and mine and theirs and len(mine) == len(theirs):
            theirs = list(map(completed, mine, theirs))
        if mine is None or (name == "turns" and theirs):
            setattr(row, name, theirs)
    return row


def written(time: datetime | None) -> str | None:
    """A time as rows have it. One without an offset is in UTC."""
    if time is not None and time.tzinfo is not UTC:
        try:
            time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except OverflowError:
            return None
    if time is None:
        return None
    text = msgspec.json.encode(time)[1:-1].decode()
    return text if time.microsecond else f"{text[:-1]}.000000Z"


def _time(value: Any) -> datetime | None:
    """A time as msgspec reads it, which rounds, or whatever else is one."""
    with suppress(msgspec.ValidationError):
        return msgspec.convert(value, datetime)
    with suppress(ValueError, TypeError, OverflowError):
        return parse_datetime(value)
    return None


def _values(value: str | list[str | wire.Value]) -> list[str]:
    """The values of a metric, which come as a text, as texts, or as objects with a time for each."""
    if isinstance(value, str):
        return [value]
    values = (each.value if isinstance(each, wire.Value) else each for each in value)
    return [each for each in values if each is not None]


def _turns(came: list[wire.Turn]) -> list[Turn]:
    """The turns of a row, which they become in place; what is done for each is written out, as there are dozens."""
    made: list[Any] = came
    for index, turn in enumerate(made):
        turn.index = index
        turn.entities = _text(turn.entities)
        if turn.latency_seconds.__class__ is wire.Latency:
            turn.latency_seconds = turn.latency_seconds.perceived_latency
        # Microseconds in UTC are encoded as they are to be.
        if (time := turn.user_input_at) is not None and not (time.microsecond and time.tzinfo is UTC):
            turn.user_input_at = written(time)
        if (time := turn.agent_response_at) is not None and not (time.microsecond and time.tzinfo is UTC):
            turn.agent_response_at = written(time)
        turn.__class__ = Turn
    return made


def _events(came: dict[str, list[wire.Event]]) -> list[FunctionEvent]:
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
        return written(parsedate_to_datetime(text or ""))
    return written(_time(text))


def _text(raw: msgspec.Raw) -> str | None:
    """JSON as text without spaces, and with letters for their escapes, so that SQL finds names; None for null."""
    text = msgspec.json.format(raw, indent=-1).decode()
    if "\\u" in text:
        with suppress(msgspec.MsgspecError):  # numbers out of range, halves of surrogate pairs
            text = msgspec.json.encode(msgspec.json.decode(text)).decode()
    return None if text == "null" else text


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
    if kind == datetime | None:
        return _time(value)
    if name == "turns" and isinstance(value, list):
        return [_leniently(wire.Turn, each) for each in value]
    if name == "metrics" and isinstance(value, dict):
        return _each(value, kind)
    if name == "function_events" and isinstance(value, dict):
        return {
            key: [_leniently(wire.Event, each) for each in those] for key, those in value.items() if type(those) is list
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


def masked(row: Kind) -> Kind:
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
    return list(map(masked, rows))


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


def encode(row: Conversation, buffer: bytearray | None = None) -> bytearray:
    """A row as a line of JSON, at the end of a buffer."""
    buffer = bytearray() if buffer is None else buffer
    _encode_into(row, buffer, -1)
    buffer += b"\n"
    return buffer


_encode_into = msgspec.json.Encoder().encode_into
