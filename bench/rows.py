"""rows: a page of 220 conversations with 20 turns to plain dictionaries and to lines, beside JSON readers alone."""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from bench.measure import Line, in_turns, lines
from bench.samples import match
from polyai_data import decode, page_reader
from polyai_data.hosts import POLYAI
from polyai_data.listings import SEARCH
from polyai_data.page_reader import Form, PageReader, Piece, Reading
from polyai_data.paging import Position, Walk

ROUTE = POLYAI.route("searchConversations", "us")


def rows(rounds: int) -> list[Line]:
    """A line for each form, with and without the extra `fast`."""
    body = json.dumps({"conversations": [match(number, 20) for number in range(220)], "cursor": "next"}).encode()
    contenders: dict[str, Callable[[], object]] = {
        "rows, extra fast": partial(ours, body, "rows"),
        "lines, extra fast": partial(ours, body, "lines"),
        "rows": partial(without_msgspec, body, "rows"),
        "lines": partial(without_msgspec, body, "lines"),
        "rows while they arrive": partial(ours, body, "rows", 65536),
        "json.loads": partial(json.loads, body),
        "orjson.loads": partial(orjson.loads, body),
        "loads and dumps of each": partial(copied, body),
    }
    medians = in_turns(contenders, rounds, times=5, cpu=True)
    made: list[Line] = []
    for name, goals in GOALS.items():
        made += lines("rows", name, {name: medians[name], **medians}, goals)
    return made


GOALS: dict[str, dict[str, float | None]] = {
    "rows": {"json.loads": 1.1},
    "rows, extra fast": {"orjson.loads": 1.2},
    "rows while they arrive": {"json.loads": None},
    "lines": {"loads and dumps of each": None},
    "lines, extra fast": {"loads and dumps of each": 0.5},
}


def ours(body: bytes, form: Form, size: int = 0) -> list[Any]:
    """The items of a page, whole or in pieces of a size."""
    reader = PageReader(Reading(SEARCH, ROUTE, form=form), Position(), Walk())
    if not size:
        return [item for part in reader.read(Piece(body)) for item in part]
    made = []
    for begin in range(0, len(body), size):
        piece = Piece(body[begin : begin + size], first=not begin, last=begin + size >= len(body))
        made += [item for part in reader.read(piece) for item in part]
    return made


def without_msgspec(body: bytes, form: Form) -> list[Any]:
    """The same as where the extra is not installed."""
    kept = decode._quick, page_reader._page
    try:
        decode._quick, page_reader._page = lambda: None, _absent  # type: ignore[assignment]
        return ours(body, form)
    finally:
        decode._quick, page_reader._page = kept


def _absent(*_: object) -> None:
    raise ImportError


def copied(body: bytes) -> list[bytes]:
    """What a loop over rows does that passes them on."""
    return [json.dumps(row).encode() for row in json.loads(body)["conversations"]]
