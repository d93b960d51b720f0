"""What differs between two versions of a vendor's documents: operation by operation, schema by schema.

Pure functions over plain OpenAPI 3.1 trees. A difference is added, removed, changed, renamed (a schema, property or
parameter that looks the same under another name) or moved (an operation with another path or other servers).
`breaking.py` decides what breaks callers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from drift_report.likeness import (
    Operation,
    bare,
    is_wording,
    likeness,
    matched,
    operations_of,
    schema_likeness,
    without_wording,
)
from pipeline.openapi import METHODS, Pointer, differ, pointer_text

_UNORDERED = frozenset(("enum", "required", "type", "servers", "parameters"))
"""Lists whose order means nothing."""
_SUBJECTS = ("operation", "schema", "component", "document")
_KINDS = ("moved", "removed", "renamed", "added", "changed")
_LONGEST = 80

Pairs = Mapping[str, tuple[Any, Any]]
"""The old and the new document by file, None where there is none."""
Renamed = dict[tuple[str, str, str], str]
"""The new names of components, by file, kind and old name."""


@dataclass(frozen=True)
class Difference:
    """One difference.

    `subject` is operation, schema, component or document, and `name` which one. `detail` says which part of it differs,
    and is empty for the whole. `old` and `new` are pointers into the two versions of the document `file`. `breaking` is
    None while it is unknown. `wording` marks what is for people only.
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

    def __str__(self) -> str:
        """The difference in a line of Markdown."""
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
    """All differences between the documents of one vendor."""
    result: list[Difference] = []
    renamed = _renamed(pairs)
    texts = set().union(*(_texts(new) for _, new in pairs.values()))
    pairs = {file: (_with_new_names(old, renamed, texts), new) for file, (old, new) in pairs.items()}
    before = {file: operations_of(old or {}, file) for file, (old, _) in pairs.items()}
    after = {file: operations_of(new or {}, file) for file, (_, new) in pairs.items()}
    kept = {name for file in pairs for name in before[file].keys() & after[file].keys()}
    removed: dict[str, Operation] = {}
    added: dict[str, Operation] = {}
    for file, (old, new) in pairs.items():
        for name in before[file].keys() & after[file].keys():
            result += _operation(before[file][name], after[file][name])
        # An operation that another page kept was neither removed nor added.
        removed |= {name: before[file][name] for name in before[file].keys() - after[file].keys() - kept}
        added |= {name: after[file][name] for name in after[file].keys() - before[file].keys() - kept}
        result += _path_items(old or {}, new or {}, file)
        result += _roots(old, new, file)
    result += _components(pairs, renamed)
    for name in removed.keys() & added.keys():  # it went from one page to another, which callers do not see
        result += _operation(removed.pop(name), added.pop(name))
    for one, other in matched(removed.values(), added.values(), likeness):
        result += _operation(removed.pop(one.name), added.pop(other.name))
    result += [Difference("removed", "operation", o.name, "", o.file, old=o.pointer) for o in removed.values()]
    result += [Difference("added", "operation", o.name, "", o.file, new=o.pointer) for o in added.values()]
    # Several pages carry the same component: each difference counts once.
    return sorted({(d.kind, d.subject, d.name, d.detail): d for d in reversed(result)}.values(), key=_order)


def differences_within(old: Any, new: Any) -> list[str]:
    """What differs between two nodes, in a few words each, less the wording."""
    within = [one for one in _within(old, new, Difference("changed", "operation", "", "", "")) if not one.wording]
    return [one.detail if one.kind == "changed" else f"{one.kind} {one.detail}" for one in within]


def _order(one: Difference) -> tuple[Any, ...]:
    part = bool(one.detail) and one.kind != "moved"
    return one.wording, _SUBJECTS.index(one.subject), part, one.name, _KINDS.index(one.kind), one.detail


# Operations.


