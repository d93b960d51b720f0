# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""What models and endpoints share."""

import datetime
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import BinaryIO, Generic, TypeVar

from attrs import define

T = TypeVar("T")


def parse_datetime(value: str | None) -> datetime.datetime | None:
    """An RFC 3339 date-time; None when it is absent, null or empty. A time without an offset is UTC."""
    if value is None or value == "":
        return None
    parsed = datetime.datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)


@define
class File:
    """A binary answer."""

    payload: BinaryIO


@define
class Response(Generic[T]):
    """An answer, with its body decoded as `parsed` when its status is a documented one."""

    status_code: HTTPStatus
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = ["File", "Response", "parse_datetime"]
