"""What changed between two versions of a document: operation by operation, schema by schema.

Pure functions over plain OpenAPI 3.1 trees. A difference is added, removed, changed, renamed (a schema, property or
parameter that looks the same under another name) or moved (an operation at another path or host). Whether it breaks
callers is not decided here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any

import yamlio
from lift import METHODS, Pointer, pointer_text
from overlay_apply import differ

WORDS = frozenset(("description", "summary", "title", "example", "examples", "externalDocs"))
"""Keys that say something to people only."""
_ALIKE = 0.5
"""From which likeness on two things are taken for one under another name; 1 is the same."""


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


@dataclass(frozen=True)
class Operation:
    """An operation of a document, with the servers that hold for it."""

    method: str
    path: str
    node: Any
    servers: tuple[str, ...]
    file: str

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def pointer(self) -> Pointer:
        """Where it stands in its document."""
        return ("paths", self.path, self.method)

    @property
    def where(self) -> str:
        """Its path, and the hosts that serve it."""
        return f"{self.path} at {', '.join(self.servers) or 'no server'}"


def operations_of(document: Any, file: str) -> dict[str, Operation]:
    """The operations of a plain document by method and path."""
    found: dict[str, Operation] = {}
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            node = item.get(method) if isinstance(item, dict) else None
            if isinstance(node, dict):
                servers: list[Any] = next((h["servers"] for h in (node, item, document) if h.get("servers")), [])
                urls = tuple(str(server.get("url")) for server in servers if isinstance(server, dict))
                operation = Operation(method, path, node, urls, file)
                found[operation.name] = operation
    return found


def compare(pairs: Mapping[str, tuple[Any, Any]]) -> list[Difference]:
    """All differences of the documents of one vendor: by file, the old and the new one, None where there is none."""
    found: list[Difference] = []
    olds: dict[str, Operation] = {}
    news: dict[str, Operation] = {}
    for file, (old, new) in pairs.items():
        before, after = operations_of(old or {}, file), operations_of(new or {}, file)
        for name in before.keys() & after.keys():
            found += _operation(before[name], after[name])
        olds |= {name: operation for name, operation in before.items() if name not in after}
        news |= {name: operation for name, operation in after.items() if name not in before}
    renamed: list[tuple[str, str]] = []
    for file, (old, new) in pairs.items():
        differences, names = _components(old or {}, new or {}, file)
        found += differences
        renamed += names
        found += _roots(old, new, file)
    for name in olds.keys() & news.keys():  # from one page to another: the same to whoever calls it
        found += _operation(olds.pop(name), news.pop(name))
    for one, other in matched(olds.values(), news.values(), likeness):
        found += _operation(olds.pop(one.name), news.pop(other.name))
    found += [Difference("removed", "operation", o.name, "", o.file, old=o.pointer) for o in olds.values()]
    found += [Difference("added", "operation", o.name, "", o.file, new=o.pointer) for o in news.values()]
    return sorted(_once(_without_renames(found, renamed)), key=_order)


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


def _without_renames(found: Iterable[Difference], renamed: Sequence[tuple[str, str]]) -> Iterator[Difference]:
    """Leave out that references follow a schema to its new name."""
    followed = {f"$ref: {_ref(old)} is now {_ref(new)}" for old, new in renamed}
    for difference in found:
        if not any(difference.detail.endswith(text) for text in followed):
            yield difference


def _ref(name: str) -> str:
    return f"'#/components/schemas/{name}'"


# Likeness: which of the things that went is which of those that came.


def matched(olds: Iterable[Any], news: Iterable[Any], alike: Callable[[Any, Any], float]) -> list[tuple[Any, Any]]:
    """Pairs of things that went and things that came, the most alike first, each once."""
    scored = [(alike(old, new), old, new) for old, new in itertools.product(list(olds), list(news))]
    scored.sort(key=lambda item: -item[0])
    pairs: list[tuple[Any, Any]] = []
    for score, old, new in scored:
        if score >= _ALIKE and not any(old is one or new is other for one, other in pairs):
            pairs.append((old, new))
    return pairs


def likeness(old: Operation, new: Operation) -> float:
    """How far two operations are the same one, from 0 to 1."""
    if old.method != new.method:
        return 0.0
    ids = [operation.node.get("operationId") for operation in (old, new)]
    if ids[0] and ids[0] == ids[1]:
        return 1.0
    path = SequenceMatcher(None, _words(old.path), _words(new.path)).ratio()
    summaries = [str(operation.node.get("summary", "")).lower() for operation in (old, new)]
    summary = SequenceMatcher(None, summaries[0], summaries[1]).ratio()
    names = [{_bare(p.get("name", p.get("$ref"))) for p in o.node.get("parameters") or []} for o in (old, new)]
    bodies = [set(_bodies(operation.node)) for operation in (old, new)]
    # The last word of a path tells what it gives; two operations of one list differ in it alone.
    last = _words(old.path)[-1:] == _words(new.path)[-1:] and old.path.endswith("}") == new.path.endswith("}")
    alike = 0.3 * path + 0.2 * summary + 0.15 * _jaccard(*names) + 0.35 * _jaccard(*bodies)
    return alike if last else 0.6 * alike


def _words(path: str) -> list[str]:
    return [part for part in path.split("/") if part and not part.startswith("{")]


def _bare(name: Any) -> str:
    """A name without its style: `conversation_id` and `conversationId` are one."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def _bodies(operation: Any) -> Iterator[str]:
    for status, response in (operation.get("responses") or {}).items():
        content = response.get("content") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(content, dict):
            for media, body in content.items():
                schema = body.get("schema") if isinstance(body, dict) else None
                yield f"{media} {(schema or {}).get('$ref', '')}" if isinstance(schema, dict) else media


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def _schema_likeness(old: tuple[str, Any], new: tuple[str, Any]) -> float:
    one, other = (set(_fields(schema)) for _, schema in (old, new))
    if not one and not other:
        return float(not differ(_silent(old[1]), _silent(new[1])))
    return _jaccard(one, other)


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from map(str, properties if isinstance(properties, dict) else ())
        yield from map(repr, schema.get("enum") or ())
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key) or ():
                yield from _fields(part)


