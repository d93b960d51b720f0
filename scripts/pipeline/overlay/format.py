"""What an OpenAPI Overlay document, 1.0 or 1.1, says: its structure, its actions, and what their JSONPaths select.

What only the published schemas forbid (an unknown field, the same action twice) is an error too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError, JSONPathSyntaxError
from jsonpath.lex import Lexer
from jsonpath.token import TOKEN_DDOT, TOKEN_FALSE, TOKEN_LG, TOKEN_NAME, TOKEN_NIL, TOKEN_TRUE, Token
from pipeline import yaml_files
from pipeline.yaml_comments import entries, hang, own_copy
from pipeline.yaml_files import PipelineError

Query: TypeAlias = JSONPath | CompoundJSONPath
Key: TypeAlias = int | str
Kind: TypeAlias = Literal["object", "array", "primitive"]

MAY_MATCH_NOTHING = "x-may-match-nothing"
_VERSION = re.compile(r"1\.([01])\.[0-9]+")
_MODIFIERS = {0: {"update", "remove"}, 1: {"update", "copy", "remove"}}
_INFO_OPTIONAL: dict[int, set[str]] = {0: set(), 1: {"description"}}


@dataclass(frozen=True, slots=True)
class Action:
    """One step of an overlay: what it selects, and what becomes of it."""

    file: str
    index: int  # from 0, as in `actions[0]`
    line: int | None
    target: str
    description: str | None
    modifier: Literal["update", "copy", "remove"] | None  # None: `remove: false` and nothing else
    update: Any
    copy: str | None
    may_match_nothing: bool
    minor: int  # of the overlay's version: 0 or 1
    target_query: Query = field(repr=False, compare=False)
    copy_query: Query | None = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """Where the action stands and what it is about, as errors begin."""
        why = f" ({_shortened(self.description)})" if self.description else ""
        return f"{_place(self.file, self.index, self.line)}, target {self.target}{why}"


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay document whose structure is sound."""

    file: str
    version: str
    title: str
    extends: str | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A node of the document that a JSONPath selects: the steps down to it, and its normalized path."""

    parts: tuple[Key, ...]
    path: str


def parse_overlay(overlay: Any, name: str) -> Overlay:
    """`overlay` with its structure checked and every JSONPath compiled; `name` says in errors which file it is."""
    if not isinstance(overlay, dict):
        raise PipelineError(f"{name}: an overlay is an object, this is {article(overlay)}")
    check_names(overlay, name)
    own = own_copy(overlay)
    hang(own, [])
    minor = _minor_version(own, name)
    _check_fields(own, name, required={"overlay", "info", "actions"}, optional={"extends"})
    _check_info(own["info"], f"{name}: info", minor)
    if not isinstance(own.get("extends", ""), str):
        raise PipelineError(f"{name}: extends must be a string, a URI reference")
    if not isinstance(own["actions"], list) or not own["actions"]:
        raise PipelineError(f"{name}: actions must be a list of at least one action")
    _check_unique(own["actions"], name)
    actions = (
        _parse_action(action, name, index, _line(overlay["actions"], index), minor)
        for index, action in enumerate(own["actions"])
    )
    return Overlay(name, own["overlay"], own["info"]["title"], own.get("extends"), tuple(actions))


def _minor_version(overlay: dict[Any, Any], name: str) -> int:
    version = overlay.get("overlay")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        given = "it is missing" if "overlay" not in overlay else f"it is {version!r}"
        raise PipelineError(f"{name}: overlay must be the string 1.0.x or 1.1.x, the version of the format; {given}")
    return int(match[1])


def _check_fields(node: Any, where: str, *, required: set[str], optional: set[str]) -> None:
    if not isinstance(node, dict):
        raise PipelineError(f"{where}: must be an object, this is {article(node)}")
    if missing := sorted(required - set(node)):
        raise PipelineError(f"{where}: {missing[0]} is missing")
    known = required | optional
    unknown = [str(key) for key in node if key not in known and not str(key).startswith("x-")]
    if unknown:
        raise PipelineError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(known))} and x-…")


def _check_info(info: Any, where: str, minor: int) -> None:
    _check_fields(info, where, required={"title", "version"}, optional=_INFO_OPTIONAL[minor])
    for key in ("title", "version", *_INFO_OPTIONAL[minor]):
        if not isinstance(info.get(key, ""), str):
            raise PipelineError(f"{where}: {key} must be a string; put quotes around it")


def _check_unique(actions: list[Any], name: str) -> None:
    # The published schemas demand it; compared as JSON text because Python holds 1, 1.0 and true for equal.
    seen: dict[str, int] = {}
    for index, action in enumerate(actions):
        text = json.dumps(yaml_files.plain(action), sort_keys=True, default=repr)
        if seen.setdefault(text, index) != index:
            raise PipelineError(f"{name}: actions[{index}] is the same as actions[{seen[text]}]")


def _parse_action(action: Any, file: str, index: int, line: int | None, minor: int) -> Action:
    where = _place(file, index, line)
    _check_fields(action, where, required={"target"}, optional={"description", MAY_MATCH_NOTHING, *_MODIFIERS[minor]})
    for key, types, wanted in (
        ("target", str, "a string"),
        ("description", str, "a string"),
        ("copy", str, "a string"),
        ("remove", bool, "true or false"),
        (MAY_MATCH_NOTHING, bool, "true or false"),
    ):
        if key in action and not isinstance(action[key], types):
            raise PipelineError(f"{where}: {key} must be {wanted}")
    modifier = _modifier(action, where, minor)
    return Action(
        file=file,
        index=index,
        line=line,
        target=action["target"],
        description=action.get("description"),
        modifier=modifier,
        update=action.get("update"),
        copy=action.get("copy"),
        may_match_nothing=action.get(MAY_MATCH_NOTHING, False),
        minor=minor,
        target_query=_compiled(action["target"], f"{where}: target"),
        copy_query=_compiled(action["copy"], f"{where}: copy") if modifier == "copy" else None,
    )


def _modifier(action: dict[Any, Any], where: str, minor: int) -> Literal["update", "copy", "remove"] | None:
    if action.get("remove"):
        return "remove"
    if "update" in action and "copy" in action:
        raise PipelineError(f"{where}: update and copy exclude each other")
    if "update" in action:
        return "update"
    if "copy" in action:
        return "copy"
    if "remove" in action:
        return None
    raise PipelineError(f"{where}: says nothing to do; one of {', '.join(sorted(_MODIFIERS[minor]))} is needed")


def _place(file: str, index: int, line: int | None) -> str:
    return f"{file}: actions[{index}]" if line is None else f"{file}:{line}: actions[{index}]"


def _line(actions: Any, index: int) -> int | None:
    try:
        return int(actions.lc.item(index)[0]) + 1
    except (AttributeError, KeyError, TypeError):  # plain lists, and nodes made by hand, know no lines
        return None


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def check_names(node: Any, where: str) -> None:
    """Refuse two keys that JSON cannot tell apart, such as 200 and "200"."""
    for key, value in entries(node):
        if isinstance(value, dict | list):
            check_names(value, where)
        if isinstance(node, dict) and not isinstance(key, str) and str(key) in node:
            raise PipelineError(f"{where}: the key {str(key)!r} is there twice in one object, with quotes and without")


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


def _compiled(path: str, where: str) -> Query:
    try:
        return _ENVIRONMENT.compile(path)
    except (JSONPathError, ValueError, RecursionError) as error:  # ValueError: a number that no slice can hold
        raise PipelineError(f"{where} {path!r} is no JSONPath of RFC 9535: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if not isinstance(error, JSONPathError):
        return str(error)
    if error.token is None:
        return str(error.message)
    return f"{error.message} at {f'character {error.token.index + 1}' if error.token.index >= 0 else 'its end'}"


def find_matches(document: Any, action: Action) -> list[Match]:
    """The nodes of `document` that the action's target selects, each once, in the order of the query."""
    return find(yaml_files.plain(document), action.target_query, action)


def find(view: Any, query: Query, action: Action) -> list[Match]:
    # `view` is plain because JSON's names are strings, while YAML lets a status code be a number.
    try:
        found = [Match(tuple(match.parts), match.path) for match in query.finditer(view)]
    except (JSONPathError, RecursionError) as error:
        raise PipelineError(f"{action.label}: {query} cannot be evaluated: {_reason(error)}") from error
    return list(dict.fromkeys(found))


def kind_of(node: Any) -> Kind:
    return "object" if isinstance(node, dict) else "array" if isinstance(node, list) else "primitive"


def article(node: Any) -> str:
    kind = kind_of(node)
    return f"a {kind} value" if kind == "primitive" else f"an {kind}"
