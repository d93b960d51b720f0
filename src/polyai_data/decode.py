"""What an answer says: a model, or an error. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

from polyai_data.errors import APIError, DecodeError, class_for_status
from polyai_data.hosts import Route

CORRELATION_ID = "X-PolyAI-Correlation-Id"
LONGEST_MESSAGE = 500
"""Characters of a server's own words that an error message takes over."""


class Model(Protocol):
    """A generated model."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Any: ...


M = TypeVar("M", bound=Model)


def model(kind: type[M], body: bytes, route: Route) -> M:
    """The answer `body` as the generated model `kind`.

    Raises:
        DecodeError: it is not what the document says.
    """
    operation = route.operation
    where = f"{operation.method} {operation.path}"
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        problem = f"{where}: the answer is no JSON, but {_looks_like(body)}"
        raise DecodeError(problem, where="", expected="JSON", raw=body) from None
    if not isinstance(document, dict):
        problem = f"{where}: the answer is {_json_kind(document)} where an object was due"
        raise DecodeError(problem, where="", expected=kind.__name__, raw=document)
    try:
        return kind.from_dict(document)  # type: ignore[no-any-return]
    except KeyError as error:
        field = str(error.args[0])
        problem = f"{where}: the answer has no {field!r}, which {kind.__name__} requires"
        raise DecodeError(problem, where=field, expected=f"{kind.__name__}.{field}", raw=document) from None
    except (TypeError, ValueError, AttributeError, RecursionError):
        problem = f"{where}: the answer does not fit {kind.__name__}"
        raise DecodeError(problem, where="", expected=kind.__name__, raw=document) from None


def api_error(status: int, headers: Mapping[str, str], body: bytes, route: Route) -> APIError:
    """The error that an answer with `status` stands for.

    Args:
        status: HTTP status.
        headers: the answer's headers, looked up without regard to case.
        body: its body: one of the vendor's two shapes, a gateway's page, or nothing.
        route: where the request went.
    """
    found = _error_object(body)
    code = found.get("error_code") or (found.get("error") if "error_message" in found else None)
    message = found.get("error_message") or found.get("error") or found.get("message")
    return class_for_status(status)(
        _shorten(str(message)) if message else f"the answer is {_looks_like(body)}",
        status=status,
        code=str(code) if code else None,
        method=route.operation.method,
        path=route.operation.path,
        correlation_id=headers.get(CORRELATION_ID) or found.get("error_id"),
        retry_after=retry_after(headers),
        body=body,
        hint=_hint(status, route),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the `Retry-After` header asks to wait: a number, or a date against the answer's own `Date`."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hint(status: int, route: Route) -> str | None:
    if status == 401:
        hint = f"Key and region must match: this call went to region {route.region!r}"
        return f"{hint}, whose keys come from {route.studio_url}." if route.studio_url else f"{hint}."
    return None


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _looks_like(body: bytes) -> str:
    start = body[:2048].strip()
    if not start:
        return "empty"
    if start.lower().startswith((b"<!doctype", b"<html")):
        title = re.search(rb"<title[^>]*>([^<]*)", start, re.IGNORECASE)
        named = title.group(1).decode("utf-8", "replace").strip() if title else ""
        return f"an HTML page titled {_shorten(named)!r}" if named else "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON without a message"
    return "plain text or binary data"


def _json_kind(value: Any) -> str:
    kinds: dict[type, str] = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
