"""The rulings of `overlay/bundle.yaml`: what a person decided where two sources define the same thing differently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.openapi import Pointer, parse_pointer, pointer_text
from pipeline.yaml_files import PipelineError

RULINGS = Path("overlay", "bundle.yaml")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Ruling:
    """What a person decided about one conflict."""

    at: Pointer
    reason: str
    winner: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> list[str]:
        """The sources that the ruling names."""
        return [self.winner] if self.winner else list(self.rename)

    def __str__(self) -> str:
        """How a message speaks of it."""
        return f"the {'winner' if self.winner else 'rename'} at {pointer_text(self.at)}"


def parse_rulings(document: Any, name: str) -> dict[str, list[Ruling]]:
    """The rulings of each vendor, from the plain content of `overlay/bundle.yaml`."""
    if not isinstance(document, dict):
        raise PipelineError(f"{name}: not a mapping of vendors to rulings")
    rulings: dict[str, list[Ruling]] = {}
    for vendor, items in document.items():
        if not isinstance(items, list):
            raise PipelineError(f"{name}: {vendor}: not a list of rulings")
        rulings[vendor] = [_ruling(item, f"{name}: {vendor}: ruling {number}") for number, item in enumerate(items, 1)]
    return rulings


def _ruling(item: Any, name: str) -> Ruling:
    if not isinstance(item, dict) or not set(item) <= {"at", "winner", "rename", "reason"}:
        raise PipelineError(f"{name}: wants the keys `at`, `reason`, and one of `winner` and `rename`")
    at, reason, winner, rename = (item.get(key) for key in ("at", "reason", "winner", "rename"))
    if not isinstance(at, str) or not at.startswith("/"):
        raise PipelineError(f"{name}: `at` is no JSON pointer: {at!r}")
    if not isinstance(reason, str) or not reason.strip():
        raise PipelineError(f"{name} ({at}): has no `reason`")
    if ("winner" in item) == ("rename" in item):
        raise PipelineError(f"{name} ({at}): wants either `winner` or `rename`")
    pointer = parse_pointer(at)
    if "winner" in item:
        if not isinstance(winner, str) or not winner:
            raise PipelineError(f"{name} ({at}): `winner` is no file name: {winner!r}")
        return Ruling(pointer, reason, winner=winner)
    if not isinstance(rename, dict) or not rename or not all(isinstance(new, str) for new in rename.values()):
        raise PipelineError(f"{name} ({at}): `rename` is no mapping of file names to new names")
    if not _renameable(pointer):
        raise PipelineError(f"{name} ({at}): only components and tags have names that can be changed")
    if pointer[0] == "components" and not all(_NAME.fullmatch(new) for new in rename.values()):
        raise PipelineError(f"{name} ({at}): a component's name has letters, digits, dots, dashes and underscores only")
    return Ruling(pointer, reason, rename=rename)


def _renameable(pointer: Pointer) -> bool:
    return (len(pointer) == 3 and pointer[0] == "components") or (len(pointer) == 2 and pointer[0] == "tags")
