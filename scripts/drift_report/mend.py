"""Edits of the overlay that follow from new names alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from pipeline.openapi import Pointer, resolve
from pipeline.patch import Patched, overlay_files
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


def mend(root: Path, differences: Sequence[Difference], new: Patched, made: Collection[Pointer]) -> list[Consequence]:
    """Edit the overlay of a copy of the project, and say which lines that changed.

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
    return _rename(root, new.vendor, renamed) if renamed else []


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
