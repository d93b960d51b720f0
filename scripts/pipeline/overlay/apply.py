"""What an overlay makes of a document: all of its actions at once, or one after the other.

Two things are stricter than the specification. An action whose target matches nothing is an error, because a correction
that no longer applies is drift, unless the action says `x-may-match-nothing: true`. And what only the published schemas
forbid, an unknown field, is an error too. One is laxer: what the text of 1.0 forbids and its own examples do is done,
with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.openapi import differ, resolve
from pipeline.overlay.format import (
    MAY_MATCH_NOTHING,
    Action,
    Key,
    Match,
    Overlay,
    OverlayError,
    article,
    kind_of,
    parse_overlay,
    select,
)
from pipeline.yaml_files import PipelineError


def apply_overlay(document: Any, overlay: Any, *, name: str, warn: Callable[[str], object] = lambda _: None) -> Any:
    """A new document: `document` with the actions of `overlay` applied in order.

    Both are JSON values, or `overlay` a parsed one. Neither is changed; the result shares with them what stays the
    same. `name` says in errors which overlay it is. `warn` is called with each warning.
    """
    if not isinstance(overlay, Overlay):
        overlay = parse_overlay(overlay, name)
    if not isinstance(document, dict | list):
        raise PipelineError(f"the document to apply {name} to must be an object, this is {article(document)}")
    for action in overlay.actions:
        step = apply_action(document, action)
        if error := step.error():
            raise error
        for warning in step.warnings:
            warn(str(action.error(warning)))
        document = step.after
    return document


@dataclass(frozen=True)
class Step:
    """What one action makes of the document as the actions before it left it.

    The documents are not to be changed. `problem` says why the action could not be applied; `after` is `before` then.
    An action that matches nothing has no problem here. `warnings` say what its version of Overlay does not provide for.
    """

    action: Action
    matches: tuple[Match, ...]
    before: Any
    after: Any
    problem: str | None = None
    warnings: tuple[str, ...] = ()

    @cached_property
    def changes(self) -> bool:
        return differ(self.before, self.after)

    def error(self) -> OverlayError | None:
        """Why the document must not be used, if so."""
        if self.problem is not None:
            return self.action.error(self.problem)
        if self.matches or self.action.may_match_nothing:
            return None
        fix = f"correct it, or say `{MAY_MATCH_NOTHING}: true` in the action"
        return self.action.error(f"the target matches nothing; {fix}")


def apply_action(before: Any, action: Action) -> Step:
    matches: list[Match] = []
    try:
        matches = select(before, action.target_query)
        if not matches:
            return Step(action, (), before, before)
        draft = _applied(before, action, matches)
        return Step(action, tuple(matches), before, draft.holder[0], warnings=tuple(draft.warnings))
    except RecursionError:
        problem = "the action or its document is nested too deeply"
    except PipelineError as error:
        problem = str(error)
    return Step(action, tuple(matches), before, before, problem)


class _Draft:
    """A document that changes: each container is copied before its first change, all others are shared.

    A node is addressed by the container that holds it and its key there. A list of one holds the root.
    """

    def __init__(self, document: Any, minor: int) -> None:
        self.holder = [document]
        self.minor = minor
        self.warnings: list[str] = []
        self._copies: dict[int, Any] = {}

    def writable(self, parent: Any, key: Key) -> Any:
        """The container at `key` of `parent`, which is writable itself."""
        node = parent[key]
        if id(node) not in self._copies:
            node = parent[key] = node.copy()
            self._copies[id(node)] = node
        return node

    def locate(self, parts: Iterable[Key]) -> tuple[Any, Key]:
        """The writable container that holds a node, and its key there."""
        parent: Any = self.holder
        key: Key = 0
        for part in parts:
            parent, key = self.writable(parent, key), part
        return parent, key


def _applied(document: Any, action: Action, matches: Sequence[Match]) -> _Draft:
    draft = _Draft(document, action.minor)
    _check_kinds(draft, matches, action)
    if action.modifier == "remove":
        _remove([draft.locate(match.parts) for match in matches], draft.holder)
    elif action.modifier is not None:
        value = action.update if action.modifier == "update" else _copy_source(document, action)
        nodes = [draft.locate(match.parts) for match in matches]
        for (parent, key), match in zip(nodes, matches, strict=True):
            if isinstance(parent[key], list) and (action.minor == 0 or not isinstance(value, list)):
                draft.writable(parent, key).append(value)
            else:
                _merge(draft, parent, key, value, match.path)
    return draft


def _check_kinds(draft: _Draft, matches: Sequence[Match], action: Action) -> None:
    kinds = [kind_of(resolve(draft.holder[0], match.parts)) for match in matches]
    if action.minor == 0 and "primitive" in kinds:
        path = matches[kinds.index("primitive")].path
        draft.warnings.append(
            f"{path} is a primitive value, and Overlay 1.0 selects objects and arrays alone; say `overlay: 1.1.0`"
        )
    if action.minor >= 1 and action.modifier in {"update", "copy"} and len(set(kinds)) > 1:
        other = next(index for index, kind in enumerate(kinds) if kind != kinds[0])
        raise PipelineError(
            f"one {action.modifier} cannot suit both {matches[0].path} ({kinds[0]}) "
            f"and {matches[other].path} ({kinds[other]})"
        )


def _copy_source(document: Any, action: Action) -> Any:
    assert action.copy_query is not None
    sources = select(document, action.copy_query)
    if len(sources) != 1:
        raise PipelineError(f"copy {action.copy} must select one node, and selects {len(sources) or 'none'}")
    return resolve(document, sources[0].parts)


def _remove(nodes: Iterable[tuple[Any, Any]], holder: list[Any]) -> None:
    indices: dict[int, tuple[list[Any], list[int]]] = {}
    for parent, key in nodes:
        if parent is holder:
            raise PipelineError("the root of the document cannot be removed")
        if isinstance(parent, dict):
            del parent[key]
        else:
            indices.setdefault(id(parent), (parent, []))[1].append(key)
    for array, keys in indices.values():
        for key in sorted(keys, reverse=True):  # from the back, where removing shifts no index that is still to go
            del array[key]


def _merge(draft: _Draft, parent: Any, key: Key, value: Any, path: str) -> None:
    kinds = (kind_of(parent[key]), kind_of(value))
    if kinds == ("object", "object"):
        target = draft.writable(parent, key)
        for name, item in value.items():
            if name in target:
                _merge(draft, target, name, item, f"{path}[{name!r}]")
            else:
                target[name] = item
    elif kinds == ("array", "array"):
        draft.writable(parent, key).extend(value)
    elif kinds == ("primitive", "primitive"):
        parent[key] = value
    elif draft.minor == 0 and value is None:
        draft.warnings.append(
            f"{path} is {article(parent[key])} and is left as it is, as null cannot be merged into it"
        )
    else:
        raise PipelineError(f"{path} is {article(parent[key])}, which {article(value)} cannot be merged into")
