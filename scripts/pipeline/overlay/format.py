"""What an OpenAPI Overlay document, 1.0 or 1.1, says: its structure, its actions, and what their JSONPaths select.

What only the published schemas forbid, an unknown field, is an error too.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError, JSONPathSyntaxError
from jsonpath.lex import Lexer
from jsonpath.token import TOKEN_DDOT, TOKEN_FALSE, TOKEN_LG, TOKEN_NAME, TOKEN_NIL, TOKEN_TRUE, Token
from pipeline import yaml_files
from pipeline.yaml_files import PipelineError

Query: TypeAlias = JSONPath | CompoundJSONPath
Key: TypeAlias = int | str
Kind: TypeAlias = Literal["object", "array", "primitive"]
Modifier: TypeAlias = Literal["update", "copy", "remove"] | None
"""What an action does; None for `remove: false` and nothing else."""

MAY_MATCH_NOTHING = "x-may-match-nothing"
_VERSION = re.compile(r"1\.([01])\.[0-9]+")
_MODIFIERS = {0: {"update", "remove"}, 1: {"update", "copy", "remove"}}
_INFO_OPTIONAL: dict[int, set[str]] = {0: set(), 1: {"description"}}


class OverlayError(PipelineError):
    """A problem of an overlay document, and the action that has it, where it is one action's."""

    def __init__(
        self, file: str, problem: str, index: int | None = None, line: int | None = None, *, detail: str = ""
    ) -> None:
        """Compose the message. `detail` follows the line, as a column, or the number of the action, as its target."""
        self.file, self.problem, self.index, self.line = file, problem, index, line
        position = file if line is None else f"{file}:{line}"
        super().__init__(
            f"{position}{detail}: {problem}" if index is None else f"{position}: actions[{index}]{detail}: {problem}"
        )


@dataclass(frozen=True, slots=True)
class Action:
    """One step of an overlay: what it selects, and what becomes of it."""

    file: str
    index: int  # from 0, as in `actions[0]`
    line: int | None
    target: str
    description: str | None
    modifier: Modifier
    update: Any
    copy: str | None
    may_match_nothing: bool
    minor: int  # of the overlay's version: 0 or 1
    target_query: Query = field(repr=False, compare=False)
    copy_query: Query | None = field(repr=False, compare=False)

    @property
    def position(self) -> str:
        """The file and the line, as an editor opens them; without a line, the number of the action."""
        return f"{self.file} actions[{self.index}]" if self.line is None else f"{self.file}:{self.line}"

    def error(self, problem: str) -> OverlayError:
        why = f" ({textwrap.shorten(self.description, 100, placeholder='…')})" if self.description else ""
        return OverlayError(self.file, problem, self.index, self.line, detail=f", target {self.target}{why}")


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay document: the actions whose structure is sound, in order."""

    file: str
    count: int  # of all actions
    actions: tuple[Action, ...]
    extends: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A node of the document that a JSONPath selects: the steps down to it, and its normalized path."""

    parts: tuple[Key, ...]
    path: str


def parse_overlay(document: Any, name: str) -> Overlay:
    """The overlay in `document`, which errors call `name`, with its structure checked and every JSONPath compiled.

    Raises:
        OverlayError: the first problem.
    """
    overlay, problems = _parsed(document, name, [])
    if problems:
        raise problems[0]
    return overlay


