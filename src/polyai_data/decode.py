"""Reads response bodies: a model, a page of models, or an error. No I/O."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from polyai_data.errors import APIError, DecodeError, class_for_status
from polyai_data.hosts import Route
from polyai_data.paging import Listing, OnInvalid, Page, Position, whole
from polyai_data.retry import retry_after

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


class Read(Protocol[R_co]):
    """Reads a body; `strict` asks that it is exactly what the document says. DecodeError when it does not fit."""

    def __call__(self, body: bytes, route: Route, /, *, strict: bool) -> R_co: ...


M = TypeVar("M", bound=Model)


def model(kind: type[M], body: bytes, route: Route, *, strict: bool = False) -> M:
    """The response `body` as the generated model `kind`; DecodeError when it does not fit."""
    return _build(kind, parse(body, kind.__name__, route, strict=strict), route, ())


def written(kind: type[Model], body: bytes, route: Route, *, strict: bool = False) -> None:
    """Check that the response `body` confirms a write.

    Raises:
        APIError: it denies the write, whatever the response's status.
        DecodeError: the body does not fit.
    """
    if getattr(model(kind, body, route, strict=strict), "success", None) is False:
        raise api_error(200, {}, body, route)


def page(
    listing: Listing, at: Position, on_invalid: OnInvalid, body: bytes, route: Route, *, strict: bool = False
) -> Page[Any]:
    """The response `body` as a page. An item that cannot be read costs that item, not the page.

    Args:
        listing: how pages are read.
        at: the position that was asked for.
        on_invalid: what becomes of an item that cannot be read.
        body, route, strict: as for `Read`.

    Raises:
        DecodeError: the page does not fit, or an item does not and `on_invalid` is `raise`.
    """
    name = "conversations"
    document = parse(body, listing.page.__name__, route, strict=strict)
    rows = document.get(name)
    if not isinstance(rows, list):
        problem = f"{_json_kind(rows)}, not a list" if name in document else "missing"
        raise _error(route, (name,), f"{name} is {problem}", f"{listing.page.__name__}.{name}", document)
    made = _build(listing.page, {**document, name: []}, route, ())
    items: list[Any] = []
    invalid: list[DecodeError] = []
    for index, row in enumerate(rows):
        try:
            items.append(_item(listing, row, route, (name, index)))
        except DecodeError as error:
            if on_invalid == "raise":
                raise
            invalid.append(error)
            if on_invalid == "raw":
                items.append(row)
    following, broken = None, None
    try:
        following = listing.following(made, len(rows), at)
    except DecodeError as error:
        broken = error
    return Page(items, following, whole(getattr(made, "count", None)), invalid, broken)


def _item(listing: Listing, row: Any, route: Route, path: Path) -> Any:
    name, key = listing.item.__name__, listing.key
    if not isinstance(row, dict):
        raise _error(route, path, f"the item is {_json_kind(row)}, not an object", name, row)
    if key in row and not isinstance(row[key], str):
        problem = f"{key} is {_json_kind(row[key])}, not a string"
        raise _error(route, (*path, key), problem, f"{name}.{key}", row)
    return _build(listing.item, row, route, path)


def parse(body: bytes, expected: str, route: Route, *, strict: bool = False) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        DecodeError: it is not JSON or not an object, or with `strict` not what the document says.
    """
    document: Any = None
    readable = False
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
        readable = True
    # Raised outside the block, without a context: the parser's error holds the whole body.
    if not readable:
        raise _error(route, (), f"the response is not JSON but {_looks_like(body, broken=True)}", expected, body)
    if not isinstance(document, dict):
        raise _error(route, (), f"the response is {_json_kind(document)}, not an object", expected, document)
    if strict:
        # Imported here: the validator and the document cost more than a client that is not strict should pay.
        from polyai_data import openapi  # noqa: PLC0415

        for path, fault in openapi.response_faults(route.operation.id, document):
            problem = f"{_text(path) or 'the response'}: {fault}"
            raise _error(route, path, problem, "the patched document", document)
    return document


_MISFITS = (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)


