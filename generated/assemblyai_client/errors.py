# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""The errors of this package. A request that got no response raises an error of httpx."""

import math
from typing import Any

UNREADABLE = (ValueError, RecursionError)
"""What parsing raises for a body that is not what the document says."""
KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}
"""The classes of JSON values, and what they are called."""


class ClientError(Exception):
    """The base of the errors of this package."""


class InvalidArgument(ClientError, ValueError):
    """An argument of a client or of an operation cannot be used. Nothing was sent."""


class InvalidResponse(ClientError):
    """The body of a response cannot be decompressed as its headers say."""


class Misfit(ClientError, ValueError):
    """A JSON value is not what the document says. The message has nothing of it.

    Attributes:
        place: where it is, below the value that was read: `turns[3].latency`, or "".
        reason: what is there and what is documented, such as "an object, documented as a number".
        value: what is there.
    """

    def __init__(self, place: str, reason: str, value: object = None):
        self.place = place
        self.reason = reason
        self.value = value
        super().__init__(f"{place}: {reason}" if place else reason)

    @classmethod
    def of(cls, value: object, says: str) -> "Misfit":
        """That `value` is not what the document `says`."""
        kind = KINDS.get(type(value), "no JSON")
        if isinstance(value, str) and not value.strip():
            kind = "a blank string" if value else "an empty string"
        elif isinstance(value, float) and not math.isfinite(value):
            kind = "no finite number"
        return cls("", f"{kind}, documented as {says}", value)

    def at(self, step: str) -> "Misfit":
        """The same, of a value in which this one is at `step`"""
        dot = "." if step and self.place and not self.place.startswith("[") else ""
        return Misfit(f"{step}{dot}{self.place}", self.reason, self.value)

    def __reduce__(self) -> tuple[type["Misfit"], tuple[str, str, object]]:
        return type(self), (self.place, self.reason, self.value)


class Partly(Misfit):
    """Some items of a list do not fit. `made` is the list without those that are `left_out`; the models read it."""

    def __init__(self, made: list[Any], first: Misfit, left_out: list[Misfit]):
        super().__init__(first.place, first.reason, first.value)
        self.made, self.left_out = made, left_out


class UnexpectedStatus(ClientError):
    """The status of a response is not documented, or a stream did not begin with success.

    Attributes:
        status_code: HTTP status.
        content: the body, which the message leaves out as it may repeat what was sent.
        operation: id of the operation.
        correlation_id: the server's id of the exchange, where the response has one.
    """

    def __init__(self, status_code: int, content: bytes, operation: str = "", correlation_id: str | None = None):
        self.status_code = status_code
        self.content = content
        self.operation = operation
        self.correlation_id = correlation_id
        super().__init__(f"{operation}: unexpected status {status_code} (correlation id {correlation_id})")

    def __reduce__(self) -> tuple[type["UnexpectedStatus"], tuple[int, bytes, str, str | None]]:
        return type(self), (self.status_code, self.content, self.operation, self.correlation_id)


__all__ = ["ClientError", "InvalidArgument", "InvalidResponse", "Misfit", "UnexpectedStatus"]
