"""Reads response bodies: a model, or an error. No I/O."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from polyai_data.errors import (
    APIError,
    ConnectionError,  # noqa: A004 - ours
    DecodeError,
    NotReadyError,
    class_for_status,
)
from polyai_data.hosts import Route
from polyai_data.masking import escaped
from polyai_data.paging import Page
from polyai_data.retry import may_be_done, retry_after

CORRELATION_ID = "X-PolyAI-Correlation-Id"
Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value in a body."""
LONGEST_MESSAGE = 500
"""Characters of a server's message that an error takes over."""


R_co = TypeVar("R_co", covariant=True)


class Model(Protocol):
    """A generated model."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Any: ...
    def __contains__(self, key: object) -> bool: ...
    def __getitem__(self, key: str) -> Any: ...


class Read(Protocol[R_co]):
    """Reads a body; `strict` asks that it is exactly what the document says. DecodeError when it does not fit."""

    def __call__(self, body: bytes, route: Route, /, *, strict: bool) -> R_co: ...


M = TypeVar("M", bound=Model)


def model(kind: type[M], body: bytes, route: Route, *, strict: bool = False) -> M:
    """The response `body` as the generated model `kind`; DecodeError when it is no object or has no identity."""
    return build(kind, parse(body, kind.__name__, route, strict=strict), route)


def own(kind: type[M], name: str, asked: str, body: bytes, route: Route, *, strict: bool = False) -> M:
    """As `model`, of the response to a request about `asked`, which the property `name` repeats where it is there.

    Raises:
        ConnectionError: the response is about another one. A server or a gateway that sends one response too many on a
            connection shifts all that follow.
    """
    made = model(kind, body, route, strict=strict)
    if name in made and isinstance(made[name], str) and made[name] != asked:
        problem = f"the response is about another {name} than {asked!r}, so it belongs to another request"
        raise ConnectionError(f"{route.operation.method} {route.operation.path}: {problem}")
    return made


def written(
    status: int, headers: Mapping[str, str], body: bytes, route: Route, mask: Callable[[str], str] = str
) -> None:
    """Check that a response with a 2xx `status` does not refuse what was to be done. Any other body confirms it.

    Raises:
        APIError: the body says `success: false`.
    """
    if _object(body).get("success") is False:
        raise api_error(status, headers, body, route, mask=mask)


def parse(body: bytes, expected: str, route: Route, *, strict: bool = False) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        DecodeError: it is not JSON or not an object, or with `strict` not what the document says.
    """
    document: Any = None
    readable = False
    with suppress(ValueError, RecursionError):
        document = _loads(body)
        readable = True
    # Raised outside the block, without a context: the parser's error holds the whole body.
    if not readable:
        raise failure(route, "", f"the response is not JSON but {_looks_like(body, broken=True)}", expected, body)
    if not isinstance(document, dict):
        raise failure(route, "", f"the response is {json_kind(document)}, not an object", expected, document)
    if strict:
        # Imported here: the validator and the document cost more than a client that is not strict should pay.
        from polyai_data import openapi  # noqa: PLC0415

        for path, fault in openapi.response_faults(route.operation.id, document):
            where = _text(path)
            problem = f"{where or 'the response'}: {fault}"
            raise failure(route, where, problem, "the patched document", document)
    return document


@cache
def _quick() -> Callable[[bytes], Any] | None:
    """msgspec's reader, the extra `fast`; None where it is not installed."""
    with suppress(ImportError):
        from msgspec.json import decode  # noqa: PLC0415 - only who reads a response pays for it

        return decode
    return None


def _loads(body: bytes) -> Any:
    """As json.loads, which also takes what msgspec refuses: NaN, 1e999, lone surrogates, UTF-16."""
    if quick := _quick():
        with suppress(Exception):
            return quick(body)
    return json.loads(body)


def build(kind: type[M], value: Any, route: Route, place: str = "") -> M:
    """The JSON `value` as the generated model `kind`; DecodeError, which names `place`, when it does not fit."""
    fault = ""
    try:
        return kind.from_dict(value)  # type: ignore[no-any-return]
    except ValueError as misfit:
        within, fault = misfit.place, misfit.reason  # type: ignore[attr-defined]
    # Raised outside the block, without a context: the model's error has the value at fault.
    where = ".".join(filter(None, (place, within)))
    expected = ".".join(filter(None, (kind.__name__, within)))
    raise failure(route, where, f"{where or 'the response'} is {fault}", expected, value)


