"""Answers that are framed well and say the wrong thing: statuses, redirects, JSON, secrets, identities, sound."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.facade.masking import HEADER, KEY, NAME, PHONE, SIGNATURE
from tests.facade.storm.answer import PAGE, PRIVATE, RUN, STOLEN, VENDORS, Answer, Expected, Honest, Script, one
from tests.facade.storm.sound import headers_of_sound, resumed

COMMON: tuple[int, ...] = (
    200,
    201,
    202,
    203,
    204,
    205,
    206,
    207,
    226,
    299,
    304,
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    407,
    408,
    409,
    410,
)
COMMON += (411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503)
COMMON += (504, 505, 507, 508, 511, 520, 522, 525, 529, 599, 600, 777, 999)


def content(honest: Honest) -> Iterator[Answer]:
    """All answers of this file for one target."""
    yield from statuses(honest)
    yield from redirects(honest)
    yield from secrets(honest)
    yield from bodies(honest)
    if honest.is_json:
        yield from fields(honest)
        yield from identities(honest)
    else:
        yield from headers_of_sound(honest)
        yield from resumed(honest)


def statuses(honest: Honest) -> Iterator[Answer]:
    kinds = {
        "vendor's": (VENDORS, "application/json"),
        "page": (PAGE, "text/html"),
        "empty": (b"", ""),
        "honest": (honest.body, None),
        "text": (f"no {PHONE} {NAME}".encode(), "text/plain"),
        "detail": (json.dumps({"detail": [{"input": NAME}]}).encode(), "application/json"),
    }
    names = itertools.cycle(kinds)
    for status in range(101, 1000):
        own = status % 11 == honest.index
        if status == 101 or not (status in COMMON or own):
            continue
        for name in kinds if status in COMMON and own else [next(names)]:
            body, kind = kinds[name]
            expected: Expected = "error" if status >= 300 else "any"
            refused = status == 429 or (400 <= status < 500 and status != 408)
            answer = honest.whole(status=status, body=body, kind=kind)
            yield one(honest, f"status/{status} {name}", answer, expected=expected, sent=body, refused=refused)
    later = (
        "0",
        "-5",
        "1e9",
        "9" * 400,
        "soon",
        "NaN",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "0\r\nRetry-After: 0",
        "0, 0",
        "\xbd",
    )
    for status, wait in itertools.product((429, 503), later):
        answer = honest.whole(f"Retry-After: {wait}", status=status, body=VENDORS, kind="application/json")
        yield one(honest, f"status/{status} after {wait[:40]!r}", answer, expected="error", refused=True)


def redirects(honest: Honest) -> Iterator[Answer]:
    places = {
        "nowhere": None,
        "empty": "",
        "elsewhere": f"https://elsewhere.example{STOLEN}?Signature={SIGNATURE}",
        "plain": f"http://elsewhere.example{STOLEN}",
        "link local": f"http://169.254.169.254{STOLEN}",
        "private": f"https://10.0.0.1{STOLEN}",
        "IPv6": f"http://[::1]{STOLEN}",
        "decimal host": f"http://2130706433{STOLEN}",
        "slashes": f"//elsewhere.example{STOLEN}",
        "relative": STOLEN,
        "up": "../../" + STOLEN,
        "query": f"?{RUN.decode()}stolen",
        "itself": "",
        "user": f"https://user:{KEY}@elsewhere.example{STOLEN}",
        "file": "file:///etc/passwd",
        "script": "javascript:alert(1)",
        "data": "data:application/json,{}",
        "ftp": f"ftp://elsewhere.example{STOLEN}",
        "no port": f"https://elsewhere.example:99999999{STOLEN}",
        "long": f"https://elsewhere.example{STOLEN}?" + "x" * 60_000,
        "bytes": f"https://\xe9l\xe8\xff.example{STOLEN}",
        "two": f"{STOLEN}\r\nLocation: https://elsewhere.example{STOLEN}",
        "brackets": "https://[::1",
    }
    statuses = itertools.cycle((301, 302, 303, 307, 308, 300, 305, 306))
    for name, place in places.items():
        for status in itertools.islice(statuses, 3):
            lines = [] if place is None else [f"Location: {place}"]
            body = b"" if status % 2 else honest.body
            answer = honest.whole(*lines, status=status, body=body)
            # A file may have moved; whatever is fetched there is checked by the server.
            expected: Expected = "error" if honest.is_json else "any"
            yield one(honest, f"redirect/{status} {name}", answer, expected=expected)


def secrets(honest: Honest) -> Iterator[Answer]:
    """Keys, headers and links that the server sends back."""
    # Messages are quoted but for what the client knows to be secret.
    message, told = f"bad {KEY} {HEADER}", f"{KEY} {HEADER} {SIGNATURE}"
    bodies = {
        "error_message": json.dumps({"error_message": message}).encode(),
        "error_code": json.dumps({"error_code": KEY, "error_message": KEY}).encode(),
        "error": json.dumps({"error": message}).encode(),
        "error_id": json.dumps({"error_id": KEY, "error_message": "no"}).encode(),
        "detail": json.dumps({"detail": message}).encode(),
        "escaped": json.dumps({"error_message": KEY}).replace("-", "\\u002d").encode(),
        "name": json.dumps({told: told, **PRIVATE}).encode(),
        "page": f"<html><title>{told}</title>{told}</html>".encode(),
        "text": told.encode(),
        "half of JSON": json.dumps({"error_message": told, **PRIVATE})[:-2].encode(),
        "list": json.dumps([told, PHONE]).encode(),
        "text in JSON": json.dumps(told + PHONE).encode(),
        "rows": json.dumps({"conversations": [told, PHONE, 5]}).encode(),
        "map": json.dumps(
            {"conversations": [{PHONE: {KEY: 5}}], "metrics": {PHONE: 5}, "turns": [{KEY: PHONE}]}
        ).encode(),
    }
    for name, body in bodies.items():
        for status in (honest.status, 302, 400, 401, 403, 404, 429, 500, 503):
            expected: Expected = "error" if status >= 300 else "any"
            answer = honest.whole(status=status, body=body)
            refused = 400 <= status < 500
            yield one(honest, f"echo/{name} {status}", answer, expected=expected, sent=body, refused=refused)
    lines = {
        "correlation": f"X-PolyAI-Correlation-Id: {KEY}",
        "location": f"Location: https://elsewhere.example{STOLEN}?key={KEY}&Signature={SIGNATURE}",
        "cookie": f"Set-Cookie: session={KEY}; Path=/",
        "authenticate": f'WWW-Authenticate: Key realm="{KEY}"',
        "name": f"{KEY}: {HEADER}",
        "retry": f"Retry-After: {KEY}",
        "type": f"Content-Type: text/{KEY}",
        "coding": f"Content-Encoding: {KEY}",
        "transfer coding": f"Transfer-Encoding: {KEY}",
        "range": f"Content-Range: {KEY}",
        "broken": f"\x00{KEY}",
    }
    for name, line in lines.items():
        for status in (honest.status, 302, 401, 500):
            answer = honest.whole(line, status=status, kind="" if name == "type" else None)
            yield one(honest, f"echo/header {name} {status}", answer, "close")
    for start in (f"HTTP/1.1 401 {KEY}", f"HTTP/1.1 {KEY}", KEY, f"HTTP/1.1 500 {PHONE} {NAME}"):
        yield one(honest, f"echo/start {start[:12]}", honest.whole(start=start), "close", expected="error")


def bodies(honest: Honest) -> Iterator[Answer]:
    """Bodies that are not what the document says. A recording may be any bytes that do not look like text."""
    table: dict[str, bytes] = {
        "empty": b"",
        "space": b" \r\n\t",
        "NUL": b"\x00",
        "null": b"null",
        "true": b"true",
        "number": b"42",
        "text": json.dumps(NAME).encode(),
        "list": b"[]",
        "list of objects": b"[{}]",
        "object": b"{}",
        "unknown": json.dumps(PRIVATE).encode(),
        "NaN": b"NaN",
        "infinity": b'{"conversations": Infinity}',
        "overflow": b'{"a": 1e99999}',
        "long number": b'{"a": ' + b"9" * 10_000 + b"}",
        "deep list": b"[" * 100_000,
        "deep list, closed": b"[" * 100_000 + b"]" * 100_000,
        "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "single quotes": b"{'a': 1}",
        "comma": b'{"a": 1,}',
        "comment": b"{} // done",
        "two": b"{}{}",
        "lines": b'{"a": 1}\n{"b": 2}\n',
        "JSONP": b"callback({})",
        "guard": b")]}'\n{}",
        "HTML": PAGE,
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "text file": f"{NAME} {PHONE}".encode(),
        "continuation byte": b'{"a": "\x80"}',
        "overlong": b'{"a": "\xc0\xaf"}',
        "surrogate bytes": b'{"a": "\xed\xa0\x80"}',
        "half a character": b'{"a": "\xe2\x82',
        "control character": b'{"a": "\x01"}',
        "escape": b'{"a": "\\x41"}',
        "zip": b"PK\x03\x04" + bytes(100),
        "PDF": b"%PDF-1.7\n",
        "YAML": b"a: 1\nb: 2\n",
        "event stream": b"data: {}\n\n",
        "multipart": b"--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--",
    }
    for name, body in table.items():
        answers = [("", None), *([(" as a page", "text/html")] if len(body) % 2 else [(" without a type", "")])]
        for suffix, kind in answers:
            answer = honest.whole(body=body, kind=kind)
            yield one(honest, f"body/{name}{suffix}", answer, expected="any", sent=body)
    if not honest.is_json:
        return
    text = honest.body.decode()
    closing = text.rindex("}")
    for name, changed in {
        "BOM": b"\xef\xbb\xbf" + honest.body,
        "UTF-16": text.encode("utf-16"),
        "UTF-16 BE": text.encode("utf-16-be"),
        "UTF-32": text.encode("utf-32"),
        "UTF-7": text.encode("utf-7"),
        "padded": b" " * 500_000 + honest.body + b"\n" * 500_000,
        "and more": honest.body + b"x",
        "twice": honest.body * 2,
        "quoted": json.dumps(text).encode(),
        "wrapped": b'{"data": ' + honest.body + b"}",
        "in a list": b"[" + honest.body + b"]",
        "names twice": (text[:closing] + "," + text[1:]).encode(),
        "surrogate": text.replace("Ada", "\\ud800").encode(),
        "NUL": text.replace("Ada", "\\u0000").encode(),
        "control characters": text.replace("Ada", "\\u001b[2J\\u202e").encode(),
        "deep value": (text[:closing] + ', "more": ' + "[" * 900 + "]" * 900 + "}").encode(),
        "deeper value": (text[:closing] + ', "more": ' + "[" * 20_000 + "]" * 20_000 + "}").encode(),
        "many names": (text[:closing] + "".join(f', "n{number}": 1' for number in range(20_000)) + "}").encode(),
        "long text": text.replace("Ada", "A" * 10_000).encode(),
        "first half": honest.body[: len(text) // 2],
        "upper case": text.upper().encode(),
    }.items():
        yield one(honest, f"body/{name}", honest.whole(body=changed), sent=changed)


WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "0": 0,
    "-1": -1,
    "1.5": 1.5,
    "10^40": 10**40,
    "NaN": float("nan"),
    "empty text": "",
    "text": "<b>\ud800</b>",
    "list": [],
    "list of lists": [[], None, {}],
    "object": {},
    "odd object": {"": {"a": [1]}, "__class__": "x"},
}


def fields(honest: Honest) -> Iterator[Answer]:
    """Each field in turn with values of another kind, or missing."""
    document = json.loads(honest.body)
    places: list[Callable[[Any], Any]] = [lambda whole: whole]
    if isinstance(document.get("conversations"), list):
        places.append(lambda whole: whole["conversations"][0])
    for depth, place in enumerate(places):
        for number, name in enumerate(place(document)):
            for offset, (kind, value) in enumerate([*WRONG.items(), ("missing", None)]):
                if (number + offset) % 3 and depth + len(document) > 8:
                    continue  # of the many fields of a conversation, each gets a third of the values
                changed = json.loads(honest.body)
                place(changed)[name] = value
                if kind == "missing":
                    del place(changed)[name]
                body = json.dumps(changed).encode()
                yield one(
                    honest, f"field/{'conversations[0].' * depth}{name} {kind}", honest.whole(body=body), sent=body
                )


def identities(honest: Honest) -> Iterator[Answer]:
    """Answers to another request, and pages that repeat or never end."""
    document = json.loads(honest.body)
    if honest.target in {"getConversation", "sendDebugChatMessage"}:
        for other in ("CA6", "ca1", "CA1 ", "CA1\u0000", "", "CA-EVIL/../CA1"):
            body = json.dumps({**document, "conversationId": other}).encode()
            expected: Expected = "any" if other in {"ca1", ""} else "error"
            yield one(honest, f"identity/{other!r}", honest.whole(body=body), sent=body, expected=expected)
    rows = document.get("conversations")
    if not isinstance(rows, list):
        return
    name = "id" if "id" in rows[0] else "conversationId"

    def page(start: int, size: int, more: dict[str, Any]) -> Script:
        listed = [{**rows[0], name: f"CA{start + index}"} for index in range(size)]
        return (honest.whole(body=json.dumps({"conversations": listed, **more}).encode()),)

    listing = name != "id"
    sequences: dict[str, list[Script]] = {
        "the same page": [page(0, 2, {"count": 9, "offset": 0} if listing else {"cursor": "c"})],
        "empty pages": [page(0, 0, {"count": 9, "offset": 0} if listing else {"cursor": "c"})],
        "a circle": [
            page(2 * n, 2, {"count": 9, "offset": 0} if listing else {"cursor": "ab"[n % 2]}) for n in range(4)
        ],
        "nowhere": [page(0, 2, {"count": 9, "offset": -1} if listing else {"next_offset": 0})],
        "text": [page(0, 2, {"count": "9", "offset": "0"} if listing else {"next_offset": "2"})],
        "far": [page(0, 2, {"count": 10**30, "offset": 10**30} if listing else {"next_offset": 10**30})],
        "odd cursor": [page(0, 2, {"count": 4, "offset": 7} if listing else {"cursor": "\r\nX: \ud800"})],
        "object": [page(0, 2, {"count": {}, "offset": []} if listing else {"cursor": {"a": 1}})],
        "a break": [
            page(0, 2, {"count": 4, "offset": 0} if listing else {"cursor": "c"}),
            (honest.whole(body=PAGE),),
        ],
    }
    for title, scripts in sequences.items():
        # What the pages hold is not compared: `sent` is nothing that can be a value.
        expected = "any" if listing and title in {"text", "nowhere", "object", "far", "odd cursor"} else "error"
        yield Answer(honest, f"pages/{title}", tuple(scripts), expected, sent=None)
