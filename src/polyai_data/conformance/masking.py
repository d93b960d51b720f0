"""Masking of reports: keys, signatures and personal data.

Of the texts in a response only those of fields known to be harmless are shown; all others are replaced by their length.
So an unknown field is masked too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from polyai_data import openapi
from polyai_data.conformance.exchange import JSON, Request, Response
from polyai_data.masking import Mask, escaped

LONGEST = 6000
"""How many characters of a body are shown."""
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"}) | {
    operation.key_header for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations
}
_SHOWN_PARAMETERS = frozenset({
    "agentid", "channel", "client_env", "cursor", "direction", "end_time", "include_latency", "in_progress", "limit",
    "offset", "query", "query_type", "redacted", "sample", "start_time", "turn_type", "variant_id", "variant_name",
})  # fmt: skip
_SHOWN_FIELDS = frozenset({
    "accountid", "annotationtype", "asrlangcode", "channel", "clientenv", "code", "conversationid", "createdat",
    "cursor", "deploymentid", "direction", "environment", "error", "errorcode", "errorid", "errormessage", "finishedat",
    "id", "language", "projectid", "role", "startedat", "status", "ttslangcode", "userinputdatetime",
    "agentresponsedatetime", "variantid", "variantname",
})  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ ().-]{0,2}\d){7,}(?![\w-])")
_MANY_DIGITS = 10**7


def url(content: str, secrets: Iterable[str] = ()) -> str:
    """The URL without the values of parameters that may be secret, such as those of a signed link."""
    parts = urlsplit(content)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe=':+,') if name.lower() in _SHOWN_PARAMETERS else '***'}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return clean(urlunsplit((parts.scheme, parts.hostname or "", parts.path, query, "")), secrets)


def headers(values: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """The headers, without the values of those that carry secrets."""
    return {
        text(name, secrets): "***" if name.lower() in SECRET_HEADERS else text(value, secrets)
        for name, value in values.items()
    }


def text(content: str, secrets: Iterable[str] = ()) -> str:
    """The text without secrets, and without what looks like a phone number or an e-mail address."""
    return _NUMBER.sub("[number]", _EMAIL.sub("[address]", clean(content, secrets)))


def value(content: Any, name: str = "") -> Any:
    """A JSON value with its texts masked, except those of fields known to be harmless."""
    if isinstance(content, Mapping):
        return {text(str(key)): value(inner, str(key)) for key, inner in content.items()}
    if isinstance(content, list):
        return [value(inner, name) for inner in content]
    shown = name.replace("_", "").lower() in _SHOWN_FIELDS
    if isinstance(content, str):
        return text(content) if shown or not content else f"[{len(content)} characters]"
    if isinstance(content, int) and not isinstance(content, bool) and abs(content) >= _MANY_DIGITS:
        return "[number]"
    return content


def response_body(response: Response, secrets: Iterable[str] = ()) -> str:
    """The body of a response as a text: JSON in lines, masked; of anything but text its size and type."""
    if not response.body:
        return "(empty)"
    if response.content_type == JSON:
        try:
            return cut(clean(json.dumps(value(response.value()), indent=2, ensure_ascii=False), secrets))
        except (ValueError, RecursionError):
            pass
    if response.content_type.startswith("text/") or response.content_type in {JSON, "application/xml"}:
        return cut(text(response.body[:LONGEST].decode("utf-8", "replace"), secrets))
    return f"({len(response.body)} bytes, {response.content_type or 'no content type'})"


def request_body(request: Request, secrets: Iterable[str] = ()) -> str:
    """The body of a request. It is made up, so it is shown as it is. Empty for none."""
    return cut(clean((request.body or b"").decode("utf-8", "backslashreplace"), secrets))


def clean(content: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, and with what a terminal does not print escaped."""
    secrets = list(filter(None, secrets))
    content = Mask(secrets)(content)
    for secret in secrets:
        content = content.replace(secret, "***")
    return escaped(content)


def cut(content: str) -> str:
    """The text, or its beginning and how much is left out."""
    if len(content) <= LONGEST:
        return content
    return f"{content[:LONGEST]}\n… and {len(content) - LONGEST} more characters"
