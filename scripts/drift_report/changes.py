"""What differs between two versions of a vendor's documents: operation by operation, schema by schema.

Pure functions over plain OpenAPI 3.1 trees. A difference is added, removed, changed, renamed (a schema, property or
parameter that looks the same under another name) or moved (an operation with another path or other servers).
`breaking.py` decides which differences break callers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from drift_report.breaking import Uses, judge, uses
from drift_report.labels import Members, members, short
from drift_report.likeness import (
    MAPS,
    Operation,
    is_wording,
    likeness,
    matched,
    operations_of,
    renamed_members,
    schema_likeness,
)
from drift_report.normal import normal
from pipeline.openapi import METHODS, Pointer, differ, followed, pointer_text, target_pointer

_UNORDERED = frozenset((
    "enum", "required", "type", "servers", "parameters", "security", "tags", "allOf", "anyOf", "oneOf",
))  # fmt: skip
"""Lists whose order means nothing."""
_COLLECTIONS = frozenset((
    "parameters", "properties", "required", "security", "tags", "headers", "content", "responses",
))  # fmt: skip
"""Keys that may be left out where they would hold nothing."""
_NAMING = frozenset((key,) for key in MAPS)
_SUBJECTS = ("operation", "schema", "component", "document")
_KINDS = ("moved", "removed", "renamed", "added", "changed")

Pairs = Mapping[str, tuple[Any, Any]]
"""The old and the new document by file, None where there is none."""
Trail = tuple[str, ...]
_Seen = frozenset[tuple[str | None, str | None]]
Renamed = dict[tuple[str, str, str], str]
"""The new names of components, by file, kind and old name."""


@dataclass(frozen=True)
class Difference:
    """One difference.

    `subject` is operation, schema, component or document, and `name` which one. `detail` says which part of it differs,
    and is empty for the whole. `old` and `new` are pointers into the two versions of the document `file`, in normal
    form. `breaking` says whether callers break (None: not judged yet), `argument` whether it adds what callers may
    send: a parameter, a field of a request or its body. `wording` marks what is for people only. `hidden` names the
    action of the overlay, or the ruling, that keeps it from the patched document.
    """

    kind: str
    subject: str
    name: str
    detail: str
    file: str
    old: Pointer | None = None
    new: Pointer | None = None
    breaking: bool | None = None
    wording: bool = False
    argument: bool = False
    hidden: str = ""

    def __str__(self) -> str:
        name = f"`{self.name}`"
        if self.kind in {"moved", "renamed"}:
            return f"{name} {self.kind} {self.detail}"
        if not self.detail:
            return name
        return f"{name}: {self.detail}" if self.kind == "changed" else f"{name}: {self.kind} {self.detail}"

    def is_whole(self, subject: str, *kinds: str) -> bool:
        """Whether a whole operation, or another subject, is of one of these kinds."""
        return self.subject == subject and self.kind in kinds and (not self.detail or self.kind == "moved")

    def as_json(self) -> dict[str, Any]:
        """The difference for a program, with pointers as text."""
        pointers = {key: None if at is None else pointer_text(at) for key, at in (("old", self.old), ("new", self.new))}
        return {**asdict(self), **pointers}


def compare(pairs: Pairs) -> list[Difference]:
    """All differences between the documents of one vendor. Pointers lead into their normal forms."""
    result: list[Difference] = []
    pairs = {file: (normal(old), normal(new)) for file, (old, new) in pairs.items()}
    renamed = _renamed(pairs)
    before = {file: operations_of(old or {}, file) for file, (old, _) in pairs.items()}
    after = {file: operations_of(new or {}, file) for file, (_, new) in pairs.items()}
    kept = {name for file in pairs for name in before[file].keys() & after[file].keys()}
    removed: dict[str, Operation] = {}
    added: dict[str, Operation] = {}

    def between(old: Operation, new: Operation) -> Iterator[Difference]:
        names = {at[1:]: name for at, name in renamed.items() if at[0] == old.file}
        return _operation(old, new, _Sides(pairs[old.file][0], pairs[new.file][1], names))

    for file, (old, new) in pairs.items():
        for name in before[file].keys() & after[file].keys():
            result += between(before[file][name], after[file][name])
        # An operation that another page kept was neither removed nor added.
        removed |= {name: before[file][name] for name in before[file].keys() - after[file].keys() - kept}
        added |= {name: after[file][name] for name in after[file].keys() - before[file].keys() - kept}
        result += _path_items(old or {}, new or {}, file)
        result += _roots(old, new, file)
    result += _components(pairs, renamed)
    for name in removed.keys() & added.keys():  # it went from one page to another, which callers do not see
        result += between(removed.pop(name), added.pop(name))
    for one, other in matched(removed.values(), added.values(), likeness):
        result += between(removed.pop(one.name), added.pop(other.name))
    result += [Difference("removed", "operation", o.name, "", o.file, old=o.pointer) for o in removed.values()]
    result += [Difference("added", "operation", o.name, "", o.file, new=o.pointer) for o in added.values()]
    # Several pages carry the same component: each difference counts once.
    once = {(d.kind, d.subject, d.name, d.detail): d for d in reversed(result)}.values()
    used = uses(*(document for pair in pairs.values() for document in pair))
    return sorted((_judged(one, pairs, used) for one in once), key=_order)


def _judged(one: Difference, pairs: Pairs, used: Uses) -> Difference:
    if one.breaking is not None or one.wording:
        return replace(one, breaking=bool(one.breaking))
    breaking, argument = judge(one.kind, (pairs[one.file][0], one.old), (pairs[one.file][1], one.new), used)
    return replace(one, breaking=breaking, argument=argument)


def differences_within(old: Any, new: Any) -> list[str]:
    """What differs between two nodes, in a few words each, less the wording."""
    differences = _Sides().within(old, new, Difference("changed", "operation", "", "", ""))
    within = [one for one in differences if not one.wording]
    return [one.detail if one.kind == "changed" else f"{one.kind} {one.detail}" for one in within]


def _order(one: Difference) -> tuple[Any, ...]:
    part = bool(one.detail) and one.kind != "moved"
    return one.wording, _SUBJECTS.index(one.subject), part, one.name, _KINDS.index(one.kind), one.detail


# Operations.


def _operation(old: Operation, new: Operation, sides: _Sides) -> Iterator[Difference]:
    base = Difference("changed", "operation", new.name, "", new.file, old.pointer, new.pointer)
    removed = [url for url in old.urls if url not in new.urls]
    added = [url for url in new.urls if url not in old.urls]
    if old.path != new.path or (removed and added):
        breaking = bool(removed) or re.sub("{.*?}", "{}", old.path) != re.sub("{.*?}", "{}", new.path)
        yield replace(base, kind="moved", name=old.name, detail=old.moved_to(new), breaking=breaking)
    else:
        yield from (replace(base, kind="removed", detail=f"server {url}", breaking=True) for url in removed)
        yield from (replace(base, kind="added", detail=f"server {url}", breaking=False) for url in added)
    after = {server["url"]: server for server in new.servers}
    for server in old.servers:
        if (url := server["url"]) in after:
            within = sides.within(server, after[url], base, (f"server {url}",))
            for one in within:
                breaking = one.kind != "added" and not one.wording
                yield replace(one, old=old.pointer, new=new.pointer, breaking=breaking)
    hidden = {"servers"} if old.path == new.path else {"servers", "operationId"}
    keys = {name: new for (kind, name), new in sides.renamed.items() if kind == "securitySchemes"}
    own = _less(old.node, hidden)
    if isinstance(own.get("security"), list):
        own["security"] = [{keys.get(key, key): value for key, value in one.items()} for one in own["security"]]
    yield from sides.within(own, _less(new.node, hidden), base)


def _path_items(old: Any, new: Any, file: str) -> Iterator[Difference]:
    """What differs in the keys of paths that apply to all of their operations."""
    olds, news = (document.get("paths") or {} for document in (old, new))
    for path in olds.keys() & news.keys():
        one, other = (_less(side[path], {*METHODS, "servers"}) for side in (olds, news))
        yield from _Sides(old, new).within(
            one, other, Difference("changed", "operation", path, "", file, ("paths", path), ("paths", path))
        )


def _roots(old: Any, new: Any, file: str) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference("added" if old is None else "removed", "document", file, "", file)
        return
    one, other = (_less(side, {"paths", "components", "servers"}) for side in (old, new))
    yield from _Sides(old, new).within(one, other, Difference("changed", "document", file, "", file, (), ()))


def _less(node: Any, keys: Collection[str]) -> Any:
    return {key: value for key, value in node.items() if key not in keys} if isinstance(node, dict) else node


# Components.


def _kinds(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The kinds of components of two documents, with the components of either."""
    olds, news = ((document or {}).get("components") or {} for document in (old, new))
    yield from ((kind, olds.get(kind), news.get(kind)) for kind in dict.fromkeys([*olds, *news]))


