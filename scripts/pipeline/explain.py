"""What the project's overlays make of one operation: what is published, which actions change it and why, the result.

An action touches the operation when it selects or changes something inside it, makes it, or does so with a component
that the operation refers to in the result. What an operation inherits from its path and from the root of the document
(servers, security) counts too, while it inherits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.bundle import check_merged, read_sources, spec_files, vendors
from pipeline.cut import cut
from pipeline.openapi import METHODS, Pointer, changes, operations, resolve
from pipeline.overlay.apply import Step
from pipeline.overlay.format import Action
from pipeline.patch import Patched, patch_vendor
from pipeline.yaml_files import PipelineError


@dataclass(frozen=True)
class Touch:
    """An action that touches the operation, and what of it: `operation`, components' names, or what it inherits."""

    number: int
    action: Action
    parts: tuple[str, ...]
    creates: bool


@dataclass(frozen=True)
class Explanation:
    """One operation: its published node and its node in the result, None where it does not exist.

    `sources` are the files and lines that publish it.
    """

    vendor: str
    operation_id: str | None
    method: str
    path: str
    sources: tuple[tuple[str, int], ...]
    before: Any
    after: Any
    touches: tuple[Touch, ...]
    warnings: tuple[str, ...]


def explain(root: Path, wanted: str) -> Explanation:
    result, pointer, name = _chosen([_patch(root, vendor) for vendor in vendors(root)], wanted)
    _, path, method = pointer
    before, after = resolve(result.published, pointer), resolve(result.patched, pointer)
    steps = [step for step in result.steps if step.action.file.startswith(f"overlay/{result.vendor}/")]
    areas = dict(_areas(result.published if after is None else result.patched, pointer))
    return Explanation(
        vendor=result.vendor,
        operation_id=name,
        method=method.upper(),
        path=path,
        sources=tuple(_sources(root, result.vendor, pointer)),
        before=before,
        after=after,
        touches=tuple(_touches(steps, areas, pointer)),
        warnings=tuple(str(error) for step in steps if (error := step.error())),
    )


def _patch(root: Path, vendor: str) -> Patched:
    """The patched document. Actions that cannot be applied become warnings."""
    result = patch_vendor(root, vendor)
    check_merged(result.published, result.conflicts)
    for error in result.errors:
        raise error
    return result


# The operation that is asked for.


def _names(result: Patched) -> dict[Pointer, str | None]:
    """The operationId of each operation that is published or in the result."""
    every = [item for document in (result.published, result.patched) for item in operations(document).items()]
    split = [(*name.split(" ", 1), node) for name, node in every]
    return {("paths", path, method.lower()): node.get("operationId") for method, path, node in split}


def _chosen(results: Iterable[Patched], wanted: str) -> tuple[Patched, Pointer, str | None]:
    known = [(result, pointer, name) for result in results for pointer, name in _names(result).items()]
    method, _, path = wanted.strip().partition(" ")
    asked = ("paths", path.strip(), method.lower())
    matches = [each for each in known if wanted == each[2] or asked == each[1]]
    if not matches:
        names = (name or f"{at[2].upper()} {at[1]}" for _, at, name in known)
        raise PipelineError(f"there is no operation {wanted!r}; there are {', '.join(names) or 'none'}")
    if len(matches) > 1:
        both = " and ".join(f"{result.vendor} {at[2]} {at[1]}" for result, at, _ in matches)
        raise PipelineError(f"{wanted!r} is {both}; choose one with method and path")
    return matches[0]


def _sources(root: Path, vendor: str, pointer: Pointer) -> Iterator[tuple[str, int]]:
    """The documents that publish the operation; where they differ, the one that a resolution makes the winner."""
    sources, resolutions = read_sources(root, vendor)
    winner = next((each.winner for each in resolutions if each.at == pointer), None)
    for file, source in zip(spec_files(root, vendor), sources, strict=True):
        if resolve(source.document, pointer) is not None and winner in {None, file.name}:
            line, _ = yaml_files.position(file.read_text(encoding="utf-8-sig"), pointer) or (1, 1)
            yield file.relative_to(root).as_posix(), line


# Which parts of the document are the operation's, and which actions touch them.


def _areas(document: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Every part of the document that describes the operation, and its name."""
    yield pointer, "operation"
    _, path, method = pointer
    inherits = "security" not in document["paths"][path][method]
    whole = {key: node for key, node in document.items() if key != "security" or inherits}
    for kind, members in cut(whole, {f"{method.upper()} {path}"}).get("components", {}).items():
        yield from ((("components", kind, name), f"{kind}/{name}") for name in members)


def _touches(steps: Iterable[Step], areas: Mapping[Pointer, str], pointer: Pointer) -> Iterator[Touch]:
    number = 0
    for step in steps:
        changed = [tuple(map(str, change)) for change in changes(step.before, step.after)]
        matched = [tuple(map(str, match.parts)) for match in step.matches]
        here = {**areas, **dict(_inherited(step.before, pointer)), **dict(_inherited(step.after, pointer))}
        parts = [name for area, name in here.items() if _is_touched(area, matched, changed)]
        if parts:
            number += 1
            creates = resolve(step.before, pointer) is None and resolve(step.after, pointer) is not None
            yield Touch(number, step.action, tuple(dict.fromkeys(parts)), creates)


def _is_touched(area: Pointer, matched: Iterable[Pointer], changed: Iterable[Pointer]) -> bool:
    """Whether something in the area was selected or changed, or the whole of it added or removed."""
    if any(match[: len(area)] == area for match in matched):
        return True
    return any(change[: len(area)] == area or area[: len(change)] == change for change in changed)


def _inherited(document: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """What the operation has from its path, and from the root unless it or its path has that itself."""
    node, path = resolve(document, pointer), resolve(document, pointer[:-1])
    if isinstance(node, dict):
        yield from (((*pointer[:-1], key), f"{key} of the path") for key in path if key not in METHODS)
        absent = (key for key in ("servers", "security") if key not in node and key not in path)
        yield from (((key,), f"{key} of the root") for key in absent)
