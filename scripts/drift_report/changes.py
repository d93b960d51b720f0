"""What changed between two versions of a document: operation by operation, schema by schema.

Pure functions over plain OpenAPI 3.1 trees. A difference is added, removed, changed, renamed (a schema, property or
parameter that looks the same under another name) or moved (an operation at another path or host). Whether it breaks
callers is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from drift_report.likeness import Operation, bare, is_wording, likeness, matched, operations_of, schema_likeness, silent
from pipeline.openapi import METHODS, Pointer, differ, pointer_text

_UNORDERED = frozenset(("enum", "required", "type", "servers", "parameters"))
"""Lists that say the same in any order."""


@dataclass(frozen=True)
class Difference:
    """One thing that is different now.

    `subject` is operation, schema, component or document, `name` which one; `detail` says what of it, and is empty when
    it is about the whole. `old` and `new` are pointers into the two versions of the document `file`. `breaking` is None
    where nobody has told.
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

    def as_json(self) -> dict[str, Any]:
        """The difference for a program; pointers as they are written."""
        pointers = {
            name: None if at is None else pointer_text(at) for name, at in (("old", self.old), ("new", self.new))
        }
        return {**asdict(self), **pointers}


def compare(pairs: Mapping[str, tuple[Any, Any]]) -> list[Difference]:
    """All differences of the documents of one vendor: by file, the old and the new one, None where there is none."""
    found: list[Difference] = []
    renamed = _renamed(pairs)
    said = set().union(*(_texts(new) for _, new in pairs.values()))
    pairs = {file: (_followed(old, renamed, said), new) for file, (old, new) in pairs.items()}
    before = {file: operations_of(old or {}, file) for file, (old, _) in pairs.items()}
    after = {file: operations_of(new or {}, file) for file, (_, new) in pairs.items()}
    stays = {name for file in pairs for name in before[file].keys() & after[file].keys()}
    olds: dict[str, Operation] = {}
    news: dict[str, Operation] = {}
    for file, (old, new) in pairs.items():
        for name in before[file].keys() & after[file].keys():
            found += _operation(before[file][name], after[file][name])
        # What another page had and has as well neither came nor went.
        olds |= {name: before[file][name] for name in before[file].keys() - after[file].keys() - stays}
        news |= {name: after[file][name] for name in after[file].keys() - before[file].keys() - stays}
        found += _path_items(old or {}, new or {}, file)
        found += _roots(old, new, file)
    found += _components(pairs, renamed)
    for name in olds.keys() & news.keys():  # from one page to another: the same to whoever calls it
        found += _operation(olds.pop(name), news.pop(name))
    for one, other in matched(olds.values(), news.values(), likeness):
        found += _operation(olds.pop(one.name), news.pop(other.name))
    found += [Difference("removed", "operation", o.name, "", o.file, old=o.pointer) for o in olds.values()]
    found += [Difference("added", "operation", o.name, "", o.file, new=o.pointer) for o in news.values()]
    return sorted(_once(found), key=_order)


_SUBJECTS = ("operation", "schema", "component", "document")
_KINDS = ("moved", "removed", "renamed", "added", "changed")


def _order(difference: Difference) -> tuple[Any, ...]:
    subject, kind = _SUBJECTS.index(difference.subject), _KINDS.index(difference.kind)
    part = bool(difference.detail) and difference.kind != "moved"
    return difference.wording, subject, part, difference.name, kind, difference.detail


def _once(found: Iterable[Difference]) -> Iterator[Difference]:
    """Each difference once, though several pages carry the same component."""
    seen: set[tuple[str, ...]] = set()
    for difference in found:
        key = (difference.kind, difference.subject, difference.name, difference.detail)
        if key not in seen:
            seen.add(key)
            yield difference


# Comparing what stayed.


