"""The drift corpus: responses to every operation that are not, or not quite, what the patched document says.

It is made from the documents alone, so it grows with them. Each response differs from an example in one thing: a
property, the body as a whole, the status, or a part of a WAV file.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.facade.corpus_edits import IDENTITIES, Edit, Outcome, edits
from tests.facade.scripted import wav
from tests.support.document import JSON, Operation, example, operations
from tests.support.scripted_server import response

UNDOCUMENTED = (299, 302, 418, 520, 599)
HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
XML = b'<?xml version="1.0"?><error>Ada</error>'
NO_TEXT = b"\xff\xfe\x00\x81Ada\xc3("
SHORT_ERROR = b'{"error_message": "Ada is not here"}'
LONG_ERROR = (
    b'{"success": false, "error": "NotFound", "error_id": "2f9c", "error_code": "CONVERSATIONS_NOT_FOUND", '
    b'"error_message": "Ada is not here", "data": null}'
)
ERROR_BODIES = (
    *(b"", NO_TEXT, b"[7]", b"null", b"[" * 20_000, LONG_ERROR[:40], HTML, SHORT_ERROR, b'{"error_message": 7}'),
    b'{"error_message": ["Ada"], "error": {"a": 1}, "error_id": [1]}',
)
WAITS = ("soon", "-1", "1e400", "", "9" * 400, "Wed, 99 Foo 2026 10:00:00 GMT", "\xb2")


@dataclass(frozen=True, slots=True)
class Case:
    """A response.

    Attributes:
        operation_id: the operation that was called.
        name: what is wrong with it.
        kind: `edit`, `body`, `status` or `recording`.
        outcome: how a call must end.
        valid: whether the body is what the document says of a success.
        edit: the change, where it is one to a property.
        content_type, headers: header lines.
    """

    operation_id: str
    name: str
    status: int
    body: bytes
    kind: str
    outcome: Outcome = "error"
    valid: bool = False
    edit: Edit | None = None
    content_type: str = JSON
    headers: tuple[str, ...] = ()

    @property
    def response(self) -> bytes:
        return response(self.status, self.body, *self.headers, content_type=self.content_type)


def corpus(operation_id: str) -> Iterator[Case]:
    """All responses to an operation."""
    operation = operations()[operation_id]
    yield from (_json if operation.media_type == JSON else _recordings)(operation)
    yield from _statuses(operation)


def _json(operation: Operation) -> Iterator[Case]:
    schema = operation.response
    whole = example(operation, schema)
    good = json.dumps(whole).encode()

    def case(name: str, body: bytes, outcome: Outcome, **more: Any) -> Case:
        more = {"kind": "body", "valid": outcome == "value", **more}
        return Case(operation.id, name, operation.success, body, outcome=outcome, **more)

    for edit in edits(operation, schema, whole):
        edited = edit.applied(whole)
        valid = not operation.errors(schema, edited)
        yield case(edit.name, json.dumps(edited).encode(), edit.outcome, kind="edit", valid=valid, edit=edit)
    for name, body in _wrong_bodies(good).items():
        yield case(name, body, "error")
    identified = IDENTITIES & {*schema.get("required", ())}
    for body in (b"{}", SHORT_ERROR, LONG_ERROR):
        valid = not operation.errors(schema, json.loads(body))
        yield case(f"the body {body!r}", body, "error" if identified else "any", valid=valid)
    for name, body in _odd_bodies(whole, good).items():
        yield case(name, body, "value")
    for kind in ("", "text/html", "text/plain; charset=latin-1", "application/json; charset=klingon", "nonsense", "/"):
        yield case(f"of the type {kind!r}", good, "value", content_type=kind)
    gzipped = ("Content-Encoding: gzip",)
    yield case("compressed", gzip.compress(good, mtime=0), "value", headers=gzipped)
    yield case("labelled as compressed", good, "error", headers=gzipped)


def _wrong_bodies(good: bytes) -> Mapping[str, bytes]:
    plain = (b"null", b"[]", b"7", b"NaN", b"true", b'"Ada"', b"", b" \r\n\t", b"upstream connect error: Ada")
    return {repr(body): body for body in plain} | {
        "in a list": b"[" + good + b"]",
        "in a string": json.dumps(good.decode()).encode(),
        "an HTML page": HTML,
        "XML": XML,
        "no text": NO_TEXT,
        "NUL bytes": bytes(64),
        "cut in half": good[: len(good) // 2],
        "cut by one": good[:-1],
        "twice": good + good,
        "with a comma too many": good[:-1] + b",}",
        "in Latin-1": b'{"x_brand_new":"\xe9",' + good[1:],
        "100,000 lists deep": b"[" * 100_000,
        "100,000 objects deep": b'{"a":' * 100_000,
        "a number of 5,000 digits": b"1" * 5000,
    }


def _odd_bodies(whole: Any, good: bytes) -> Mapping[str, bytes]:
    return {
        "an example": good,
        "with a byte order mark": b"\xef\xbb\xbf" + good,
        "in UTF-16": good.decode().encode("utf-16"),
        "in UTF-32": good.decode().encode("utf-32"),
        "on many lines": json.dumps(whole, indent=2).encode(),
        "with a key twice": b'{"x_brand_new":1,"x_brand_new":2,' + good[1:],
        "100 levels in an extra field": b'{"x_brand_new":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"," + good[1:],
    }


def _statuses(operation: Operation) -> Iterator[Case]:
    """Responses with other statuses than that of success."""
    documented = [status for status in operation.statuses if status >= 400]
    yield Case(operation.id, "204", 204, b"", "status")
    for status in (*UNDOCUMENTED, *documented):
        yield Case(operation.id, f"{status}", status, LONG_ERROR, "status")
    status = documented[0]
    for number, body in enumerate(ERROR_BODIES):
        yield Case(operation.id, f"{status} with the error body {number}", status, body, "status")
    schema = operation.content(status)[1]
    whole = example(operation, schema)
    for edit in edits(operation, schema, whole):
        body = json.dumps(edit.applied(whole)).encode()
        yield Case(operation.id, f"{status} with {edit.name}", status, body, "status")
    for value in WAITS:
        waits = tuple(f"{name}: {value}" for name in ("Retry-After", "Retry-After-Ms", "Date"))
        yield Case(operation.id, f"503 to be retried after {value[:40]!r}", 503, SHORT_ERROR, "status", headers=waits)


def _recordings(operation: Operation) -> Iterator[Case]:
    """What a header says is tested without a socket; here is what becomes of a response."""
    good, octets = wav(), "application/octet-stream"
    rows: list[tuple[bytes, str, Outcome]] = [
        *((good, kind, "value") for kind in ("audio/wav", "", "AUDIO/WAV; codec=1", "audio/x-wav", octets, ";")),
        *((good, kind, "error") for kind in ("text/html", "application/json; charset=utf-8", "TEXT/PLAIN")),
        *((body, octets, "error") for body in (LONG_ERROR, HTML, XML, b"no recording of Ada", b"", NO_TEXT)),
        *((good[:length], "audio/wav", "error") for length in (1, 12, 19, 35, 43)),
        (b"RIFX" + good[4:], "audio/wav", "error"),
        (good[:36] + struct.pack("<4sI", b"LIST", 100_000) + bytes(100_000), octets, "error"),
        (good[:44], "audio/wav", "value"),
        (good[:36] + struct.pack("<4sI", b"LIST", 3) + bytes(4) + good[36:], "audio/wav", "value"),
        *((body, "audio/wav", "value") for body in (wav(channels=0), wav(rate=0), wav(bits=0), wav(form=0xFFFE))),
        *((wav(size=size), "audio/wav", "value") for size in (0, 0xFFFFFFFF)),
    ]
    for body, kind, outcome in rows:
        name = f"{body[:60]!r} of the type {kind!r}"
        yield Case(operation.id, name, operation.success, body, "recording", outcome, content_type=kind)
