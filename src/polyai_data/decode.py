"""What an answer says: a model, or an error. No I/O."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from polyai_data.errors import APIError, DecodeError, class_for_status
from polyai_data.hosts import Route
from polyai_data.retry import retry_after

CORRELATION_ID = "X-PolyAI-Correlation-Id"
Place = tuple[str | int, ...]
"""The steps down to a place in a body."""
LONGEST_MESSAGE = 500
"""Characters of a server's own words that an error message takes over."""


class Model(Protocol):
    """A generated model."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Any: ...


M = TypeVar("M", bound=Model)
Item = TypeVar("Item", bound=Model)


def reader(kind: type[M], *, strict: bool = False) -> Callable[[bytes, Route], M]:
    """What makes the model `kind` of a body; see `model`."""
    return lambda body, route: model(kind, body, route, strict=strict)


def model(kind: type[M], body: bytes, route: Route, *, strict: bool = False) -> M:
    """The answer `body` as the generated model `kind`.

    Args:
        kind: the model.
        body: as it came.
        route: where the request went.
        strict: whether the answer must be exactly what the document says.

    Raises:
        DecodeError: it is not what the document says.
    """
    document = parse(body, kind.__name__, route)
    if strict:
        _check_strictly(document, route)
    return _made(kind, document, route, ())


def written(kind: type[Model], body: bytes, route: Route, *, strict: bool = False) -> None:
    """Check that the answer `body` says that what was sent has been written.

    Raises:
        APIError: it says that it has not, though its status says that it has.
        DecodeError: it is not what the document says.
    """
    if getattr(model(kind, body, route, strict=strict), "success", None) is False:
        raise api_error(200, {}, body, route)


@dataclass(frozen=True, slots=True)
class Listing(Generic[M, Item]):
    """A page of a listing, read item by item.

    Attributes:
        page: the page's own model, without its items.
        items: the items in their order; an item that could not be read is the error that says why.
    """

    page: M
    items: list[Item | DecodeError]


def listing(
    kind: type[M], item: type[Item], identity: str, body: bytes, route: Route, *, strict: bool = False
) -> Listing[M, Item]:
    """The answer `body` as a page of the model `kind`, whose `conversations` are of the model `item`.

    An item that cannot be read costs that item, not the page.

    Args:
        kind: the page's model.
        item: the items' model.
        identity: the property of an item that tells it from all others.
        body: as it came.
        route: where the request went.
        strict: whether the answer must be exactly what the document says.

    Raises:
        DecodeError: the page itself is not what the document says.
    """
    document = parse(body, kind.__name__, route)
    if strict:
        _check_strictly(document, route)
    name = "conversations"
    rows = document.get(name)
    if not isinstance(rows, list):
        kinds = f"{_json_kind(rows)} where a list was due" if name in document else "not there"
        raise _error(route, (name,), f"{name} is {kinds}", f"{kind.__name__}.{name}", document)
    page = _made(kind, {**document, name: []}, route, ())
    items: list[Item | DecodeError] = []
    for index, row in enumerate(rows):
        try:
            items.append(_identified(item, row, identity, route, (name, index)))
        except DecodeError as error:
            items.append(error)
    return Listing(page, items)


def _identified(kind: type[Item], row: Any, identity: str, route: Route, place: Place) -> Item:
    if not isinstance(row, dict):
        raise _error(route, place, f"the item is {_json_kind(row)} where an object was due", kind.__name__, row)
    if identity in row and not isinstance(row[identity], str):
        where = (*place, identity)
        problem = f"{identity} is {_json_kind(row[identity])} where a string was due"
        raise _error(route, where, problem, f"{kind.__name__}.{identity}", row)
    return _made(kind, row, route, place)


def parse(body: bytes, expected: str, route: Route) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        DecodeError: there is none.
    """
    document: Any = None
    readable = False
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
        readable = True
    # Raised out here, where it has no context: the parser's error holds the whole body.
    if not readable:
        looks = _looks_like(body, broken=True)
        raise _error(route, (), f"the answer is no JSON, but {looks}", expected, body)
    if not isinstance(document, dict):
        raise _error(route, (), f"the answer is {_json_kind(document)} where an object was due", expected, document)
    return document


