"""Answers that are framed well and say the wrong thing: statuses and redirects."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from tests.facade.masking import KEY, NAME, PHONE, SIGNATURE
from tests.facade.storm.answer import PAGE, RUN, STOLEN, VENDORS, Answer, Expected, Honest, one

COMMON = {*range(200, 208), 226, 299, 304, *range(400, 432), 451, 499, *range(500, 509)}
COMMON |= {511, 520, 522, 599, 600, 777, 999}


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
    for status in range(102, 1000):
        own = status % 11 == honest.index
        if not (status in COMMON or own):
            continue
        for name in kinds if status in COMMON and own else [next(names)]:
            body, kind = kinds[name]
            expected: Expected = "error" if status >= 300 else "any"
            refused = status == 429 or (400 <= status < 500 and status != 408)
            answer = honest.whole(status=status, body=body, kind=kind)
            yield one(honest, f"status/{status} {name}", answer, expected=expected, sent=body, refused=refused)


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