def drift(result: object) -> set[tuple[str, str]]:
    """The places without indexes, such as `turns[].latency`, at which `result` has values unread, and the reasons."""
    items = result.items if isinstance(result, Page) else ()
    rows = [("", result), *(("conversations[].", item) for item in items)]
    return {
        (prefix + re.sub(r"\[\d+\]", "[]", each.place), each.reason)
        for prefix, row in rows
        for each in getattr(row, "unread", ())
    }


def failure(route: Route, where: str, problem: str, expected: str, raw: Any) -> DecodeError:
    """The error for a response that is not what the document says."""
    return DecodeError(
        f"{route.operation.method} {route.operation.path}: {problem}", where=where, expected=expected, raw=raw
    )


def _text(path: Path) -> str:
    """`path` as it is written: `conversations[3].started_at`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def api_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    route: Route,
    now: datetime.datetime | None = None,
    *,
    mask: Callable[[str], str] = str,
) -> APIError:
    """The error for a response with `status`.

    Args:
        status: HTTP status.
        headers: the response's headers, looked up without regard to case.
        body: its body: one of the vendor's two shapes, a gateway's page, or nothing.
        route: where the request went; it is part of the message.
        now: the time to compare a `Retry-After` date with where the response has no `Date`.
        mask: strikes secrets out of the texts that the error shows.
    """
    fields = _error_fields(body)
    # Of a body, nothing else is shown: it can repeat what was sent.
    message = fields.get("error_message") or fields.get("error") or fields.get("detail")
    code = fields.get("error_code") or (fields.get("error") if "error_message" in fields else None)
    kind = class_for_status(status)
    if status == 202 and route.operation.method == "GET":
        kind, message = NotReadyError, "the server is still processing; ask again later"
    elif not message and _object(body).get("success") is False:
        message = "the server refuses, and gives no reason"
    wait = retry_after(headers, now)
    correlation_id = headers.get(CORRELATION_ID) or fields.get("error_id")
    return kind(
        shown(mask(message)) if message else f"the response is {_looks_like(body)}",
        status=status,
        code=shown(mask(code)) if code else None,
        method=route.operation.method,
        path=route.operation.path,
        correlation_id=shown(mask(correlation_id)) if correlation_id else None,
        retry_after=wait,
        body=body,
        hint=_hint(status, route, message or "", headers),
        sent=may_be_done(status, wait, vendors_body=not fields.keys().isdisjoint({"error_message", "error_code"})),
    )


def _error_fields(body: bytes) -> dict[str, str]:
    """The texts of an error body."""
    return {name: value for name, value in _object(body).items() if isinstance(value, str) and value}


def _object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`; an empty one where it holds none."""
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
    return document if isinstance(document, dict) else {}


def _hint(status: int, route: Route, message: str, headers: Mapping[str, str]) -> str | None:
    if 300 <= status <= 399 and "Location" in headers:
        host = ""
        with suppress(ValueError):
            host = urlsplit(headers["Location"]).hostname or ""
        # Only the host, as the rest can be a signature.
        leads = f"to {host[:255]}" if re.fullmatch(r"[\w.:-]+", host) else "to another path of the same host"
        return f"It redirects {leads}, and is not followed, as the key would go there."
    if status != 401:
        return None
    if "expired" in message.lower():
        return f"Make a new key at {route.studio_url}." if route.studio_url else "Make a new key."
    target = f"region {route.region!r}" if route.region else route.base_url
    hint = f"Key and region must match: this call went to {target}"
    if route.operation.logical_host == "platform":
        hint = (
            f"It needs a key for the conversations API (conversations_api_key=) of the same region: it went to {target}"
        )
    return f"{hint}, whose keys come from {route.studio_url}." if route.studio_url else f"{hint}."


def shown(text: str) -> str:
    """A server's `text` in one line that is not too long, with control characters and lone surrogates escaped."""
    text = escaped(" ".join(text.split()))
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _looks_like(body: bytes, *, broken: bool = False) -> str:
    start = body[:2048].strip()
    if not start:
        return "empty"
    if start.lower().startswith((b"<!doctype", b"<html")):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "incomplete or malformed JSON" if broken else "JSON without a message"
    return "plain text or binary data"


def json_kind(value: Any) -> str:
    """What kind of JSON value it is, in words."""
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