_MISFITS = (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)


def _made(kind: type[M], document: Mapping[str, Any], route: Route, place: Place) -> M:
    missing = ""
    try:
        return kind.from_dict(document)  # type: ignore[no-any-return]
    except KeyError as error:
        missing = str(error.args[0])
    except _MISFITS:
        pass
    # Raised out here, where it has no context: an error of the model can quote the value at fault.
    found = (*place, *_misfit(kind, document))
    if missing and missing not in document:
        problem = f"{_text((*found, missing))} is missing, which {kind.__name__} requires"
        raise _error(route, (*found, missing), problem, f"{kind.__name__}.{missing}", document)
    raise _error(route, found, f"{_text(found) or 'the answer'} does not fit {kind.__name__}", kind.__name__, document)


def _misfit(kind: type[Model], document: Mapping[str, Any]) -> Place:
    """The place in `document` that keeps it from being a `kind`: what is left when all that fits is taken away."""

    def fits(candidate: Any) -> bool:
        try:
            kind.from_dict(candidate)
        except _MISFITS:
            return False
        return True

    return _descend(document, fits)


def _descend(node: Any, fits: Callable[[Any], bool]) -> Place:
    if isinstance(node, dict):
        for name in node:
            rest = {key: value for key, value in node.items() if key != name}
            if fits(rest):
                return (name, *_descend(node[name], _within(fits, rest, name)))
    if isinstance(node, list) and fits([]):
        for index, item in enumerate(node):
            if not fits([item]):
                return (index, *_descend(item, lambda value: fits([value])))
    return ()


def _within(fits: Callable[[Any], bool], rest: dict[str, Any], name: str) -> Callable[[Any], bool]:
    return lambda value: fits({**rest, name: value})


def _check_strictly(document: Any, route: Route) -> None:
    # Imported here: the validator and the document cost more than a client that is not strict should pay.
    from polyai_data import openapi  # noqa: PLC0415

    for place, complaint in openapi.response_faults(route.operation.id, document):
        raise _error(route, place, f"{_text(place) or 'the answer'}: {complaint}", "the patched document", document)


def _error(route: Route, place: Place, problem: str, expected: str, raw: Any) -> DecodeError:
    where = f"{route.operation.method} {route.operation.path}"
    return DecodeError(f"{where}: {problem}", where=_text(place), expected=expected, raw=raw)


def _text(place: Place) -> str:
    """`place` as it is written: `conversations[3].started_at`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def api_error(
    status: int, headers: Mapping[str, str], body: bytes, route: Route, now: datetime.datetime | None = None
) -> APIError:
    """The error that an answer with `status` stands for.

    Args:
        status: HTTP status.
        headers: the answer's headers, looked up without regard to case.
        body: its body: one of the vendor's two shapes, a gateway's page, or nothing.
        route: where the request went.
        now: to take a `Retry-After` date against, where the answer tells no date of its own.
    """
    found = _error_object(body)
    code = _text_or_none(found.get("error_code") or (found.get("error") if "error_message" in found else None))
    message = _said(found)
    return class_for_status(status)(
        _shorten(message) if message else f"the answer is {_looks_like(body)}",
        status=status,
        code=code,
        method=route.operation.method,
        path=route.operation.path,
        correlation_id=headers.get(CORRELATION_ID) or _text_or_none(found.get("error_id")),
        retry_after=retry_after(headers, now),
        body=body,
        hint=_hint(status, route),
    )


def _said(found: Mapping[str, Any]) -> str | None:
    said = (_text_or_none(found.get(name)) for name in ("error_message", "error", "message"))
    return next((text for text in said if text), None)


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hint(status: int, route: Route) -> str | None:
    if status == 401:
        went = f"region {route.region!r}" if route.region else route.base_url
        hint = f"Key and region must match: this call went to {went}"
        return f"{hint}, whose keys come from {route.studio_url}." if route.studio_url else f"{hint}."
    return None


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
        return "something that breaks off or goes wrong on the way" if broken else "JSON without a message"
    return "plain text or binary data"


def _json_kind(value: Any) -> str:
    kinds: dict[type, str] = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
