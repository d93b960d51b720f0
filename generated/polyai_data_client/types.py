# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""What models and endpoints share."""

import datetime
import re
from collections.abc import MutableMapping
from typing import BinaryIO, Generic, TypeVar
from urllib.parse import quote

from attrs import define

from .errors import InvalidArgument

T = TypeVar("T")
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What parsing raises for a body that is not what the document says."""


def parse_datetime(value: str | None) -> datetime.datetime | None:
    """An RFC 3339 date-time; None when it is absent, null or empty. A time without an offset is UTC."""
    if value is None or value == "":
        return None
    # A leap second is the end of its minute here, as datetime knows none; and `t` and `z` are as good as `T` and `Z`.
    text, leaps = re.subn(r"^(.{10}T\d\d:\d\d:)60", r"\g<1>59", value.upper())
    parsed = datetime.datetime.fromisoformat(text) + datetime.timedelta(seconds=leaps)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)


def format_datetime(name: str, value: datetime.datetime) -> str:
    """`value` as an RFC 3339 date-time; InvalidArgument when it has no offset: a guess could be hours off."""
    offset = value.utcoffset() if isinstance(value, datetime.datetime) else None
    if offset is None:
        raise InvalidArgument(f"{name}: {value!r} must be a datetime with an offset, such as tzinfo=timezone.utc")
    # Zones had offsets with seconds before 1940; a date-time of RFC 3339 has none.
    return (value.astimezone(datetime.UTC) if offset % datetime.timedelta(minutes=1) else value).isoformat()


def path_segment(name: str, value: object) -> str:
    """`value` quoted as one segment of a path; InvalidArgument when it would reach another path."""
    text = "" if value is None else str(value)
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in {"", ".", ".."}:
        raise InvalidArgument(f"{name}: {value!r} is no id, and would reach another path")
    return quoted


@define
class File:
    """A binary response."""

    payload: BinaryIO


@define
class Response(Generic[T]):
    """A response. `parsed` is None when its body is not what the document says of its status; `content` has it."""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = ["UNREADABLE", "File", "Response", "format_datetime", "parse_datetime", "path_segment"]
