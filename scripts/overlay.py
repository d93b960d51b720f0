"""Apply OpenAPI Overlay documents, versions 1.0 and 1.1, to an OpenAPI document.

Two things are stricter than the specification. An action whose target matches nothing is an error, because a correction
that no longer applies is drift, unless the action says `x-may-match-nothing: true` or the caller asks for lenience. And
what only the published schemas forbid (an unknown field, the same action twice) is an error too.

    python scripts/overlay.py apply DOCUMENT OVERLAY [OVERLAY…] [--output FILE] [--lenient]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yamlio
from overlay_format import MAY_MATCH_NOTHING, Action, Key, Match, article, check_names, find, kind_of, parse_overlay
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from yaml_comments import BLOCK_TEXT, align, comments_of, fresh, hang, hang_last, own_copy
from yamlio import PipelineError

# What an action does. A node is addressed by the container that holds it and its key there; the document's root is held
# by a list of one, so that it is no exception.


class _IncompatibleError(Exception):
    """What the action gives does not fit what its target is."""


def apply_overlay(document: Any, overlay: Any, *, name: str, lenient: bool = False) -> Any:
    """A new document: `document` with the actions of `overlay` applied in order.

    `document` and `overlay` are plain dicts and lists, or ruamel.yaml's, whose comments and key order are kept; neither
    is changed. `name` says in errors which overlay it is. With `lenient`, an action may match nothing.
    """
    try:
        if not isinstance(document, dict | list):
            raise PipelineError(f"the document to apply {name} to must be an object, this is {article(document)}")
        check_names(document, f"the document to apply {name} to")
        holder = [own_copy(document)]
        rest = hang(holder[0], [])
        for action in parse_overlay(overlay, name).actions:
            _apply(holder, action, lenient=lenient)
        align(holder[0], 0)
        hang_last(holder[0], rest)
        return holder[0]
    except RecursionError as error:
        raise PipelineError(f"{name}: the overlay or its document is nested too deeply, or contains itself") from error


def _apply(holder: list[Any], action: Action, *, lenient: bool) -> None:
    view = yamlio.plain(holder[0])
    matches = find(view, action.target_query, action)
    if not matches:
        if lenient or action.may_match_nothing:
            return
        raise PipelineError(
            f"{action.label}: the target matches nothing; mend it, or say `{MAY_MATCH_NOTHING}: true` in the action"
        )
    places = [_locate(holder, match.parts) for match in matches]
    try:
        _check_kinds(places, matches, action)
        if action.modifier == "remove":
            _remove(places, holder)
        elif action.modifier is not None:
            value = _copy_source(holder, view, action) if action.copy_query else action.update
            for (parent, key), match in zip(places, matches, strict=True):
                _update(parent, key, value, match.path, action.minor)
    except _IncompatibleError as error:
        raise PipelineError(f"{action.label}: {error}") from error


def _check_kinds(places: Sequence[tuple[Any, Any]], matches: Sequence[Match], action: Action) -> None:
    kinds = [kind_of(parent[key]) for parent, key in places]
    if action.minor == 0 and "primitive" in kinds:
        path = matches[kinds.index("primitive")].path
        raise _IncompatibleError(
            f"{path} is a primitive value, and Overlay 1.0 selects objects and arrays alone: "
            "select what contains it, or say `overlay: 1.1.0`"
        )
    if action.minor >= 1 and action.modifier in {"update", "copy"} and len(set(kinds)) > 1:
        other = next(index for index, kind in enumerate(kinds) if kind != kinds[0])
        raise _IncompatibleError(
            f"one {action.modifier} cannot suit both {matches[0].path} ({kinds[0]}) "
            f"and {matches[other].path} ({kinds[other]})"
        )


def _copy_source(holder: list[Any], view: Any, action: Action) -> Any:
    assert action.copy_query is not None
    sources = find(view, action.copy_query, action)
    if len(sources) != 1:
        raise _IncompatibleError(f"copy {action.copy} must select one node, and selects {len(sources) or 'none'}")
    parent, key = _locate(holder, sources[0].parts)
    # A copy now, since one of the targets may lie inside the source.
    return own_copy(parent[key])


def _remove(places: Iterable[tuple[Any, Any]], holder: list[Any]) -> None:
    indices: dict[int, tuple[list[Any], list[int]]] = {}
    for parent, key in places:
        if parent is holder:
            raise _IncompatibleError("the root of the document cannot be removed")
        if isinstance(parent, dict):
            del parent[key]
            comments_of(parent).pop(key, None)
        else:
            indices.setdefault(id(parent), (parent, []))[1].append(key)
    for array, keys in indices.values():
        for key in sorted(keys, reverse=True):  # from the back, where removing shifts nothing that is still to go
            del array[key]


def _update(parent: Any, key: Any, value: Any, path: str, minor: int) -> None:
    target = parent[key]
    if isinstance(target, list) and (minor == 0 or not isinstance(value, list)):
        _insert(target, len(target), value, None)
    else:
        _merge(parent, key, value, path)


def _merge(parent: Any, key: Any, value: Any, path: str) -> None:
    target = parent[key]
    kinds = (kind_of(target), kind_of(value))
    if kinds == ("object", "object"):
        for name, item in value.items():
            if (own := _own_key(target, name)) is None:
                _insert(target, name, item, comments_of(value).get(name))
            else:
                _merge(target, own, item, f"{path}[{str(name)!r}]")
    elif kinds == ("array", "array"):
        for index, item in enumerate(value):
            _insert(target, len(target), item, comments_of(value).get(index))
    elif kinds == ("primitive", "primitive"):
        if isinstance(target, BLOCK_TEXT) or isinstance(value, BLOCK_TEXT):
            _drop_value_comments(parent, key)
        parent[key] = own_copy(value)
    else:
        raise _IncompatibleError(f"{path} is {article(target)}, which {article(value)} cannot be merged into")


def _insert(target: Any, key: Any, value: Any, comments: list[Any] | None) -> None:
    if not target and isinstance(target, CommentedMap | CommentedSeq):
        target.fa.set_block_style()  # an empty one is always written `{}` or `[]`, which says nothing about its content
    # The column of its comments means nothing here: 0 stands for the next one that is free.
    own = own_copy(value, column=0, commented=isinstance(target, CommentedMap | CommentedSeq))
    if isinstance(target, list):
        target.append(own)
    else:
        target[key] = own
    if comments is not None:
        comments_of(target)[key] = fresh(comments, column=0)


def _drop_value_comments(parent: Any, key: Any) -> None:
    """Leave only the comment before a key: block text has no room where other values have their comments."""
    if slots := comments_of(parent).get(key):
        slots[:] = [None, slots[1], None, None]


def _locate(holder: list[Any], parts: Iterable[Key]) -> tuple[Any, Any]:
    parent: Any = holder
    key: Any = 0
    for part in parts:
        parent = parent[key]
        key = part if isinstance(parent, list) else _own_key(parent, part)
    return parent, key


def _own_key(node: dict[Any, Any], name: Any) -> Any:
    """The key that `node` has for `name`, be it text in one and a number in the other; None when it has none."""
    if name in node:
        return name
    return next((key for key in node if str(key) == str(name)), None)


# The program.


def _read(path: Path) -> Any:
    # JSON is not quite YAML: escaped surrogate pairs come out of a YAML parser in two halves.
    if path.suffix != ".json":
        return yamlio.load(path)
    try:
        return json.loads(path.read_bytes(), object_pairs_hook=_unique_names, parse_constant=_no_constant)
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise PipelineError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise PipelineError(f"{path}: not valid JSON: {error}") from error


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice in one object")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _encoded(document: Any, name: Path) -> bytes:
    try:
        if name.suffix == ".json":
            text = json.dumps(yamlio.plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        else:
            text = yamlio.dumps(document)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise PipelineError(f"{name}: the result cannot be written: {error}") from error


def _write(path: Path, data: bytes) -> None:
    """Write the whole file or nothing."""
    path = path.resolve()  # a symbolic link stays one
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise PipelineError(f"{path}: {error.strerror}") from error


def _write_stdout(data: bytes) -> None:
    try:
        with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
            out.write(data)
    except OSError as error:
        raise PipelineError(f"standard output: {error.strerror}") from error


def _apply_files(arguments: argparse.Namespace) -> None:
    document = _read(arguments.document)
    for path in arguments.overlays:
        document = apply_overlay(document, _read(path), name=str(path), lenient=arguments.lenient)
    data = _encoded(document, arguments.output or arguments.document)
    if arguments.output:
        _write(arguments.output, data)
    else:
        _write_stdout(data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="overlay.py", description="Work with OpenAPI Overlay documents, 1.0 and 1.1.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    apply = verbs.add_parser("apply", help="apply overlays to a document, in the order given")
    apply.add_argument("document", type=Path, metavar="DOCUMENT", help="an OpenAPI document, YAML or JSON (.json)")
    apply.add_argument("overlays", type=Path, nargs="+", metavar="OVERLAY", help="an overlay, YAML or JSON (.json)")
    apply.add_argument("--output", type=Path, metavar="FILE", help="write here and not to standard output; .json: JSON")
    apply.add_argument("--lenient", action="store_true", help="let an action match nothing")
    apply.set_defaults(run=_apply_files)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the result is its exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
