"""What may stand in a report: no keys, no signatures, and nothing that people said or are.

Of an answer's texts only those are shown whose field is known to hold none of that; all others are replaced by their
length. So a field that nobody has thought of is masked too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from polyai_data.conformance.model import Answer, Request

LONGEST = 6000
"""How many characters of a body are shown."""
_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "cookie", "set-cookie", "proxy-authorization"})
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
_NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ ().-]?\d){7,}(?![\w-])")
_MANY_DIGITS = 10**7


def url(text: str) -> str:
    """The URL without the values of parameters that may be secret, such as those of a signed link."""
    parts = urlsplit(text)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe=':+,') if name.lower() in _SHOWN_PARAMETERS else '***'}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    # What no operation has as a parameter may still be a test of ours; only its name is shown.
    return urlunsplit((parts.scheme, parts.hostname or "", parts.path, query, ""))


def headers(values: Mapping[str, str]) -> dict[str, str]:
    """The headers, without those that carry secrets; a link keeps its host alone."""
    return {name: "***" if name.lower() in _SECRET_HEADERS else text(value) for name, value in values.items()}


def text(value: str) -> str:
    """The text without what looks like a telephone number or an e-mail address."""
    return _NUMBER.sub("[number]", _EMAIL.sub("[address]", value))


def value(content: Any, name: str = "") -> Any:
    """A JSON value with its texts masked, but for those of fields that are known to be harmless."""
    if isinstance(content, Mapping):
        return {str(key): value(inner, str(key)) for key, inner in content.items()}
    if isinstance(content, list):
        return [value(inner, name) for inner in content]
    shown = name.replace("_", "").lower() in _SHOWN_FIELDS
    if isinstance(content, str):
        return text(content) if shown or not content else f"[{len(content)} characters]"
    if isinstance(content, int) and not isinstance(content, bool) and abs(content) >= _MANY_DIGITS:
        return "[number]"
    return content


def answer_body(answer: Answer, secrets: Iterable[str] = ()) -> str:
    """The body of an answer as text for people: JSON in lines, masked; of anything else its kind and its beginning."""
    if not answer.body:
        return "(empty)"
    if answer.content_type == "application/json":
        try:
            return cut(clean(json.dumps(value(answer.value()), indent=2, ensure_ascii=False), secrets))
        except (ValueError, RecursionError):
            pass
    if answer.content_type.startswith("text/") or answer.content_type in {"application/xml", "application/json"}:
        return cut(clean(text(answer.body[:LONGEST].decode("utf-8", "replace")), secrets))
    return f"({len(answer.body)} bytes, {answer.content_type or 'of no told type'})"


def request_body(request: Request, secrets: Iterable[str] = ()) -> str:
    """The body of a request; what these checks send is made up, so it is shown as it is. Empty for none."""
    return cut(clean((request.body or b"").decode("utf-8", "backslashreplace"), secrets))


def clean(content: str, secrets: Iterable[str]) -> str:
    """The text with every one of the secrets taken out, wherever it stands."""
    for secret in secrets:
        if secret:
            content = content.replace(secret, "***")
    return content


def cut(content: str) -> str:
    """The text, or its beginning with a line that says how much is left out."""
    if len(content) <= LONGEST:
        return content
    return f"{content[:LONGEST]}\n… and {len(content) - LONGEST} characters more"
