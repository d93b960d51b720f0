# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""The errors of this package. A request that got no response raises an error of httpx."""


class ClientError(Exception):
    """The base of the errors of this package."""


class InvalidArgument(ClientError, ValueError):
    """An argument of a client or of an operation cannot be used. Nothing was sent."""


class InvalidResponse(ClientError):
    """The body of a response cannot be decompressed as its headers say."""


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


__all__ = ["ClientError", "InvalidArgument", "InvalidResponse", "UnexpectedStatus"]