def _operation(old: Operation, new: Operation) -> Iterator[Difference]:
    base = Difference("changed", "operation", new.name, "", new.file, old.pointer, new.pointer)
    removed = [url for url in old.urls if url not in new.urls]
    added = [url for url in new.urls if url not in old.urls]
    if old.path != new.path or (removed and added):
        yield replace(base, kind="moved", name=old.name, detail=f"from {old.address} to {new.address}")
    else:
        yield from (replace(base, kind="removed", detail=f"server {url}") for url in removed)
        yield from (replace(base, kind="added", detail=f"server {url}") for url in added)
    after = {server["url"]: server for server in new.servers}
    for server in old.servers:
        if (url := server["url"]) in after:
            within = _within(server, after[url], base, (f"server {url}",))
            yield from (replace(one, old=old.pointer, new=new.pointer) for one in within)
    hidden = {"servers"} if old.path == new.path else {"servers", "operationId"}
    yield from _within(_less(old.node, hidden), _less(new.node, hidden), base)


def _path_items(old: Any, new: Any, file: str) -> Iterator[Difference]:
    """What differs in the keys of paths that apply to all of their operations."""
    olds, news = (document.get("paths") or {} for document in (old, new))
    for path in olds.keys() & news.keys():
        one, other = (_less(side[path], {*METHODS, "servers"}) for side in (olds, news))
        yield from _within(
            one, other, Difference("changed", "operation", path, "", file, ("paths", path), ("paths", path))
        )


def _roots(old: Any, new: Any, file: str) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference("added" if old is None else "removed", "document", file, "", file)
        return
    one, other = (_less(side, {"paths", "components", "servers"}) for side in (old, new))
    yield from _within(one, other, Difference("changed", "document", file, "", file, (), ()))


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


def _texts(node: Any) -> set[str]:
    """All strings of a document."""
    if isinstance(node, (dict, list)):
        return set().union(*map(_texts, node.values() if isinstance(node, dict) else node))
    return {node} if isinstance(node, str) else set()


def _with_new_names(document: Any, renamed: Renamed, texts: Collection[str]) -> Any:
    """A document with references to the new names of components, so that these references are no differences.

    `texts` are the strings of the new documents: a reference that they still contain stays.
    """
    pairs = ((f"#/components/{kind}/{old}", f"#/components/{kind}/{new}") for (_, kind, old), new in renamed.items())
    names = {old: new for old, new in pairs if old not in texts}

    def follow(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: follow(value) for key, value in node.items()}
        if isinstance(node, list):
            return [follow(item) for item in node]
        return names.get(node, node) if isinstance(node, str) else node

    return follow(document) if names else document


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
                yield from _within(old, new, replace(base, old=at, new=at), (kind,))
                continue
            here = {name: other for (page, of, name), other in renamed.items() if (page, of) == (file, kind)}
            for one in _of_kind(kind, (old or {}, new or {}), here, added, base):
                # A component that another page has was neither removed nor added.
                elsewhere = {"removed": after, "added": before}.get(one.kind, ())
                if one.detail or (kind, one.name.removeprefix(f"{kind}/")) not in elsewhere:
                    yield one


def _of_kind(
    kind: str,
    sides: tuple[Any, Any],
    renamed: Mapping[str, str],
    added: Mapping[tuple[str, str], Any],
    base: Difference,
) -> Iterator[Difference]:
    """The differences of one kind of component in one document; `added` are the components that any page added."""
    before, after = sides
    label = "" if kind == "schemas" else f"{kind}/"
    for name, node in before.items():
        other = renamed.get(name, name)
        at = replace(base, name=label + name, old=("components", kind, name))
        if other in after:
            at = replace(at, new=("components", kind, other))
            if other != name:
                yield replace(at, kind="renamed", detail=f"to {other}")
            yield from _within(node, after[other], replace(at, name=label + other))
        else:
            yield replace(at, kind="removed")
            if (kind, name) in added:  # it went from one page to another
                yield from _within(node, added[kind, name], at)
    for name in after:
        if name not in before and name not in renamed.values():
            yield replace(base, kind="added", name=label + name, new=("components", kind, name))


# Nodes.