def _build(kind: type[M], document: Mapping[str, Any], route: Route, path: Path) -> M:
    missing = ""
    try:
        return kind.from_dict(document)  # type: ignore[no-any-return]
    except KeyError as error:
        missing = str(error.args[0])
    except _MISFITS:
        pass
    # Raised outside the block, without a context: the model's error can quote the value at fault.
    path = (*path, *_misfit(document, lambda candidate: _fits(kind, candidate)))
    if missing and missing not in document:
        path = (*path, missing)
        problem = f"{_text(path)} is missing, which {kind.__name__} requires"
        raise _error(route, path, problem, f"{kind.__name__}.{missing}", document)
    raise _error(route, path, f"{_text(path) or 'the response'} does not fit {kind.__name__}", kind.__name__, document)


def _fits(kind: type[Model], candidate: Any) -> bool:
    try:
        kind.from_dict(candidate)
    except _MISFITS:
        return False
    return True


def _misfit(node: Any, fits: Callable[[Any], bool]) -> Path:
    """The path to the one value without which `node` would fit; empty where there is no such value."""
    for name in node if isinstance(node, dict) else ():
        rest = {key: value for key, value in node.items() if key != name}
        if fits(rest):
            return (name, *_misfit(node[name], lambda value: fits({**rest, name: value})))  # noqa: B023 - used at once
    for index, item in enumerate(node if isinstance(node, list) and fits([]) else ()):
        if not fits([item]):
            return (index, *_misfit(item, lambda value: fits([value])))
    return ()


def _error(route: Route, path: Path, problem: str, expected: str, raw: Any) -> DecodeError:
    where = f"{route.operation.method} {route.operation.path}"
    return DecodeError(f"{where}: {problem}", where=_text(path), expected=expected, raw=raw)


def _text(path: Path) -> str:
    """`path` as it is written: `conversations[3].started_at`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def api_error(
    status: int, headers: Mapping[str, str], body: bytes, route: Route, now: datetime.datetime | None = None
) -> APIError:
    """The error for a response with `status`.

    Args:
        status: HTTP status.
        headers: the response's headers, looked up without regard to case.
        body: its body: one of the vendor's two shapes, a gateway's page, or nothing.
        route: where the request went; it is part of the message.
        now: the time to compare a `Retry-After` date with where the response has no `Date`.
    """
    fields = _error_fields(body)
    message = fields.get("error_message") or fields.get("error") or fields.get("message") or fields.get("detail")
    code = fields.get("error_code") or (fields.get("error") if "error_message" in fields else None)
    return class_for_status(status)(
        _shorten(message) if message else f"the response is {_looks_like(body)}",
        status=status,
        code=code,
        method=route.operation.method,
        path=route.operation.path,
        correlation_id=headers.get(CORRELATION_ID) or fields.get("error_id"),
        retry_after=retry_after(headers, now),
        body=body,
        hint=_hint(status, route),
    )


def _error_fields(body: bytes) -> dict[str, str]:
    """The texts of an error body."""
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
    items = document.items() if isinstance(document, dict) else ()
    return {name: value for name, value in items if isinstance(value, str) and value}


def _hint(status: int, route: Route) -> str | None:
    if status != 401:
        return None
    target = f"region {route.region!r}" if route.region else route.base_url
    hint = f"Key and region must match: this call went to {target}"
    return f"{hint}, whose keys come from {route.studio_url}." if route.studio_url else f"{hint}."


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _looks_like(body: bytes, *, broken: bool = False) -> str:
    start = body[:2048].strip()
    if not start:
        return "empty"
    if start.lower().startswith((b"<!doctype", b"<html")):
        title = re.search(rb"<title[^>]*>([^<]*)", start, re.IGNORECASE)
        named = title.group(1).decode("utf-8", "replace").strip() if title else ""
        return f"an HTML page titled {_shorten(named)!r}" if named else "an HTML page"
    if start.startswith((b"{", b"[")):
        return "incomplete or malformed JSON" if broken else "JSON without a message"
    return "plain text or binary data"


def _json_kind(value: Any) -> str:
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
