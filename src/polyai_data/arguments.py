"""Checks the arguments of calls before a request is built from them. No I/O.

An id becomes one segment of a path. Quoting alone does not keep it there: an empty segment, `.` and `..` reach another
operation, and a placeholder reaches none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from copy import copy
from inspect import signature
from typing import TYPE_CHECKING, Any, TypedDict

from polyai_data.errors import ConfigError
from polyai_data.paging import whole
from polyai_data.rules import AnyRule, broken_rule
from polyai_data_client.models.annotation_type import ANNOTATION_TYPE_VALUES
from polyai_data_client.models.client_environment import ClientEnvironment
from polyai_data_client.models.query_type import QueryType
from polyai_data_client.models.sample_method import SampleMethod
from polyai_data_client.models.speaker import SPEAKER_VALUES, Speaker

if TYPE_CHECKING:
    from polyai_data_client.models import Annotation

PARALLEL, MOST_PARALLEL = 8, 64
"""Requests at once: unless told otherwise, and at most; a client has a hundred connections."""
# Compiled on first use, as importing a client must be quick.
_NOT_IN_AN_ID = r"[/\\?#%\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_PLACEHOLDER = r"^(\{.*\}|<.*>|:\w+|\$\w+|\$\{.*\})$"


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
    elif re.match(_PLACEHOLDER, value):
        problem = f"{name} is {value!r}, a placeholder; replace it with an id"
    elif bad := re.search(_NOT_IN_AN_ID, value):
        problem = (
            f"{name} holds {bad.group()!r} at position {bad.start()}, which no id has; pass the id alone, "
            "neither a URL nor percent-encoded"
        )
    if value is None or problem:
        raise ConfigError(problem or "", argument=name)
    return value


def moment(name: str, value: datetime.date | str | None) -> datetime.datetime | None:
    """`value` as a point in time; a date is its midnight in UTC.

    A time without an offset is refused: taken as local or as UTC, it could be hours off.

    Raises:
        ConfigError: a time without an offset, or a string that is not an ISO 8601 time or date.
    """
    if value is None:
        return None
    if isinstance(value, str):
        from dateutil import parser  # noqa: PLC0415 - it takes long

        try:
            value = _date(value) or parser.isoparse(value)
        except ValueError as error:
            raise ConfigError(f"{name}: {value!r} is not an ISO 8601 time ({error})", argument=name) from error
    # The NaT of data frames is a datetime that does not equal itself.
    if not isinstance(value, datetime.date) or value != value:  # noqa: PLR0124
        message = f"{name} must be a datetime, a date or a string, not {type(value).__name__}"
        raise ConfigError(message, argument=name)
    if not isinstance(value, datetime.datetime):
        return datetime.datetime.combine(value, datetime.time(), datetime.UTC)
    # The times of data frames are of a subclass whose arithmetic knows a few centuries alone.
    value = datetime.datetime.combine(datetime.datetime.date(value), datetime.datetime.timetz(value))
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


_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AGO = r"(?i)(\d+)\s*(m|h|d|w|minutes?|hours?|days?|weeks?)(?:\s+ago)?"


def when(text: str, *, end: bool = False) -> datetime.datetime:
    """A time as people write it, in UTC: ISO 8601, a day, `today`, `yesterday`, `now`, or an age: `3 days ago`, `36h`.

    Without an offset it is local time. A day is its first moment, or with `end` the first after it.

    Raises:
        ValueError, OverflowError: it is none.
    """
    text = text.strip()
    now = datetime.datetime.now(datetime.UTC)
    days = {"today": 0, "yesterday": 1}
    if text.lower() == "now":
        return now
    if match := re.fullmatch(_AGO, text):
        return now - datetime.timedelta(seconds=int(match[1]) * _UNITS[match[2][0].lower()])
    if text.lower() in days:
        day = now.astimezone().date() - datetime.timedelta(days=days[text.lower()])
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text):
        day = datetime.date.fromisoformat(text)
    else:
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)
    day += datetime.timedelta(days=end)
    return datetime.datetime.combine(day, datetime.time()).astimezone(datetime.UTC)


def _date(value: str) -> datetime.date | None:
    with suppress(ValueError):
        return datetime.date.fromisoformat(value)
    return None


def _instant(value: datetime.datetime) -> datetime.timedelta:
    """What times are compared by: within one zone, Python compares clocks, which show some hours twice."""
    since = value.replace(tzinfo=datetime.UTC) - datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
    return since - (value.utcoffset() or datetime.timedelta())


def page_size(value: int | None, *, most: int | None = None) -> int | None:
    """`value`, checked to be a page size of at most `most`; ConfigError when it is not."""
    size = whole(value)
    if value is None or (size and (most is None or size <= most)):
        return size
    allowed = "at least 1" if most is None else f"from 1 to {most}"
    raise ConfigError(f"limit is the page size, a whole number {allowed}, not {value!r}", argument="limit")


def parallel(value: int | None) -> int | None:
    """`value`, checked to be how many requests are sent at once; ConfigError when it is not."""
    size = whole(value)
    if value is None or (size and size <= MOST_PARALLEL):
        return size
    message = f"parallel is how many requests are sent at once, from 1 to {MOST_PARALLEL}, not {value!r}"
    raise ConfigError(message, argument="parallel")


def offset(value: int | None) -> int | None:
    """`value`, checked to be an offset; ConfigError when it is not."""
    at = whole(value)
    if value is None or at is not None:
        return at
    raise ConfigError(f"offset must be a whole number of at least 0, not {value!r}", argument="offset")


class Filters(TypedDict, total=False):
    """The arguments of `Conversations.search`, without `on_invalid`."""

    agent_id: str | None
    account_id: str | None
    start_time: datetime.date | str | None
    end_time: datetime.date | str | None
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
    parallel: int | None


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


def kinds(kind: type | tuple[type, ...], what: str, *required: str, **given: object) -> None:
    """Check that the arguments `given` are of a type, for callers without a type checker; else ConfigError.

    `what` is the type in messages: `a string`. Those that are not `required` may be None.
    """
    for name, value in given.items():
        if not isinstance(value, kind) and (value is not None or name in required):
            raise ConfigError(f"{name} must be {what}, not {type(value).__name__}", argument=name)


def texts(*required: str, **given: object) -> None:
    """Check that arguments are strings, as `kinds` does."""
    kinds(str, "a string", *required, **given)


def text_lists(**given: object) -> None:
    """Check that arguments are lists, or the like, of strings; ConfigError for anything else, as for a string."""
    for name, value in given.items():
        several: Any = value if isinstance(value, Collection) and not isinstance(value, str) else [None]
        if not all(isinstance(each, str) for each in several):
            raise ConfigError(f"{name} must be a list of strings, not {value!r}", argument=name)


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


def annotation_list(given: Iterable[Annotation]) -> list[Annotation]:
    """Copies of annotations that name a turn, a side and a type each; ConfigError when one does not, or is none."""
    kinds(Iterable, "a list of Annotation", annotations=given)
    return [_annotation(index, each) for index, each in enumerate(given)]


def _annotation(index: int, given: Annotation) -> Annotation:
    from polyai_data_client.models import Annotation  # noqa: PLC0415 - models take long to import

    if not isinstance(given, Annotation):
        raise ConfigError(
            f"annotations[{index}] is a {type(given).__name__}, not an Annotation; pass "
            "[models.Annotation(turn_id=…, role=…, annotation_type=…)]",
            argument="annotations",
        )
    turn = whole(given.turn_id)
    if turn is None:
        message = f"turn_id is the index of a turn, a whole number of at least 0, not {given.turn_id!r}"
        raise ConfigError(message, argument="turn_id")
    choice("role", given.role, SPEAKER_VALUES, required=True)
    choice("annotation_type", given.annotation_type, ANNOTATION_TYPE_VALUES, required=True)
    made = copy(given)
    made.turn_id = turn
    return made


def unknown(call: Callable[..., Any], given: Iterable[str], ways: Mapping[str, str]) -> TypeError | None:
    """The error for the first of the arguments `given` that `call` does not take; None without any.

    It names what the argument is for in `ways`, or the nearest argument, or all. Values stay out, as they can be keys.
    """
    name = next(iter(given), None)
    if name is None:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes alone

    parameters = signature(call).parameters.values()
    known = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD and each.name != "self"]
    near = get_close_matches(name, known, 1)
    way = ways.get(name) or (f"did you mean {near[0]}=?" if near else f"it takes {', '.join(known)}")
    return TypeError(f"{call.__qualname__.removesuffix('.__init__')}() takes no {name}=; {way}")