def _operation(old: Operation, new: Operation) -> Iterator[Difference]:
    base = Difference("changed", "operation", new.name, "", new.file, old.pointer, new.pointer)
    if (old.path, set(old.servers)) != (new.path, set(new.servers)):
        gone = [url for url in old.servers if url not in new.servers]
        came = [url for url in new.servers if url not in old.servers]
        if old.path != new.path or (gone and came):
            yield replace(base, kind="moved", name=old.name, detail=f"from {old.where} to {new.where}")
        else:
            yield from (replace(base, kind="removed", detail=f"server {url}") for url in gone)
            yield from (replace(base, kind="added", detail=f"server {url}") for url in came)
    after = {server["url"]: server for server in new.served}
    for server in old.served:
        url = server["url"]
        if url in after:
            yield from _within(server, after[url], base, (f"server {url}",))
    hidden = {"servers"} if old.path == new.path else {"servers", "operationId"}
    one, other = ({key: value for key, value in o.node.items() if key not in hidden} for o in (old, new))
    yield from _within(one, other, base)


def _path_items(old: Any, new: Any, file: str) -> Iterator[Difference]:
    """What paths say for all of their operations."""
    hidden = {*METHODS, "servers"}
    olds, news = (document.get("paths") or {} for document in (old, new))
    for path in olds.keys() & news.keys():
        one, other = olds[path], news[path]
        base = Difference("changed", "operation", path, "", file, ("paths", path), ("paths", path))
        if isinstance(one, dict) and isinstance(other, dict):
            one, other = ({key: value for key, value in side.items() if key not in hidden} for side in (one, other))
        yield from _within(one, other, base)


Renamed = dict[tuple[str, str, str], str]
"""By file, kind of component and old name: the new name."""