def _silent(node: Any) -> Any:
    """A node without what it says to people."""
    if isinstance(node, dict):
        return {key: _silent(value) for key, value in node.items() if key not in WORDS}
    return [_silent(item) for item in node] if isinstance(node, list) else node


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
    hidden = {"servers"} if old.path == new.path else {"servers", "operationId"}
    one, other = ({key: value for key, value in o.node.items() if key not in hidden} for o in (old, new))
    yield from _within(one, other, base)


def _components(old: Any, new: Any, file: str) -> tuple[list[Difference], list[tuple[str, str]]]:
    found: list[Difference] = []
    renamed: list[tuple[str, str]] = []
    olds, news = (document.get("components") or {} for document in (old, new))
    for kind in dict.fromkeys([*olds, *news]):
        before, after = (side.get(kind) or {} for side in (olds, news))
        subject = "schema" if kind == "schemas" else "component"
        label = "" if kind == "schemas" else f"{kind}/"
        base = Difference("changed", subject, "", "", file)

        def at(name: str, kind: str = kind) -> Pointer:
            return ("components", kind, name)

        gone = [(name, node) for name, node in before.items() if name not in after]
        came = [(name, node) for name, node in after.items() if name not in before]
        pairs = matched(gone, came, _schema_likeness) if old and new else []
        for (name, node), (other, now) in pairs:
            where = replace(base, name=label + name, old=at(name), new=at(other))
            found.append(replace(where, kind="renamed", detail=f"to {other}"))
            found += _within(node, now, replace(where, name=label + other))
            renamed.append((name, other))
        taken = {name for pair in pairs for name, _ in pair}
        found += [replace(base, kind="removed", name=label + n, old=at(n)) for n, _ in gone if n not in taken]
        found += [replace(base, kind="added", name=label + n, new=at(n)) for n, _ in came if n not in taken]
        for name in before.keys() & after.keys():
            found += _within(before[name], after[name], replace(base, name=label + name, old=at(name), new=at(name)))
    return found, renamed


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
        yield replace(base, detail=detail, wording=bool(WORDS & set(trail[-2:])))
        return
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
            detail = " ".join((*trail, told))
            yield replace(
                base,
                kind=kind,
                detail=detail,
                old=old_pointer,
                new=new_pointer,
                wording=bool(WORDS & {label, *trail[-1:]}),
            )
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
        one, other = (_silent({k: v for k, v in node.items() if k != "name"}) if isinstance(node, dict) else node
                      for node in (one, other))  # fmt: skip
        if differ(one, other):
            return 0.0
        return max(0.5, SequenceMatcher(None, _bare(old), _bare(new)).ratio())

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
        return f"`{item}`"
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
        text = " ".join(repr(yamlio.plain(value)).split())
    return text if len(text) <= 80 else text[:79] + "…"
