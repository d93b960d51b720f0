"""Every error that polyai-data raises, in one tree.

None of them is a class of the HTTP library:

    PolyAIError
    ├── ConfigError                  an argument is missing or invalid; nothing was sent
    ├── TransportError               no complete response arrived
    │   ├── TimeoutError               … in time (also a builtin TimeoutError)
    │   └── ConnectionError            … as the connection failed (also a builtin ConnectionError)
    ├── APIError                     the server responded with an error
    │   ├── BadRequestError            400, 405, 412, 415, 422 and other 4xx; another request may succeed
    │   ├── AuthenticationError        401
    │   ├── PermissionDeniedError      403
    │   ├── NotFoundError              404
    │   ├── GoneError                  410, e.g. a debug chat that has ended
    │   ├── RateLimitError             429
    │   ├── ServerError                5xx
    │   ├── NotReadyError              202 of a read: the server is still processing; ask again later
    │   └── UnexpectedStatusError      a status that no operation documents, as a redirect; a 2xx that refuses a write
    ├── DecodeError                  the response is not what the document says
    └── DownloadError                no complete recording arrived, or it could not be written
"""

from __future__ import annotations

import builtins
from typing import Any


class PolyAIError(Exception):
    """Base of all errors of polyai-data.

    Two attributes of every error say what became of a request that changes something:

    Attributes:
        sent: whether the server may have carried it out. False: nothing was sent, or the server refused it, so that it
            can be sent again without being carried out twice.
        done: whether the server has carried it out for certain; its response was lost, or cannot be read.
    """

    sent: bool = False
    done: bool = False

    def __dir__(self) -> list[str]:
        # Some tools that report errors show what is listed here, and what was received can hold personal data.
        return [name for name in super().__dir__() if name not in {"raw", "body"}]

    def __reduce__(self) -> tuple[Any, ...]:
        # The constructors take more than `args` holds, and errors are copied and pickled by `args`.
        return _restored, (type(self), self.args, dict(self.__dict__))


def _restored(kind: type[PolyAIError], args: tuple[Any, ...], state: dict[str, Any]) -> PolyAIError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(PolyAIError):
    """An argument or an environment variable is missing or invalid, or some do not go together. Nothing was sent.

    Attributes:
        argument: name of the argument at fault, or None where several are.
    """

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class TransportError(PolyAIError):
    """No complete response arrived: the connection failed, broke, or took too long.

    `sent` is False when no connection was made; `done` is True when the status of a success arrived.

    Attributes:
        permanent: whether another attempt would fail in the same way: a proxy that refuses, a certificate that cannot
            be verified.
    """

    def __init__(self, message: str, *, sent: bool = True, permanent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.permanent = permanent


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001 - the field's word; also a builtin TimeoutError
    """The server took longer than the timeout."""


class ConnectionError(TransportError, builtins.ConnectionError):  # noqa: A001 - the field's word; also a builtin one
    """The connection could not be made, or broke."""


class APIError(PolyAIError):
    """The server responded with an error.

    `sent` is False for a refusal, and True for a failure that leaves open what was done; see `polyai_data.retry`.

    Attributes:
        status: HTTP status.
        code: the vendor's code, such as `CONVERSATIONS_NOT_FOUND`, or None.
        message: the server's message, or a description of a body without one.
        correlation_id: identifies the request to the vendor's support, or None.
        method: HTTP method of the request.
        path: path template of the operation, without the ids.
        retry_after: seconds that the server asks to wait, or None.
        body: the response's body, as received.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        method: str,
        path: str,
        code: str | None = None,
        correlation_id: str | None = None,
        retry_after: float | None = None,
        body: bytes = b"",
        hint: str | None = None,
        sent: bool = True,
    ) -> None:
        self.sent = sent
        self.status = status
        self.code = code
        self.message = message
        self.correlation_id = correlation_id
        self.method = method
        self.path = path
        self.retry_after = retry_after
        self.body = body
        head = f"{status} {code}" if code else str(status)
        parts = [f"{head} on {method} {path}: {message}"]
        if hint:
            parts[0] += "" if message.endswith((".", "!", "?")) else "."
            parts.append(hint)
        if correlation_id:
            parts.append(f"[correlation id {correlation_id}]")
        super().__init__(" ".join(parts))


class BadRequestError(APIError):
    """400, or another 4xx: another request may succeed."""


class AuthenticationError(APIError):
    """401: the key is missing, unknown, expired, or of another region."""


class PermissionDeniedError(APIError):
    """403: the key is known and may not do this."""


class NotFoundError(APIError):
    """404: there is no such resource, or not on this host."""


class GoneError(APIError):
    """410: the resource existed and has ended, such as a debug chat."""


class RateLimitError(APIError):
    """429: too many requests. `retry_after` is how many seconds to wait, where the server says so."""


class ServerError(APIError):
    """5xx: the server failed."""


class NotReadyError(APIError):
    """202 in response to a read: the server is still processing what was asked for; ask again later."""


class UnexpectedStatusError(APIError):
    """A status that no operation documents, such as a redirect, or a 2xx whose body refuses a write."""


class DecodeError(PolyAIError):
    """The response arrived and is not what the document says. Its status says that the request was carried out.

    Attributes:
        where: the path in the body, such as `conversations[3].started_at`; empty for the body as a whole.
        expected: the model or property that the document has there.
        raw: the item that could not be read, or the body as bytes where it is not JSON. The message leaves it out, as
            it can hold personal data.
    """

    sent = done = True

    def __init__(self, message: str, *, where: str, expected: str, raw: Any) -> None:
        super().__init__(message)
        self.where = where
        self.expected = expected
        self.raw = raw


class DownloadError(PolyAIError):
    """No complete recording arrived, or it could not be written. No partial file is left under the target's name.

    Attributes:
        refused_by_disk: whether the system refused to write it, as it would the next one, too.
    """

    refused_by_disk: bool = False

    @classmethod
    def unwritable(cls, path: object, error: Exception) -> PolyAIError:
        """The error for a file that cannot be written, as the system says. Some of ours are an OSError: they stay."""
        if isinstance(error, PolyAIError):
            return error
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        made = cls(f"{path} cannot be written: {why}")
        made.refused_by_disk = isinstance(error, OSError)
        return made


def fails_all(error: PolyAIError) -> bool:
    """Whether what failed for one of several conversations would for each: a refused key or option, or the disk."""
    if isinstance(error, AuthenticationError | ConfigError):
        return getattr(error, "argument", None) != "conversation_id"
    return isinstance(error, DownloadError) and error.refused_by_disk


def class_for_status(status: int) -> type[APIError]:
    """The error class for an HTTP `status`."""
    special: dict[int, type[APIError]] = {
        401: AuthenticationError,
        403: PermissionDeniedError,
        404: NotFoundError,
        410: GoneError,
        429: RateLimitError,
    }
    if status in special:
        return special[status]
    if 400 <= status <= 499:
        return BadRequestError
    if 500 <= status <= 599:
        return ServerError
    return UnexpectedStatusError
