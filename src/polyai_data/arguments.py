"""Checks the arguments of calls before a request is built from them. No I/O.

An id becomes one segment of a path. Quoting alone does not keep it there: an empty segment, `.` and `..` reach another
operation, and a placeholder reaches none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from dateutil import parser

from polyai_data.errors import ConfigError
from polyai_data.rules import AnyRule, broken_rule
from polyai_data_client.models import Annotation
from polyai_data_client.models.annotation_type import ANNOTATION_TYPE_VALUES
from polyai_data_client.models.client_environment import ClientEnvironment
from polyai_data_client.models.query_type import QueryType
from polyai_data_client.models.sample_method import SampleMethod
from polyai_data_client.models.speaker import SPEAKER_VALUES, Speaker

_NOT_IN_AN_ID = re.compile(r"[/\\?#%\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"^(\{.*\}|<.*>|:\w+|\$\w+|\$\{.*\})$")


def path_id(name: str, value: str | None, *, remedy: str | None = None) -> str:
    """`value`, checked to be a valid path segment.

    Args:
        name: the argument's name, for the message.
        value: the argument.
        remedy: what to do when it is missing.

    Raises:
        ConfigError: it is missing, empty, `.`, `..`, a placeholder, or holds a character that no id has.
    """
    remedy = remedy or f"pass {name}="
    problem = None
    if value is None:
        problem = f"{name} is missing; {remedy}"
    elif not isinstance(value, str):
        problem = f"{name} must be a string, not {type(value).__name__}; {remedy}"
    elif not value.strip():
        problem = f"{name} is empty; {remedy}"
    elif value in {".", ".."}:
        problem = f"{name} is {value!r}, which would reach another path; {remedy}"
    elif _PLACEHOLDER.match(value):
        problem = f"{name} is {value!r}, a placeholder; replace it with an id"
    elif bad := _NOT_IN_AN_ID.search(value):
        problem = (
            f"{name} holds {bad.group()!r} at position {bad.start()}, which no id has; pass the id alone, "
            "neither a URL nor percent-encoded"
        )
    if value is None or problem:
        raise ConfigError(problem or "", argument=name)
    return value


def moment(name: str, value: datetime.datetime | str | None) -> datetime.datetime | None:
    """`value` as a point in time. One without an offset is refused: taken as local or as UTC, it could be hours off.

    Raises:
        ConfigError: a time without an offset, or a string that is not an ISO 8601 time.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = parser.isoparse(value)
        except ValueError as error:
            raise ConfigError(f"{name}: {value!r} is not an ISO 8601 time ({error})", argument=name) from error
    if not isinstance(value, datetime.datetime):
        raise ConfigError(f"{name} must be a datetime or a string, not {type(value).__name__}", argument=name)
    offset = value.utcoffset()
    if offset is None:
        raise ConfigError(
            f"{name}: {value.isoformat()} does not say its offset; give datetime(..., tzinfo=timezone.utc), "
            "value.astimezone() for local time, or a string that ends in Z or +01:00",
            argument=name,
        )
    if offset % datetime.timedelta(minutes=1):
        # Zones had offsets with seconds before 1940; a date-time of RFC 3339 has none.
        try:
            return value.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ConfigError(f"{name}: {value.isoformat()} has no equivalent in UTC", argument=name) from error
    return value


def _instant(value: datetime.datetime) -> datetime.timedelta:
    """What times are compared by: within one zone, Python compares clocks, which show some hours twice."""
    since = value.replace(tzinfo=datetime.UTC) - datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
    return since - (value.utcoffset() or datetime.timedelta())


def page_size(value: int | None, *, most: int | None = None) -> int | None:
    """`value`, checked to be a page size of at most `most`; ConfigError when it is not."""
    if value is None or (_is_whole(value, 1) and (most is None or value <= most)):
        return value
    allowed = "at least 1" if most is None else f"from 1 to {most}"
    raise ConfigError(f"limit is the page size, a whole number {allowed}, not {value!r}", argument="limit")


def offset(value: int | None) -> int | None:
    """`value`, checked to be an offset; ConfigError when it is not."""
    if value is None or _is_whole(value, 0):
        return value
    raise ConfigError(f"offset must be a whole number of at least 0, not {value!r}", argument="offset")


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


class Filters(TypedDict, total=False):
    """The arguments of `Conversations.search`, without `on_invalid`."""

    agent_id: str | None
    account_id: str | None
    start_time: datetime.datetime | str | None
    end_time: datetime.datetime | str | None
    query: str | None
    query_type: QueryType | None
    turn_type: Speaker | None
    sample: SampleMethod | None
    client_env: ClientEnvironment | None
    channel: str | Iterable[str] | None
    variant_id: str | None
    variant_name: str | None
    in_progress: bool | None
    include_latency: bool | None
    limit: int | None
    offset: int | None
    cursor: str | None


def search_rules(rules: Iterable[AnyRule], given: Mapping[str, Any]) -> None:
    """Check that the search parameters `given` break no rule, and their time range is in order; else ConfigError."""
    if broken := broken_rule(rules, given):
        parameter, message = broken
        raise ConfigError(f"{parameter}: {message}", argument=parameter)
    start, end = given.get("start_time"), given.get("end_time")
    if start is not None and end is not None and _instant(start) > _instant(end):
        raise ConfigError(
            f"end_time: start_time is after end_time: {start.isoformat()} is later than {end.isoformat()}",
            argument="end_time",
        )


def kinds(kind: type, what: str, *required: str, **given: object) -> None:
    """Check that the arguments `given` are of a type, for callers without a type checker; else ConfigError.

    `what` is the type in messages: `a string`. Those that are not `required` may be None.
    """
    for name, value in given.items():
        if not isinstance(value, kind) and (value is not None or name in required):
            raise ConfigError(f"{name} must be {what}, not {type(value).__name__}", argument=name)


def texts(*required: str, **given: object) -> None:
    """Check that arguments are strings, as `kinds` does."""
    kinds(str, "a string", *required, **given)


def channels(value: str | Iterable[str] | None) -> list[str] | None:
    """The channels to search, as a list; None for none. ConfigError when one is not a string."""
    kinds(Iterable, "a string or several", channel=value)
    values = [value] if isinstance(value, str) else [*(value or ())]
    for each in values:
        texts("channel", channel=each)
    return values or None


def choice(name: str, value: str | None, allowed: set[Any], *, required: bool = False) -> None:
    """Check that `value` is one of those `allowed`; ConfigError when it is not, or is missing and `required`."""
    if (value is not None or required) and value not in allowed:
        raise ConfigError(f"{name}: {value!r} is not one of {', '.join(sorted(allowed))}", argument=name)


def annotation(given: Annotation) -> None:
    """Check that an annotation names a turn, a side and a type; ConfigError when it does not."""
    if not _is_whole(given.turn_id, 0):
        message = f"turn_id is the index of a turn, a whole number of at least 0, not {given.turn_id!r}"
        raise ConfigError(message, argument="turn_id")
    choice("role", given.role, SPEAKER_VALUES, required=True)
    choice("annotation_type", given.annotation_type, ANNOTATION_TYPE_VALUES, required=True)
