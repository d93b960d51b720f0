"""Read and write YAML as OpenAPI means it: JSON's types, no duplicate keys, comments and key order kept.

Every script of the pipeline reads and writes its documents through here, so that all of them agree on what a YAML file
says.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarbool import ScalarBoolean


class PipelineError(Exception):
    """What a person can mend in the documents: the message says what is wrong, where, and what to do."""


class _JsonTypes(VersionedResolver):
    """YAML 1.2 less its timestamps: OpenAPI documents hold JSON's types, where a date is a string."""

    def add_version_implicit_resolver(self, version: Any, tag: str, regexp: Any, first: list[str] | None) -> None:
        if tag != "tag:yaml.org,2002:timestamp":
            super().add_version_implicit_resolver(version, tag, regexp, first)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = _JsonTypes
    yaml.preserve_quotes = True
    yaml.allow_duplicate_keys = False
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda _data: True
    return yaml


def loads(text: str | bytes, name: str) -> Any:
    """The document in `text`, comments attached. `name` says in errors where the text is from."""
    if isinstance(text, bytes):
        text = decoded(text, name)
    try:
        if "*" in text and "&" in text:
            _check_aliases(text, name)
        return _yaml().load(text)
    except MarkedYAMLError as error:
        raise _marked(error, name) from error
    except (YAMLError, RecursionError) as error:
        raise PipelineError(
            f"{name}: not valid YAML: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error


def decoded(data: bytes, name: str) -> str:
    """The text of a file, which must be UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise PipelineError(f"{name}:{line}:{column}: not UTF-8 at byte {error.start}") from error


def _check_aliases(text: str, name: str) -> None:
    """Refuse an alias of what it stands in: JSON has no such thing, and whoever follows it never ends."""
    holders: list[str | None] = []
    for event in _yaml().parse(text):
        if isinstance(event, CollectionStartEvent):
            holders.append(event.anchor)
        elif isinstance(event, CollectionEndEvent):
            holders.pop()
        elif isinstance(event, AliasEvent) and event.anchor in holders:
            mark = event.start_mark
            raise PipelineError(f"{name}:{mark.line + 1}:{mark.column + 1}: *{event.anchor} contains itself")


def _marked(error: MarkedYAMLError, name: str) -> PipelineError:
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    problem = " ".join(part for part in (error.context, error.problem) if part) or "not valid YAML"
    return PipelineError(f"{where}: {problem}")


def loads_json(text: str | bytes, name: str) -> Any:
    """The document in `text`, which is JSON.

    JSON is not quite YAML: a comma may not trail, and a YAML parser gives out escaped surrogate pairs in two halves.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique_names, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PipelineError(f"{name}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from error
    except RecursionError as error:
        raise PipelineError(f"{name}: not valid JSON: nested too deeply") from error
    except ValueError as error:
        try:
            _yaml().load(text)  # this one tells where
        except MarkedYAMLError as marked:
            raise _marked(marked, name) from error
        except (YAMLError, RecursionError):
            pass
        raise PipelineError(f"{name}: not valid JSON: {error}") from error


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice in one object")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def load(path: Path) -> Any:
    """The document in the file `path`; JSON where it is called so."""
    try:
        return (loads_json if path.suffix == ".json" else loads)(path.read_bytes(), str(path))
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}") from error


def dumps(document: Any, header: str = "") -> str:
    """`document` as YAML text: block style, 120 columns, after the comment lines of `header`."""
    out = io.StringIO()
    out.write(header)
    _yaml().dump(document, out)
    return out.getvalue()


def position(text: str, pointer: Sequence[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of what stands at `pointer` in a document's text, or of the nearest thing above it."""
    try:
        node = _yaml().load(text)
    except (YAMLError, RecursionError):
        return None
    found: tuple[int, int] | None = None
    for part in pointer:
        try:
            key = next(key for key in node if str(key) == part) if isinstance(node, CommentedMap) else int(part)
            found = node.lc.key(key) if isinstance(node, CommentedMap) else node.lc.item(key)
            node = node[key]
        except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError):
            break
    return found and (found[0] + 1, found[1] + 1)


def plain(node: Any) -> Any:
    """`node` as plain dicts, lists and scalars: no comments, nothing shared with the original."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, ScalarBoolean):  # one with an anchor, which to Python is a number
        return bool(node)
    for scalar in (bool, int, float, str):
        if isinstance(node, scalar):
            return scalar(node)
    return node
