"""Drafts the overlay that makes a patched document say what responses hold, with the evidence counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from polyai_data.conformance.answers.judge import Difference
from polyai_data.schema import Pointer
from polyai_data.shapes import ANY_NAME, EMPTY, ITEMS, NAME, NOT_JSON, OFTEN, OTHER, Node, text_of

_ANNOTATIONS = frozenset({"title", "description", "examples", "deprecated", "default"})
"""The keywords of a schema that stay outside of its alternatives."""
_STRUCTURED = frozenset({"array", "object"})
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def can_be_drafted(difference: Difference) -> bool:
    """Whether an action can make the document say what was seen."""
    unnamed = difference.code == "unnamed" and not NAME.fullmatch(difference.detail)
    body = difference.code == "kind" and difference.detail in {NOT_JSON, EMPTY}
    return bool(difference.pointer) and not unnamed and not body


def overlay(differences: Iterable[Difference], document: Mapping[str, Any], sources: str) -> str:
    """The overlay document, in YAML.

    Args:
        differences: what is to be said; what cannot be drafted is left out.
        document: the patched document that they are differences from.
        sources: where the responses come from, such as `HAR`.
    """
    groups: dict[tuple[Pointer, str, str], list[Difference]] = {}
    for each in filter(can_be_drafted, differences):
        detail = each.detail if each.code in {"absent", "unnamed", "status"} else ""
        groups.setdefault((each.pointer, each.code, detail), []).append(each)
    changed: dict[Pointer, dict[str, Any]] = {}
    # Properties of one schema that change alike share an action.
    alike: dict[str, tuple[Pointer, _Change, list[str], list[Difference]]] = {}
    # Other JSON types are last, as they can put the whole schema into one of several alternatives.
    for (pointer, _, _), group in sorted(groups.items(), key=lambda each: each[0][1] == "kind"):
        old = changed.get(pointer) or _resolve(document, pointer)
        changed[pointer] = _changed(old, group)
        change = _change(old, changed[pointer])
        parent, names = (pointer[:-1], [pointer[-1]]) if pointer[-2:-1] == ("properties",) else (pointer, [])
        made = alike.setdefault(json.dumps([parent, bool(names), change]), (parent, change, [], []))
        made[2].extend(names)
        made[3].extend(group)
    actions = [action for each in alike.values() for action in _actions(*each)]
    head = {"title": f"Seen: what recorded responses ({sources}) hold otherwise", "version": "1.0.0"}
    whole = {"overlay": "1.1.0", "info": head, "actions": actions}
    return yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Change = tuple[list[str], list[tuple[str, str]], dict[str, Any]]
"""Keywords to remove, items of keywords' lists to remove, and the update."""


def _change(old: dict[str, Any], new: dict[str, Any]) -> _Change:
    gone = [key for key in old if key not in new]
    items: list[tuple[str, str]] = []
    update: dict[str, Any] = {}
    for key, value in new.items():
        before = old.get(key)
        # An update merges objects and extends lists; whatever else was there must go first.
        if isinstance(before, list):
            items += [(key, each) for each in before if each not in value]
            if more := [each for each in value if each not in before]:
                update[key] = more
        elif isinstance(before, dict):
            if added := {name: each for name, each in value.items() if name not in before}:
                update[key] = added
        elif value != before:
            gone += [key] if key in old else []
            update[key] = value
    return gone, items, update


def _actions(
    parent: Pointer, change: _Change, names: list[str], group: Sequence[Difference]
) -> Iterator[dict[str, Any]]:
    gone, items, update = change
    target = _path(parent) + (_members(names) if names else "")
    why = f"In recorded responses, {_evidence(group)}."
    for key, item in items:
        yield {"target": f"{target}.{key}[?@ == {_quoted(item)}]", "description": why, "remove": True}
    if gone:
        then = "Goes, as the next action says it anew." if update else why
        yield {"target": target + _members(gone), "description": then, "remove": True}
    if update:
        yield {"target": target, "description": why, "update": update}


