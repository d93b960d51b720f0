"""Requests, responses, and how a rule says what differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from polyai_data.openapi import Operation

JSON = "application/json"
CORRELATION = "x-polyai-correlation-id"
NO_OPERATION = "(no operation)"
"""Stands for the operation of a request that belongs to none, such as that of a signed link."""


class Blocked(Exception):  # noqa: N818 - not a failure of the program
    """A rule cannot be judged, since a response that it builds on is not usable. The message says which one."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, without the key: only the name of the variable that stands for it.

    Attributes:
        method: HTTP method.
        url: the whole true URL, whatever address it was sent to.
        headers: by name in lower case, without the key.
        body: as it was sent; None for none.
        key_header: name of the header that carried a key; empty for none.
        key_variable: name of the environment variable that stands for the key in reports; empty for no key.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    key_header: str = ""
    key_variable: str = ""

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)


@dataclass(frozen=True)
class Response:
    """A whole response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty for none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def value(self) -> Any:
        """The body as JSON, which all rules share; ValueError when it is not JSON."""
        return self._value

    @cached_property
    def _value(self) -> Any:
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class Exchange:
    """A request and its response.

    Attributes:
        operation: the operation that was called, or None.
        judged: whether the document describes this response. It does not describe that of a wrong host, for instance.
        polyai: whether a host of PolyAI responded.
    """

    operation: Operation | None
    request: Request
    response: Response
    judged: bool = True
    polyai: bool = True

    @property
    def name(self) -> str:
        return self.operation.id if self.operation else NO_OPERATION

    def value(self) -> Any:
        """The JSON of a successful response; `Blocked` for any other."""
        if not self.response.ok:
            raise Blocked(f"{self.name} responded with {self.response.status}")
        try:
            return self.response.value()
        except ValueError:
            raise Blocked(f"the response of {self.name} is not JSON") from None

    def json(self) -> Any:
        """The JSON of any response; None where there is none."""
        if self.response.content_type != JSON:
            return None
        try:
            return self.response.value()
        except (ValueError, RecursionError):
            return None

    @property
    def gateway(self) -> bool:
        """Whether a gateway seems to have responded instead of the service: an error that is not JSON."""
        return self.response.status >= 400 and self.response.content_type != JSON


class Difference(NamedTuple):
    """What a rule expects, and what it saw instead.

    Attributes:
        place: where in the response, such as `conversations[].turns[].latency`; empty where that goes without saying.
    """

    expected: str
    seen: str
    place: str = ""