def read_overlay(root: Path, path: Path) -> tuple[Overlay, list[OverlayError]]:
    """The overlay in the file `path` with the actions that are sound, and all problems.

    Errors name the file as it is called below `root`.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    try:
        return _parsed(yaml_files.load(path, name), name, yaml_files.item_lines(path, "actions"))
    except PipelineError as error:
        position, _, problem = str(error).removeprefix(name).partition(": ")
        _, line, column = f"{position}::".split(":")[:3]
        detail = f":{column}" if column else ""
        return Overlay(name, 0, ()), [OverlayError(name, problem, line=int(line) if line else None, detail=detail)]


def _parsed(document: Any, name: str, lines: Sequence[int]) -> tuple[Overlay, list[OverlayError]]:
    if not isinstance(document, dict):
        return Overlay(name, 0, ()), [OverlayError(name, f"an overlay is an object, this is {article(document)}")]
    problems = [OverlayError(name, problem) for problem in _head_problems(document)]
    version = _VERSION.fullmatch(str(document.get("overlay")))
    minor = int(version[1]) if version else 1
    actions = []
    items = document["actions"] if isinstance(document.get("actions"), list) else []
    for index, item in enumerate(items):
        line = lines[index] if index < len(lines) else None
        try:
            actions.append(_action(item, name, index, line, minor))
        except ValueError as error:
            problems.append(OverlayError(name, str(error), index, line))
    return Overlay(name, len(items), tuple(actions), str(document.get("extends", ""))), problems


def _head_problems(overlay: dict[str, Any]) -> Iterator[str]:
    version = overlay.get("overlay")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        given = "it is missing" if "overlay" not in overlay else f"it is {version!r}"
        yield f"overlay must be the string 1.0.x or 1.1.x, the version of the format; {given}"
        return
    yield from _field_problems(overlay, required={"overlay", "info", "actions"}, optional={"extends"})
    info, actions, texts = overlay.get("info", {}), overlay.get("actions", [None]), _INFO_OPTIONAL[int(match[1])]
    if "info" in overlay:
        known = _field_problems(info, required={"title", "version"}, optional=texts)
        yield from (f"info: {problem}" for problem in known)
    for key in ("title", "version", *texts):
        if isinstance(info, dict) and not isinstance(info.get(key, ""), str):
            yield f"info: {key} must be a string; put quotes around it"
    if not isinstance(overlay.get("extends", ""), str):
        yield "extends must be a string, a URI reference"
    if not isinstance(actions, list) or not actions:
        yield "actions must be a list of at least one action"


def _field_problems(node: Any, *, required: set[str], optional: set[str]) -> Iterator[str]:
    if not isinstance(node, dict):
        yield f"must be an object, this is {article(node)}"
        return
    if missing := sorted(required - set(node)):
        yield f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    known = required | optional
    unknown = [key for key in node if key not in known and not key.startswith("x-")]
    yield from (f"unknown field {key!r}; known are {', '.join(sorted(known))} and x-…" for key in unknown)


def _action(item: Any, file: str, index: int, line: int | None, minor: int) -> Action:
    """The action in `item`; a ValueError says what is wrong with it."""
    optional = {"description", MAY_MATCH_NOTHING, *_MODIFIERS[minor]}
    for problem in _field_problems(item, required={"target"}, optional=optional):
        raise ValueError(problem)
    for key, kind, wanted in (
        ("target", str, "a string"),
        ("description", str, "a string"),
        ("copy", str, "a string"),
        ("remove", bool, "true or false"),
        (MAY_MATCH_NOTHING, bool, "true or false"),
    ):
        if key in item and not isinstance(item[key], kind):
            raise ValueError(f"{key} must be {wanted}")
    if item.get("remove"):
        modifier: Modifier = "remove"
    elif "update" in item and "copy" in item:
        raise ValueError("update and copy exclude each other")
    elif not item.keys() & {"update", "copy", "remove"}:
        raise ValueError(f"has no modifier; one of {', '.join(sorted(_MODIFIERS[minor]))} is needed")
    else:
        modifier = "update" if "update" in item else "copy" if "copy" in item else None
    return Action(
        file=file,
        index=index,
        line=line,
        target=item["target"],
        description=item.get("description"),
        modifier=modifier,
        update=item.get("update"),
        copy=item.get("copy"),
        may_match_nothing=item.get(MAY_MATCH_NOTHING, False),
        minor=minor,
        target_query=_compiled(item["target"], "target"),
        copy_query=_compiled(item["copy"], "copy") if modifier == "copy" else None,
    )


# What a JSONPath selects.


class _Lexer(Lexer):
    """RFC 9535 where the library's strict mode is not: it takes `$.x-y` and `<>`, and refuses `$..true`."""

    key_pattern = r"[A-Za-z_\u0080-\uD7FF\uE000-\U0010FFFF][A-Za-z_\u0080-\uD7FF\uE000-\U0010FFFF0-9]*"

    def tokenize(self, path: str) -> Iterator[Token]:
        previous = None
        for token in super().tokenize(path):
            if token.kind == TOKEN_LG:
                raise JSONPathSyntaxError(f"unexpected token {token.value!r}", token=token)
            name = previous == TOKEN_DDOT and token.kind in {TOKEN_TRUE, TOKEN_FALSE, TOKEN_NIL}
            yield Token(TOKEN_NAME, token.value, token.index, token.path) if name else token
            previous = token.kind


class _Environment(JSONPathEnvironment):
    """RFC 9535, section 2.3.4.2: a slice selects from arrays alone; the library's takes letters out of strings, too."""

    lexer_class = _Lexer

    def getitem(self, obj: Any, key: Any) -> Any:
        return () if isinstance(obj, str) else super().getitem(obj, key)


_ENVIRONMENT = _Environment(strict=True)


def _compiled(path: str, key: str) -> Query:
    try:
        return _ENVIRONMENT.compile(path)
    except (JSONPathError, ValueError, RecursionError) as cause:  # ValueError: a number that no slice can hold
        raise ValueError(f"{key} {path!r} is no JSONPath of RFC 9535: {_reason(cause)}") from cause


def _reason(error: Exception) -> str:
    if not isinstance(error, JSONPathError) or error.token is None:
        return str(error)
    return f"{error.message} at {f'character {error.token.index + 1}' if error.token.index >= 0 else 'its end'}"


def select(document: Any, query: Query) -> list[Match]:
    """The nodes of `document` that `query` selects, each once, in the order of the query.

    Raises:
        PipelineError: the query cannot be evaluated.
    """
    try:
        matches = [Match(tuple(match.parts), match.path) for match in query.finditer(document)]
    except (JSONPathError, RecursionError) as error:
        raise PipelineError(f"{query} cannot be evaluated: {_reason(error)}") from error
    return list(dict.fromkeys(matches))


def kind_of(node: Any) -> Kind:
    return "object" if isinstance(node, dict) else "array" if isinstance(node, list) else "primitive"


def article(node: Any) -> str:
    kind = kind_of(node)
    return f"a {kind} value" if kind == "primitive" else f"an {kind}"