def _evidence(group: Sequence[Difference]) -> str:
    places: dict[str, list[str]] = {}
    for each in group:
        what = f"{each.counted} ({each.operation} {each.status}; {each.documented})"
        places.setdefault(what, []).append(f"`{each.place}`" if each.place else "the body")
    return "; ".join(f"{', '.join(names)}: {what}" for what, names in places.items())


def _changed(old: dict[str, Any], group: Sequence[Difference]) -> dict[str, Any]:
    """The schema, or the responses, that allow what differs in one way."""
    new, code, detail, seen = dict(old), group[0].code, group[0].detail, Node()
    for each in group:
        seen.merge(each.node)
    if code in {"format", "length"}:
        new.pop({"format": "format", "length": "minItems"}[code], None)
    elif code == "values":
        _open(new, seen)
    elif code == "absent":
        new["required"] = [name for name in new.get("required", ()) if name != detail]
    elif code == "unnamed":
        new["properties"] = {**new.get("properties", {}), detail: schema_of(seen)}
    elif code == "status":
        has_json = seen.kinds.keys() - {NOT_JSON, EMPTY}
        body = {"content": {"application/json": {"schema": schema_of(seen)}}} if has_json else {}
        new[detail] = {"description": "Seen in recorded responses.", **body}
    else:
        return _widened(new, {each.detail for each in group}, seen)
    return new


def _open(schema: dict[str, Any], node: Node) -> None:
    """Allow values beside those that are listed: by name where all were seen often, else any."""
    other = {word: n for word, n in node.words.items() if word not in map(text_of, schema.get("enum", ()))}
    if "enum" in schema and all(word != OTHER and n >= OFTEN for word, n in other.items()):
        schema["enum"] = [*schema["enum"], *sorted(other)]
    else:
        schema.pop("enum", None)
        schema.pop("const", None)


def _widened(old: dict[str, Any], kinds: set[str], seen: Node) -> dict[str, Any]:
    """A schema that allows other JSON types too."""
    types = [old["type"]] if isinstance(old.get("type"), str) else old.get("type")
    if types and not old.keys() & {"enum", "const"} and not kinds & _STRUCTURED:
        kept = [each for each in types if each != "integer" or "number" not in kinds]
        return {**old, "type": [*kept, *_in_order(kinds)]}
    branches = [_branch(kind, seen) for kind in _in_order(kinds - ({"integer"} if "number" in kinds else set()))]
    for word in ("anyOf", "oneOf"):
        if word in old:
            return {**old, word: [*old[word], *branches]}
    outside = {key: value for key, value in old.items() if key in _ANNOTATIONS}
    return {**outside, "anyOf": [{key: value for key, value in old.items() if key not in outside}, *branches]}


def schema_of(node: Node) -> dict[str, Any]:
    """The schema of what was seen at a place; any value where that was nothing but null."""
    kinds = sorted(node.kinds.keys() - {NOT_JSON, EMPTY})
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    if kinds == ["null"]:
        return {}
    if len(kinds) == 1:
        return _branch(kinds[0], node)
    if not _STRUCTURED & set(kinds):
        return {"type": _in_order(kinds)}
    return {"anyOf": [_branch(kind, node) for kind in _in_order(kinds)]}


def _in_order(kinds: Iterable[str]) -> list[str]:
    """Null last, as people write it."""
    return sorted(kinds, key=lambda kind: (kind == "null", kind))


def _branch(kind: str, node: Node) -> dict[str, Any]:
    if kind == "array":
        return {"type": kind, "items": schema_of(node.children[ITEMS]) if ITEMS in node.children else {}}
    names = sorted(name for name in node.children if name != ITEMS)
    if kind != "object" or not names or ANY_NAME in names:
        return {"type": kind}
    return {"type": kind, "properties": {name: schema_of(node.children[name]) for name in names}}


def _resolve(document: Any, pointer: Pointer) -> Any:
    for part in pointer:
        document = document[int(part) if isinstance(document, list) else part]
    return document


def _path(pointer: Pointer) -> str:
    def step(part: str) -> str:
        return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{part if part.isdigit() else _quoted(part)}]"

    return "$" + "".join(map(step, pointer))


def _members(names: Sequence[str]) -> str:
    return _path((names[0],))[1:] if len(names) == 1 else f"[{', '.join(map(_quoted, names))}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
