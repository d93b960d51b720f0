"""Edits of the overlay that follow from another form alone: new names, and components that are published inline."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from drift_report.changes import Difference
from drift_report.likeness import matched, schema_likeness
from drift_report.overlay_effects import Consequence
from pipeline.openapi import Pointer, references, resolve, target_pointer
from pipeline.overlay.apply import apply_overlay
from pipeline.patch import Patched, overlay_files
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_INLINE = "00-inline.overlay.yaml"
_HEAD = "overlay: 1.1.0\ninfo: {title: What the vendor publishes inline, version: 1.0.0}\nactions:\n"


def mend(
    root: Path, differences: Sequence[Difference], old: Patched, new: Patched, made: Collection[Pointer]
) -> list[Consequence]:
    """Edit the overlay of a copy of the project, and say which lines that changed or added.

    A name that is still published, or that the overlay itself gives to what it adds (`made`), stays.
    """
    renamed: dict[str, str] = {}
    for one in differences:
        if one.new in made or one.old is None or one.new is None:
            continue
        if resolve(new.published, one.old[: 2 if one.subject == "operation" else 3]) is not None:
            continue
        if one.is_whole("operation", "moved") and one.old[1] != one.new[1]:
            renamed[one.old[1]] = one.new[1]
        elif one.subject == "schema" and one.kind == "renamed" and len(one.old) == 3:
            renamed[one.old[2]] = one.new[2]
    edits = _rename(root, new.vendor, renamed) if renamed else []
    return edits + _name_again(root, new.vendor, old.published or {}, new.published, renamed)


def _rename(root: Path, vendor: str, renamed: dict[str, str]) -> list[Consequence]:
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, renamed))})(?![\w/])")
    edits: list[Consequence] = []
    for path in [file for files in overlay_files(root, vendor) for file in files]:
        text = path.read_text(encoding="utf-8")
        spans = _naming(YAML(typ="safe", pure=True).compose(text), renamed)
        named = {match.start(): match[0] for span in spans for match in pattern.finditer(text, *span)}
        new = text
        for start in sorted(named, reverse=True):  # from the end, so that the rest stays where it is
            new = new[:start] + renamed[named[start]] + new[start + len(named[start]) :]
        path.write_text(new, encoding="utf-8")
        lines = new.splitlines()
        for number, old in sorted({(text.count("\n", 0, start), old) for start, old in named.items()}):
            where = f"{path.relative_to(root).as_posix()}:{number + 1}"
            said = f"`{old}` is `{renamed[old]}` now"
            edits.append(Consequence("renamed", "edit", where, said, lines[number].strip()))
    return edits


def _naming(node: Node, names: Collection[str], key: str = "") -> Iterator[tuple[int, int]]:
    """Where a document names something: in targets, references and keys, and not in texts for people."""
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value in names:
                yield name.start_mark.index, name.end_mark.index
            yield from _naming(value, names, str(name.value))
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _naming(item, names)
    elif isinstance(node, ScalarNode) and (key in {"target", "copy"} or node.value.startswith("#/")):
        yield node.start_mark.index, node.end_mark.index


def _name_again(root: Path, vendor: str, before: Any, published: Any, renamed: Collection[str]) -> list[Consequence]:
    """Write a document that makes components again of what is inline now, as the rest of the overlay names them."""
    actions: list[dict[str, Any]] = []
    names: list[str] = []
    # What is inline may have something inline in turn, which has a place when the outer one has its name again.
    while inline := _inline(before, published, renamed):
        more = [action for target, places in inline.items() for action in _named(published, target, places)]
        overlay = {"overlay": "1.1.0", "info": {"title": "", "version": ""}, "actions": more}
        published = apply_overlay(published, overlay, name=_INLINE)
        actions += more
        names += ["/".join(target[1:]) for target in inline]
    if not actions:
        return []
    file = root / "overlay" / vendor / _INLINE
    head = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    lines = [*head.splitlines(), *(f"  - {json.dumps(one, ensure_ascii=False)}" for one in actions)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = f"published inline: {', '.join(names)}. With this file the rest of the overlay stays as it is:"
    where = file.relative_to(root).as_posix()
    return [Consequence("inline", "edit", where, text, details=tuple(f"`{line}`" for line in lines))]


def _inline(before: Any, published: Any, renamed: Collection[str]) -> dict[Pointer, list[Pointer]]:
    """The components that are no longer published, each with the places that referred to it and have the like now."""
    places: dict[Pointer, list[Pointer]] = {}
    for at, holder, key in references(before):
        target, node = target_pointer(holder[key]), resolve(published, at[:-1])
        gone = len(target) == 3 and target[2] not in renamed and resolve(published, target) is None
        if key == "$ref" and gone and isinstance(node, dict) and "$ref" not in node:
            sides = [(target[2], resolve(before, target))], [(target[2], node)]
            if matched(*sides, schema_likeness):
                places.setdefault(target, []).append(at[:-1])
    return places


def _named(published: Any, target: Pointer, places: Sequence[Pointer]) -> Iterator[dict[str, Any]]:
    _, kind, name = target
    why = {"description": f"{kind}/{name} is published inline."}
    yield {"target": "$", **why, "update": {"components": {kind: {name: {}}}}}
    yield {"target": f"$.components.{kind}['{name}']", **why, "copy": _path(published, places[0])}
    for at in places if kind == "schemas" else ():
        if isinstance(resolve(published, at[:-1]), dict):
            yield {"target": _path(published, at), **why, "remove": True}
            reference = {"$ref": f"#/components/{kind}/{name}"}
            yield {"target": _path(published, at[:-1]), **why, "update": {at[-1]: reference}}


def _path(document: Any, at: Pointer) -> str:
    """A pointer into a document as a JSONPath."""
    result = "$"
    for part in at:
        index = isinstance(document, list)
        result += f"[{part}]" if index else f".{part}" if part.isidentifier() else f"['{part}']"
        document = document[int(part) if index else part]
    return result
