"""What was asked, what was answered, and what differs from what should have been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from polyai_data.openapi import Operation

FAILURE, NOTE = "failure", "note"
NO_OPERATION = "(no operation)"
"""Stands for the operation of a request that no operation is asked by, such as that of a signed link."""


class Blocked(Exception):  # noqa: N818 - not a failure of the program
    """A rule cannot be judged, since an answer that it builds on is not usable. The message says which one."""

    def __init__(self, reason: str, exchange: Exchange | None = None) -> None:
        super().__init__(reason)
        self.exchange = exchange


class Skipped(Exception):  # noqa: N818 - not a failure of the program
    """A rule does not apply to this target, e.g. for want of a key with that role. The message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, but without the key: only the name of the variable that stands for it.

    Attributes:
        method: HTTP method.
        url: the whole true URL, whatever address it was sent to.
        headers: by name in lower case, without the key.
        body: as it was sent; None where there was none.
        key_header: name of the header that carried a key; empty when none did.
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
        """The query parameters, decoded."""
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def host(self) -> str:
        """Name of the host in lower case."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where none is told."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def value(self) -> Any:
        """The body as JSON; ValueError when it is none."""
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Attributes:
        operation: the operation that was asked for, or None.
        judged: whether the document speaks about this answer. It does not about the wrong host's, for instance.
        polyai: whether a host of PolyAI's answered.
    """

    operation: Operation | None
    request: Request
    answer: Answer
    judged: bool = True
    polyai: bool = True
    live: bool = False

    @property
    def name(self) -> str:
        """Id of the operation."""
        return self.operation.id if self.operation else NO_OPERATION

    def value(self) -> Any:
        """The answer's JSON; `Blocked` when the answer is no success, or no JSON."""
        if not self.answer.ok:
            raise Blocked(f"{self.name} was answered with {self.answer.status}", self)
        try:
            return self.answer.value()
        except ValueError:
            raise Blocked(f"the answer of {self.name} is no JSON", self) from None

    @property
    def gateway(self) -> bool:
        """Whether a gateway seems to have answered in place of the service: an error that is no JSON."""
        return self.answer.status >= 400 and self.answer.content_type != "application/json"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a rule expects, and what is there instead."""

    expected: str
    seen: str


@dataclass(slots=True)
class Finding:
    """A difference, with the rule that it breaks and the requests that show it.

    Attributes:
        rule: id of the rule.
        operation: id of the operation.
        severity: `failure` or `note`.
        exchanges: the first requests that showed it, in the order they were sent.
        count: how many times it was seen.
    """

    rule: str
    operation: str
    expected: str
    seen: str
    exchanges: tuple[Exchange, ...]
    severity: str = FAILURE
    count: int = 1


@dataclass(slots=True)
class Outcome:
    """How it went with a rule.

    Attributes:
        cases: how many times it was judged.
        failures: how many of these broke it.
        skipped: why it was not judged at all, or in part; empty when it was.
        blocked: why it could not be judged although it should have been; empty when it could.
        seconds: time that it took.
    """

    cases: int = 0
    failures: int = 0
    notes: int = 0
    skipped: str = ""
    blocked: str = ""
    seconds: float = 0.0
    operations: set[str] = field(default_factory=set)