def _within(old: Any, new: Any, base: Difference, trail: tuple[str, ...] = ()) -> Iterator[Difference]:
    """The differences below one node; `base` is what they have in common, `trail` the labels that lead to the node."""
    if not differ(old, new):
        return
    old_at, new_at = base.old or (), base.new or ()
    olds, news = _members(old), _members(new)
    if olds is None or news is None or isinstance(old, dict) != isinstance(new, dict):
        detail = f"{' '.join(trail)}: {_short(old)} is now {_short(new)}".removeprefix(": ")
        yield replace(base, detail=detail, wording=is_wording(trail))
        return
    if isinstance(old, list) and list(olds) != list(news) and set(olds) == set(news) and not _UNORDERED & {*trail[-1:]}:
        yield replace(base, detail=f"{' '.join(trail)}: in another order", wording=is_wording(trail))
    removed = {label: member for label, member in olds.items() if label not in news}
    added = {label: member for label, member in news.items() if label not in olds}
    for one, other in _renamed_members(removed, added, trail):
        (old_key, _), (new_key, _) = removed.pop(one), added.pop(other)
        at = replace(base, old=(*old_at, old_key), new=(*new_at, new_key))
        yield replace(at, kind="renamed", detail=f"{' '.join((*trail, one))} to {other}")
    for kind, members in (("removed", removed), ("added", added)):
        for label, (key, value) in members.items():
            named = isinstance(value, (dict, list)) or label.startswith("`")
            detail = " ".join((*trail, label if named else f"{label}: {_short(value)}"))
            pointers = ((*old_at, key), None) if kind == "removed" else (None, (*new_at, key))
            wording = is_wording((*trail, label))
            yield replace(base, kind=kind, detail=detail, old=pointers[0], new=pointers[1], wording=wording)
    for label in olds:
        if label in news:
            (old_key, one), (new_key, other) = olds[label], news[label]
            at = replace(base, old=(*old_at, old_key), new=(*new_at, new_key))
            yield from _within(one, other, at, (*trail, label))


def _renamed_members(removed: Any, added: Any, trail: tuple[str, ...]) -> list[tuple[str, str]]:
    """Properties and parameters that have a new name and are the same otherwise."""
    if not removed or not added or trail[-1:] not in {("properties",), ("parameters",)}:
        return []

    def alike(old: str, new: str) -> float:
        one, other = (_less(side, {"name"}) for side in (removed[old][1], added[new][1]))
        if differ(without_wording(one), without_wording(other)):
            return 0.0
        if isinstance(one, dict) and one.get("description") and one["description"] == other.get("description"):
            return 1.0
        return SequenceMatcher(None, bare(old), bare(new)).ratio()

    return matched(removed, added, alike)


def _members(node: Any) -> dict[str, tuple[str, Any]] | None:
    """The children of a node, each with its key, by the label that messages use; None for a scalar."""
    if isinstance(node, dict):
        return {str(key): (str(key), value) for key, value in node.items()}
    if not isinstance(node, list):
        return None
    named: dict[str, tuple[str, Any]] = {}
    for index, item in enumerate(node):
        label = _label(item) or f"[{index}]"
        named[label if label not in named else f"[{index}]"] = (str(index), item)
    return named


def _label(item: Any) -> str | None:
    if not isinstance(item, (dict, list)):
        return f"`{_short(item).strip(chr(39))}`"
    if isinstance(item, dict):
        if "name" in item and "in" in item:
            return f"{item['name']} ({item['in']})"
        for key in ("$ref", "url", "name"):
            if isinstance(item.get(key), str):
                return str(item[key]).rpartition("/")[2] if key == "$ref" else str(item[key])
        if len(item) == 1:
            return str(next(iter(item)))
    return None


def _short(value: Any) -> str:
    if isinstance(value, (dict, list)):
        text = ", ".join(map(str, value))
        text = f"{{{text}}}" if isinstance(value, dict) else f"[{text}]"
    else:
        text = " ".join(repr(value).split())
    text = text.replace("`", "'")  # backquotes mark code in the report
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
