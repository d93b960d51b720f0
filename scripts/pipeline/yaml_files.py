"""Read and write YAML as OpenAPI means it: the values of JSON, string keys, no key twice.

A document is read with YAML 1.2's core types (`no` and `12:30` are strings, `010` is ten), and written so that every
reader of YAML 1.1 or 1.2 gets the same values back. Key order stays; comments and styles do not.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.nodes import ScalarNode

_TAG = "tag:yaml.org,2002:"
_COPIED = 100_000
"""The most nodes that the aliases of a document stand for: seven levels of ten would make ten million of 400 bytes."""


class PipelineError(Exception):
    """A problem that a person can fix in the documents: the message says what is wrong, where, and what to do."""


# Reading.


class _Loader(yaml.CSafeLoader):
    """Resolves plain scalars as YAML 1.2's core schema does, and `<<`."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 - the base class's own attribute, replaced


for _type, _pattern in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
    ("merge", r"<<"),
):
    _Loader.add_implicit_resolver(_TAG + _type, re.compile(rf"(?:{_pattern})\Z"), None)


def _int(text: str) -> int:
    return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)


def _float(text: str) -> float:
    if not math.isfinite(value := float(text.replace(".inf", "inf").replace(".nan", "nan"))):
        raise ValueError(text)
    return value


_SCALARS = {"null": lambda _: None, "bool": lambda text: text.lower() == "true", "int": _int, "float": _float}
_SCALARS |= {"str": str, "merge": str}


class _Reader:
    """Builds the value of a document from the parser's events."""

    def __init__(self, text: str, name: str) -> None:
        self._parser: Any = _Loader(text)
        self._name = name
        self._anchored: dict[str, tuple[Any, int]] = {}  # each with how many nodes it has
        self._nodes = self._copied = 0
        self._open: list[str | None] = []

    def document(self) -> Any:
        """The value of the only document, None without one."""
        try:
            self._parser.get_event()
            if isinstance(self._parser.get_event(), StreamEndEvent):
                return None
            value = self._value(self._parser.get_event())
            self._parser.get_event()
            if not isinstance(event := self._parser.get_event(), StreamEndEvent):
                raise self._error(event, "a second document begins here")
            return value
        finally:
            self._parser.dispose()

    def _error(self, event: Any, problem: str) -> PipelineError:
        return PipelineError(f"{self._name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}: {problem}")

    def _value(self, event: Any) -> Any:
        if isinstance(event, AliasEvent):
            if event.anchor in self._open:
                raise self._error(event, f"*{event.anchor} contains itself")
            if event.anchor not in self._anchored:
                raise self._error(event, f"undefined alias *{event.anchor}")
            value, size = self._anchored[event.anchor]
            self._nodes += size
            self._copied += size
            if self._copied > _COPIED:
                raise self._error(event, f"*{event.anchor}: aliases stand for more than {_COPIED:,} nodes")
            return copy.deepcopy(value)
        self._open.append(event.anchor)
        before = self._nodes
        self._nodes += 1
        read = self._scalar if isinstance(event, ScalarEvent) else self._collection
        value = read(event)
        self._open.pop()
        if event.anchor:
            self._anchored[event.anchor] = value, self._nodes - before
        return value

    def _tag(self, event: ScalarEvent) -> str:
        tag = event.tag or self._parser.resolve(ScalarNode, event.value, event.implicit)
        return str(tag).removeprefix(_TAG)

    def _scalar(self, event: ScalarEvent) -> Any:
        try:
            return _SCALARS[self._tag(event)](event.value)
        except (KeyError, ValueError) as error:
            raise self._error(event, f"{event.value!r} is no JSON value") from error

    def _collection(self, event: Any) -> Any:
        if isinstance(event, SequenceStartEvent):
            items = []
            while not isinstance(event := self._parser.get_event(), SequenceEndEvent):
                items.append(self._value(event))
            return items
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while not isinstance(key := self._parser.get_event(), MappingEndEvent):
            if not isinstance(key, ScalarEvent):
                raise self._error(key, "a key must be a string")
            value = self._value(self._parser.get_event())
            if self._tag(key) == "merge":
                merged = self._merged(key, value) | merged
            elif key.value in own:
                raise self._error(key, f"duplicate key {key.value!r}")
            else:
                own[key.value] = value
        return merged | own

    def _merged(self, key: ScalarEvent, value: Any) -> dict[str, Any]:
        mappings = value if isinstance(value, list) else [value]
        if not all(isinstance(mapping, dict) for mapping in mappings):
            raise self._error(key, "`<<` merges mappings only")
        return {name: node for mapping in reversed(mappings) for name, node in mapping.items()}


