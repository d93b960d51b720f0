"""What a program can see of each request: the exchanges of a block, and OpenTelemetry's spans. No I/O.

Neither holds an id, an argument, a key or a text of a response.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from polyai_data._version import __version__
from polyai_data.decode import CORRELATION_ID
from polyai_data.hosts import Route

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_open: ContextVar[tuple[list[Exchange], ...]] = ContextVar("polyai_data_exchanges", default=())


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, and what became of it.

    Attributes:
        request: what errors and logs call it: method, path template and host, without ids.
        attempt: 1 for the first, 2 for a request that was sent again, and so on.
        seconds: from sending it until the headers of the response arrived, or until it failed.
        status: HTTP status of the response, or None where none arrived.
        correlation_id: identifies the request to the vendor's support; None where the response has none.
    """

    request: str
    attempt: int
    seconds: float
    status: int | None = None
    correlation_id: str | None = None


@contextmanager
def exchanges() -> Iterator[list[Exchange]]:
    """The exchanges of all calls in a `with` block, in a list that each is added to once its response begins.

    It has those of this thread or task, and of tasks and threads that calls in the block start, such as those of
    `parallel=`. Blocks can be nested.
    """
    made: list[Exchange] = []
    token = _open.set((*_open.get(), made))
    try:
        yield made
    finally:
        _open.reset(token)


def watched() -> bool:
    """Whether a block is open."""
    return bool(_open.get())


def exchanged(
    request: str, attempt: int, seconds: float, status: int | None = None, correlation_id: str | None = None
) -> None:
    """Add an exchange to the lists of the blocks that are open."""
    for made in _open.get():
        made.append(Exchange(request, attempt, seconds, status, correlation_id))


def span(route: Route | None) -> AbstractContextManager[None]:
    """A span around one call and its attempts, where the program uses OpenTelemetry; None stands for a signed link."""
    # Only a program that has imported it can have set up where spans go.
    if "opentelemetry.trace" not in sys.modules:
        return nullcontext()
    from opentelemetry import trace  # noqa: PLC0415 - it is there; another thread may be importing it

    name, attributes = "signed link", dict[str, Any]({"http.request.method": "GET"})
    if route is not None:
        operation, host = route.operation, urlsplit(route.base_url)
        name, attributes = operation.id, {"http.request.method": operation.method, "url.template": operation.path}
        attributes |= {"server.address": host.hostname, "server.port": host.port or 443}
    tracer = trace.get_tracer("polyai_data", __version__)
    started = tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)
    return nullcontext() if started is trace.INVALID_SPAN else _current(started)


@contextmanager
def _current(started: Span) -> Iterator[None]:
    from opentelemetry import trace  # noqa: PLC0415

    # The text and the traceback of an error can quote what was sent.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with trace.use_span(started, end_on_exit=True, **quiet), exchanges() as made:
        try:
            yield
        except BaseException as error:
            status = getattr(error, "status", None)
            started.set_attribute("error.type", str(status or f"{type(error).__module__}.{type(error).__qualname__}"))
            started.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            if made:
                started.set_attributes(_outcome(made[-1]))


def _outcome(last: Exchange) -> dict[str, Any]:
    values = {
        "http.response.status_code": last.status,
        "http.request.resend_count": last.attempt - 1 or None,
        f"http.response.header.{CORRELATION_ID.lower()}": [last.correlation_id] if last.correlation_id else None,
    }
    return {name: value for name, value in values.items() if value is not None}