def _kinds(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The kinds of components of two documents, with what each has of them."""
    olds, news = ((document or {}).get("components") or {} for document in (old, new))
    yield from ((kind, olds.get(kind), news.get(kind)) for kind in dict.fromkeys([*olds, *news]))


def _renamed(pairs: Mapping[str, tuple[Any, Any]]) -> Renamed:
    """The components that have another name now."""
    found: Renamed = {}
    for file, (old, new) in pairs.items():
        for kind, before, after in _kinds(old, new):
            if old and new and isinstance(before, dict) and isinstance(after, dict):
                gone = [(name, node) for name, node in before.items() if name not in after]
                came = [(name, node) for name, node in after.items() if name not in before]
                for (name, _), (other, _) in matched(gone, came, schema_likeness):
                    found[file, kind, name] = other
    return found


def _texts(node: Any) -> set[str]:
    """All texts of a document."""
    if isinstance(node, (dict, list)):
        return set().union(*map(_texts, node.values() if isinstance(node, dict) else node))
    return {node} if isinstance(node, str) else set()


def _followed(node: Any, renamed: Renamed, said: Collection[str]) -> Any:
    """A document whose references lead to the new names, so that following is no difference.

    `said` are the texts of the new documents: where they go on with an old name, it is not followed.
    """
    pairs = ((f"#/components/{kind}/{old}", f"#/components/{kind}/{new}") for (_, kind, old), new in renamed.items())
    names = {old: new for old, new in pairs if old not in said}

    def follow(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: follow(value) for key, value in node.items()}
        if isinstance(node, list):
            return [follow(item) for item in node]
        return names.get(node, node) if isinstance(node, str) else node

    return follow(node) if names else node


def _components(pairs: Mapping[str, tuple[Any, Any]], renamed: Renamed) -> Iterator[Difference]:
    had: set[tuple[str, str]] = set()
    has: set[tuple[str, str]] = set()
    came: dict[tuple[str, str], Any] = {}
    for pair in pairs.values():
        for kind, before, after in _kinds(*pair):
            olds, news = (side if isinstance(side, dict) else {} for side in (before, after))
            had |= {(kind, name) for name in olds}
            has |= {(kind, name) for name in news}
            came |= {(kind, name): node for name, node in news.items() if name not in olds}
    for file, pair in pairs.items():
        for kind, before, after in _kinds(*pair):
            base = Difference("changed", "schema" if kind == "schemas" else "component", kind, "", file)
            if not isinstance(before or {}, dict) or not isinstance(after or {}, dict):
                yield from _within(before, after, replace(base, old=(), new=()), (kind,))
                continue
            here = {name: other for (page, of, name), other in renamed.items() if (page, of) == (file, kind)}
            for one in _of_kind(kind, (before or {}, after or {}), here, came, base):
                # What another page had or has as well neither came nor went.
                known = {"removed": has, "added": had}.get(one.kind, ())
                if one.detail or (kind, one.name.removeprefix(f"{kind}/")) not in known:
                    yield one


def _of_kind(
    kind: str, sides: tuple[Any, Any], here: Mapping[str, str], came: Mapping[tuple[str, str], Any], base: Difference
) -> Iterator[Difference]:
    """The differences of one kind of component in one document; `here` are those with another name now."""
    before, after = sides
    label = "" if kind == "schemas" else f"{kind}/"
    for name, node in before.items():
        other = here.get(name, name)
        where = replace(base, name=label + name, old=("components", kind, name))
        if other in after:
            where = replace(where, new=("components", kind, other))
            if other != name:
                yield replace(where, kind="renamed", detail=f"to {other}")
            yield from _within(node, after[other], replace(where, name=label + other))
        else:
            yield replace(where, kind="removed")
            if (kind, name) in came:  # from one page to another
                yield from _within(node, came[kind, name], where)
    for name in after:
        if name not in before and name not in here.values():
            yield replace(base, kind="added", name=label + name, new=("components", kind, name))


def _roots(old: Any, new: Any, file: str) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference("added" if old is None else "removed", "document", file, "", file, old=None, new=None)
        return
    hidden = {"paths", "components", "servers"}
    one, other = ({key: value for key, value in side.items() if key not in hidden} for side in (old, new))
    yield from _within(one, other, Difference("changed", "document", file, "", file, (), ()))


def _within(old: Any, new: Any, base: Difference, trail: tuple[str, ...] = ()) -> Iterator[Difference]:
    """The differences below one node; `base` is what they have in common."""
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
    gone = {key: value for key, value in olds.items() if key not in news}
    came = {key: value for key, value in news.items() if key not in olds}
    for one, other in _same_elsewhere(gone, came, trail):
        (old_key, _), (new_key, _) = gone.pop(one), came.pop(other)
        at = replace(base, old=(*old_at, old_key), new=(*new_at, new_key))
        yield replace(at, kind="renamed", detail=f"{' '.join((*trail, one))} to {other}")
    for kind, members in (("removed", gone), ("added", came)):
        for label, (key, value) in members.items():
            told = label if isinstance(value, (dict, list)) or _is_value(label) else f"{label}: {_short(value)}"
            old_pointer = (*old_at, key) if kind == "removed" else None
            new_pointer = (*new_at, key) if kind == "added" else None
            at = replace(base, kind=kind, old=old_pointer, new=new_pointer, wording=is_wording((*trail, label)))
            yield replace(at, detail=" ".join((*trail, told)))
    for label in olds:
        if label in news:
            (old_key, one), (new_key, other) = olds[label], news[label]
            at = replace(base, old=(*old_at, old_key), new=(*new_at, new_key))
            yield from _within(one, other, at, (*trail, label))


def told_within(old: Any, new: Any) -> list[str]:
    """What differs between two nodes, in a few words each, but for wording."""
    base = Difference("changed", "operation", "", "", "")
    found = [one for one in _within(old, new, base) if not one.wording]
    return [one.detail if one.kind == "changed" else f"{one.kind} {one.detail}" for one in found]


def _is_value(label: str) -> bool:
    return label.startswith("`") and label.endswith("`")


def _same_elsewhere(gone: Any, came: Any, trail: tuple[str, ...]) -> list[tuple[str, str]]:
    """Properties and parameters that came under another name, all else about them being the same."""
    if not gone or not came or trail[-1:] not in {("properties",), ("parameters",)}:
        return []

    def alike(old: str, new: str) -> float:
        (_, one), (_, other) = gone[old], came[new]
        one, other = ({k: v for k, v in node.items() if k != "name"} if isinstance(node, dict) else node
                      for node in (one, other))  # fmt: skip
        if differ(silent(one), silent(other)):
            return 0.0
        if isinstance(one, dict) and one.get("description") and one["description"] == other.get("description"):
            return 1.0
        return SequenceMatcher(None, bare(old), bare(new)).ratio()

    return matched(gone, came, alike)


def _members(node: Any) -> dict[str, tuple[str, Any]] | None:
    """The parts of a node by the name under which people know them, each with its key there; None: it has none."""
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
    text = text.replace("`", "'")  # which is what marks code in the report
    return text if len(text) <= 80 else text[:79] + "…"