def loads(text: str | bytes, name: str) -> Any:
    """The document in `text`. Errors call it `name`."""
    try:
        text = _text(text, name)
        return _Reader(text, name).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = " ".join(part for part in (error.context, error.problem) if part) or "not valid YAML"
        raise PipelineError(f"{where}: {problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise PipelineError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise PipelineError(f"{name}: not valid YAML: nested too deeply") from error


def decoded(data: bytes, name: str) -> str:
    """The text of a file, which must be UTF-8, without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise PipelineError(f"{name}:{line}:{column}: not UTF-8 at byte {error.start}") from error


def _text(text: str | bytes, name: str) -> str:
    return decoded(text, name) if isinstance(text, bytes) else text.removeprefix("\ufeff")


def loads_json(text: str | bytes, name: str) -> Any:
    """The document in `text`, which is JSON.

    JSON is not quite YAML: a comma may not trail, and YAML reads an escaped surrogate pair as two characters.
    """
    try:
        return json.loads(_text(text, name), object_pairs_hook=_unique_names, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PipelineError(f"{name}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from error
    except RecursionError as error:
        raise PipelineError(f"{name}: not valid JSON: nested too deeply") from error
    except ValueError as error:
        loads(text, name)  # which knows the position of a duplicate key
        raise PipelineError(f"{name}: not valid JSON: {error}") from error


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("an object has a duplicate key")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def load(path: Path, name: str | None = None) -> Any:
    """The document in the file `path`, JSON if its suffix is `.json`. Errors call it `name`."""
    name = str(path) if name is None else name
    try:
        return (loads_json if path.suffix.lower() == ".json" else loads)(path.read_bytes(), name)
    except OSError as error:
        raise PipelineError(f"{name}: {error.strerror}") from error


# Positions, in the text of a document that could be read.


def positions(text: str, pointers: Iterable[Sequence[str]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """The line and column, from 1, of the key or item at each pointer, and of those above it that the text has."""
    wanted = {tuple(pointer[:end]) for pointer in pointers for end in range(1, len(pointer) + 1)}
    seen: dict[tuple[str, ...], tuple[int, int]] = {}
    parser: Any = _Loader(re.sub(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}", r"\\u0020", text))  # JSON escapes in pairs

    def visit(event: Any, at: tuple[str, ...] | None) -> None:
        """Read a node, and what is inside it where that is wanted."""
        index = 0
        while isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            first = parser.get_event()
            if isinstance(first, (SequenceEndEvent, MappingEndEvent)):
                return
            scalar = isinstance(event, MappingStartEvent) and isinstance(first, ScalarEvent)
            child = None if at is None else (*at, first.value if scalar else str(index))
            child = child if child in wanted else None
            if child is not None:
                mark: Any = first.start_mark
                seen[child] = (mark.line + 1, mark.column + 1)
            if isinstance(event, MappingStartEvent):
                visit(first, None)
                first = parser.get_event()
            visit(first, child)
            index += 1

    try:
        parser.get_event()
        parser.get_event()
        visit(parser.get_event(), ())
    except yaml.YAMLError:  # JSON may hold characters that YAML may not
        pass
    finally:
        parser.dispose()
    return seen


def position(text: str, pointer: Sequence[str]) -> tuple[int, int] | None:
    """The line and column, from 1, of the key or item at `pointer`, or of its nearest ancestor."""
    return max(positions(text, [pointer]).items(), key=lambda item: len(item[0]), default=((), None))[1]


def item_lines(path: Path, key: str) -> list[int]:
    """The line of each item of the list under the top-level `key` of a file; empty without such a list."""
    text = decoded(path.read_bytes(), str(path))
    wanted = ((key, str(index)) for index in range(text.count(",") + text.count("\n") + 1))  # it has fewer items
    return [line for at, (line, _) in positions(text, wanted).items() if len(at) == 2]


# Writing.

# Words that one reader or another takes for a number, a truth value, a date, null or a merge key.
_AMBIGUOUS = re.compile(
    r"(?!\d+(?:\.\d+){2,}\Z)[-+]?[\d_.,:]+(?:e[-+]?[\d_]*)?|[-+]?0[box][\da-f_]*|[-+]?\.(?:inf|nan)|\d+-[\dtz:.+-]*"
    r"|~|=|<<|null|true|false|yes|no|on|off|y|n",
    re.IGNORECASE,
)
# Characters that are line breaks in YAML 1.1 and letters in 1.2, or that no reader needs to accept.
_ODD = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\A\s|\n\n\Z")


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, value: str) -> ScalarNode:
    style = '"' if _AMBIGUOUS.fullmatch(value) or _ODD.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar(f"{_TAG}str", value, style=style)


def _represent_number(dumper: _Dumper, value: float) -> ScalarNode:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    return dumper.represent_float(value)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(float, _represent_number)


def dumps(document: Any, header: str = "", width: float = 120) -> str:
    """`document`, a JSON value, as YAML in block style, after the comment lines of `header`."""
    try:
        text: str = yaml.dump(
            document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width, default_flow_style=False
        )
    except (yaml.YAMLError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error
    return header + text
