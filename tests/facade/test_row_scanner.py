"""Rows out of JSON that is cut anywhere: the same as json.loads reads of the whole."""

from __future__ import annotations

import json
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import page_reader, row_scanner
from polyai_data.row_scanner import RowScanner

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
DOCUMENTS = st.builds(
    lambda before, rows, after: {**before, "rows": rows, **{key: each for key, each in after.items() if key != "rows"}},
    *(st.dictionaries(st.text().filter(lambda key: key != "rows"), VALUES), st.lists(VALUES) | VALUES),
    st.dictionaries(st.text(), VALUES),
)
WRITTEN = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def scanned(body: bytes, cuts: list[int], *, texts: bool = False) -> tuple[dict[str, Any], list[Any]]:
    scanner, rows = RowScanner("rows", texts=texts), list[Any]()
    ends = [*sorted({min(cut, len(body)) for cut in cuts}), len(body)]
    for begin, end in pairwise([0, *ends]):
        rows += scanner.feed(body[begin:end])
    return scanner.members, rows + scanner.feed(b"", last=True)


@given(
    document=DOCUMENTS,
    written=WRITTEN,
    cuts=st.lists(st.integers(0, 400)),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
def test_rows_and_members_are_those_of_the_whole(
    document: dict[str, Any], written: dict[str, Any], cuts: list[int], encoding: str
) -> None:
    body = json.dumps(document, **written).encode(encoding, "surrogatepass")
    expected = json.loads(body)
    members, rows = scanned(body, cuts)
    kept = expected["rows"]
    assert rows == (kept if isinstance(kept, list) else [])
    assert members == {**expected, "rows": [] if isinstance(kept, list) else kept}


@given(rows=st.lists(VALUES), indent=st.sampled_from([None, 0, 3]), cuts=st.lists(st.integers(0, 400)))
def test_a_text_is_what_came_on_one_line(rows: list[Any], indent: int | None, cuts: list[int]) -> None:
    body = json.dumps({"rows": rows}, indent=indent).replace("\n", "\r\n").encode()
    pairs = scanned(body, cuts, texts=True)[1]
    assert [json.loads(text) for _, text in pairs] == [value for value, _ in pairs] == rows
    assert not any(mark in text for _, text in pairs for mark in (b"\n", b"\r"))
    if indent is None:
        assert b", ".join(text for _, text in pairs) == body[10:-2]


@given(
    document=DOCUMENTS, written=WRITTEN, end=st.integers(0, 1000), more=st.sampled_from([b"", b"}", b",", b"]", b" x"])
)
def test_what_is_cut_or_goes_on_is_malformed(
    document: dict[str, Any], written: dict[str, Any], end: int, more: bytes
) -> None:
    body = json.dumps(document, **written).encode()
    broken = body[: end % len(body)] if not more else body + more
    with pytest.raises(ValueError, match=r"malformed|codec"):
        scanned(broken, [3, 50])


NO_OBJECTS = [
    b"",
    b"[]",
    b"null",
    b'{"rows": [1,]}',
    b'{"rows": [1 2]}',
    b'{"rows": [,1]}',
    b"{1: 2}",
    b'{"a" 1}',
    b"{,}",
]
NO_OBJECTS += [b'{"rows": [1]', b'{"rows": ["\xff"]}', b'{"rows": [' + b"[" * 100_000 + b"]"]


@pytest.mark.parametrize("body", NO_OBJECTS)
def test_what_is_no_object_of_rows_is_refused(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        scanned(body, [1, 2])


DEPTH = 100_000


@pytest.mark.parametrize("inside", ["cut", "]" * DEPTH + ", {cut", '\\"]cut'], ids=["text", "brackets", "quote"])
def test_a_row_that_is_too_deep_costs_itself_alone(inside: str) -> None:
    deep = "[" * DEPTH + f'"{inside}"' + "]" * DEPTH
    body = f'{{"rows":[{{"a":1}}, {deep}, {{"a":2}}]}}'.encode()
    for cut in (1000, body.index(b"ut"), len(body) - 1000):
        assert scanned(body, [cut])[1] == [{"a": 1}, None, {"a": 2}]


def test_a_long_row_is_read_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = list[int]()
    read = row_scanner._VALUE_AT

    def counted(text: str, at: int) -> Any:
        calls.append(len(text))
        return read(text, at)

    monkeypatch.setattr(row_scanner, "_VALUE_AT", counted)
    body = json.dumps({"rows": ["x" * 2_000_000]}).encode()
    assert scanned(body, list(range(0, len(body), 500)))[1] == ["x" * 2_000_000]
    assert sum(calls) < 4 * len(body)


IDS = st.lists(st.text(min_size=1) | st.none() | st.integers())


@given(
    ids=IDS,
    rest=VALUES | st.lists(st.builds(lambda each: {"id": each}, VALUES)),
    indent=st.sampled_from([None, 1]),
    cuts=st.lists(st.integers(0, 400)),
)
def test_msgspec_gives_the_same_lines(ids: list[Any], rest: Any, indent: int | None, cuts: list[int]) -> None:
    msgspec: Any = pytest.importorskip("msgspec")
    rows = [{"id": each, "rest": rest} for each in ids] + [rest]
    body = json.dumps({"next": rest, "conversations": rows}, indent=indent).encode()
    read_list = partial(page_reader._raw_list, key="id")
    members, pairs = page_reader._page(body, read_list)
    scanner = RowScanner("conversations", texts=True)
    assert [text for _, text in pairs] == [text for _, text in scanner.feed(body, last=True)]
    assert members == scanner.members
    kind = msgspec.defstruct("Kind", [("key", str), ("rest", list[Any], None)], rename={"key": "id"})
    for each in (read_list, partial(page_reader._structs, key="id", kind=kind)):
        scanner, found = RowScanner("conversations", texts=True, read_list=each), []
        for begin, end in pairwise([0, *sorted(cuts), len(body) + 400]):
            found += scanner.feed(body[begin:end], last=end > len(body))
        assert members == scanner.members
        lines = [msgspec.json.encode(item) if isinstance(item, kind) else item for _, item in found]
        assert list(map(json.loads, lines)) == [json.loads(text) for _, text in pairs]
