"""Rows out of the JSON of a page while it arrives, in the memory of one row and a piece. No I/O."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_KEY = re.compile(r'\{[ \t\n\r]*"[^"\\]*"')
_BRACKET = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+("?)')
_VALUE_AT = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the reader of json.loads, and where it ended


class RowScanner:
    """Reads an object whose member `rows` is a list, of which each row is read as soon as it is complete.

    Args:
        rows: the name of that member.
        texts: whether to give each row's text too, on one line.
        read_list: with `texts`, reads a list of rows in JSON at once, as `feed` gives them, or raises any error.

    Attributes:
        members: the other members that were read so far, and `rows` as an empty list once it began.
        held: characters that are kept as they are no complete row or member yet.
    """

    def __init__(self, rows: str, *, texts: bool = False, read_list: Callable[[str], list[Any]] | None = None) -> None:
        self._name = rows
        self._texts = texts
        self._read_list = read_list if texts else None
        self._between, self._begun = "", b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._pieces: list[str] = []
        self._wanted = 0
        self._text = ""
        self._inside = self._whole = self._enough = False
        self._next = "{"
        self.members: dict[str, Any] = {}
        self.held = 0

    def feed(self, piece: bytes, *, last: bool = False) -> list[Any]:
        """The rows that `piece` completes: values, or pairs of value and text.

        Raises:
            ValueError: it is no JSON, or no object; found out when the `last` piece is there.
        """
        if self._decoder is None:
            self._begun = piece = self._begun + piece
            if len(piece) < 4 and not last:
                return []
            encoding = json.detect_encoding(piece)
            self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._pieces.append(self._decoder.decode(piece, last))
        self.held += len(self._pieces[-1])
        if self.held < self._wanted and not last:
            return []
        self._text, at, rows = "".join(self._pieces), 0, list[Any]()
        self._enough = False
        with suppress(ValueError, IndexError, StopIteration):  # incomplete, for all that is known now
            while not self._whole and (last or not self._enough):
                at = self._step(at, rows)
        if last and (not self._whole or _SPACE.fullmatch(self._text, at) is None):
            raise ValueError("malformed JSON")
        self._pieces = [self._text[at:]]
        self.held = len(self._pieces[0])
        self._wanted = 2 * self.held  # a long row is not read from its beginning with each piece
        self._text = ""
        return rows

    def _step(self, at: int, rows: list[Any]) -> int:
        """Read the next row or member at `at`, and what follows it, so that it is complete; where that ended."""
        if self._inside:
            return self._row(at, rows)
        at = self._after(at, self._next)
        if self._text[at] == "}" and self._next == "{":
            self._whole = True
            return at + 1
        key, at = _VALUE_AT(self._text, at)
        at = self._after(at, ":")
        if not isinstance(key, str):
            raise ValueError("a key that is no string")  # noqa: TRY004 - of the JSON
        if key == self._name and self._text[at] == "[":
            at = self._space(at + 1)
            self._inside = self._text[at] != "]"
            at += not self._inside
            value: Any = []
        else:
            value, at = _VALUE_AT(self._text, at)
        if not self._inside:
            at = self._end(at, "}")
        self.members[key] = value
        self._next = ","
        return at

    def _row(self, at: int, rows: list[Any]) -> int:
        begin = self._space(at)
        if self._between and self._read_list and (last := self._text.rfind(self._between, begin) + 1) > begin:
            # Rows begin alike: what ends where the last one seems to begin is a list of them, or no JSON at all.
            with suppress(Exception):
                rows += self._read_list(f"[{self._text[begin:last]}]")
                self._enough = True  # what follows seems to be incomplete, which costs as much to see as a row
                return self._after(last, ",")
            self._read_list = None
        try:
            row, end = _VALUE_AT(self._text, begin)
        except RecursionError:  # nested too deep to be read, which costs no other row
            row, end = None, _end(self._text, begin)
        at = self._space(end)
        if self._text[at] == "]":
            at = self._end(at + 1, "}")
            self._inside = False
        else:
            at = self._after(at, ",")
            if key := _KEY.match(self._text, at):
                self._between = self._text[end - 1 : key.end()]
        if self._texts:
            text = self._text[begin:end].encode("utf-8", "surrogatepass")
            rows.append((row, one_line(text)))
        else:
            rows.append(row)
        return at

    def _end(self, at: int, closing: str) -> int:
        """The place of the comma after a value, or after the `closing` bracket that ends all."""
        at = self._space(at)
        if self._text[at] == closing:
            self._whole = True
            return at + 1
        self._after(at, ",")
        return at

    def _after(self, at: int, mark: str) -> int:
        at = self._space(at)
        if self._text[at] != mark:
            raise ValueError(f"no {mark}")
        return self._space(at + 1)

    def _space(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]


def _end(text: str, begin: int) -> int:
    """Where the list or object that begins there ends, however deep it is."""
    depth = 0
    for match in _BRACKET.finditer(text, begin):
        if match[1] == "":
            break  # a string that goes on
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    raise IndexError("incomplete")


def one_line(text: bytes) -> bytes:
    """JSON on one line: line breaks stand between its values alone, as strings have them escaped."""
    return text.translate(None, b"\r\n") if b"\n" in text or b"\r" in text else text
