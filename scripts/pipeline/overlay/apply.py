"""What an overlay makes of a document: all of its actions at once, or one after the other.

Two things are stricter than the specification. An action whose target matches nothing is an error, because a correction
that no longer applies is drift, unless the action says `x-may-match-nothing: true` or the caller asks for lenience. And
what only the published schemas forbid (an unknown field, the same action twice) is an error too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.overlay.format import (
    MAY_MATCH_NOTHING,
    Action,
    Key,
    Match,
    Overlay,
    article,
    check_names,
    find,
    kind_of,
    parse_overlay,
)
from pipeline.yaml_comments import BLOCK_TEXT, align, comments_of, fresh, hang, hang_last, own_copy
from pipeline.yaml_files import PipelineError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

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
        _check_document(document, f"the document to apply {name} to")
        holder = [own_copy(document)]
        rest = hang(holder[0], [])
        for action in parse_overlay(overlay, name).actions:
            view = yaml_files.plain(holder[0])
            matches = find(view, action.target_query, action)
            if not matches and not lenient and not action.may_match_nothing:
                raise PipelineError(
                    f"{action.label}: the target matches nothing; "
                    f"mend it, or say `{MAY_MATCH_NOTHING}: true` in the action"
                )
            try:
                _apply(holder, view, action, matches)
            except _IncompatibleError as error:
                raise PipelineError(f"{action.label}: {error}") from error
        align(holder[0], 0)
        hang_last(holder[0], rest)
        return holder[0]
    except RecursionError as error:
        raise PipelineError(f"{name}: the overlay or its document is nested too deeply, or contains itself") from error


@dataclass(frozen=True)
class Step:
    """What one action makes of the document as the actions before it left it.

    The documents are plain, and not to be changed. `problem` says why the action could not be applied, where it was
    not: `after` is `before` then. That nothing matches is no problem here.
    """

    action: Action
    matches: tuple[Match, ...]
    before: Any
    after: Any
    problem: str | None = None

    @cached_property
    def changes(self) -> bool:
        """Whether the document is another one now."""
        return differ(self.before, self.after)


def steps(document: Any, overlays: Iterable[Overlay]) -> Iterator[Step]:
    """Apply the actions of the overlays one by one, going on after one that matches nothing or cannot be applied."""
    try:
        _check_document(document, "the document to apply overlays to")
        before = yaml_files.plain(document)
    except RecursionError as error:
        raise PipelineError("the document to apply overlays to is nested too deeply, or contains itself") from error
    for overlay in overlays:
        for action in overlay.actions:
            step = _step(before, action)
            yield step
            before = step.after


def _step(before: Any, action: Action) -> Step:
    matches: list[Match] = []
    holder = [own_copy(before)]
    try:
        matches = find(before, action.target_query, action)
        _apply(holder, before, action, matches)
        return Step(action, tuple(matches), before, yaml_files.plain(holder[0]) if matches else before)
    except RecursionError:
        problem = "the action or its document is nested too deeply, or contains itself"
    except _IncompatibleError as error:
        problem = str(error)
    except PipelineError as error:
        problem = str(error).removeprefix(f"{action.label}: ")
    return Step(action, tuple(matches), before, before, problem)


def changes(before: Any, after: Any, at: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    """Where two plain documents differ: the outermost places that one of them lacks, or with other values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            if key not in before or key not in after:
                yield (*at, key)
            else:
                yield from changes(before[key], after[key], (*at, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from changes(one, other, (*at, index))
        yield from ((*at, index) for index in range(*sorted((len(before), len(after)))))
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield at


def differ(one: Any, other: Any) -> bool:
    """Whether two plain nodes are not the same in JSON's eyes, to which 1 is not true."""
    return any(True for _ in changes(one, other))


def node_at(document: Any, pointer: Iterable[Key]) -> Any:
    """The node of a plain document at `pointer`; None where there is none."""
    for part in pointer:
        if isinstance(document, dict):
            document = document.get(str(part))
        elif isinstance(document, list) and str(part).isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def _check_document(document: Any, name: str) -> None:
    if not isinstance(document, dict | list):
        raise PipelineError(f"{name} must be an object, this is {article(document)}")
    check_names(document, name)


def _apply(holder: list[Any], view: Any, action: Action, matches: Sequence[Match]) -> None:
    if not matches:
        return
    places = [_locate(holder, match.parts) for match in matches]
    _check_kinds(places, matches, action)
    if action.modifier == "remove":
        _remove(places, holder)
    elif action.modifier is not None:
        value = _copy_source(holder, view, action) if action.copy_query else action.update
        for (parent, key), match in zip(places, matches, strict=True):
            _update(parent, key, value, match.path, action.minor)


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


# The project's own documents, by vendor.


def vendors(root: Path) -> list[str]:
    """The vendors whose documents are in `specs/`, in name order."""
    return sorted(folder.name for folder in (root / "specs").glob("*") if folder.is_dir())


def overlay_files(root: Path, vendor: str) -> list[Path]:
    """The overlay documents that make the vendor's patched document, in the order in which they apply."""
    return sorted((root / "overlay" / vendor).glob("*.overlay.yaml"))


def read_below(root: Path, path: Path) -> Any:
    """The YAML document in the file `path`, which errors name as it is called below `root`."""
    name = path.relative_to(root).as_posix()
    try:
        return yaml_files.loads(path.read_bytes(), name)
    except OSError as error:
        raise PipelineError(f"{name}: {error.strerror}") from error