def _renamed(pairs: Pairs) -> Renamed:
    result: Renamed = {}
    for file, (old, new) in pairs.items():
        for kind, before, after in _kinds(old, new):
            if old and new and isinstance(before, dict) and isinstance(after, dict):
                removed = [(name, node) for name, node in before.items() if name not in after]
                added = [(name, node) for name, node in after.items() if name not in before]
                for (name, _), (other, _) in matched(removed, added, schema_likeness):
                    result[file, kind, name] = other
    return result


def _components(pairs: Pairs, renamed: Renamed) -> Iterator[Difference]:
    before: set[tuple[str, str]] = set()
    after: set[tuple[str, str]] = set()
    added: dict[tuple[str, str], Any] = {}
    for pair in pairs.values():
        for kind, old, new in _kinds(*pair):
            olds, news = (side if isinstance(side, dict) else {} for side in (old, new))
            before |= {(kind, name) for name in olds}
            after |= {(kind, name) for name in news}
            added |= {(kind, name): node for name, node in news.items() if name not in olds}
    for file, pair in pairs.items():
        for kind, old, new in _kinds(*pair):
            base = Difference("changed", "schema" if kind == "schemas" else "component", kind, "", file)
            if not isinstance(old or {}, dict) or not isinstance(new or {}, dict):
                at = ("components", kind)
                yield from _Sides(*pair).within(old, new, replace(base, old=at, new=at), (kind,))
                continue
            sides = _Sides(*pair, {at[1:]: name for at, name in renamed.items() if at[0] == file})
            for one in _of_kind(kind, (old or {}, new or {}), sides, added, base):
                # A component that another page has was neither removed nor added.
                elsewhere = {"removed": after, "added": before}.get(one.kind, ())
                if one.detail or (kind, one.name.removeprefix(f"{kind}/")) not in elsewhere:
                    yield one


