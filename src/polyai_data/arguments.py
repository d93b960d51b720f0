"""What callers pass, checked before a request is built from it. No I/O.

An id becomes one segment of a path. Quoting alone does not keep it there: an empty segment, `.` and `..` reach another
operation, and a placeholder that was left in reaches none. The rules between query parameters are those that the
vendor's documents tell in prose.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from dateutil import parser

from polyai_data.errors import ConfigError
from polyai_data.rules import Rule, broken_rule
from polyai_data_client.models import Annotation
from polyai_data_client.models.annotation_type import ANNOTATION_TYPE_VALUES
from polyai_data_client.models.client_environment import ClientEnvironment
from polyai_data_client.models.query_type import QueryType
from polyai_data_client.models.sample_method import SampleMethod
from polyai_data_client.models.speaker import SPEAKER_VALUES, Speaker

_NOT_IN_AN_ID = re.compile(r"[/\\?#%\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"^(\{.*\}|<.*>|:\w+|\$\w+|\$\{.*\})$")


def path_id(name: str, value: str | None, *, remedy: str | None = None) -> str:
    """`value`, fit to be the path segment of the id that callers know as `name`.

    Args:
        name: the argument's name, for the message.
        value: what was passed.
        remedy: what to do when there is none.

    Raises:
        ConfigError: it is missing, empty, `.`, `..`, a placeholder, or holds a character that an id never has.
    """
    remedy = remedy or f"pass {name}="
    if value is None:
        raise ConfigError(f"{name} is missing; {remedy}", argument=name)
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be a string, not {type(value).__name__}; {remedy}", argument=name)
    if not value.strip():
        raise ConfigError(f"{name} is empty; {remedy}", argument=name)
    if value in {".", ".."}:
        raise ConfigError(f"{name} is {value!r}, which would reach another path; {remedy}", argument=name)
    if _PLACEHOLDER.match(value):
        raise ConfigError(f"{name} is {value!r}, a placeholder; put the real id in its place", argument=name)
    if found := _NOT_IN_AN_ID.search(value):
        raise ConfigError(
            f"{name} holds {found.group()!r} at position {found.start()}, which no id has; pass the id alone, "
            "neither a URL nor percent-encoded",
            argument=name,
        )
    return value


def moment(name: str, value: datetime.datetime | str | None) -> datetime.datetime | None:
    """`value` as a point in time. One without an offset is refused: taken as local or as UTC, it could be hours off.

    Raises:
        ConfigError: a time without an offset, or a string that is no ISO 8601 time.
    """
    if isinstance(value, str):
        try:
            value = parser.isoparse(value)
        except ValueError as error:
            raise ConfigError(f"{name}: {value!r} is no ISO 8601 time ({error})", argument=name) from error
    if value is not None and not isinstance(value, datetime.datetime):
        raise ConfigError(f"{name} must be a datetime or a string, not {type(value).__name__}", argument=name)
    if value is not None and value.utcoffset() is None:
        raise ConfigError(
            f"{name}: {value.isoformat()} does not say its offset; give datetime(..., tzinfo=timezone.utc), "
            "value.astimezone() for local time, or a string that ends in Z or +01:00",
            argument=name,
        )
    offset = value.utcoffset() if value is not None else None
    if value is not None and offset is not None and offset % datetime.timedelta(minutes=1):
        # The clocks of before 1940 had such offsets, and a date-time of RFC 3339 cannot say them.
        try:
            return value.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ConfigError(f"{name}: {value.isoformat()} cannot be told in UTC", argument=name) from error
    return value


def _instant(value: datetime.datetime) -> datetime.timedelta:
    """What two times are compared by: within one zone the language compares clocks, and some hours come twice."""
    since = value.replace(tzinfo=datetime.UTC) - datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
    return since - (value.utcoffset() or datetime.timedelta())


def page_size(value: int | None, *, most: int | None = None) -> int | None:
    """`value`, fit to be a page size of at most `most`.

    Raises:
        ConfigError: it is not a whole number in that range.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (most is not None and value > most):
        allowed = "at least 1" if most is None else f"from 1 to {most}"
        raise ConfigError(f"limit is the page size, a whole number {allowed}, not {value!r}", argument="limit")
    return value


def offset(value: int | None) -> int | None:
    """`value`, fit to be an offset.

    Raises:
        ConfigError: it is not a whole number of at least 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"offset must be a whole number of at least 0, not {value!r}", argument="offset")
    return value


class Filters(TypedDict, total=False):
    """What a search takes, but for `on_invalid`; `Conversations.search` tells what each means."""

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


def search_rules(rules: Iterable[Rule], given: Mapping[str, Any]) -> None:
    """Check which search parameters go together.

    Args:
        rules: the operation's rules.
        given: the parameters by name; None means not given.

    Raises:
        ConfigError: naming the rule that is broken.
    """
    if broken := broken_rule(rules, given):
        raise ConfigError(f"{broken.parameter}: {broken.message}", argument=broken.parameter)
    start, end = given.get("start_time"), given.get("end_time")
    if start is not None and end is not None and _instant(start) > _instant(end):
        raise ConfigError(
            f"end_time: start_time is after end_time: {start.isoformat()} is later than {end.isoformat()}",
            argument="end_time",
        )


def kinds(kind: type, what: str, *required: str, **given: object) -> None:
    """Check the types of arguments, which a caller without a type checker can get wrong.

    Args:
        kind: the type.
        what: how messages call it: `a string`.
        required: names among `given` that None will not do for.
        given: the arguments by name; None means not given.

    Raises:
        ConfigError: naming the first that is of another type.
    """
    for name, value in given.items():
        if not isinstance(value, kind) and (value is not None or name in required):
            raise ConfigError(f"{name} must be {what}, not {type(value).__name__}", argument=name)


def texts(*required: str, **given: object) -> None:
    """Check that arguments are strings, as `kinds` does."""
    kinds(str, "a string", *required, **given)


def flags(**given: object) -> None:
    """Check that arguments are booleans, as `kinds` does."""
    kinds(bool, "True or False", **given)


def channels(value: str | Iterable[str] | None) -> list[str] | None:
    """The channels to search, of one or of several; None for none.

    Raises:
        ConfigError: something among them is no string, or there is nothing to go over.
    """
    if value is None or isinstance(value, str):
        return None if value is None else [value]
    kinds(Iterable, "a string or several", channel=value)
    found = [*value]
    for each in found:
        texts("channel", channel=each)
    return found or None


def choice(name: str, value: str | None, allowed: set[Any], *, required: bool = False) -> None:
    """Check that `value` is one of the words that the document lists.

    Raises:
        ConfigError: it is another one, or missing where it is `required`.
    """
    if (value is not None or required) and value not in allowed:
        raise ConfigError(f"{name}: {value!r} is not one of {', '.join(sorted(allowed))}", argument=name)


def annotation(given: Annotation) -> None:
    """Check that an annotation names a turn, a side and a type.

    Raises:
        ConfigError: it does not.
    """
    turn = given.turn_id
    if isinstance(turn, bool) or not isinstance(turn, int) or turn < 0:
        message = f"turn_id is the index of a turn, a whole number of at least 0, not {turn!r}"
        raise ConfigError(message, argument="turn_id")
    choice("role", given.role, SPEAKER_VALUES, required=True)
    choice("annotation_type", given.annotation_type, ANNOTATION_TYPE_VALUES, required=True)
