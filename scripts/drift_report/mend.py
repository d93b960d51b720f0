"""Edits of the overlay that follow from new names alone: an operation's new path, a schema's new name."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from pipeline.openapi import Pointer, resolve
from pipeline.patch import overlay_files


def mend(
    root: Path, vendor: str, differences: Sequence[Difference], published: Any, made: Collection[Pointer]
) -> list[Consequence]:
    """Write new names into the overlay of a copy of the project, and say which lines that changed.

    A name that is still `published`, or that the overlay itself gives to what it adds (`made`), stays.
    """
    renamed: dict[str, str] = {}
    for one in differences:
        if one.new in made or one.old is None or one.new is None:
            continue
        if resolve(published, one.old[: 2 if one.subject == "operation" else 3]) is not None:
            continue
        if one.is_whole("operation", "moved") and one.old[1] != one.new[1]:
            renamed[one.old[1]] = one.new[1]
        elif one.subject == "schema" and one.kind == "renamed" and len(one.old) == 3:
            renamed[one.old[2]] = one.new[2]
    if not renamed:
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, renamed))})(?![\w/])")
    edits: list[Consequence] = []
    for path in [file for files in overlay_files(root, vendor) for file in files]:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines, 1):
            for old in dict.fromkeys(pattern.findall(line)):
                where = f"{path.relative_to(root).as_posix()}:{number}"
                new = pattern.sub(lambda match: renamed[match[0]], line)
                edits.append(Consequence("renamed", "edit", where, f"`{old}` is `{renamed[old]}` now", new.strip()))
                lines[number - 1] = new
        path.write_text("".join(lines), encoding="utf-8")
    return edits