def _of_kind(
    kind: str, components: tuple[Any, Any], sides: _Sides, added: Mapping[tuple[str, str], Any], base: Difference
) -> Iterator[Difference]:
    """The differences of one kind of component in one document; `added` are the components that any page added."""
    before, after = components
    label = "" if kind == "schemas" else f"{kind}/"
    renamed = {name: new for (of, name), new in sides.renamed.items() if of == kind}
    counts = kind in {"schemas", "securitySchemes"}
    """Of other components, callers see only what uses them."""
    for name, node in before.items():
        other = renamed[name] if name in renamed else name  # noqa: SIM401 - of which pyright knows the type
        at = replace(base, name=label + name, old=("components", kind, name))
        if other in after:
            at = replace(at, new=("components", kind, other))
            if other != name and kind == "schemas":
                yield replace(at, kind="renamed", detail=f"to {other}")
            yield from sides.within(node, after[other], replace(at, name=label + other))
        else:
            if counts:
                yield replace(at, kind="removed")
            if (kind, name) in added:  # it went from one page to another
                yield from sides.within(node, added[kind, name], at)
    for name in after:
        if counts and name not in before and name not in renamed.values():
            yield replace(base, kind="added", name=label + name, new=("components", kind, name))


# Nodes.


@dataclass(frozen=True)
class _Sides:
    """The two documents in which nodes are compared, and the new names of components by kind and old name."""

    old: Any = None
    new: Any = None
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def within(
        self, old: Any, new: Any, base: Difference, trail: Trail = (), seen: _Seen = frozenset()
    ) -> Iterator[Difference]:
        """The differences below one node.

        `base` is what they have in common, `trail` the labels that lead to the node, and `seen` the pairs of references
        that do.
        """
        opened = self._opened(old, new, base, seen)
        if opened is None:
            return
        old, new, base, seen = opened
        if not differ(old, new) or self._is_new_name(old, new):
            return
        olds, news = members(old, self.old), members(new, self.new)
        if olds is None or news is None or isinstance(old, dict) != isinstance(new, dict):
            detail = f"{' '.join(trail)}: {short(old)} is now {short(new)}".removeprefix(": ")
            yield replace(base, detail=detail, wording=is_wording(trail))
            return
        if isinstance(old, dict):
            _complete(olds, news, trail)
        elif trail and trail[-1] in _UNORDERED:
            self._drop_equal(olds, news, base, seen)
        elif list(olds) != list(news) and set(olds) == set(news):
            yield replace(base, detail=f"{' '.join(trail)}: in another order", wording=is_wording(trail))
        yield from self._came_and_went(olds, news, base, trail)
        for label in olds:
            if label in news:
                (old_key, one), (new_key, other) = olds[label], news[label]
                at = replace(base, old=(*(base.old or ()), old_key), new=(*(base.new or ()), new_key))
                yield from self.within(one, other, at, (*trail, label), seen)

    def _opened(self, old: Any, new: Any, base: Difference, seen: _Seen) -> tuple[Any, Any, Difference, _Seen] | None:
        """What two nodes refer to, where they refer to different things; None where that is being compared already."""
        was, now = _reference(old), _reference(new)
        if was == now or self._is_new_name(was, now):  # what both refer to is compared in its own place
            hidden = {"$ref"} if was else ()
            return _less(old, hidden), _less(new, hidden), base, seen
        if (was, now) in seen:
            return None
        old_at, new_at = (target_pointer(ref) if ref else at for ref, at in ((was, base.old), (now, base.new)))
        base = replace(base, old=old_at, new=new_at)
        return followed(self.old, old), followed(self.new, new), base, seen | {(was, now)}

    def _came_and_went(self, olds: Members, news: Members, base: Difference, trail: Trail) -> Iterator[Difference]:
        removed = {label: member for label, member in olds.items() if label not in news}
        added = {label: member for label, member in news.items() if label not in olds}
        old_at, new_at = base.old or (), base.new or ()
        for one, other in renamed_members(removed, added, trail, (self.old, self.new)):
            at = replace(base, old=(*old_at, removed.pop(one)[0]), new=(*new_at, added.pop(other)[0]))
            yield replace(at, kind="renamed", detail=f"{' '.join((*trail, one))} to {other}")
        for kind, only in (("removed", removed), ("added", added)):
            for label, (key, value) in only.items():
                named = isinstance(value, (dict, list)) or label.startswith("`")
                detail = " ".join((*trail, label if named else f"{label}: {short(value)}"))
                old, new = ((*old_at, key), None) if kind == "removed" else (None, (*new_at, key))
                yield replace(base, kind=kind, detail=detail, old=old, new=new, wording=is_wording((*trail, label)))

    def _drop_equal(self, olds: Members, news: Members, base: Difference, seen: _Seen) -> None:
        """Drop the items of two lists that are the same, and have no name or another one."""
        loose = (
            [label for label in side if label not in other or label.startswith("[")]
            for side, other in ((olds, news), (news, olds))
        )
        for one, other in itertools.product(*loose):
            both = (olds[one][1], news[other][1]) if one in olds and other in news else ()
            if both and not any(self.within(*both, base, (), seen)):
                del olds[one], news[other]

    def _is_new_name(self, old: Any, new: Any) -> bool:
        """Whether a reference leads to the same component, which has a new name."""
        if not isinstance(old, str) or not isinstance(new, str) or not re.match("#/components/.+/.", old):
            return False
        _, kind, name, *rest = target_pointer(old)
        return target_pointer(new) == ("components", kind, self.renamed.get((kind, name)), *rest)


def _complete(olds: Members, news: Members, trail: Trail) -> None:
    """Give each side an empty collection for one that only the other side has."""
    for one, other in ((olds, news), (news, olds)) if trail[-1:] not in _NAMING else ():
        for key in _COLLECTIONS & one.keys() - other.keys():
            if isinstance(one[key][1], (dict, list)):
                other[key] = (key, type(one[key][1])())


def _reference(node: Any) -> str | None:
    reference = node.get("$ref") if isinstance(node, dict) else None
    return reference if isinstance(reference, str) else None
