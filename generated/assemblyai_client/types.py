# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""What models and endpoints share."""

import datetime
import re
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import BinaryIO, Generic, TypeVar

from attrs import define

T = TypeVar("T")


def parse_datetime(value: str | None) -> datetime.datetime | None:
    """An RFC 3339 date-time; None when it is absent, null or empty. A time without an offset is UTC."""
    if value is None or value == "":
        return None
    # A leap second is the end of its minute here, as datetime knows none; and `t` and `z` are as good as `T` and `Z`.
    text, leaps = re.subn(r"^(.{10}T\d\d:\d\d:)60", r"\g<1>59", value.upper())
    parsed = datetime.datetime.fromisoformat(text) + datetime.timedelta(seconds=leaps)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)


@define
class File:
    """A binary response."""

    payload: BinaryIO


@define
class Response(Generic[T]):
    """A response, with its body decoded as `parsed` when its status is a documented one."""

    status_code: HTTPStatus
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = ["File", "Response", "parse_datetime"]
